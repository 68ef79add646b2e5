//! `--output-dir`: a file for each template.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::helm::{Rendered, Show};

/// Writes what was rendered, and returns what is told of it. `release` is a folder within the folder, for all
/// but custom resource definitions.
pub(super) fn write(
    folder: &Path,
    release: Option<&str>,
    rendered: &Rendered,
    show: Show,
) -> anyhow::Result<String> {
    let below = match release {
        Some(release) => folder.join(release),
        None => folder.to_owned(),
    };
    let mut writer = Writer::default();
    for crd in rendered.crds_shown(show) {
        writer.add(folder, &crd.path, crd.data()?)?;
    }
    for manifest in &rendered.manifests {
        writer.add(&below, &manifest.path, &manifest.text)?;
    }
    // A hook goes behind what is there already, from an earlier render, too: as in the reference.
    for hook in rendered.hooks_shown(show.hooks) {
        if below.join(hook.path.as_str()).exists() {
            writer.written.insert(hook.path.to_string());
        }
        writer.add(&below, &hook.path, &hook.text)?;
    }
    Ok(writer.told)
}

#[derive(Default)]
struct Writer {
    written: BTreeSet<String>,
    told: String,
}

impl Writer {
    fn add(&mut self, folder: &Path, path: &str, text: &[u8]) -> anyhow::Result<()> {
        let file = folder.join(path);
        let cannot = || format!("cannot write `{}`", file.display());
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(cannot)?;
        }
        let is_first = self.written.insert(path.to_owned());
        let mut open = fs::OpenOptions::new();
        open.create(true).write(true);
        if is_first {
            open.truncate(true);
        } else {
            open.append(true);
        }
        let mut document = Vec::new();
        crate::helm::write_document(path, text, &mut document);
        let mut written = open.open(&file).with_context(cannot)?;
        written.write_all(&document).with_context(cannot)?;
        self.told
            .push_str(&format!("wrote {}/{path}\n", folder.display()));
        Ok(())
    }
}
