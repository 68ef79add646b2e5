//! Semantic versions in templates.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use super::super::semver::{Constraint, Version};
use super::super::value::{Kind, Object, Str, UintType, Value};
use super::super::{CallError, Run};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] = functions![
    ("semver", [Str], semver),
    ("semverCompare", [Str, Str], semver_compare),
];

fn semver(_: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let version = read(&arg::string(arguments, 0))?;
    Ok(Kind::Object(Rc::new(VersionObject(version))).into())
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
struct VersionObject(Version);

impl VersionObject {
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
            Some(other) => Ok(self.0.cmp(&other.0)),
            None => Err(CallError::new(
                "wrong type for value; expected *semver.Version",
            )),
        }
    }

    fn next(version: Option<Version>, part: &str) -> Result<Value, CallError> {
        match version {
            Some(version) => Ok(Kind::Object(Rc::new(Self(version))).into()),
            None => Err(CallError::new(format!(
                "{part} version increment would overflow uint64"
            ))),
        }
    }
}

impl Object for VersionObject {
    fn type_name(&self) -> &str {
        "*semver.Version"
    }

    fn kind_name(&self) -> &'static str {
        "ptr"
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
        let Self(version) = self;
        let number = |number: u64| Ok(Kind::Uint(number, UintType::Uint64).into());
        let is =
            |holds: fn(Ordering) -> bool| self.compared(arguments).map(|order| holds(order).into());
        Some(match name {
            "Major" => number(version.major),
            "Minor" => number(version.minor),
            "Patch" => number(version.patch),
            "Prerelease" => Ok(version.prerelease.as_str().into()),
            "Metadata" => Ok(version.metadata.as_str().into()),
            "Original" => Ok(version.original.as_str().into()),
            "String" => Ok(version.to_string().into()),
            "Compare" => self
                .compared(arguments)
                .map(|order| Value::int(order as i64)),
            "Equal" => is(Ordering::is_eq),
            "LessThan" => is(Ordering::is_lt),
            "LessThanEqual" => is(Ordering::is_le),
            "GreaterThan" => is(Ordering::is_gt),
            "GreaterThanEqual" => is(Ordering::is_ge),
            "IncPatch" => Self::next(version.next_patch(), "patch"),
            "IncMinor" => Self::next(version.next_minor(), "minor"),
            "IncMajor" => Self::next(version.next_major(), "major"),
            _ => return None,
        })
    }

    fn display(&self) -> Str {
        self.0.to_string().into()
    }

    fn json(&self) -> Value {
        self.0.to_string().into()
    }
}
