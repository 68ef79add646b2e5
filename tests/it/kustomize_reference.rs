//! Random trees of kustomizations through `kustomize build` and through ours: the same bytes, or both
//! refuse.
//!
//! `LOCKGATE_TREES` and `LOCKGATE_SEED` ask for more trees and for others. A tree that differs is made
//! as small as can be and shown.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail loudly")]

mod generate;
mod reference;

use lockgate::kustomize::{BuildError, BuildOptions, build};
use lockgate::source::{DiskTree, TreePath};
use lockgate::yaml::Diagnostic as _;
use rayon::prelude::*;
use tempfile::TempDir;

use crate::random::Random;
use generate::Tree;
use reference::Reference;

/// What a tree builds to; `Err` where it was refused, with the reason.
type Outcome = Result<Built, String>;

#[derive(PartialEq, Eq)]
struct Built {
    yaml: String,
    /// What standard error says, without the times of a log.
    warnings: String,
}

#[test]
fn random_trees_build_as_the_reference_builds_them() {
    let number = |name, default| {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().unwrap())
    };
    let (trees, seed): (u64, u64) = (number("LOCKGATE_TREES", 300), number("LOCKGATE_SEED", 1));
    let asked = Reference::new();
    let outcomes = |tree: &Tree| outcomes(tree, &asked);
    let results: Vec<_> = (0..trees)
        .into_par_iter()
        .map(|index| {
            let mut random = Random::new(seed.wrapping_mul(1_000_003) + index);
            let mut tree = Tree::random(&mut random);
            // Most trees have a part that makes them invalid; two of three are rid of it.
            if index % 3 > 0 {
                tree = mended(tree, &mut random);
            }
            let (ours, reference) = outcomes(&tree);
            let failure = (differ(&ours, &reference) && !wavers(&tree, &ours, &outcomes))
                .then(|| report(&shrink(tree, &outcomes), index, &outcomes));
            (reference.is_ok(), failure)
        })
        .collect();
    let built = results.iter().filter(|(built, _)| *built).count();
    println!("{built} of {trees} trees are valid");
    let failures: Vec<&str> = results
        .iter()
        .filter_map(|(_, failure)| failure.as_deref())
        .collect();
    let shown = failures.iter().take(8).copied().collect::<String>();
    assert!(
        failures.is_empty(),
        "{} of {trees} trees differ (seed {seed}):\n{shown}",
        failures.len()
    );
    assert!(
        built * 2 > results.len(),
        "only {built} of {trees} trees are valid, which says little"
    );
}

/// Leaves out the parts that we find fault with, until we take the tree.
fn mended(mut tree: Tree, random: &mut Random) -> Tree {
    for _ in 0..200 {
        let Err(error) = build_ours(&tree.in_memory()) else {
            break;
        };
        let at = error.origin().filter(|_| random.chance(90));
        if at.is_none_or(|at| !tree.leave_out(&at.file.name(), at.line)) {
            tree.leave_one_out(random);
        }
    }
    tree
}

fn outcomes(tree: &Tree, reference: &Reference) -> (Outcome, Outcome) {
    let folder = folder();
    tree.write(folder.path());
    let ours = ours(&DiskTree::open(folder.path(), folder.path()).unwrap());
    (ours, reference.build(&folder.path().join("top")))
}

/// Makes a folder, in memory where that can be: thousands of trees are many files.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn build_ours(tree: &dyn lockgate::source::Tree) -> Result<lockgate::kustomize::Built, BuildError> {
    let top = TreePath::new("top").unwrap();
    build(tree, &top, &BuildOptions::default())
}

fn ours(tree: &dyn lockgate::source::Tree) -> Outcome {
    let built = build_ours(tree).map_err(|error| error.to_string())?;
    let mut warnings = String::new();
    for warning in &built.warnings {
        warnings.push_str(&warning.message);
        warnings.push('\n');
    }
    Ok(Built {
        yaml: built.to_yaml(),
        warnings,
    })
}

fn differ(ours: &Outcome, reference: &Outcome) -> bool {
    match (ours, reference) {
        (Ok(ours), Ok(reference)) => ours != reference,
        (Err(_), Err(_)) => false,
        _ => true,
    }
}

/// Tells whether the reference answers as we do when it is asked again: some of its answers hang on the
/// random order of its maps. Ours may not.
fn wavers(tree: &Tree, ours: &Outcome, outcomes: &impl Fn(&Tree) -> (Outcome, Outcome)) -> bool {
    (0..20).any(|_| {
        let (ours_again, reference) = outcomes(tree);
        assert!(!differ(ours, &ours_again), "ours wavers:\n{tree}");
        !differ(ours, &reference)
    })
}

/// Leaves out parts of a tree as long as the two still differ in the same way.
fn shrink(mut tree: Tree, outcomes: &impl Fn(&Tree) -> (Outcome, Outcome)) -> Tree {
    let way = |(ours, reference): (Outcome, Outcome)| {
        differ(&ours, &reference).then(|| match (&ours, &reference) {
            (Ok(ours), Ok(reference)) => (ours.yaml == reference.yaml).to_string(),
            (Err(reason), Ok(_)) | (_, Err(reason)) => end_of(reason),
        })
    };
    let wanted = way(outcomes(&tree));
    let mut tries = 0;
    loop {
        let smaller = tree.smaller().find(|smaller| {
            tries += 1;
            tries < 400 && way(outcomes(smaller)) == wanted
        });
        match smaller {
            Some(smaller) => tree = smaller,
            None => break,
        }
    }
    loop {
        let torn = tree.torn().find(|torn| {
            tries += 1;
            tries < 800 && way(outcomes(torn)) == wanted
        });
        match torn {
            Some(torn) => tree = torn,
            None => return tree,
        }
    }
}

/// Returns the end of a reason, which is the same for the same mistake elsewhere.
fn end_of(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default();
    let start = line.char_indices().rev().nth(40);
    line[start.map_or(0, |(at, _)| at)..].to_owned()
}

fn report(tree: &Tree, index: u64, outcomes: &impl Fn(&Tree) -> (Outcome, Outcome)) -> String {
    let (ours, reference) = outcomes(tree);
    let text = |outcome: &Outcome| match outcome {
        Ok(built) => format!("{}{}", built.warnings, built.yaml),
        Err(error) => format!("refused: {error}\n"),
    };
    let (ours, reference) = (text(&ours), text(&reference));
    let diff = similar::TextDiff::from_lines(&reference, &ours);
    format!(
        "==== tree {index}\n{tree}---- from the reference to ours\n{}\n",
        diff.unified_diff().context_radius(8)
    )
}
