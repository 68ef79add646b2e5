//! Where the reference tools are.

use std::path::PathBuf;

/// Returns the reference `kustomize`: `LOCKGATE_KUSTOMIZE`, or the one in the tests' cache.
pub(crate) fn kustomize() -> PathBuf {
    tool("kustomize", "LOCKGATE_KUSTOMIZE")
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
