//! The programs that race.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How charts are rendered; the chart follows.
const TEMPLATE: [&str; 6] = [
    "template",
    "--namespace",
    "demo",
    "--kube-version",
    "1.36.0",
    "bench",
];

/// Where each side's program is.
pub(crate) struct Tools {
    /// The reference, version 5.8.1.
    pub(crate) kustomize: PathBuf,
    /// `benches/krusty-peer`: the reference's library for many folders in one process.
    pub(crate) krusty_peer: PathBuf,
    /// The reference for charts, version 4.3.1.
    pub(crate) helm: PathBuf,
}

impl Tools {
    /// Finds the tools that `tests/provision` makes.
    pub(crate) fn find() -> io::Result<Self> {
        Ok(Self {
            kustomize: tool("kustomize")?,
            krusty_peer: tool("krusty-peer")?,
            helm: tool("helm")?,
        })
    }

    /// Returns a verb of Lockgate over a folder.
    #[expect(clippy::unused_self, reason = "beside `kustomize_build`")]
    pub(crate) fn lockgate(&self, verb: &str, folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
        command.arg(verb).arg(folder);
        command
    }

    /// Returns `lockgate template` of a chart.
    #[expect(clippy::unused_self, reason = "beside `helm_template`")]
    pub(crate) fn lockgate_template(&self, chart: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
        command.args(TEMPLATE).arg(chart);
        command
    }

    /// Returns `helm template` of a chart.
    pub(crate) fn helm_template(&self, chart: &Path) -> Command {
        let mut command = Command::new(&self.helm);
        command.args(TEMPLATE).arg(chart);
        command
    }

    /// Returns `helm template` for each chart that standard input lists, a process per core.
    pub(crate) fn helm_processes(&self) -> Command {
        let mut command = Command::new("xargs");
        command
            .args(["-P", &cores().to_string(), "-n", "1"])
            .arg(&self.helm)
            .args(TEMPLATE);
        command
    }

    /// Returns `kustomize build` of a folder.
    pub(crate) fn kustomize_build(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.kustomize);
        command.arg("build").arg(folder);
        command
    }

    /// Returns `kustomize build` for each folder that standard input lists, a process per core.
    pub(crate) fn kustomize_processes(&self) -> Command {
        let mut command = Command::new("xargs");
        command
            .args(["-P", &cores().to_string(), "-n", "1"])
            .arg(&self.kustomize)
            .arg("build");
        command
    }
}

/// Returns the number of cores.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn tool(name: &str) -> io::Result<PathBuf> {
    let tools = std::env::var_os("LOCKGATE_TEST_TOOLS").map_or_else(
        || {
            let home = std::env::var_os("HOME").unwrap_or_default();
            PathBuf::from(home).join(".cache/lockgate/tools")
        },
        PathBuf::from,
    );
    let path = tools.join("bin").join(name);
    if path.is_file() {
        return Ok(path);
    }
    Err(io::Error::other(format!(
        "no {name}: run tests/provision first"
    )))
}
