//! `.gitmodules`, and where the submodules in it come from.

use super::super::TreePath;

/// A submodule: where it stands and its address as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Submodule {
    pub(super) path: String,
    pub(super) url: String,
}

/// Reads `.gitmodules`. Nothing that it names is read along, as Git's configuration files could ask for.
pub(super) fn read(text: &str) -> Vec<Submodule> {
    let mut found: Vec<Submodule> = Vec::new();
    let mut is_in_one = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            is_in_one = line.to_ascii_lowercase().starts_with("[submodule ");
            if is_in_one {
                found.push(Submodule::default());
            }
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"').to_owned();
        if let Some(submodule) = found.last_mut().filter(|_| is_in_one) {
            match name.trim().to_ascii_lowercase().as_str() {
                "path" => submodule.path = value,
                "url" => submodule.url = value,
                _ => {}
            }
        }
    }
    found.retain(|submodule| !submodule.path.is_empty() && !submodule.url.is_empty());
    found
}

/// Returns the address of a submodule, whose own may be relative to that of the repository it is in;
/// `None` where it leads above the host.
pub(super) fn address(url: &str, of: &str) -> Option<String> {
    if !url.starts_with("./") && !url.starts_with("../") {
        return Some(url.to_owned());
    }
    let host_end = match of.find("://") {
        Some(at) => at + 3 + of[at + 3..].find('/')? + 1,
        None => of.find(':')? + 1,
    };
    let (host, path) = of.split_at(host_end);
    let path = TreePath::new(path).ok()?.join(url).ok()?;
    Some(format!("{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submodules_are_read_and_nothing_else() {
        let text = "[submodule \"a\"]\n\tpath = libs/a\n\turl = ../a.git\n\
                    [include]\n\tpath = /etc/passwd\n[submodule \"b\"]\n\tpath = b\n";
        assert_eq!(
            read(text),
            [Submodule {
                path: "libs/a".to_owned(),
                url: "../a.git".to_owned()
            }]
        );
    }

    #[test]
    fn relative_addresses_stay_on_their_host() {
        for (url, of, want) in [
            (
                "../b.git",
                "https://host/org/a.git",
                Some("https://host/org/b.git"),
            ),
            ("../../x/b", "https://host/org/a", Some("https://host/x/b")),
            ("./b", "https://host/org/a", Some("https://host/org/a/b")),
            ("../b", "git@host:org/a", Some("git@host:org/b")),
            ("../../b", "git@host:org/a", Some("git@host:b")),
            ("../../../../b", "https://host/org/a", None),
            (
                "https://other/b",
                "https://host/org/a",
                Some("https://other/b"),
            ),
        ] {
            assert_eq!(address(url, of).as_deref(), want, "{url} of {of}");
        }
    }
}
