//! How the time of one build grows with what it is of.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::measure::{self, Output};
use crate::table::{median, milliseconds};
use crate::tools::Tools;
use crate::verify;

/// Where one build took the reference longer, in seconds, it is asked once, and not at all for more.
const PATIENCE: f64 = 2.0;

/// Something that a build can have much of.
struct Growth {
    name: &'static str,
    sizes: &'static [usize],
    /// Writes a tree of a size and returns the folder to build.
    write: fn(&Path, usize) -> io::Result<PathBuf>,
}

const GROWTHS: [Growth; 6] = [
    Growth {
        name: "resources, renamed and labelled",
        sizes: &[10, 100, 1_000, 10_000],
        write: resources,
    },
    Growth {
        name: "layers over 20 resources",
        sizes: &[1, 10, 20, 30],
        write: layers,
    },
    Growth {
        name: "kB in one ConfigMap",
        sizes: &[1, 10, 100, 1_000],
        write: config_map,
    },
    Growth {
        name: "generators that merge",
        sizes: &[10, 100, 1_000],
        write: generators,
    },
    Growth {
        name: "patches, each of a resource of its own",
        sizes: &[10, 100, 1_000],
        write: patches,
    },
    Growth {
        name: "replacements",
        sizes: &[50, 500, 5_000],
        write: replacements,
    },
];

/// Prints a table: a line for each size, Lockgate's time beside the reference's.
pub(crate) fn run(tools: &Tools, folder: &Path, rounds: usize) -> io::Result<()> {
    println!("\n### One build as it grows\n");
    println!("| of | size | `lockgate build` | peak | `kustomize build` | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (number, growth) in GROWTHS.iter().enumerate() {
        let mut last = 0.0;
        for size in growth.sizes {
            let tree = folder.join(format!("{number}-{size}"));
            let built = (growth.write)(&tree, *size)?;
            let is_asked = last < PATIENCE;
            if is_asked {
                verify::same_build(tools, &built)?;
            }
            let (ours, theirs) = race(tools, &built, if is_asked { rounds } else { 0 })?;
            last = theirs.unwrap_or(f64::INFINITY);
            let peak = measure::peak_memory(&tools.lockgate("build", &built), None)? / 1024;
            let (time, ratio) = theirs.map_or(("too long".to_owned(), String::new()), |theirs| {
                (milliseconds(theirs), format!("{:.0}", theirs / ours))
            });
            let ours = milliseconds(ours);
            println!(
                "| {} | {size} | {ours} | {peak} MB | {time} | {ratio} |",
                growth.name
            );
        }
    }
    Ok(())
}

/// Returns the seconds of both sides, the reference's only if there are rounds.
fn race(tools: &Tools, folder: &Path, rounds: usize) -> io::Result<(f64, Option<f64>)> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..rounds.max(3) {
        let lockgate = &mut tools.lockgate("build", folder);
        ours.push(measure::time(lockgate, None, Output::Null)?.as_secs_f64());
        if round < rounds && theirs.last().is_none_or(|last| *last < PATIENCE) {
            let kustomize = &mut tools.kustomize_build(folder);
            theirs.push(measure::time(kustomize, None, Output::Null)?.as_secs_f64());
        }
    }
    let theirs = (!theirs.is_empty()).then(|| median(&theirs));
    Ok((median(&ours), theirs))
}

fn write(folder: &Path, files: &[(&str, String)]) -> io::Result<PathBuf> {
    for (name, content) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, content)?;
    }
    Ok(folder.to_owned())
}

/// Pairs of a Deployment and the `ConfigMap` that it names.
fn pairs(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        let _ = writeln!(
            text,
            "---
apiVersion: v1
kind: ConfigMap
metadata: {{name: config-{number}}}
data: {{key: value, other: \"{number}\"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{number}}}
spec:
  selector: {{matchLabels: {{app: app-{number}}}}}
  template:
    metadata: {{labels: {{app: app-{number}}}}}
    spec:
      containers:
      - name: app
        image: registry.example.com/app
        envFrom: [{{configMapRef: {{name: config-{number}}}}}]"
        );
        text
    })
}

fn resources(folder: &Path, count: usize) -> io::Result<PathBuf> {
    let kustomization = "resources: [resources.yaml]
namePrefix: a-
namespace: here
labels: [{pairs: {team: x}, includeSelectors: true}]
images: [{name: registry.example.com/app, newTag: v2}]
";
    let files = [
        ("kustomization.yaml", kustomization.to_owned()),
        ("resources.yaml", pairs(count / 2)),
    ];
    write(folder, &files)
}

fn layers(folder: &Path, count: usize) -> io::Result<PathBuf> {
    let files = [
        (
            "0/kustomization.yaml",
            "resources: [resources.yaml]\n".to_owned(),
        ),
        ("0/resources.yaml", pairs(10)),
    ];
    write(folder, &files)?;
    for layer in 1..=count {
        let kustomization = format!(
            "resources: [../{}]\nnamePrefix: p{layer}-\nlabels: [{{pairs: {{layer-{layer}: x}}, includeSelectors: true}}]\ncommonAnnotations: {{layer: \"{layer}\"}}\n",
            layer - 1
        );
        write(
            &folder.join(layer.to_string()),
            &[("kustomization.yaml", kustomization)],
        )?;
    }
    Ok(folder.join(count.to_string()))
}

fn config_map(folder: &Path, kilobytes: usize) -> io::Result<PathBuf> {
    let line = format!(
        "{}\n",
        "a line of text, as configurations have them ".repeat(2)
    );
    let content: String = line.chars().cycle().take(kilobytes * 1_000).collect();
    let files = [
        (
            "kustomization.yaml",
            "configMapGenerator: [{name: big, files: [content.txt]}]\n".to_owned(),
        ),
        ("content.txt", content),
    ];
    write(folder, &files)
}

fn generators(folder: &Path, count: usize) -> io::Result<PathBuf> {
    let list = |behavior: &str, value: &str| {
        (0..count).fold(String::from("configMapGenerator:\n"), |mut text, number| {
            let _ = writeln!(
                text,
                "- {{name: g-{number}, behavior: {behavior}, literals: [{value}={number}]}}"
            );
            text
        })
    };
    let files = [
        ("base/kustomization.yaml", list("create", "a")),
        (
            "kustomization.yaml",
            format!("resources: [base]\n{}", list("merge", "b")),
        ),
    ];
    write(folder, &files)
}

fn patches(folder: &Path, count: usize) -> io::Result<PathBuf> {
    let mut kustomization = String::from("resources: [resources.yaml]\npatches:\n");
    for number in 0..count {
        let _ = writeln!(
            kustomization,
            "- patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: config-{number}}}, data: {{key: patched}}}}'"
        );
    }
    let files = [
        ("kustomization.yaml", kustomization),
        ("resources.yaml", pairs(count)),
    ];
    write(folder, &files)
}

fn replacements(folder: &Path, count: usize) -> io::Result<PathBuf> {
    let mut kustomization = String::from("resources: [resources.yaml]\nreplacements:\n");
    for number in 0..count {
        let resource = number % 50;
        let _ = writeln!(
            kustomization,
            "- source: {{kind: ConfigMap, name: config-{resource}, fieldPath: data.other}}
  targets:
  - select: {{kind: Deployment, name: app-{resource}}}
    fieldPaths: [metadata.annotations.a-{number}]
    options: {{create: true}}"
        );
    }
    let files = [
        ("kustomization.yaml", kustomization),
        ("resources.yaml", pairs(50)),
    ];
    write(folder, &files)
}
