//! `Chart.yaml`.

use crate::helm::decode::{self, Fields, WrongType};
use crate::helm::values::{Value, read};
use crate::yaml::{self, DuplicateKeys, FileId, Limits, Node, Origin};

use super::error::Invalid;
use super::{ChartError, version};

/// What a chart says of itself.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// `apiVersion`; `v1` where none is said.
    pub api_version: String,
    /// `name`
    pub name: String,
    /// `version`
    pub version: String,
    /// `kubeVersion`: the range of Kubernetes versions that it is for.
    pub kube_version: String,
    /// `description`
    pub description: String,
    /// `type`: application or library.
    pub kind: String,
    /// `keywords`
    pub keywords: Vec<String>,
    /// `home`
    pub home: String,
    /// `sources`
    pub sources: Vec<String>,
    /// `maintainers`: name, address, page.
    pub maintainers: Vec<[String; 3]>,
    /// `icon`
    pub icon: String,
    /// `condition`
    pub condition: String,
    /// `tags`
    pub tags: String,
    /// `appVersion`
    pub app_version: String,
    /// `deprecated`
    pub deprecated: bool,
    /// `annotations`
    pub annotations: Option<Vec<(String, String)>>,
    /// `dependencies`. None: the file doesn't speak of any, so all in `charts/` count.
    pub dependencies: Option<Vec<Dependency>>,
    /// The file.
    pub at: Origin,
}

/// A chart that another needs.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The chart's name.
    pub name: String,
    /// The range of versions.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// Paths in values, divided by commas, of which the first that is a boolean switches the chart on or off.
    pub condition: String,
    /// The tags that do, if no condition does.
    pub tags: Vec<String>,
    /// The name that it goes by here, if another than its own.
    pub alias: String,
    /// What `enabled` says, which only templates see, and only where no one decided on it.
    pub enabled: bool,
    /// Values of it that become this chart's.
    pub import_values: Vec<ImportValues>,
    /// The same as it is written, for the digest of a lock file.
    pub written_imports: Vec<serde_json::Value>,
    /// Where it stands.
    pub at: Origin,
}

/// Which values of a dependency become the chart's own.
#[derive(Clone, Debug)]
pub enum ImportValues {
    /// What stands below `exports.NAME`.
    Export(String),
    /// From a table of the dependency to one of the chart.
    Path {
        /// Where they are.
        child: String,
        /// Where they go.
        parent: String,
    },
    /// Something else, which imports nothing.
    Other,
}

/// Where a chart stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// The one that is rendered.
    Root,
    /// In the `charts/` of another.
    Subchart,
}

impl Metadata {
    /// Reads and checks a `Chart.yaml` and, for the first version of charts, a `requirements.yaml`.
    pub(crate) fn parse(
        chart: &[u8],
        file: FileId,
        requirements: Option<(&[u8], FileId)>,
        level: Level,
    ) -> Result<Self, ChartError> {
        let mut metadata = Self::empty(file);
        metadata.read(chart, file)?;
        if metadata.api_version.is_empty() {
            "v1".clone_into(&mut metadata.api_version);
        }
        match metadata.api_version.as_str() {
            "v1" | "v2" => {}
            // The reference looks at the chart that it is asked for, not at those below.
            _ if level == Level::Subchart => {}
            "v3" => {
                return Err(ChartError::VersionThree { at: metadata.at });
            }
            other => {
                return Err(ChartError::ApiVersion {
                    version: other.to_owned(),
                    at: metadata.at,
                });
            }
        }
        if let Some((text, file)) = requirements {
            metadata.read(text, file)?;
        }
        metadata.sanitize();
        metadata
            .check()
            .map_err(|(reason, at)| ChartError::Invalid { reason, at })?;
        Ok(metadata)
    }

    fn empty(file: FileId) -> Self {
        Self {
            api_version: String::new(),
            name: String::new(),
            version: String::new(),
            kube_version: String::new(),
            description: String::new(),
            kind: String::new(),
            keywords: Vec::new(),
            home: String::new(),
            sources: Vec::new(),
            maintainers: Vec::new(),
            icon: String::new(),
            condition: String::new(),
            tags: String::new(),
            app_version: String::new(),
            deprecated: false,
            annotations: None,
            dependencies: None,
            at: Origin::file(file),
        }
    }

    /// Takes what a file says over what was said before.
    fn read(&mut self, text: &[u8], file: FileId) -> Result<(), ChartError> {
        let node =
            yaml::parse_version_2(text, file, &Limits::default(), DuplicateKeys::LastCounts)?;
        let Some(node) = node else { return Ok(()) };
        let fields = Fields::of(&node, "")?;
        for (name, field) in [
            ("apiVersion", &mut self.api_version),
            ("name", &mut self.name),
            ("version", &mut self.version),
            ("kubeVersion", &mut self.kube_version),
            ("description", &mut self.description),
            ("type", &mut self.kind),
            ("home", &mut self.home),
            ("icon", &mut self.icon),
            ("condition", &mut self.condition),
            ("tags", &mut self.tags),
            ("appVersion", &mut self.app_version),
        ] {
            if let Some(node) = fields.get(name) {
                *field = decode::text(node, name)?;
            }
        }
        for (name, field) in [
            ("keywords", &mut self.keywords),
            ("sources", &mut self.sources),
        ] {
            if fields.get(name).is_some() {
                *field = fields.texts(name)?;
            }
        }
        if fields.get("deprecated").is_some() {
            self.deprecated = fields.truth("deprecated")?;
        }
        if fields.get("annotations").is_some() {
            self.annotations = Some(fields.text_map("annotations")?);
        }
        if fields.get("maintainers").is_some() {
            let items = fields.items("maintainers")?.iter();
            self.maintainers = items.map(maintainer).collect::<Result<_, _>>()?;
        }
        if fields.get("dependencies").is_some() {
            let items = fields.items("dependencies")?.iter();
            self.dependencies = Some(items.map(dependency).collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    /// Makes spaces of all white space and drops what doesn't print.
    fn sanitize(&mut self) {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        let maintainers = self.maintainers.iter_mut().flatten();
        texts
            .into_iter()
            .chain(&mut self.sources)
            .chain(&mut self.keywords)
            .chain(maintainers)
            .for_each(sanitize);
        for dependency in self.dependencies.iter_mut().flatten() {
            let texts = [
                &mut dependency.name,
                &mut dependency.version,
                &mut dependency.repository,
                &mut dependency.condition,
            ];
            texts
                .into_iter()
                .chain(&mut dependency.tags)
                .for_each(sanitize);
        }
    }

    fn check(&self) -> Result<(), (Invalid, Origin)> {
        let here = |reason| Err((reason, self.at));
        if self.name.is_empty() {
            return here(Invalid::Missing("name"));
        }
        if matches!(self.name.as_str(), "." | "..") || self.name.contains('/') {
            return here(Invalid::Name(self.name.clone()));
        }
        if self.version.is_empty() {
            return here(Invalid::Missing("version"));
        }
        if !version::is_valid(&self.version) {
            return here(Invalid::Version(self.version.clone()));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return here(Invalid::Kind(self.kind.clone()));
        }
        let mut names: Vec<&str> = Vec::new();
        for dependency in self.dependencies.iter().flatten() {
            let is_fine =
                |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
            if !dependency.alias.chars().all(is_fine) {
                return Err((Invalid::Alias(dependency.name.clone()), dependency.at));
            }
            let name = dependency.name_here();
            if names.contains(&name) {
                return Err((Invalid::Twice(name.to_owned()), dependency.at));
            }
            names.push(name);
        }
        Ok(())
    }
}

impl Dependency {
    /// The alias, else the name.
    pub fn name_here(&self) -> &str {
        if self.alias.is_empty() {
            &self.name
        } else {
            &self.alias
        }
    }
}

fn maintainer(node: &Node) -> Result<[String; 3], ChartError> {
    not_null(node, "maintainers")?;
    let fields = Fields::of(node, "maintainers.")?;
    Ok([
        fields.text("name")?,
        fields.text("email")?,
        fields.text("url")?,
    ])
}

fn dependency(node: &Node) -> Result<Dependency, ChartError> {
    not_null(node, "dependencies")?;
    let fields = Fields::of(node, "dependencies.")?;
    let imports = fields.items("import-values")?;
    Ok(Dependency {
        name: fields.text("name")?,
        version: fields.text("version")?,
        repository: fields.text("repository")?,
        condition: fields.text("condition")?,
        tags: fields.texts("tags")?,
        alias: fields.text("alias")?,
        enabled: fields.truth("enabled")?,
        import_values: imports.iter().map(import).collect::<Result<_, _>>()?,
        written_imports: imports
            .iter()
            .map(|import| Ok(read::value(import)?.to_json()))
            .collect::<Result<_, ChartError>>()?,
        at: node.origin,
    })
}

fn import(node: &Node) -> Result<ImportValues, ChartError> {
    if let Some(mapping) = node.as_mapping() {
        let path = |key| -> Result<String, WrongType> {
            match mapping.get(key) {
                None => Ok("<nil>".to_owned()),
                Some(node) if node.is_null() => Ok("<nil>".to_owned()),
                Some(node) => decode::text(node, key),
            }
        };
        return Ok(ImportValues::Path {
            child: path("child")?,
            parent: path("parent")?,
        });
    }
    let value: Value = read::value(node)?;
    Ok(match value.data {
        crate::helm::values::Data::Text(text) => ImportValues::Export(text.to_string()),
        _ => ImportValues::Other,
    })
}

fn not_null(node: &Node, list: &'static str) -> Result<(), ChartError> {
    if node.is_null() {
        return Err(ChartError::Invalid {
            reason: Invalid::EmptyEntry(list),
            at: node.origin,
        });
    }
    Ok(())
}

fn sanitize(text: &mut String) {
    let is_plain = |character: char| matches!(character, ' '..='~');
    if text.chars().all(is_plain) {
        return;
    }
    *text = text
        .chars()
        .map(|character| {
            if character.is_whitespace() {
                ' '
            } else {
                character
            }
        })
        .filter(|character| crate::template::is_printable(*character))
        .collect();
}
