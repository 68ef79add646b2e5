//! `lockgate explain`: who wrote a field of a rendered object.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::explain::{Answer, FieldQuery, ObjectQuery, explain};
use crate::helm::Tracing;
use crate::kustomize::{BuildOptions, Builder, Built};
use crate::render::ObjectId;
use crate::render::expand::{Expander, Given};
use crate::render::fleet::{ComponentSource, ExpandSettings};
use crate::render::sources::{self, SourceBuildError};
use crate::report::Sources;
use crate::report::explanations::{self, Explained};
use crate::source::remote::Remotes;
use crate::source::{Tree, TreePath};
use crate::yaml::Diagnostic;

use super::build::{tree_path, whole_disk};
use super::console::Console;
use super::expand::{self, ExpandArgs, OpenExpansion};
use super::fleet::SelectionArgs;
use super::outcome::{CommandError, Outcome};

/// Show who wrote a field of a rendered object, and what removed one
///
/// For each writer, oldest first: the step, file and line, what stands there, and the value afterwards. Without a
/// field: which steps changed the object, and what each changed. Values of Secrets are masked.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "lockgate explain [OPTIONS] [ENV] KIND/NAME [FIELD]",
    after_help = "Examples:\n  lockgate explain prod Deployment/web spec.replicas\n  lockgate explain prod deploy/web 'spec.template.spec.containers[name=web].image'\n  lockgate explain prod Service/web --annotate\n  lockgate explain -k overlays/prod ConfigMap/settings data.url -o json"
)]
pub(super) struct Args {
    /// The environment (by default all), the object (KIND/NAME or KIND/NAMESPACE/NAME, kinds as kubectl takes
    /// them), and the field (keys with dots, [0] or [name=web] for items of lists, or a JSON pointer)
    #[arg(value_name = "WHAT", num_args = 1..=3, required = true)]
    what: Vec<String>,

    /// Build this folder with a kustomization, in place of a fleet
    #[arg(short, long, value_name = "DIR", conflicts_with_all = ["fleet", "rev"])]
    kustomize: Option<PathBuf>,

    /// The fleet's folder or file; by default the nearest `lockgate.yaml` upwards, or this folder
    #[arg(short, long, value_name = "FLEET")]
    fleet: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    expand: ExpandArgs,

    /// Explain what this Git revision renders to, without a checkout
    #[arg(long, value_name = "REV")]
    rev: Option<String>,

    /// Only objects of this namespace
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Print the object with the place that wrote it at each line's end
    #[arg(long)]
    annotate: bool,

    /// How it is written
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: OutputFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// What is asked for.
struct Question {
    environment: Option<String>,
    object: ObjectQuery,
    field: Option<FieldQuery>,
}

/// What is built, and from where.
struct Place {
    tree: Arc<dyn Tree>,
    remotes: Arc<Remotes>,
    builds: Vec<Build>,
    /// The environments, for what their objects expand to.
    environments: Vec<Environment>,
    settings: ExpandSettings,
    expand: OpenExpansion,
}

/// The components of an environment, by their names and the places of their builds.
struct Environment {
    name: Option<String>,
    kubernetes: String,
    components: Vec<(String, usize)>,
}

/// What all builds came to.
struct Outcomes(Vec<BuildOutcome>);

/// The components that a build is, and what it built, or why not.
type BuildOutcome = (Vec<String>, Result<Built, Box<dyn Diagnostic>>);

/// A source to build, with the components of the fleet that it is.
struct Build {
    source: ComponentSource,
    kubernetes: String,
    components: Vec<String>,
}

pub(super) fn run(args: &Args, console: &Console) -> Result<Outcome, CommandError> {
    let question = question(args)?;
    let place = place(args, question.environment.as_deref())?;
    let options = BuildOptions {
        tracing: Tracing::On,
        keep_history: true,
        ..args.selection.build_options()
    };
    let (tree, remotes) = (&place.tree, &place.remotes);
    let builder = Builder::new(tree.as_ref(), options.clone()).with_remotes(remotes);
    let built: Vec<Result<Built, SourceBuildError>> = place
        .builds
        .par_iter()
        .with_max_len(1)
        .map(|build| {
            let (source, kubernetes) = (&build.source, &build.kubernetes);
            sources::build(source, kubernetes, &builder, tree.as_ref())
        })
        .collect();
    let expander = place.expand.expansion().map(|expansion| {
        Expander::new(
            &builder,
            &options,
            Some(remotes),
            &place.settings,
            &place.expand.own,
            expansion,
        )
    });
    let outcomes = Outcomes::of(&place, built, expander.as_ref());
    let fetched: Arc<dyn Tree> = remotes.clone();
    let found = answer(&question, outcomes, console)
        .map_err(|error| error.drawn_from(tree).drawn_from(&fetched))?;
    let sources = Sources::trees([tree.as_ref(), fetched.as_ref()]);
    console.write(drawn(args, &found, &sources, console).as_bytes())?;
    Ok(Outcome::Clean)
}

impl Outcomes {
    /// Takes what was built, and what it expands to.
    fn of(
        place: &Place,
        built: Vec<Result<Built, SourceBuildError>>,
        expander: Option<&Expander<'_>>,
    ) -> Self {
        let mut expanded = Vec::new();
        if let Some(expander) = expander {
            for environment in &place.environments {
                expanded.extend(environment.expand(&place.builds, &built, expander));
            }
        }
        let built = place.builds.iter().zip(built).map(|(build, built)| {
            let built = built.map_err(|error| Box::new(error) as Box<dyn Diagnostic>);
            (build.components.clone(), built)
        });
        let mut outcomes: Vec<_> = built.chain(expanded).collect();
        let wanted = &place.expand.components;
        if !wanted.is_empty() {
            let is_wanted = |build: &String| {
                let (_, component) = build.split_once('/').unwrap_or(("", build));
                wanted.iter().any(|name| expand::is_of(component, name))
            };
            outcomes.retain(|(builds, _)| builds.iter().any(is_wanted));
        }
        Self(outcomes)
    }
}

impl Environment {
    /// Expands the objects of its components.
    fn expand(
        &self,
        builds: &[Build],
        built: &[Result<Built, SourceBuildError>],
        expander: &Expander<'_>,
    ) -> Vec<BuildOutcome> {
        let given: Vec<Given<'_>> = self
            .components
            .iter()
            .filter_map(|(name, at)| {
                let built = built.get(*at)?.as_ref().ok()?;
                Some(Given {
                    name,
                    folder: builds.get(*at)?.source.folder(),
                    objects: built.resources.iter().map(|one| &one.node).collect(),
                })
            })
            .collect();
        let name = |component: String| match &self.name {
            Some(environment) => vec![format!("{environment}/{component}")],
            None => vec![component],
        };
        let expanded = expander.environment(&self.kubernetes, &given);
        let components = expanded.components.into_iter();
        let errors = expanded.errors.into_iter();
        components
            .map(|component| (name(component.name), Ok(component.built)))
            .chain(errors.map(|(component, error)| {
                let error: Box<dyn Diagnostic> = Box::new(error);
                (name(component), Err(error))
            }))
            .collect()
    }
}

/// Tells the arguments apart: an object has a slash, an environment has none.
fn question(args: &Args) -> Result<Question, CommandError> {
    let (environment, object, field) = match args.what.as_slice() {
        [object] => (None, object, None),
        [object, field] if object.contains('/') => (None, object, Some(field)),
        [environment, object] => (Some(environment), object, None),
        [environment, object, field] => (Some(environment), object, Some(field)),
        _ => {
            return Err(anyhow::anyhow!(
                "name an object: `lockgate explain [ENV] KIND/NAME [FIELD]`"
            )
            .into());
        }
    };
    let mut object: ObjectQuery = object.parse()?;
    if let Some(namespace) = &args.namespace {
        object = object.in_namespace(namespace);
    }
    if args.annotate && field.is_some() {
        return Err(
            anyhow::anyhow!("--annotate prints a whole object: leave the field out").into(),
        );
    }
    if let (Some(environment), Some(_)) = (environment, &args.kustomize) {
        return Err(anyhow::anyhow!(
            "a folder has no environments: leave out `{environment}` or --kustomize"
        )
        .into());
    }
    Ok(Question {
        environment: environment.cloned(),
        object,
        field: field.map(|field| field.parse()).transpose()?,
    })
}

fn place(args: &Args, environment: Option<&str>) -> Result<Place, CommandError> {
    if let Some(folder) = &args.kustomize {
        args.selection.start_threads()?;
        let name = folder.display().to_string();
        return Ok(Place {
            tree: whole_disk()?,
            // An expansion asks no server by itself.
            remotes: Arc::new(if args.expand.is_on() {
                Remotes::none()
            } else {
                Remotes::as_kustomize_has_it()
            }),
            builds: vec![Build {
                source: ComponentSource::Kustomize(tree_path(folder)?),
                kubernetes: String::new(),
                components: vec![name.clone()],
            }],
            environments: vec![Environment {
                name: None,
                kubernetes: String::new(),
                components: vec![(name, 0)],
            }],
            settings: ExpandSettings::default(),
            expand: args.expand.open(Path::new("/"), folder, &[]),
        });
    }
    let selection = args.selection.with_environment(environment);
    let (fleet, revision) = (args.fleet.as_deref(), args.rev.as_deref());
    let open = selection.open_to_expand(fleet, revision, &args.expand)?;
    let mut builds: Vec<Build> = Vec::new();
    let mut environments = Vec::new();
    let mut known: FxHashMap<TreePath, usize> = FxHashMap::default();
    for environment in &open.fleet.environments {
        let mut components = Vec::new();
        for component in &environment.components {
            let name = format!("{}/{}", environment.name, component.name);
            let next = builds.len();
            let index = match component.source.folder() {
                Some(folder) => *known.entry(folder.clone()).or_insert(next),
                None => next,
            };
            components.push((component.name.clone(), index));
            match builds.get_mut(index) {
                Some(build) => build.components.push(name),
                None => builds.push(Build {
                    source: component.source.clone(),
                    kubernetes: environment.kubernetes.clone(),
                    components: vec![name],
                }),
            }
        }
        environments.push(Environment {
            name: Some(environment.name.clone()),
            kubernetes: environment.kubernetes.clone(),
            components,
        });
    }
    Ok(Place {
        tree: open.tree,
        remotes: open.remotes,
        builds,
        environments,
        settings: open.fleet.expand,
        expand: open.expand,
    })
}

/// Collects what all builds have to say.
fn answer(
    question: &Question,
    outcomes: Outcomes,
    console: &Console,
) -> Result<Vec<Explained>, CommandError> {
    let mut found = Vec::new();
    let mut errors: Vec<Box<dyn Diagnostic>> = Vec::new();
    let mut without_field: Option<(Box<ObjectId>, Option<String>)> = None;
    let mut nearest = Vec::new();
    for (components, built) in outcomes.0 {
        let built = match built {
            Ok(built) => built,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        match explain(&built, &question.object, question.field.as_ref()) {
            Answer::Found(explanations) => {
                let explained = explanations.into_iter().map(|explanation| Explained {
                    builds: components.clone(),
                    explanation,
                });
                found.extend(explained);
            }
            Answer::NoField { id, nearest } => {
                without_field.get_or_insert((id, nearest));
            }
            Answer::NoObject { nearest: names } => nearest.extend(names),
        }
    }
    if !found.is_empty() {
        if !errors.is_empty() {
            console.error(&format!(
                "warning: {} builds failed and were left out; `lockgate render` tells why\n",
                errors.len()
            ));
        }
        return Ok(found);
    }
    if !errors.is_empty() {
        return Err(CommandError::input(errors));
    }
    Err(CommandError::from(not_found(
        question,
        without_field,
        nearest,
    )))
}

fn not_found(
    question: &Question,
    without_field: Option<(Box<ObjectId>, Option<String>)>,
    mut nearest: Vec<String>,
) -> NotFound {
    if let (Some((id, nearest)), Some(field)) = (without_field, &question.field) {
        return NotFound::Field {
            field: field.to_string(),
            id: id.to_string(),
            nearest,
        };
    }
    nearest.dedup();
    nearest.truncate(3);
    NotFound::Object {
        object: question.object.to_string(),
        nearest,
    }
}

/// What was asked for is not there and never was.
#[derive(Debug, thiserror::Error)]
enum NotFound {
    #[error("no build has, or had, `{object}`")]
    Object {
        object: String,
        nearest: Vec<String>,
    },
    #[error("`{id}` has no field `{field}`, and nothing removed one")]
    Field {
        field: String,
        id: String,
        nearest: Option<String>,
    },
}

impl Diagnostic for NotFound {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Object { nearest, .. } if nearest.is_empty() => {
                Some("`lockgate render` prints what there is".to_owned())
            }
            Self::Object { nearest, .. } => {
                Some(format!("did you mean `{}`?", nearest.join("`, `")))
            }
            Self::Field { nearest, .. } => nearest
                .as_ref()
                .map(|nearest| format!("it has `{nearest}`")),
        }
    }
}

fn drawn(args: &Args, found: &[Explained], sources: &Sources<'_>, console: &Console) -> String {
    let pretty = |value: &serde_json::Value| format!("{value:#}\n");
    match (args.annotate, args.output) {
        (false, OutputFormat::Json) => pretty(&explanations::value(found, sources)),
        (false, OutputFormat::Text) => explanations::draw(found, sources, console.stdout_color()),
        (true, OutputFormat::Json) => {
            let objects: Vec<_> = found
                .iter()
                .filter_map(|one| {
                    let object = one.explanation.value.as_ref()?;
                    let id = &one.explanation.id;
                    Some(explanations::annotated_value(&one.builds, id, object))
                })
                .collect();
            pretty(&serde_json::json!({ "objects": objects }))
        }
        (true, OutputFormat::Text) => {
            let mut text = String::new();
            for one in found {
                let Some(object) = &one.explanation.value else {
                    continue;
                };
                text.push_str(&format!("---\n# {}\n", one.builds.join(", ")));
                text.push_str(&explanations::annotated_yaml(object));
            }
            text
        }
    }
}
