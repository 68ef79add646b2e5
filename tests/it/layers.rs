//! Data flows one way: no module uses one that stands below it in `src/lib.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of the list in `src/lib.rs`: later ones may use earlier ones.
fn modules() -> Vec<String> {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    text.lines()
        .filter_map(|line| {
            let item = line.strip_prefix("//! ")?;
            let (number, rest) = item.split_once(". [`")?;
            number.trim().parse::<usize>().ok()?;
            Some(rest.split('`').next()?.to_owned())
        })
        .collect()
}

#[test]
fn the_list_names_every_module() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let declared: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    assert_eq!(modules().into_iter().collect::<BTreeSet<_>>(), declared);
}

#[test]
fn no_module_uses_one_below_itself() {
    let modules = modules();
    let mut wrong = Vec::new();
    for (position, module) in modules.iter().enumerate() {
        for file in files(&source().join(module)) {
            let text = fs::read_to_string(&file).unwrap();
            for used in used_modules(&text) {
                let below = modules.iter().position(|known| *known == used);
                if below.is_some_and(|below| below > position) {
                    wrong.push(format!("{} uses `{used}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn uses_are_found_however_they_are_written() {
    let text = "
        use crate::yaml::{Node, emit};
        use crate::{source, merge::Patch, render::{self, Fleet}};
        //! [`crate::cli`] in a comment does not count
        fn f() { crate::sync::plan(); } // crate::report
    ";
    let used: Vec<String> = used_modules(text).into_iter().collect();
    assert_eq!(used, ["merge", "render", "source", "sync", "yaml"]);
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut to_visit = vec![folder.to_owned()];
    while let Some(folder) = to_visit.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                to_visit.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns the first part of each path that begins with `crate::`, groups included.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => used.extend(identifier(rest)),
            Some(group) => used.extend(first_parts(group)),
        }
    }
    used
}

/// Returns the identifiers that the entries of a `{…}` group begin with, up to its end.
fn first_parts(group: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut depth = 0;
    let mut entry = String::new();
    for char in group.chars() {
        match char {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.extend(identifier(&std::mem::take(&mut entry))),
            _ if depth == 0 => entry.push(char),
            _ => {}
        }
    }
    parts.extend(identifier(&entry));
    parts
}

fn identifier(text: &str) -> Option<String> {
    let name: String = text
        .trim_start()
        .chars()
        .take_while(|char| char.is_alphanumeric() || *char == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}
