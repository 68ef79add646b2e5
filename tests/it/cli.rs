//! The built binary, run on files of a test's own.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A folder of a test's own, that goes away with it.
pub(crate) struct Sandbox {
    temp: tempfile::TempDir,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    /// Returns a folder with these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let sandbox = Self {
            temp: tempfile::tempdir().unwrap(),
        };
        for (path, content) in files {
            sandbox.write(path, content);
        }
        sandbox
    }

    /// Returns a fleet of the services `web` and `api` on one base, in `dev` and `prod`.
    pub(crate) fn fleet() -> Self {
        let sandbox = Self::new(&[
            (
                "base/kustomization.yaml",
                "resources: [deployment.yaml]\nsecretGenerator:\n- name: token\n  literals: [token=hunter2]\n",
            ),
            (
                "base/deployment.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: server\nspec:\n  replicas: 1\n",
            ),
        ]);
        for app in ["web", "api"] {
            for environment in ["dev", "prod"] {
                sandbox.write(
                    &format!("apps/{app}/overlays/{environment}/kustomization.yaml"),
                    &format!("namePrefix: {app}-\nnamespace: {environment}\nresources: [../../../../base]\n"),
                );
            }
        }
        sandbox
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Commits all files and returns the commit.
    pub(crate) fn commit(&self) -> String {
        let repository = git2::Repository::open(self.temp.path()).unwrap_or_else(|_| {
            let mut options = git2::RepositoryInitOptions::new();
            options.initial_head("main");
            git2::Repository::init_opts(self.temp.path(), &options).unwrap()
        });
        let mut index = repository.index().unwrap();
        index
            .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
            .unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let who = git2::Signature::now("a person", "person@example.com").unwrap();
        let parent = repository
            .head()
            .ok()
            .and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        repository
            .commit(Some("HEAD"), &who, &who, "change", &tree, &parents)
            .unwrap()
            .to_string()
    }

    /// Runs the binary in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run_in(self.temp.path(), arguments)
    }
}

impl Run {
    /// Asserts an exit code, and that standard error has each of these texts.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, texts: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "no {text:?} in\n{}",
                self.stderr
            );
        }
    }

    /// Asserts success and returns standard output.
    #[track_caller]
    pub(crate) fn passes(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        &self.stdout
    }
}

/// Runs the binary in a folder; one that hangs is killed, and the test fails.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR");
    run_command(&mut command)
}

/// Runs a command; one that hangs is killed, and the test fails.
pub(crate) fn run_command(command: &mut Command) -> Run {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let out = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    let err = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        text
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("{command:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Run {
        code: status.code().unwrap_or(-1),
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
    }
}

#[test]
fn help_names_the_verbs_and_an_unknown_one_is_a_usage_error() {
    let sandbox = Sandbox::new(&[]);
    let help = sandbox.run(&["--help"]);
    for verb in ["build", "render", "diff"] {
        assert!(help.passes().contains(verb), "{}", help.stdout);
    }
    sandbox.run(&["biuld"]).fails(2, &["build"]);
    sandbox.run(&["render", "--nope"]).fails(2, &["--nope"]);
}

#[test]
fn a_closed_pipe_is_success() {
    let sandbox = Sandbox::fleet();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["render", "."])
        .current_dir(sandbox.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
