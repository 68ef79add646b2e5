//! Sources of plain manifests.

use globset::{GlobBuilder, GlobMatcher};

use crate::kustomize::Built;
use crate::source::{EntryKind, Recorded, Tree, TreePath};
use crate::yaml::{DuplicateKeys, Limits, Node, Origin, parse_with};

use super::super::error::Problem;
use super::super::fields::{find, flag, text};
use super::super::repository::Repository;
use super::Source;

/// The deepest folder that is looked into.
const DEEPEST: usize = 32;

/// The most files.
const MOST_FILES: usize = 20_000;

/// What a file is left out by.
const SKIP_MARK: &str = "+argocd:skip-file-rendering";

/// Reads the manifests of a folder.
pub(super) fn build(
    from: &Source<'_>,
    source: &Node,
    repository: &Repository,
    folder: &TreePath,
    at: Origin,
) -> Result<Built, Problem> {
    let recorded = Recorded::new(from.context.tree);
    let options = find(source, &["directory"]).unwrap_or(source);
    let mut walk = Walk {
        tree: &recorded,
        repository,
        is_recursive: flag(options, &["recurse"])?,
        include: glob(options, "include")?,
        exclude: glob(options, "exclude")?,
        documents: Vec::new(),
        files: 0,
        at,
    };
    walk.folder(folder, "", DEEPEST)?;
    let documents = walk.documents;
    let mut built = from.context.builder.take(super::STEP, at, documents)?;
    built.reads.extend(&recorded.into_log());
    Ok(built)
}

/// Reads a glob, whose `*` stands for slashes, too.
fn glob(options: &Node, field: &str) -> Result<Option<GlobMatcher>, Problem> {
    let Some(glob) = text(options, &[field])? else {
        return Ok(None);
    };
    let compiled = GlobBuilder::new(glob.text).literal_separator(false).build();
    match compiled {
        Ok(compiled) => Ok(Some(compiled.compile_matcher())),
        Err(_) => Err(Problem::BadValue {
            value: glob.text.to_owned(),
            wanted: "a glob",
            at: glob.at,
        }),
    }
}

struct Walk<'w> {
    tree: &'w dyn Tree,
    repository: &'w Repository,
    is_recursive: bool,
    include: Option<GlobMatcher>,
    exclude: Option<GlobMatcher>,
    documents: Vec<Node>,
    files: usize,
    at: Origin,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &TreePath, below: &str, depth: usize) -> Result<(), Problem> {
        let at = self.at;
        let entries = self.tree.list(folder);
        for (name, kind) in entries.map_err(|error| Problem::Source { error, at })? {
            let Ok(path) = folder.join(&name) else {
                continue;
            };
            let entry = format!("{below}{name}");
            match kind {
                EntryKind::Directory if self.is_recursive && depth > 0 && name != ".git" => {
                    self.folder(&path, &format!("{entry}/"), depth - 1)?;
                }
                EntryKind::File if self.is_wanted(&entry) => self.file(&path)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn is_wanted(&self, entry: &str) -> bool {
        let is_manifest = [".yaml", ".yml", ".json", ".jsonnet"]
            .iter()
            .any(|end| entry.ends_with(end));
        let matches =
            |glob: &Option<GlobMatcher>| glob.as_ref().is_some_and(|glob| glob.is_match(entry));
        is_manifest && !matches(&self.exclude) && (self.include.is_none() || matches(&self.include))
    }

    fn file(&mut self, path: &TreePath) -> Result<(), Problem> {
        let at = self.at;
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(Problem::Unsupported {
                what: format!("the folder has more than {MOST_FILES} manifests"),
                hint: None,
                at,
            });
        }
        let real = self.repository.resolve(self.tree, path, at)?;
        let content = self.tree.read(&real);
        let content = content.map_err(|error| Problem::Source { error, at })?;
        let file = self.tree.file_id(path);
        let has = |mark: &str| memchr::memmem::find(&content, mark.as_bytes()).is_some();
        if has(SKIP_MARK) {
            return Ok(());
        }
        if path.as_str().ends_with(".jsonnet") {
            return Err(Problem::Unsupported {
                what: "Jsonnet is not rendered here".to_owned(),
                hint: Some("leave the file out by `exclude`, or go on with `--expand=lenient`"),
                at: Origin::file(file),
            });
        }
        let documents = parse_with(
            &content,
            file,
            &Limits::default(),
            DuplicateKeys::LastCounts,
        );
        // A file that does not look like a manifest is left out, whatever it is.
        let looks_like_manifest = has("apiVersion:") && has("kind:") && has("metadata:");
        match documents {
            Ok(documents) if documents.iter().all(is_object) => self.documents.extend(documents),
            Ok(documents) if looks_like_manifest => self.documents.extend(documents),
            Err(error) if looks_like_manifest => return Err(Problem::NotManifest { error }),
            Ok(_) | Err(_) => {}
        }
        Ok(())
    }
}

fn is_object(node: &Node) -> bool {
    let kind = node.get("kind").and_then(Node::as_str);
    kind.is_some_and(|kind| !kind.is_empty())
}
