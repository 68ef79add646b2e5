//! The flags that let kustomizations run KRM functions, for all verbs that render.

use std::sync::Arc;
use std::time::Duration;

use crate::exec::Processes;
use crate::kustomize::{FunctionOptions, Plugins};

/// Whether KRM functions run, and for how long.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FunctionArgs {
    /// Enable KRM functions
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    enable_alpha_plugins: bool,

    /// Run functions that are programs of the repository; not for one that you don't trust
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean, hide_default_value = true)]
    enable_exec: bool,

    /// How long the program of a function may run
    #[arg(
        long,
        value_name = "SECONDS",
        default_value = "60",
        value_parser = clap::value_parser!(u32).range(1..=86400)
    )]
    exec_timeout: u32,
}

impl FunctionArgs {
    /// Tells whether functions are enabled, though they may not run.
    pub(crate) fn are_enabled(&self) -> bool {
        self.enable_alpha_plugins
    }

    /// Returns which plugins kustomizations may use; functions get these variables and, where they may
    /// have it, the network.
    pub(crate) fn plugins(&self, environment: &[String], network: bool) -> Plugins {
        if !self.enable_alpha_plugins {
            return Plugins::BuiltIn;
        }
        let processes = Processes {
            time: Duration::from_secs(self.exec_timeout.into()),
            ..Processes::default()
        };
        Plugins::Functions(FunctionOptions {
            runner: self.enable_exec.then(|| Arc::new(processes) as _),
            network,
            environment: environment.to_vec(),
        })
    }
}

/// Reads a boolean as Go's flags have it: `--network=false`, `--network=T`.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("it is true or false".to_owned()),
    }
}
