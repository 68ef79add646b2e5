//! Agreement with a real API server: of many changed objects, what it rejects we reject, and what it
//! accepts we accept.
//!
//! Each object of `objects/` is changed in every way that [`mutate`] knows, at every place; a random part
//! of all that, and random handfuls of changes, go to the server as strict dry runs and through
//! [`lockgate::schema::validate`]. By default some thousands; `AGREEMENT=all` takes all single changes
//! and as many handfuls as `AGREEMENT_RANDOM` says, `AGREEMENT_SEED` another part of them.
//! `AGREEMENT_RECORD=FILE` writes each object with the server's word on it, one a line.

mod mutate;
mod server;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockgate::render::{Object, ObjectId};
use lockgate::schema::{Bundle, Severity, validate};
use lockgate::yaml::{FileId, Limits, json, parse};
use serde_json::Value;

use crate::random::Random;
use mutate::Mutant;
use server::Server;

/// Out of this many objects that the server accepts, we may reject one.
const ACCEPTED_FOR_ONE_REJECTED: usize = 1000;
/// The part of the objects rejected by the server that we must reject, in thousandths.
const REJECTED_TOO: usize = 960;

/// What the server accepts and we do not, each for a reason.
const KNOWN: &[(&str, &str)] = &[
    // The server makes up a name; an object in Git that has none would be another at each sync.
    ("LimitRange", "an object needs a name"),
    // Where a field of a custom resource has a format, the server takes a list for a text.
    ("Widget", "must be a string, is a list"),
    // A field of a feature that is not on is dropped before it is looked at.
    ("Pod", "is not a value of `stopSignal`"),
    // Beyond 2^63 the server counts with -1.
    ("LimitRange", "must not be above `max` by `min`"),
];

/// What the server and we say of a mutant.
struct Verdict {
    kind: String,
    what: String,
    /// The server's message where it rejects.
    server: Option<String>,
    /// Our messages where we reject.
    ours: Option<String>,
}

#[test]
fn every_object_that_is_changed_is_valid_to_begin_with() {
    let crds = read(&folder().join("crds.yaml"));
    let Some(server) = server(&crds) else { return };
    let bundle = bundle(&crds);
    let mut wrong = String::new();
    for object in objects(&bundle, server.namespace()) {
        let reply = server.dry_run(&bundle, &object).unwrap();
        if !reply.is_ok() {
            let _ = writeln!(wrong, "{object}\n    the server: {}", reply.message());
        }
        if let Some(ours) = ours(&bundle, &object) {
            let _ = writeln!(wrong, "{object}\n    ours: {ours}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_the_server_rejects_we_reject_and_what_it_accepts_we_accept() {
    let crds = read(&folder().join("crds.yaml"));
    let Some(server) = server(&crds) else { return };
    let bundle = bundle(&crds);
    let seed = number("AGREEMENT_SEED").unwrap_or(1);
    let mutants = mutants(&objects(&bundle, server.namespace()), seed);
    let verdicts = verdicts(server, &bundle, &mutants);
    let (text, figures) = summary(&verdicts, seed);
    println!("{text}");
    assert!(
        figures.wrongly_rejected * ACCEPTED_FOR_ONE_REJECTED <= figures.accepted,
        "we reject too much that the server accepts\n{text}"
    );
    assert!(
        figures.rejected_by_both * 1000 >= figures.rejected * REJECTED_TOO,
        "we accept too much that the server rejects\n{text}"
    );
}

/// Tells whether all that we say of an object is a known difference.
fn is_known(kind: &str, ours: &str) -> bool {
    ours.split("; ").all(|message| {
        KNOWN
            .iter()
            .any(|(of, known)| *of == kind && message.ends_with(known))
    })
}

fn server(crds: &[Value]) -> Option<&'static Server> {
    static SERVER: std::sync::OnceLock<Option<Server>> = std::sync::OnceLock::new();
    SERVER.get_or_init(|| Server::with_crds(crds)).as_ref()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/agreement")
}

fn read(file: &Path) -> Vec<Value> {
    let text = std::fs::read(file).unwrap();
    let documents = parse(
        &text,
        FileId::of(&file.to_string_lossy()),
        &Limits::default(),
    )
    .unwrap();
    documents.iter().map(json::to_value).collect()
}

fn bundle(crds: &[Value]) -> Bundle {
    let crds: Vec<Object> = crds.iter().map(object).collect();
    Bundle::builtin("1.36").unwrap().with_crds(&crds)
}

fn objects(bundle: &Bundle, namespace: &str) -> Vec<Value> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join("objects"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut objects: Vec<Value> = files.iter().flat_map(|file| read(file)).collect();
    for object in &mut objects {
        let text = |key: &str| object[key].as_str().unwrap();
        if bundle.is_namespaced(text("apiVersion"), text("kind")) == Some(true) {
            object["metadata"]["namespace"] = namespace.into();
        }
    }
    objects
}

fn object(value: &Value) -> Object {
    let text = |pointer: &str| {
        let text = value.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default()
    };
    let (group, version) = text("/apiVersion")
        .split_once('/')
        .unwrap_or(("", text("/apiVersion")));
    let documents = parse(
        &serde_json::to_vec(value).unwrap(),
        FileId::of("mutant"),
        &Limits::default(),
    );
    Object {
        id: ObjectId {
            group: group.into(),
            version: version.into(),
            kind: text("/kind").into(),
            namespace: text("/metadata/namespace").into(),
            name: text("/metadata/name").into(),
        },
        node: documents.unwrap().remove(0),
    }
}

/// Returns our messages on an object that we reject.
fn ours(bundle: &Bundle, value: &Value) -> Option<String> {
    let messages: Vec<String> = validate(bundle, &object(value))
        .into_iter()
        .filter(|violation| violation.severity == Severity::Error)
        .map(|violation| {
            format!(
                "{} {}: {}",
                violation.rule, violation.field, violation.message
            )
        })
        .collect();
    (!messages.is_empty()).then(|| messages.join("; "))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn mutants(objects: &[Value], seed: u64) -> Vec<Mutant> {
    let mut random = Random(seed);
    let all = std::env::var_os("AGREEMENT").is_some_and(|value| value == "all");
    let mut single: Vec<Mutant> = objects.iter().flat_map(mutate::each).collect();
    let (count, handfuls) = if all { (single.len(), 0) } else { (3000, 1000) };
    let mut mutants = random.take(&mut single, count);
    let handfuls = number("AGREEMENT_RANDOM").map_or(handfuls, |count| count.try_into().unwrap());
    mutants.extend((0..handfuls).filter_map(|_| {
        let object = &objects[random.below(objects.len())];
        mutate::several(object, &mut random)
    }));
    mutants
}

fn verdicts(server: &Server, bundle: &Bundle, mutants: &[Mutant]) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let record = Mutex::new(String::new());
    let keep = std::env::var_os("AGREEMENT_RECORD");
    let verdicts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // The server panics on some, so there is nothing to agree upon.
                    let Some(reply) = server.dry_run(bundle, &mutant.object) else {
                        continue;
                    };
                    if keep.is_some() {
                        let line = serde_json::json!({
                            "what": mutant.what, "code": reply.code, "message": reply.message(), "object": mutant.object,
                        });
                        writeln!(record.lock().unwrap(), "{line}").unwrap();
                    }
                    let verdict = Verdict {
                        kind: mutant.object["kind"].as_str().unwrap().to_owned(),
                        what: mutant.what.clone(),
                        server: (!reply.is_ok()).then(|| reply.message().to_owned()),
                        ours: ours(bundle, &mutant.object),
                    };
                    verdicts.lock().unwrap().push(verdict);
                }
            });
        }
    });
    if let Some(file) = keep {
        std::fs::write(file, record.into_inner().unwrap()).unwrap();
    }
    verdicts.into_inner().unwrap()
}

#[derive(Default)]
struct Figures {
    accepted: usize,
    rejected: usize,
    wrongly_rejected: usize,
    rejected_by_both: usize,
}

fn summary(verdicts: &[Verdict], seed: u64) -> (String, Figures) {
    let mut figures = Figures::default();
    let mut by_kind: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut disagreements = Vec::new();
    for verdict in verdicts {
        let agreed = match (&verdict.server, &verdict.ours) {
            (None, ours) => {
                figures.accepted += 1;
                let fine = ours
                    .as_ref()
                    .is_none_or(|ours| is_known(&verdict.kind, ours));
                figures.wrongly_rejected += usize::from(!fine);
                fine
            }
            (Some(_), ours) => {
                figures.rejected += 1;
                figures.rejected_by_both += usize::from(ours.is_some());
                ours.is_some()
            }
        };
        let kind = by_kind.entry(&verdict.kind).or_default();
        kind.0 += 1;
        kind.1 += usize::from(agreed);
        if !agreed {
            disagreements.push(match (&verdict.server, &verdict.ours) {
                (None, Some(ours)) => format!(
                    "{} {}\n    accepted by the server; ours: {ours}",
                    verdict.kind, verdict.what
                ),
                (server, _) => format!(
                    "{} {}\n    accepted by us; the server: {}",
                    verdict.kind,
                    verdict.what,
                    server.as_deref().unwrap_or_default()
                ),
            });
        }
    }
    let percent = |part: usize, whole: usize| {
        let hundredths = part * 10_000 / whole.max(1);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let agreed = verdicts.len() - disagreements.len();
    disagreements.sort();
    let mut text = disagreements.join("\n");
    let _ = write!(
        text,
        "\nseed {seed}: {} mutants, {agreed} agreed upon ({} %)\n\
         accepted by the server: {}, of these rejected by us: {}\n\
         rejected by the server: {}, of these accepted by us: {} ({} %)\n",
        verdicts.len(),
        percent(agreed, verdicts.len()),
        figures.accepted,
        figures.wrongly_rejected,
        figures.rejected,
        figures.rejected - figures.rejected_by_both,
        percent(
            figures.rejected - figures.rejected_by_both,
            figures.rejected
        ),
    );
    for (kind, (count, agreed)) in by_kind {
        let _ = writeln!(text, "  {kind}: {agreed} of {count}");
    }
    (text, figures)
}
