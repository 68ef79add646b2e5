//! Runs the programs of KRM functions, within bounds.
//!
//! [`Processes`] is the one [`Runner`] there is. Nothing else in Lockgate starts a process to render.

use std::process::Stdio;
use std::time::Duration;

use crate::kustomize::function::{Finished, Program, RunError, Runner};
use crate::process::{Bounds, command, run};

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

impl Runner for Processes {
    /// Runs a program. What it writes to standard error goes to that of this process.
    fn run(&self, program: &Program, input: Vec<u8>) -> Result<Finished, RunError> {
        let mut command = command(&program.path)?;
        command
            .args(&program.arguments)
            .envs(
                program
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .current_dir(&program.folder)
            .stderr(Stdio::inherit());
        let bounds = Bounds {
            time: self.time,
            output: self.output,
        };
        let ended = run(command, input, bounds)?;
        Ok(Finished {
            output: ended.output,
            failure: ended.failure,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

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
