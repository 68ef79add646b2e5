//! Charts as `.tgz`: unpacked in memory, with a bound on everything an archive can make large.

use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use smol_str::SmolStr;

use crate::yaml::{Diagnostic, FileId, Origin};

use super::File;

/// The most bytes of all files of a chart: the reference's bound.
pub(crate) const MOST_BYTES: u64 = 100 << 20;

/// The most files of a chart.
pub(crate) const MOST_FILES: usize = 20_000;

/// How many times more the content of an archive may be than the archive, once it is more than [`PLAIN_BYTES`].
const MOST_GROWTH: u64 = 200;

/// Up to this size an archive may grow as it likes: text that repeats itself packs well.
const PLAIN_BYTES: u64 = 32 << 20;

/// Why an archive is no chart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    #[error("`{}` is no gzipped archive", .file.name())]
    NotGzip { file: FileId },
    #[error("`{}` cannot be unpacked: {reason}", .file.name())]
    Broken { file: FileId, reason: String },
    #[error("`{}` holds `{entry}`, a path that leads out of the chart", .file.name())]
    Escapes { file: FileId, entry: String },
    #[error("`{}` holds `{entry}` outside of the chart's folder", .file.name())]
    Outside { file: FileId, entry: String },
    #[error("`{}` unpacks to more than {limit} bytes", .file.name())]
    TooLarge { file: FileId, limit: u64 },
    #[error("`{}` unpacks to more than {times} times its size", .file.name())]
    Bomb { file: FileId, times: u64 },
    #[error("`{}` holds more than {limit} files", .file.name())]
    TooManyFiles { file: FileId, limit: usize },
    #[error("`{}` holds no files", .file.name())]
    Empty { file: FileId },
}

impl Diagnostic for ArchiveError {
    fn origin(&self) -> Option<Origin> {
        match self {
            Self::NotGzip { file }
            | Self::Broken { file, .. }
            | Self::Escapes { file, .. }
            | Self::Outside { file, .. }
            | Self::TooLarge { file, .. }
            | Self::Bomb { file, .. }
            | Self::TooManyFiles { file, .. }
            | Self::Empty { file } => Some(Origin::file(*file)),
        }
    }
}

/// Returns the files of an archive that packs one folder, in the order of the archive.
///
/// A link comes out as an empty file, as in the reference: nothing is ever written, so it leads nowhere.
pub(crate) fn unpack(archive: &[u8], file: FileId) -> Result<Vec<File>, ArchiveError> {
    if !archive.starts_with(b"\x1F\x8B\x08") {
        return Err(ArchiveError::NotGzip { file });
    }
    let broken = |error: &io::Error| ArchiveError::Broken {
        file,
        reason: error.to_string(),
    };
    // The format's own padding and headers count too, lest empty entries go on without end.
    let bound = bound_of(archive.len() as u64);
    let meter = Meter {
        inner: MultiGzDecoder::new(archive),
        left: bound + (64 << 20),
    };
    let failed = |error: &io::Error| {
        if exceeded(error) {
            too_large(file, bound)
        } else {
            broken(error)
        }
    };
    let mut archive_reader = tar::Archive::new(meter);
    let mut files: Vec<File> = Vec::new();
    let mut left = bound;
    let entries = archive_reader.entries().map_err(|error| failed(&error))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| failed(&error))?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind == tar::EntryType::XGlobalHeader || kind == tar::EntryType::XHeader
        {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if path.ends_with('/') {
            continue;
        }
        let Some(name) = name_of(&path, file)? else {
            continue;
        };
        if entry.size() > left {
            return Err(too_large(file, bound));
        }
        let mut data = Vec::new();
        (&mut entry)
            .take(left + 1)
            .read_to_end(&mut data)
            .map_err(|error| failed(&error))?;
        left = match left.checked_sub(data.len() as u64) {
            Some(left) if left > 0 => left,
            _ => return Err(too_large(file, bound)),
        };
        if files.len() == MOST_FILES {
            return Err(ArchiveError::TooManyFiles {
                file,
                limit: MOST_FILES,
            });
        }
        let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&data);
        files.push(File {
            id: FileId::of(&format!("{}/{name}", file.name())),
            name,
            content: Arc::<[u8]>::from(data).into(),
        });
    }
    if files.is_empty() {
        return Err(ArchiveError::Empty { file });
    }
    Ok(files)
}

fn bound_of(size: u64) -> u64 {
    MOST_BYTES.min(PLAIN_BYTES.max(size.saturating_mul(MOST_GROWTH)))
}

fn too_large(file: FileId, bound: u64) -> ArchiveError {
    if bound < MOST_BYTES {
        ArchiveError::Bomb {
            file,
            times: MOST_GROWTH,
        }
    } else {
        ArchiveError::TooLarge {
            file,
            limit: MOST_BYTES,
        }
    }
}

/// Returns the name of an entry below the chart's folder.
fn name_of(path: &str, file: FileId) -> Result<Option<SmolStr>, ArchiveError> {
    let escapes = || ArchiveError::Escapes {
        file,
        entry: path.to_owned(),
    };
    let outside = || ArchiveError::Outside {
        file,
        entry: path.to_owned(),
    };
    let delimiter = if path.contains('\\') { '\\' } else { '/' };
    let (folder, rest) = path.split_once(delimiter).unwrap_or((path, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err(escapes());
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err(escapes());
                }
            }
            part => parts.push(part),
        }
    }
    let name = parts.join("/");
    if name.is_empty() || folder == "Chart.yaml" {
        return Err(outside());
    }
    // A name that begins with two dots, or with the letter of a drive.
    let is_drive =
        matches!(name.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    if name.starts_with("..") || is_drive || name.contains('\0') {
        return Err(escapes());
    }
    Ok(Some(name.into()))
}

/// Counts what comes out of the decoder and ends it where it is too much.
struct Meter<R> {
    inner: R,
    left: u64,
}

/// What [`Meter`] fails with.
#[derive(Debug, thiserror::Error)]
#[error("the archive is too large")]
struct Exceeded;

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(Exceeded))?;
        Ok(read)
    }
}

fn exceeded(error: &io::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = error.get_ref().map(|e| e as _);
    while let Some(error) = source {
        if error.is::<Exceeded>() {
            return true;
        }
        source = match error.downcast_ref::<io::Error>() {
            Some(inner) => inner.get_ref().map(|e| e as _),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn pack(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, data) in entries {
            let mut header = tar::Header::new_gnu();
            // Written by hand: the writer refuses paths that lead out.
            let name = path.as_bytes();
            header.as_mut_bytes()[..name.len()].copy_from_slice(name);
            header.set_size(data.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *data).unwrap();
        }
        gzip(&builder.into_inner().unwrap())
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn check(entries: &[(&str, &[u8])]) -> Result<Vec<String>, String> {
        unpack(&pack(entries), FileId::of("a.tgz"))
            .map(|files| files.iter().map(|file| file.name.to_string()).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn files_lose_the_folder_and_keep_their_order() {
        assert_eq!(
            check(&[("c/b/x", b"1"), ("c/./a", b"2"), ("c\\t\\y", b"3")]).unwrap(),
            ["b/x", "a", "t/y"]
        );
    }

    #[test]
    fn paths_that_lead_out_are_refused() {
        for path in ["c/../../x", "c//etc/passwd", "c/..x", "c/c:/x"] {
            assert!(
                check(&[(path, b"1")]).unwrap_err().contains("leads out"),
                "{path}"
            );
        }
        for path in ["x", "Chart.yaml/a", "c/."] {
            assert!(
                check(&[(path, b"1")]).unwrap_err().contains("outside"),
                "{path}"
            );
        }
    }

    #[test]
    fn bombs_are_refused() {
        let zeros = vec![0; 40 << 20];
        let error = check(&[("c/a", &zeros)]).unwrap_err();
        assert!(error.contains("200 times"), "{error}");
        assert!(check(&[]).unwrap_err().contains("no files"));
        assert!(
            unpack(b"PK", FileId::of("a.tgz"))
                .unwrap_err()
                .to_string()
                .contains("no gzipped")
        );
        assert!(unpack(&gzip(b"text that is no archive"), FileId::of("a.tgz")).is_err());
    }
}
