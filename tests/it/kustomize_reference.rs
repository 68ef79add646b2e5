//! Random trees of kustomizations through `kustomize build` and through ours: the same bytes, or both
//! refuse.
//!
//! `LOCKGATE_TREES` and `LOCKGATE_SEED` ask for more trees and for others. A tree that differs is made
//! as small as can be and shown.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail loudly")]

mod generate;

use std::path::Path;

use lockgate::kustomize::{BuildOptions, build};
use lockgate::source::{DiskTree, TreePath};
use rayon::prelude::*;

use crate::tools::kustomize;
use generate::{Random, Tree};

/// What a tree builds to; `Err` where it was refused, with the reason.
type Outcome = Result<String, String>;

#[test]
fn random_trees_build_as_the_reference_builds_them() {
    let number = |name, default| {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().unwrap())
    };
    let (trees, seed): (u64, u64) = (number("LOCKGATE_TREES", 150), number("LOCKGATE_SEED", 1));
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
            let failure = differ(&ours, &reference).then(|| report(&shrink(tree), index));
            (reference.is_ok(), failure)
        })
        .collect();
    let built = results.iter().filter(|(built, _)| *built).count();
    println!("{built} of {trees} trees are valid");
    let failures: Vec<&str> = results
        .iter()
        .filter_map(|(_, failure)| failure.as_deref())
        .collect();
    let shown = failures.iter().take(5).copied().collect::<String>();
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

/// Leaves out parts until we take the tree.
fn mended(mut tree: Tree, random: &mut Random) -> Tree {
    for _ in 0..200 {
        let folder = tempfile::tempdir().unwrap();
        tree.write(folder.path());
        if ours(folder.path()).is_ok() {
            break;
        }
        tree.leave_one_out(random);
    }
    tree
}

fn outcomes(tree: &Tree) -> (Outcome, Outcome) {
    let folder = tempfile::tempdir().unwrap();
    tree.write(folder.path());
    (ours(folder.path()), reference(folder.path()))
}

fn ours(folder: &Path) -> Outcome {
    let tree = DiskTree::open(folder, folder).unwrap();
    let top = TreePath::new("top").unwrap();
    build(&tree, &top, &BuildOptions::default())
        .map(|built| built.to_yaml())
        .map_err(|error| error.to_string())
}

fn reference(folder: &Path) -> Outcome {
    let output = kustomize()
        .arg("build")
        .arg(folder.join("top"))
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn differ(ours: &Outcome, reference: &Outcome) -> bool {
    match (ours, reference) {
        (Ok(ours), Ok(reference)) => ours != reference,
        (Err(_), Err(_)) => false,
        _ => true,
    }
}

/// Leaves out parts of a tree as long as the two still differ in the same way.
fn shrink(mut tree: Tree) -> Tree {
    let way = |(ours, reference): (Outcome, Outcome)| {
        differ(&ours, &reference).then_some((ours.is_ok(), reference.is_ok()))
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

fn report(tree: &Tree, index: u64) -> String {
    let (ours, reference) = outcomes(tree);
    let text = |outcome: &Outcome| match outcome {
        Ok(text) => text.clone(),
        Err(error) => format!("refused: {error}\n"),
    };
    let (ours, reference) = (text(&ours), text(&reference));
    let diff = similar::TextDiff::from_lines(&reference, &ours);
    format!(
        "==== tree {index}\n{tree}---- from the reference to ours\n{}\n",
        diff.unified_diff().context_radius(8)
    )
}
