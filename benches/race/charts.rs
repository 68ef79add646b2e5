//! Real charts: a hundred of a folder, the largest of them, and that one in fifty environments.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::measure::{self, Output, output_of};
use crate::repeated;
use crate::table::{self, Row, Target, median, milliseconds};
use crate::tools::Tools;

/// How many charts race.
const CHARTS: usize = 100;

/// The environments that one chart is rendered for.
const ENVIRONMENTS: usize = 50;

/// Charts that both sides render to the same bytes.
pub(crate) struct Charts {
    folder: PathBuf,
    /// Where fleets and lists are written.
    temporary: tempfile::TempDir,
    all: Vec<PathBuf>,
    /// The one with the most output.
    largest: PathBuf,
}

impl Charts {
    /// Takes charts from all over a folder, each compared with the reference.
    pub(crate) fn open(tools: &Tools, folder: &Path) -> io::Result<Self> {
        let folder = folder.canonicalize()?;
        let temporary = tempfile::tempdir()?;
        let mut found = Vec::new();
        find(&folder, &mut found)?;
        let mut order: Vec<usize> = (0..found.len()).collect();
        // From everywhere, and the same ones each time.
        order.sort_by_key(|place| place.wrapping_mul(0x9E37_79B9) % 104_729);
        let (mut charts, mut bytes) = (Vec::new(), 0);
        let mut largest = (0, PathBuf::new());
        for chart in order.iter().filter_map(|place| found.get(*place)) {
            if charts.len() == CHARTS {
                break;
            }
            // What it refuses, or renders to something else each time, says nothing of speed.
            let want = || output_of(&mut tools.helm_template(chart), None);
            let (Ok(want), Ok(again)) = (want(), want()) else {
                continue;
            };
            if want != again {
                continue;
            }
            let got = output_of(&mut tools.lockgate_template(chart), None)?;
            if got != want {
                let chart = chart.display();
                return Err(io::Error::other(format!("{chart}: the outputs differ")));
            }
            let fleet = fleet(&folder, &temporary, "one", std::slice::from_ref(chart), 1)?;
            if output_of(&mut tools.lockgate("render", &fleet), None).is_err() {
                println!("left out, as its objects are no set: {}", chart.display());
                continue;
            }
            bytes += want.len();
            if want.len() > largest.0 {
                largest = (want.len(), chart.clone());
            }
            charts.push(chart.clone());
        }
        println!(
            "\n{} charts are byte for byte what `helm template` writes ({bytes} bytes).",
            charts.len()
        );
        Ok(Self {
            folder,
            temporary,
            all: charts,
            largest: largest.1,
        })
    }

    /// Races all charts, then the largest, then that one in many environments.
    pub(crate) fn race(&self, tools: &Tools, rounds: usize) -> io::Result<()> {
        let all = fleet(&self.folder, &self.temporary, "all", &self.all, 1)?;
        let lines = self
            .all
            .iter()
            .map(|chart| format!("{}\n", chart.display()));
        let list = self.temporary.path().join("list");
        fs::write(&list, lines.collect::<String>())?;
        let mut rows = [
            Row::new("`lockgate render`", None),
            Row::new(
                "a `helm template` per chart, one per core",
                Some(Target::AtLeast(25.0)),
            ),
        ];
        let mut render = tools.lockgate("render", &all);
        let mut processes = tools.helm_processes();
        for _ in 0..rounds {
            rows[0].push(repeated(&mut render, Output::Null)?);
            rows[1].push(measure::time(&mut processes, Some(&list), Output::Null)?);
        }
        table::print(&format!("Render {} charts", self.all.len()), &rows);

        let mut ours = tools.lockgate_template(&self.largest);
        let mut theirs = tools.helm_template(&self.largest);
        let mut rows = [
            Row::new("`lockgate template`", None),
            Row::new("`helm template`", Some(Target::AtLeast(8.0))),
        ];
        for _ in 0..rounds {
            rows[0].push(repeated(&mut ours, Output::Null)?);
            rows[1].push(repeated(&mut theirs, Output::Null)?);
        }
        let name = self
            .largest
            .strip_prefix(&self.folder)
            .unwrap_or(&self.largest);
        table::print(&format!("Render `{}`", name.display()), &rows);
        let ours = measure::peak_memory(&ours, None)? / 1024;
        let theirs = measure::peak_memory(&theirs, None)? / 1024;
        let mark = table::mark(ours * 3 <= theirs);
        println!("\nPeak memory: {ours} MB, the reference: {theirs} MB {mark}.");
        self.environments(tools, rounds)
    }

    /// Tells what an environment more costs.
    fn environments(&self, tools: &Tools, rounds: usize) -> io::Result<()> {
        let one = [self.largest.clone()];
        let one_environment = fleet(&self.folder, &self.temporary, "once", &one, 1)?;
        let many = fleet(
            &self.folder,
            &self.temporary,
            "often",
            &one,
            ENVIRONMENTS + 1,
        )?;
        let mut once = tools.lockgate("render", &one_environment);
        let mut often = tools.lockgate("render", &many);
        let (mut first, mut further) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let alone = repeated(&mut once, Output::Null)?;
            let together = repeated(&mut often, Output::Null)?;
            first.push(alone.as_secs_f64());
            let more = together.saturating_sub(alone);
            further.push(
                Duration::as_secs_f64(&more) / f64::from(u32::try_from(ENVIRONMENTS).unwrap_or(1)),
            );
        }
        let (first, further) = (median(&first), median(&further));
        println!(
            "\nIn one environment {}, each of {ENVIRONMENTS} more {}: {:.3} of the first, at most 0.1 {}.",
            milliseconds(first),
            milliseconds(further),
            further / first,
            table::mark(further * 10.0 <= first)
        );
        Ok(())
    }
}

/// Writes a fleet that renders charts in so many environments, and returns its file.
fn fleet(
    folder: &Path,
    temporary: &tempfile::TempDir,
    name: &str,
    charts: &[PathBuf],
    environments: usize,
) -> io::Result<PathBuf> {
    let root = temporary.path();
    let link = root.join("charts");
    if !link.exists() {
        // Links do not lead out of a fleet.
        let mut command = Command::new("cp");
        command.arg("-a").arg(folder).arg(&link);
        output_of(&mut command, None)?;
    }
    let mut text =
        "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {name: charts}\nspec:\n  environments:\n"
            .to_owned();
    for environment in 0..environments {
        let _ = writeln!(text, "  - name: e{environment}\n    sources:");
        for (number, chart) in charts.iter().enumerate() {
            let below = chart.strip_prefix(folder).unwrap_or(chart).display();
            let _ = writeln!(
                text,
                "    - helm: {{chart: 'charts/{below}', release: bench, namespace: demo, includeCRDs: false, skipTests: false}}\n      name: c{number}"
            );
        }
    }
    let file = root.join(format!("{name}.yaml"));
    fs::write(&file, text)?;
    Ok(file)
}

/// Finds charts that are no subcharts and no libraries.
fn find(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut to_visit = BTreeSet::from([folder.to_owned()]);
    while let Some(folder) = to_visit.pop_first() {
        let chart = folder.join("Chart.yaml");
        if chart.is_file() {
            let text = fs::read_to_string(&chart).unwrap_or_default();
            if !text
                .lines()
                .any(|line| line.starts_with("type:") && line.contains("library"))
            {
                found.push(folder);
            }
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_passed_over = [".git", "testdata", "fixtures", "vendor"];
            if entry.file_type()?.is_dir() && !is_passed_over.iter().any(|passed| name == *passed) {
                to_visit.insert(entry.path());
            }
        }
    }
    Ok(())
}
