//! Globs to folders, and folders to names.
//!
//! A component is named by its path and environment, not by the glob that found it: the parts
//! `overlays/ENV`, `environments/ENV` and `clusters/ENV` say nothing of it and are left out, and of
//! what is left the last part is the name: `apps/web/overlays/dev` is `web`. Where two components of
//! an environment would have one name, both take one more part: `apps-web` and `infra-web`.

use globset::{GlobBuilder, GlobMatcher};

use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::Origin;

use super::error::{FleetError, nearest};
use super::{Component, ComponentSource, HelmSource, TeraSource};

/// The names of a kustomization file.
const KUSTOMIZATION_FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The folders whose entries are environments.
pub(super) const ENVIRONMENT_FOLDERS: [&str; 3] = ["overlays", "environments", "clusters"];

/// The deepest folder that `**` and discovery look into.
pub(super) const MAX_DEPTH: usize = 32;

/// A source as the fleet file has it.
pub(super) enum DeclaredSource {
    /// Folders with a kustomization.
    Kustomize {
        glob: String,
        name: Option<String>,
        at: Origin,
    },
    /// A folder of manifests, with a kustomization or without.
    Manifests {
        path: String,
        name: Option<String>,
        at: Origin,
    },
    /// A chart.
    Helm { name: String, source: HelmSource },
    /// Templates.
    Tera {
        name: Option<String>,
        source: TeraSource,
    },
}

/// A component whose name is given or still to be derived.
struct Unnamed {
    name: Option<String>,
    source: ComponentSource,
    origin: Origin,
}

/// Returns the components of an environment, by name.
pub(super) fn expand(
    sources: Vec<DeclaredSource>,
    environment: &str,
    tree: &dyn Tree,
) -> Result<Vec<Component>, Vec<FleetError>> {
    let mut errors = Vec::new();
    let mut found: Vec<Unnamed> = Vec::new();
    for source in sources {
        match source {
            DeclaredSource::Helm { name, source } => found.push(Unnamed {
                name: Some(name),
                origin: source.at,
                source: ComponentSource::Helm(Box::new(source)),
            }),
            DeclaredSource::Tera { name, source } => found.push(Unnamed {
                name,
                origin: source.at,
                source: ComponentSource::Tera(Box::new(source)),
            }),
            DeclaredSource::Manifests { path, name, at } => match folder(&path, at, tree) {
                Ok(path) => found.push(Unnamed {
                    name,
                    source: ComponentSource::Manifests(path, at),
                    origin: at,
                }),
                Err(error) => errors.push(error),
            },
            DeclaredSource::Kustomize { glob, name, at } => {
                match matches(&glob, name.is_some(), at, tree) {
                    Ok(paths) => found.extend(paths.into_iter().map(|path| Unnamed {
                        name: name.clone(),
                        source: ComponentSource::Kustomize(path),
                        origin: at,
                    })),
                    Err(error) => errors.push(error),
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    name_all(found, environment)
}

/// Names discovered folders as those of a fleet file are.
pub(super) fn name_folders(
    folders: Vec<TreePath>,
    environment: &str,
    tree: &dyn Tree,
) -> Result<Vec<Component>, Vec<FleetError>> {
    let found = folders.into_iter().map(|path| Unnamed {
        name: None,
        origin: Origin::file(tree.file_id(&path)),
        source: ComponentSource::Kustomize(path),
    });
    name_all(found.collect(), environment)
}

/// Returns the name of the kustomization file of a folder, if it has one.
pub(super) fn kustomization_file(
    tree: &dyn Tree,
    folder: &TreePath,
) -> Result<Option<TreePath>, FleetError> {
    for name in KUSTOMIZATION_FILES {
        let path = folder.join(name)?;
        if tree.kind(&path)? == Some(EntryKind::File) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Returns the entry beside a path that was most likely meant.
pub(super) fn nearest_entry(tree: &dyn Tree, path: &TreePath) -> Option<String> {
    let parent = path.parent()?;
    let entries = tree.list(&parent).ok()?;
    let name = nearest(path.name()?, entries.iter().map(|(name, _)| name.as_str()))?;
    parent.join(&name).ok().map(|path| path.to_string())
}

/// Returns the folder that a path leads to.
fn folder(path: &str, at: Origin, tree: &dyn Tree) -> Result<TreePath, FleetError> {
    let folder = TreePath::new(path).map_err(|_| FleetError::Escapes {
        path: path.to_owned(),
        at,
    })?;
    if tree.kind(&folder)? == Some(EntryKind::Directory) {
        return Ok(folder);
    }
    Err(FleetError::Missing {
        path: path.to_owned(),
        nearest: nearest_entry(tree, &folder),
        at,
    })
}

/// Returns the folders with a kustomization that a glob matches, by path.
fn matches(
    glob: &str,
    is_named: bool,
    at: Origin,
    tree: &dyn Tree,
) -> Result<Vec<TreePath>, FleetError> {
    // Where a glob has no wildcard it is a path, and what is wrong with it can be said exactly.
    if !glob.contains(['*', '?', '[', '{']) {
        let path = TreePath::new(glob).map_err(|_| FleetError::Escapes {
            path: glob.to_owned(),
            at,
        })?;
        if tree.kind(&path)?.is_none() {
            return Err(FleetError::Missing {
                path: glob.to_owned(),
                nearest: nearest_entry(tree, &path),
                at,
            });
        }
        if kustomization_file(tree, &path)?.is_none() {
            return Err(FleetError::NoKustomization {
                path: glob.to_owned(),
                at,
            });
        }
        return Ok(vec![path]);
    }
    let steps = steps(glob, at)?;
    let mut folders = vec![TreePath::root()];
    for step in &steps {
        let mut next = Vec::new();
        for folder in &folders {
            match step {
                Step::Name(name) => next.push(folder.join(name)?),
                Step::Pattern(pattern) => next.extend(
                    folders_in(tree, folder)?
                        .into_iter()
                        .filter(|path| path.name().is_some_and(|name| pattern.is_match(name))),
                ),
                Step::Any => below(tree, folder, &mut next)?,
            }
        }
        next.sort_unstable();
        next.dedup();
        folders = next;
    }
    let mut paths = Vec::new();
    for folder in folders {
        if tree.kind(&folder)? == Some(EntryKind::Directory)
            && kustomization_file(tree, &folder)?.is_some()
        {
            paths.push(folder);
        }
    }
    match paths.len() {
        0 => Err(FleetError::NoMatch {
            glob: glob.to_owned(),
            nearest: nearest_glob(glob, &steps, tree)?,
            at,
        }),
        count if is_named && count > 1 => Err(FleetError::NamedGlob {
            glob: glob.to_owned(),
            count,
            at,
        }),
        _ => Ok(paths),
    }
}

/// Returns the glob that was most likely meant: that with the first name that nothing has replaced by one
/// that is there.
fn nearest_glob(glob: &str, steps: &[Step], tree: &dyn Tree) -> Result<Option<String>, FleetError> {
    let mut folders = vec![TreePath::root()];
    for step in steps {
        let mut next = Vec::new();
        for folder in &folders {
            match step {
                Step::Name(name) => {
                    let path = folder.join(name)?;
                    if tree.kind(&path)?.is_some() {
                        next.push(path);
                    }
                }
                Step::Pattern(_) | Step::Any => next.extend(folders_in(tree, folder)?),
            }
        }
        if let (true, Step::Name(name)) = (next.is_empty(), step) {
            let mut there = Vec::new();
            for folder in &folders {
                there.extend(folders_in(tree, folder)?);
            }
            let found = nearest(name, there.iter().filter_map(TreePath::name));
            let meant = found.map(|found| {
                let parts = glob.split('/');
                let parts = parts.map(|part| if part == name { found.as_str() } else { part });
                parts.collect::<Vec<_>>().join("/")
            });
            return Ok(meant);
        }
        folders = next;
    }
    Ok(None)
}

/// One part of a glob.
enum Step {
    /// A name.
    Name(String),
    /// A name with wildcards.
    Pattern(GlobMatcher),
    /// `**`: any number of folders.
    Any,
}

fn steps(glob: &str, at: Origin) -> Result<Vec<Step>, FleetError> {
    let mut steps = Vec::new();
    for part in glob.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                return Err(FleetError::Escapes {
                    path: glob.to_owned(),
                    at,
                });
            }
            "**" => steps.push(Step::Any),
            part if part.contains(['*', '?', '[', '{']) => {
                let pattern = GlobBuilder::new(part)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| FleetError::BadGlob {
                        glob: glob.to_owned(),
                        reason: error.kind().to_string(),
                        at,
                    })?;
                steps.push(Step::Pattern(pattern.compile_matcher()));
            }
            part => steps.push(Step::Name(part.to_owned())),
        }
    }
    Ok(steps)
}

/// Returns the folders in a folder, hidden ones left out. Links are not followed: what they lead to
/// is found where it stands, and they may lead in circles.
pub(super) fn folders_in(tree: &dyn Tree, folder: &TreePath) -> Result<Vec<TreePath>, FleetError> {
    if tree.kind(folder)? != Some(EntryKind::Directory) {
        return Ok(Vec::new());
    }
    let mut folders = Vec::new();
    for (name, kind) in tree.list(folder)? {
        if kind == EntryKind::Directory && !name.starts_with('.') {
            let path = folder.join(&name)?;
            if tree.resolve(&path).is_ok_and(|real| real == path) {
                folders.push(path);
            }
        }
    }
    Ok(folders)
}

/// Adds a folder and all below it.
fn below(tree: &dyn Tree, folder: &TreePath, found: &mut Vec<TreePath>) -> Result<(), FleetError> {
    let mut to_visit = vec![(folder.clone(), 0)];
    while let Some((folder, depth)) = to_visit.pop() {
        if depth < MAX_DEPTH {
            let inside = folders_in(tree, &folder)?;
            to_visit.extend(inside.into_iter().map(|path| (path, depth + 1)));
        }
        found.push(folder);
    }
    Ok(())
}

fn name_all(mut found: Vec<Unnamed>, environment: &str) -> Result<Vec<Component>, Vec<FleetError>> {
    let mut errors = Vec::new();
    // A folder that two globs match is one component.
    let mut seen: Vec<TreePath> = Vec::new();
    found.retain(|one| match one.source.folder() {
        Some(path) => {
            let is_new = seen
                .binary_search(path)
                .map_err(|at| seen.insert(at, path.clone()));
            is_new.is_err()
        }
        None => true,
    });
    let names = derive_names(&found, environment);
    let mut components: Vec<Component> = found
        .into_iter()
        .zip(names)
        .map(|(one, name)| Component {
            name,
            source: one.source,
            origin: one.origin,
        })
        .collect();
    components.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in components.windows(2) {
        if let [first, second] = pair
            && first.name == second.name
        {
            errors.push(FleetError::Duplicate {
                things: "components of an environment",
                name: second.name.clone(),
                at: second.origin,
                first: first.origin,
            });
        }
    }
    if errors.is_empty() {
        Ok(components)
    } else {
        Err(errors)
    }
}

/// Returns a name for each: the given one, or the shortest end of its path that no other has.
fn derive_names(found: &[Unnamed], environment: &str) -> Vec<String> {
    use rustc_hash::FxHashMap;
    let parts: Vec<Vec<&str>> = found
        .iter()
        .map(|one| match &one.source {
            ComponentSource::Kustomize(path) | ComponentSource::Manifests(path, _) => {
                telling_parts(path, environment)
            }
            ComponentSource::Tera(source) => source
                .path
                .split('/')
                .filter(|part| !matches!(*part, "" | "." | ".."))
                .map(|part| part.split_once('.').map_or(part, |(stem, _)| stem))
                .collect(),
            ComponentSource::Helm(_) => Vec::new(),
        })
        .collect();
    let mut lengths: Vec<usize> = vec![1; found.len()];
    loop {
        let names: Vec<String> = found
            .iter()
            .enumerate()
            .map(|(index, one)| {
                one.name.clone().unwrap_or_else(|| {
                    let parts = &parts[index];
                    parts[parts.len().saturating_sub(lengths[index])..].join("-")
                })
            })
            .collect();
        let mut count: FxHashMap<&str, usize> = FxHashMap::default();
        for name in &names {
            *count.entry(name).or_default() += 1;
        }
        let mut grew = false;
        for (index, name) in names.iter().enumerate() {
            let is_shared = count.get(name.as_str()).is_some_and(|count| *count > 1);
            if is_shared && found[index].name.is_none() && lengths[index] < parts[index].len() {
                lengths[index] += 1;
                grew = true;
            }
        }
        if !grew {
            return names;
        }
    }
}

/// Returns the parts of a path that say which component it is.
fn telling_parts<'p>(path: &'p TreePath, environment: &str) -> Vec<&'p str> {
    let all: Vec<&str> = path.parts().collect();
    let mut telling = all.clone();
    let folder = all
        .windows(2)
        .rposition(|pair| ENVIRONMENT_FOLDERS.contains(&pair[0]) && pair[1] == environment);
    if let Some(at) = folder {
        telling.drain(at..at + 2);
    } else if all.last() == Some(&environment) {
        telling.pop();
    }
    match (telling.is_empty(), all.is_empty()) {
        (false, _) => telling,
        (true, false) => all.last().copied().into_iter().collect(),
        (true, true) => vec!["root"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::FileId;

    fn names(environment: &str, paths: &[&str]) -> Vec<String> {
        let found = paths
            .iter()
            .map(|path| Unnamed {
                name: None,
                source: ComponentSource::Kustomize(TreePath::new(path).unwrap()),
                origin: Origin::file(FileId::of("x")),
            })
            .collect::<Vec<_>>();
        derive_names(&found, environment)
    }

    #[test]
    fn a_component_is_named_by_what_tells_it_from_the_others() {
        assert_eq!(
            names("dev", &["apps/web/overlays/dev", "apps/api/overlays/dev"]),
            ["web", "api"]
        );
        assert_eq!(
            names(
                "dev",
                &[
                    "apps/web/overlays/dev",
                    "infra/web/overlays/dev",
                    "apps/api"
                ]
            ),
            ["apps-web", "infra-web", "api"]
        );
        assert_eq!(names("dev", &["web/dev", "api/dev"]), ["web", "api"]);
        assert_eq!(names("prod", &["clusters/prod"]), ["prod"]);
        assert_eq!(names("prod", &["clusters/prod/apps"]), ["apps"]);
        assert_eq!(names("dev", &["overlays/prod"]), ["prod"]);
        assert_eq!(names("dev", &[""]), ["root"]);
    }
}
