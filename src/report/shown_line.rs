//! The lines of files that people are shown, without the secrets in them.

use std::ops::Range;

use crate::source::remote::redact;

/// The longest line that is shown whole, in characters.
const MAX_CHARS: usize = 240;

/// What stands where a secret's value does.
const MASK: &str = "***";

/// What stands beside a Secret's data, and must be readable for a message to help.
const OPEN: [&str; 11] = [
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "type",
    "files",
    "envs",
    "behavior",
    "options",
    "secretGenerator",
];

/// What holds a Secret's values, and is shown where they stand on other lines.
const HOLDERS: [&str; 3] = ["data", "stringData", "literals"];

/// Returns a line of a file as it is shown, by its index; `None` where there is none to show.
pub(super) fn shown_line(name: &str, content: &str, index: usize) -> Option<String> {
    if !is_shown(name) {
        return None;
    }
    let line = content.lines().nth(index)?;
    let mut shown = line.to_owned();
    if let Some(value) = secret_value(content, index) {
        shown.truncate(value.start.min(shown.len()));
        shown.push_str(MASK);
    }
    // Cut last: of half an address one cannot tell what is a password.
    Some(redact(&shown).chars().take(MAX_CHARS).collect())
}

/// Env files, keys and certificates are never shown: they hold nothing but values.
fn is_shown(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "yaml" | "yml" | "json" | "rego" | "cel" | "lock")
        || name.ends_with("Kustomization")
}

/// Returns where on a line the value begins that must not be shown, if there is one: in the data of a
/// Secret, and among the literals of a secret generator.
fn secret_value(content: &str, index: usize) -> Option<Range<usize>> {
    let lines: Vec<&str> = content.lines().collect();
    let line = lines.get(index)?;
    let is_break = |line: &&str| line.starts_with("---");
    let first = lines[..index].iter().rposition(is_break).unwrap_or(0);
    let last = lines[index..]
        .iter()
        .position(is_break)
        .map_or(lines.len(), |length| index + length);
    let document = lines.get(first..last.max(index + 1)).unwrap_or(&lines);
    let is_secret = |line: &&str| {
        let line = line.trim_start().trim_start_matches("- ");
        ["kind", "\"kind\""]
            .iter()
            .any(|key| value_of(line, key) == Some("Secret"))
    };
    let in_generator = || {
        document.iter().any(|line| {
            let line = line.trim_start().trim_start_matches(['{', '"']);
            line.starts_with("secretGenerator")
        }) && is_below(
            lines.get(first..=index).unwrap_or(&lines),
            "secretGenerator",
        )
    };
    if !document.iter().any(is_secret) && !in_generator() {
        return None;
    }
    let body = line.trim_start().trim_start_matches("- ");
    let offset = line.len() - body.len();
    let key = body.split([':', '=']).next().unwrap_or_default();
    let key = key.trim_matches(['"', '\'', ' ']);
    if OPEN.contains(&key) {
        return None;
    }
    if HOLDERS.contains(&key) && body.trim_end().ends_with(':') {
        return None;
    }
    match body.find([':', '=']) {
        Some(at) if at + 1 < body.len() => Some(offset + at + 1..line.len()),
        Some(_) => None,
        None => Some(offset..line.len()),
    }
}

/// Returns what stands behind a key and its colon, if the line begins with them.
fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let rest = line.strip_prefix(key)?.trim_start().strip_prefix(':')?;
    Some(rest.trim().trim_matches(['"', '\'', ',']))
}

/// Tells whether the last of some lines may stand below a key of the root: the last line without
/// indentation has another key only where it does not.
fn is_below(lines: &[&str], key: &str) -> bool {
    let is_key = |line: &&&str| line.starts_with(|c: char| c.is_ascii_alphabetic());
    lines
        .iter()
        .rfind(is_key)
        .is_none_or(|line| value_of(line, key).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_secrets_are_found() {
        let secret = "kind: Secret\nmetadata:\n  name: x\nstringData:\n  password: hunter2\n  block: |\n    hunter3\n";
        let generator = "secretGenerator:\n- name: x\n  literals:\n  - password=hunter2\n";
        let cases = [
            (secret, 2, None),
            (secret, 4, Some(" hunter2")),
            (secret, 5, Some(" |")),
            (secret, 6, Some("hunter3")),
            (generator, 1, None),
            (generator, 3, Some("hunter2")),
            ("images:\n- newTag: a\nsecretGenerator: []\n", 1, None),
            ("kind: ConfigMap\ndata:\n  a: b\n", 2, None),
            (
                "{secretGenerator: [\n literals: [a=hunter2]]}\n",
                1,
                Some(" [a=hunter2]]}"),
            ),
            (
                "kind: Secret\ndata: {a: hunter2}\n",
                1,
                Some(" {a: hunter2}"),
            ),
            ("images:\n- newTag: a\nsecretGenerator: []\n", 1, None),
            (
                "kind: Secret\n---\nkind: ConfigMap\ndata:\n  a: b\n",
                4,
                None,
            ),
        ];
        for (content, index, want) in cases {
            let line = content.lines().nth(index).unwrap();
            let value = secret_value(content, index).map(|range| &line[range]);
            assert_eq!(value, want, "line {index} of {content}");
        }
    }

    #[test]
    fn a_shown_line_hides_the_secret_and_nothing_else() {
        let secret = "kind: Secret\ndata:\n  password: aHVudGVyMg==\n";
        assert_eq!(
            shown_line("x.yaml", secret, 2).as_deref(),
            Some("  password:***")
        );
        assert_eq!(
            shown_line("x.yaml", secret, 0).as_deref(),
            Some("kind: Secret")
        );
        assert_eq!(shown_line("secret.env", "password=hunter2\n", 0), None);
        assert_eq!(
            shown_line("x.yaml", "- https://me:hunter2@host/a//b?ref=v1\n", 0).as_deref(),
            Some("- https://host/a//b?ref=v1")
        );
    }
}
