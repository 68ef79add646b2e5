//! Random templates, values and YAML through Helm's own engine and through ours: the same bytes, or both refuse.
//!
//! `LOCKGATE_TEMPLATES` and `LOCKGATE_SEED` ask for more and for others. What differs is shown, smallest first, as much of
//! it as `LOCKGATE_SHOWN` says. `LOCKGATE_TEMPLATE` is a template to render with both.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail loudly")]

mod generate;
mod peer;
mod values;

use std::sync::Arc;

use lockgate::helm;
use lockgate::template::{
    Bounds, Functions, Kind, Map, MissingKey, Random as Source, Run, Set, Str, Value,
};

use crate::random::Random;
use generate::Generator;
use peer::{Peer, Request};

/// The name that the reference gives to the template.
const NAME: &str = "c/templates/t.yaml";

/// A template and the values it is rendered over, as YAML.
struct Case {
    template: String,
    values: String,
}

#[test]
fn random_templates_render_as_the_reference_renders_them() {
    let functions = functions();
    if let Ok(template) = std::env::var("LOCKGATE_TEMPLATE") {
        let values = values::FIXED.to_owned();
        let case = Case { template, values };
        let reference = Peer::new().render(&Request::of(&case.template, &case.values), NAME);
        println!("{}", report(&case, &Err(String::new()), &reference));
        let ours = render(&case, &Arc::new(functions));
        println!("{}", report(&case, &ours, &reference));
        return;
    }
    compare(3_000, |random| {
        let template = Generator::new(random, &functions).template();
        let values = values::FIXED.to_owned();
        Case { template, values }
    });
}

#[test]
fn random_values_are_written_as_the_reference_writes_them() {
    compare(3_000, |random| {
        let values = format!("v: {}\n", values::json(random, 4));
        let function = random.pick(&[
            "toYaml",
            "toYaml",
            "toYaml",
            "toYamlPretty",
            "toJson",
            "toToml",
            "toPrettyJson",
        ]);
        let template = format!("{{{{ {function} .Values.v }}}}");
        Case { template, values }
    });
}

#[test]
fn random_yaml_is_read_as_the_reference_reads_it() {
    compare(3_000, |random| {
        let text = values::yaml(random);
        let values = format!("t: {}\n", serde_json::Value::from(text));
        let template = "{{ $m := fromYaml .Values.t }}{{ if hasKey $m \"Error\" }}error{{ else }}{{ toJson $m }}{{ end }}\n\
             {{ $l := fromYamlArray .Values.t }}{{ if gt (len $l) 0 }}{{ if kindIs \"string\" (first $l) }}error{{ else }}{{ toJson $l }}{{ end }}{{ end }}"
            .to_owned();
        Case { template, values }
    });
}

fn functions() -> Functions {
    let mut functions = Functions::standard();
    helm::func::add_to(&mut functions);
    functions
}

/// Renders as many random cases as are asked for with both.
fn compare(default: u64, make: impl Fn(&mut Random) -> Case) {
    let number = |name, default| {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().unwrap())
    };
    let count: u64 = number("LOCKGATE_TEMPLATES", default);
    let seed: u64 = number("LOCKGATE_SEED", 1);
    let functions = Arc::new(functions());
    let mut peer = Peer::new();
    let (mut rendered, mut failures) = (0, Vec::new());
    for index in 0..count {
        let case = make(&mut Random::new(seed.wrapping_mul(1_000_003) + index));
        let reference = peer.render(&Request::of(&case.template, &case.values), NAME);
        let ours = render(&case, &functions);
        rendered += u64::from(reference.is_ok());
        let differ = match (&ours, &reference) {
            (Ok(ours), Ok(reference)) => ours != reference,
            (Err(_), Err(_)) => false,
            // Of a map that holds itself, for one.
            (Ok(_), Err(error)) => error != peer::DIED,
            _ => true,
        };
        if differ {
            failures.push(report(&case, &ours, &reference));
        }
    }
    assert!(
        rendered * 8 > count,
        "only {rendered} of {count} render: the others say little"
    );
    failures.sort_by_key(String::len);
    let most = usize::try_from(number("LOCKGATE_SHOWN", 12)).unwrap();
    let shown: String = failures.iter().take(most).map(String::as_str).collect();
    assert!(
        failures.is_empty(),
        "{} of {count} differ (seed {seed}):\n{shown}",
        failures.len()
    );
    assert!(
        rendered * 4 > count,
        "only {rendered} of {count} render, which says little"
    );
}

/// What a template gives: its bytes, or why there are none.
type Outcome = Result<Vec<u8>, String>;

fn render(case: &Case, functions: &Arc<Functions>) -> Outcome {
    let mut set = Set::new(Arc::clone(functions));
    set.parse(NAME, case.template.as_bytes())
        .map_err(|error| error.to_string())?;
    let read = helm::yaml::read::value(&Str::from(case.values.as_str()));
    let values = read.map_err(|error| error.to_string())?;
    let dot = Map::new();
    let values = match values.kind {
        Kind::Nil => Map::new().into(),
        kind => Value::from(kind),
    };
    dot.insert("Values", values);
    let mut run =
        Run::new(&set, &(), Bounds::default(), Source::System).missing_key(MissingKey::Zero);
    let text = run
        .execute(NAME, &dot.into())
        .map_err(|error| error.to_string())?;
    Ok(without_no_value(text.bytes()))
}

/// The reference takes this out of all that it renders.
fn without_no_value(mut text: &[u8]) -> Vec<u8> {
    const NO_VALUE: &[u8] = b"<no value>";
    let mut out = Vec::with_capacity(text.len());
    while let Some((first, rest)) = text.split_first() {
        if let Some(behind) = text.strip_prefix(NO_VALUE) {
            text = behind;
        } else {
            out.push(*first);
            text = rest;
        }
    }
    out
}

fn report(case: &Case, ours: &Outcome, reference: &Outcome) -> String {
    let shown = |outcome: &Outcome| match outcome {
        Ok(text) => format!("{:?}", String::from_utf8_lossy(text)),
        Err(error) => format!("error: {error}"),
    };
    let values = if case.values == values::FIXED {
        ""
    } else {
        &case.values
    };
    format!(
        "--- template: {}\n    values: {values}\n    reference: {}\n    ours:      {}\n",
        case.template,
        shown(reference),
        shown(ours)
    )
}
