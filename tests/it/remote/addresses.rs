//! Which texts are addresses of repositories, and of which: beside the reference, which tells a `git` that only
//! writes down what it is asked for. And which are refused: what could be an option or be read by a shell
//! (CVE-2026-113708).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use lockgate::source::remote::RepositoryReference;

use super::Machine;

/// What a text is: the repository and the ref; none where it is no address.
type Meaning = Option<(String, Option<String>)>;

/// Addresses in all the spellings that there are, and texts that are nearly some.
const TEXTS: &[&str] = &[
    "https://github.com/org/repo",
    "https://github.com/org/repo/",
    "https://github.com/org/repo.git",
    "https://github.com/org/repo/deep/folder?ref=v1.0.0",
    "https://github.com/org/repo//deep/folder?ref=v1.0.0",
    "https://github.com/org/repo.git/deep?version=v2",
    "https://github.com/org",
    "https://user@github.com/org/repo",
    "http://github.com/org/repo",
    "ssh://git@github.com/org/repo",
    "ssh://github.com/org/repo",
    "git@github.com:org/repo.git",
    "git@github.com/org/repo",
    "GITHUB.com/org/repo",
    "github.com/org/repo",
    "github.com/org/repo/x/y?ref=b",
    "github.com:org/repo",
    "github.company.com/org/repo",
    "https://github.company.com/org/repo",
    "git::https://host/org/repo",
    "GIT::https://host/org/repo",
    "git::git@host:org/repo",
    "git::github.com/org/repo",
    "HTTPS://host/org/repo",
    "Ssh://host/org/repo",
    "https://host/org",
    "https://host/org/",
    "https://host",
    "https://host/a/b/c/d",
    "https://host:8443/a/b/c",
    "https://host/a/b.git/c.git/d",
    "https://host/a.git",
    "https://host/a.gitx/b",
    "https://host/.git",
    "https://host//a/b",
    "https://host/a//b//c",
    "https://host/a//b.git",
    "https://dev.azure.com/org/project/_git/repo",
    "https://me@dev.azure.com/org/project/_git/repo/path?ref=main",
    "https://dev.azure.com/org/project/_git/",
    "git@ssh.dev.azure.com:v3/org/project/repo",
    "git@ssh.dev.azure.com:v3/org/project//repo",
    "ssh://git@host/a/b",
    "ssh://git@host:7999/a/b.git/c",
    "ssh://host/~user/repo",
    "user@host:path/to/repo",
    "user@host:repo",
    "user@host:repo.git",
    "user@host:22/a/b",
    "user@host/a/b",
    "us_er@host:a/b",
    "9user@host:a/b",
    "host:a/b",
    "host/a/b",
    "file:///a/b",
    "file:///a/b.git/c",
    "file:///a/b//c?ref=x",
    "FILE:///a/b",
    "file://a/b",
    "file://",
    "/a/b.git",
    "./a.git",
    "../a/_git/b",
    "a//b",
    "a.git",
    "base",
    "",
    "ftp://host/a/b",
    "git://host/a/b",
    "s3::https://host/a/b",
    "https://host/a/b?ref=",
    "https://host/a/b?ref=x&ref=y",
    "https://host/a/b?version=x&ref=",
    "https://host/a/b?ref=a%2Fb",
    "https://host/a/b?ref=a+b%",
    "https://host/a/b?ref=x;y",
    "https://host/a/b?REF=x",
    "https://host/a/b?ref=x#y",
    "https://host/a/b?x?ref=y",
    "https://host/a/../b/c",
    "https://host/a/b/../../../c",
    "https://host/a/b//../c",
    "https://host/a/b//c/../../d",
    "https://host/a/b///c",
];

#[test]
fn texts_are_the_same_addresses_as_for_the_reference() {
    let mut machine = Machine::new(&[]);
    let log = machine.sandbox.path("git.log");
    machine.sandbox.write(
        "bin/git",
        &format!(
            "#!/bin/sh\necho \"$*\" >> {}\n[ \"$1\" != fetch ]\n",
            log.display()
        ),
    );
    let program = machine.sandbox.path("bin/git");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = machine.sandbox.path("bin").display().to_string();
    machine
        .variables
        .push(("PATH".to_owned(), format!("{bin}:{path}")));
    let mut wrong = Vec::new();
    for text in TEXTS {
        let _ = fs::remove_file(&log);
        machine.reference(&["build", text]);
        let theirs: Meaning = fs::read_to_string(&log).ok().and_then(|log| {
            let line = log
                .lines()
                .find_map(|line| line.strip_prefix("fetch --depth=1 "))?;
            let (url, reference) = line.rsplit_once(' ')?;
            let reference = Some(reference.to_owned()).filter(|reference| reference != "HEAD");
            Some((url.to_owned(), reference))
        });
        let ours: Meaning = RepositoryReference::parse(text)
            .ok()
            .flatten()
            .map(|found| (found.shown_url(), found.reference().map(str::to_owned)));
        // A user that is told to a web server may be a token, and is not shown.
        let shown = theirs
            .clone()
            .map(|(url, reference)| (url.replace("https://me@", "https://"), reference));
        if ours != shown {
            wrong.push(format!("{text}: {ours:?}, not {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn folders_in_a_repository_are_normal_paths() {
    for (text, folder) in [
        ("https://github.com/org/repo", ""),
        ("https://github.com/org/repo/", ""),
        ("https://github.com/org/repo/a/b", "a/b"),
        ("https://github.com/org/repo//a//b", "a/b"),
        ("https://github.com/org/repo.git/a/./b/../c", "a/c"),
        ("https://dev.azure.com/o/p/_git/r/a/b", "a/b"),
        ("file:///x/y//a", "a"),
        ("file:///x/y.git/a", "a"),
        ("file:///x/y/a", ""),
    ] {
        let found = RepositoryReference::parse(text).unwrap().unwrap();
        assert_eq!(found.folder().as_str(), folder, "{text}");
    }
}

#[test]
fn addresses_that_are_options_or_hold_more_than_text_are_refused() {
    for text in [
        "ssh://-oProxyCommand=x/a/b",
        "ssh://me@-oProxyCommand=x/a/b",
        "git@-oProxyCommand=x:a/b",
        "https://--upload-pack=x/a/b",
        "https://host/a/b?ref=--upload-pack=touch%20x",
        "https://host/a/b?ref=-x",
        "https://host/a/b?ref=%2dx",
        "git@host:-a/b.git",
        "ssh://$(id)@host/a/b",
        "ssh://a;b:c@host/a/b",
        "file://--upload-pack=x//a",
        "https://host/a/b?ref=$(id)",
        "https://host/a/b?ref=`id`",
        "https://host/a/b?ref=a|b",
        "https://host/a/b?ref=a%3Bb",
        "https://host/a/b?ref=a%0Ab",
        "https://host/a/b?ref=a%00b",
        "https://host/a/b?ref=a%26b",
        "https://host/a/b?ref=a b",
        "https://host/a/b?ref=a:b",
        "https://host/a/b?ref=%2Ba",
        "https://host/a/b?ref=a..b",
        "https://host/a/b?ref=a@{1}",
        "https://host/a/b?ref=a.lock",
        "https://ho$st/a/b",
        "https://host/a;b/c",
        "https://host/a/b'c",
        "https://host/a/b%27c",
        "https://host/a/b%0Ac",
        "https://host%0A/a/b",
        "https://host/a\nb/c",
        "git@host:a/$(id)",
        "git@host:a/b\\c",
        "file:///a/$HOME//b",
        "https://host/a/b//../../c",
    ] {
        let parsed = RepositoryReference::parse(text);
        assert!(parsed.is_err(), "{text:?} is {parsed:?}");
    }
}
