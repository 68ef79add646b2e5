//! What templates are rendered with: `.Values`, `.Chart`, `.Release` and the rest, for each chart of a release.

use smol_str::SmolStr;

use crate::helm::chart::{Dependency, File, ImportValues, Metadata};
use crate::helm::instance::Instance;
use crate::helm::objects::Files;
use crate::helm::release::{Action, Options};
use crate::helm::values_type::VALUES;
use crate::template::{self, List, Map, Str, Value};

/// A file that is parsed, and what it is rendered with.
pub(super) struct Item<'c> {
    pub(super) path: SmolStr,
    base_path: SmolStr,
    pub(super) file: &'c File,
    pub(super) data: Map,
}

impl Item<'_> {
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// `.Template`
    pub(super) fn template(&self) -> Value {
        let template = map([
            ("Name", self.path.as_str().into()),
            ("BasePath", self.base_path.as_str().into()),
        ]);
        template.named(&VALUES).into()
    }
}

/// Files by how deep they are, then by name.
pub(super) fn order(path: &SmolStr) -> (usize, SmolStr) {
    (path.matches('/').count(), path.clone())
}

/// What all charts of a release see, and their templates.
pub(super) struct Scope<'s, 'c> {
    pub(super) release: Value,
    pub(super) capabilities: Value,
    pub(super) templates: &'s mut Vec<Item<'c>>,
}

impl<'c> Scope<'_, 'c> {
    /// Adds the templates of a chart and of those below it; returns what they are rendered with.
    pub(super) fn instance(
        &mut self,
        instance: &Instance<'c>,
        values: &Map,
        above: &str,
        is_root: bool,
    ) -> Map {
        let path = full_path(above, &instance.name);
        let subcharts = Map::new();
        let data = map([
            ("Chart", chart(instance, is_root).into()),
            ("Files", Files::new(&instance.chart.files).value()),
            ("Release", self.release.clone()),
            ("Capabilities", self.capabilities.clone()),
            ("Values", values.clone().into()),
            ("Subcharts", subcharts.clone().into()),
        ]);
        for subchart in &instance.dependencies {
            let below = subchart
                .name
                .split('.')
                .try_fold(values.clone(), |map, key| {
                    map.get(key.as_bytes())?.as_map().cloned()
                });
            let below = below.unwrap_or_default().named(&VALUES);
            let below = self.instance(subchart, &below, &path, false);
            subcharts.insert(subchart.name.as_str(), below.into());
        }
        let base_path = SmolStr::from(format!("{path}/templates"));
        for file in &instance.chart.templates {
            let name = file.name.rsplit('/').next().unwrap_or(&file.name);
            if instance.chart.is_library() && !name.starts_with('_') {
                continue;
            }
            self.templates.push(Item {
                path: format!("{path}/{}", file.name).into(),
                base_path: base_path.clone(),
                file,
                data: data.clone(),
            });
        }
        data
    }
}

pub(super) fn full_path(above: &str, name: &str) -> String {
    if above.is_empty() {
        name.to_owned()
    } else {
        format!("{above}/charts/{name}")
    }
}

/// `.Chart`
fn chart(instance: &Instance<'_>, is_root: bool) -> Map {
    let Metadata {
        api_version,
        version,
        kube_version,
        description,
        kind,
        keywords,
        home,
        sources,
        maintainers,
        icon,
        condition,
        tags,
        app_version,
        deprecated,
        annotations,
        ..
    } = &instance.chart.metadata;
    let text = |text: &String| Value::from(text.as_str());
    let texts = |texts: &[String]| Value::list(texts.iter().map(text).collect());
    let maintainers = maintainers.iter().map(|[name, email, url]| {
        map([
            ("Name", text(name)),
            ("Email", text(email)),
            ("URL", text(url)),
        ])
        .into()
    });
    let annotations = annotations.as_ref().map(|annotations| {
        let annotations = annotations.iter();
        annotations
            .map(|(key, value)| (Str::from(key.as_str()), text(value)))
            .collect::<Map>()
            .of(template::Elem::Str)
    });
    let annotations = annotations.unwrap_or_else(|| Map::nil(template::Elem::Str));
    let declared = instance.declared.iter().flatten();
    map([
        ("Name", instance.name.as_str().into()),
        ("Home", text(home)),
        ("Sources", texts(sources)),
        ("Version", text(version)),
        ("Description", text(description)),
        ("Keywords", texts(keywords)),
        ("Maintainers", Value::list(maintainers.collect())),
        ("Icon", text(icon)),
        ("APIVersion", text(api_version)),
        ("Condition", text(condition)),
        ("Tags", text(tags)),
        ("AppVersion", text(app_version)),
        ("Deprecated", (*deprecated).into()),
        ("Annotations", annotations.into()),
        ("KubeVersion", text(kube_version)),
        (
            "Dependencies",
            Value::list(
                declared
                    .map(|(name, dependency)| {
                        let is_on = instance.is_decided || dependency.enabled;
                        declared_dependency(name, dependency, is_on)
                    })
                    .collect(),
            ),
        ),
        ("Type", text(kind)),
        ("IsRoot", is_root.into()),
    ])
}

fn declared_dependency(name: &str, dependency: &Dependency, is_on: bool) -> Value {
    let text = |text: &String| Value::from(text.as_str());
    let imports = dependency.import_values.iter().filter_map(|import| {
        let (child, parent) = match import {
            ImportValues::Export(export) => (format!("exports.{export}"), "."),
            ImportValues::Path { child, parent } => (child.clone(), parent.as_str()),
            ImportValues::Other => return None,
        };
        let import = map([("child", child.into()), ("parent", parent.into())]);
        Some(Value::from(import.of(template::Elem::Str)))
    });
    map([
        ("Name", name.into()),
        ("Version", text(&dependency.version)),
        ("Repository", text(&dependency.repository)),
        ("Condition", text(&dependency.condition)),
        (
            "Tags",
            Value::list(dependency.tags.iter().map(text).collect()),
        ),
        ("Enabled", is_on.into()),
        ("ImportValues", List::new(imports.collect()).into()),
        ("Alias", text(&dependency.alias)),
    ])
    .into()
}

/// `.Release`
pub(super) fn release(options: &Options) -> Map {
    let is_upgrade = options.action == Action::Upgrade;
    map([
        ("Name", options.name.as_str().into()),
        ("Namespace", options.namespace.as_str().into()),
        ("IsUpgrade", is_upgrade.into()),
        ("IsInstall", (!is_upgrade).into()),
        ("Revision", Value::int(1)),
        ("Service", "Helm".into()),
    ])
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Map {
    let entries = entries.into_iter();
    entries
        .map(|(key, value)| (Str::from(key), value))
        .collect()
}
