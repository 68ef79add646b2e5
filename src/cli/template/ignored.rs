//! Flags of `helm template` that say nothing to a render: taken, so that scripts need no change, or refused where
//! what they ask for cannot be had.

use anyhow::bail;

use crate::cli::functions::boolean;

/// Flags that change nothing, and a few that are refused.
#[derive(Debug, clap::Args)]
pub(super) struct IgnoredArgs {
    /// Verify the chart's signature; not done
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean)]
    verify: bool,

    /// A plugin that changes the output; not run
    #[arg(long, value_name = "NAME", hide = true)]
    post_renderer: Option<String>,

    /// Look up addresses while rendering; not done
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean)]
    enable_dns: bool,

    #[command(flatten)]
    texts: Texts,

    #[command(flatten)]
    switches: Switches,
}

impl IgnoredArgs {
    /// Refuses what would change the output if it could be done.
    pub(super) fn refuse(&self) -> anyhow::Result<()> {
        if self.verify {
            bail!("--verify: signatures of charts are not checked; `helm verify` does");
        }
        if self
            .post_renderer
            .as_deref()
            .is_some_and(|name| !name.is_empty())
        {
            bail!(
                "--post-renderer: Helm's plugins are not run; pipe the output through the program"
            );
        }
        if self.enable_dns {
            bail!("--enable-dns: a render asks no one, so that it is the same everywhere");
        }
        Ok(())
    }

    /// Refuses what says how a cluster is reached, beyond a kubeconfig and its context.
    pub(super) fn refuse_connections(&self) -> anyhow::Result<()> {
        let texts = &self.texts;
        let is_given = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        let given = [
            (is_given(&texts.kube_apiserver), "--kube-apiserver"),
            (!texts.kube_as_group.is_empty(), "--kube-as-group"),
            (is_given(&texts.kube_as_user), "--kube-as-user"),
            (is_given(&texts.kube_ca_file), "--kube-ca-file"),
            (
                is_given(&texts.kube_tls_server_name),
                "--kube-tls-server-name",
            ),
            (is_given(&texts.kube_token), "--kube-token"),
            (
                self.switches.kube_insecure_skip_tls_verify,
                "--kube-insecure-skip-tls-verify",
            ),
        ];
        match given.iter().find(|(is_given, _)| *is_given) {
            Some((_, flag)) => {
                bail!("{flag}: a cluster is reached as a kubeconfig says; write it there")
            }
            None => Ok(()),
        }
    }
}

/// Flags with a value.
#[derive(Debug, clap::Args)]
struct Texts {
    #[arg(long, hide = true)]
    description: Option<String>,
    #[arg(short = 'l', long, hide = true)]
    labels: Vec<String>,
    #[arg(long, hide = true)]
    keyring: Option<String>,
    #[arg(long, hide = true)]
    post_renderer_args: Vec<String>,
    #[arg(long, hide = true)]
    timeout: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "watcher")]
    wait: Option<String>,
    #[arg(long, hide = true)]
    burst_limit: Option<String>,
    #[arg(long, alias = "colour", hide = true)]
    color: Option<String>,
    #[arg(long, hide = true)]
    content_cache: Option<String>,
    #[arg(long, hide = true)]
    kube_apiserver: Option<String>,
    #[arg(long, hide = true)]
    kube_as_group: Vec<String>,
    #[arg(long, hide = true)]
    kube_as_user: Option<String>,
    #[arg(long, hide = true)]
    kube_ca_file: Option<String>,
    #[arg(long, hide = true)]
    kube_tls_server_name: Option<String>,
    #[arg(long, hide = true)]
    kube_token: Option<String>,
    #[arg(long, hide = true)]
    qps: Option<String>,
    #[arg(long, hide = true)]
    repository_cache: Option<String>,
}

macro_rules! switches {
    ($($name:ident),* $(,)?) => {
        /// Flags that are true or false.
        #[derive(Debug, clap::Args)]
                struct Switches {
            $(
                #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", value_parser = boolean)]
                $name: bool,
            )*
        }
    };
}

switches!(
    create_namespace,
    dependency_update,
    disable_openapi_validation,
    force,
    force_conflicts,
    force_replace,
    kube_insecure_skip_tls_verify,
    replace,
    rollback_on_failure,
    atomic,
    server_side,
    skip_crds,
    take_ownership,
    wait_for_jobs,
    hide_notes,
    render_subchart_notes,
);
