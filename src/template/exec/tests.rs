//! What templates print. Each expectation is what Go prints.

use std::sync::Arc;

use crate::template::{Bounds, Functions, Map, MissingKey, Random, Run, Set, Value};

fn data() -> Value {
    let inner = Map::new();
    inner.insert("x", "text".into());
    inner.insert("n", 1e6.into());
    inner.insert("nil", Value::NIL);
    let data = Map::new();
    data.insert("a", inner.into());
    data.insert(
        "list",
        Value::list(vec!["p".into(), Value::NIL, Value::int(3)]),
    );
    data.insert("t", true.into());
    data.into()
}

fn render(text: &str) -> Result<String, String> {
    let mut set = Set::new(Arc::new(Functions::standard()));
    set.parse("t", text.as_bytes())
        .map_err(|error| error.to_string())?;
    let mut run =
        Run::new(&set, &(), Bounds::default(), Random::System).missing_key(MissingKey::Zero);
    let out = run
        .execute("t", &data())
        .map_err(|error| error.to_string())?;
    Ok(out.text().into_owned())
}

#[track_caller]
fn prints(text: &str, expected: &str) {
    assert_eq!(render(text).as_deref(), Ok(expected), "{text}");
}

#[track_caller]
fn fails(text: &str, expected: &str) {
    match render(text) {
        Ok(out) => panic!("{text} printed {out}"),
        Err(error) => assert!(error.contains(expected), "{text}: {error}"),
    }
}

#[test]
fn text_and_trimming() {
    prints("a {{- 1 -}} b", "a1b");
    prints("a {{- /* c */ -}} b", "ab");
    prints("{{/* c */}}x", "x");
    prints("a\n{{- \"x\" }}\n", "ax\n");
    prints("{{-1}}", "-1");
    prints("{{ 3 }}{{- 4 }}", "34");
    fails("{{ /* c */ }}", "unexpected");
    fails("{{ 1 ", "unclosed action");
}

#[test]
fn fields_and_nil() {
    prints(
        "{{ .a.x }}|{{ .a.n }}|{{ .missing }}|{{ .a.nil }}",
        "text|1e+06|<no value>|<no value>",
    );
    fails("{{ .missing.b }}", "nil pointer evaluating interface {}.b");
    prints("{{ (.missing).b }}", "<no value>");
    prints("{{ $x := .missing }}{{ $x.b }}", "<no value>");
    fails(
        "{{ range .list }}{{ .b }}{{ end }}",
        "can't evaluate field b in type string",
    );
    prints("{{ with .a }}{{ .x }}{{ $.t }}{{ end }}", "texttrue");
    fails("{{ nil | print }}", "nil is not a command");
}

#[test]
fn control() {
    prints(
        "{{ range $i, $e := .list }}{{ $i }}={{ $e }},{{ end }}",
        "0=p,1=<no value>,2=3,",
    );
    prints("{{ range .none }}x{{ else }}e{{ end }}", "e");
    prints("{{ range 3 }}{{ . }}{{ end }}", "012");
    prints(
        "{{ range .list }}{{ if not . }}{{ continue }}{{ end }}{{ . }}{{ end }}",
        "p3",
    );
    prints("{{ range .list }}{{ . }}{{ break }}{{ end }}", "p");
    prints(
        "{{ $x := 1 }}{{ range .list }}{{ $x = 2 }}{{ end }}{{ $x }}",
        "2",
    );
    prints("{{ if false }}a{{ else if .t }}b{{ else }}c{{ end }}", "b");
    prints(
        "{{ with .none }}a{{ else with .t }}{{ . }}{{ end }}",
        "true",
    );
    prints("{{ range $k, $v := .a }}{{ $k }} {{ end }}", "n nil x ");
    prints(
        "{{ define \"d\" }}[{{ . }}]{{ end }}{{ template \"d\" 1 }}{{ template \"d\" }}",
        "[1][<no value>]",
    );
    prints("{{ block \"b\" .a }}{{ .x }}{{ end }}", "text");
    fails("{{ break }}", "outside");
    fails("{{ end }}", "unexpected {{end}}");
    fails("{{ if .t }}", "unexpected EOF");
}

#[test]
fn calls() {
    prints("{{ print 1 2 \"a\" 3 | printf \"%s!\" }}", "1 2a3!");
    prints("{{ or .missing \"d\" }}{{ and 1 0 2 }}", "d0");
    prints("{{ or true .missing.b }}", "true");
    prints(
        "{{ eq 1 2 1 }}{{ ne \"a\" \"b\" }}{{ lt 1 2 }}",
        "truetruetrue",
    );
    fails("{{ eq 1 1.0 }}", "incompatible types for comparison");
    prints(
        "{{ index .list 2 }}{{ index .a \"x\" }}{{ len .list }}",
        "3text3",
    );
    fails("{{ index .list 3 }}", "out of range");
    fails("{{ printf 1 }}", "expected string; found 1");
    fails("{{ nope }}", "function \"nope\" not defined");
    fails("{{ 1 2 }}", "can't give argument to non-function 1");
    prints(
        "{{ html \"<a>\" }}{{ urlquery \"a b/\" }}",
        "&lt;a&gt;a+b%2F",
    );
    prints(
        "{{ 0x10 }} {{ 'a' }} {{ 1e3 }} {{ 1_000 }} {{ `r\\n` }}",
        "16 97 1000 1000 r\\n",
    );
}

#[test]
fn depth_is_bounded() {
    fails(
        "{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}",
        "templates within each other",
    );
}
