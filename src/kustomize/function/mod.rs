//! KRM functions: programs that are given resources and print what becomes of them.
//!
//! `spec` reads what a configuration asks for, `exchange` writes and reads the `ResourceList` that goes
//! through the program, `memory` is what the reference tool shows it of a resource's past, `blend` keeps the
//! places of what comes back unchanged. No process is started here: that does whoever implements [`Runner`].

mod blend;
mod error;
mod exchange;
mod memory;
mod spec;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::yaml::Origin;

use super::documents::objects;
use super::file::Text;
use super::{Behavior, ResMap, Resource, Warning};

pub use error::{FunctionError, RunError};
pub(super) use spec::spec_of;
use spec::{Spec, environment};

/// Which plugins a build may use.
#[derive(Clone, Default)]
pub enum Plugins {
    /// Those that are built in.
    #[default]
    BuiltIn,
    /// KRM functions, too.
    Functions(FunctionOptions),
}

/// What functions may do.
#[derive(Clone, Default)]
pub struct FunctionOptions {
    /// Who starts programs. Without one they are passed over, as the reference tool does without
    /// `--enable-exec`.
    pub runner: Option<Arc<dyn Runner>>,
    /// Whether functions that ask for the network may have it.
    pub network: bool,
    /// Variables for their environments, as `NAME=value`.
    pub environment: Vec<String>,
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BuiltIn => "BuiltIn",
            Self::Functions(_) => "Functions",
        })
    }
}

/// Starts a function's program. Must bound how long it runs and how much it prints.
pub trait Runner: Send + Sync {
    /// Runs a program to its end with an input.
    fn run(&self, program: &Program, input: Vec<u8>) -> Result<Finished, RunError>;
}

/// A program and all that it is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The path as it is written: with a slash it is relative to the folder, without one it is looked for
    /// where commands are.
    pub path: String,
    /// The arguments.
    pub arguments: Vec<String>,
    /// Variables beside those of this process.
    pub environment: Vec<(String, String)>,
    /// The folder that it runs in.
    pub folder: PathBuf,
}

/// What a program that ran to its end left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its standard output.
    pub output: Vec<u8>,
    /// How it failed, as `exit status 1`.
    pub failure: Option<String>,
}

/// A function, ready to run.
#[derive(Clone)]
pub(super) struct Function {
    /// The configuration, which the program is given.
    config: Resource,
    /// The line that names the program.
    path_at: Origin,
    /// The program; none where it must not be started.
    program: Option<(Program, Arc<dyn Runner>)>,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({})", self.name())
    }
}

impl Function {
    /// Returns the function that a configuration asks for, which is to run in a folder.
    pub(super) fn new(
        config: &Resource,
        spec: &Spec,
        options: &FunctionOptions,
        folder: Option<PathBuf>,
    ) -> Result<Self, FunctionError> {
        let at = config.node.origin;
        let name = config.name().to_owned();
        spec.check(&name, at)?;
        if spec.container.network && !options.network {
            return Err(FunctionError::NoNetwork { name, at });
        }
        if !spec.container.image.is_empty() {
            return Err(FunctionError::Container {
                image: spec.container.image.to_string(),
                name,
                at: spec.container.image.origin,
            });
        }
        let runner = options.runner.as_ref();
        let program = match runner.filter(|_| !spec.exec.path.is_empty()) {
            None => None,
            Some(runner) => {
                let folder = folder.ok_or_else(|| FunctionError::NoFolder {
                    name: name.clone(),
                    at,
                })?;
                if folder.parent().is_none() {
                    return Err(FunctionError::RootFolder { name, at });
                }
                let text = |text: &Text| text.to_string();
                let program = Program {
                    path: text(&spec.exec.path),
                    arguments: spec.exec.args.iter().map(text).collect(),
                    environment: environment(&spec.exec.envs, &options.environment),
                    folder,
                };
                Some((program, Arc::clone(runner)))
            }
        };
        Ok(Self {
            config: config.clone(),
            path_at: spec.exec.path.origin,
            program,
        })
    }

    /// Returns the warning that the function is not run, if it is not.
    pub(super) fn warning(&self) -> Option<Warning> {
        self.program.is_none().then(|| Warning {
            message: format!(
                "# Warning: the function '{}' is not run: that takes --enable-exec and a program to run.",
                self.name()
            ),
            origin: self.at(),
            is_logged: false,
        })
    }

    fn name(&self) -> &str {
        self.config.name()
    }

    fn at(&self) -> Origin {
        self.config.node.origin
    }

    /// Returns what the function makes.
    pub(super) fn generate(&self) -> Result<Vec<Resource>, FunctionError> {
        let mut made = self.exchange(&[])?;
        for resource in &mut made {
            self.take_options(resource)?;
        }
        Ok(made)
    }

    /// Lets the function change resources: it may change, add and leave out any.
    pub(super) fn transform(&self, resources: &mut ResMap) -> Result<(), FunctionError> {
        if self.program.is_none() {
            return Ok(());
        }
        let made = self.exchange(resources.as_slice())?;
        let mut kept = FxHashSet::default();
        for new in made {
            let id = new.id();
            if !kept.insert(id.key()) {
                return Err(FunctionError::Twice {
                    name: self.name().to_owned(),
                    id,
                    at: self.at(),
                });
            }
            let Some(position) = resources.position(&id) else {
                let node = blend::written_at(&new.node, self.at());
                resources.append(Resource { node, ..new })?;
                continue;
            };
            if let Some(mut old) = resources.get_mut(position) {
                self.replace(&mut old, new);
            }
        }
        resources.retain(|resource| kept.contains(&resource.id().key()));
        Ok(())
    }

    fn replace(&self, old: &mut Resource, new: Resource) {
        let node = blend::blend(&old.node, &new.node, self.at());
        let (vars, history) = (
            std::mem::take(&mut old.vars),
            std::mem::take(&mut old.history),
        );
        let new = Resource {
            node,
            vars,
            history,
            ..new
        };
        *old = new;
    }

    /// Sends resources through the program, or the function's own configuration where there are none.
    fn exchange(&self, resources: &[Resource]) -> Result<Vec<Resource>, FunctionError> {
        let input = exchange::Input::of(resources, &self.config).map_err(|problem| {
            FunctionError::Input {
                name: self.name().to_owned(),
                problem,
                at: self.at(),
            }
        })?;
        let items = match &self.program {
            None => input.unchanged(),
            Some((program, runner)) => {
                let finished =
                    runner
                        .run(program, input.text())
                        .map_err(|error| FunctionError::NotRun {
                            error,
                            name: self.name().to_owned(),
                            path: program.path.clone(),
                            at: self.path_at,
                        })?;
                self.read(&input, program, &finished)?
            }
        };
        let origins = memory::Origins::of(resources);
        let made = objects(items).map_err(|error| FunctionError::Object {
            error,
            name: self.name().to_owned(),
            at: self.at(),
        })?;
        Ok(made
            .into_iter()
            .map(|node| memory::recall(node, &origins))
            .collect())
    }

    fn read(
        &self,
        input: &exchange::Input,
        program: &Program,
        finished: &Finished,
    ) -> Result<Vec<crate::yaml::Node>, FunctionError> {
        let (name, path, at) = (
            || self.name().to_owned(),
            || program.path.clone(),
            self.path_at,
        );
        let output = exchange::Output::read(&finished.output);
        if let Some(failure) = &finished.failure {
            return Err(FunctionError::Failed {
                name: name(),
                path: path(),
                failure: failure.clone(),
                results: output.map(|output| output.results).unwrap_or_default(),
                at,
            });
        }
        output
            .and_then(|output| input.settle(output.items))
            .map_err(|problem| FunctionError::Output {
                name: name(),
                path: path(),
                problem,
                at,
            })
    }

    /// Takes out what a generator's function says of how its result is to be treated.
    fn take_options(&self, resource: &mut Resource) -> Result<(), FunctionError> {
        const NEEDS_HASH: &str = "kustomize.config.k8s.io/needs-hash";
        const BEHAVIOR: &str = "kustomize.config.k8s.io/behavior";
        resource.node = blend::written_at(&resource.node, self.at());
        let needs_hash = memory::take_annotation(&mut resource.node, NEEDS_HASH);
        let behavior = memory::take_annotation(&mut resource.node, BEHAVIOR);
        if let Some(value) = needs_hash {
            let wanted = go_bool(&value).ok_or_else(|| FunctionError::NeedsHash {
                name: self.name().to_owned(),
                value: value.to_string(),
                at: self.at(),
            })?;
            resource.needs_hash |= wanted;
        }
        resource.behavior = Some(
            behavior
                .and_then(|text| Behavior::named(&text))
                .unwrap_or_default(),
        );
        Ok(())
    }
}

/// Reads a boolean as Go does.
fn go_bool(text: &SmolStr) -> Option<bool> {
    match text.as_str() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
