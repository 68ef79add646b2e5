//! The reference, asked for thousands of builds: its library in a process that stays, and its program
//! where the library ends the process or takes too long.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::{Built, Outcome};
use crate::tools::{krusty_server, kustomize};

/// How long the library may take for a build. The program has a bound of its own.
const PATIENCE: Duration = Duration::from_secs(20);

/// Servers that wait for work.
pub(super) struct Reference(Mutex<Vec<Server>>);

impl Reference {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Builds a folder.
    pub(super) fn build(&self, folder: &Path) -> Outcome {
        let idle = self.0.lock().unwrap().pop();
        let mut server = idle.unwrap_or_else(Server::start);
        if let Some(outcome) = server.build(folder) {
            self.0.lock().unwrap().push(server);
            return outcome;
        }
        drop(server);
        by_program(folder)
    }
}

struct Server {
    process: Child,
    questions: ChildStdin,
    answers: Receiver<Outcome>,
}

impl Server {
    fn start() -> Self {
        let mut process = krusty_server()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let questions = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            while let Ok(outcome) = answer(&mut output) {
                if sender.send(outcome).is_err() {
                    break;
                }
            }
        });
        Self {
            process,
            questions,
            answers,
        }
    }

    /// Returns nothing where the process ended or was too slow.
    fn build(&mut self, folder: &Path) -> Option<Outcome> {
        writeln!(self.questions, "{}", folder.display()).ok()?;
        self.answers.recv_timeout(PATIENCE).ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn answer(output: &mut BufReader<ChildStdout>) -> io::Result<Outcome> {
    let mut head = String::new();
    output.read_line(&mut head)?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [verdict, length, warnings] = words[..] else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let mut text = |length: &str| {
        let mut bytes = vec![0; length.parse().unwrap()];
        output.read_exact(&mut bytes)?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (text, warnings) = (text(length)?, text(warnings)?);
    Ok(match verdict {
        "ok" => Ok(Built {
            yaml: text,
            warnings: with_words(&warnings),
        }),
        _ => Err(text),
    })
}

/// Leaves out what the reference logs in the words of its language, which is values of vars that are no
/// texts, and sorts the names of vars, which it shuffles.
fn with_words(warnings: &str) -> String {
    let mut words = String::new();
    for line in warnings.lines() {
        if line.starts_with("MakePrimitiveReplacer") {
            continue;
        }
        match line.split_once("never replaced: ") {
            Some((head, vars)) => {
                let mut vars: Vec<&str> = vars.split(',').collect();
                vars.sort_unstable();
                words.push_str(&format!("{head}never replaced: {}\n", vars.join(",")));
            }
            None => words.push_str(&format!("{line}\n")),
        }
    }
    words
}

fn by_program(folder: &Path) -> Outcome {
    let output = kustomize().arg("build").arg(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        // Where it panicked is no one's interest.
        let reason = said.split("\ngoroutine ").next().unwrap_or_default();
        return Err(reason.to_owned());
    }
    Ok(Built {
        yaml: String::from_utf8(output.stdout).unwrap(),
        warnings: said,
    })
}
