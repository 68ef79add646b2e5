//! Races Lockgate against the reference tools on a generated fleet and prints the ratios.
//!
//! `cargo bench --bench race [-- --rounds N] [--services N]`. Both sides run in turn, round by round, so
//! that a machine whose speed drifts treats them alike; a ratio is the median over the rounds. The peers
//! come from `tests/provision`. `docs/speed.md` holds the figures of a named machine.

#![allow(clippy::print_stdout, reason = "a report is what this program is for")]
#![allow(missing_docs, reason = "a program")]

mod fleet;
mod measure;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::Run;

const LOCKGATE: &str = env!("CARGO_BIN_EXE_lockgate");

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == measure::MEASURE
    {
        return measure::measure_child(rest);
    }
    let number = |flag: &str, default: usize| {
        let position = arguments.iter().position(|argument| argument == flag);
        position
            .and_then(|at| arguments.get(at + 1)?.parse().ok())
            .unwrap_or(default)
    };
    let folder = tempfile::tempdir()?;
    let race = Race::prepare(
        folder.path(),
        number("--services", 50),
        number("--rounds", 5),
    )?;
    println!(
        "{} overlays, {} rounds, {} cores",
        race.overlays.len(),
        race.rounds,
        cores()
    );
    race.render()?;
    race.single_build()?;
    race.check()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn tool(name: &str) -> io::Result<PathBuf> {
    let tools = std::env::var_os("LOCKGATE_TEST_TOOLS").map_or_else(
        || {
            PathBuf::from(std::env::var_os("HOME").unwrap_or_default())
                .join(".cache/lockgate/tools")
        },
        PathBuf::from,
    );
    let path = tools.join("bin").join(name);
    if path.is_file() {
        Ok(path)
    } else {
        Err(io::Error::other(format!(
            "no {name}: run tests/provision first"
        )))
    }
}

struct Race {
    fleet: PathBuf,
    overlays: Vec<PathBuf>,
    /// The overlays, a line each.
    list: PathBuf,
    rounds: usize,
    kustomize: PathBuf,
    krusty: PathBuf,
}

impl Race {
    fn prepare(folder: &Path, services: usize, rounds: usize) -> io::Result<Self> {
        let fleet = folder.join("fleet");
        std::fs::create_dir(&fleet)?;
        let overlays = fleet::generate(&fleet, services)?;
        let list = folder.join("overlays.txt");
        let lines: Vec<String> = overlays
            .iter()
            .map(|overlay| overlay.display().to_string())
            .collect();
        std::fs::write(&list, lines.join("\n") + "\n")?;
        Ok(Self {
            fleet,
            overlays,
            list,
            rounds,
            kustomize: tool("kustomize")?,
            krusty: tool("krusty-peer")?,
        })
    }

    /// All overlays: a process each, the reference's library in one process, and us.
    fn render(&self) -> io::Result<()> {
        let mut processes = Command::new("xargs");
        processes
            .args(["-P", &cores().to_string(), "-n", "1"])
            .arg(&self.kustomize)
            .arg("build");
        let mut library = Command::new(&self.krusty);
        let mut ours = self.lockgate("render");
        let rows = self.rounds(|| {
            let ours = measure::run(&mut ours, None)?;
            let library = measure::run(&mut library, Some(&self.list))?;
            let processes = measure::run(&mut processes, Some(&self.list))?;
            Ok([ours, library, processes])
        })?;
        title("render the fleet");
        line("lockgate render", &rows, 0, None);
        line(
            "kustomize as a library, one process",
            &rows,
            1,
            Some("target 20"),
        );
        line(
            "a kustomize process per overlay",
            &rows,
            2,
            Some("target 100"),
        );
        let peak = measure::run_with_memory(&self.lockgate("render"), None)?.peak_kib;
        let theirs = measure::run_with_memory(&library, Some(&self.list))?.peak_kib;
        println!(
            "  peak memory: {} MB (target below 150), the library {} MB",
            peak / 1024,
            theirs / 1024
        );
        Ok(())
    }

    /// One small overlay, process to process.
    fn single_build(&self) -> io::Result<()> {
        let Some(overlay) = self.overlays.first() else {
            return Ok(());
        };
        let build = |program: &Path| {
            let mut command = Command::new(program);
            command.arg("build").arg(overlay);
            command
        };
        let (mut ours, mut theirs) = (build(Path::new(LOCKGATE)), build(&self.kustomize));
        let mut rows = Vec::new();
        for _ in 0..self.rounds * 10 {
            rows.push([
                measure::run(&mut ours, None)?,
                measure::run(&mut theirs, None)?,
            ]);
        }
        title("build one overlay");
        line("lockgate build", &rows, 0, None);
        line("kustomize build", &rows, 1, Some("target 20"));
        Ok(())
    }

    /// What checking adds to rendering.
    fn check(&self) -> io::Result<()> {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let mut render = self.lockgate("render");
        let mut schemas = self.lockgate("check");
        schemas.arg("--no-policies").arg("--exit-zero");
        let mut policies = self.lockgate("check");
        policies.arg("--policies").arg(pack).arg("--exit-zero");
        let rows = self.rounds(|| {
            Ok([
                measure::run(&mut render, None)?,
                measure::run(&mut schemas, None)?,
                measure::run(&mut policies, None)?,
            ])
        })?;
        title("check the fleet (times the render alone)");
        line("lockgate render", &rows, 0, None);
        line("check: schemas", &rows, 1, Some("at most 2"));
        line("check: schemas and the pack", &rows, 2, Some("at most 6"));
        Ok(())
    }

    fn lockgate(&self, verb: &str) -> Command {
        let mut command = Command::new(LOCKGATE);
        command.arg(verb).arg(&self.fleet);
        command
    }

    fn rounds<const N: usize>(
        &self,
        mut round: impl FnMut() -> io::Result<[Run; N]>,
    ) -> io::Result<Vec<[Run; N]>> {
        round()?; // warm caches
        (0..self.rounds).map(|_| round()).collect()
    }
}

fn title(text: &str) {
    println!("\n{text}");
}

/// Prints a column's median time and its median ratio to the first column.
fn line<const N: usize>(name: &str, rows: &[[Run; N]], column: usize, target: Option<&str>) {
    let seconds = |run: &Run| run.wall.as_secs_f64();
    let time = median(rows.iter().map(|row| seconds(&row[column])).collect());
    let ratio = median(
        rows.iter()
            .map(|row| seconds(&row[column]) / seconds(&row[0]))
            .collect(),
    );
    let bytes = rows.first().map_or(0, |row| row[column].bytes);
    let target = target.map_or(String::new(), |target| format!(" ({target})"));
    println!(
        "  {name:<38} {:>10.1} ms {ratio:>8.1} x{target}  [{bytes} bytes]",
        time * 1000.0
    );
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
