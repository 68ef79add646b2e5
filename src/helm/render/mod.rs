//! A chart and a release become manifests.

mod rendered;
mod scope;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;

use crate::template::{Bounds, ExecError, Kind, MissingKey, Random, Run, Set, Str, Texts, Value};
use crate::yaml::{DuplicateKeys, FileId, Origin};

use super::capabilities::CapabilitiesObject;
use super::chart::{Chart, ChartError, version};
use super::documents::{Blame, Trail};
use super::error::Error;
use super::func;
use super::func::control::{Host, without_no_value};
use super::instance::Instance;
use super::manifest;
use super::release::{Options, Randomness, Schemas, Tracing, check_name};
use super::values::coalesce::{Coalescer, Nulls};
use super::values::heap::{Heap, TableId};
use super::values::template::Converter;
use super::values_type::VALUES;
use super::{dependencies, schema};

pub(crate) use rendered::write_document;
pub use rendered::{Crd, Hooks, Rendered, Show, Trace, Unreproducible};

use rendered::crds;
use scope::{Item, Scope, order, release};

/// The end of the name of files that tell the user what to do next, and are no manifests.
const NOTES: &str = "NOTES.txt";

/// Parsed templates of a chart, by which of its subcharts take part.
#[derive(Debug, Default)]
pub(crate) struct Parsed(Mutex<Sets>);

type Sets = HashMap<Vec<SmolStr>, Arc<Set>, FxBuildHasher>;

/// Renders a chart for a release.
pub fn template(chart: &Chart, options: &Options) -> Result<Rendered, Error> {
    template_to_read(chart, options, None)
}

/// Renders a chart whose documents will be read, if `later` says how.
pub(crate) fn template_to_read(
    chart: &Chart,
    options: &Options,
    later: Option<DuplicateKeys>,
) -> Result<Rendered, Error> {
    match rendered(chart, options, later) {
        Err(error @ Error::Manifest { blame: None, .. }) => {
            // Once more, slower, to know which lines are to blame.
            let mut traced = options.clone();
            traced.tracing = Tracing::On;
            match rendered(chart, &traced, None) {
                Err(traced @ Error::Manifest { .. }) => Err(traced),
                _ => Err(error),
            }
        }
        result => result,
    }
}

fn rendered(
    chart: &Chart,
    options: &Options,
    later: Option<DuplicateKeys>,
) -> Result<Rendered, Error> {
    check_installable(chart)?;
    check_name(&options.name)?;
    let mut warnings = chart.warnings.clone();
    let coalesced = coalesce(chart, options, &mut warnings)?;
    check_kube_version(chart, options)?;
    let mut converter = match options.tracing {
        Tracing::On => Converter::tracing(),
        Tracing::Off => Converter::default(),
    };
    let templates = templates(&coalesced, options, &mut converter);
    let set = chart.parsed.get(&templates, &chart.texts)?;

    let host = Host::new(options.cluster.clone());
    let mut run =
        Run::new(&set, &host, Bounds::default(), random(options, "")).missing_key(MissingKey::Zero);
    let (origins, places) = converter.finish().unzip();
    if let Some(origins) = origins {
        run = run.tracing(origins);
    }
    let files = execute(&mut run, &templates, options);
    // Before what came of it.
    chart.check_read()?;
    let files = files?;
    let trail = run
        .take_origins()
        .zip(places)
        .map(|(origins, places)| Trail {
            origins,
            places,
            files: templates
                .iter()
                .map(|item| (item.path.clone(), item.file.id))
                .collect(),
        });
    let trace = trail.map(|trail| Trace {
        trail: Arc::new(trail),
        spans: files
            .iter()
            .map(|(path, text)| (path.clone(), text.trace().unwrap_or_default().into()))
            .collect(),
    });
    let ids: HashMap<&SmolStr, FileId, FxBuildHasher> = templates
        .iter()
        .map(|item| (&item.path, item.file.id))
        .collect();
    let rendered = files.iter().map(|(path, text)| manifest::File {
        path,
        id: ids.get(path).copied().unwrap_or_else(|| FileId::of(path)),
        text: text.bytes(),
    });
    let sorted = manifest::sort(rendered, &chart.known, later);
    let sorted = sorted.map_err(|failed| Error::Manifest {
        line: failed.line().map(|(line, _)| line.into_owned()),
        blame: trace.as_ref().map(|trace| Blame::of(&failed, trace)),
        path: failed.path,
        error: failed.error,
        rendered: all_of(&files),
    })?;
    warnings.extend(sorted.warnings);
    let unreproducible = run.unreproducible().map(|used| Unreproducible {
        function: used.function,
        at: ids
            .get(&SmolStr::from(&*used.source))
            .map(|file| Origin::at(*file, used.line, 0)),
    });
    let unreproducible = unreproducible.collect();
    Ok(Rendered {
        manifests: sorted.manifests,
        hooks: sorted.hooks,
        crds: crds(&coalesced.instance),
        warnings,
        unreproducible,
        trace,
    })
}

/// The charts that take part, and their values.
struct Coalesced<'c> {
    instance: Instance<'c>,
    heap: Heap,
    values: TableId,
}

/// Finds the charts that take part and lays the user's values over theirs.
fn coalesce<'c>(
    chart: &'c Chart,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Coalesced<'c>, Error> {
    let mut left_out = Vec::new();
    let mut instance = Instance::whole(chart);
    dependencies::process(&mut instance, &options.values, &mut left_out)?;
    let mut heap = Heap::default();
    let values = heap.open(&options.values, chart.values_origin());
    let values = Coalescer {
        heap: &mut heap,
        warnings: &mut left_out,
        nulls: Nulls::Remove,
    }
    .over(values, &instance)?;
    warnings.extend(left_out.into_iter().map(|warning| warning.0));
    if options.schemas == Schemas::Checked && has_schema(&instance) {
        let all = schema::whole(heap.freeze(values)?, chart.values_origin());
        let violations = schema::check(&instance, &all);
        if !violations.is_empty() {
            return Err(Error::Schema(violations));
        }
    }
    Ok(Coalesced {
        instance,
        heap,
        values,
    })
}

/// The templates of all charts in the order in which they are parsed and rendered.
fn templates<'c>(
    coalesced: &Coalesced<'c>,
    options: &Options,
    converter: &mut Converter,
) -> Vec<Item<'c>> {
    let values = converter.heap_table(&coalesced.heap, coalesced.values);
    let capabilities = CapabilitiesObject(Rc::new(options.capabilities.clone()));
    let mut templates = Vec::new();
    let mut scope = Scope {
        release: release(options).into(),
        capabilities: Kind::Object(Rc::new(capabilities)).into(),
        templates: &mut templates,
    };
    scope.instance(&coalesced.instance, &values.named(&VALUES), "", true);
    // The deepest first, so that of several definitions the shallowest is the last, which counts.
    templates.sort_by_cached_key(|item| Reverse(order(&item.path)));
    templates
}

/// Renders all templates but partials. The result is sorted by path.
fn execute(
    run: &mut Run<'_>,
    templates: &[Item<'_>],
    options: &Options,
) -> Result<Vec<(SmolStr, Str)>, Error> {
    let mut files: Vec<(SmolStr, Str)> = Vec::new();
    for item in templates {
        if item.name().starts_with('_') {
            continue;
        }
        if options.randomness == Randomness::Pinned {
            run.set_random(random(options, &item.path));
        }
        item.data.insert("Template", item.template());
        let data = Value::from(item.data.clone().named(&VALUES));
        let text = run
            .execute(&item.path, &data)
            .map_err(|error| Error::Execute {
                places: places_of(&error, templates),
                error: Box::new(error),
            })?;
        if !item.path.ends_with(NOTES) {
            files.push((item.path.clone(), without_no_value(text)));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

fn check_installable(chart: &Chart) -> Result<(), Error> {
    let metadata = &chart.metadata;
    if !matches!(metadata.kind.as_str(), "" | "application") {
        return Err(Error::NotInstallable {
            kind: metadata.kind.clone(),
            at: metadata.at,
        });
    }
    let missing = dependencies::missing(chart);
    match missing.first() {
        None => Ok(()),
        Some(first) => Err(Error::MissingDependencies {
            at: first.at,
            names: missing
                .iter()
                .map(|dependency| dependency.name.clone())
                .collect(),
        }),
    }
}

fn check_kube_version(chart: &Chart, options: &Options) -> Result<(), Error> {
    let range = &chart.metadata.kube_version;
    let version = &options.capabilities.kube_version;
    if range.is_empty() || version::is_compatible(range, &version.normalized) {
        return Ok(());
    }
    Err(Error::KubeVersion {
        range: range.clone(),
        version: version.version.clone(),
        at: chart.metadata.at,
    })
}

fn has_schema(instance: &Instance<'_>) -> bool {
    instance.chart.schema.is_some() || instance.dependencies.iter().any(has_schema)
}

/// The source of random values of a template.
fn random(options: &Options, path: &str) -> Random {
    let seed = match &options.randomness {
        Randomness::System => return Random::System,
        Randomness::Seeded(seed) => seed.clone(),
        Randomness::Pinned => [&options.namespace, &options.name, path]
            .join("\0")
            .into_bytes(),
    };
    Random::Seeded { seed, drawn: 0 }
}

impl Parsed {
    /// The templates, parsed now or before.
    fn get(&self, templates: &[Item<'_>], known: &Texts) -> Result<Arc<Set>, Error> {
        let key: Vec<SmolStr> = templates.iter().map(|item| item.path.clone()).collect();
        if let Some(set) = self.lock().get(&key) {
            return Ok(Arc::clone(set));
        }
        let mut set = Set::new(Arc::clone(func::all()));
        let texts = templates.iter().map(|item| {
            let data = item.file.data()?;
            Ok((item.path.as_str(), Arc::clone(data)))
        });
        let texts = texts.collect::<Result<Vec<(&str, Arc<[u8]>)>, ChartError>>()?;
        set.parse_all(&texts, known).map_err(|error| {
            let item = templates.iter().find(|item| *item.path == *error.name);
            let at = item.map(|item| Origin::at(item.file.id, error.line, 0));
            Error::Parse { error, at }
        })?;
        let set = Arc::new(set);
        self.lock().insert(key, Arc::clone(&set));
        Ok(set)
    }

    fn lock(&self) -> MutexGuard<'_, Sets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where in files an error is, from the outermost template to the one that failed.
fn places_of(error: &ExecError, templates: &[Item<'_>]) -> Vec<Origin> {
    let mut places = error.places();
    places.dedup();
    let places = places.into_iter();
    places
        .filter_map(|place| {
            let item = templates.iter().find(|item| *item.path == *place.source)?;
            Some(Origin::at(item.file.id, place.line, place.column + 1))
        })
        .collect()
}

/// All that was rendered, for who wants to see what is wrong with it.
fn all_of(files: &[(SmolStr, Str)]) -> Vec<u8> {
    let mut all = Vec::new();
    for (path, text) in files {
        if !manifest::trim(text.bytes()).is_empty() {
            write_document(path, text.bytes(), &mut all);
        }
    }
    all
}
