//! What is taken from elsewhere, end to end: repositories on disk, over Git's own HTTP server and over what stands
//! in for `ssh`, files and charts of a small server, charts of a real OCI registry. The network beyond this machine is never asked.

mod addresses;
mod certificates;
mod charts_expanded;
mod charts_in_fleets;
mod dependencies;
mod fetches;
mod hostile;
mod hostile_charts;
mod lock;
mod packed;
mod registries;
mod repositories;
mod server;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use git2::{Oid, Repository, RepositoryInitOptions, Signature};

use super::cli::{Run, Sandbox, run_command};
use super::tools::{helm, kustomize};
use server::{Git, Server};

/// A `ConfigMap` with this name.
fn map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  from: {name}\n")
}

/// A machine of a test's own: its home, cache, files and repositories.
struct Machine {
    sandbox: Sandbox,
    server: Server,
    /// More variables of the environment.
    variables: Vec<(String, String)>,
}

/// A bare repository.
struct Repo {
    repository: Repository,
    path: PathBuf,
}

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::new(files);
        sandbox.write("home/.gitconfig", "[safe]\n\tdirectory = *\n");
        let server = Server::start(Git {
            root: sandbox.path("repositories"),
            ..Git::default()
        });
        Self {
            sandbox,
            server,
            variables: Vec::new(),
        }
    }

    /// Returns a new repository with these files in its first commit.
    fn repository(&self, name: &str, files: &[(&str, &str)]) -> Repo {
        let path = self.sandbox.path("repositories").join(name);
        let mut options = RepositoryInitOptions::new();
        options.bare(true).mkpath(true).initial_head("main");
        let repository = Repository::init_opts(&path, &options).unwrap();
        let repo = Repo { repository, path };
        repo.commit(files);
        repo
    }

    /// Says what is built.
    fn top(&self, text: &str) {
        self.sandbox.write("top/kustomization.yaml", text);
    }

    fn lockgate(&self, arguments: &[&str]) -> Run {
        self.run(Command::new(env!("CARGO_BIN_EXE_lockgate")), arguments)
    }

    fn reference(&self, arguments: &[&str]) -> Run {
        self.run(kustomize(), arguments)
    }

    /// Renders a chart with Helm.
    fn helm(&self, arguments: &[&str]) -> Run {
        self.run(helm(), arguments)
    }

    fn run(&self, mut command: Command, arguments: &[&str]) -> Run {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .args(arguments)
            .current_dir(self.sandbox.path(""))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.sandbox.path("home"))
            .env("LOCKGATE_CACHE", self.sandbox.path("cache"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("NO_COLOR", "1")
            .envs(self.variables.iter().cloned());
        run_command(&mut command)
    }

    /// Builds `top` with both tools, which must agree, and returns what it comes to.
    #[track_caller]
    fn builds_as_the_reference(&self) -> String {
        let ours = self.lockgate(&["build", "top"]);
        let theirs = self.reference(&["build", "top"]);
        assert_eq!(ours.passes(), theirs.passes(), "{ours:?}");
        ours.stdout
    }
}

impl Repo {
    /// Commits files, on top of what is there; an empty content removes one.
    fn commit(&self, files: &[(&str, &str)]) -> String {
        let head = self.repository.head().ok();
        let parent = head.and_then(|head| head.peel_to_commit().ok());
        let mut index = git2::Index::new().unwrap();
        if let Some(parent) = &parent {
            index.read_tree(&parent.tree().unwrap()).unwrap();
        }
        for (path, content) in files {
            if content.is_empty() {
                index.remove(path.as_ref(), 0).unwrap();
                continue;
            }
            // A link is written as `-> target`.
            let (mode, content) = match content.strip_prefix("-> ") {
                Some(target) => (0o120_000, target),
                None => (0o100_644, *content),
            };
            let id = self.repository.blob(content.as_bytes()).unwrap();
            add(&mut index, path, mode, id);
        }
        self.commit_index(&mut index, parent.as_ref())
    }

    /// Commits a submodule.
    fn commit_submodule(&self, path: &str, url: &str, commit: &str) -> String {
        let parent = self.repository.head().unwrap().peel_to_commit().unwrap();
        let mut index = git2::Index::new().unwrap();
        index.read_tree(&parent.tree().unwrap()).unwrap();
        add(&mut index, path, 0o160_000, commit.parse().unwrap());
        let list = format!("[submodule \"{path}\"]\n\tpath = {path}\n\turl = {url}\n");
        let id = self.repository.blob(list.as_bytes()).unwrap();
        add(&mut index, ".gitmodules", 0o100_644, id);
        self.commit_index(&mut index, Some(&parent))
    }

    fn commit_index(&self, index: &mut git2::Index, parent: Option<&git2::Commit<'_>>) -> String {
        let tree = index.write_tree_to(&self.repository).unwrap();
        let tree = self.repository.find_tree(tree).unwrap();
        let who = Signature::now("a person", "person@example.com").unwrap();
        let parents: Vec<_> = parent.into_iter().collect();
        self.repository
            .commit(Some("refs/heads/main"), &who, &who, "x", &tree, &parents)
            .unwrap()
            .to_string()
    }

    /// Tags a commit; `message` makes it a tag of its own.
    fn tag(&self, name: &str, commit: &str, message: Option<&str>) {
        let object = self
            .repository
            .find_object(commit.parse().unwrap(), None)
            .unwrap();
        let who = Signature::now("a person", "person@example.com").unwrap();
        match message {
            Some(message) => self.repository.tag(name, &object, &who, message, true),
            None => self.repository.tag_lightweight(name, &object, true),
        }
        .unwrap();
    }

    fn branch(&self, name: &str, commit: &str) {
        let id: Oid = commit.parse().unwrap();
        let name = format!("refs/heads/{name}");
        self.repository.reference(&name, id, true, "").unwrap();
    }

    fn file_url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    fn delete(&self) {
        fs::remove_dir_all(&self.path).unwrap();
    }
}

fn add(index: &mut git2::Index, path: &str, mode: u32, id: Oid) {
    let time = git2::IndexTime::new(0, 0);
    index
        .add(&git2::IndexEntry {
            ctime: time,
            mtime: time,
            dev: 0,
            ino: 0,
            mode,
            uid: 0,
            gid: 0,
            file_size: 0,
            id,
            flags: 0,
            flags_extended: 0,
            path: path.as_bytes().to_vec(),
        })
        .unwrap();
}
