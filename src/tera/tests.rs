use crate::yaml::{Diagnostic, FileId, Limits, MadeFrom, Node, parse};

use super::{Rendered, Template, TeraError, render};

fn template(name: &str, text: &str) -> Template {
    Template {
        name: name.to_owned(),
        file: FileId::of(name),
        text: text.to_owned(),
        is_partial: name.starts_with('_'),
    }
}

fn values(text: &str) -> Node {
    let mut documents = parse(
        text.as_bytes(),
        FileId::of("values.yaml"),
        &Limits::default(),
    )
    .unwrap();
    documents.remove(0)
}

fn rendered(templates: &[(&str, &str)], given: &str) -> Result<Vec<Rendered>, TeraError> {
    let templates: Vec<_> = templates
        .iter()
        .map(|(name, text)| template(name, text))
        .collect();
    render(&templates, &values(given))
}

const VALUES: &str = "name: web\nreplicas: 3\nenv: prod\nports: [80, 81]\n";

#[test]
fn what_is_printed_knows_its_place() {
    let text = "# a comment\nname: {{ name }}\n{%- if env == \"prod\" %}\nreplicas: {{ replicas }}\n{%- endif %}\nports:\n{%- for port in ports %}\n- {{ port }}\n{%- endfor %}\n";
    let out = rendered(&[("a.yaml", text)], VALUES).unwrap();
    let [one] = out.as_slice() else {
        panic!("{out:?}")
    };
    assert_eq!(
        one.text,
        "# a comment\nname: web\nreplicas: 3\nports:\n- 80\n- 81\n"
    );
    let place = |part: &str| {
        let start = one.text.find(part).unwrap();
        one.spans
            .place(start..start + part.len())
            .unwrap()
            .to_string()
    };
    assert_eq!(place("name"), "a.yaml:2");
    assert_eq!(place("web"), "values.yaml:1:7");
    assert_eq!(place("3\n"), "values.yaml:2:11");
    assert_eq!(place("ports"), "a.yaml:6");
    assert_eq!(place("81"), "values.yaml:4:13");
}

#[test]
fn templates_include_each_other_and_nothing_else() {
    let out = rendered(
        &[
            ("a.yaml", "x: {% include \"_b.yaml\" %}\n"),
            ("_b.yaml", "{{ name }}"),
        ],
        VALUES,
    );
    assert_eq!(out.unwrap()[0].text, "x: web\n");
    let error = rendered(&[("a.yaml", "x: {% include \"/etc/passwd\" %}\n")], VALUES).unwrap_err();
    assert!(error.to_string().contains("/etc/passwd"), "{error}");
    let error = rendered(&[("a.yaml", "x: {{ get_env(name=\"HOME\") }}\n")], VALUES).unwrap_err();
    assert!(error.to_string().contains("not available"), "{error}");
}

#[test]
fn loops_and_recursion_have_bounds() {
    let nested =
        "{% for a in range(end=2000) %}{% for b in range(end=2000) %}{% endfor %}{% endfor %}";
    let error = rendered(&[("a.yaml", nested)], VALUES).unwrap_err();
    assert!(error.to_string().contains("turns"), "{error}");
    let endless = "{% macro f() %}{{ self::f() }}{% endmacro %}{{ self::f() }}";
    let error = rendered(&[("a.yaml", endless)], VALUES).unwrap_err();
    assert!(error.to_string().contains("within each other"), "{error}");
    let error = rendered(&[("a.yaml", "{% include \"a.yaml\" %}")], VALUES).unwrap_err();
    assert!(error.to_string().contains("within each other"), "{error}");
}

#[test]
fn mistakes_name_their_line() {
    let error = rendered(&[("a.yaml", "a: 1\nb: {{ name \n")], VALUES).unwrap_err();
    assert_eq!(error.origin().unwrap().file, FileId::of("a.yaml"));
    assert!(error.origin().unwrap().line >= 2, "{:?}", error.origin());
    let error = rendered(&[("a.yaml", "a: {{ nothing }}\n")], VALUES).unwrap_err();
    assert!(error.to_string().contains("nothing"), "{error}");
    assert!(error.hint().is_some());
}
