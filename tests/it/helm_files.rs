//! Files of a chart that only templates may look at are read when one does, and what is wrong with them is told.

use std::fs;
use std::path::Path;

use lockgate::helm::{self, Chart, Hooks, Options, Show};
use lockgate::source::{DiskTree, TreePath};

use super::cli::Sandbox;

const SHOW: Show = Show {
    crds: true,
    hooks: Hooks::All,
};

/// A chart with a file that a template prints, if `is_shown`, and a definition.
fn chart(folder: &Path) -> Chart {
    for (name, text) in [
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("values.yaml", "isShown: false\n"),
        (
            "templates/a.yaml",
            "a: {{ if .Values.isShown }}{{ .Files.Get \"notes/a.txt\" | quote }}{{ end }}\n",
        ),
        ("notes/a.txt", "\u{feff}hello"),
        ("crds/a.yaml", "kind: A\n"),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = DiskTree::open(folder, folder).unwrap();
    helm::chart::load(&tree, &TreePath::root()).unwrap()
}

fn options(is_shown: bool) -> Options {
    let mut options = Options::new("web");
    let text = format!("isShown: {is_shown}\n");
    let file = lockgate::yaml::FileId::of("values");
    options.values = helm::values::read::documents(text.as_bytes(), file).unwrap();
    options
}

#[test]
fn a_file_is_read_when_a_template_looks_at_it() {
    let folder = tempfile::tempdir().unwrap();
    let chart = chart(folder.path());
    fs::write(folder.path().join("notes/a.txt"), "later").unwrap();
    let rendered = helm::template(&chart, &options(true)).unwrap();
    let text = String::from_utf8(rendered.to_text(SHOW).unwrap()).unwrap();
    assert!(text.contains("kind: A\n"), "{text}");
    assert!(text.contains("a: \"later\"\n"), "{text}");
}

#[test]
fn a_file_that_is_gone_is_missed_by_who_looks_at_it_only() {
    let folder = tempfile::tempdir().unwrap();
    let chart = chart(folder.path());
    fs::remove_file(folder.path().join("notes/a.txt")).unwrap();
    assert!(helm::template(&chart, &options(false)).is_ok());
    let error = helm::template(&chart, &options(true)).unwrap_err();
    assert!(error.to_string().contains("notes/a.txt"), "{error}");
}

#[test]
fn a_definition_that_is_gone_is_missed_where_it_is_shown_only() {
    let folder = tempfile::tempdir().unwrap();
    let chart = chart(folder.path());
    fs::remove_file(folder.path().join("crds/a.yaml")).unwrap();
    let rendered = helm::template(&chart, &options(false)).unwrap();
    let without_crds = Show {
        crds: false,
        ..SHOW
    };
    assert!(rendered.to_text(without_crds).is_ok());
    let error = rendered.to_text(SHOW).unwrap_err().to_string();
    assert!(error.contains("crds/a.yaml"), "{error}");
}

#[test]
fn what_is_no_file_is_refused_though_nobody_looks_at_it() {
    let sandbox = Sandbox::new(&[
        (
            "web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 0.1.0\n",
        ),
        ("web/templates/a.yaml", "a: 1\n"),
    ]);
    let fifo = sandbox.path("web/fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    sandbox
        .run(&["template", "web", "web"])
        .fails(1, &["web/fifo"]);
}
