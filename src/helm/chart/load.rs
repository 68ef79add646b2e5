//! Reads a chart from a folder or an archive.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::helm::known::Known;
use crate::helm::render::Parsed;
use crate::helm::repository::DependencyLock;
use crate::helm::schema::Schema;
use crate::helm::values::{Table, read};
use crate::source::{EntryKind, Tree, TreePath};
use crate::yaml::{FileId, Origin};

use super::metadata::Level;
use super::{Chart, ChartError, File, Metadata, archive, files};

/// How deep charts may hold charts.
const DEPTH: usize = 32;

/// Reads the chart at a path: a folder, or a packed chart.
pub fn load(tree: &dyn Tree, path: &TreePath) -> Result<Chart, ChartError> {
    let id = tree.file_id(path);
    match tree.kind(path)? {
        None => Err(ChartError::NoSuchChart {
            path: id.name().to_string(),
        }),
        Some(EntryKind::Directory) => {
            let chart = files::child(tree, path, "Chart.yaml")?;
            if tree.kind(&chart)? != Some(EntryKind::File) {
                return Err(ChartError::NoChartFile { folder: id });
            }
            assemble(files::collect(tree, path)?, id, Level::Root, DEPTH)
        }
        Some(EntryKind::File) => load_archive(&tree.read(path)?, id),
    }
}

/// Reads a packed chart.
pub fn load_archive(content: &[u8], id: FileId) -> Result<Chart, ChartError> {
    load_unpacked(archive::unpack(content, id)?, id)
}

/// Makes a chart of the files of a packed one.
pub(crate) fn load_unpacked(files: Vec<File>, id: FileId) -> Result<Chart, ChartError> {
    assemble(files, id, Level::Root, DEPTH)
}

/// Returns a file of a packed chart as it is.
pub(crate) fn file_of_archive(
    content: &[u8],
    id: FileId,
    path: &str,
) -> Result<Option<File>, ChartError> {
    let files = archive::unpack(content, id)?;
    Ok(files.into_iter().find(|file| file.name == path))
}

/// The same, as one in the `charts/` of another.
pub(crate) fn load_unpacked_subchart(files: Vec<File>, id: FileId) -> Result<Chart, ChartError> {
    assemble(files, id, Level::Subchart, DEPTH)
}

/// Makes a chart of its files.
fn assemble(
    files: Vec<File>,
    folder: FileId,
    level: Level,
    depth: usize,
) -> Result<Chart, ChartError> {
    let depth = depth.checked_sub(1).ok_or(ChartError::TooDeep {
        limit: DEPTH,
        at: Origin::file(folder),
    })?;
    let mut parts = Parts::default();
    let mut subcharts: BTreeMap<SmolStr, Vec<File>> = BTreeMap::new();
    for file in files {
        if let Some(rest) = file.name.strip_prefix("charts/")
            && !file.name.ends_with(".prov")
        {
            let name = SmolStr::from(rest.split('/').next().unwrap_or(rest));
            let file = File {
                name: rest.into(),
                ..file
            };
            subcharts.entry(name).or_default().push(file);
        } else {
            parts.add(file);
        }
    }
    let mut chart = parts.finish(folder, level)?;
    for (name, files) in subcharts {
        if name.starts_with(['_', '.']) {
            continue;
        }
        let subchart = subchart(&name, files, folder, depth);
        let subchart = subchart.map_err(|error| ChartError::Subchart {
            name: name.to_string(),
            error: Box::new(error),
        })?;
        chart.dependencies.push(Arc::new(subchart));
    }
    Ok(chart)
}

/// Reads what stands in `charts/` below one name: a folder, or a packed chart.
fn subchart(
    name: &str,
    files: Vec<File>,
    above: FileId,
    depth: usize,
) -> Result<Chart, ChartError> {
    let id = FileId::of(&format!("{}/charts/{name}", above.name()));
    let is_packed = Path::new(name).extension().is_some_and(|ext| ext == "tgz");
    if is_packed && let Some(file) = files.iter().find(|file| file.name == name) {
        let files = archive::unpack(file.data()?, file.id)?;
        return assemble(files, file.id, Level::Subchart, depth);
    }
    let below = |file: File| {
        let (_, rest) = file.name.split_once('/')?;
        Some(File {
            name: rest.into(),
            ..file
        })
    };
    let files = files.into_iter().filter_map(below).collect();
    assemble(files, id, Level::Subchart, depth)
}

/// The files of a chart by what they are.
#[derive(Default)]
struct Parts {
    chart: Option<File>,
    requirements: Option<File>,
    locks: Vec<File>,
    values: Option<File>,
    schema: Option<File>,
    templates: Vec<File>,
    files: Vec<File>,
}

impl Parts {
    fn add(&mut self, file: File) {
        match file.name.as_str() {
            "Chart.yaml" => self.chart = Some(file),
            "Chart.lock" => self.locks.push(file),
            "values.yaml" => self.values = Some(file),
            "values.schema.json" => self.schema = Some(file),
            "requirements.yaml" => {
                self.requirements = Some(file.clone());
                self.files.push(file);
            }
            "requirements.lock" => {
                self.locks.push(file.clone());
                self.files.push(file);
            }
            name if name.starts_with("templates/") => self.templates.push(file),
            _ => self.files.push(file),
        }
    }

    fn finish(mut self, folder: FileId, level: Level) -> Result<Chart, ChartError> {
        let Some(chart) = self.chart else {
            return Err(ChartError::NoChartFile { folder });
        };
        let requirements = match &self.requirements {
            Some(file) => Some((&**file.data()?, file.id)),
            None => None,
        };
        let metadata = Metadata::parse(chart.data()?, chart.id, requirements, level)?;
        let mut warnings = Vec::new();
        if metadata.api_version != "v1" {
            // Only the first version of charts has these, and only its templates see them.
            self.files.retain(|file| {
                let is_old = matches!(
                    file.name.as_str(),
                    "requirements.yaml" | "requirements.lock"
                );
                if is_old {
                    warnings.push(format!(
                        "`{}`: since apiVersion v2, dependencies stand in Chart.yaml and are locked in Chart.lock",
                        file.id.name()
                    ));
                }
                !is_old
            });
        }
        let mut lock = None;
        for file in &self.locks {
            lock = DependencyLock::read(file.data()?, file.id)?;
        }
        let values_file = match &self.values {
            Some(file) => file.id,
            None => FileId::of(&format!("{}/values.yaml", folder.name())),
        };
        let values = match &self.values {
            Some(file) => read::documents(file.data()?, file.id)?,
            None => Table::new(),
        };
        Ok(Chart {
            metadata,
            templates: self.templates,
            values,
            schema: self.schema.map(Schema::new),
            files: self.files,
            dependencies: Vec::new(),
            lock,
            values_file,
            warnings,
            texts: Arc::default(),
            parsed: Parsed::default(),
            known: Known::default(),
        })
    }
}
