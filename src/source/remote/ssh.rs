//! Repositories over SSH, by the user's own `ssh`: its configuration, agent, known hosts and proxies count.
//!
//! The program is started with a host and a command whose parts the grammar of addresses has held to plain
//! text; none can begin with `-`.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use git2::Config;
use percent_encoding::percent_decode_str;
use rustix::process::{Pid, Signal, kill_process_group};

use super::RemoteError;
use super::http::Deadline;
use super::redact;
use super::smart::Connection;

/// The most bytes of what `ssh` says that are kept for a message.
const LONGEST_MESSAGE: u64 = 4096;

/// How long a program that has ended is waited for to have said why.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Where a repository is, as `ssh` must be told.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// `user@host`
    host: String,
    port: Option<String>,
    path: String,
}

/// A program that answers as a repository's server does.
pub(super) struct SshConnection {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// Dropped when all is done, so that no one waits for the deadline.
    done: Sender<()>,
    message: Receiver<String>,
    is_late: Arc<AtomicBool>,
}

impl SshConnection {
    /// Starts `ssh`. What it starts in turn ends with it.
    pub(super) fn open(
        address: &str,
        config: Option<&Config>,
        deadline: Deadline,
        shown: &str,
    ) -> Result<Self, RemoteError> {
        let unreachable = |reason: String| RemoteError::Unreachable {
            url: shown.to_owned(),
            reason,
        };
        let place = Place::of(address).ok_or_else(|| RemoteError::Url {
            url: shown.to_owned(),
        })?;
        let mut command =
            command(&place, config).map_err(|reason| unreachable(reason.to_owned()))?;
        let mut child = command
            .env("GIT_PROTOCOL", "version=2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| unreachable(format!("`ssh` does not start: {error}")))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(mut errors)) = pipes else {
            return Err(unreachable("`ssh` has no pipes".to_owned()));
        };
        let group = Pid::from_child(&child);
        let (done, is_done) = mpsc::channel::<()>();
        let is_late = Arc::new(AtomicBool::new(false));
        let late = Arc::clone(&is_late);
        thread::spawn(move || {
            if is_done.recv_timeout(deadline.left()) == Err(RecvTimeoutError::Timeout) {
                late.store(true, Ordering::SeqCst);
                let _ = kill_process_group(group, Signal::KILL);
            }
        });
        let (said, message) = mpsc::channel();
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = errors.by_ref().take(LONGEST_MESSAGE).read_to_end(&mut text);
            let _ = said.send(String::from_utf8_lossy(&text).into_owned());
            let _ = io::copy(&mut errors, &mut io::sink());
        });
        Ok(Self {
            child,
            input,
            output,
            done,
            message,
            is_late,
        })
    }

    /// Ends the program; returns what went wrong where something did.
    pub(super) fn close<T>(
        mut self,
        result: Result<T, RemoteError>,
        deadline: Deadline,
        shown: &str,
    ) -> Result<T, RemoteError> {
        drop((self.input, self.output));
        let is_late = self.is_late.load(Ordering::SeqCst);
        // Until it is waited for, its number is no other process's.
        drop(self.done);
        let url = shown.to_owned();
        let message = match &result {
            // It ends by itself, and what it says is the reason.
            Err(RemoteError::Protocol { .. }) if !is_late => {
                self.message.recv_timeout(LAST_WORDS).unwrap_or_default()
            }
            _ => String::new(),
        };
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
        match result {
            Err(_) if is_late => Err(RemoteError::Timeout {
                url,
                timeout: deadline.timeout,
            }),
            Err(RemoteError::Protocol { .. }) if !message.trim().is_empty() => {
                let lines: Vec<&str> = message.trim().lines().map(str::trim).collect();
                Err(RemoteError::Unreachable {
                    url,
                    reason: redact(&lines.join("; ")).into_owned(),
                })
            }
            result => result,
        }
    }
}

impl Connection for SshConnection {
    fn greeting(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(&mut self.output))
    }

    fn ask(&mut self, request: &[u8]) -> io::Result<Box<dyn Read + '_>> {
        self.input.write_all(request)?;
        self.input.flush()?;
        Ok(Box::new(&mut self.output))
    }
}

impl Place {
    fn of(address: &str) -> Option<Self> {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let Some(rest) = address.strip_prefix("ssh://") else {
            let (host, path) = address.split_once(':')?;
            return Some(Self {
                host: host.to_owned(),
                port: None,
                path: path.to_owned(),
            });
        };
        let (authority, path) = rest.split_once('/')?;
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (user.split(':').next(), host),
            None => (None, authority),
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port))
                if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                (host, Some(port.to_owned()))
            }
            _ => (host, None),
        };
        let host = host.trim_matches(['[', ']']);
        let path = decode(path);
        Some(Self {
            host: user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}")),
            port,
            path: if path.starts_with('~') {
                path
            } else {
                format!("/{path}")
            },
        })
    }
}

/// Returns the command that Git would start: `GIT_SSH_COMMAND`, `core.sshCommand`, `GIT_SSH`, or `ssh`.
fn command(place: &Place, config: Option<&Config>) -> Result<Command, &'static str> {
    let line = std::env::var("GIT_SSH_COMMAND")
        .ok()
        .or_else(|| config?.get_string("core.sshcommand").ok())
        .filter(|line| !line.is_empty());
    let (mut command, program) = if let Some(line) = line {
        // The user's own line, read by a shell as Git has it read. What is fetched comes as arguments.
        let program = line
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{line} \"$@\""), &line]);
        (command, program)
    } else {
        let program = std::env::var("GIT_SSH").unwrap_or_else(|_| "ssh".to_owned());
        (Command::new(&program), program)
    };
    let name = program.rsplit('/').next().unwrap_or_default();
    if name == "ssh" {
        command.args(["-o", "SendEnv=GIT_PROTOCOL", "-o", "BatchMode=yes"]);
        if let Some(port) = &place.port {
            command.args(["-p", port]);
        }
    } else if place.port.is_some() {
        return Err("the program in place of `ssh` cannot be told a port");
    }
    command.arg(&place.host);
    command.arg(format!(
        "git-upload-pack '{}'",
        place.path.replace('\'', "")
    ));
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_hosts_and_paths() {
        for (address, host, port, path) in [
            (
                "git@github.com:org/repo",
                "git@github.com",
                None,
                "org/repo",
            ),
            ("ssh://git@host:2222/a/b", "git@host", Some("2222"), "/a/b"),
            ("ssh://host/~me/b%20c", "host", None, "~me/b c"),
            ("ssh://me:hunter2@[::1]:22/a", "me@::1", Some("22"), "/a"),
        ] {
            let place = Place::of(address).unwrap();
            assert_eq!(
                (
                    place.host.as_str(),
                    place.port.as_deref(),
                    place.path.as_str()
                ),
                (host, port, path)
            );
        }
    }
}
