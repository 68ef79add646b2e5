//! Which of the arguments is the release's name, and what it is where none is.

use anyhow::{Context as _, bail};

use crate::helm::release::name_of;

/// The name of a release without one: `helm template` never makes one up.
const NO_NAME: &str = "release-name";

/// Returns the release's name and the chart.
pub(super) fn name_and_chart(
    arguments: &[String],
    template: Option<&str>,
    generate: bool,
) -> anyhow::Result<(String, String)> {
    let template = template.filter(|template| !template.is_empty());
    match arguments {
        [chart] => match template {
            Some(template) => {
                let name = name_of(template).context("the template of the name")?;
                Ok((name, chart.clone()))
            }
            None => Ok((NO_NAME.to_owned(), chart.clone())),
        },
        [_, _] if generate => bail!("cannot set --generate-name and also specify a name"),
        [_, _] if template.is_some() => {
            bail!("cannot set --name-template and also specify a name")
        }
        [name, chart] => Ok((name.clone(), chart.clone())),
        _ => bail!(
            "expected at most two arguments, unexpected arguments: {}",
            arguments.get(2..).unwrap_or_default().join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], template: Option<&str>, want: Result<(&str, &str), &str>) {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let got = name_and_chart(&arguments, template, false);
        match (got, want) {
            (Ok(got), Ok(want)) => assert_eq!((got.0.as_str(), got.1.as_str()), want),
            (Err(error), Err(want)) => assert!(error.to_string().contains(want), "{error}"),
            (got, want) => panic!("{got:?}, not {want:?}"),
        }
    }

    #[test]
    fn names_come_from_the_arguments_or_the_template() {
        check(&["a", "c"], None, Ok(("a", "c")));
        check(&["c"], None, Ok(("release-name", "c")));
        check(&["c"], Some("x-{{ printf \"%d\" 1 }}"), Ok(("x-1", "c")));
        check(&["a", "c"], Some("x"), Err("--name-template"));
        check(&["a", "b", "c"], None, Err("unexpected arguments: c"));
    }
}
