//! The line that `explain` names is the one that supplied a value of a chart: change that line of the values or of
//! the template, and the rendered field changes.
//!
//! Goes over fields of the golden charts and of those of the examples. `LOCKGATE_EXPLAIN_CHARTS=DIR` makes it go over every chart below another folder,
//! such as a clone of a public repository, each with its own values and with those that it brings in `ci/`.

use std::fs;
use std::path::{Path, PathBuf};

use lockgate::helm::Tracing;
use lockgate::kustomize::{BuildOptions, Builder, Built};
use lockgate::render::Fleet;
use lockgate::render::sources;
use lockgate::source::TreePath;
use lockgate::yaml::Origin;
use rayon::prelude::*;

use super::explain_places::{
    Changed, Tally, entries, explained, shows, tree_path, with_line_changed,
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/helm");

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/overlays-examples");

/// The most places of a line that are changed, one after the other, until the field does.
const PLACES: usize = 80;

/// A chart in a folder, and a file of values for it.
struct Case {
    root: PathBuf,
    chart: PathBuf,
    values: Option<PathBuf>,
}

#[test]
fn a_field_of_a_chart_changes_with_the_line_that_explain_names() {
    let given = std::env::var_os("LOCKGATE_EXPLAIN_CHARTS").map(PathBuf::from);
    let roots: Vec<PathBuf> = match given {
        Some(folder) => vec![folder],
        None => entries(Path::new(GOLDEN))
            .into_iter()
            .map(|case| case.join("input"))
            .chain([PathBuf::from(EXAMPLES)])
            .collect(),
    };
    let cases: Vec<Case> = roots.iter().flat_map(|root| cases(root)).collect();
    let tallies = cases.par_iter().with_max_len(1).map(Case::tally).collect();
    let all = Tally::of(tallies);
    println!("{}", all.figures());
    all.check(60);
}

fn cases(root: &Path) -> Vec<Case> {
    let mut charts = Vec::new();
    find_charts(root, &mut charts);
    let cases = charts.into_iter().flat_map(|chart| {
        let values = entries(&chart.join("ci")).into_iter();
        let values = values.filter(|file| file.extension().is_some_and(|ext| ext == "yaml"));
        let values: Vec<Option<PathBuf>> = std::iter::once(None).chain(values.map(Some)).collect();
        values.into_iter().map(move |values| Case {
            root: root.to_owned(),
            chart: chart.clone(),
            values,
        })
    });
    cases.collect()
}

/// Finds charts, but not those within charts.
fn find_charts(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("Chart.yaml").is_file() {
        found.push(folder.to_owned());
        return;
    }
    for entry in entries(folder) {
        if entry.is_dir() && !entry.is_symlink() && entry.file_name().is_some_and(|n| n != ".git") {
            find_charts(&entry, found);
        }
    }
}

impl Case {
    /// Renders the chart as a source of a fleet, in a tree in which a file may be other than on disk.
    fn built(&self, changed: Option<(&Path, &str)>) -> Option<Built> {
        let below = |path: &Path| tree_path(&self.root, path).to_string();
        let chart = match below(&self.chart).as_str() {
            "" => ".".to_owned(),
            path => path.to_owned(),
        };
        let files = self.values.iter().map(|file| format!("{:?}", below(file)));
        let files: Vec<String> = files.collect();
        let fleet = format!(
            "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {{name: t}}\nspec:\n  environments:\n  - name: e\n    sources:\n    - name: c\n      helm: {{chart: {chart:?}, release: demo, namespace: apps, values: [{}]}}\n",
            files.join(", ")
        );
        let place = TreePath::new("generated-fleet.yaml").unwrap();
        let mut files = vec![(place.clone(), fleet.into())];
        files.extend(changed.map(|(path, text)| (tree_path(&self.root, path), text.into())));
        let tree = Changed::new(&self.root, files);
        let fleet = Fleet::load_file(&tree, &place).unwrap();
        let environment = &fleet.environments[0];
        let options = BuildOptions {
            tracing: Tracing::On,
            keep_history: true,
            ..BuildOptions::default()
        };
        let builder = Builder::new(&tree, options);
        let source = &environment.components[0].source;
        sources::build(source, &environment.kubernetes, &builder, &tree).ok()
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        let (Some(before), Some(again)) = (self.built(None), self.built(None)) else {
            return tally;
        };
        if before.to_yaml() != again.to_yaml() {
            // Random values change by themselves.
            return tally;
        }
        for field in explained(&before, &self.chart, &mut tally) {
            let changes = changes(&self.root, field.at).take(PLACES);
            let tried = changes.map(|(file, text)| {
                let after = self.built(Some((&file, &text)))?;
                let shown = |built: &Built| shows(built, &field.kind, &field.path);
                Some(shown(&after) != shown(&before))
            });
            tally.count(tried, || field.told.clone());
        }
        tally
    }
}

/// Ways to change the line of a place.
fn changes(root: &Path, at: Origin) -> Box<dyn Iterator<Item = (PathBuf, String)> + '_> {
    let name = at.file.name();
    if name.contains("templates/") {
        return Box::new(template_changes(&root.join(&*name), at.line).into_iter());
    }
    Box::new((0..PLACES).map_while(move |skipped| with_line_changed(root, at, skipped)))
}

/// The text of a template with a letter more in a line: behind a key, at the ends, in strings, and then anywhere.
fn template_changes(file: &Path, line: u32) -> Vec<(PathBuf, String)> {
    let Ok(text) = fs::read_to_string(file) else {
        return Vec::new();
    };
    let before = text.split_inclusive('\n').take(line as usize - 1);
    let start: usize = before.map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let plain = line.find("{{").unwrap_or(line.len());
    let value = line[..plain].rfind(": ").map(|at| at + 2);
    let likely = value.into_iter().chain([indent, line.len()]);
    let quotes = line.match_indices('"').map(|(at, _)| at + 1);
    let all = likely.chain(quotes).chain(indent..line.len());
    all.filter(|at| line.is_char_boundary(*at))
        .map(|at| {
            let (head, tail) = text.split_at(start + at);
            (file.to_owned(), format!("{head}z{tail}"))
        })
        .collect()
}
