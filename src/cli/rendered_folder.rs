//! A folder of rendered manifests, replaced as a whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rayon::prelude::*;

use crate::render::RenderedSet;
use crate::sync::{Interrupt, directory};
use crate::yaml::emit;

use super::stream::emit_component;

/// What tells a folder that an earlier render wrote.
const MARKER: &str = ".lockgate-render";

/// Which file holds what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Layout {
    /// `ENV/COMPONENT/KIND.GROUP_NAMESPACE_NAME.yaml`, as `sync` writes a directory
    #[default]
    Object,
    /// `ENV/COMPONENT.yaml`
    Component,
}

/// Writes a set to a folder and returns the number of files. Until all are written the folder is as it
/// was; then it is replaced at once.
pub(super) fn write(set: &RenderedSet, folder: &Path, layout: Layout) -> anyhow::Result<usize> {
    refuse_foreign(folder)?;
    let files = files(set, layout)?;
    let interrupt = Interrupt::on_signals();
    let cannot = || format!("cannot write `{}`", folder.display());
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).with_context(cannot)?;
    // Goes away with all in it, whatever happens below.
    let staging = tempfile::Builder::new()
        .prefix(".lockgate-render-")
        .tempdir_in(parent)
        .with_context(cannot)?;
    let next = staging.path().join("next");
    fs::create_dir(&next).with_context(cannot)?;
    let mut folders: Vec<PathBuf> = files
        .iter()
        .filter_map(|(path, _)| Some(next.join(path.parent()?)))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    files.par_iter().try_for_each(|(path, text)| {
        if interrupt.is_raised() {
            bail!("interrupted; `{}` is as it was", folder.display());
        }
        fs::write(next.join(path), text).with_context(cannot)
    })?;
    fs::write(next.join(MARKER), format!("{}\n", set.digest)).with_context(cannot)?;
    replace(&next, folder, &staging.path().join("last")).with_context(cannot)?;
    Ok(files.len())
}

fn files(set: &RenderedSet, layout: Layout) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for environment in &set.environments {
        let folder = PathBuf::from(&environment.name);
        match layout {
            Layout::Object => {
                let placed = directory::paths(environment)?;
                let texts = placed.into_par_iter().map(|(path, object)| {
                    let mut text = String::new();
                    emit(&object.node, &mut text);
                    (folder.join(path), text)
                });
                files.par_extend(texts);
            }
            Layout::Component => {
                let texts = environment.components.par_iter().map(|component| {
                    let path = folder.join(format!("{}.yaml", component.name));
                    let mut text = String::new();
                    emit_component(component, &mut text);
                    (path, text)
                });
                files.par_extend(texts);
            }
        }
    }
    Ok(files)
}

fn refuse_foreign(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{shown}`")),
    };
    if folder.is_symlink() {
        bail!("`{shown}` is a link: name the folder that it leads to");
    }
    if entries.next().is_some() && !folder.join(MARKER).is_file() {
        bail!("`{shown}` holds files that no `lockgate render` wrote: name an empty folder");
    }
    Ok(())
}

/// Puts a folder in the place of another, which ends up at `last`.
fn replace(next: &Path, folder: &Path, last: &Path) -> io::Result<()> {
    if !folder.exists() {
        return fs::rename(next, folder);
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, next, CWD, folder, RenameFlags::EXCHANGE).is_ok() {
            return Ok(());
        }
    }
    fs::rename(folder, last)?;
    fs::rename(next, folder).inspect_err(|_| {
        // Where even this fails, what was there stays under its name beside the folder.
        let _ = fs::rename(last, folder);
    })
}
