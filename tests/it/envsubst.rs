//! Flux's variables, with what the reference makes of them.
//!
//! A file of `tests/golden/envsubst` has the values of variables and texts, each with what comes out, or that it is
//! refused; the words of the refusal need not be ours. `UPDATE=1 cargo test --test it envsubst` asks the reference for all of them
//! again. More texts are made at random and held to the reference as it runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use lockgate::render::expand::envsubst;
use serde::{Deserialize, Serialize};

use crate::tools::flux_peer;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/envsubst");

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Theme {
    values: BTreeMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    #[serde(skip)]
    values: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "is_false")]
    strict: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Deserialize)]
struct Answer {
    output: Option<String>,
    error: Option<String>,
}

#[test]
fn variables_become_what_the_reference_makes_of_them() {
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let mut failures = String::new();
    let mut count = 0;
    for path in themes() {
        let text = fs::read_to_string(&path).unwrap();
        let mut theme: Theme = serde_yaml::from_str(&text).unwrap();
        for case in &mut theme.cases {
            case.values.clone_from(&theme.values);
        }
        if update {
            let answers = ask(&theme.cases);
            for (case, answer) in theme.cases.iter_mut().zip(answers) {
                (case.output, case.error) = (answer.output, answer.error);
            }
            fs::write(&path, serde_yaml::to_string(&theme).unwrap()).unwrap();
        }
        for case in &theme.cases {
            count += 1;
            let ours = substituted(case);
            if !agrees(&ours, case.output.as_deref()) {
                let theme = path.file_stem().unwrap_or_default().display();
                let wanted = (&case.output, &case.error);
                writeln!(failures, "{theme}: {}: {ours:?}, not {wanted:?}", case.text).unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count >= 100, "{count}");
}

#[test]
fn texts_made_at_random_become_what_the_reference_makes_of_them() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let cases: Vec<Case> = (0..20_000).map(|_| random.case()).collect();
    let mut failures = String::new();
    for (case, answer) in cases.iter().zip(ask(&cases)) {
        let ours = substituted(case);
        if !agrees(&ours, answer.output.as_deref()) {
            let wanted = (&answer.output, &answer.error);
            let values = &case.values;
            writeln!(
                failures,
                "{}: {ours:?}, not {wanted:?} with {values:?}",
                case.text
            )
            .unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

fn themes() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(FOLDER)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn substituted(case: &Case) -> Result<String, String> {
    let text = envsubst::parse(&case.text).map_err(|error| error.to_string())?;
    let value = |name: &str| case.values.get(name).map(String::as_str);
    envsubst::run(&text, &value, case.strict)
        .map(|substituted| substituted.text)
        .map_err(|error| error.to_string())
}

/// Whether we give what the reference gives. Where that cuts a character in two, we refuse.
fn agrees(ours: &Result<String, String>, wanted: Option<&str>) -> bool {
    match (ours, wanted) {
        (Ok(ours), Some(wanted)) => ours == wanted,
        (Err(error), Some(wanted)) => {
            error.contains("cuts a character") && wanted.contains('\u{FFFD}')
        }
        (Err(_), None) => true,
        (Ok(_), None) => false,
    }
}

/// Asks the reference for all of some cases.
fn ask(cases: &[Case]) -> Vec<Answer> {
    let mut peer = flux_peer()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = peer.stdin.take().unwrap();
    let questions: Vec<String> = cases
        .iter()
        .map(|case| {
            let (text, values, strict) = (&case.text, &case.values, case.strict);
            serde_json::json!({"text": text, "values": values, "strict": strict}).to_string()
        })
        .collect();
    let writer = std::thread::spawn(move || {
        for question in questions {
            writeln!(stdin, "{question}").unwrap();
        }
    });
    let stdout = BufReader::new(peer.stdout.take().unwrap());
    let answers: Vec<Answer> = stdout
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap();
    assert!(peer.wait().unwrap().success());
    assert_eq!(answers.len(), cases.len());
    answers
}

/// Numbers that are the same at each run.
struct Random(u64);

const PIECES: [&str; 44] = [
    "${", "}", "$", "$$", "a", "b", "ab", "é", "_1", ":", "::", "=", "-", "+", "?", "#", "##", "%",
    "%%", "/", "//", "/#", "/%", ",", ",,", "^", "^^", "\\", "*", "[", "]", "[a-c]", "1", "2",
    "-1", " ", " -2", "${a}", "${b:=x}", "${c", ".", "x/y", "{", "\n",
];

const VALUES: [&str; 14] = [
    "", "a", "abc", "AbC", "a/b/c", "aXbXc", "éß", "x.tar.gz", "0", "-1", "2", "*", "a}b", "${a}",
];

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    fn case(&mut self) -> Case {
        let mut text = String::new();
        // Half of them begin as a variable does.
        if self.below(2) == 0 {
            text.push_str("${");
            text.push_str(self.of(&["a", "b", "c", "ab"]));
        }
        for _ in 0..self.below(7) {
            text.push_str(self.of(&PIECES));
        }
        if self.below(2) == 0 {
            text.push('}');
        }
        let mut values = BTreeMap::new();
        for name in ["a", "b", "ab", "_1"] {
            if self.below(3) > 0 {
                values.insert(name.to_owned(), self.of(&VALUES).to_owned());
            }
        }
        Case {
            text,
            values,
            strict: self.below(4) == 0,
            output: None,
            error: None,
        }
    }
}
