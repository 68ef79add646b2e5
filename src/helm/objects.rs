//! `.Files`: the files of a chart as templates read them.

use std::any::Any;
use std::path::Path;
use std::rc::Rc;

use base64::Engine as _;

use crate::template::{CallError, Elem, Kind, Map, Object, Run, Str, Value};

use super::chart::File;
use super::func::yaml::to_yaml;
use super::glob::Glob;

/// Files by name.
#[derive(Clone, Debug)]
pub(crate) struct Files(Rc<[File]>);

impl Files {
    /// The files of a chart, of which the last counts where names are the same.
    pub(crate) fn new(files: &[File]) -> Self {
        let mut files: Vec<File> = files.iter().rev().cloned().collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        files.dedup_by(|a, b| a.name == b.name);
        Self(files.into())
    }

    /// As a value of templates.
    pub(crate) fn value(self) -> Value {
        Kind::Object(Rc::new(self)).into()
    }

    fn get(&self, name: &[u8]) -> &[u8] {
        self.0
            .binary_search_by(|file| file.name.as_bytes().cmp(name))
            .ok()
            .and_then(|place| self.0.get(place))
            .map_or(&[], File::bytes)
    }

    fn glob(&self, pattern: &Str) -> Self {
        let glob = Glob::new(&pattern.text());
        let files = self.0.iter().filter(|file| glob.matches(&file.name));
        Self(files.cloned().collect())
    }

    /// The contents by the files' own names, as YAML.
    fn yaml(&self, run: &mut Run<'_>, encode: fn(&[u8]) -> Str) -> Result<Value, CallError> {
        let map = Map::new();
        for file in self.0.iter() {
            let data = file.bytes();
            run.take(data.len())?;
            let name = Path::new(file.name.as_str()).file_name();
            let name = name.and_then(|name| name.to_str()).unwrap_or(&file.name);
            map.insert(name, Value::str(encode(data)));
        }
        to_yaml(run, &[map.of(Elem::Str).into()])
    }

    fn lines(&self, run: &mut Run<'_>, name: &Str) -> Result<Value, CallError> {
        let data = self.get(name.bytes());
        run.take(data.len())?;
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        if self.get(name.bytes()).is_empty() {
            return Ok(Value::strings(std::iter::empty::<&str>()));
        }
        Ok(Value::strings(data.split(|byte| *byte == b'\n')))
    }
}

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(
        &self,
        name: &str,
        run: &mut Run<'_>,
        arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        let text = |count: usize| match arguments {
            [
                Value {
                    kind: Kind::Str(text),
                    ..
                },
            ] if count == 1 => Ok(text.clone()),
            _ => Err(CallError::new(format!(
                "wrong number of args for {name}: want {count} got {}",
                arguments.len()
            ))),
        };
        Some(match name {
            "Get" => text(1).map(|name| Value::str(self.get(name.bytes()))),
            "GetBytes" => text(1).map(|name| Kind::Bytes(self.get(name.bytes()).into()).into()),
            "Glob" => text(1).map(|pattern| self.glob(&pattern).value()),
            "Lines" => text(1).and_then(|name| self.lines(run, &name)),
            "AsConfig" if arguments.is_empty() => self.yaml(run, |data| data.into()),
            "AsSecrets" if arguments.is_empty() => self.yaml(run, |data| {
                base64::engine::general_purpose::STANDARD
                    .encode(data)
                    .into()
            }),
            "AsConfig" | "AsSecrets" => text(0).map(Value::from),
            _ => return None,
        })
    }

    fn display(&self) -> Str {
        let files = self.0.iter();
        let files: Vec<String> = files
            .map(|file| {
                let bytes: Vec<String> = file.bytes().iter().map(ToString::to_string).collect();
                format!("{}:[{}]", file.name, bytes.join(" "))
            })
            .collect();
        format!("map[{}]", files.join(" ")).into()
    }

    fn json(&self) -> Value {
        let files = self.0.iter();
        let files = files.map(|file| {
            let encoded = base64::engine::general_purpose::STANDARD.encode(file.bytes());
            (Str::from(file.name.as_str()), Value::str(encoded))
        });
        files.collect::<Map>().into()
    }

    fn entries(&self) -> Option<Vec<(Str, Value)>> {
        let files = self.0.iter();
        let files = files.map(|file| {
            let data = Kind::Bytes(file.bytes().into());
            (Str::from(file.name.as_str()), data.into())
        });
        Some(files.collect())
    }
}
