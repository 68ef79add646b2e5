//! Helm's own engine in a process that stays: `tests/tools/helm-peer`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use base64::Engine as _;
use serde::{Deserialize, Serialize};

use crate::tools::helm_peer;

/// The error of a chart that ends the reference.
pub(super) const DIED: &str = "the reference died of it";

/// A chart and the user's values.
#[derive(Serialize)]
pub(super) struct Request {
    pub(super) files: BTreeMap<String, String>,
    pub(super) values: String,
    pub(super) set: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    output: BTreeMap<String, String>,
    #[serde(default)]
    error: String,
}

impl Request {
    /// A chart of one template.
    pub(super) fn of(template: &str, values: &str) -> Self {
        Self {
            files: BTreeMap::from([("templates/t.yaml".to_owned(), template.to_owned())]),
            values: values.to_owned(),
            set: Vec::new(),
        }
    }
}

pub(super) struct Peer(Option<Server>);

struct Server {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// Renders a chart and returns the output of a template.
    pub(super) fn render(&mut self, request: &Request, template: &str) -> Result<Vec<u8>, String> {
        let server = self.0.get_or_insert_with(Server::start);
        let Some(answer) = server.ask(request) else {
            self.0 = None;
            return Err(DIED.to_owned());
        };
        if !answer.error.is_empty() {
            return Err(answer.error);
        }
        let text = answer.output.get(template).map_or("", String::as_str);
        Ok(base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap())
    }
}

impl Server {
    fn start() -> Self {
        let mut process = helm_peer()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let questions = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        Self {
            process,
            questions,
            answers,
        }
    }

    /// Returns nothing where the process ended.
    fn ask(&mut self, request: &Request) -> Option<Answer> {
        let question = serde_json::to_string(request).unwrap();
        writeln!(self.questions, "{question}").ok()?;
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
