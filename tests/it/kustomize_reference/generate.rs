//! Random trees: bases with resources that refer to one another, overlays and components over them.

mod fields;
mod generators;
mod patches;
mod plugins;
mod replacements;
mod resources;
mod schemas;
mod values;

use std::fmt::{self, Write as _};
use std::path::Path;

use crate::memory_tree::MemoryTree;
use crate::random::Random;
use fields::fields;
use resources::resource;

/// Few names, so that they meet.
const NAMES: [&str; 4] = ["web", "api", "db", "cfg"];
const NAMESPACES: [&str; 4] = ["default", "shop", "ops", "base-ns"];

/// Files by path, each in parts that can be left out.
#[derive(Clone)]
pub(super) struct Tree(Vec<File>);

#[derive(Clone)]
struct File {
    path: String,
    parts: Vec<String>,
    form: Form,
}

/// How a text becomes bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    /// With a byte-order mark and line breaks of Windows.
    Windows,
    /// Base64 of what is no text.
    Binary,
}

/// A folder as it is made up: its fields may need files beside them.
struct Folder<'t> {
    name: String,
    is_base: bool,
    tree: &'t mut Tree,
}

impl Folder<'_> {
    /// Adds a file with a name that is not there yet, and returns the name.
    fn file(&mut self, name: &str, text: String) -> String {
        let name = format!("{}-{name}", self.tree.0.len());
        self.tree.add(format!("{}/{name}", self.name), vec![text]);
        name
    }
}

impl Tree {
    pub(in crate::kustomize_reference) fn random(random: &mut Random) -> Self {
        let mut tree = Self(Vec::new());
        let bases = 1 + random.below(2);
        let mut below: Vec<String> = (0..bases)
            .map(|index| tree.base(random, &format!("base{index}")))
            .collect();
        for layer in 0..random.below(4) {
            let mut names = Vec::new();
            for index in 0..=random.below(2) {
                let name = format!("mid{layer}{index}");
                let resources = if random.chance(70) || below.len() == 1 {
                    vec![random.pick(&refs(&below)).to_owned()]
                } else {
                    below.clone()
                };
                tree.overlay(random, &name, &resources);
                names.push(name);
            }
            below = names;
        }
        tree.overlay(random, "top", &below);
        for file in &mut tree.0 {
            if file.form == Form::Plain && random.chance(3) {
                file.form = Form::Windows;
            }
        }
        tree
    }

    /// Returns trees that lack one part.
    pub(in crate::kustomize_reference) fn smaller(&self) -> impl Iterator<Item = Self> + '_ {
        let positions = self.0.iter().enumerate().flat_map(|(file, content)| {
            let parts = 0..content.parts.len();
            parts.map(move |part| (file, part))
        });
        positions.map(|(file, part)| {
            let mut smaller = self.clone();
            smaller.0[file].parts.remove(part);
            smaller
        })
    }

    /// Returns trees that lack a line of a part, which may tear the part.
    pub(in crate::kustomize_reference) fn torn(&self) -> impl Iterator<Item = Self> + '_ {
        let parts = self.0.iter().enumerate().flat_map(|(file, content)| {
            let lines = content.parts.iter().map(|part| part.lines().count());
            lines
                .enumerate()
                .map(move |(part, lines)| (file, part, lines))
        });
        parts.flat_map(move |(file, part, lines)| {
            (0..lines).map(move |line| {
                let mut torn = self.clone();
                let text = &mut torn.0[file].parts[part];
                let mut kept: Vec<&str> = text.lines().collect();
                kept.remove(line);
                *text = kept.iter().flat_map(|line| [*line, "\n"]).collect();
                torn
            })
        })
    }

    /// Leaves one part out, but no list of resources.
    pub(in crate::kustomize_reference) fn leave_one_out(&mut self, random: &mut Random) {
        let file = random.below(self.0.len());
        let file = &mut self.0[file];
        if !file.parts.is_empty() {
            let part = random.below(file.parts.len());
            file.leave_out(part);
        }
    }

    /// Leaves out the part that a line is in; `false` where that cannot be.
    pub(in crate::kustomize_reference) fn leave_out(&mut self, path: &str, line: u32) -> bool {
        let Some(file) = self.0.iter_mut().find(|file| file.path == path) else {
            return false;
        };
        let separators = usize::from(!file.is_kustomization());
        let mut end = 0;
        let part = file.parts.iter().position(|part| {
            end += part.lines().count() + separators;
            end >= line as usize
        });
        part.is_some_and(|part| file.leave_out(part))
    }

    pub(in crate::kustomize_reference) fn write(&self, folder: &Path) {
        for file in &self.0 {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file.bytes()).unwrap();
        }
    }

    pub(in crate::kustomize_reference) fn in_memory(&self) -> MemoryTree {
        let mut tree = MemoryTree::default();
        for file in &self.0 {
            tree.add(&file.path, &file.bytes());
        }
        tree
    }

    fn add(&mut self, path: String, parts: Vec<String>) {
        self.0.push(File {
            path,
            parts,
            form: Form::Plain,
        });
    }

    fn fields(&mut self, random: &mut Random, name: &str, is_base: bool, parts: &mut Vec<String>) {
        let mut folder = Folder {
            name: name.to_owned(),
            is_base,
            tree: self,
        };
        fields(random, &mut folder, parts);
    }

    fn base(&mut self, random: &mut Random, name: &str) -> String {
        let count = 2 + random.below(6);
        let mut docs: Vec<String> = Vec::new();
        for _ in 0..count {
            let doc = resource(random);
            let same = |other: &String| other.lines().take(3).eq(doc.lines().take(3));
            if !docs.iter().any(same) {
                docs.push(doc);
            }
        }
        if random.chance(15) {
            let first = docs[0].clone();
            docs[0] = in_list(random, &first);
        }
        if random.chance(10) {
            let odd = random.pick(&[
                "# nothing\n",
                "\n",
                "null\n",
                "~\n",
                "--- # twice\n",
                "...\n",
                "{}\n",
                "[]\n",
            ]);
            docs.insert(random.below(docs.len() + 1), odd.to_owned());
        }
        self.add(format!("{name}/resources.yaml"), docs);
        let mut parts = vec!["resources: [resources.yaml]\n".to_owned()];
        self.fields(random, name, true, &mut parts);
        if random.chance(60) {
            parts.retain(|part| !part.starts_with("namePrefix"));
            parts.push(format!("namePrefix: {name}-\n"));
        }
        self.add(format!("{name}/kustomization.yaml"), parts);
        name.to_owned()
    }

    fn overlay(&mut self, random: &mut Random, name: &str, below: &[String]) {
        let mut list = String::from("resources:\n");
        for base in below {
            let _ = writeln!(list, "- ../{base}");
        }
        let mut parts = vec![list];
        if random.chance(20) {
            self.add(format!("{name}/more.yaml"), vec![resource(random)]);
            parts[0].push_str("- more.yaml\n");
        }
        if random.chance(20) {
            let component = format!("{name}-component");
            let mut fields_of_component =
                vec!["apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n".to_owned()];
            if random.chance(30) {
                let inner = format!("{name}-inner");
                let mut fields_of_inner = fields_of_component.clone();
                self.fields(random, &inner, false, &mut fields_of_inner);
                self.add(format!("{inner}/kustomization.yml"), fields_of_inner);
                fields_of_component.push(format!("components: [../{inner}]\n"));
            }
            if random.chance(20) {
                self.add(format!("{component}/own.yaml"), vec![resource(random)]);
                fields_of_component.push("resources: [own.yaml]\n".to_owned());
            }
            self.fields(random, &component, false, &mut fields_of_component);
            self.add(
                format!("{component}/kustomization.yaml"),
                fields_of_component,
            );
            parts.push(format!("components: [../{component}]\n"));
        }
        self.fields(random, name, false, &mut parts);
        // Without a prefix of its own, what two layers make of one base would collide.
        if name != "top" && random.chance(80) {
            parts.retain(|part| !part.starts_with("namePrefix"));
            parts.push(format!("namePrefix: {name}-\n"));
        }
        let file = random.pick(&[
            "kustomization.yaml",
            "kustomization.yaml",
            "kustomization.yml",
            "Kustomization",
        ]);
        self.add(format!("{name}/{file}"), parts);
    }
}

/// Puts a resource into a list of resources.
fn in_list(random: &mut Random, resource: &str) -> String {
    let item = resource.trim_end().replace('\n', "\n  ");
    let kind = random.pick(&["List", "List", "ConfigMapList", "WidgetList"]);
    let own = random.pick(&["", "metadata: {name: list}\n", "metadata: {}\n"]);
    format!("apiVersion: v1\nkind: {kind}\n{own}items:\n- {item}\n")
}

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

impl File {
    fn is_kustomization(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.to_lowercase().starts_with("kustomization")
    }

    /// Leaves a part out, but no list of resources, no type and no types: the reference takes an empty file
    /// of them until it first looks.
    fn leave_out(&mut self, part: usize) -> bool {
        let text = &self.parts[part];
        let must_stay = ["resources:", "definitions:"]
            .iter()
            .any(|start| text.starts_with(start))
            || text.contains("kind: Component");
        if !must_stay {
            self.parts.remove(part);
        }
        !must_stay
    }

    fn bytes(&self) -> Vec<u8> {
        let text = self.text();
        match self.form {
            Form::Plain => text.into_bytes(),
            Form::Windows => format!("\u{FEFF}{}", text.replace('\n', "\r\n")).into_bytes(),
            Form::Binary => {
                let mut bytes = text.into_bytes();
                bytes.extend([0, 0xFF, 0xFE, 0x80]);
                bytes
            }
        }
    }

    fn text(&self) -> String {
        if self.is_kustomization() {
            self.parts.concat()
        } else {
            self.parts.join("---\n")
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in self.0.iter().filter(|file| !file.parts.is_empty()) {
            let form = match file.form {
                Form::Plain => "",
                Form::Windows => " (byte-order mark, CRLF)",
                Form::Binary => " (and bytes that are no text)",
            };
            writeln!(f, "---- {}{form}\n{}", file.path, file.text())?;
        }
        Ok(())
    }
}
