//! What builds though it is surely a mistake: `check` has findings, `render` warns, `build` says nothing.

use serde_json::Value;

use super::cli::Sandbox;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {app: web}\n\
     spec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: example.com/shop/web:1\n";

const PATCH: &str =
    "    patch: |-\n      - {op: add, path: /metadata/labels/patched, value: \"yes\"}\n";

/// Returns a fleet of one folder, `overlays/dev`, on a base with a Deployment that is named `b-web` there.
fn fleet(overlay: &str) -> Sandbox {
    Sandbox::new(&[
        ("overlays/dev/kustomization.yaml", overlay),
        (
            "base/kustomization.yaml",
            "namePrefix: b-\nresources: [deployment.yaml]\n",
        ),
        ("base/deployment.yaml", DEPLOYMENT),
    ])
}

/// Returns the findings of a check, each as `rule file:line message; hint`.
fn findings(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["check", "--no-schemas", "-o", "json"], arguments].concat();
    let report: Value = serde_json::from_str(sandbox.run(&arguments).passes()).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| {
            assert_eq!(finding["severity"], "warning");
            format!(
                "{} {}:{} {}; {}",
                finding["rule"].as_str().unwrap(),
                finding["origin"]["file"].as_str().unwrap(),
                finding["origin"]["line"],
                finding["message"].as_str().unwrap(),
                finding["hint"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

#[track_caller]
fn finds(overlay: &str, wanted: &[&str]) {
    let overlay = format!("resources: [../../base]\n{overlay}");
    assert_eq!(findings(&fleet(&overlay), &[]), wanted, "{overlay}");
}

/// The one finding of a patch with a target.
#[track_caller]
fn finds_of_target(target: &str, hint: &str) {
    finds(
        &format!("patches:\n  - target: {{{target}}}\n{PATCH}"),
        &[&format!(
            "kustomize/patch-target overlays/dev/kustomization.yaml:3 \
             the target of the patch selects nothing: `{target}`; {hint}"
        )],
    );
}

#[test]
fn a_patch_that_reaches_something_is_none() {
    for target in [
        "kind: Deployment",
        "name: web",
        "name: b-web",
        "kind: Deployment, name: .*web",
        "labelSelector: app=web",
    ] {
        finds(&format!("patches:\n  - target: {{{target}}}\n{PATCH}"), &[]);
    }
}

#[test]
fn a_patch_that_reaches_nothing_is_told_what_is_near() {
    for (target, hint) in [
        (
            "kind: Deployment, name: wep",
            "did you mean `Deployment/b-web`?",
        ),
        (
            "kind: StatefulSet, name: web",
            "did you mean `Deployment/b-web`?",
        ),
        (
            "kind: Deployment, name: database",
            "of that kind there are `Deployment/b-web`",
        ),
        (
            "group: batch, kind: Deployment, name: web",
            "`Deployment/b-web` has the group `apps`",
        ),
        (
            "version: v1beta1, kind: Deployment, name: web",
            "`Deployment/b-web` has the version `v1beta1`",
        ),
        (
            "kind: Deployment, name: web, namespace: prod",
            "`Deployment/b-web` has no namespace by then: leave `namespace` out of the target",
        ),
        (
            "kind: Deployment, name: web, labelSelector: app=api",
            "`Deployment/b-web` has the labels `app=web`",
        ),
        (
            "kind: Deployment, name: web, annotationSelector: a=b",
            "`Deployment/b-web` has no annotations by then",
        ),
        ("kind: Deploymnet", "did you mean the kind `Deployment`?"),
        (
            "kind: Ingress, name: shop",
            "take it out, or add what it is to change",
        ),
    ] {
        let hint = hint.replace("version `v1beta1`", "version `v1`");
        finds_of_target(target, &hint);
    }
}

#[test]
fn a_target_for_whatever_there_is_may_find_nothing() {
    for target in [
        "kind: Ingress",
        "labelSelector: app=api",
        "kind: Deployment, name: api-.*",
        "kind: Service, annotationSelector: a=b",
    ] {
        finds(&format!("patches:\n  - target: {{{target}}}\n{PATCH}"), &[]);
    }
}

#[test]
fn options_of_generators_that_are_elsewhere_are_told() {
    let options = "generatorOptions: {disableNameSuffixHash: true}\nresources: [../../base]\n";
    let sandbox = fleet(options);
    sandbox.write(
        "base/kustomization.yaml",
        "resources: [deployment.yaml]\nconfigMapGenerator: [{name: settings}]\n",
    );
    assert_eq!(
        findings(&sandbox, &[]),
        [
            "kustomize/generator-options overlays/dev/kustomization.yaml:1 no generator has these options; \
             they are for the generators of this file, not for those of bases or of files in `generators`: \
             write them there"
        ]
    );
    sandbox.write(
        "overlays/dev/kustomization.yaml",
        &format!("{options}configMapGenerator: [{{name: own}}]\n"),
    );
    assert_eq!(findings(&sandbox, &[]), [] as [&str; 0]);
}

#[test]
fn a_name_that_a_rename_hid_is_told() {
    let sandbox = fleet(&format!(
        "resources: [../../middle]\npatches:\n  - target: {{kind: Deployment, name: b-web}}\n{PATCH}"
    ));
    sandbox.write(
        "middle/kustomization.yaml",
        "namePrefix: m-\nresources: [../base]\n",
    );
    assert_eq!(
        findings(&sandbox, &[]),
        [
            "kustomize/patch-target overlays/dev/kustomization.yaml:3 the target of the patch selects \
             nothing: `kind: Deployment, name: b-web`; it had this name only in between: select it as \
             `Deployment/m-b-web` or as `Deployment/web`"
        ]
    );
    let text = sandbox.run(&["check", "--no-schemas"]).stdout;
    for place in ["middle/kustomization.yaml:1:13", "got its name here"] {
        assert!(text.contains(place), "{text}");
    }
}

#[test]
fn a_kind_that_a_patch_changed_is_told() {
    let sandbox = fleet(&format!(
        "resources: [../../middle]\npatches:\n  - target: {{kind: Deployment, name: web}}\n{PATCH}"
    ));
    sandbox.write(
        "middle/kustomization.yaml",
        "resources: [../base]\npatches:\n- target: {kind: Deployment}\n  options: {allowKindChange: true}\n  \
         patch: '{kind: StatefulSet, metadata: {name: x}}'\n",
    );
    let found = findings(&sandbox, &[]);
    assert!(
        matches!(found.as_slice(), [one] if one.ends_with("select it as `StatefulSet/b-web`")),
        "{found:?}"
    );
}

#[test]
fn a_replacement_that_reaches_nothing_is_told_what_is_near() {
    let replacement = |target: &str| {
        format!(
            "replacements:\n- source: {{kind: Deployment, name: web}}\n  targets:\n  - {target}\n    \
             fieldPaths: [metadata.labels.app]\n"
        )
    };
    finds(&replacement("select: {kind: Deployment}"), &[]);
    finds(
        &replacement("select: {kind: Deployment, name: c-web}"),
        &[
            "kustomize/replacement-target overlays/dev/kustomization.yaml:5 the target of the \
             replacement selects nothing: `kind: Deployment, name: c-web`; \
             did you mean `Deployment/b-web`?",
        ],
    );
    finds(
        &replacement("{select: {kind: Deployment}, reject: [{name: web}]}")
            .replace("    fieldPaths", "    #"),
        &[
            "kustomize/replacement-target overlays/dev/kustomization.yaml:5 `reject` leaves nothing of \
             what `kind: Deployment` selects to be replaced; ",
        ],
    );
}

#[test]
fn images_that_change_nothing_are_told() {
    let place = "overlays/dev/kustomization.yaml";
    for (images, wanted) in [
        ("{name: example.com/shop/web, newTag: '2'}", String::new()),
        ("{name: example.com/shop/web, newTag: '1'}", String::new()),
        (
            "{name: web, newTag: '2'}",
            format!(
                "kustomize/image {place}:3 no container has the image `web`; did you mean `example.com/shop/web`?"
            ),
        ),
        (
            "{name: 'example.com/shop/web:2', newTag: '2'}",
            format!(
                "kustomize/image {place}:3 no container has the image `example.com/shop/web:2`; \
                 leave tag and digest out of the name: `example.com/shop/web`"
            ),
        ),
        (
            "{name: redis, newTag: '2'}",
            format!("kustomize/image {place}:3 no container has the image `redis`; take it out"),
        ),
        (
            "{name: example.com/shop/web}",
            format!(
                "kustomize/image {place}:3 the entry for the image `example.com/shop/web` changes nothing; \
                 say `newTag`, `digest` or `newName`"
            ),
        ),
    ] {
        let wanted: Vec<&str> = [wanted.as_str()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        finds(&format!("images:\n- {images}\n"), &wanted);
    }
    finds(
        "images:\n- {name: example.com/shop/web, newTag: '2'}\n- {name: example.com/shop/web, newTag: '3'}\n",
        &[
            "kustomize/twice overlays/dev/kustomization.yaml:3 the image `example.com/shop/web` has a later entry; keep one of the two",
        ],
    );
    finds(
        "images:\n- {name: example.com/shop/web, newName: other}\n- {name: other, newTag: '3'}\n",
        &[],
    );
}

#[test]
fn an_image_in_a_field_that_images_does_not_know_is_told() {
    let sandbox =
        fleet("resources: [custom.yaml]\nimages:\n- {name: example.com/shop/web, newTag: '2'}\n");
    sandbox.write(
        "overlays/dev/custom.yaml",
        "apiVersion: example.com/v1\nkind: App\nmetadata: {name: a}\nspec: {image: 'example.com/shop/web:1'}\n",
    );
    let found = findings(&sandbox, &[]);
    assert!(
        matches!(found.as_slice(), [one] if one.ends_with("name the field in a file of `configurations`, below `images`")),
        "{found:?}"
    );
}

#[test]
fn other_lines_without_effect_are_told() {
    let place = "overlays/dev/kustomization.yaml";
    finds(
        "labels:\n- includeSelectors: true\n",
        &[&format!(
            "kustomize/labels {place}:3 the entry of `labels` has no labels; write them below `pairs`"
        )],
    );
    finds("generatorOptions: {disableNameSuffixHash: true}\n", &[]);
    finds(
        "vars:\n- {name: USED, objref: {apiVersion: apps/v1, kind: Deployment, name: web}}\n\
         - {name: UNUSED, objref: {apiVersion: apps/v1, kind: Deployment, name: web}}\n\
         commonAnnotations: {a: $(USED)}\n",
        &[&format!(
            "kustomize/var {place}:4 nothing refers to the var `UNUSED`; write `$(UNUSED)` where its value \
             belongs, in a field that `varReference` names; or take it out"
        )],
    );
}

/// Two environments that use one component, which patches what only `prod` has.
fn shared(prod: &str) -> Sandbox {
    Sandbox::new(&[
        (
            "component/kustomization.yaml",
            &format!(
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n\
                 patches:\n  - target: {{name: extra}}\n{PATCH}"
            ),
        ),
        (
            "overlays/dev/kustomization.yaml",
            "resources: [deployment.yaml]\ncomponents: [../../component]\n",
        ),
        ("overlays/dev/deployment.yaml", DEPLOYMENT),
        ("overlays/prod/kustomization.yaml", prod),
        (
            "overlays/prod/deployment.yaml",
            &DEPLOYMENT.replace("name: web\n  labels", "name: extra\n  labels"),
        ),
    ])
}

#[test]
fn a_component_is_mistaken_only_where_no_build_has_a_use_for_it() {
    let useful = shared("resources: [deployment.yaml]\ncomponents: [../../component]\n");
    assert_eq!(findings(&useful, &[]), [] as [&str; 0]);
    let useless = shared("resources: [deployment.yaml]\n");
    let found = findings(&useless, &[]);
    assert!(
        matches!(found.as_slice(), [one] if one.contains("component/kustomization.yaml:4")),
        "{found:?}"
    );
    // What the other environments do with it is not known.
    assert_eq!(findings(&useless, &["--env", "dev"]), [] as [&str; 0]);
}

#[test]
fn a_component_that_is_listed_twice_is_told() {
    let twice =
        shared("resources: [deployment.yaml]\ncomponents: [../../component, ../../component/]\n");
    assert_eq!(
        findings(&twice, &[]),
        [
            "kustomize/twice overlays/prod/kustomization.yaml:2 `../../component` stands in `components` \
             twice, and is applied twice; keep one of the two"
        ]
    );
}

#[test]
fn a_mistake_in_a_base_is_told_once_for_all_that_use_it() {
    let sandbox = fleet("resources: [../../base]\n");
    sandbox.write(
        "overlays/prod/kustomization.yaml",
        "namePrefix: prod-\nresources: [../../base]\n",
    );
    sandbox.write(
        "base/kustomization.yaml",
        "resources: [deployment.yaml]\nimages: [{name: redis, newTag: '2'}]\n",
    );
    let run = sandbox.run(&["check", "--no-schemas"]);
    assert_eq!(
        run.stdout.matches("warning[kustomize/image]").count(),
        1,
        "{run:?}"
    );
    assert!(run.stdout.contains("in dev (dev), prod (prod)"), "{run:?}");
    assert!(run.stdout.contains("1 warning"), "{run:?}");
}

#[test]
fn render_warns_and_build_says_nothing() {
    let sandbox = fleet("resources: [../../base]\nimages: [{name: redis, newTag: '2'}]\n");
    let run = sandbox.run(&["render"]);
    assert!(run.passes().contains("name: b-web"), "{run:?}");
    for text in [
        "warning[kustomize/image]: no container has the image `redis`",
        "overlays/dev/kustomization.yaml:2",
    ] {
        assert!(run.stderr.contains(text), "{run:?}");
    }
    let run = sandbox.run(&["build", "overlays/dev"]);
    run.passes();
    assert_eq!(run.stderr, "");
}

#[test]
fn each_rule_is_documented() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/mistakes.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    for (rule, _) in lockgate::kustomize::RULES {
        assert!(docs.contains(&format!("| `{rule}` |")), "{rule}");
    }
}
