//! Charts that mean harm: each is refused with its reason, soon, and nothing panics.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::cli::Sandbox;

/// The longest that a refusal may take, with a build that is not optimised on a machine that is busy.
const LONGEST: Duration = Duration::from_secs(60);

const CHART: &str = "apiVersion: v2\nname: web\nversion: 0.1.0\n";

/// Renders a chart of one template and expects a refusal that says `texts`.
fn refused(template: &str, texts: &[&str]) {
    let sandbox = Sandbox::new(&[
        ("web/Chart.yaml", CHART),
        ("web/values.yaml", "self: '{{ tpl .Values.self . }}'\n"),
        ("web/templates/a.yaml", template),
    ]);
    let started = Instant::now();
    sandbox.run(&["template", "web", "web"]).fails(1, texts);
    assert!(started.elapsed() < LONGEST, "{template}");
}

#[test]
fn templates_without_end_are_stopped() {
    refused(
        "{{ define \"a\" }}{{ include \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        &["a.yaml", "within each other"],
    );
    refused(
        "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}",
        &["a.yaml", "more than 1200 templates within each other"],
    );
    refused("{{ tpl .Values.self . }}", &["a.yaml", "within each other"]);
    refused(
        "{{ range until 1000000000 }}{{ end }}",
        &["a.yaml", "more than 8192 MiB"],
    );
}

#[test]
fn huge_texts_are_refused_before_they_are_made() {
    for call in [
        "repeat 1000000000 \"twenty characters or so\"",
        "nindent 10000000000 \"x\"",
        "untilStep 0 1000000000 1",
        "seq 1 1000000000",
        "randAlphaNum 1000000000",
    ] {
        refused(
            &format!("a: {{{{ {call} }}}}"),
            &["a.yaml", "more than 8192 MiB"],
        );
    }
}

#[test]
fn values_that_hold_themselves_are_refused_or_end() {
    let cycle = "{{ $x := dict }}{{ $_ := set $x \"x\" $x }}";
    refused(
        &format!("{cycle}{{{{ toYamlPretty $x }}}}"),
        &["holds itself"],
    );
    refused(&format!("{cycle}{{{{ toToml $x }}}}"), &["holds itself"]);
    refused(&format!("{cycle}{{{{ mustToJson $x }}}}"), &["cycle"]);
    refused(&format!("{cycle}{{{{ deepCopy $x }}}}"), &["nested"]);
}

#[test]
fn many_hashes_are_too_much() {
    let functions = lockgate::template::Functions::standard();
    let mut set = lockgate::template::Set::new(std::sync::Arc::new(functions));
    set.parse(
        "a",
        b"{{ range until 10 }}{{ htpasswd \"a\" \"b\" }}{{ end }}",
    )
    .unwrap();
    let bounds = lockgate::template::Bounds {
        work: 200,
        ..Default::default()
    };
    let random = lockgate::template::Random::System;
    let mut run = lockgate::template::Run::new(&set, &(), bounds, random);
    let error = run
        .execute("a", &lockgate::template::Value::NIL)
        .unwrap_err();
    assert!(error.to_string().contains("keys and hashes"), "{error}");
}

#[test]
fn deep_nesting_and_text_that_is_none_are_refused() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(50_000), close.repeat(50_000));
    let message = "within each other";
    refused(&format!("{{{{ {} }}}}", deep("(", ")")), &[message]);
    refused(&deep("{{ if 1 }}", "{{ end }}"), &[message]);
    let mut chain = String::from("{{ if 1 }}");
    for _ in 0..50_000 {
        chain.push_str("{{ else if 1 }}");
    }
    let _ = write!(chain, "{{{{ end }}}}");
    refused(&chain, &[message]);
    refused("a: {{ \"\u{0}\" }}\n", &["a.yaml"]);
}

#[test]
fn a_mistake_in_yaml_names_the_line_that_printed_it() {
    let sandbox = Sandbox::new(&[
        ("web/Chart.yaml", CHART),
        ("web/values.yaml", "port: 80\nnote: 'a: b'\n"),
        (
            "web/templates/_helpers.tpl",
            "{{ define \"labels\" }}\napp: x\nnote: {{ .Values.note }}\n{{ end }}",
        ),
        (
            "web/templates/a.yaml",
            "kind: A\nmetadata:\n  labels:\n    {{- include \"labels\" . | nindent 4 }}\n",
        ),
    ]);
    sandbox.run(&["template", "web", "web"]).fails(
        1,
        &[
            "YAML parse error on web/templates/a.yaml",
            "in the rendered line `note: a: b`",
            "_helpers.tpl:3",
            "values.yaml:2:7",
            "a.yaml:4",
            "quote",
        ],
    );
}

#[test]
fn a_seed_makes_random_values_the_same() {
    let template = "a: {{ randAlphaNum 20 }}-{{ uuidv4 }}-{{ randInt 0 100000000 }}-{{ shuffle \"abcdefghij\" }}-{{ randBytes 9 }}-{{ htpasswd \"a\" \"b\" | quote }}-{{ genPrivateKey \"ecdsa\" | sha256sum }}\n";
    let sandbox = Sandbox::new(&[
        ("web/Chart.yaml", CHART),
        ("web/templates/a.yaml", template),
        ("web/templates/b.yaml", "b: {{ randAlphaNum 20 }}\n"),
    ]);
    let render = |more: &[&str]| {
        let arguments = [&["template"], more].concat();
        sandbox.run(&arguments).passes().to_owned()
    };
    let seeded = render(&["web", "web", "--seed", "s"]);
    assert_eq!(seeded, render(&["web", "web", "--seed", "s"]));
    assert_ne!(seeded, render(&["web", "web", "--seed", "t"]));
    let pinned = render(&["web", "web", "--pin-random"]);
    assert_eq!(pinned, render(&["web", "web", "--pin-random"]));
    assert_ne!(pinned, render(&["shop", "web", "--pin-random"]));
    // What one template draws does not move what another gets.
    let b = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("b:"))
            .map(str::to_owned)
    };
    sandbox.write("web/templates/a.yaml", "a: {{ randAlphaNum 3 }}\n");
    assert_eq!(b(&pinned), b(&render(&["web", "web", "--pin-random"])));
    assert_ne!(render(&["web", "web"]), render(&["web", "web"]));
    // In a fleet, too, where the lines are told that call what is random.
    sandbox.write("lockgate.yaml", &FLEET.replace("VALUES", ""));
    let object = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata:\n  a: {{ randAlphaNum 9 }}\n  b: {{ include \"b\" . }}\n";
    sandbox.write("web/templates/a.yaml", object);
    sandbox.write(
        "web/templates/b.yaml",
        "{{ define \"b\" }}{{ now | unixEpoch | quote }}{{ end }}",
    );
    let run = sandbox.run(&["render"]);
    let calls = "`randAlphaNum` (web/templates/a.yaml:5), `now` (web/templates/b.yaml:1)";
    assert!(run.stderr.contains(calls), "{run:?}");
    sandbox.write("web/templates/b.yaml", "{{ define \"b\" }}b{{ end }}");
    let pinned = sandbox.run(&["render", "--pin-random"]);
    let again = sandbox.run(&["render", "--pin-random"]);
    assert_eq!(pinned.passes(), again.passes());
    assert_ne!(sandbox.run(&["render"]).passes(), pinned.passes());
}

/// A fleet of one chart.
const FLEET: &str = "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {name: f}\nspec:\n  environments:\n  - name: dev\n    sources:\n    - {name: web, helm: {chart: web, release: web, values: [VALUES]}}\n";

#[test]
fn a_schema_refers_to_nothing_outside_itself() {
    for reference in [
        "file:///dev/zero",
        "file:///etc/passwd",
        "/etc/passwd",
        "../../secret.json",
        "http://127.0.0.1:9/schema.json",
        "https://127.0.0.1:9/schema.json",
    ] {
        let schema = format!("{{\"properties\": {{\"a\": {{\"$ref\": {reference:?}}}}}}}");
        let sandbox = Sandbox::new(&[
            ("web/Chart.yaml", CHART),
            ("web/values.yaml", "a: x\n"),
            ("web/values.schema.json", &schema),
        ]);
        sandbox.run(&["template", "web", "web"]).fails(
            1,
            &[
                "the schema cannot be used",
                "nothing is read from elsewhere",
                "web/values.schema.json",
            ],
        );
    }
}

#[test]
fn patterns_of_a_schema_take_no_more_time_than_the_text_is_long() {
    let schema = "{\"properties\": {\"a\": {\"pattern\": \"^(a+)+$\"}}}";
    let values = format!("a: {}b\n", "a".repeat(5_000));
    let sandbox = Sandbox::new(&[
        ("web/Chart.yaml", CHART),
        ("web/values.yaml", &values),
        ("web/values.schema.json", schema),
    ]);
    let started = Instant::now();
    sandbox
        .run(&["template", "web", "web"])
        .fails(1, &["does not match", "values.yaml:1"]);
    assert!(started.elapsed() < LONGEST);
}

#[test]
fn links_lead_out_of_a_fleet_for_no_file_of_a_chart() {
    for (link, values) in [
        ("web/Chart.lock", ""),
        ("web/values.yaml", ""),
        ("web/templates/b.yaml", ""),
        ("web/data.txt", ""),
        ("more.yaml", "more.yaml"),
    ] {
        let sandbox = Sandbox::new(&[
            ("fleet/lockgate.yaml", &FLEET.replace("VALUES", values)),
            ("fleet/web/Chart.yaml", CHART),
            ("fleet/web/templates/a.yaml", "a: 1\n"),
            ("secret", "the secret\n"),
        ]);
        let path = sandbox.path(&format!("fleet/{link}"));
        std::os::unix::fs::symlink(sandbox.path("secret"), path).unwrap();
        let run = sandbox.run(&["render", "fleet"]);
        run.fails(2, &[link, "is a link that leads out of the tree"]);
        assert!(!format!("{run:?}").contains("the secret"), "{link}");
    }
    let sandbox = Sandbox::new(&[
        (
            "fleet/lockgate.yaml",
            &FLEET.replace("VALUES", "../secret.yaml"),
        ),
        ("fleet/web/Chart.yaml", CHART),
        ("secret.yaml", "a: 1\n"),
    ]);
    let run = sandbox.run(&["render", "fleet"]);
    run.fails(2, &["`../secret.yaml` leaves the folder of the fleet"]);
}

#[test]
fn a_chart_that_holds_itself_is_refused() {
    let sandbox = Sandbox::new(&[("web/Chart.yaml", CHART), ("web/charts/_", "")]);
    std::os::unix::fs::symlink("../../web", sandbox.path("web/charts/web")).unwrap();
    let run = sandbox.run(&["template", "web", "web"]);
    run.fails(1, &["does one hold itself?"]);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [".", "..", "../x", "a/b"] {
        let chart = format!("apiVersion: v2\nname: {name:?}\nversion: 0.1.0\n");
        let sandbox = Sandbox::new(&[("web/Chart.yaml", &chart)]);
        sandbox.run(&["template", "web", "web"]).fails(
            1,
            &[
                &format!("the name `{name}` is not allowed"),
                "web/Chart.yaml",
            ],
        );
        let chart = format!(
            "{CHART}dependencies:\n- {{name: {name:?}, version: 0.1.0, repository: 'file://../x'}}\n"
        );
        let sandbox = Sandbox::new(&[
            ("web/Chart.yaml", &chart),
            ("x/Chart.yaml", CHART),
            ("x/templates/a.yaml", "a: 1\n"),
        ]);
        for more in [&[][..], &["--fetch"]] {
            let arguments = [&["template", "web", "web"], more].concat();
            sandbox
                .run(&arguments)
                .fails(1, &["web/Chart.yaml:5", name]);
        }
    }
}

#[test]
fn text_that_is_not_utf_8_is_refused_where_it_would_be_yaml() {
    let sandbox = Sandbox::new(&[("web/Chart.yaml", CHART), ("web/templates/_", "")]);
    std::fs::write(sandbox.path("web/templates/a.yaml"), b"a: 1\nb: \xff\xfe\n").unwrap();
    let run = sandbox.run(&["template", "web", "web"]);
    run.fails(1, &["web/templates/a.yaml"]);
}

#[test]
fn texts_by_the_thousand_cost_no_more_than_they_are_long() {
    let mut files = vec![("web/Chart.yaml".to_owned(), CHART.to_owned())];
    for number in 0..300 {
        let template = format!(
            "{{{{ define \"t{number}\" }}}}x{{{{ end }}}}a: '{{{{ range until 30 }}}}{{{{ tpl (printf \"{{{{ include \\\"t{number}\\\" . }}}}%d\" .) $ }}}}{{{{ end }}}}'\n"
        );
        files.push((format!("web/templates/a{number}.yaml"), template));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, content)| (path.as_str(), content.as_str()))
        .collect();
    let sandbox = Sandbox::new(&files);
    let started = Instant::now();
    let run = sandbox.run(&["template", "web", "web"]);
    assert_eq!(run.passes().matches("x29").count(), 300);
    assert!(started.elapsed() < LONGEST);
}

#[test]
fn certificates_that_sign_each_other_without_end_are_bounded() {
    refused(
        "{{ $c := genCA \"a\" 1 }}{{ range until 100000 }}{{ $c = genSignedCert \"b\" nil nil 1 $c }}{{ end }}{{ $c.Cert }}",
        &["a.yaml", "seconds"],
    );
}
