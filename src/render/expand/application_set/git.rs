//! The generator of a repository's folders and files.

use std::sync::{Arc, PoisonError};

use globset::{GlobBuilder, GlobMatcher};
use smol_str::SmolStr;

use crate::helm::path_match;
use crate::helm::values::read::value;
use crate::helm::values::{Data, Table, Value};
use crate::source::{EntryKind, TreePath};
use crate::yaml::{DuplicateKeys, Limits, Node, Origin, parse_version_2};

use super::super::context::{Context, Halt, Listing};
use super::super::error::Problem;
use super::super::fields::{flag, list, require, text};
use super::super::repository::Repository;
use super::generators::with_values;
use super::template::{Template, sanitized};

/// The deepest folder that is looked into, and the most entries.
const DEEPEST: usize = 32;
const MOST_ENTRIES: usize = 100_000;

/// Returns the parameters of a generator `git`.
pub(super) fn params(
    context: &Context<'_>,
    git: &Node,
    template: &Template,
) -> Result<Vec<Table>, Halt> {
    let url = require(git, &["repoURL"])?;
    let repository = context.repositories.require(url.text, url.at)?;
    let generator = Git {
        context,
        node: git,
        template,
        repository,
        prefix: text(git, &["pathParamPrefix"])?.map_or("", |prefix| prefix.text),
    };
    let directories = list(git, &["directories"])?;
    if !directories.is_empty() {
        return Ok(generator.directories(directories)?);
    }
    Ok(generator.files(list(git, &["files"])?)?)
}

struct Git<'g> {
    context: &'g Context<'g>,
    node: &'g Node,
    template: &'g Template,
    repository: &'g Repository,
    prefix: &'g str,
}

impl Git<'_> {
    fn directories(&self, patterns: &[Node]) -> Result<Vec<Table>, Problem> {
        let at = self.node.origin;
        let mut wanted = Vec::new();
        for pattern in patterns {
            let path = require(pattern, &["path"])?;
            wanted.push((path.text, flag(pattern, &["exclude"])?));
        }
        let listing = self.entries()?;
        let mut all = Vec::new();
        for folder in &listing.folders {
            let matches = |exclude: bool| {
                wanted.iter().any(|(pattern, is_exclude)| {
                    *is_exclude == exclude && path_match::matches(pattern, folder) == Some(true)
                })
            };
            if matches(false) && !matches(true) {
                let params = self.path_params(folder, None, at);
                all.push(with_values(&params, self.node, self.template)?);
            }
        }
        Ok(all)
    }

    fn files(&self, patterns: &[Node]) -> Result<Vec<Table>, Problem> {
        let mut include = Vec::new();
        let mut exclude = Vec::new();
        for pattern in patterns {
            let path = require(pattern, &["path"])?;
            let glob = glob(path.text).ok_or_else(|| Problem::BadValue {
                value: path.text.to_owned(),
                wanted: "a glob",
                at: path.at,
            })?;
            if flag(pattern, &["exclude"])? {
                exclude.push(glob);
            } else {
                include.push(glob);
            }
        }
        let listing = self.entries()?;
        let is_any =
            |globs: &[GlobMatcher], file: &str| globs.iter().any(|glob| glob.is_match(file));
        let mut all = Vec::new();
        for file in &listing.files {
            if is_any(&include, file) && !is_any(&exclude, file) {
                all.extend(self.file(file)?);
            }
        }
        Ok(all)
    }

    /// The parameters of a file: a mapping, or a list of such.
    fn file(&self, file: &str) -> Result<Vec<Table>, Problem> {
        let at = self.node.origin;
        let tree = self.context.tree;
        let place = self.repository.join(file, at)?;
        let real = self.repository.resolve(tree, &place, at)?;
        let content = tree
            .read(&real)
            .map_err(|error| Problem::Source { error, at })?;
        let id = tree.file_id(&place);
        let document = parse_version_2(&content, id, &Limits::default(), DuplicateKeys::LastCounts)
            .map_err(|error| Problem::NotManifest { error })?;
        let read = match &document {
            Some(document) => value(document).map_err(Problem::Values)?.data,
            None => Data::Table(Table::new()),
        };
        let items = match read {
            Data::List(items) if !items.is_empty() => {
                items.iter().map(|item| item.data.clone()).collect()
            }
            Data::List(_) => vec![Data::Table(Table::new())],
            other => vec![other],
        };
        let folder = file.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let of_path = self.path_params(folder, Some(file), Origin::file(id));
        let mut all = Vec::new();
        for item in items {
            let Data::Table(table) = item else {
                return Err(Problem::BadValue {
                    value: file.to_owned(),
                    wanted: "a file with a mapping of parameters, or a list of such",
                    at: Origin::file(id),
                });
            };
            let table = if self.template.is_go {
                table
            } else {
                let mut flat = Vec::new();
                flatten("", &Data::Table(table), Origin::file(id), &mut flat);
                flat.into_iter().collect()
            };
            let params = table.overlaid(&of_path);
            all.push(with_values(&params, self.node, self.template)?);
        }
        Ok(all)
    }

    /// What `path` has: a mapping of its parts, or without Go's templates a parameter for each.
    fn path_params(&self, folder: &str, file: Option<&str>, at: Origin) -> Table {
        let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let mut parts = vec![
            ("path", folder.to_owned()),
            ("basename", base(folder)),
            ("basenameNormalized", sanitized(&base(folder))),
        ];
        if let Some(file) = file {
            parts.push(("filename", base(file)));
            parts.push(("filenameNormalized", sanitized(&base(file))));
        }
        let text = |text: &str| Value::new(Data::Text(text.into()), at);
        let segments = || folder.split('/').filter(|part| !part.is_empty());
        if self.template.is_go {
            let mut path: Vec<(SmolStr, Value)> = parts
                .iter()
                .map(|(name, value)| (SmolStr::from(*name), text(value)))
                .collect();
            let list: Vec<Value> = segments().map(text).collect();
            path.push(("segments".into(), Value::new(Data::List(list.into()), at)));
            let one = |key: &str, table: Table| -> Table {
                let value = Value::new(Data::Table(table), at);
                [(SmolStr::from(key), value)].into_iter().collect()
            };
            let path = one("path", path.into_iter().collect());
            return if self.prefix.is_empty() {
                path
            } else {
                one(self.prefix, path)
            };
        }
        let name = if self.prefix.is_empty() {
            "path".to_owned()
        } else {
            format!("{}.path", self.prefix)
        };
        let named = parts.iter().map(|(part, value)| {
            let key = if *part == "path" {
                name.clone()
            } else {
                format!("{name}.{part}")
            };
            (SmolStr::from(key), text(value))
        });
        let numbered = segments()
            .enumerate()
            .map(|(number, part)| (SmolStr::from(format!("{name}[{number}]")), text(part)));
        named.chain(numbered).collect()
    }

    /// The entries of the repository, looked at once.
    fn entries(&self) -> Result<Arc<Listing>, Problem> {
        let listings = &self.context.listings;
        let known = listings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&self.repository.path)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let listing = Arc::new(self.listing()?);
        listings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(self.repository.path.clone(), Arc::clone(&listing));
        Ok(listing)
    }

    fn listing(&self) -> Result<Listing, Problem> {
        let at = self.node.origin;
        let tree = self.context.tree;
        let Listing {
            mut folders,
            mut files,
        } = Listing::default();
        let begin = self.repository.path.clone();
        let mut to_visit: Vec<(TreePath, usize)> = vec![(begin, 0)];
        while let Some((folder, depth)) = to_visit.pop() {
            let entries = tree.list(&folder);
            for (name, kind) in entries.map_err(|error| Problem::Source { error, at })? {
                let Ok(path) = folder.join(&name) else {
                    continue;
                };
                let below = self.repository.path_of(&path).as_str().to_owned();
                match kind {
                    EntryKind::Directory if !name.starts_with('.') && depth < DEEPEST => {
                        folders.insert(below);
                        to_visit.push((path, depth + 1));
                    }
                    EntryKind::File => {
                        files.insert(below);
                    }
                    EntryKind::Directory => {}
                }
                if folders.len() + files.len() > MOST_ENTRIES {
                    return Err(Problem::Unsupported {
                        what: format!("the repository has more than {MOST_ENTRIES} entries"),
                        hint: None,
                        at,
                    });
                }
            }
        }
        Ok(Listing { folders, files })
    }
}

/// A glob as Git takes it, whose `*` stands for slashes, too.
fn glob(pattern: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).literal_separator(false).build();
    Some(glob.ok()?.compile_matcher())
}

/// Makes a parameter of each value, its keys and positions joined by dots.
fn flatten(path: &str, data: &Data, at: Origin, out: &mut Vec<(SmolStr, Value)>) {
    let joined = |part: &str| {
        if path.is_empty() {
            part.to_owned()
        } else {
            format!("{path}.{part}")
        }
    };
    match data {
        Data::Table(table) => {
            for (key, value) in table.iter() {
                flatten(&joined(key), &value.data, value.at, out);
            }
        }
        Data::List(items) => {
            for (number, value) in items.iter().enumerate() {
                flatten(&joined(&number.to_string()), &value.data, value.at, out);
            }
        }
        Data::Null => out.push((path.into(), Value::new(Data::Text("<nil>".into()), at))),
        scalar => {
            let text = match Value::new(scalar.clone(), at).to_json() {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            out.push((path.into(), Value::new(Data::Text(text.into()), at)));
        }
    }
}
