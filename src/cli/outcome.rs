//! What a verb results in, and the exit code that stands for it.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use crate::policy::PolicyErrors;
use crate::render::RenderErrors;
use crate::render::fleet::FleetErrors;
use crate::report::Sources;
use crate::report::snippet::Artist;
use crate::source::Tree;
use crate::yaml::Diagnostic;

use super::console::Console;

/// How a verb ends when it could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Clean,
    /// The gate is shut: there are findings, or differences that were asked for.
    Shut,
}

/// Why a verb could not do its work.
pub(crate) struct CommandError {
    blame: Blame,
    causes: Vec<Cause>,
    /// Where the source lines are.
    trees: Vec<Arc<dyn Tree>>,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    /// The arguments or the files.
    Input,
    /// The cluster, the network or the disk.
    Environment,
    /// No one: what was asked is more than the gate lets through.
    Gate,
}

enum Cause {
    /// An error that knows its place.
    Diagnostic(Box<dyn Diagnostic>),
    /// An error of the command line itself.
    Plain(anyhow::Error),
}

impl CommandError {
    /// Returns what blames the input, with all its errors.
    pub(crate) fn input(errors: impl IntoIterator<Item = Box<dyn Diagnostic>>) -> Self {
        Self {
            blame: Blame::Input,
            causes: errors.into_iter().map(Cause::Diagnostic).collect(),
            trees: Vec::new(),
        }
    }

    /// Returns what blames the cluster, the network or the disk, with all its errors.
    pub(crate) fn environment(errors: impl IntoIterator<Item = Box<dyn Diagnostic>>) -> Self {
        Self {
            blame: Blame::Environment,
            ..Self::input(errors)
        }
    }

    /// Returns what the gate does not let through, with all its errors.
    pub(crate) fn gate(errors: impl IntoIterator<Item = Box<dyn Diagnostic>>) -> Self {
        Self {
            blame: Blame::Gate,
            ..Self::input(errors)
        }
    }

    /// Names a tree whose lines the errors are drawn with, after those that were named before.
    #[must_use]
    pub(crate) fn drawn_from(mut self, tree: &Arc<dyn Tree>) -> Self {
        self.trees.push(Arc::clone(tree));
        self
    }

    /// Tells whether whoever read our output has closed it, as `head` does.
    fn is_broken_pipe(&self) -> bool {
        self.causes.iter().any(|cause| match cause {
            Cause::Plain(error) => error
                .chain()
                .filter_map(|cause| cause.downcast_ref::<io::Error>())
                .any(|error| error.kind() == io::ErrorKind::BrokenPipe),
            Cause::Diagnostic(_) => false,
        })
    }
}

impl<D: Diagnostic> From<D> for CommandError {
    fn from(error: D) -> Self {
        Self::input([Box::new(error) as Box<dyn Diagnostic>])
    }
}

impl From<FleetErrors> for CommandError {
    fn from(FleetErrors(errors): FleetErrors) -> Self {
        Self::input(
            errors
                .into_iter()
                .map(|error| Box::new(error) as Box<dyn Diagnostic>),
        )
    }
}

impl From<PolicyErrors> for CommandError {
    fn from(PolicyErrors(errors): PolicyErrors) -> Self {
        Self::input(
            errors
                .into_iter()
                .map(|error| Box::new(error) as Box<dyn Diagnostic>),
        )
    }
}

impl From<RenderErrors> for CommandError {
    fn from(RenderErrors(errors): RenderErrors) -> Self {
        let is_of_environment = errors.iter().all(Diagnostic::is_of_environment);
        let errors = errors
            .into_iter()
            .map(|error| Box::new(error) as Box<dyn Diagnostic>);
        if is_of_environment {
            Self::environment(errors)
        } else {
            Self::input(errors)
        }
    }
}

impl From<anyhow::Error> for CommandError {
    fn from(error: anyhow::Error) -> Self {
        Self {
            blame: Blame::Input,
            causes: vec![Cause::Plain(error)],
            trees: Vec::new(),
        }
    }
}

/// Whose exit codes a verb has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codes {
    /// Lockgate's own.
    Own,
    /// Those of the tool that the verb stands in for: every failure is 1.
    DropIn,
}

/// Reports what went wrong and returns the exit code. The one place where codes are chosen.
pub(super) fn exit_code(
    result: Result<Outcome, CommandError>,
    codes: Codes,
    console: &Console,
) -> ExitCode {
    let error = match result {
        Ok(Outcome::Clean) => return ExitCode::SUCCESS,
        Ok(Outcome::Shut) => return ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => return ExitCode::SUCCESS,
        Err(error) => error,
    };
    let sources = Sources::trees(error.trees.iter().map(AsRef::as_ref));
    let artist = Artist::new(&sources, console.stderr_color());
    for cause in &error.causes {
        match cause {
            Cause::Diagnostic(cause) => {
                console.error(&format!("{}\n", artist.draw_error(cause.as_ref())));
            }
            Cause::Plain(cause) => console.error(&format!("error: {cause:#}\n")),
        }
    }
    match (codes, error.blame) {
        (Codes::DropIn, _) | (_, Blame::Gate) => ExitCode::from(1),
        (Codes::Own, Blame::Input) => ExitCode::from(2),
        (Codes::Own, Blame::Environment) => ExitCode::from(3),
    }
}

/// Prints help, the version or what is wrong with the arguments.
pub(super) fn usage(error: &clap::Error, codes: Codes) -> ExitCode {
    // Where even that can't be written, there is no one to tell.
    let _ = error.print();
    match codes {
        _ if !error.use_stderr() => ExitCode::SUCCESS,
        Codes::DropIn => ExitCode::from(1),
        Codes::Own => ExitCode::from(2),
    }
}
