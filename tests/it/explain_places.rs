//! The line that `explain` names is the one that wrote the value: change the value on that line, and the
//! rendered field changes.
//!
//! Goes over fields of the golden kustomizations. `LOCKGATE_EXPLAIN=DIR` makes it go over every kustomization
//! below another folder, such as a clone of a public repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockgate::explain::{Answer, explain};
use lockgate::helm::Tracing;
use lockgate::kustomize::{BuildOptions, Built, build};
use lockgate::merge::ITEM_KEYS;
use lockgate::source::{DiskTree, EntryKind, SourceError, Tree, TreePath};
use lockgate::yaml::{FieldPath, FileId, Node, Origin, Segment, Value};
use rayon::prelude::*;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/kustomize");

/// The most fields of one build that are tried.
const FIELDS: usize = 40;

/// The most places of a value that are tried.
const LENGTH: usize = 40;

/// What came of the fields of one build, or of several.
#[derive(Default)]
pub(super) struct Tally {
    /// The field changed with its line.
    pub(super) right: usize,
    /// With the line changed nothing could be built.
    pub(super) refused: usize,
    pub(super) wrong: Vec<String>,
}

impl Tally {
    pub(super) fn of(tallies: Vec<Self>) -> Self {
        let mut all = Self::default();
        for tally in tallies {
            all.right += tally.right;
            all.refused += tally.refused;
            all.wrong.extend(tally.wrong);
        }
        all
    }

    pub(super) fn figures(&self) -> String {
        let wrong = self.wrong.len();
        format!(
            "{} right, {} refused, {wrong} wrong",
            self.right, self.refused
        )
    }

    /// None may be wrong, and more than `least`, and most, must be right.
    pub(super) fn check(&self, least: usize) {
        let Self {
            right,
            refused,
            wrong,
        } = self;
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong[..wrong.len().min(40)].join("\n")
        );
        assert!(
            *right > refused * 2 && *right > least,
            "{right} right and {refused} refused say little"
        );
    }

    /// Counts a field: what each of several ways to change its line did to it; None: nothing could be built.
    pub(super) fn count(
        &mut self,
        tried: impl Iterator<Item = Option<bool>>,
        wrong: impl FnOnce() -> String,
    ) {
        let mut tried = tried.peekable();
        if tried.peek().is_none() {
            return;
        }
        let mut refused = false;
        let is_right = tried.any(|changed| {
            refused |= changed.is_none();
            changed == Some(true)
        });
        match (is_right, refused) {
            (true, _) => self.right += 1,
            (false, true) => self.refused += 1,
            (false, false) => self.wrong.push(wrong()),
        }
    }
}

#[test]
fn a_field_changes_with_the_line_that_explain_names() {
    let given = std::env::var_os("LOCKGATE_EXPLAIN").map(PathBuf::from);
    let roots: Vec<PathBuf> = match &given {
        Some(folder) => vec![folder.clone()],
        None => entries(Path::new(GOLDEN))
            .into_iter()
            .map(|case| case.join("input"))
            .collect(),
    };
    let works: Vec<(PathBuf, PathBuf)> = roots
        .iter()
        .flat_map(|root| {
            let mut folders = Vec::new();
            kustomizations(root, &mut folders);
            folders.into_iter().map(|folder| (root.clone(), folder))
        })
        .collect();
    let tallies: Vec<Tally> = works
        .par_iter()
        .map(|(root, folder)| try_folder(root, folder))
        .collect();
    let all = Tally::of(tallies);
    println!("{}", all.figures());
    all.check(100);
}

pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).into_iter().flatten();
    let mut entries: Vec<PathBuf> = read.filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    entries
}

fn kustomizations(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.file_name().is_some_and(|name| name == ".git") {
        return;
    }
    if ["kustomization.yaml", "kustomization.yml", "Kustomization"]
        .iter()
        .any(|name| folder.join(name).is_file())
    {
        found.push(folder.to_owned());
    }
    for entry in entries(folder) {
        if entry.is_dir() && !entry.is_symlink() {
            kustomizations(&entry, found);
        }
    }
}

/// Builds a folder in a tree of its own, in which a file may be other than on disk.
fn built(root: &Path, folder: &Path, changed: Option<(&Path, &str)>) -> Option<Built> {
    let changed = changed.map(|(path, text)| (tree_path(root, path), text.into()));
    let tree = Changed::new(root, changed.into_iter().collect());
    let options = BuildOptions {
        tracing: Tracing::On,
        keep_history: true,
        ..BuildOptions::default()
    };
    build(&tree, &tree_path(root, folder), &options).ok()
}

pub(super) fn tree_path(root: &Path, path: &Path) -> TreePath {
    TreePath::new(path.strip_prefix(root).unwrap().to_str().unwrap()).unwrap()
}

fn try_folder(root: &Path, folder: &Path) -> Tally {
    let mut tally = Tally::default();
    let Some(before) = built(root, folder, None) else {
        return tally;
    };
    for field in explained(&before, folder, &mut tally) {
        let changed = |(file, text): (PathBuf, String)| {
            let after = built(root, folder, Some((&file, &text)))?;
            Some(
                shows(&after, &field.kind, &field.path) != shows(&before, &field.kind, &field.path),
            )
        };
        // A part of the value may be all that is used.
        let tried = (0..LENGTH)
            .map_while(|skipped| with_line_changed(root, field.at, skipped))
            .map(changed);
        tally.count(tried, || field.told.clone());
    }
    tally
}

/// A field of a build, and the line that `explain` says wrote it.
pub(super) struct Explained {
    pub(super) kind: String,
    pub(super) path: FieldPath,
    pub(super) at: Origin,
    /// All that a message says of it.
    pub(super) told: String,
}

/// Asks who wrote some fields of what a folder was built to; those of which nobody knows are wrong.
pub(super) fn explained(built: &Built, folder: &Path, tally: &mut Tally) -> Vec<Explained> {
    let mut fields: Vec<(usize, FieldPath)> = Vec::new();
    for (index, resource) in built.resources.iter().enumerate() {
        leaves(&resource.node, &mut FieldPath::root(), &mut |path| {
            fields.push((index, path));
        });
    }
    let stride = fields.len().div_ceil(FIELDS).max(1);
    let mut explained = Vec::new();
    for (index, path) in fields.into_iter().step_by(stride) {
        let id = built.resources.as_slice()[index].id();
        let object = if id.namespace.is_empty() {
            format!("{}/{}", id.gvk.kind, id.name)
        } else {
            format!("{}/{}/{}", id.gvk.kind, id.namespace, id.name)
        };
        let Ok(query) = object.parse() else { continue };
        let name = format!("{}: {object} {path}", folder.display());
        let field = pointer(&path).parse().unwrap();
        let Answer::Found(found) = explain(built, &query, Some(&field)) else {
            tally.wrong.push(format!("{name}: not found"));
            continue;
        };
        let Some(link) = found[0].links.last() else {
            tally.wrong.push(format!("{name}: no writer"));
            continue;
        };
        let at = link.copied_from.unwrap_or(link.at);
        explained.push(Explained {
            kind: id.gvk.kind.to_string(),
            told: format!("{name}: {at} ({} at {})", link.step, link.at),
            path,
            at,
        });
    }
    explained
}

fn leaves(node: &Node, path: &mut FieldPath, found: &mut dyn FnMut(FieldPath)) {
    let mut enter = |segment: Segment, node: &Node| {
        path.push(segment);
        leaves(node, path, found);
        path.pop();
    };
    match &node.value {
        Value::Mapping(fields) => {
            for entry in fields.iter() {
                enter(Segment::Key(entry.key.text.clone()), &entry.value);
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                enter(Segment::Index(index), item);
            }
        }
        Value::Scalar(_) => found(path.clone()),
    }
}

fn pointer(path: &FieldPath) -> String {
    path.segments()
        .iter()
        .map(|segment| match segment {
            Segment::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Index(index) => format!("/{index}"),
        })
        .collect()
}

/// Returns what stands at a path in all objects of a kind, however they are called. What tells items of a
/// list apart shows in the whole: with another name, a patch is for another item.
pub(super) fn shows(built: &Built, kind: &str, path: &FieldPath) -> Vec<String> {
    if let [.., Segment::Index(_), Segment::Key(key)] = path.segments()
        && ITEM_KEYS.contains(&key.as_str())
    {
        return vec![built.to_yaml()];
    }
    let of_kind = built
        .resources
        .iter()
        .filter(|resource| resource.kind() == kind);
    let mut values: Vec<String> = of_kind
        .filter_map(|resource| Some(path.find(&resource.node)?.text()?.to_owned()))
        .collect();
    values.sort();
    values
}

/// Returns a file with the value at a place changed behind some characters, so that it has the type it had.
pub(super) fn with_line_changed(root: &Path, at: Origin, skip: usize) -> Option<(PathBuf, String)> {
    let file = root.join(&*at.file.name());
    let text = fs::read_to_string(&file).ok()?;
    if at.line == 0 {
        return Some((file, format!("z{text}")));
    }
    let line_start: usize = text
        .split_inclusive('\n')
        .take(at.line as usize - 1)
        .map(str::len)
        .sum();
    let line = text[line_start..].lines().next()?;
    let skipped = match at.column.checked_sub(1) {
        Some(chars) => line.chars().take(chars as usize).map(char::len_utf8).sum(),
        // The column within a text in a text is not known.
        None if line.contains(['{', '[']) => return None,
        None => line
            .rfind(": ")
            .map_or(line.len() - line.trim_start().len(), |at| at + 2),
    };
    let mut start = line_start + skipped;
    let token = &text[start..line_start + line.len()];
    if token.starts_with(['|', '>']) || token.starts_with("!!binary") {
        // The first line of the text with anything on it.
        let body = text[start..].find('\n')? + start + 1;
        start = body + text[body..].find(|c: char| !c.is_whitespace())?;
    } else if let Some(literal) = token.find('=').filter(|_| !token.contains(": ")) {
        start += literal + 1;
    } else if token.starts_with(['"', '\'']) {
        start += 1;
    }
    if let Some(rest) = text[start..].strip_prefix("true") {
        return Some((file, format!("{}false{rest}", &text[..start])));
    }
    if let Some(rest) = text[start..].strip_prefix("false") {
        return Some((file, format!("{}true{rest}", &text[..start])));
    }
    let start = start + skip;
    if start > line_start + line.len() || !text.is_char_boundary(start) {
        return None;
    }
    let more = if text[start..].starts_with(|c: char| c.is_ascii_digit()) {
        "9"
    } else {
        "z"
    };
    Some((file, format!("{}{more}{}", &text[..start], &text[start..])))
}

/// A folder in which some files have another content.
pub(super) struct Changed {
    tree: DiskTree,
    changed: Vec<(TreePath, Arc<str>)>,
}

impl Changed {
    pub(super) fn new(root: &Path, changed: Vec<(TreePath, Arc<str>)>) -> Self {
        Self {
            tree: DiskTree::open(root, root).unwrap(),
            changed,
        }
    }

    fn changed(&self, path: &TreePath) -> Option<&str> {
        let mut changed = self.changed.iter();
        let (_, text) = changed.find(|(changed, _)| changed == path)?;
        Some(text)
    }
}

impl Tree for Changed {
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, SourceError> {
        match self.changed(path) {
            Some(_) => Ok(Some(EntryKind::File)),
            None => self.tree.kind(path),
        }
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, SourceError> {
        match self.changed(path) {
            Some(text) => Ok(text.as_bytes().into()),
            None => self.tree.read(path),
        }
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, SourceError> {
        self.tree.list(path)
    }

    fn resolve(&self, path: &TreePath) -> Result<TreePath, SourceError> {
        self.tree.resolve(path)
    }

    fn file_id(&self, path: &TreePath) -> FileId {
        self.tree.file_id(path)
    }
}
