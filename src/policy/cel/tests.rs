//! Expressions over a small object, with the values the API server gives them.

use crate::yaml::{self, FileId, Limits, Node};

use super::functions::display;
use super::{Bindings, Evaluator, Scope, Value, blame, compile};

const OBJECT: &str = r"
kind: Deployment
metadata:
  name: web
  labels: {app: web, tier: front}
spec:
  replicas: 3
  template:
    spec:
      hostNetwork: true
      containers:
      - name: web
        image: registry.example.com/web:1.2
        ports: [{containerPort: 80}]
      - name: side
        image: side:latest
        securityContext: {privileged: true}
";

fn object() -> Node {
    let mut documents = yaml::parse(
        OBJECT.as_bytes(),
        FileId::of("object.yaml"),
        &Limits::default(),
    )
    .unwrap();
    documents.remove(0)
}

fn bindings(object: &Node) -> Bindings<'_> {
    Bindings {
        object: Value::of(object),
        old_object: Value::Null,
        params: Value::Null,
        namespace_object: Value::Null,
        request: Value::Null,
    }
}

fn evaluate(source: &str) -> String {
    let object = object();
    let bindings = bindings(&object);
    let (expr, _) = match compile(source, &Scope::default()) {
        Ok(compiled) => compiled,
        Err(error) => return format!("compile error at {}: {}", error.offset, error.message),
    };
    match Evaluator::new(&bindings, &[]).evaluate(&expr) {
        Ok(value) => display(&value),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn expressions_have_the_values_of_the_reference() {
    for (source, want) in [
        ("1 + 2 * 3", "7"),
        ("object.spec.replicas > 2", "true"),
        ("object.spec.replicas == 3.0", "true"),
        ("object.spec.missing", "error: no such key: missing"),
        ("has(object.spec.missing)", "false"),
        ("object.spec.?missing.orValue(5)", "5"),
        (
            "object.spec.template.spec.containers.map(c, c.name)",
            r#"["web", "side"]"#,
        ),
        (
            "object.spec.template.spec.containers.filter(c, has(c.ports)).size()",
            "1",
        ),
        ("object.metadata.labels.exists(k, k == 'tier')", "true"),
        ("object.metadata.labels.all(k, v, v != '')", "true"),
        ("[3, 1, 2].sort()", "[1, 2, 3]"),
        ("'a,b'.split(',')[1]", "b"),
        ("false && object.spec.missing", "false"),
        ("object.spec.missing == 1 || true", "true"),
        ("quantity('1Gi').isGreaterThan(quantity('1G'))", "true"),
        ("cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"),
        ("'%s has %d'.format([dyn('a'), 2])", "a has 2"),
        ("1 / 0", "error: division by zero"),
        ("timestamp('2024-01-02T03:04:05Z').getFullYear()", "2024"),
        (
            "timestamp('2024-07-02T03:04:05Z').getHours('America/New_York')",
            "23",
        ),
        ("timestamp('2024-01-02T03:04:05Z').getHours('UTC')", "3"),
        (
            "timestamp('1960-01-02T03:04:05Z').getMinutes('Asia/Kathmandu')",
            "34",
        ),
        (
            "timestamp('2024-01-02T03:04:05Z').getHours('america/new_york')",
            "error: unknown time zone america/new_york",
        ),
        ("duration('90m')", "5400s"),
        ("sets.contains([1, 2], [2])", "true"),
        ("url('https://a.b:80/c?d=e').getPort()", "80"),
        ("semver('1.2.3').isLessThan(semver('1.10.0'))", "true"),
        ("['a', 'b'].transformMap(i, v, i)", "{0:0, 1:1}"),
        (
            "1 +",
            "compile error at 3: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
        ),
        (
            "nothing",
            "compile error at 0: undeclared reference to 'nothing' (in container '')",
        ),
        (
            "1 + 'a'",
            "compile error at 2: found no matching overload for '_+_' applied to '(int, string)'",
        ),
        (
            "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))",
            "error: operation cancelled: actual cost limit exceeded",
        ),
    ] {
        assert_eq!(evaluate(source), want, "{source}");
    }
}

#[test]
fn blame_finds_the_field_that_decided() {
    for (source, want) in [
        ("object.spec.replicas < 3", "spec.replicas"),
        (
            "object.spec.replicas == object.metadata.labels.size()",
            "spec.replicas",
        ),
        (
            "!object.spec.template.spec.hostNetwork",
            "spec.template.spec.hostNetwork",
        ),
        (
            "object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))",
            "spec.template.spec.containers[1].image",
        ),
        (
            "object.spec.template.spec.containers.all(c, has(c.securityContext))",
            "spec.template.spec.containers[0].securityContext",
        ),
        (
            "object.spec.template.spec.containers.all(c, !has(c.securityContext) || c.securityContext.privileged != true)",
            "spec.template.spec.containers[1].securityContext.privileged",
        ),
        (
            "(object.spec.template.spec.containers + object.spec.template.spec.?initContainers.orValue([])).all(c, !c.image.contains(':latest'))",
            "spec.template.spec.containers[1].image",
        ),
        (
            "object.spec.template.spec.containers.filter(c, c.image.contains('latest')).size() == 0",
            "spec.template.spec.containers[1].image",
        ),
        (
            "object.spec.template.spec.containers.map(c, c.image).all(i, i.contains('/'))",
            "spec.template.spec.containers[1].image",
        ),
        ("has(object.metadata.annotations)", "metadata.annotations"),
        ("'x' in object.metadata.labels", "metadata.labels"),
        (
            "object.metadata.labels['app'] == 'api'",
            "metadata.labels.app",
        ),
        (
            "object.kind != 'Deployment' || object.spec.replicas > 5",
            "spec.replicas",
        ),
        (
            "!object.spec.template.spec.containers.exists(c, c.?securityContext.?privileged.orValue(false))",
            "spec.template.spec.containers[1].securityContext.privileged",
        ),
        ("object.spec.paused == false", "spec.paused"),
        (
            "object.spec.template.spec.containers.all(c, c.ports.all(p, p.containerPort > 1024))",
            "spec.template.spec.containers[0].ports[0].containerPort",
        ),
        (
            "object.spec.template.spec.containers.all(c, !c.image.contains(':latest') && has(c.name))",
            "spec.template.spec.containers[1].image",
        ),
    ] {
        let object = object();
        let bindings = bindings(&object);
        let (expr, _) = compile(source, &Scope::default()).unwrap();
        let mut evaluator = Evaluator::new(&bindings, &[]);
        let found: Vec<String> = blame(&mut evaluator, &expr)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.join(" "), want, "{source}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    let long = "1+".repeat(20_000) + "1";
    for source in [deep, long] {
        let result = std::thread::Builder::new()
            .stack_size(256 << 20)
            .spawn(move || compile(&source, &Scope::default()).is_err())
            .unwrap()
            .join()
            .unwrap();
        assert!(result);
    }
}
