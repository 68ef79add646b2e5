//! Files that verbs write.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

/// Writes a file whole or not at all. What is no regular file, as `/dev/stdout`, is written in place.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    let is_special = fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    if is_special || path.is_symlink() {
        return fs::write(path, content).with_context(cannot);
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lockgate-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What the umask leaves of it, as for any new file; an old file keeps what it has.
        let permissions = fs::metadata(path).map_or_else(
            |_| fs::Permissions::from_mode(0o666),
            |metadata| metadata.permissions(),
        );
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder).with_context(cannot)?;
    file.write_all(content).with_context(cannot)?;
    file.persist(path)
        .map_err(|error| error.error)
        .with_context(cannot)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("out.yaml");
        write_file(&path, b"a: 1\n").unwrap();
        write_file(&path, b"a: 2\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"a: 2\n");
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let error = write_file(&temp.path().join("none/out.yaml"), b"").unwrap_err();
        assert!(error.to_string().contains("none/out.yaml"), "{error}");
    }
}
