//! The whole file.

use crate::yaml::{Diagnostic, Node, Origin};

use super::decode::{DecodeError, Rules, Text, TextMap, decode, record};
use super::types::{
    GeneratorArgs, GeneratorOptions, HelmChart, HelmChartArgs, HelmGlobals, Image, Label, Metadata,
    Patch, Replacement, Replica, SortOptions, Var,
};

record! {
    /// What a kustomization file says.
    "the kustomization"
    pub struct Kustomization {
        @origin,
        /// `kustomize.config.k8s.io/v1beta1`, or `v1alpha1` for a component.
        api_version: Text = "apiVersion",
        /// `Kustomization` or `Component`.
        kind_text: Text = "kind",
        /// Metadata of the file itself.
        metadata: Option<Metadata> = "metadata",
        /// The schema that patches go by: `path` or `version`.
        openapi: TextMap = "openapi",
        /// What is put before each name.
        name_prefix: Text = "namePrefix",
        /// What is put after each name.
        name_suffix: Text = "nameSuffix",
        /// The namespace of all resources.
        namespace: Text = "namespace",
        /// Labels for all resources and their selectors.
        common_labels: TextMap = "commonLabels",
        /// Labels for all resources.
        labels: Vec<Label> = "labels",
        /// Annotations for all resources.
        common_annotations: TextMap = "commonAnnotations",
        /// Strategic merge patches: a file or the patch itself.
        patches_strategic_merge: Vec<Text> = "patchesStrategicMerge",
        /// JSON patches.
        patches_json_6902: Vec<Patch> = "patchesJson6902",
        /// Patches of both kinds.
        patches: Vec<Patch> = "patches",
        /// Changes of images.
        images: Vec<Image> = "images",
        /// The former name of `images`.
        image_tags: Vec<Image> = "imageTags",
        /// Values that are copied from one field to others.
        replacements: Vec<Replacement> = "replacements",
        /// Changes of numbers of replicas.
        replicas: Vec<Replica> = "replicas",
        /// Values that are put where `$(NAME)` stands.
        vars: Vec<Var> = "vars",
        /// The order of the output.
        sort_options: Option<SortOptions> = "sortOptions",
        /// Files of resources and folders with a kustomization.
        resources: Vec<Text> = "resources",
        /// Folders with a component.
        components: Vec<Text> = "components",
        /// Files with the schemas of custom resources.
        crds: Vec<Text> = "crds",
        /// The former place of folders in `resources`.
        bases: Vec<Text> = "bases",
        /// `ConfigMap`s to make.
        config_map_generator: Vec<GeneratorArgs> = "configMapGenerator",
        /// Secrets to make.
        secret_generator: Vec<GeneratorArgs> = "secretGenerator",
        /// What concerns all Helm charts.
        helm_globals: Option<HelmGlobals> = "helmGlobals",
        /// Helm charts to render.
        helm_charts: Vec<HelmChart> = "helmCharts",
        /// The former form of `helmCharts`.
        helm_chart_inflation_generator: Vec<HelmChartArgs> = "helmChartInflationGenerator",
        /// Options of all generators.
        generator_options: Option<GeneratorOptions> = "generatorOptions",
        /// Files that tell transformers which fields to work on.
        configurations: Vec<Text> = "configurations",
        /// Configurations of generators: a file, a folder or the configuration itself.
        generators: Vec<Text> = "generators",
        /// Configurations of transformers.
        transformers: Vec<Text> = "transformers",
        /// Configurations of validators.
        validators: Vec<Text> = "validators",
        /// What the output tells of the build.
        build_metadata: Vec<Text> = "buildMetadata",
    }
}

/// What a kustomization file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A layer of its own.
    Kustomization,
    /// A part of the layer that includes it.
    Component,
}

/// Something of a file that works but should not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub message: String,
    /// The place.
    pub origin: Origin,
    /// Whether the reference tool puts the time in front, as it does with what it logs.
    pub is_logged: bool,
}

/// Why a document is not a kustomization.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileError {
    /// A field is wrong.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Nothing is in it.
    #[error("the kustomization is empty")]
    Empty {
        /// The file.
        at: Origin,
    },
    /// The kind is none of the two.
    #[error("`{found}` is not a kind of kustomization")]
    WrongKind {
        /// The kind.
        found: String,
        /// The place.
        at: Origin,
    },
    /// The version is not that of the kind.
    #[error("`{found}` is not the `apiVersion` of a {kind}")]
    WrongVersion {
        /// The version.
        found: String,
        /// The kind.
        kind: &'static str,
        /// What it should be.
        wanted: &'static str,
        /// The place.
        at: Origin,
    },
}

impl Diagnostic for FileError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::Decode(error) => error.origin(),
            Self::Empty { at } | Self::WrongKind { at, .. } | Self::WrongVersion { at, .. } => {
                Some(*at)
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Decode(error) => error.hint(),
            Self::Empty { .. } => Some("list what it builds in `resources`".to_owned()),
            Self::WrongKind { .. } => {
                Some("write `kind: Kustomization` or `kind: Component`".to_owned())
            }
            Self::WrongVersion { wanted, .. } => Some(format!("write `apiVersion: {wanted}`")),
        }
    }
}

const KUSTOMIZATION: (&str, &str) = ("Kustomization", "kustomize.config.k8s.io/v1beta1");
const COMPONENT: (&str, &str) = ("Component", "kustomize.config.k8s.io/v1alpha1");

const EDIT_FIX: &str = "Run 'kustomize edit fix' to update your Kustomization automatically.";

/// Fields that should not be used any more, and what replaced them.
const DEPRECATED: [(&str, &str, &str); 6] = [
    ("bases", "resources", ""),
    ("commonLabels", "labels", ""),
    ("imageTags", "images", ""),
    ("patchesJson6902", "patches", ""),
    ("patchesStrategicMerge", "patches", ""),
    ("vars", "replacements", "[EXPERIMENTAL] "),
];

impl Kustomization {
    /// Reads a document; what stands in former fields moves to those that replaced them.
    pub fn read(document: &Node) -> Result<(Self, Vec<Warning>), FileError> {
        let mut kustomization: Self = decode(document, "kustomization", Rules::Kustomization)?;
        let warnings = deprecations(document);
        if says_nothing(document) {
            return Err(FileError::Empty {
                at: document.origin,
            });
        }
        kustomization.check_type()?;
        kustomization.move_former_fields();
        Ok((kustomization, warnings))
    }

    /// Returns what the file describes.
    pub fn kind(&self) -> Kind {
        if &*self.kind_text == COMPONENT.0 {
            Kind::Component
        } else {
            Kind::Kustomization
        }
    }

    fn check_type(&self) -> Result<(), FileError> {
        let kind = &self.kind_text;
        if !kind.is_empty() && ![KUSTOMIZATION.0, COMPONENT.0].contains(&&**kind) {
            return Err(FileError::WrongKind {
                found: kind.to_string(),
                at: kind.origin,
            });
        }
        let (kind, wanted) = match self.kind() {
            Kind::Kustomization => KUSTOMIZATION,
            Kind::Component => COMPONENT,
        };
        let version = &self.api_version;
        if !version.is_empty() && &**version != wanted {
            return Err(FileError::WrongVersion {
                found: version.to_string(),
                kind,
                wanted,
                at: version.origin,
            });
        }
        Ok(())
    }

    fn move_former_fields(&mut self) {
        self.resources.append(&mut self.bases);
        self.images.append(&mut self.image_tags);
        for generator in self
            .config_map_generator
            .iter_mut()
            .chain(&mut self.secret_generator)
        {
            generator.move_former_fields();
        }
        let mut globals = HelmGlobals::default();
        for old in std::mem::take(&mut self.helm_chart_inflation_generator) {
            if !old.helm_home.is_empty() {
                globals.config_home = old.helm_home;
            }
            if !old.chart_home.is_empty() {
                globals.chart_home = old.chart_home;
            }
            self.helm_charts.push(HelmChart {
                origin: old.origin,
                name: old.chart_name,
                version: old.chart_version,
                repo: old.chart_repo_url,
                values_file: old.values,
                values_inline: old.values_local,
                values_merge: old.values_merge,
                release_name: old.release_name,
                ..HelmChart::default()
            });
        }
        if self.helm_globals.is_none()
            && !(globals.chart_home.is_empty() && globals.config_home.is_empty())
        {
            self.helm_globals = Some(globals);
        }
    }
}

impl GeneratorArgs {
    /// Moves `env` into `envs`.
    pub(crate) fn move_former_fields(&mut self) {
        if !self.env.is_empty() {
            self.envs.push(std::mem::take(&mut self.env));
        }
    }
}

fn deprecations(document: &Node) -> Vec<Warning> {
    let Some(mapping) = document.as_mapping() else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    for (old, new, stability) in DEPRECATED {
        let entry = mapping
            .iter()
            .find(|entry| entry.key.text.eq_ignore_ascii_case(old) && !entry.value.is_null());
        if let Some(entry) = entry {
            warnings.push(Warning {
                message: format!(
                    "# Warning: '{old}' is deprecated. Please use '{new}' instead. {stability}{EDIT_FIX}"
                ),
                origin: entry.key_origin,
                is_logged: false,
            });
        }
    }
    warnings
}

/// Tells whether no field but the type has a value. An empty list is one, an empty text is none; of
/// former fields an empty list is none either.
fn says_nothing(document: &Node) -> bool {
    let mut entries = document.as_mapping().into_iter().flatten();
    entries.all(|entry| {
        let is_any_of = |names: &[&str]| {
            names
                .iter()
                .any(|name| entry.key.text.eq_ignore_ascii_case(name))
        };
        is_any_of(&["apiVersion", "kind"])
            || entry.value.is_null()
            || entry.value.as_str() == Some("")
            || (is_any_of(&["bases", "imageTags", "helmChartInflationGenerator"])
                && entry.value.as_sequence().is_some_and(<[Node]>::is_empty))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{DuplicateKeys, FileId, Limits, parse_version_2};

    fn read(text: &str) -> Result<(Kustomization, Vec<Warning>), FileError> {
        let file = FileId::of("kustomization.yaml");
        let document = parse_version_2(
            text.as_bytes(),
            file,
            &Limits::default(),
            DuplicateKeys::LastCounts,
        )
        .unwrap();
        Kustomization::read(&document.unwrap_or(Node::null(Origin::file(file))))
    }

    fn error(text: &str) -> String {
        let error = read(text).unwrap_err();
        format!("{error}; {}", error.hint().unwrap_or_default())
    }

    #[test]
    fn names_match_whatever_their_case() {
        let (kustomization, _) = read("NamePrefix: a-\nRESOURCES: [x.yaml]").unwrap();
        assert_eq!(&*kustomization.name_prefix, "a-");
        assert_eq!(&*kustomization.resources[0], "x.yaml");
    }

    #[test]
    fn mistakes_name_the_field_and_what_to_write() {
        assert_eq!(
            error("resource: [x.yaml]"),
            "unknown field `resource` in the kustomization; did you mean `resources`?"
        );
        assert_eq!(
            error("images: [{name: a, newtga: b}]"),
            "unknown field `newtga` in an entry of `images`; did you mean `newTag`?"
        );
        assert_eq!(
            error("namePrefix: 1"),
            "`namePrefix` in the kustomization must be text, not a number; put it in quotes"
        );
        assert_eq!(
            error("namePrefix: y"),
            "`namePrefix` in the kustomization must be text, not a boolean; put it in quotes"
        );
        assert_eq!(
            error("kind: Component\napiVersion: v1\nresources: []"),
            "`v1` is not the `apiVersion` of a Component; \
             write `apiVersion: kustomize.config.k8s.io/v1alpha1`"
        );
    }

    #[test]
    fn a_file_that_says_nothing_is_an_error() {
        for text in ["", "kind: Kustomization", "namePrefix: ''", "bases: []"] {
            assert!(
                matches!(read(text), Err(FileError::Empty { .. })),
                "{text:?}"
            );
        }
        assert!(read("resources: []").is_ok());
    }

    #[test]
    fn former_fields_move_with_a_warning() {
        let (kustomization, warnings) = read(
            "bases: [../b]\nresources: [a]\nconfigMapGenerator: [{name: c, env: e, envs: [d]}]",
        )
        .unwrap();
        let texts = |list: &[Text]| list.iter().map(|t| t.to_string()).collect::<Vec<_>>();
        assert_eq!(texts(&kustomization.resources), ["a", "../b"]);
        assert_eq!(
            texts(&kustomization.config_map_generator[0].envs),
            ["d", "e"]
        );
        assert_eq!(warnings.len(), 1);
    }
}
