//! Helm charts in kustomizations, rendered in process.
//!
//! What the reference tool hands to `helm template` is decided here: which chart, which values, which flags.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::helm::repository::{ChartReference, FetchedArchive, LoadedChart, RepositoryError};
use crate::helm::values::Table;
use crate::helm::values::read::{documents, value};
use crate::helm::{self, Capabilities, DocumentsError, Hooks, KubeVersion, Options, Show};
use crate::merge::{Schemas, strategic_merge};
use crate::source::{EntryKind, SourceError, TreePath};
use crate::yaml::{DuplicateKeys, FileId, Limits, Node, Origin, parse_version_2};

use super::accumulate::Target;
use super::documents::Names;
use super::file::decode::{Rules, decode};
use super::file::{HelmChart, HelmGlobals, Text, Warning};
use super::history::Writer;
use super::layer::Layer;
use super::made::resources;
use super::place::Place;
use super::provenance::Provenance;
use super::steps::plugin_provenance;
use super::{BuildError, Builder, HelmCharts, Made, Resource};

/// The kind of the plugin that renders a chart.
pub(super) const KIND: &str = "HelmChartInflationGenerator";

/// The folder of charts where `helmGlobals` names none.
const CHART_HOME: &str = "charts";

/// The name of a release that has none, as in `helm template`.
const RELEASE: &str = "release-name";

/// The annotation by which the reference tool knows what a chart rendered: no namespace is set on it.
const HELM_GENERATED: &str = "internal.config.kubernetes.io/helm-generated";

impl Builder<'_> {
    /// Reads the chart at a path of the tree with what it lacks, once for all builds.
    pub fn chart(&self, path: &TreePath) -> Result<Arc<LoadedChart>, helm::Error> {
        let key = Place {
            home: 0,
            path: path.clone(),
        };
        if let Some(known) = self.context().cache.charts.get(&key) {
            return Ok(known);
        }
        let loaded = Arc::new(self.charts().load_local(self.tree(), path)?);
        self.context().cache.charts.insert(key, &loaded);
        Ok(loaded)
    }
}

impl Target<'_> {
    /// Renders the charts of the kustomization.
    pub(super) fn inflate_charts(&self, layer: &mut Layer) -> Result<(), BuildError> {
        let globals = self.kustomization.helm_globals.as_ref();
        let home = globals.map(|globals| &globals.chart_home);
        for chart in &self.kustomization.helm_charts {
            let mut chart = chart.clone();
            if chart.namespace.is_empty() {
                layer.knows_helm_namespace = true;
                chart.namespace.text = self.helm_namespace();
            }
            let made = self.inflate(&chart, home)?;
            absorb_made(layer, made, || self.built_in_provenance(KIND))?;
        }
        Ok(())
    }

    /// Renders the chart that a plugin's configuration names.
    pub(super) fn inflate_plugin(
        &self,
        layer: &mut Layer,
        plugin: &Resource,
    ) -> Result<(), BuildError> {
        let what = "configuration of a generator";
        let chart: HelmChart = decode(&plugin.node, what, Rules::Plugin)?;
        let globals: HelmGlobals = decode(&plugin.node, what, Rules::Plugin)?;
        let mut made = self.inflate(&chart, Some(&globals.chart_home))?;
        made.step = KIND;
        absorb_made(layer, made, || plugin_provenance(plugin))
    }

    /// The namespace of charts that name none: that of this kustomization, or of those that lead here.
    pub(super) fn helm_namespace(&self) -> SmolStr {
        if self.kustomization.namespace.is_empty() {
            self.inherited_namespace.clone()
        } else {
            self.kustomization.namespace.text.clone()
        }
    }

    /// Renders a chart as `helm template` does with what the reference tool hands to it.
    pub(super) fn inflate(
        &self,
        chart: &HelmChart,
        chart_home: Option<&Text>,
    ) -> Result<Made, BuildError> {
        let at = chart.origin;
        if self.context.options.helm == HelmCharts::Refused {
            return Err(BuildError::HelmRefused { at });
        }
        if chart.name.is_empty() {
            return Err(BuildError::NoChartName { at });
        }
        let folder = folder(chart, chart_home);
        let fetched = self.fetched(chart, &folder)?;
        let values = self.chart_values(chart, &folder, fetched.as_ref())?;
        let loaded = match &fetched {
            Some(fetched) => self.load_fetched(chart, &fetched.reference)?,
            None => self.load_chart(chart, &folder)?,
        };
        let options = self.helm_options(chart, values)?;
        let show = Show {
            crds: chart.include_crds,
            hooks: match (chart.skip_hooks, chart.skip_tests) {
                (true, _) => Hooks::None,
                (false, true) => Hooks::NoTests,
                (false, false) => Hooks::All,
            },
        };
        let (rendered, documents) =
            helm::documents(&loaded.chart, &options, show, DuplicateKeys::Refused).map_err(
                |error| match error {
                    DocumentsError::Chart(error) => BuildError::Helm { error, at },
                    DocumentsError::Document(error) => error.into(),
                },
            )?;
        Ok(Made {
            step: "helmCharts",
            at,
            documents,
            reads: loaded.reads.clone(),
            warnings: warnings_of(&rendered, at),
        })
    }

    fn helm_options(&self, chart: &HelmChart, values: Table) -> Result<Options, BuildError> {
        let at = chart.origin;
        let name = match (&*chart.release_name, &*chart.name_template) {
            ("", "") => RELEASE.to_owned(),
            ("", template) => {
                helm::release::name_of(template).map_err(|error| BuildError::Helm {
                    error: Box::new(error),
                    at,
                })?
            }
            (name, "") => name.to_owned(),
            _ => return Err(BuildError::TwoReleaseNames { at }),
        };
        let defaults = &self.context.options.helm_defaults;
        let mut capabilities = Capabilities::default();
        let version = match &*chart.kube_version {
            "" => defaults.kube_version.as_deref().unwrap_or_default(),
            version => version,
        };
        if !version.is_empty() {
            capabilities.kube_version =
                KubeVersion::parse(version).map_err(|_| BuildError::KubeVersion {
                    version: version.to_owned(),
                    at,
                })?;
        }
        if chart.api_versions.is_empty() {
            capabilities
                .api_versions
                .extend(defaults.api_versions.iter().cloned());
        } else {
            let versions = chart.api_versions.iter().map(|version| version.to_string());
            capabilities.api_versions.extend(versions);
        }
        let mut options = Options::new(name);
        if !chart.namespace.is_empty() {
            options.namespace = chart.namespace.to_string();
        }
        options.values = values;
        options.capabilities = capabilities;
        options.tracing = self.context.options.tracing;
        options.randomness = self.context.options.randomness.clone();
        Ok(options)
    }

    /// The chart, where it is not in the folder of charts but has a repository. The reference tool would write it into
    /// that folder.
    fn fetched(&self, chart: &HelmChart, folder: &str) -> Result<Option<Fetched>, BuildError> {
        if chart.repo.is_empty() || self.chart_folder(chart, folder)?.is_some() {
            return Ok(None);
        }
        let of_helm = |error: RepositoryError| BuildError::Helm {
            error: Box::new(error.into()),
            at: chart.origin,
        };
        let version = Some(&*chart.version);
        let reference = ChartReference::of_repository(&chart.repo, &chart.name, version);
        let reference = reference.map_err(of_helm)?;
        let archive = self.context.charts.archive(&reference).map_err(of_helm)?;
        let folder = format!("{folder}/");
        Ok(Some(Fetched {
            reference,
            archive,
            folder,
        }))
    }

    fn load_fetched(
        &self,
        chart: &HelmChart,
        reference: &ChartReference,
    ) -> Result<Arc<LoadedChart>, BuildError> {
        let loaded = self.context.charts.load(reference);
        loaded.map_err(|error| BuildError::Helm {
            error: Box::new(error.into()),
            at: chart.origin,
        })
    }

    /// Returns the folder of the chart in the tree, if it is there.
    fn chart_folder(
        &self,
        chart: &HelmChart,
        folder: &str,
    ) -> Result<Option<TreePath>, BuildError> {
        let path = self.files.chart_folder(&Text {
            text: folder.into(),
            ..chart.name.clone()
        })?;
        let kind = self.files.tree().kind(&path);
        let kind = kind.map_err(|error| BuildError::Source {
            error,
            at: Some(chart.origin),
        })?;
        Ok((kind == Some(EntryKind::Directory)).then_some(path))
    }

    /// Reads a file of values: one of a chart that was fetched comes from its archive.
    fn values_file(
        &self,
        file: &Text,
        fetched: Option<&Fetched>,
    ) -> Result<(FileId, Arc<[u8]>), BuildError> {
        let within = fetched.and_then(|fetched| {
            let path = file.strip_prefix(fetched.folder.as_str())?;
            Some((fetched, path))
        });
        let Some((fetched, path)) = within else {
            return self.files.content(file);
        };
        let archive = &fetched.archive;
        let found = helm::chart::file_of_archive(&archive.content, archive.file, path);
        let found = found.and_then(|file| {
            let file = file.map(|file| Ok((file.id, Arc::clone(file.data()?))));
            file.transpose()
        });
        let found = found.map_err(|error| BuildError::Helm {
            error: Box::new(error.into()),
            at: file.origin,
        })?;
        found.ok_or_else(|| BuildError::Source {
            error: SourceError::NotFound {
                file: FileId::of(file),
            },
            at: Some(file.origin),
        })
    }

    /// The values: those of the file, with those in place laid over or under them, and of more files.
    fn chart_values(
        &self,
        chart: &HelmChart,
        folder: &str,
        fetched: Option<&Fetched>,
    ) -> Result<Table, BuildError> {
        let file = if chart.values_file.is_empty() {
            Text {
                text: format!("{folder}/values.yaml").into(),
                ..chart.name.clone()
            }
        } else {
            chart.values_file.clone()
        };
        let merge = match &*chart.values_merge {
            "" | "override" => ValuesMerge::Override,
            "merge" => ValuesMerge::Merge,
            "replace" => ValuesMerge::Replace,
            other => {
                return Err(BuildError::ValuesMerge {
                    found: other.to_owned(),
                    at: chart.values_merge.origin,
                });
            }
        };
        let inline = chart.values_inline.as_ref();
        let inline = inline.filter(|inline| inline.as_mapping().is_some_and(|map| !map.is_empty()));
        let mut values = match (inline, merge) {
            (None, _) => {
                let (id, content) = self.values_file(&file, fetched)?;
                documents(&content, id).map_err(helm_values)?
            }
            (Some(inline), ValuesMerge::Replace) => table(inline)?,
            (Some(inline), merge) => {
                let (id, content) = self.values_file(&file, fetched)?;
                let limits = Limits::default();
                let own = parse_version_2(&content, id, &limits, DuplicateKeys::LastCounts)?;
                let own = own.unwrap_or_else(|| {
                    Node::mapping(crate::yaml::Mapping::default(), Origin::file(id))
                });
                let (under, over) = match merge {
                    ValuesMerge::Override => (&own, inline),
                    _ => (inline, &own),
                };
                match strategic_merge(under, over, &Schemas::default())
                    .map_err(BuildError::HelmMerge)?
                {
                    Some(merged) => table(&merged)?,
                    None => Table::new(),
                }
            }
        };
        for file in &chart.additional_values_files {
            let (id, content) = self.values_file(file, fetched)?;
            values = values.overlaid(&documents(&content, id).map_err(helm_values)?);
        }
        Ok(values)
    }

    fn load_chart(&self, chart: &HelmChart, folder: &str) -> Result<Arc<LoadedChart>, BuildError> {
        let at = chart.origin;
        let tree = self.files.tree();
        let Some(path) = self.chart_folder(chart, folder)? else {
            let path = self.files.chart_folder(&Text {
                text: folder.into(),
                ..chart.name.clone()
            })?;
            return Err(BuildError::NoChart {
                folder: tree.file_id(&path).name().to_string(),
                at,
            });
        };
        let key = Place {
            home: self.chain.home.number(),
            path: path.clone(),
        };
        if let Some(known) = self.context.cache.charts.get(&key) {
            return Ok(known);
        }
        let loaded = self.context.charts.load_local(tree, &path);
        let mut loaded = loaded.map_err(|error| BuildError::Helm {
            error: Box::new(error),
            at,
        })?;
        if key.home != 0 {
            // What a repository holds follows from its commit.
            loaded.reads.leave_out_trees();
        }
        let loaded = Arc::new(loaded);
        self.context.cache.charts.insert(key, &loaded);
        Ok(loaded)
    }
}

/// A chart that was fetched, in place of one in the folder of charts.
struct Fetched {
    reference: ChartReference,
    archive: Arc<FetchedArchive>,
    /// Where the reference tool would have put it, with a slash behind.
    folder: String,
}

#[derive(Clone, Copy)]
enum ValuesMerge {
    /// Values in place go over those of the file.
    Override,
    /// Those of the file go over values in place.
    Merge,
    /// Values in place are all there is.
    Replace,
}

/// The chart's folder as a path from the kustomization's.
fn folder(chart: &HelmChart, chart_home: Option<&Text>) -> String {
    let home = chart_home
        .map(|home| &**home)
        .filter(|home| !home.is_empty());
    let home = home.unwrap_or(CHART_HOME).trim_end_matches('/');
    if chart.version.is_empty() || chart.repo.is_empty() {
        return format!("{home}/{}", &*chart.name);
    }
    // So the reference tool keeps charts of several versions apart.
    let (name, version) = (&*chart.name, &*chart.version);
    format!("{home}/{name}-{version}/{name}")
}

/// Takes what a chart was rendered to into a layer.
fn absorb_made(
    layer: &mut Layer,
    made: Made,
    provenance: impl Fn() -> Option<Provenance>,
) -> Result<(), BuildError> {
    layer.reads.extend(&made.reads);
    layer.add_warnings(&made.warnings);
    for (mut resource, document) in resources(made.documents, Names::Written)? {
        mark(&mut resource);
        resource.provenance = provenance();
        layer.absorb(resource, || Writer::of_made(made.step, made.at, document))?;
    }
    Ok(())
}

fn table(node: &Node) -> Result<Table, BuildError> {
    match value(node).map_err(helm_values)?.as_table() {
        Some(table) => Ok(table.clone()),
        None => Ok(Table::new()),
    }
}

fn helm_values(error: helm::values::read::ReadError) -> BuildError {
    BuildError::HelmValues(error)
}

fn mark(resource: &mut Resource) {
    let at = resource.node.origin;
    resource.set_annotation(HELM_GENERATED, "true", at);
}

/// What is odd about a render, as warnings of the build.
pub fn warnings_of(rendered: &helm::Rendered, at: Origin) -> Vec<Warning> {
    let warning = |message| Warning {
        message,
        origin: at,
        is_logged: false,
    };
    let mut warnings: Vec<Warning> = rendered.warnings.iter().cloned().map(warning).collect();
    if let Some(calls) = rendered.unreproducible_calls() {
        warnings.push(warning(format!(
            "the chart renders to something else each time: it calls {calls}; --pin-random makes random values stable",
        )));
    }
    warnings
}
