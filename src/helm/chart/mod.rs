//! A chart: what a folder or an archive holds, parsed once and shared by all renders of it.
//!
//! [`load`] reads one; [`files`] finds its files in a tree, by the rules of [`ignore`]; [`archive`] unpacks one.

pub(crate) mod archive;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod ignore;
pub mod load;
pub mod metadata;
pub(crate) mod version;

use std::sync::Arc;

use smol_str::SmolStr;

use crate::source::{Content, SourceError};
use crate::template::Texts;
use crate::yaml::{FileId, Origin};

pub use error::ChartError;
pub(crate) use load::{file_of_archive, load_unpacked, load_unpacked_subchart};
pub use load::{load, load_archive};
pub use metadata::{Dependency, ImportValues, Metadata};

use super::known::Known;
use super::render::Parsed;
use super::repository::DependencyLock;
use super::schema::Schema;
use super::values::Table;

/// A chart and those that it brings along.
#[derive(Debug)]
pub struct Chart {
    /// Its `Chart.yaml`.
    pub metadata: Metadata,
    /// The files below `templates/`.
    pub templates: Vec<File>,
    /// The defaults.
    pub values: Table,
    /// The schema of the values.
    pub schema: Option<Schema>,
    /// All other files, which templates can read.
    pub files: Vec<File>,
    /// The charts in `charts/`.
    pub dependencies: Vec<Arc<Chart>>,
    /// What its lock file says.
    pub lock: Option<DependencyLock>,
    /// The file of the defaults, be it there or not.
    pub values_file: FileId,
    /// What is odd, but no reason to refuse the chart.
    pub warnings: Vec<String>,
    /// Texts of templates that are parsed once for all charts that have them.
    pub(crate) texts: Arc<Texts>,
    /// Its templates and those below, parsed.
    pub(crate) parsed: Parsed,
    /// What those rendered to.
    pub(crate) known: Known,
}

/// A file of a chart.
#[derive(Clone, Debug)]
pub struct File {
    /// The path from the chart's folder.
    pub name: SmolStr,
    /// The content, without a byte order mark.
    pub content: Content,
    /// The name under which people know it.
    pub id: FileId,
}

impl File {
    /// The content.
    ///
    /// # Errors
    ///
    /// Where it was to be read later, and can't be read any more.
    pub fn data(&self) -> Result<&Arc<[u8]>, SourceError> {
        self.content.get().map_err(Clone::clone)
    }

    /// The content for who cannot fail; nothing where it can't be read any more, which [`Chart::check_read`] tells.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.content.get().map_or(&[], |data| data)
    }
}

impl Chart {
    /// Refuses a chart of which a file could not be read when somebody asked for it.
    pub(crate) fn check_read(&self) -> Result<(), ChartError> {
        if let Some(error) = self.files.iter().find_map(|file| file.content.failed()) {
            return Err(ChartError::Source(error.clone()));
        }
        self.dependencies
            .iter()
            .try_for_each(|chart| chart.check_read())
    }

    /// The place that stands for the defaults as a whole.
    pub(crate) fn values_origin(&self) -> Origin {
        Origin::file(self.values_file)
    }

    /// Whether `Chart.yaml` names charts that are not in `charts/`.
    pub fn lacks_dependencies(&self) -> bool {
        !super::dependencies::missing(self).is_empty()
    }

    /// The same chart with other defaults.
    #[must_use]
    pub fn with_values(&self, values: Table, values_file: FileId) -> Self {
        Self {
            metadata: self.metadata.clone(),
            templates: self.templates.clone(),
            values,
            schema: self.schema.as_ref().map(Schema::again),
            files: self.files.clone(),
            dependencies: self.dependencies.clone(),
            lock: self.lock.clone(),
            values_file,
            warnings: self.warnings.clone(),
            texts: Arc::clone(&self.texts),
            parsed: Parsed::default(),
            known: Known::default(),
        }
    }

    /// Lets it share parsed texts with other charts.
    #[must_use]
    pub fn sharing(mut self, texts: &Arc<Texts>) -> Self {
        self.texts = Arc::clone(texts);
        self
    }

    /// Whether it only serves others.
    pub fn is_library(&self) -> bool {
        self.metadata.kind.eq_ignore_ascii_case("library")
    }
}
