//! Runs a program within a time and up to a length of output, in a process group that is killed as a whole.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Why a program did not run to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RunError {
    #[error("cannot be started: {reason}")]
    NotStarted { reason: String },
    #[error("did not end within {} seconds and was killed", .limit.as_secs_f64())]
    TooSlow { limit: Duration },
    #[error("printed more than {} MiB and was killed", .limit >> 20)]
    TooMuch { limit: u64 },
    #[error("was lost: {reason}")]
    Lost { reason: String },
}

/// How long a program may run, and how many bytes it may print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) time: Duration,
    pub(crate) output: u64,
}

/// What a program that ended left.
pub(crate) struct Ended {
    /// What it printed.
    pub(crate) output: Vec<u8>,
    /// How it failed, if it did.
    pub(crate) failure: Option<String>,
}

/// Returns the command that starts a program: a path with a slash as it is, another as it is found where commands are.
pub(crate) fn command(path: &str) -> Result<Command, RunError> {
    let mut command = Command::new(executable(path)?);
    command.arg0(path);
    Ok(command)
}

/// Runs a program to its end. What it writes to standard error goes where the command says.
pub(crate) fn run(command: Command, input: Vec<u8>, bounds: Bounds) -> Result<Ended, RunError> {
    let deadline = Instant::now() + bounds.time;
    let mut running = Running::start(command)?;
    let printed = running.talk(input, bounds.output)?;
    let slow = RunError::TooSlow { limit: bounds.time };
    let wait = deadline.saturating_duration_since(Instant::now());
    match printed.recv_timeout(wait) {
        Ok(Printed::All(output)) => {
            let status = running.end(deadline)?.ok_or(slow)?;
            Ok(Ended {
                output,
                failure: failure(status),
            })
        }
        Ok(Printed::TooMuch) => Err(RunError::TooMuch {
            limit: bounds.output,
        }),
        Ok(Printed::Unreadable(error)) => Err(lost(&error)),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(slow),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(RunError::Lost {
            reason: "its output cannot be read".to_owned(),
        }),
    }
}

/// What was read of a program's output.
enum Printed {
    All(Vec<u8>),
    TooMuch,
    Unreadable(io::Error),
}

/// A process that is killed, with all that it started, unless it ended before.
struct Running {
    child: Child,
    has_ended: bool,
}

impl Running {
    fn start(mut command: Command) -> Result<Self, RunError> {
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| not_started(&error))?;
        Ok(Self {
            child,
            has_ended: false,
        })
    }

    /// Writes the input and reads the output, each in a thread that no one waits for: a process that left
    /// the group may keep the pipes open.
    fn talk(&mut self, input: Vec<u8>, limit: u64) -> Result<mpsc::Receiver<Printed>, RunError> {
        if let Some(mut stdin) = self.child.stdin.take() {
            // A program need not read what it is given.
            let write = move || drop(stdin.write_all(&input));
            thread::Builder::new()
                .spawn(write)
                .map_err(|error| lost(&error))?;
        }
        let (send, printed) = mpsc::channel();
        if let Some(stdout) = self.child.stdout.take() {
            let read = move || {
                let mut output = Vec::new();
                let printed = match stdout.take(limit + 1).read_to_end(&mut output) {
                    Err(error) => Printed::Unreadable(error),
                    Ok(bytes) if bytes as u64 > limit => Printed::TooMuch,
                    Ok(_) => Printed::All(output),
                };
                // Nobody listens any more where it took too long.
                let _ = send.send(printed);
            };
            thread::Builder::new()
                .spawn(read)
                .map_err(|error| lost(&error))?;
        }
        Ok(printed)
    }

    /// Waits for the process, which has closed its output; `None` where it does not end in time.
    fn end(&mut self, deadline: Instant) -> Result<Option<ExitStatus>, RunError> {
        let mut pause = Duration::from_micros(100);
        loop {
            if let Some(status) = self.child.try_wait().map_err(|error| lost(&error))? {
                self.has_ended = true;
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended {
            let group = rustix::process::Pid::from_child(&self.child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

fn executable(path: &str) -> Result<PathBuf, RunError> {
    if path.contains('/') {
        return Ok(PathBuf::from(path));
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        // An empty or relative one would be looked for in whatever folder this process is in.
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(path))
        .find(|path| is_executable(path))
        .ok_or_else(|| RunError::NotStarted {
            reason: "it is not found in PATH".to_owned(),
        })
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Says how a process failed, if it did.
fn failure(status: ExitStatus) -> Option<String> {
    if status.success() {
        return None;
    }
    Some(match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    })
}

fn not_started(error: &io::Error) -> RunError {
    RunError::NotStarted {
        reason: match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "it is not executable".to_owned(),
            _ => error.to_string(),
        },
    }
}

fn lost(error: &io::Error) -> RunError {
    RunError::Lost {
        reason: error.to_string(),
    }
}
