//! Random values over random charts, through `helm template` and through us: the same bytes, or both refuse.
//!
//! Each template prints all the values that its chart sees, so that what nulls remove, what subcharts import and which
//! globals reach them shows at each depth.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Map, Value, json};

use crate::random::Random;
use crate::tools::helm;

const KEYS: [&str; 7] = ["a", "b", "c", "global", "s", "t", "exports"];

const SETS: [&str; 18] = [
    "a=1",
    "a.b=null",
    "s.a=null",
    "s.zz=1",
    "als.b=x",
    "global.a.b.c=5",
    "t={x,y}",
    "b[1].c=2",
    "global=null",
    "s=5",
    "als=null",
    "tags.a=false",
    "tags.b=true",
    "t.a.b=q",
    "global.c=null",
    "s.t.a=1",
    "s.t=null",
    "a.b.c=null",
];

const TEMPLATE: &str = "# {{ toJson .Values }} {{ .Chart.Name }} {{ toJson .Chart.Dependencies }} \
                        {{ keys .Subcharts | sortAlpha }}\n";

#[test]
fn values_are_laid_over_charts_as_the_reference_does_it() {
    let seed = std::env::var("LOCKGATE_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut random = Random::new(seed);
    let mut differences = Vec::new();
    for number in 0..120 {
        let folder = tempfile::tempdir().unwrap();
        let arguments = case(&mut random, folder.path());
        let ours = run(
            Command::new(env!("CARGO_BIN_EXE_lockgate")),
            folder.path(),
            &arguments,
        );
        // The order of its maps differs from run to run, and with it, now and then, the outcome.
        let is_same = (0..6).any(|_| {
            let theirs = run(helm(), folder.path(), &arguments);
            theirs.status.success() == ours.status.success()
                && (!theirs.status.success() || theirs.stdout == ours.stdout)
        });
        if !is_same {
            let theirs = run(helm(), folder.path(), &arguments);
            differences.push(format!(
                "case {number} of seed {seed}: {arguments:?}\n{}--- ours\n{}",
                told(&theirs),
                told(&ours)
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differ\n{}",
        differences.len(),
        differences.iter().take(3).cloned().collect::<String>()
    );
}

fn run(mut command: Command, folder: &Path, arguments: &[String]) -> Output {
    command
        .args(["template", "r", "p"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// Writes a chart and values files, and returns the arguments.
fn case(random: &mut Random, folder: &Path) -> Vec<String> {
    let below: &[&str] = if random.chance(60) { &["t"] } else { &[] };
    chart(random, &folder.join("p"), "p", &["s", "t"], below);
    let mut arguments = Vec::new();
    for number in 0..random.below(3) {
        let file = format!("v{number}.yaml");
        fs::write(folder.join(&file), tree(random, 3).to_string()).unwrap();
        arguments.extend(["-f".to_owned(), file]);
    }
    for _ in 0..random.below(4) {
        let flag = if random.chance(75) {
            "--set"
        } else {
            "--set-string"
        };
        arguments.extend([flag.to_owned(), random.pick(&SETS).to_owned()]);
    }
    arguments
}

/// Writes a chart with these subcharts, of which `s` has those of `below`.
fn chart(random: &mut Random, folder: &Path, name: &str, subcharts: &[&str], below: &[&str]) {
    fs::create_dir_all(folder.join("templates")).unwrap();
    let mut dependencies = Vec::new();
    let mut values = tree(random, 3);
    for subchart in subcharts {
        let of_it = if *subchart == "s" { below } else { &[] };
        chart(
            random,
            &folder.join("charts").join(subchart),
            subchart,
            of_it,
            &[],
        );
        let alias = random.chance(33).then(|| format!("al{subchart}"));
        if random.chance(80) {
            let entry = dependency(random, subchart, alias.as_deref());
            dependencies.push(Value::Object(entry.clone()));
            if random.chance(15) {
                let mut twice = entry;
                twice.insert("alias".to_owned(), format!("other{subchart}").into());
                dependencies.push(twice.into());
            }
        }
        if random.chance(50) {
            let key = if random.chance(50) {
                (*subchart).to_owned()
            } else {
                format!("al{subchart}")
            };
            values[key] = match random.below(20) {
                0 => Value::Null,
                1 => json!(1),
                _ => tree(random, 3),
            };
        }
    }
    if random.chance(30) {
        for tag in ["a", "b"] {
            values["tags"][tag] = random_of(random, &[json!(true), json!(false), json!(1)]);
        }
    }
    if random.chance(50) {
        values["global"] = tree(random, 3);
    }
    let mut metadata = json!({"apiVersion": "v2", "name": name, "version": "1.2.3"});
    if !dependencies.is_empty() || random.chance(20) {
        metadata["dependencies"] = dependencies.into();
    }
    fs::write(folder.join("Chart.yaml"), metadata.to_string()).unwrap();
    fs::write(folder.join("values.yaml"), values.to_string()).unwrap();
    fs::write(folder.join("templates/values.txt"), TEMPLATE).unwrap();
}

fn dependency(random: &mut Random, name: &str, alias: Option<&str>) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("name".to_owned(), name.into());
    entry.insert("version".to_owned(), "1.x".into());
    if let Some(alias) = alias {
        entry.insert("alias".to_owned(), alias.into());
    }
    if random.chance(40) {
        let here = alias.unwrap_or(name);
        let conditions = ["a", "b", "global.a", "a, b", "t.b,c"];
        let condition = if random.chance(50) {
            format!("{here}.a")
        } else {
            random.pick(&conditions).to_owned()
        };
        entry.insert("condition".to_owned(), condition.into());
    }
    if random.chance(30) {
        let tags = random_of(
            random,
            &[json!(["a"]), json!(["b", "c"]), json!(["a", "b"])],
        );
        entry.insert("tags".to_owned(), tags);
    }
    if random.chance(50) {
        let imports = [
            json!("a"),
            json!("b"),
            json!({"child": "a", "parent": "b"}),
            json!({"child": "s", "parent": "."}),
            json!({"child": "a.b", "parent": "global.c"}),
            json!({"child": "global", "parent": "t"}),
        ];
        let count = 1 + random.below(2);
        let imports: Vec<Value> = (0..count).map(|_| random_of(random, &imports)).collect();
        entry.insert("import-values".to_owned(), imports.into());
    }
    entry
}

fn tree(random: &mut Random, depth: usize) -> Value {
    let mut entries = Map::new();
    for _ in 0..random.below(5) {
        let key = random.pick(&KEYS).to_owned();
        let value = value(random, depth);
        entries.insert(key, value);
    }
    Value::Object(entries)
}

fn value(random: &mut Random, depth: usize) -> Value {
    if depth > 0 && random.chance(45) {
        return tree(random, depth - 1);
    }
    let leaves = [
        Value::Null,
        json!(1),
        json!(0),
        json!("x"),
        json!(""),
        json!(true),
        json!(false),
        json!(1.5),
        json!([1, {"a": null}]),
        json!([]),
        json!({}),
        json!(1_000_000),
    ];
    random_of(random, &leaves)
}

fn random_of(random: &mut Random, values: &[Value]) -> Value {
    values[random.below(values.len())].clone()
}
