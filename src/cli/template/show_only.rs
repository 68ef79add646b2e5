//! `--show-only`: of the output, what some templates render.

use anyhow::bail;

use crate::helm::manifest::split;
use crate::helm::path_match;

/// Returns the documents of the templates that the patterns match, in the order of the patterns.
pub(super) fn select(text: &[u8], patterns: &[String]) -> anyhow::Result<Vec<u8>> {
    let documents = split(text);
    let mut out = Vec::new();
    for pattern in patterns {
        let mut is_missing = true;
        for (_, document) in &documents {
            let is_meant = source(document)
                .is_some_and(|path| path_match::matches(pattern, &path) == Some(true));
            if is_meant {
                is_missing = false;
                out.extend_from_slice(b"---\n");
                out.extend_from_slice(document);
                out.push(b'\n');
            }
        }
        if is_missing {
            bail!("could not find template {pattern} in chart");
        }
    }
    Ok(out)
}

/// The path of the template that a document comes from, without the chart's name.
fn source(document: &[u8]) -> Option<String> {
    let mut lines = document.split(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let line = String::from_utf8_lossy(line);
        // Mostly at the line's beginning; the reference looks everywhere.
        let (_, path) = line.split_once("# Source: ")?;
        let (chart, path) = path.split_once('/')?;
        (!chart.is_empty() && !path.is_empty()).then(|| path.to_owned())
    })
}
