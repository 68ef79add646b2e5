//! The arguments that say what objects are held to, for the verbs that check.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::check::{Finding, Schemas, Severity, check};
use crate::policy::pack::PackTree;
use crate::policy::{Owner, PolicyErrors, PolicySet, Source};
use crate::render::RenderedSet;
use crate::render::fleet::PolicyAction;
use crate::report::Sources;
use crate::report::findings::{self, Checked, Format};
use crate::report::snippet::Color;
use crate::source::{DiskTree, Tree, TreePath};

use super::fleet::OpenFleet;
use super::outcome::CommandError;

/// What objects are held to.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Leave out the schemas
    #[arg(long)]
    no_schemas: bool,

    /// Hold objects to the schemas of this file, which `lockgate schema export` wrote, where an
    /// environment has its Kubernetes version; may be given more than once
    #[arg(long = "schemas", value_name = "FILE", conflicts_with = "no_schemas")]
    schemas: Vec<PathBuf>,

    /// Leave out the policies that the fleet names
    #[arg(long)]
    no_policies: bool,

    /// Add the policies of this file or folder; may be given more than once
    #[arg(long = "policies", value_name = "PATH")]
    policies: Vec<PathBuf>,
}

/// What was found, with the trees that its places are in.
pub(crate) struct Findings {
    /// What was found.
    pub(crate) findings: Vec<Finding>,
    trees: Vec<Arc<dyn Tree>>,
}

impl CheckArgs {
    /// Checks a rendered set. Policies are read only where there are any.
    pub(crate) fn check(
        &self,
        set: &RenderedSet,
        open: &OpenFleet,
    ) -> Result<Findings, CommandError> {
        let mut trees: Vec<Arc<dyn Tree>> = vec![Arc::clone(&open.tree), open.remotes.clone()];
        let policies = self
            .load_policies(open, &mut trees)
            .map_err(|error| trees.iter().fold(error, CommandError::drawn_from))?;
        let bundles = self
            .schemas
            .iter()
            .map(|path| super::schema::read_bundle(path))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let schemas = if self.no_schemas {
            Schemas::Skip
        } else {
            Schemas::Check(&bundles)
        };
        let findings = check(set, schemas, &policies).map_err(|error| anyhow!(error))?;
        Ok(Findings { findings, trees })
    }

    fn load_policies(
        &self,
        open: &OpenFleet,
        trees: &mut Vec<Arc<dyn Tree>>,
    ) -> Result<PolicySet, CommandError> {
        let added: Vec<(Arc<dyn Tree>, TreePath)> = self
            .policies
            .iter()
            .map(|path| open_on_disk(path))
            .collect::<Result<_, _>>()?;
        trees.extend(added.iter().map(|(tree, _)| Arc::clone(tree)));
        trees.push(Arc::new(PackTree));
        let mut sources = Vec::new();
        if !self.no_policies {
            sources = fleet_sources(open)?;
        }
        sources.extend(added.iter().map(|(tree, path)| Source {
            tree: tree.as_ref(),
            path: path.clone(),
            action: PolicyAction::Deny,
            origin: None,
            owner: Owner::Repository,
        }));
        Ok(PolicySet::load(&sources)?)
    }
}

/// Returns where the policies of a fleet are.
pub(crate) fn fleet_sources(open: &OpenFleet) -> Result<Vec<Source<'_>>, PolicyErrors> {
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for source in &open.fleet.policies {
        match Source::of(source, open.tree.as_ref()) {
            Ok(source) => sources.push(source),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(sources)
    } else {
        Err(PolicyErrors(errors))
    }
}

/// Opens the folder that a path is in or is, and returns the path within it.
pub(crate) fn open_on_disk(path: &Path) -> anyhow::Result<(Arc<dyn Tree>, TreePath)> {
    let here = std::env::current_dir().context("the current folder is gone")?;
    let (folder, within) = if path.is_dir() {
        (path, TreePath::root())
    } else {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .with_context(|| format!("`{}` is not a file's name", path.display()))?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        (folder, TreePath::new(name)?)
    };
    if !path.exists() {
        anyhow::bail!("`{}` does not exist", path.display());
    }
    Ok((Arc::new(DiskTree::open(folder, &here)?), within))
}

impl Findings {
    /// Tells whether a finding shuts the gate.
    pub(crate) fn is_shut(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    /// Returns how much was checked and found, in one line.
    pub(crate) fn summary(&self, set: &RenderedSet) -> String {
        findings::summary_line(&self.findings, &Checked::of(set))
    }

    /// Returns the findings in a format, with the lines that they are about.
    pub(crate) fn written(
        &self,
        set: &RenderedSet,
        format: Format,
        color: Color,
    ) -> anyhow::Result<Vec<u8>> {
        let checked = Checked::of(set);
        let sources = Sources::trees(self.trees.iter().map(AsRef::as_ref));
        let mut text = Vec::new();
        findings::write(&self.findings, &checked, &sources, format, color, &mut text)
            .context("cannot write the findings")?;
        Ok(text)
    }
}
