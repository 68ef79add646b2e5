//! Races Lockgate against the reference tools on generated fleets and prints the ratios.
//!
//! `cargo bench --bench race [-- [PART]... --rounds N --services N]`. Before a race the outputs of all
//! sides are compared. The sides run in turn, round by round, so that a machine whose speed drifts treats
//! them alike; what is short runs several times in a round, of which the median counts. The peers come
//! from `tests/provision`. `docs/speed.md` holds the figures of a named machine.

#![allow(clippy::print_stdout, reason = "a report is what this program is for")]
#![allow(missing_docs, reason = "a program")]

mod charts;
mod fleet;
mod growth;
mod measure;
mod repository;
mod table;
mod tools;
mod verify;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Parser as _;

use charts::Charts;
use fleet::{Fleet, Style};
use measure::Output;
use repository::Repository;
use table::{Row, Target};
use tools::Tools;

/// How often a short command runs in a round.
const REPEATS: usize = 5;

/// Race Lockgate against the reference tools
#[derive(clap::Parser)]
struct Arguments {
    /// What to race; all if none is named
    parts: Vec<Part>,

    /// How often each side runs
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// The services of a fleet, each in five environments
    #[arg(long, default_value_t = 50)]
    services: usize,

    /// The clone of a public repository that is raced, too
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,

    /// A folder with public charts that are raced, too; their dependencies are in `charts/`
    #[arg(long, value_name = "DIR")]
    charts: Option<PathBuf>,

    /// Write a fleet to this folder and race nothing
    #[arg(long, value_name = "DIR")]
    generate: Option<PathBuf>,

    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// `render` of the three-level fleet
    Fleet,
    /// `render` of the fleet that holds much of what kustomizations can
    Rich,
    /// `build` of one overlay
    Build,
    /// `check` of both fleets
    Check,
    /// `build` of more and more
    Growth,
    /// `build` and `render` of a clone of a public repository
    Repository,
    /// `template` and `render` of public charts
    Charts,
}

fn main() -> io::Result<()> {
    let raw: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = raw.split_first()
        && first == measure::MEASURE
    {
        return measure::measure_child(rest);
    }
    let arguments = Arguments::parse();
    let has = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    if let Some(folder) = arguments.generate {
        let style = if arguments.parts.contains(&Part::Rich) {
            Style::Rich
        } else {
            Style::Plain
        };
        return Fleet::generate(folder, style, arguments.services).map(drop);
    }
    let tools = Tools::find()?;
    let folder = tempfile::tempdir()?;
    if arguments.parts.contains(&Part::Repository) && arguments.repository.is_none() {
        return Err(io::Error::other(
            "say --repository DIR: the folder of a clone",
        ));
    }
    if arguments.parts.contains(&Part::Charts) && arguments.charts.is_none() {
        return Err(io::Error::other("say --charts DIR: a folder with charts"));
    }
    println!("{} rounds on {} cores", arguments.rounds, tools::cores());
    let race = |style, name: &str| {
        let fleet = Fleet::generate(folder.path().join(name), style, arguments.services)?;
        Race::new(&tools, fleet, arguments.rounds)
    };
    let plain = race(Style::Plain, "plain")?;
    let rich = race(Style::Rich, "rich")?;
    if has(Part::Fleet) {
        plain.render("Render 250 overlays of three levels")?;
    }
    if has(Part::Rich) {
        rich.render("Render 250 overlays of four levels, with all kinds of fields")?;
    }
    if has(Part::Build) {
        plain.build("Build one overlay of three levels")?;
        rich.build("Build one overlay of four levels, with all kinds of fields")?;
    }
    if has(Part::Check) {
        plain.check("Check the fleet of three levels")?;
        rich.check("Check the fleet of four levels")?;
    }
    if has(Part::Growth) {
        growth::run(&tools, &folder.path().join("growth"), arguments.rounds)?;
    }
    if let Some(clone) = arguments.repository.filter(|_| has(Part::Repository)) {
        Repository::open(&tools, &clone)?.race(&tools, arguments.rounds)?;
    }
    if let Some(charts) = arguments.charts.filter(|_| has(Part::Charts)) {
        Charts::open(&tools, &charts)?.race(&tools, arguments.rounds)?;
    }
    Ok(())
}

/// A fleet and who races on it.
struct Race<'t> {
    tools: &'t Tools,
    fleet: Fleet,
    /// The file that lists the overlays.
    list: PathBuf,
    rounds: usize,
}

impl<'t> Race<'t> {
    fn new(tools: &'t Tools, fleet: Fleet, rounds: usize) -> io::Result<Self> {
        let list = fleet.folder.with_extension("txt");
        let lines = fleet.overlays.iter();
        let lines = lines.map(|overlay| format!("{}\n", overlay.folder.display()));
        std::fs::write(&list, lines.collect::<String>())?;
        Ok(Self {
            tools,
            fleet,
            list,
            rounds,
        })
    }

    fn lockgate(&self, verb: &str) -> Command {
        self.tools.lockgate(verb, &self.fleet.folder)
    }

    /// All overlays: by us, by the reference's library in one process, by a process each.
    fn render(&self, title: &str) -> io::Result<()> {
        verify::same_bytes(self.tools, &self.fleet, &self.list)?;
        let written = tempfile::tempdir()?;
        let mut to_folder = self.lockgate("render");
        to_folder.arg("-o").arg(written.path().join("set"));
        let mut library = Command::new(&self.tools.krusty_peer);
        let mut processes = self.tools.kustomize_processes();
        let mut rows = [
            Row::new("`lockgate render`, to `/dev/null`", None),
            Row::new("… into a pipe", None),
            Row::new("… with `-o DIR`, a file per object", None),
            Row::new(
                "the reference's library, one process",
                Some(Target::AtLeast(20.0)),
            ),
            Row::new(
                "a `kustomize build` per overlay, one per core",
                Some(Target::AtLeast(100.0)),
            ),
        ];
        for _ in 0..self.rounds {
            let times = [
                repeated(&mut self.lockgate("render"), Output::Null)?,
                repeated(&mut self.lockgate("render"), Output::Pipe)?,
                repeated(&mut to_folder, Output::Null)?,
                measure::time(&mut library, Some(&self.list), Output::Null)?,
                measure::time(&mut processes, Some(&self.list), Output::Null)?,
            ];
            for (row, time) in rows.iter_mut().zip(times) {
                row.push(time);
            }
        }
        table::print(title, &rows);
        let ours = measure::peak_memory(&self.lockgate("render"), None)? / 1024;
        let theirs = measure::peak_memory(&library, Some(&self.list))? / 1024;
        println!(
            "\nPeak memory: {ours} MB (target below 150 {}); the library: {theirs} MB.",
            table::mark(ours < 150)
        );
        Ok(())
    }

    /// One overlay, from process start to end.
    fn build(&self, title: &str) -> io::Result<()> {
        let Some(overlay) = self.fleet.overlays.first() else {
            return Ok(());
        };
        verify::same_build(self.tools, &overlay.folder)?;
        let mut rows = [
            Row::new("`lockgate build`", None),
            Row::new("`kustomize build`", Some(Target::AtLeast(20.0))),
        ];
        for _ in 0..self.rounds * 2 {
            let mut ours = self.tools.lockgate("build", &overlay.folder);
            rows[0].push(repeated(&mut ours, Output::Null)?);
            let mut theirs = self.tools.kustomize_build(&overlay.folder);
            rows[1].push(repeated(&mut theirs, Output::Null)?);
        }
        table::print(title, &rows);
        Ok(())
    }

    /// What checking adds to rendering.
    fn check(&self, title: &str) -> io::Result<()> {
        let check = |fleet: &Path| {
            let mut command = self.tools.lockgate("check", fleet);
            command.arg("--exit-zero");
            command
        };
        let mut schemas = check(&self.fleet.folder);
        let mut policies = check(&self.fleet.with_policies()?);
        let mut rows = [
            Row::new("`lockgate render`", None),
            Row::new("`lockgate check`, schemas", Some(Target::AtMost(2.0))),
            Row::new(
                "`lockgate check`, schemas and the policy pack",
                Some(Target::AtMost(6.0)),
            ),
        ];
        for _ in 0..self.rounds {
            rows[0].push(repeated(&mut self.lockgate("render"), Output::Null)?);
            rows[1].push(repeated(&mut schemas, Output::Null)?);
            rows[2].push(repeated(&mut policies, Output::Null)?);
        }
        table::print(title, &rows);
        Ok(())
    }
}

/// Returns the median time of several runs.
fn repeated(command: &mut Command, output: Output) -> io::Result<Duration> {
    let mut times = Vec::with_capacity(REPEATS);
    for _ in 0..REPEATS {
        times.push(measure::time(command, None, output)?);
    }
    times.sort_unstable();
    Ok(times.get(REPEATS / 2).copied().unwrap_or_default())
}
