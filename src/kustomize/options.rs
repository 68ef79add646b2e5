//! What a build may be told beside its folder.

use crate::helm::{Randomness, Tracing};

use super::Plugins;

/// How a folder is built.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Which files a kustomization may read.
    pub load_restriction: LoadRestriction,
    /// The order of the output, where no `sortOptions` says it.
    pub reorder: Reorder,
    /// Whether each resource gets a label that names the tool.
    pub managed_by_label: ManagedByLabel,
    /// Whether resources keep who changed them.
    pub keep_history: bool,
    /// Whether what builds is looked at for what is surely a mistake.
    pub find_mistakes: bool,
    /// Whether kustomizations may have Helm charts.
    pub helm: HelmCharts,
    /// What Helm charts find where their entries don't say it.
    pub helm_defaults: HelmDefaults,
    /// Whether what Helm charts render knows which line of which file wrote it.
    pub tracing: Tracing,
    /// Where random values of Helm charts come from.
    pub randomness: Randomness,
    /// Which plugins kustomizations may use.
    pub plugins: Plugins,
}

/// Whether a kustomization may have Helm charts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HelmCharts {
    /// They are rendered.
    #[default]
    Allowed,
    /// They take `--enable-helm`, as in the reference tool.
    Refused,
}

/// What Helm charts of kustomizations find.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HelmDefaults {
    /// The Kubernetes version; that of Helm itself where there is none.
    pub kube_version: Option<String>,
    /// API versions beside those of Kubernetes.
    pub api_versions: Vec<String>,
}

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LoadRestriction {
    /// Those in or below its own folder.
    #[default]
    RootOnly,
    /// Any in the tree.
    None,
}

/// The order of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reorder {
    /// Nothing was said, which means by kind.
    #[default]
    Unspecified,
    /// By kind, as the cluster needs them, then by name.
    Legacy,
    /// As they were listed.
    None,
}

/// Whether each resource gets the label `app.kubernetes.io/managed-by`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ManagedByLabel {
    /// Where the kustomization asks for it.
    #[default]
    AsKustomized,
    /// Always.
    Add,
}
