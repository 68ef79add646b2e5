//! `docs/template-functions.md` lists each function of templates and how many cases compare it with the reference.
//! `UPDATE=1 cargo test --test it template_functions` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use lockgate::template::Functions;

use crate::template_golden::{functions, themes};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/template-functions.md");

/// Those of Go's `text/template`, but for `slice`, in the place of which is Sprig's.
const GO: [&str; 18] = [
    "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or",
    "print", "printf", "println", "urlquery",
];

/// Why the output of a function cannot be compared byte for byte. Cases hold its form instead.
const NEVER_THE_SAME: [(&str, &str); 22] = [
    ("ago", "the time"),
    ("bcrypt", "random"),
    ("encryptAES", "random"),
    ("genCA", "random"),
    ("genCAWithKey", "random"),
    ("genPrivateKey", "random"),
    ("genSelfSignedCert", "random"),
    ("genSelfSignedCertWithKey", "random"),
    ("genSignedCert", "random"),
    ("genSignedCertWithKey", "random"),
    ("getHostByName", "the network"),
    ("htpasswd", "random"),
    (
        "keys",
        "no order in the reference; here the keys are sorted",
    ),
    ("now", "the time"),
    ("randAlpha", "random"),
    ("randAlphaNum", "random"),
    ("randAscii", "random"),
    ("randBytes", "random"),
    ("randInt", "random"),
    ("randNumeric", "random"),
    ("shuffle", "random"),
    ("uuidv4", "random"),
];

const HEAD: &str = "# Functions of templates\n\n\
Templates of charts may call the functions of Go's `text/template`, of Sprig 3.3.0 (but for `env` and `expandenv`) and \
of Helm. What the\nreference, Helm 4.3.1, makes of small templates with odd inputs (nil, empty, of the wrong type, of \
no UTF-8, huge) is kept in\n`tests/golden/templates`; a test compares each with what Lockgate makes of it, and \
`UPDATE=1 cargo test --test it template_golden` asks\nthe reference again. A case may call several functions, and a \
function several times.\n\n\
**equal** are the cases that have an output, the same bytes; **refused** are those that the reference refuses, and so \
does Lockgate.\nA name that is not in the table is an error when the template is parsed.\n\n\
| function | of | equal | refused | |\n| --- | --- | ---: | ---: | --- |\n";

#[test]
fn the_table_of_functions_is_true() {
    let expected = table();
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(TABLE, &expected).unwrap();
    }
    let written = fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        written == expected,
        "docs/template-functions.md is stale: UPDATE=1 cargo test --test it template_functions"
    );
}

fn table() -> String {
    let counts = counts();
    let sprig = Functions::standard();
    let mut out = HEAD.to_owned();
    for function in functions().iter() {
        let name = function.name;
        let is_sprig = sprig.get(name).is_some_and(|of_sprig| {
            std::ptr::fn_addr_eq(of_sprig.run, function.run) && of_sprig.params == function.params
        });
        let of = match (GO.contains(&name), is_sprig) {
            (true, _) => "Go",
            (false, true) => "Sprig",
            (false, false) => "Helm",
        };
        let (equal, refused) = counts.get(name).copied().unwrap_or_default();
        let why = NEVER_THE_SAME.iter().find(|(other, _)| *other == name);
        let why = why.map_or("", |(_, why)| why);
        writeln!(out, "| `{name}` | {of} | {equal} | {refused} | {why} |").unwrap();
    }
    out
}

/// For each name how many cases call it and have an output, and how many call it first and are refused.
fn counts() -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in themes().into_values().flatten() {
        let names = names(&case.template);
        if case.is_refused() {
            if let Some(first) = names.first() {
                counts.entry(first.clone()).or_default().1 += 1;
            }
            continue;
        }
        for name in names.into_iter().collect::<std::collections::BTreeSet<_>>() {
            counts.entry(name).or_default().0 += 1;
        }
    }
    counts
}

/// The words of a template that may be functions: not in quotes, and neither fields nor variables.
fn names(template: &str) -> Vec<String> {
    let mut names = Vec::new();
    for action in template.split("{{").skip(1) {
        let action = action.split("}}").next().unwrap_or_default();
        let mut word = String::new();
        let (mut in_quotes, mut is_escaped) = (false, false);
        for character in action.chars().chain([' ']) {
            if in_quotes {
                in_quotes = is_escaped || character != '"';
                is_escaped = !is_escaped && character == '\\';
                continue;
            }
            match character {
                '"' => in_quotes = true,
                _ if character.is_alphanumeric() || "_.$".contains(character) => {
                    word.push(character);
                    continue;
                }
                _ => {}
            }
            let is_name = word.starts_with(char::is_alphabetic);
            let word = std::mem::take(&mut word);
            // `now.Year` calls `now`.
            let name = word.split('.').next().unwrap_or_default();
            if is_name {
                names.push(name.to_owned());
            }
        }
    }
    names
}
