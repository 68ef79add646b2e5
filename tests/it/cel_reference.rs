//! CEL held against the API server: the same value or the same error for each expression.
//!
//! A few policies hold all expressions of `cel_expressions.txt` as validations that only one object each
//! evaluates; what the server answers is the value in a message, or the error.

use std::fmt::Write as _;

use lockgate::policy::Environment;
use lockgate::render::Object;

use crate::admission::{create, install, load, objects, ours, theirs, wait_until};
use crate::control_plane::ControlPlane;

const EXPRESSIONS: &str = include_str!("cel_expressions.txt");

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: probes.cel.lockgate.dev}
spec:
  group: cel.lockgate.dev
  scope: Namespaced
  names: {kind: Probe, plural: probes}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        x-kubernetes-preserve-unknown-fields: true
";

fn probe(name: &str, namespace: &str) -> Object {
    let text = format!(
        "
apiVersion: cel.lockgate.dev/v1
kind: Probe
metadata:
  name: {name}
  namespace: {namespace}
  labels: {{app: web}}
spec:
  name: wéb
  replicas: 3
  ratio: 1.5
  whole: 2.0
  big: 12345678901
  enabled: true
  nothing: null
  empty: []
  names: [a, b, c]
  numbers: [3, 1, 2]
  tags: {{app: web, tier: front}}
  pattern: ^w
  badPattern: '(['
  when: '2024-01-02T03:04:05Z'
  memory: 512Mi
  items:
  - name: two
    ports: [{{number: 80}}]
  - name: one
    ports: [{{number: 81}}, {{number: 82}}]
"
    );
    objects(&text).remove(0)
}

/// Returns a policy with these expressions; an object named as the number evaluates just the one.
fn policy(name: &str, expressions: &[(usize, &str)]) -> String {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let mut text = format!(
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {name}}}
spec: {{policyName: {name}, validationActions: [Deny]}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {name}}}
spec:
  matchConstraints:
    resourceRules:
    - {{apiGroups: [cel.lockgate.dev], apiVersions: [v1], operations: [CREATE], resources: [probes]}}
  variables:
  - {{name: answer, expression: '42'}}
  - {{name: twice, expression: variables.answer * 2}}
  - {{name: broken, expression: object.spec.missing}}
  validations:
"
    );
    for (number, expression) in expressions {
        let guarded = format!("object.metadata.name != 'e{number}' || [{expression}].size() == 0");
        let message = format!("'%s %s'.format([type({expression}), dyn({expression})])");
        writeln!(text, "  - expression: {}", quoted(&guarded)).unwrap();
        writeln!(text, "    messageExpression: {}", quoted(&message)).unwrap();
    }
    text
}

#[test]
fn expressions_have_the_value_or_the_error_that_the_api_server_gives_them() {
    let Some(server) = ControlPlane::shared() else {
        return;
    };
    let namespace = server.namespace("cel");
    install(server, DEFINITION, &namespace);
    wait_until("the definition of probes", || {
        create(server, &probe("ready", &namespace), &namespace, true).code != 404
    });
    let expressions: Vec<(usize, &str)> = EXPRESSIONS
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(index, line)| (index + 1, line))
        .collect();
    assert!(expressions.len() >= 150, "{}", expressions.len());

    let mut differences = Vec::new();
    let mut compiling = Vec::new();
    for (number, expression) in &expressions {
        let text = policy("cel-compile", &[(*number, expression)]);
        let reply = create(server, &objects(&text)[1], &namespace, true);
        let loaded = load(&text);
        match (reply.is_ok(), &loaded) {
            (true, Ok(_)) => compiling.push((*number, *expression)),
            (false, Err(_)) => {}
            (true, Err(errors)) => differences.push(format!(
                "{number}: {expression}\n    compiles there; here: {}",
                errors.0[0]
            )),
            (false, Ok(_)) => differences.push(format!(
                "{number}: {expression}\n    does not compile there: {}",
                reply.message()
            )),
        }
    }
    let texts: Vec<String> = compiling
        .chunks(100)
        .enumerate()
        .map(|(index, chunk)| policy(&format!("cel-{index}"), chunk))
        .collect();
    for (text, chunk) in texts.iter().zip(compiling.chunks(100)) {
        install(server, text, &namespace);
        let (first, _) = chunk[0];
        wait_until("a policy in force", || {
            let reply = create(
                server,
                &probe(&format!("e{first}"), &namespace),
                &namespace,
                true,
            );
            !reply.is_ok()
        });
    }
    let policies = load(&texts.join("---\n")).unwrap();
    for (number, expression) in &compiling {
        let object = probe(&format!("e{number}"), &namespace);
        let environment = Environment::of([&object], &policies);
        let ours = ours(&policies, &object, &environment);
        let theirs = theirs(&create(server, &object, &namespace, true));
        if ours.first().map(|text| same_words(text)) != theirs.as_ref().map(|text| same_words(text))
        {
            differences.push(format!(
                "{number}: {expression}\n    there: {}\n    here:  {}",
                short(theirs.as_deref()),
                short(ours.first().map(String::as_str))
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} expressions differ:\n{}",
        differences.len(),
        expressions.len(),
        differences.join("\n")
    );
}

/// Leaves out what Go's libraries say of a pattern or an address that they cannot read: others have other
/// words for it.
fn same_words(message: &str) -> &str {
    ["error parsing regexp", "ParseAddr(", "ParsePrefix("]
        .iter()
        .find_map(|reason| message.find(reason))
        .map_or(message, |at| &message[..at])
}

fn short(message: Option<&str>) -> &str {
    let message = message.unwrap_or("let in");
    message
        .split_once("denied request: ")
        .map_or(message, |(_, rest)| rest)
}
