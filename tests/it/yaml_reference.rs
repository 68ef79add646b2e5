//! Texts through `kustomize build` and through our parser and emitter: the same bytes, or both refuse.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use lockgate::yaml::{FileId, Limits, emit, parse};

use crate::tools::kustomize;

/// What came of a file; `None` where it was refused.
type Outcome = Option<String>;

fn ours(text: &[u8]) -> Result<String, String> {
    let documents = parse(text, FileId::of("doc.yaml"), &Limits::default())
        .map_err(|error| format!("{error} ({error:?})"))?;
    let mut out = String::new();
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            out.push_str("---\n");
        }
        emit(document, &mut out);
    }
    Ok(out)
}

fn build_with(mut tool: Command, folder: &Path) -> Result<String, String> {
    let output = tool
        .arg("build")
        .arg(folder)
        .output()
        .expect("the tool runs");
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).expect("UTF-8"))
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Builds each text alone.
fn reference(folder: &Path, text: &[u8]) -> Result<String, String> {
    std::fs::write(folder.join("kustomization.yaml"), "resources: [doc.yaml]\n")
        .expect("a file is written");
    std::fs::write(folder.join("doc.yaml"), text).expect("a file is written");
    build_with(kustomize(), folder)
}

/// Compares texts, many in one process as long as the reference takes them all.
fn compare(texts: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut resources = String::from("resources:\n");
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{index}.yaml")), text)
            .expect("a file is written");
        let _ = writeln!(resources, "- {index}.yaml");
    }
    std::fs::write(folder.path().join("kustomization.yaml"), resources).expect("a file is written");
    let output = kustomize()
        .arg("build")
        .arg(folder.path())
        .output()
        .expect("kustomize runs");
    let together: Outcome = output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).expect("UTF-8"));
    let mine: Vec<_> = texts.iter().map(|text| ours(text.as_bytes())).collect();
    if let Some(want) = &together {
        let all: Result<Vec<_>, _> = mine.iter().cloned().collect();
        if all.is_ok_and(|all| all.join("---\n") == *want) {
            return Vec::new();
        }
    }
    if texts.len() > 1 {
        let (left, right) = texts.split_at(texts.len() / 2);
        return [compare(left), compare(right)].concat();
    }
    let single = tempfile::tempdir().expect("a folder");
    let want = reference(single.path(), texts[0].as_bytes());
    match (&mine[0], &want) {
        (Ok(got), Ok(want)) if got == want => Vec::new(),
        (Err(_), Err(_)) => Vec::new(),
        (got, want) => vec![format!(
            "{}\n==== ours\n{got:?}\n==== reference\n{want:?}\n",
            texts[0]
        )],
    }
}

/// Compares what we accept in batches, and of what we refuse a part, each alone.
fn check(texts: &[String]) {
    let (accepted, refused): (Vec<_>, Vec<_>) = texts
        .iter()
        .cloned()
        .partition(|text| ours(text.as_bytes()).is_ok());
    let mut differences: Vec<String> = accepted.chunks(64).flat_map(compare).collect();
    let sample = refused.len().min(texts.len() / 40);
    differences.extend(refused[..sample].chunks(1).flat_map(compare));
    let shown: Vec<_> = differences.iter().take(12).cloned().collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        accepted.len() + sample,
        shown.join("\n########\n")
    );
    assert!(
        accepted.len() > texts.len() / 4,
        "the generator makes too little that is valid"
    );
}

fn wrapped(index: usize, spec: &str) -> String {
    format!(
        "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: thing-{index:05}\n{spec}\n"
    )
}

/// A small generator, so that a run repeats.
struct Random(u64);

impl Random {
    /// Other texts on request: `LOCKGATE_SEED=7`.
    fn new(seed: u64) -> Self {
        let other = std::env::var("LOCKGATE_SEED").ok();
        let other: u64 = other.and_then(|other| other.parse().ok()).unwrap_or(0);
        Self(seed ^ other.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

const WORDS: &[&str] = &[
    "a",
    "foo",
    "yes",
    "n",
    "No",
    "on",
    "OFF",
    "null",
    "~",
    "true",
    "False",
    "012",
    "0o14",
    "0b11",
    "0x1F",
    "1e3",
    "1.0",
    "-0",
    "-0.0",
    "1_000",
    "1.",
    ".5",
    "1e21",
    "1e400",
    "123456789012345678901",
    "18446744073709551615",
    "9223372036854775808",
    "1234567.5",
    "0.00001",
    "1:30",
    "12:30:45.5",
    "2024-01-01",
    "2024-1-2T3:4:5Z",
    "2024-01-01 10:00:00",
    "2024-01-01T00:00:00+02:00",
    "<<",
    "=",
    "-",
    "--",
    "---x",
    "...",
    "?",
    "?x",
    ":x",
    "x:y",
    "x:",
    "#x",
    "x#",
    "x #",
    "&x",
    "*x",
    "!x",
    "|",
    ">",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "[",
    "]",
    "{",
    "}",
    ",",
    "a,b",
    "é",
    "ü ß",
    "日本",
    "\u{1F600}",
    "\u{A0}",
    "\u{FEFF}b",
    "\u{2028}",
    "x\u{2029}y",
    "\u{85}",
    "\\",
    "a\\nb",
    "\t",
    "a\tb",
    "/usr/bin",
    "--flag=x",
    "{{ .Values.x }}",
    "${VAR}",
    "$(VAR)",
    "100m",
    "1Gi",
    "app.kubernetes.io/name",
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore",
    "  lead",
    "trail  ",
    "08",
    "0x",
    "+1",
    "+.inf",
    "1e",
    "y",
    "Y",
    "nULL",
    "0b+1",
];

fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(4) {
        text.push_str(random.of(WORDS));
        text.push_str(random.of(&[
            "", " ", "  ", ": ", " #", "\n", "\n\n", "\n ", " \n", "", " ",
        ]));
    }
    text
}

fn double_quoted(text: &str, random: &mut Random) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            ' ' if random.below(12) == 0 => out.push_str("\\x20"),
            '\t' if random.below(2) == 0 => out.push_str("\\t"),
            other if random.below(30) == 0 => {
                let _ = write!(out, "\\U{:08x}", u32::from(other));
            }
            other => out.push(other),
        }
    }
    out + "\""
}

/// Writes a leaf in some style; many are not valid, which both must see.
fn leaf(random: &mut Random, indent: usize) -> String {
    let pad = " ".repeat(indent + random.below(3));
    match random.below(9) {
        0..=2 => random.of(WORDS).to_owned(),
        3 => text(random).trim_end().replace('\n', &format!("\n{pad}  ")),
        4 => format!("'{}'", text(random).replace('\'', "''")),
        5 | 6 => {
            let text = text(random);
            double_quoted(&text, random)
        }
        7 => format!(
            "{} {}",
            random.of(&[
                "!!str", "!!int", "!!float", "!!binary", "!local", "!", "!!null"
            ]),
            random.of(WORDS)
        ),
        _ => {
            let header = random.of(&["|", "|-", "|+", ">", ">-", ">+", "|2", ">1-", "| # c"]);
            let body = text(random).replace('\n', &format!("\n{pad} "));
            format!("{header}\n{pad} {body}\n")
        }
    }
}

fn block(random: &mut Random, indent: usize, depth: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    let is_list = random.below(3) == 0;
    for index in 0..=random.below(4) {
        if random.below(12) == 0 {
            out.push_str(random.of(&["\n", "# comment\n", "   # deep\n", " \n"]));
        }
        let anchor = if random.below(14) == 0 {
            format!("&a{} ", random.below(3))
        } else {
            String::new()
        };
        if is_list {
            let _ = write!(out, "{pad}-");
        } else {
            let key = match random.below(5) {
                0 => {
                    let word = random.of(WORDS);
                    double_quoted(word, random)
                }
                1 => format!("k{}", random.below(200)),
                2 => random
                    .of(&[
                        "x1", "x10", "x2", "x01", "X", "a-b", "a.b", "a_b", "1a", "y", "'on'",
                        "\"1\"",
                    ])
                    .to_owned(),
                _ => format!("key{index}"),
            };
            let _ = write!(out, "{pad}{key}:");
        }
        match random.below(8) {
            0..=2 if depth > 0 => {
                let deeper = indent + if is_list { 2 } else { random.below(3) + 1 };
                let _ = writeln!(out, " {anchor}");
                block(random, deeper, depth - 1, out);
            }
            3 => {
                let _ = writeln!(out, " {anchor}{}", flow(random, 2));
            }
            4 if random.below(3) == 0 => {
                let _ = writeln!(out, " *a{}", random.below(3));
            }
            5 if random.below(4) == 0 && !is_list => {
                let _ = writeln!(out, " {{<<: *a{}, own: 1}}", random.below(3));
            }
            _ => {
                let leaf = leaf(random, indent);
                let _ = writeln!(
                    out,
                    " {anchor}{leaf}{}",
                    random.of(&["", "", "", " # c", " "])
                );
            }
        }
    }
}

fn flow(random: &mut Random, depth: usize) -> String {
    let mut out = String::new();
    let is_list = random.below(2) == 0;
    out.push(if is_list { '[' } else { '{' });
    for index in 0..random.below(4) {
        if index > 0 {
            out.push_str(random.of(&[",", ", ", ",\n      ", " , "]));
        }
        if !is_list || random.below(8) == 0 {
            let _ = write!(out, "k{index}{}", random.of(&[": ", ": ", ":  ", ""]));
        }
        if depth > 0 && random.below(4) == 0 {
            out.push_str(&flow(random, depth - 1));
        } else if random.below(2) == 0 {
            let text = text(random);
            out.push_str(&double_quoted(&text, random));
        } else {
            out.push_str(random.of(WORDS));
        }
    }
    out.push_str(random.of(&["", "", "", ","]));
    out.push(if is_list { ']' } else { '}' });
    out
}

#[test]
fn leaves_come_out_as_from_the_reference() {
    let mut random = Random::new(0x9E37_79B9_7F4A_7C15);
    let texts: Vec<String> = (0..count(500))
        .map(|index| {
            let text = text(&mut random);
            let spec = format!("spec:\n  {}: {}\n", double_quoted(&text, &mut random), {
                let text = self::text(&mut random);
                double_quoted(&text, &mut random)
            });
            wrapped(index, &spec)
        })
        .collect();
    check(&texts);
}

#[test]
fn random_documents_come_out_as_from_the_reference() {
    let mut random = Random::new(0xD1B5_4A32_D192_ED03);
    let texts: Vec<String> = (0..count(600))
        .map(|index| {
            let mut spec = String::from("spec:\n");
            block(&mut random, 2, 3, &mut spec);
            wrapped(index, &spec)
        })
        .collect();
    check(&texts);
}

/// JSON patches are read by the other version of Go's YAML.
#[test]
fn random_json_patches_come_out_as_from_the_reference() {
    let mut random = Random::new(0xA076_1D64_78BD_642F);
    let mut built = 0;
    let cases = count(60);
    for index in 0..cases {
        let mut patch = String::from("- op: add\n  path: /spec\n  value:\n");
        block(&mut random, 4, 2, &mut patch);
        if random.below(3) == 0 {
            patch.push_str("    again: 1\n    1: x\n    yes: z\n    again: 2\n");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("a file is written");
        };
        write(
            "kustomization.yaml",
            "resources: [doc.yaml]\npatches: [{path: patch.yaml, target: {kind: Thing}}]\n",
        );
        write("doc.yaml", &wrapped(index, ""));
        write("patch.yaml", &patch);
        let ours = build_with(Command::new(env!("CARGO_BIN_EXE_lockgate")), folder.path());
        let reference = build_with(kustomize(), folder.path());
        match (&ours, &reference) {
            (Ok(ours), Ok(reference)) if ours == reference => built += 1,
            (Err(_), Err(_)) => {}
            _ => panic!("{patch}\n==== ours\n{ours:?}\n==== reference\n{reference:?}\n"),
        }
    }
    assert!(
        built * 5 > cases,
        "only {built} of {cases} patches are valid"
    );
}

/// More rounds on request: `LOCKGATE_YAML_ROUNDS=20`.
fn count(base: usize) -> usize {
    let rounds = std::env::var("LOCKGATE_YAML_ROUNDS").ok();
    base * rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}
