//! What differs from render to render is told with its lines, if it gets into the output.

use super::cli::Sandbox;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 0.1.0\n";

const TEMPLATE: &str = r#"{{- $authority := genCA "a" 1 }}
{{- $certificate := genSignedCert "b" nil nil 1 $authority }}
{{- $unused := genSelfSignedCert "c" nil nil 1 }}
a: {{ if .Values.isShown }}{{ $certificate.Cert | quote }}{{ end }}
b: {{ .Values.isRandom | ternary (randAlphaNum 5) "x" }}
"#;

/// What is written to standard error for some values.
fn warnings(template: &str, values: &str) -> String {
    let sandbox = Sandbox::new(&[
        ("web/Chart.yaml", CHART),
        ("web/values.yaml", values),
        ("web/templates/a.yaml", template),
    ]);
    let run = sandbox.run(&["template", "web", "web"]);
    run.passes();
    run.stderr
}

#[test]
fn certificates_count_when_a_template_looks_at_them() {
    let template = TEMPLATE.lines().take(4).collect::<Vec<_>>().join("\n");
    assert_eq!(warnings(&template, "isShown: false\n"), "");
    let told = warnings(&template, "isShown: true\n");
    assert!(told.contains("`genCA` (web/templates/a.yaml:1)"), "{told}");
    assert!(
        told.contains("`genSignedCert` (web/templates/a.yaml:2)"),
        "{told}"
    );
    assert!(!told.contains("genSelfSignedCert"), "{told}");
}

#[test]
fn random_text_counts_at_once() {
    let told = warnings(TEMPLATE, "isRandom: false\n");
    assert!(
        told.contains("not reproducible")
            && told.contains("`randAlphaNum` (web/templates/a.yaml:5)"),
        "{told}"
    );
    assert!(!told.contains("gen"), "{told}");
}

#[test]
fn certificates_that_sign_each_other_are_made_together() {
    let template = "{{ $c := genCA \"a\" 1 }}{{ range until 3 }}{{ $c = genSignedCert \"b\" nil nil 1 $c }}{{ end }}a: {{ $c.Cert | kindOf }}\n";
    let told = warnings(template, "{}\n");
    assert!(told.contains("`genCA` (web/templates/a.yaml:1)"), "{told}");
    assert!(told.contains("`genSignedCert`"), "{told}");
}
