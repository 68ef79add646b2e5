//! Generated fleets: services in environments, each overlay a folder of its own.

mod plain;
mod rich;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The environments of each fleet.
const ENVIRONMENTS: [&str; 5] = ["dev", "test", "staging", "canary", "prod"];

/// What the overlays of a fleet are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Three layers: a base that all share, a service, an environment.
    Plain,
    /// Four layers with components, replacements, patches of each type, larger `ConfigMaps` and many kinds.
    Rich,
}

/// A fleet on disk.
pub(crate) struct Fleet {
    /// Its folder, which holds a `lockgate.yaml`.
    pub(crate) folder: PathBuf,
    /// Its overlays.
    pub(crate) overlays: Vec<Overlay>,
}

/// A folder that is built.
pub(crate) struct Overlay {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// Where `lockgate render -o DIR --layout component` writes it.
    pub(crate) rendered: PathBuf,
}

impl Fleet {
    /// Writes a fleet into a new folder.
    pub(crate) fn generate(folder: PathBuf, style: Style, services: usize) -> io::Result<Self> {
        let files = match style {
            Style::Plain => plain::files(services),
            Style::Rich => rich::files(services),
        };
        for (name, content) in &files {
            write(&folder, name, content)?;
        }
        write(&folder, "lockgate.yaml", &fleet_file())?;
        let overlays = (0..services)
            .flat_map(|number| ENVIRONMENTS.map(|environment| (service(number), environment)))
            .map(|(service, environment)| Overlay {
                folder: folder.join(overlay_folder(&service, environment)),
                rendered: Path::new(environment).join(format!("{service}.yaml")),
            })
            .collect();
        Ok(Self { folder, overlays })
    }
}

impl Fleet {
    /// Writes a second fleet file, of the same overlays under all policies that are built in, and returns
    /// its path.
    pub(crate) fn with_policies(&self) -> io::Result<PathBuf> {
        let pack = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let mut names = Vec::new();
        for entry in fs::read_dir(pack)? {
            let entry = entry?;
            if entry.path().is_dir() {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort_unstable();
        let path = self.folder.join("with-policies.yaml");
        let list = names.join(", ");
        let policies = format!("  policies: [{{pack: [{list}], action: warn}}]\n");
        fs::write(&path, fleet_file() + &policies)?;
        Ok(path)
    }
}

/// Files by path.
type Files = Vec<(String, String)>;

fn write(root: &Path, name: &str, content: &str) -> io::Result<()> {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(path, content)
}

fn service(number: usize) -> String {
    format!("svc-{number:03}")
}

fn overlay_folder(service: &str, environment: &str) -> String {
    format!("apps/{service}/overlays/{environment}")
}

fn fleet_file() -> String {
    let mut text = String::from(
        "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {name: race}\nspec:\n  kubernetes: \"1.36\"\n  environments:\n",
    );
    for environment in ENVIRONMENTS {
        let _ = writeln!(
            text,
            "  - name: {environment}\n    sources: [{{kustomize: apps/*/overlays/{environment}}}]"
        );
    }
    text
}
