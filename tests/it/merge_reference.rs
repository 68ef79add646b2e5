//! Random objects and patches through `kustomize build` and through us: the same bytes, or both refuse.

use std::fmt::Write as _;
use std::path::Path;

use lockgate::kustomize::{BuildOptions, build};
use lockgate::source::{DiskTree, TreePath};

use crate::tools::kustomize;

/// How a patch is written into the kustomization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Targeted,
    Legacy,
    Json,
}

#[derive(Clone, Debug)]
struct Case {
    object: String,
    patch: String,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Deployment,
    Service,
    Custom,
}

#[test]
fn strategic_merge_is_the_references() {
    run(1, 400, &[Form::Plain, Form::Targeted, Form::Legacy]);
}

#[test]
fn json_patches_are_the_references() {
    run(2, 300, &[Form::Json]);
}

fn run(seed: u64, count: usize, forms: &[Form]) {
    let seed = std::env::var("LOCKGATE_SEED").map_or(seed, |seed| seed.parse().unwrap());
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let cases: Vec<Case> = (0..count)
        .map(|number| Case::random(&mut random, number, forms))
        .collect();
    let mut differences = Vec::new();
    for batch in cases.chunks(25) {
        compare(batch, &mut differences);
    }
    let shown: Vec<_> = differences.iter().take(5).cloned().collect();
    assert!(
        differences.is_empty(),
        "{} of {count} differ\n{}",
        differences.len(),
        shown.join("\n----------\n")
    );
}

/// Compares cases, many in one build as long as the reference takes them all.
fn compare(cases: &[Case], differences: &mut Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), cases);
    let (want, got) = (reference(folder.path()), ours(folder.path()));
    match (&want, &got) {
        (Ok(want), Ok(got)) if want == got => {}
        (Err(_), Err(_)) if cases.len() == 1 => {}
        _ if cases.len() > 1 => {
            let (left, right) = cases.split_at(cases.len() / 2);
            compare(left, differences);
            compare(right, differences);
        }
        _ => {
            let show = |result: &Result<String, String>| match result {
                Ok(text) => text.clone(),
                Err(error) => format!("refused: {error}"),
            };
            let case = &cases[0];
            differences.push(format!(
                "{:?}\n{}\n==== patch\n{}\n==== reference\n{}\n==== ours\n{}",
                case.form,
                case.object,
                case.patch,
                show(&want),
                show(&got)
            ));
        }
    }
}

fn write(folder: &Path, cases: &[Case]) {
    let mut text = String::from("resources:\n");
    for number in 0..cases.len() {
        let _ = writeln!(text, "- o{number}.yaml");
    }
    for (form, field) in [
        (Form::Plain, "patches:\n"),
        (Form::Legacy, "patchesStrategicMerge:\n"),
    ] {
        let mut entries = String::new();
        for (number, case) in cases.iter().enumerate() {
            let name = case.name();
            match (form, case.form) {
                (Form::Plain, Form::Plain) => {
                    let _ = writeln!(entries, "- path: p{number}.yaml");
                }
                (Form::Plain, Form::Targeted | Form::Json) => {
                    let _ = writeln!(
                        entries,
                        "- path: p{number}.yaml\n  target: {{name: {name}}}"
                    );
                }
                (Form::Legacy, Form::Legacy) => {
                    let _ = writeln!(entries, "- p{number}.yaml");
                }
                _ => {}
            }
        }
        if !entries.is_empty() {
            text += field;
            text += &entries;
        }
    }
    std::fs::write(folder.join("kustomization.yaml"), text).unwrap();
    for (number, case) in cases.iter().enumerate() {
        std::fs::write(folder.join(format!("o{number}.yaml")), &case.object).unwrap();
        std::fs::write(folder.join(format!("p{number}.yaml")), &case.patch).unwrap();
    }
}

fn reference(folder: &Path) -> Result<String, String> {
    let output = kustomize().arg("build").arg(folder).output().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn ours(folder: &Path) -> Result<String, String> {
    let tree = DiskTree::open(folder, folder).unwrap();
    build(&tree, &TreePath::root(), &BuildOptions::default())
        .map(|built| built.to_yaml())
        .map_err(|error| error.to_string())
}

impl Case {
    fn random(random: &mut Random, number: usize, forms: &[Form]) -> Self {
        let form = *random.pick(forms);
        let kind = *random.pick(&[
            Kind::Deployment,
            Kind::Deployment,
            Kind::Service,
            Kind::Custom,
        ]);
        let head = |name: &str| match kind {
            Kind::Deployment => {
                format!("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n")
            }
            Kind::Service => format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n"),
            Kind::Custom => {
                format!("apiVersion: my.org/v1\nkind: Custom\nmetadata:\n  name: {name}\n")
            }
        };
        let name = format!("case-{number}");
        let object = head(&name) + &body(random, kind, Side::Object);
        let patch = if form == Form::Json {
            operations(random)
        } else {
            head(&name) + &body(random, kind, Side::Patch)
        };
        Self {
            object,
            patch,
            form,
        }
    }

    fn name(&self) -> &str {
        self.object
            .lines()
            .find_map(|line| line.strip_prefix("  name: "))
            .unwrap()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Object,
    Patch,
}

/// Writes the rest of an object, as flow mappings for brevity.
fn body(random: &mut Random, kind: Kind, side: Side) -> String {
    let mut text = String::new();
    for field in ["labels", "annotations"] {
        if random.chance(3) {
            let map = map(random, side, &["a", "b", "c"]);
            let _ = writeln!(text, "  {field}: {map}");
        }
    }
    if random.chance(4) {
        let items = scalars(random, &["f1", "f2", "f3", "f4"]);
        let _ = writeln!(text, "  finalizers: {items}");
    }
    let spec = match kind {
        Kind::Deployment => format!(
            "{{replicas: {}, template: {{spec: {}}}}}",
            scalar(random),
            pod(random, side)
        ),
        Kind::Service => format!(
            "{{ports: {}, selector: {}}}",
            list(random, side, |random, side| {
                element(
                    random,
                    side,
                    &[("port", &["80", "81", "82"]), ("protocol", &["TCP", "UDP"])],
                )
            }),
            map(random, side, &["a", "b"])
        ),
        Kind::Custom => tree(random, side, 3),
    };
    let _ = writeln!(text, "spec: {spec}");
    text
}

fn pod(random: &mut Random, side: Side) -> String {
    let containers = list(random, side, |random, side| {
        let mut fields = vec![];
        if !random.chance(25) {
            fields.push(format!("name: {}", random.pick(&["a", "b", "c", "d"])));
        }
        if random.chance(2) {
            fields.push(format!("image: {}", scalar(random)));
        }
        if random.chance(3) {
            fields.push(format!("args: {}", scalars(random, &["x", "z", "1"])));
        }
        if random.chance(2) {
            let env = list(random, side, |random, side| {
                element(random, side, &[("name", &["A", "B", "C", "D", "E"])])
            });
            fields.push(format!("env: {env}"));
        }
        if random.chance(2) {
            let ports = list(random, side, |random, side| {
                let keys = [
                    ("containerPort", &["80", "81", "'80'"][..]),
                    ("protocol", &["TCP", "UDP"]),
                ];
                element(random, side, &keys)
            });
            fields.push(format!("ports: {ports}"));
        }
        if side == Side::Patch && random.chance(10) {
            let directive = random.pick(&["delete", "replace", "merge"]);
            fields.push(format!("$patch: {directive}"));
        }
        format!("{{{}}}", fields.join(", "))
    });
    let mut fields = vec![format!("containers: {containers}")];
    if random.chance(3) {
        let volumes = list(random, side, |random, side| {
            element(random, side, &[("name", &["v", "w"])])
        });
        fields.push(format!("volumes: {volumes}"));
    }
    if random.chance(3) {
        fields.push(format!("securityContext: {}", tree(random, side, 1)));
    }
    if random.chance(3) {
        let tolerations = list(random, Side::Object, |random, side| {
            element(random, side, &[("key", &["k", "l"])])
        });
        fields.push(format!("tolerations: {tolerations}"));
    }
    format!("{{{}}}", fields.join(", "))
}

fn list(
    random: &mut Random,
    side: Side,
    mut element: impl FnMut(&mut Random, Side) -> String,
) -> String {
    if side == Side::Patch && random.chance(15) {
        return "null".to_owned();
    }
    let mut items: Vec<String> = (0..random.below(4))
        .map(|_| element(random, side))
        .collect();
    if side == Side::Patch && random.chance(10) {
        let directive = random.pick(&["delete", "replace", "merge"]);
        items.insert(0, format!("{{$patch: {directive}}}"));
    }
    format!("[{}]", items.join(", "))
}

/// Writes an element with keys, each mostly there.
fn element(random: &mut Random, side: Side, keys: &[(&str, &[&str])]) -> String {
    let mut fields = Vec::new();
    for (position, (key, values)) in keys.iter().enumerate() {
        let missing = if position == 0 { 20 } else { 2 };
        if !random.chance(missing) {
            fields.push(format!("{key}: {}", random.pick(values)));
        }
    }
    if random.chance(2) {
        fields.push(format!("value: {}", scalar(random)));
    }
    if random.chance(4) {
        fields.push(format!("more: {}", map(random, side, &["a", "b"])));
    }
    if side == Side::Patch && random.chance(8) {
        let directive = random.pick(&["delete", "replace"]);
        fields.push(format!("$patch: {directive}"));
    }
    format!("{{{}}}", fields.join(", "))
}

fn tree(random: &mut Random, side: Side, depth: usize) -> String {
    let mut fields = Vec::new();
    for key in ["a", "b", "c", "d", "e"] {
        if random.chance(2) {
            continue;
        }
        let value = match random.below(6) {
            0 | 1 if depth > 0 => tree(random, side, depth - 1),
            2 if depth > 0 => {
                let items: Vec<String> = (0..random.below(3))
                    .map(|_| tree(random, side, depth - 1))
                    .collect();
                format!("[{}]", items.join(", "))
            }
            3 => "null".to_owned(),
            _ => scalar(random),
        };
        // A kind of value for each key, so that most patches apply.
        let value = match (key, value.as_bytes().first()) {
            ("a" | "b", Some(b'{')) | ("c", Some(b'[')) => value,
            ("d" | "e", first) if !matches!(first, Some(b'{' | b'[')) => value,
            _ => continue,
        };
        fields.push(format!("{key}: {value}"));
    }
    if side == Side::Patch && random.chance(20) {
        let directive = random.pick(&["delete", "replace", "merge", "what"]);
        fields.push(format!("$patch: {directive}"));
    }
    format!("{{{}}}", fields.join(", "))
}

fn map(random: &mut Random, side: Side, keys: &[&str]) -> String {
    let mut fields = Vec::new();
    for key in keys {
        if random.chance(2) {
            let value = if side == Side::Patch && random.chance(4) {
                "null".to_owned()
            } else {
                random.pick(&["x", "\"1\"", "'yes'", "w"]).to_string()
            };
            fields.push(format!("{key}: {value}"));
        }
    }
    if side == Side::Patch && random.chance(15) {
        fields.push("$patch: replace".to_owned());
    }
    format!("{{{}}}", fields.join(", "))
}

fn scalars(random: &mut Random, values: &[&str]) -> String {
    let items: Vec<&str> = (0..random.below(4)).map(|_| *random.pick(values)).collect();
    format!("[{}]", items.join(", "))
}

fn scalar(random: &mut Random) -> String {
    random
        .pick(&[
            "1",
            "\"1\"",
            "x",
            "'x'",
            "true",
            "\"true\"",
            "1.0",
            "'y'",
            "null",
            "~",
            "\"\"",
            "0x1F",
            "2001-01-01",
            "1e3",
            "\"a: b\"",
            "8080",
        ])
        .to_string()
}

fn operations(random: &mut Random) -> String {
    // Without annotations as a whole, which show what the reference tool keeps there for itself.
    const PATHS: [&str; 17] = [
        "/metadata/labels/a",
        "/metadata/annotations/a",
        "/metadata/labels",
        "/spec/replicas",
        "/spec/a",
        "/spec/a/b",
        "/spec/c",
        "/spec/c/0",
        "/spec/c/-",
        "/spec/template/spec/containers/0/image",
        "/spec/template/spec/containers/-",
        "/spec/template/spec/containers/0",
        "/spec/template/spec/containers/-1",
        "/spec/ports/0/port",
        "/spec/ports/1",
        "/spec/selector/x~1y",
        "/spec/d",
    ];
    let mut text = String::new();
    for _ in 0..=random.below(3) {
        let operation = random.pick(&["add", "add", "replace", "remove", "test", "copy", "move"]);
        let _ = write!(text, "- {{op: {operation}, path: {}", random.pick(&PATHS));
        match *operation {
            "copy" | "move" => {
                let _ = write!(text, ", from: {}", random.pick(&PATHS));
            }
            "remove" => {}
            _ => {
                let value = match random.below(4) {
                    0 => map(random, Side::Object, &["a", "b"]),
                    1 => tree(random, Side::Object, 1),
                    _ => scalar(random),
                };
                let _ = write!(text, ", value: {value}");
            }
        }
        text += "}\n";
    }
    text
}

/// A generator of numbers that needs nothing: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    /// Is true once in so many times.
    fn chance(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        let index = self.below(values.len() as u64);
        &values[usize::try_from(index).unwrap()]
    }
}
