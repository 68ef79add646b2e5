//! `ConfigMaps` and Secrets to generate, from every source.

use std::fmt::Write as _;

use super::{Folder, Form, NAMES, NAMESPACES, Random};

/// Returns the field `configMapGenerator`.
pub(super) fn config_maps(random: &mut Random, folder: &mut Folder<'_>) -> String {
    generators(random, folder, "configMapGenerator")
}

/// Returns the field `secretGenerator`.
pub(super) fn secrets(random: &mut Random, folder: &mut Folder<'_>) -> String {
    generators(random, folder, "secretGenerator")
}

fn generators(random: &mut Random, folder: &mut Folder<'_>, field: &str) -> String {
    let mut text = format!("{field}:\n");
    let first = random.below(NAMES.len());
    for index in 0..=random.below(2) {
        let name = NAMES[(first + index) % NAMES.len()];
        let _ = writeln!(text, "- name: gen-{name}");
        if field == "secretGenerator" && random.chance(60) {
            text.push_str("  type: Opaque\n");
        }
        if !folder.is_base && random.chance(25) {
            let behavior = random.pick(&["merge", "replace", "create"]);
            let _ = writeln!(text, "  behavior: {behavior}");
        }
        if random.chance(15) {
            let _ = writeln!(text, "  namespace: {}", random.pick(&NAMESPACES));
        }
        sources(random, folder, &mut text);
        if random.chance(25) {
            let options = random.pick(&[
                "{disableNameSuffixHash: true}",
                "{labels: {own: \"1\"}, annotations: {own: a}}",
                "{immutable: true}",
                "{disableNameSuffixHash: false, labels: {gen: \"2\"}}",
            ]);
            let _ = writeln!(text, "  options: {options}");
        }
    }
    text
}

fn sources(random: &mut Random, folder: &mut Folder<'_>, text: &mut String) {
    if random.chance(70) {
        let odd = random.pick(&[
            "c=\"quoted\"",
            "'c=it''s'",
            "c=",
            "c=a=b",
            "\"c= x \"",
            "\"c=l1\\nl2\"",
            "c=012",
            "c='s'",
            "\"c=a\\tb \"",
            "c=é",
        ]);
        let _ = writeln!(
            text,
            "  literals: [a={}, b=\"x y\", {odd}]",
            random.below(5)
        );
    }
    if random.chance(25) {
        let name = folder.file("s.env", env_file(random));
        let field = if random.chance(20) {
            format!("env: {name}")
        } else {
            format!("envs: [{name}]")
        };
        let _ = writeln!(text, "  {field}");
    }
    if random.chance(25) {
        let content = random.pick(&[
            "one\ntwo\n",
            "no break",
            "",
            "a: b\n  c\n",
            "trailing \nblank\n",
            "tab\there\n",
            "\n\nlead\n",
            "#\u{e9}\u{1F600}\n",
            "ends\n\n\n",
        ]);
        let name = folder.file("file.txt", content.to_owned());
        if random.chance(30)
            && let Some(file) = folder.tree.0.last_mut()
        {
            file.form = Form::Binary;
        }
        let key = random.pick(&["", "key=", "k.e-y_=", ".dot="]);
        let _ = writeln!(text, "  files: ['{key}{name}']");
    }
}

fn env_file(random: &mut Random) -> String {
    let mut text = String::new();
    for line in [
        "# comment",
        "",
        "P=v",
        "Q=\"quoted\"",
        "R=a=b",
        "S=",
        "  T=x",
        "U=x  ",
        "V=é",
        "W='s' # c",
        "lower.case-x=1",
        "   ",
    ] {
        if random.chance(50) {
            text.push_str(line);
            text.push('\n');
        }
    }
    if random.chance(30) {
        text.truncate(text.trim_end_matches('\n').len());
    }
    text
}
