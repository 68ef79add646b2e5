//! Semantic versions in templates.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use super::super::semver::{Constraint, Version};
use super::super::value::{Kind, Object, Str, UintType, Value};
use super::super::{CallError, Run, quoted};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("semver", [Str], semver),
    ("semverCompare", [Str, Str], semver_compare),
];

fn semver(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let version = read(&arg::string(arguments, 0))?;
    Ok(object(version, Form::Pointer))
}

fn semver_compare(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let constraint = Constraint::parse(&arg::string(arguments, 0).text())
        .map_err(|error| CallError::new(error.to_string()))?;
    let version = read(&arg::string(arguments, 1))?;
    Ok(constraint.matches(&version).into())
}

fn read(text: &Str) -> Result<Version, CallError> {
    Version::parse(&text.text()).map_err(|error| CallError::new(error.to_string()))
}

/// A version with its methods.
#[derive(Debug)]
struct VersionObject {
    version: Version,
    form: Form,
}

/// How Go holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// What `semver` gives.
    Pointer,
    /// What methods give; it lacks those of the pointer.
    Struct,
}

fn object(version: Version, form: Form) -> Value {
    Kind::Object(Rc::new(VersionObject { version, form })).into()
}

/// The next version, if the number that grows has room.
fn next(version: Option<Version>, part: &str) -> Result<Value, CallError> {
    match version {
        Some(version) => Ok(object(version, Form::Struct)),
        None => Err(CallError::new(format!(
            "{part} version increment would overflow uint64"
        ))),
    }
}

impl VersionObject {
    /// The methods of the pointer alone.
    fn method_of_pointer(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        let is = |holds: fn(Ordering) -> bool| {
            let order = self.compared(arguments);
            order.map(|order| holds(order).into())
        };
        Some(match name {
            "Original" => Ok(self.version.original.as_str().into()),
            "Compare" => self
                .compared(arguments)
                .map(|order| Value::int(order as i64)),
            "Equal" => is(Ordering::is_eq),
            "LessThan" => is(Ordering::is_lt),
            "LessThanEqual" => is(Ordering::is_le),
            "GreaterThan" => is(Ordering::is_gt),
            "GreaterThanEqual" => is(Ordering::is_ge),
            _ => return None,
        })
    }

    /// The order to the version that is the one argument.
    fn compared(&self, arguments: &[Value]) -> Result<Ordering, CallError> {
        let other = match arguments {
            [
                Value {
                    kind: Kind::Object(other),
                    ..
                },
            ] => other.as_any().downcast_ref::<Self>(),
            _ => None,
        };
        match other {
            Some(other) if other.form == Form::Pointer => Ok(self.version.cmp(&other.version)),
            _ => Err(CallError::new(
                "wrong type for value; expected *semver.Version",
            )),
        }
    }
}

impl Object for VersionObject {
    fn type_name(&self) -> &str {
        match self.form {
            Form::Pointer => "*semver.Version",
            Form::Struct => "semver.Version",
        }
    }

    fn kind_name(&self) -> &'static str {
        match self.form {
            Form::Pointer => "ptr",
            Form::Struct => "struct",
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(
        &self,
        name: &str,
        _run: &mut Run<'_>,
        arguments: &[Value],
    ) -> Option<Result<Value, CallError>> {
        let version = &self.version;
        let number = |number: u64| Ok(Kind::Uint(number, UintType::Uint64).into());
        Some(match name {
            "Major" => number(version.major),
            "Minor" => number(version.minor),
            "Patch" => number(version.patch),
            "Prerelease" => Ok(version.prerelease.as_str().into()),
            "Metadata" => Ok(version.metadata.as_str().into()),
            "String" => Ok(version.to_string().into()),
            "IncPatch" => next(version.next_patch(), "patch"),
            "IncMinor" => next(version.next_minor(), "minor"),
            "IncMajor" => next(version.next_major(), "major"),
            _ if self.form == Form::Pointer => return self.method_of_pointer(name, arguments),
            _ => return None,
        })
    }

    fn go_syntax(&self) -> Option<String> {
        let version = &self.version;
        let text = |text: &str| {
            let quoted = quoted(text.as_bytes());
            String::from_utf8_lossy(&quoted).into_owned()
        };
        Some(format!(
            "{}semver.Version{{major:0x{:x}, minor:0x{:x}, patch:0x{:x}, pre:{}, metadata:{}, original:{}}}",
            if self.form == Form::Pointer { "&" } else { "" },
            version.major,
            version.minor,
            version.patch,
            text(&version.prerelease),
            text(&version.metadata),
            text(&version.original)
        ))
    }

    fn display(&self) -> Str {
        self.version.to_string().into()
    }

    fn json(&self) -> Value {
        self.version.to_string().into()
    }

    fn is_equal(&self, other: &dyn Object) -> Option<bool> {
        let other: &Self = other.as_any().downcast_ref()?;
        let all = |version: &Version| (version.to_string(), version.original.clone());
        Some(all(&self.version) == all(&other.version))
    }

    /// Of a version whose fields are its own secret only the zeros are copied.
    fn copied(&self) -> Option<Value> {
        let zero = Version {
            major: 0,
            minor: 0,
            patch: 0,
            prerelease: String::new(),
            metadata: String::new(),
            original: String::new(),
        };
        Some(object(zero, self.form))
    }
}
