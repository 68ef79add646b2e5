//! A real repository: every kustomization in it that builds offline, and the largest of them.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::{self, Output, output_of};
use crate::table::{self, Row, Target};
use crate::tools::Tools;
use crate::verify;
use crate::{REPEATS, repeated};

/// The names that a kustomization file may have.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A clone with what of it can be raced.
pub(crate) struct Repository {
    /// A copy of the clone, so that nothing is written to it.
    copy: tempfile::TempDir,
    /// The folders that both sides build, without network.
    folders: Vec<PathBuf>,
    /// The one with the most output.
    largest: PathBuf,
}

impl Repository {
    /// Copies a clone and finds what the reference builds of it, each compared with ours.
    pub(crate) fn open(tools: &Tools, clone: &Path) -> io::Result<Self> {
        let copy = tempfile::tempdir()?;
        let mut command = Command::new("cp");
        command.arg("-a").arg(clone.join(".")).arg(copy.path());
        output_of(&mut command, None)?;
        let mut all = Vec::new();
        find(copy.path(), &mut all)?;
        let (mut folders, mut bytes) = (Vec::new(), 0);
        let mut largest = (0, PathBuf::new());
        for folder in all {
            // What it refuses, or would fetch, says nothing of speed.
            let Ok(want) = output_of(&mut tools.kustomize_build(&folder), None) else {
                continue;
            };
            verify::same_build(tools, &folder)?;
            bytes += want.len();
            if want.len() > largest.0 {
                largest = (want.len(), folder.clone());
            }
            folders.push(folder);
        }
        println!(
            "\nAll {} folders of `{}` that build offline are byte for byte what `kustomize build` writes ({bytes} bytes).",
            folders.len(),
            clone.display()
        );
        Ok(Self {
            copy,
            folders,
            largest: largest.1,
        })
    }

    /// Races the largest folder, then all: a process each against one render.
    pub(crate) fn race(&self, tools: &Tools, rounds: usize) -> io::Result<()> {
        let shown = |folder: &Path| {
            let below = folder.strip_prefix(self.copy.path()).unwrap_or(folder);
            below.display().to_string()
        };
        let mut rows = [
            Row::new("`lockgate build`", None),
            Row::new("`kustomize build`", Some(Target::AtLeast(15.0))),
        ];
        let mut ours = tools.lockgate("build", &self.largest);
        let mut theirs = tools.kustomize_build(&self.largest);
        for _ in 0..rounds {
            rows[0].push(repeated(&mut ours, Output::Null)?);
            rows[1].push(repeated(&mut theirs, Output::Null)?);
        }
        table::print(&format!("Build `{}`", shown(&self.largest)), &rows);
        memory(&ours, &theirs, None)?;

        let (fleet, list) = (self.fleet()?, self.list()?);
        let mut rows = [
            Row::new("`lockgate render`", None),
            Row::new(
                "a `kustomize build` per folder, one per core",
                Some(Target::AtLeast(40.0)),
            ),
        ];
        let mut render = tools.lockgate("render", &fleet);
        let mut processes = tools.kustomize_processes();
        for _ in 0..rounds.div_ceil(REPEATS).max(2) {
            rows[0].push(repeated(&mut render, Output::Null)?);
            rows[1].push(measure::time(&mut processes, Some(&list), Output::Null)?);
        }
        table::print(&format!("Render all {} folders", self.folders.len()), &rows);
        let peak = measure::peak_memory(&render, None)? / 1024;
        println!("\nPeak memory: {peak} MB.");
        Ok(())
    }

    /// Writes a fleet of all folders.
    fn fleet(&self) -> io::Result<PathBuf> {
        let mut text = "apiVersion: lockgate.dev/v1alpha1
kind: Fleet
metadata: {name: repository}
spec:
  environments:
  - name: all
    sources:
"
        .to_owned();
        for folder in &self.folders {
            let below = folder.strip_prefix(self.copy.path()).unwrap_or(folder);
            let below = below.display();
            let _ = writeln!(text, "    - {{kustomize: {below:?}}}");
        }
        let file = self.copy.path().join("lockgate.yaml");
        fs::write(&file, text)?;
        Ok(file)
    }

    /// Writes a line for each folder.
    fn list(&self) -> io::Result<PathBuf> {
        let lines = self
            .folders
            .iter()
            .map(|folder| format!("{}\n", folder.display()));
        let file = self.copy.path().join(".folders");
        fs::write(&file, lines.collect::<String>())?;
        Ok(file)
    }
}

fn memory(ours: &Command, theirs: &Command, input: Option<&Path>) -> io::Result<()> {
    let ours = measure::peak_memory(ours, input)? / 1024;
    let theirs = measure::peak_memory(theirs, input)? / 1024;
    let mark = table::mark(ours < theirs);
    println!("\nPeak memory: {ours} MB, the reference: {theirs} MB {mark}.");
    Ok(())
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if NAMES.iter().any(|name| folder.join(name).is_file()) {
        found.push(folder.to_owned());
    }
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_type()?.is_dir() && entry.file_name() != ".git" {
            find(&entry.path(), found)?;
        }
    }
    Ok(())
}
