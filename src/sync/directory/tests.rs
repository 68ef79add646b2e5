//! A folder through syncs, hand-made changes, faults and kills.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::*;
use crate::render::{Digest, Object, RenderedComponent};
use crate::source::ReadLog;
use crate::sync::Drift;
use crate::sync::guard::GuardError;
use crate::yaml::{self, FileId, Limits};

/// A folder for tests, with a target in it.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("dev")
    }

    fn file(&self, path: &str) -> PathBuf {
        self.target().join(path)
    }

    fn sync(&self, objects: &[(&str, &str)]) -> Result<Plan, DirectoryError> {
        self.sync_with(objects, &PrunePolicy::default())
    }

    fn sync_with(
        &self,
        objects: &[(&str, &str)],
        policy: &PrunePolicy,
    ) -> Result<Plan, DirectoryError> {
        sync(
            &self.target(),
            &owner("dev"),
            &environment(objects),
            policy,
            &Interrupt::never(),
        )
    }

    fn plan(&self, objects: &[(&str, &str)]) -> Plan {
        let environment = environment(objects);
        plan(&self.target(), &owner("dev"), &environment, Prune::Delete).unwrap()
    }

    /// Returns all that is in the folder around the target.
    fn tree(&self) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        collect(self.folder.path(), self.folder.path(), &mut tree);
        tree
    }
}

fn collect(root: &Path, folder: &Path, tree: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if path.is_symlink() {
            tree.insert(
                name,
                format!("-> {}", fs::read_link(&path).unwrap().display()),
            );
        } else if path.is_dir() {
            tree.insert(name, "folder".to_owned());
            collect(root, &path, tree);
        } else {
            tree.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

fn owner(environment: &str) -> Owner {
    Owner {
        fleet: "shop".to_owned(),
        environment: environment.to_owned(),
    }
}

/// Returns an environment of `ConfigMap`s, each given as component/name and a value.
fn environment(objects: &[(&str, &str)]) -> RenderedEnvironment {
    let mut components: Vec<RenderedComponent> = Vec::new();
    let mut all = String::new();
    for (place, value) in objects {
        let (component, name) = place.split_once('/').unwrap();
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  key: {value}\n"
        );
        all.push_str(&text);
        let file = FileId::of("base.yaml");
        let node = yaml::parse(text.as_bytes(), file, &Limits::default())
            .unwrap()
            .remove(0);
        let object = Object::from(node);
        match components.iter_mut().find(|it| it.name == component) {
            Some(component) => component.objects.push(object),
            None => components.push(RenderedComponent {
                name: component.to_owned(),
                objects: vec![object],
                reads: ReadLog::default(),
                digest: Digest([0; 32]),
                mistakes: Vec::new(),
            }),
        }
    }
    RenderedEnvironment {
        name: "dev".to_owned(),
        kubernetes: "1.36".to_owned(),
        kubernetes_at: None,
        components,
        digest: layout::digest_of(all.as_bytes()),
    }
}

fn actions(plan: &Plan) -> Vec<(&str, &'static str, bool)> {
    plan.steps
        .iter()
        .map(|step| {
            (
                step.id.name.as_str(),
                step.action.as_str(),
                step.drift.is_some(),
            )
        })
        .collect()
}

const OLD: &[(&str, &str)] = &[
    ("api/a", "1"),
    ("web/b", "1"),
    ("web/c", "1"),
    ("gone/d", "1"),
];
const NEW: &[(&str, &str)] = &[
    ("api/a", "1"),
    ("web/b", "2"),
    ("new/e", "1"),
    ("new/f", "1"),
];

#[test]
fn a_second_sync_plans_nothing_and_changes_nothing() {
    let bench = Bench::new();
    assert_eq!(bench.sync(OLD).unwrap().count(Action::Create), 4);
    let tree = bench.tree();
    assert!(bench.sync(OLD).unwrap().is_in_sync());
    assert_eq!(bench.tree(), tree);
    assert!(tree.keys().all(|path| path.starts_with("dev")), "{tree:?}");
}

#[test]
fn what_is_no_longer_rendered_is_pruned_and_the_rest_is_changed() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    let plan = bench.plan(NEW);
    assert_eq!(
        actions(&plan),
        [
            ("a", "keep", false),
            ("d", "prune", false),
            ("e", "create", false),
            ("f", "create", false),
            ("b", "change", false),
            ("c", "prune", false),
        ]
    );
    bench.sync(NEW).unwrap();
    let fresh = Bench::new();
    fresh.sync(NEW).unwrap();
    assert_eq!(bench.tree(), fresh.tree());
}

#[test]
fn changes_by_hand_are_seen_and_reverted() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    let tree = bench.tree();
    fs::write(bench.file("web/configmap_b.yaml"), "mine: true\n").unwrap();
    fs::remove_file(bench.file("web/configmap_c.yaml")).unwrap();
    fs::remove_file(bench.file("api/configmap_a.yaml")).unwrap();
    symlink("/etc/passwd", bench.file("api/configmap_a.yaml")).unwrap();
    let plan = bench.sync(OLD).unwrap();
    assert_eq!(
        actions(&plan),
        [
            ("a", "change", true),
            ("d", "keep", false),
            ("b", "change", true),
            ("c", "create", true),
        ]
    );
    assert_eq!(plan.steps[3].drift, Some(Drift::Deleted));
    assert_eq!(bench.tree(), tree);
}

#[test]
fn foreign_files_stay_through_either_way_of_changing() {
    for folder in [false, true] {
        let bench = Bench::new();
        bench.sync(OLD).unwrap();
        fs::write(bench.file("README.md"), "mine").unwrap();
        fs::write(bench.file("gone/notes"), "mine").unwrap();
        symlink("/nowhere", bench.file("web/link")).unwrap();
        if folder {
            // A foreign folder is not carried over, so the files are changed one by one.
            fs::create_dir_all(bench.file(".git/objects")).unwrap();
        }
        bench.sync(NEW).unwrap();
        let tree = bench.tree();
        assert_eq!(tree["dev/README.md"], "mine");
        assert_eq!(tree["dev/gone/notes"], "mine");
        assert_eq!(tree["dev/web/link"], "-> /nowhere");
        assert_eq!(tree.contains_key("dev/.git/objects"), folder);
        assert!(!tree.contains_key("dev/web/configmap_c.yaml"));
        assert!(bench.sync(NEW).unwrap().is_in_sync());
    }
}

#[test]
fn a_foreign_file_where_an_object_belongs_is_a_conflict() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    fs::create_dir(bench.file("new")).unwrap();
    fs::write(bench.file("new/configmap_e.yaml"), "mine").unwrap();
    let tree = bench.tree();
    let error = bench.sync(NEW).unwrap_err();
    assert!(
        matches!(&error, DirectoryError::Foreign { paths, .. } if paths == &["new/configmap_e.yaml"])
    );
    assert!(error.is_environment());
    assert_eq!(bench.tree(), tree);
}

#[test]
fn links_in_the_target_are_not_followed_out() {
    let bench = Bench::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("configmap_b.yaml"), "mine").unwrap();
    bench.sync(OLD).unwrap();
    fs::remove_dir_all(bench.file("web")).unwrap();
    symlink(outside.path(), bench.file("web")).unwrap();
    let error = bench.sync(OLD).unwrap_err();
    assert!(
        matches!(&error, DirectoryError::Foreign { paths, .. } if paths == &["web"]),
        "{error}"
    );
    // Without anything to write there the link is foreign, and stays.
    bench.sync(&[("api/a", "1")]).unwrap();
    assert!(bench.file("web").is_symlink());
    assert_eq!(
        fs::read_to_string(outside.path().join("configmap_b.yaml")).unwrap(),
        "mine"
    );
}

#[test]
fn a_folder_that_is_not_ours_is_refused() {
    let bench = Bench::new();
    fs::create_dir(bench.target()).unwrap();
    fs::write(bench.file(".gitkeep"), "").unwrap();
    fs::write(bench.file("mine"), "").unwrap();
    let tree = bench.tree();
    assert!(
        matches!(bench.sync(OLD), Err(DirectoryError::NotOurs { entry, .. }) if entry == "mine")
    );
    assert_eq!(bench.tree(), tree);
    fs::remove_file(bench.file("mine")).unwrap();
    bench.sync(OLD).unwrap();
    let other = sync(
        &bench.target(),
        &owner("prod"),
        &environment(OLD),
        &PrunePolicy::default(),
        &Interrupt::never(),
    );
    assert!(matches!(other, Err(DirectoryError::OtherOwner { .. })));
    let link = bench.folder.path().join("link");
    symlink(bench.target(), &link).unwrap();
    let linked = plan(&link, &owner("dev"), &environment(OLD), Prune::Delete);
    assert!(matches!(linked, Err(DirectoryError::Link { .. })));
}

#[test]
fn an_inventory_that_names_other_files_is_refused() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    let victim = bench.folder.path().join("victim.yaml");
    fs::write(&victim, "mine").unwrap();
    let inventory = bench.file(".lockgate/inventory.json");
    let text = fs::read_to_string(&inventory).unwrap();
    fs::write(
        &inventory,
        text.replace("web/configmap_c.yaml", "../victim.yaml"),
    )
    .unwrap();
    assert!(matches!(
        bench.sync(NEW),
        Err(DirectoryError::Inventory { .. })
    ));
    fs::write(&inventory, &text[..text.len() / 2]).unwrap();
    assert!(matches!(
        bench.sync(NEW),
        Err(DirectoryError::Inventory { .. })
    ));
    assert!(victim.exists());
}

#[test]
fn without_pruning_files_stay_and_are_remembered() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    let retain = PrunePolicy {
        prune: Prune::Retain,
        ..PrunePolicy::default()
    };
    let plan = bench.sync_with(NEW, &retain).unwrap();
    assert_eq!(plan.count(Action::Retain), 2);
    assert!(bench.file("web/configmap_c.yaml").exists());
    assert_eq!(bench.sync(NEW).unwrap().count(Action::Prune), 2);
    assert!(!bench.file("gone").exists());
}

#[test]
fn nothing_rendered_empties_nothing() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    let tree = bench.tree();
    let refused = bench.sync(&[]).unwrap_err();
    assert!(matches!(
        refused,
        DirectoryError::Guard(GuardError::Empty { .. })
    ));
    assert_eq!(bench.tree(), tree);
}

#[test]
fn two_syncs_keep_apart() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    let place = Place::find(&bench.target()).unwrap();
    let held = place.open(&owner("dev"), &Interrupt::never()).unwrap();
    assert!(matches!(
        bench.sync(NEW),
        Err(DirectoryError::Locked { .. })
    ));
    drop(held);
    bench.sync(NEW).unwrap();
}

#[test]
fn an_interrupt_leaves_the_folder_as_it_was() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    for folder in [false, true] {
        if folder {
            fs::create_dir(bench.file("foreign")).unwrap();
        }
        let tree = bench.tree();
        let interrupt = Interrupt::never();
        interrupt.raise();
        let result = sync(
            &bench.target(),
            &owner("dev"),
            &environment(NEW),
            &PrunePolicy::default(),
            &interrupt,
        );
        assert!(matches!(result, Err(DirectoryError::Interrupted { .. })));
        assert_eq!(bench.tree(), tree);
    }
}

/// Kills a sync at each of its steps, kills the next one's recovery at each of its steps, and wants
/// the same folder in the end as without a kill.
fn check_kills(prepare: impl Fn(&Bench)) {
    let clean = Bench::new();
    clean.sync(OLD).unwrap();
    prepare(&clean);
    let old = clean.tree();
    clean.sync(NEW).unwrap();
    let want = clean.tree();
    let mut survived = 0;
    for step in 0.. {
        let mut recovered_at_once = false;
        for second in (0..).step_by(3) {
            let bench = Bench::new();
            bench.sync(OLD).unwrap();
            prepare(&bench);
            fault::kill_at(Some(step));
            let killed = bench.sync(NEW);
            fault::kill_at(None);
            if killed.is_ok() {
                assert!(step > 10, "only {step} steps");
                assert_eq!(bench.tree(), want);
                return;
            }
            assert!(
                matches!(killed, Err(DirectoryError::Killed { .. })),
                "{killed:?}"
            );
            check_never_a_finished_mix(&bench.tree(), &old, &want);
            fault::kill_at(Some(second));
            let again = bench.sync(NEW);
            fault::kill_at(None);
            if again.is_err() {
                check_never_a_finished_mix(&bench.tree(), &old, &want);
            } else {
                recovered_at_once = true;
            }
            bench.sync(NEW).unwrap();
            assert_eq!(bench.tree(), want, "killed at {step}, then at {second}");
            // And back, so that nothing of the first attempt comes up later.
            bench.sync(OLD).unwrap();
            bench.sync(NEW).unwrap();
            assert_eq!(bench.tree(), want);
            if recovered_at_once {
                break;
            }
        }
        survived += 1;
        assert!(survived < 1000);
    }
}

/// Between two states the folder is one of them, or has a journal.
fn check_never_a_finished_mix(
    tree: &BTreeMap<String, String>,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) {
    if tree.contains_key("dev/.lockgate/journal.json") {
        return;
    }
    let files = |tree: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        tree.iter()
            .filter(|(path, _)| path.starts_with("dev/") && path.contains(".yaml"))
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect()
    };
    let tree = files(tree);
    assert!(tree == files(old) || tree == files(new), "{tree:#?}");
}

#[test]
fn a_kill_at_any_step_of_a_swap_is_recovered() {
    check_kills(|bench| fs::write(bench.file("README.md"), "mine").unwrap());
}

#[test]
fn a_kill_at_any_step_of_a_journal_is_recovered() {
    check_kills(|bench| fs::create_dir(bench.file("foreign")).unwrap());
}

#[test]
fn a_kill_in_the_first_sync_is_recovered() {
    let clean = Bench::new();
    clean.sync(NEW).unwrap();
    for step in 0..1000 {
        let bench = Bench::new();
        fault::kill_at(Some(step));
        let killed = bench.sync(NEW);
        fault::kill_at(None);
        if killed.is_ok() {
            assert!(step > 5);
            return;
        }
        bench.sync(NEW).unwrap();
        assert_eq!(bench.tree(), clean.tree());
    }
}

#[test]
fn files_that_come_while_a_folder_is_swapped_are_brought_home() {
    let bench = Bench::new();
    bench.sync(OLD).unwrap();
    fs::write(bench.file("notes"), "first").unwrap();
    // Stop right after the swap, with the old folder still beside.
    let mut step = 0;
    loop {
        fault::kill_at(Some(step));
        let killed = bench.sync(NEW);
        fault::kill_at(None);
        assert!(killed.is_err(), "no step is after the swap");
        if bench.file("new/configmap_e.yaml").exists() {
            break;
        }
        step += 1;
    }
    let old = bench.folder.path().join(".dev.lockgate");
    fs::write(old.join("late"), "late").unwrap();
    fs::create_dir(old.join("late-folder")).unwrap();
    fs::write(old.join("late-folder/x"), "late").unwrap();
    fs::remove_file(old.join("notes")).unwrap();
    fs::write(old.join("notes"), "second").unwrap();
    bench.sync(NEW).unwrap();
    let tree = bench.tree();
    assert_eq!(tree["dev/late"], "late");
    assert_eq!(tree["dev/late-folder/x"], "late");
    assert_eq!(tree["dev/notes"], "second");
    assert!(
        !tree.keys().any(|path| path.starts_with(".dev")),
        "{tree:?}"
    );
}

#[test]
fn what_stands_beside_and_is_not_ours_is_left_alone() {
    let bench = Bench::new();
    let beside = bench.folder.path().join(".dev.lockgate");
    fs::create_dir(&beside).unwrap();
    fs::write(beside.join("mine"), "mine").unwrap();
    assert!(matches!(bench.sync(OLD), Err(DirectoryError::Stray { .. })));
    assert_eq!(fs::read_to_string(beside.join("mine")).unwrap(), "mine");
}
