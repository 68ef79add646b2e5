//! No race before the outputs are the same: each overlay, byte by byte.

use std::io;
use std::path::Path;
use std::process::Command;

use crate::fleet::Fleet;
use crate::measure::output_of;
use crate::tools::Tools;

/// Fails where one overlay is not what `kustomize build` makes of it: by `lockgate build`, by
/// `lockgate render`, or by the reference's library.
pub(crate) fn same_bytes(tools: &Tools, fleet: &Fleet, list: &Path) -> io::Result<()> {
    let rendered = tempfile::tempdir()?;
    let mut render = tools.lockgate("render", &fleet.folder);
    render.args(["--layout", "component", "-o"]);
    output_of(render.arg(rendered.path().join("set")), None)?;
    let mut all = Vec::new();
    for overlay in &fleet.overlays {
        let want = output_of(&mut tools.kustomize_build(&overlay.folder), None)?;
        let name = overlay.folder.display();
        let same = |got: &[u8], by: &str| {
            if got == want {
                return Ok(());
            }
            let text = format!(
                "{by} makes another thing of `{name}` than `kustomize build`:\n{}",
                first_difference(&want, got)
            );
            Err(io::Error::other(text))
        };
        let built = output_of(&mut tools.lockgate("build", &overlay.folder), None)?;
        same(&built, "`lockgate build`")?;
        let file = rendered.path().join("set").join(&overlay.rendered);
        same(&std::fs::read(file)?, "`lockgate render`")?;
        all.extend_from_slice(&want);
    }
    let mut library = Command::new(&tools.krusty_peer);
    if output_of(&mut library, Some(list))? != all {
        return Err(io::Error::other("the reference's library differs"));
    }
    println!(
        "\nAll {} overlays are byte for byte what `kustomize build` writes ({} bytes).",
        fleet.overlays.len(),
        all.len()
    );
    Ok(())
}

/// Fails where one folder is not what `kustomize build` makes of it.
pub(crate) fn same_build(tools: &Tools, folder: &Path) -> io::Result<()> {
    let want = output_of(&mut tools.kustomize_build(folder), None)?;
    let got = output_of(&mut tools.lockgate("build", folder), None)?;
    if got == want {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "`lockgate build` makes another thing of `{}`:\n{}",
        folder.display(),
        first_difference(&want, &got)
    )))
}

fn first_difference(want: &[u8], got: &[u8]) -> String {
    let (want, got) = (String::from_utf8_lossy(want), String::from_utf8_lossy(got));
    let lines = want.lines().zip(got.lines()).enumerate();
    match lines.into_iter().find(|(_, (want, got))| want != got) {
        Some((index, (want, got))) => format!("line {}\n- {want}\n+ {got}", index + 1),
        None => "one is longer".to_owned(),
    }
}
