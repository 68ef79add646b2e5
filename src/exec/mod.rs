//! Runs the programs of KRM functions: within a time, up to a length of output, in a process group that is
//! killed as a whole.
//!
//! [`Processes`] is the one [`Runner`] there is. Nothing else in Lockgate starts a process to render.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::kustomize::function::{Finished, Program, RunError, Runner};

/// Starts programs as processes.
#[derive(Clone, Copy, Debug)]
pub struct Processes {
    /// How long one may run.
    pub time: Duration,
    /// How many bytes it may print.
    pub output: u64,
}

impl Default for Processes {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60),
            output: 64 << 20,
        }
    }
}

/// What was read of a program's output.
enum Printed {
    All(Vec<u8>),
    TooMuch,
    Unreadable(io::Error),
}

impl Runner for Processes {
    /// Runs a program. What it writes to standard error goes to that of this process.
    fn run(&self, program: &Program, input: Vec<u8>) -> Result<Finished, RunError> {
        let deadline = Instant::now() + self.time;
        let mut running = Running::start(program)?;
        let printed = running.talk(input, self.output)?;
        let slow = RunError::TooSlow { limit: self.time };
        let wait = deadline.saturating_duration_since(Instant::now());
        match printed.recv_timeout(wait) {
            Ok(Printed::All(output)) => {
                let status = running.end(deadline)?.ok_or(slow)?;
                Ok(Finished {
                    output,
                    failure: failure(status),
                })
            }
            Ok(Printed::TooMuch) => Err(RunError::TooMuch { limit: self.output }),
            Ok(Printed::Unreadable(error)) => Err(lost(&error)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(slow),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(RunError::Lost {
                reason: "its output cannot be read".to_owned(),
            }),
        }
    }
}

/// A process that is killed, with all that it started, unless it ended before.
struct Running {
    child: Child,
    has_ended: bool,
}

impl Running {
    fn start(program: &Program) -> Result<Self, RunError> {
        let child = Command::new(executable(&program.path)?)
            .arg0(&program.path)
            .args(&program.arguments)
            .envs(
                program
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .current_dir(&program.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
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

/// Returns what is started: a path with a slash as it is, another as it is found where commands are.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a script of the shell with an input.
    fn sh(script: &str, input: &str) -> Result<Finished, RunError> {
        let program = Program {
            path: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            environment: vec![("NAME".to_owned(), "value".to_owned())],
            folder: std::env::temp_dir(),
        };
        let processes = Processes {
            time: Duration::from_millis(500),
            output: 1000,
        };
        processes.run(&program, input.into())
    }

    fn output(finished: Result<Finished, RunError>) -> String {
        let finished = finished.unwrap();
        assert_eq!(finished.failure, None);
        String::from_utf8(finished.output).unwrap()
    }

    #[test]
    fn a_program_reads_its_input_and_its_environment() {
        assert_eq!(output(sh("cat; echo $NAME", "in ")), "in value\n");
    }

    #[test]
    fn a_program_need_not_read_its_input() {
        assert_eq!(output(sh("echo out", &"x".repeat(1 << 20))), "out\n");
    }

    #[test]
    fn the_exit_status_and_the_signal_are_told() {
        let failure = |script| sh(script, "").unwrap().failure.unwrap();
        assert_eq!(failure("exit 3"), "exit status 3");
        assert_eq!(failure("kill -9 $$"), "killed by signal 9");
    }

    #[test]
    fn what_takes_too_long_is_killed() {
        let slow = Err(RunError::TooSlow {
            limit: Duration::from_millis(500),
        });
        for script in [
            "sleep 60",
            // The output is closed, the process goes on.
            "exec >&-; sleep 60",
            // The process ends, what it started keeps the output open.
            "sleep 60 &",
        ] {
            assert_eq!(sh(script, ""), slow, "{script}");
        }
    }

    #[test]
    fn what_a_killed_program_started_is_killed_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; wait", file.display());
        sh(&script, "").unwrap_err();
        let pid = std::fs::read_to_string(file)
            .unwrap()
            .trim()
            .parse::<i32>()
            .unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        // Its parent is gone, so it stays until init has reaped it.
        let is_gone = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        let patience = Instant::now() + Duration::from_secs(20);
        while !is_gone() {
            assert!(Instant::now() < patience, "process {pid} lives on");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn what_prints_too_much_is_killed() {
        assert_eq!(sh("yes", ""), Err(RunError::TooMuch { limit: 1000 }));
        assert_eq!(output(sh("printf %1000s", "")).len(), 1000);
    }

    #[test]
    fn what_cannot_be_started_says_why() {
        let run = |path: &str| {
            let program = Program {
                path: path.to_owned(),
                arguments: Vec::new(),
                environment: Vec::new(),
                folder: "/etc".into(),
            };
            Processes::default()
                .run(&program, Vec::new())
                .unwrap_err()
                .to_string()
        };
        assert!(run("no-such-program").contains("not found in PATH"));
        assert!(run("./missing").contains("no such file"));
        assert!(run("./passwd").contains("not executable"));
    }
}
