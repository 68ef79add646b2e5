//! Whole-process figures: wall time and peak memory of a command.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run of a command cost.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    /// From start to end, as seen from outside.
    pub(crate) wall: Duration,
    /// The largest resident size of any process of the command, in KiB.
    pub(crate) peak_kib: u64,
    /// Bytes written to standard output.
    pub(crate) bytes: u64,
}

/// Runs a command, reads its output and throws it away. Fails where the command does.
pub(crate) fn run(command: &mut Command, input: Option<&Path>) -> io::Result<Run> {
    let stdin = match input {
        Some(path) => std::fs::File::open(path)?.into(),
        None => Stdio::null(),
    };
    let start = Instant::now();
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut errors = child.stderr.take();
    let drain = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = errors
            .as_mut()
            .map(|errors| errors.read_to_string(&mut text));
        text
    });
    let bytes = child
        .stdout
        .take()
        .map_or(Ok(0), |mut out| io::copy(&mut out, &mut io::sink()))?;
    let status = child.wait()?;
    let wall = start.elapsed();
    let errors = drain.join().unwrap_or_default();
    if !status.success() {
        return Err(io::Error::other(format!(
            "{command:?} failed ({status}):\n{errors}"
        )));
    }
    Ok(Run {
        wall,
        peak_kib: 0,
        bytes,
    })
}

/// Runs a command in a process of its own that reports its children's peak memory.
pub(crate) fn run_with_memory(command: &Command, input: Option<&Path>) -> io::Result<Run> {
    let mut shim = Command::new(std::env::current_exe()?);
    shim.arg(MEASURE)
        .arg(command.get_program())
        .args(command.get_args());
    let stdin = match input {
        Some(path) => std::fs::File::open(path)?.into(),
        None => Stdio::null(),
    };
    let output = shim.stdin(stdin).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut figures = text.split_whitespace().map(str::parse::<u64>);
    match (figures.next(), figures.next()) {
        (Some(Ok(micros)), Some(Ok(peak_kib))) if output.status.success() => Ok(Run {
            wall: Duration::from_micros(micros),
            peak_kib,
            bytes: 0,
        }),
        _ => Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )),
    }
}

/// The argument that makes this program run the rest of its arguments and print their figures.
pub(crate) const MEASURE: &str = "--measure-child";

/// The other side of [`run_with_memory`].
pub(crate) fn measure_child(command: &[String]) -> io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::other("no command"));
    };
    let start = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()?;
    let wall = start.elapsed();
    if !status.success() {
        return Err(io::Error::other(format!("{program} failed: {status}")));
    }
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)?;
    println!("{} {}", wall.as_micros(), usage.max_rss());
    Ok(())
}
