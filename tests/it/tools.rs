//! Where the reference tools are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The most memory of a reference tool, in KiB, and the most processor time, in seconds.
const LIMITS: &str = "ulimit -v 6291456; ulimit -t 120; exec \"$0\" \"$@\"";

/// Returns the reference `kustomize`: `LOCKGATE_KUSTOMIZE`, or the one in the tests' cache.
///
/// It has bounds: some inputs, such as an alias bomb, make it take all the memory there is.
pub(crate) fn kustomize() -> Command {
    bounded(&tool("kustomize", "LOCKGATE_KUSTOMIZE"))
}

/// Returns the reference `helm`, with the same bounds: `LOCKGATE_HELM`, or the one in the tests' cache. It sees no
/// settings and no cluster.
pub(crate) fn helm() -> Command {
    let mut helm = bounded(&tool("helm", "LOCKGATE_HELM"));
    let variables = std::env::vars_os().map(|(name, _)| name);
    for name in variables.filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("HELM_") || name.starts_with("KUBE")
    }) {
        helm.env_remove(name);
    }
    helm.env("HOME", std::env::temp_dir().join("lockgate-helm-home"));
    helm
}

/// Returns the reference's library as a server of builds, with the same bounds: see
/// `benches/krusty-peer/serve.go`.
pub(crate) fn krusty_server() -> Command {
    let mut server = bounded(&tool("krusty-peer", "LOCKGATE_KRUSTY_PEER"));
    server.arg("--serve");
    server
}

/// Returns Helm's engine as a server of renders, with the same bounds: see
/// `tests/tools/helm-peer`.
pub(crate) fn helm_peer() -> Command {
    bounded(&tool("helm-peer", "LOCKGATE_HELM_PEER"))
}

/// Returns an OCI registry.
pub(crate) fn registry() -> Command {
    Command::new(tool("registry", "LOCKGATE_REGISTRY"))
}

/// Returns Flux's substitution of variables as a server, with the same bounds: see `tests/tools/flux-peer`.
pub(crate) fn flux_peer() -> Command {
    bounded(&tool("flux-peer", "LOCKGATE_FLUX_PEER"))
}

fn bounded(program: &Path) -> Command {
    let mut bounded = Command::new("sh");
    bounded.args(["-c", LIMITS]).arg(program);
    bounded
}

fn tool(name: &str, variable: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let cache = std::env::var_os("LOCKGATE_TEST_TOOLS").map_or_else(
        || {
            let home = std::env::var_os("HOME").unwrap_or_default();
            PathBuf::from(home).join(".cache/lockgate/tools")
        },
        PathBuf::from,
    );
    let path = cache.join("bin").join(name);
    assert!(
        path.is_file(),
        "`{}` is missing: run `tests/provision`, or set `{variable}`",
        path.display()
    );
    path
}
