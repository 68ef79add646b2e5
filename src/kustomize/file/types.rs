//! What stands in the fields of a kustomization.

use super::super::{Gvk, ResId};
use super::decode::{Number, Text, TextMap, record};
use crate::yaml::Node;

record! {
    /// An entry of `images`.
    "an entry of `images`"
    pub struct Image {
        @origin,
        /// The image whose name, tag or digest is changed.
        name: Text = "name",
        /// The name it gets.
        new_name: Text = "newName",
        /// What is added to its tag.
        tag_suffix: Text = "tagSuffix",
        /// The tag it gets.
        new_tag: Text = "newTag",
        /// The digest it gets.
        digest: Text = "digest",
    }
}

record! {
    /// An entry of `replicas`.
    "an entry of `replicas`"
    pub struct Replica {
        @origin,
        /// The resource's name.
        name: Text = "name",
        /// The number it gets.
        count: Number = "count",
    }
}

record! {
    /// A field of some kinds that a transformer works on.
    "a field spec"
    pub struct FieldSpec {
        @origin,
        %embedded ["group", "version", "kind"],
        /// The API group of the kinds; empty for all.
        group: Text = "group",
        /// The version; empty for all.
        version: Text = "version",
        /// The kind; empty for all.
        kind: Text = "kind",
        /// The field, as `spec/template/metadata/labels`.
        path: Text = "path",
        /// Whether the field is made where it is missing.
        create: bool = "create",
    }
}

record! {
    /// An entry of `labels`.
    "an entry of `labels`"
    pub struct Label {
        @origin,
        /// The labels.
        pairs: TextMap = "pairs",
        /// Whether selectors get them, too.
        include_selectors: bool = "includeSelectors",
        /// Whether pod templates get them, too.
        include_templates: bool = "includeTemplates",
        /// More fields that get them.
        fields: Vec<FieldSpec> = "fields",
    }
}

record! {
    /// An entry of `patches` or `patchesJson6902`.
    "an entry of `patches`"
    pub struct Patch {
        @origin,
        /// The file that holds it.
        path: Text = "path",
        /// The patch itself, as text.
        patch: Text = "patch",
        /// What is patched.
        target: Option<Selector> = "target",
        /// What it may do beyond.
        options: PatchOptions = "options",
    }
}

record! {
    /// What a patch may do beyond changing fields.
    "the options of a patch"
    pub struct PatchOptions {
        @origin,
        /// Whether it may change the name.
        allow_name_change: bool = "allowNameChange",
        /// Whether it may change the kind.
        allow_kind_change: bool = "allowKindChange",
    }
}

record! {
    /// Selects resources. Each text is a regular expression over the whole; an empty one selects all.
    "a selector"
    pub struct Selector {
        @origin,
        %embedded ["group", "version", "kind", "name", "namespace"],
        /// The API group.
        group: Text = "group",
        /// The version.
        version: Text = "version",
        /// The kind.
        kind: Text = "kind",
        /// The name, now or once.
        name: Text = "name",
        /// The namespace, now or once.
        namespace: Text = "namespace",
        /// A selector over annotations, as `a=b,!c`.
        annotation_selector: Text = "annotationSelector",
        /// A selector over labels, as `a=b,!c`.
        label_selector: Text = "labelSelector",
    }
}

impl Selector {
    /// Returns group, version, kind, name and namespace as they are written.
    pub fn id(&self) -> ResId {
        ResId {
            gvk: Gvk {
                group: self.group.text.clone(),
                version: self.version.text.clone(),
                kind: self.kind.text.clone(),
            },
            name: self.name.text.clone(),
            namespace: self.namespace.text.clone(),
        }
    }
}

record! {
    /// An entry of `replacements`: a replacement, or the file that holds some.
    "an entry of `replacements`"
    pub struct Replacement {
        @origin,
        %embedded ["source", "sourceValue", "targets"],
        /// The file that holds replacements.
        path: Text = "path",
        /// Where the value is taken from.
        source: Option<ReplacementSource> = "source",
        /// The value itself.
        source_value: Option<Text> = "sourceValue",
        /// Where it is put.
        targets: Vec<ReplacementTarget> = "targets",
    }
}

record! {
    /// Where a replacement takes its value from.
    "the source of a replacement"
    pub struct ReplacementSource {
        @origin,
        %embedded ["group", "version", "kind", "name", "namespace"],
        /// The API group; empty for any.
        group: Text = "group",
        /// The version; empty for any.
        version: Text = "version",
        /// The kind; empty for any.
        kind: Text = "kind",
        /// The name; empty for any.
        name: Text = "name",
        /// The namespace; empty for any.
        namespace: Text = "namespace",
        /// The field.
        field_path: Text = "fieldPath",
        /// Which part of the field.
        options: Option<FieldOptions> = "options",
    }
}

impl ReplacementSource {
    /// Returns group, version, kind, name and namespace as they are written.
    pub fn id(&self) -> ResId {
        ResId {
            gvk: Gvk {
                group: self.group.text.clone(),
                version: self.version.text.clone(),
                kind: self.kind.text.clone(),
            },
            name: self.name.text.clone(),
            namespace: self.namespace.text.clone(),
        }
    }
}

record! {
    /// Where a replacement puts its value.
    "a target of a replacement"
    pub struct ReplacementTarget {
        @origin,
        /// The resources.
        select: Option<Selector> = "select",
        /// Of those, the ones that are left alone.
        reject: Vec<Option<Selector>> = "reject",
        /// The fields.
        field_paths: Vec<Text> = "fieldPaths",
        /// Which part of the fields.
        options: Option<FieldOptions> = "options",
    }
}

record! {
    /// Which part of a field a replacement reads or writes.
    "the options of a replacement"
    pub struct FieldOptions {
        @origin,
        /// What parts are divided by.
        delimiter: Text = "delimiter",
        /// The part, from 0.
        index: i64 = "index",
        /// How the content is encoded: `base64`.
        encoding: Text = "encoding",
        /// Whether the field is made where it is missing.
        create: bool = "create",
    }
}

record! {
    /// An entry of `vars`.
    "an entry of `vars`"
    pub struct Var {
        @origin,
        /// Its name, written `$(NAME)` where it is used.
        name: Text = "name",
        /// The resource it takes its value from.
        object: VarObject = "objref",
        /// The field it takes its value from.
        field: VarField = "fieldref",
    }
}

record! {
    /// The resource that a var takes its value from.
    "the `objref` of a var"
    pub struct VarObject {
        @origin,
        /// `group/version`.
        api_version: Text = "apiVersion",
        /// The API group.
        group: Text = "group",
        /// The version.
        version: Text = "version",
        /// The kind.
        kind: Text = "kind",
        /// The name.
        name: Text = "name",
        /// The namespace; empty for any.
        namespace: Text = "namespace",
    }
}

impl VarObject {
    /// Returns what names the resource.
    pub fn id(&self) -> ResId {
        let mut gvk = Gvk {
            group: self.group.text.clone(),
            version: self.version.text.clone(),
            kind: self.kind.text.clone(),
        };
        match self.api_version.split('/').collect::<Vec<_>>()[..] {
            [""] => {}
            [version] => gvk.version = version.into(),
            [group, version] => (gvk.group, gvk.version) = (group.into(), version.into()),
            _ => {}
        }
        ResId {
            gvk,
            name: self.name.text.clone(),
            namespace: self.namespace.text.clone(),
        }
    }
}

record! {
    /// The field that a var takes its value from.
    "the `fieldref` of a var"
    pub struct VarField {
        @origin,
        /// The path; empty for `metadata.name`.
        field_path: Text = "fieldPath",
    }
}

record! {
    /// `sortOptions`.
    "`sortOptions`"
    pub struct SortOptions {
        @origin,
        /// `legacy` or `fifo`.
        order: Text = "order",
        /// What comes first and last.
        legacy: Option<LegacySortOptions> = "legacySortOptions",
    }
}

record! {
    /// Which kinds come first and last.
    "`legacySortOptions`"
    pub struct LegacySortOptions {
        @origin,
        /// The kinds that come first.
        order_first: Vec<Text> = "orderFirst",
        /// The kinds that come last.
        order_last: Vec<Text> = "orderLast",
    }
}

record! {
    /// An entry of `configMapGenerator` or `secretGenerator`.
    "a generator"
    pub struct GeneratorArgs {
        @origin,
        %embedded [
            "namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type",
        ],
        /// The namespace.
        namespace: Text = "namespace",
        /// The name, to which a hash is added.
        name: Text = "name",
        /// How it meets one of the same name: `create`, `replace` or `merge`.
        behavior: Text = "behavior",
        /// Entries as `key=value`.
        literals: Vec<Text> = "literals",
        /// Files, as `path` or `key=path`.
        files: Vec<Text> = "files",
        /// Files with a `key=value` on each line.
        envs: Vec<Text> = "envs",
        /// One such file.
        env: Text = "env",
        /// Options that win over `generatorOptions`.
        options: Option<GeneratorOptions> = "options",
        /// The type of a Secret.
        secret_type: Text = "type",
    }
}

record! {
    /// `generatorOptions`, or the options of one generator.
    "the options of a generator"
    pub struct GeneratorOptions {
        @origin,
        /// Labels of what is generated.
        labels: TextMap = "labels",
        /// Annotations of what is generated.
        annotations: TextMap = "annotations",
        /// Whether the name gets no hash.
        disable_name_suffix_hash: bool = "disableNameSuffixHash",
        /// Whether what is generated may not be changed in the cluster.
        immutable: bool = "immutable",
    }
}

record! {
    /// `metadata`.
    "`metadata`"
    pub struct Metadata {
        @origin,
        /// A name that nothing uses.
        name: Text = "name",
        /// A namespace that nothing uses.
        namespace: Text = "namespace",
        /// Labels of the file itself.
        labels: TextMap = "labels",
        /// Annotations of the file itself.
        annotations: TextMap = "annotations",
    }
}

record! {
    /// `helmGlobals`.
    "`helmGlobals`"
    pub struct HelmGlobals {
        @origin,
        /// The folder that holds charts.
        chart_home: Text = "chartHome",
        /// The folder of Helm's own configuration.
        config_home: Text = "configHome",
    }
}

record! {
    /// An entry of `helmCharts`.
    "an entry of `helmCharts`"
    pub struct HelmChart {
        @origin,
        /// The chart.
        name: Text = "name",
        /// Its version.
        version: Text = "version",
        /// The repository it is in.
        repo: Text = "repo",
        /// The release.
        release_name: Text = "releaseName",
        /// The namespace.
        namespace: Text = "namespace",
        /// More files of values.
        additional_values_files: Vec<Text> = "additionalValuesFiles",
        /// The file of values.
        values_file: Text = "valuesFile",
        /// Values in place.
        values_inline: Option<Node> = "valuesInline",
        /// How values in place meet those of files.
        values_merge: Text = "valuesMerge",
        /// Whether the chart's CRDs are rendered.
        include_crds: bool = "includeCRDs",
        /// Whether hooks are left out.
        skip_hooks: bool = "skipHooks",
        /// API versions that the chart finds.
        api_versions: Vec<Text> = "apiVersions",
        /// The Kubernetes version that the chart finds.
        kube_version: Text = "kubeVersion",
        /// A template of the release's name.
        name_template: Text = "nameTemplate",
        /// Whether tests are left out.
        skip_tests: bool = "skipTests",
        /// Whether Helm tells more.
        debug: bool = "debug",
        /// Whether development versions count.
        devel: bool = "devel",
    }
}

record! {
    /// An entry of `helmChartInflationGenerator`, which `helmCharts` has replaced.
    "an entry of `helmChartInflationGenerator`"
    pub struct HelmChartArgs {
        @origin,
        /// The chart.
        chart_name: Text = "chartName",
        /// Its version.
        chart_version: Text = "chartVersion",
        /// The repository it is in.
        chart_repo_url: Text = "chartRepoUrl",
        /// The folder that holds charts.
        chart_home: Text = "chartHome",
        /// A name that nothing uses.
        chart_repo_name: Text = "chartRepoName",
        /// A program that nothing runs.
        helm_bin: Text = "helmBin",
        /// The folder of Helm's own configuration.
        helm_home: Text = "helmHome",
        /// The file of values.
        values: Text = "values",
        /// Values in place.
        values_local: Option<Node> = "valuesLocal",
        /// How values in place meet those of files.
        values_merge: Text = "valuesMerge",
        /// The release.
        release_name: Text = "releaseName",
        /// A namespace that nothing uses.
        release_namespace: Text = "releaseNamespace",
        /// Arguments that nothing uses.
        extra_args: Vec<Text> = "extraArgs",
    }
}
