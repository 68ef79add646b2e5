//! The test cases of policies: objects in a folder `cases` beside the policy, with what is expected of
//! them at the line: `image: nginx # finding: no-latest-tag`.

use crate::render::Object;
use crate::render::fleet::PolicyAction;
use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::{self, Limits, Origin};

use super::error::{PolicyError, PolicyErrors};
use super::load::{CASES, Source, is_yaml};
use super::{Environment, Owner, PolicySet, Violation};

/// What a file of cases resulted in.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The file.
    pub file: Origin,
    /// How many objects it holds.
    pub objects: usize,
    /// How many findings it expects.
    pub expected: usize,
    /// What came out otherwise; empty where all is as expected.
    pub mismatches: Vec<Mismatch>,
}

/// A finding that is missing or was not expected.
#[derive(Clone, Debug)]
pub enum Mismatch {
    /// The line expects a finding that did not come.
    Missing {
        /// The policy.
        policy: String,
        /// The line.
        at: Origin,
    },
    /// A finding that no line expects.
    Unexpected(Box<Violation>),
}

/// Marks an expectation in a comment.
const MARK: &str = "# finding: ";
/// How deep folders of policies may nest.
const MAX_DEPTH: usize = 16;

/// Runs all cases below a folder, each against the policies of the folder that holds its `cases`.
///
/// # Errors
///
/// Where a policy or a case cannot be read.
pub fn run(tree: &dyn Tree, path: &TreePath) -> Result<Vec<CaseFile>, PolicyErrors> {
    let mut files = Vec::new();
    visit(tree, path, 0, &mut files)?;
    Ok(files)
}

fn source_error(source: crate::source::SourceError) -> PolicyErrors {
    PolicyErrors(vec![PolicyError::Source { source, at: None }])
}

fn visit(
    tree: &dyn Tree,
    path: &TreePath,
    depth: usize,
    files: &mut Vec<CaseFile>,
) -> Result<(), PolicyErrors> {
    let entries = tree.list(path).map_err(source_error)?;
    for (name, kind) in entries {
        let Ok(child) = path.join(&name) else {
            continue;
        };
        match kind {
            EntryKind::Directory if name == CASES => cases_of(tree, path, &child, files)?,
            EntryKind::Directory if depth < MAX_DEPTH => visit(tree, &child, depth + 1, files)?,
            _ => {}
        }
    }
    Ok(())
}

fn cases_of(
    tree: &dyn Tree,
    policy: &TreePath,
    cases: &TreePath,
    files: &mut Vec<CaseFile>,
) -> Result<(), PolicyErrors> {
    let source = Source {
        tree,
        path: policy.clone(),
        action: PolicyAction::Deny,
        origin: None,
        owner: Owner::Repository,
    };
    let policies = PolicySet::load(&[source])?;
    for (name, kind) in tree.list(cases).map_err(source_error)? {
        if kind == EntryKind::File
            && is_yaml(&name)
            && let Ok(path) = cases.join(&name)
        {
            files.push(case_file(tree, &path, &policies)?);
        }
    }
    Ok(())
}

/// Returns the objects of a file of cases.
///
/// # Errors
///
/// Where the file cannot be read.
pub fn objects(tree: &dyn Tree, path: &TreePath) -> Result<Vec<Object>, PolicyErrors> {
    let text = tree.read(path).map_err(source_error)?;
    let documents = yaml::parse(&text, tree.file_id(path), &Limits::default())
        .map_err(|error| PolicyErrors(vec![PolicyError::Yaml(error)]))?;
    Ok(documents.into_iter().map(Object::from).collect())
}

fn case_file(
    tree: &dyn Tree,
    path: &TreePath,
    policies: &PolicySet,
) -> Result<CaseFile, PolicyErrors> {
    let objects = objects(tree, path)?;
    let file = tree.file_id(path);
    let text = tree.read(path).map_err(source_error)?;
    let mut missing = expectations(&String::from_utf8_lossy(&text), file);
    let expected = missing.len();
    let environment = Environment::of(&objects, policies);
    let mut mismatches = Vec::new();
    for object in &objects {
        for violation in policies.evaluate(object, &environment) {
            let met = missing.iter().position(|(policy, at)| {
                *policy == violation.policy && at.line == violation.origin.line
            });
            match met {
                Some(position) => drop(missing.remove(position)),
                None => mismatches.push(Mismatch::Unexpected(Box::new(violation))),
            }
        }
    }
    mismatches.extend(
        missing
            .into_iter()
            .map(|(policy, at)| Mismatch::Missing { policy, at }),
    );
    Ok(CaseFile {
        file: Origin::file(file),
        objects: objects.len(),
        expected,
        mismatches,
    })
}

/// Returns what the lines of a file expect; several on one line are separated by commas.
fn expectations(text: &str, file: yaml::FileId) -> Vec<(String, Origin)> {
    let mut expectations = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let Some((_, policies)) = content.split_once(MARK) else {
            continue;
        };
        for policy in policies.split(',').map(str::trim) {
            let name = policy.strip_prefix("policy/").unwrap_or(policy);
            expectations.push((name.to_owned(), Origin::at(file, line, 0)));
        }
    }
    expectations
}
