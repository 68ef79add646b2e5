//! The binary syncs to a real control plane: an etcd, a kube-apiserver, a kube-controller-manager.

mod applyset;
mod conflicts;
mod drift;
mod failures;
mod guards;
mod kills;
mod plans;
mod shop;

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::cli::{Run, Sandbox};
use crate::control_plane::{ControlPlane, Parts};

/// The cluster of these tests. Each of them has a namespace and a fleet of its own in it.
static CLUSTER: LazyLock<Option<ControlPlane>> =
    LazyLock::new(|| ControlPlane::start(Parts::Controllers));

/// A fleet with one environment, `dev`, which goes to a namespace of its own.
struct World {
    cluster: &'static ControlPlane,
    sandbox: Sandbox,
    namespace: String,
}

/// What is done to an object in a plan, with what a test looks at.
struct Step(Value);

impl World {
    /// Returns a world whose environment renders these documents; `None` where there is no cluster.
    fn new(prefix: &str, objects: &str) -> Option<Self> {
        let cluster = CLUSTER.as_ref()?;
        let namespace = cluster.namespace(prefix);
        let world = Self {
            cluster,
            sandbox: Sandbox::new(&[(
                "apps/app/kustomization.yaml",
                "resources: [objects.yaml]\n",
            )]),
            namespace,
        };
        world.write_fleet("");
        world.render(objects);
        Some(world)
    }

    /// Writes the fleet file with more fields in its environment.
    fn write_fleet(&self, more: &str) {
        let mut text = format!(
            "apiVersion: lockgate.dev/v1alpha1\nkind: Fleet\nmetadata: {{name: {namespace}}}\nspec:\n  environments:\n  - name: dev\n    sources: [{{kustomize: apps/*}}]\n    target: {{cluster: {{context: test, namespace: {namespace}, kubeconfig: '{kubeconfig}'}}}}\n",
            namespace = self.namespace,
            kubeconfig = self.cluster.kubeconfig().display(),
        );
        text.push_str(more);
        self.sandbox.write("lockgate.yaml", &text);
    }

    /// Makes the environment render other documents.
    fn render(&self, objects: &str) {
        // kustomize takes no empty list of resources that has a file without objects in it.
        self.sandbox.write("apps/app/objects.yaml", objects);
    }

    /// Syncs without the check, and returns how that ended.
    fn run(&self, arguments: &[&str]) -> Run {
        let mut all = vec!["sync", "--no-check", "-o", "json"];
        all.extend(arguments);
        self.sandbox.run(&all)
    }

    /// Syncs, which must end with an exit code and these texts on standard error.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], code: i32, texts: &[&str]) {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "{run:?}");
        for text in texts {
            assert!(run.stderr.contains(text), "no {text:?} in\n{}", run.stderr);
        }
    }

    /// Syncs, which must succeed, and returns what was done.
    #[track_caller]
    fn sync(&self) -> Vec<Step> {
        steps(self.run(&[]).passes())
    }

    /// Plans, which must succeed.
    #[track_caller]
    fn plan(&self) -> Vec<Step> {
        steps(self.run(&["--dry-run"]).passes())
    }

    /// Returns the path of objects in the namespace, as `api/v1` and `configmaps/x`.
    fn path(&self, version: &str, rest: &str) -> String {
        format!("/{version}/namespaces/{}/{rest}", self.namespace)
    }

    /// Returns an object of the core group.
    fn get(&self, rest: &str) -> Value {
        let reply = self.cluster.get(&self.path("api/v1", rest));
        if reply.is_ok() {
            reply.body
        } else {
            Value::Null
        }
    }

    /// Changes an object as a field manager that does not apply.
    #[track_caller]
    fn edit(&self, path: &str, manager: &str, change: &Value) {
        let path = format!("{path}?fieldManager={manager}");
        let reply = self
            .cluster
            .patch(&path, "application/merge-patch+json", change);
        assert!(reply.is_ok(), "{path}: {}", reply.message());
    }

    /// Applies an object on the server as a field manager.
    #[track_caller]
    fn apply(&self, path: &str, manager: &str, object: &Value) {
        let path = format!("{path}?fieldManager={manager}&force=true");
        let reply = self
            .cluster
            .patch(&path, "application/apply-patch+yaml", object);
        assert!(reply.is_ok(), "{path}: {}", reply.message());
    }

    /// Creates a `ConfigMap` by hand.
    #[track_caller]
    fn create_config_map(&self, namespace: &str, name: &str, metadata: &Value) {
        let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
        object["metadata"]["name"] = name.into();
        let path = format!("/api/v1/namespaces/{namespace}/configmaps?fieldManager=kubectl-create");
        let body = object.to_string().into_bytes();
        let reply = self.cluster.post(&path, "application/json", body);
        assert!(reply.is_ok(), "{path}: {}", reply.message());
    }

    /// Returns the parent of the set.
    fn parent(&self) -> Value {
        self.get(&format!("configmaps/lockgate-{}-dev", self.namespace))
    }

    /// Returns the versions of objects in the namespace, which every change of them changes.
    fn versions(&self) -> String {
        let mut text = String::new();
        for (group, plural, field) in [
            ("api/v1", "configmaps", "resourceVersion"),
            ("api/v1", "secrets", "resourceVersion"),
            // Controllers write the status.
            ("api/v1", "services", "labels"),
            ("apis/apps/v1", "deployments", "generation"),
        ] {
            let list = self.cluster.get(&self.path(group, plural));
            for item in list.body["items"].as_array().unwrap() {
                let meta = &item["metadata"];
                if meta["name"] != "kube-root-ca.crt" {
                    writeln!(text, "{plural} {} {}", meta["name"], meta[field]).unwrap();
                }
            }
        }
        text
    }
}

impl Step {
    fn action(&self) -> &str {
        self.0["action"].as_str().unwrap()
    }

    /// Returns what happens to what, as `create ConfigMap/x`.
    fn brief(&self) -> String {
        let text = |key: &str| self.0[key].as_str().unwrap();
        format!("{} {}/{}", self.action(), text("kind"), text("name"))
    }

    /// Returns the managers of an edit by hand.
    fn edited_by(&self) -> Vec<&str> {
        assert_eq!(self.0["drift"]["kind"], "edited", "{}", self.0);
        let by = self.0["drift"]["by"].as_array().unwrap();
        by.iter().map(|manager| manager.as_str().unwrap()).collect()
    }

    /// Returns the fields that change.
    fn changes(&self) -> Vec<String> {
        let changes = self.0["changes"].as_array().unwrap();
        changes
            .iter()
            .map(|change| {
                let path = change["path"].as_str().unwrap();
                format!("{path} {} {}", change["old"], change["new"])
            })
            .collect()
    }
}

/// Reads the plan of one environment.
#[track_caller]
fn steps(stdout: &str) -> Vec<Step> {
    let mut document: Value = serde_json::from_str(stdout).unwrap();
    let Value::Array(plans) = document["plans"].take() else {
        panic!("no plans in {stdout}");
    };
    let [mut plan] = <[Value; 1]>::try_from(plans).unwrap();
    let Value::Array(steps) = plan["steps"].take() else {
        panic!("no steps in {stdout}");
    };
    steps.into_iter().map(Step).collect()
}

/// Returns what happens to what, without what is kept.
fn briefs(steps: &[Step]) -> Vec<String> {
    let mut briefs: Vec<String> = steps
        .iter()
        .filter(|step| step.action() != "keep")
        .map(Step::brief)
        .collect();
    briefs.sort();
    briefs
}

fn config_map(name: &str, value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  key: {value}\n"
    )
}

fn deployment(name: &str, replicas: u32) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels: {{app: {name}}}\nspec:\n  replicas: {replicas}\n  selector:\n    matchLabels: {{app: {name}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n    spec:\n      containers:\n      - name: main\n        image: example.com/{name}:1\n        env:\n        - name: A\n          value: \"1\"\n"
    )
}
