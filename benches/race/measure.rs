//! Whole-process figures: wall time, output and peak memory of a command.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The argument that makes this program run the rest of its arguments and print their peak memory.
pub(crate) const MEASURE: &str = "--measure-child";

/// Where a command's standard output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// To `/dev/null`.
    Null,
    /// Into a pipe that is read to its end.
    Pipe,
}

/// Returns the time from a command's start to its end, as seen from outside. Fails where the command does.
pub(crate) fn time(
    command: &mut Command,
    input: Option<&Path>,
    output: Output,
) -> io::Result<Duration> {
    let stdout = match output {
        Output::Null => Stdio::null(),
        Output::Pipe => Stdio::piped(),
    };
    command
        .stdin(input_of(input)?)
        .stdout(stdout)
        .stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn()?;
    drain(&mut child)?;
    let status = child.wait()?;
    let wall = start.elapsed();
    if status.success() {
        return Ok(wall);
    }
    // Once more, for its message.
    output_of(command, input)?;
    Err(io::Error::other(format!("{command:?} failed: {status}")))
}

/// Returns what a command writes to standard output. Fails where the command does.
pub(crate) fn output_of(command: &mut Command, input: Option<&Path>) -> io::Result<Vec<u8>> {
    let output = command
        .stdin(input_of(input)?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let status = output.status;
    Err(io::Error::other(format!(
        "{command:?} failed ({status}):\n{errors}"
    )))
}

/// Returns the largest resident size of a command's processes, in KiB.
///
/// The system tells it of all children of a process together, so the command runs below a process of its
/// own: this program, called with [`MEASURE`].
pub(crate) fn peak_memory(command: &Command, input: Option<&Path>) -> io::Result<u64> {
    let mut shim = Command::new(std::env::current_exe()?);
    shim.arg(MEASURE)
        .arg(command.get_program())
        .args(command.get_args());
    let output = output_of(&mut shim, input)?;
    let text = String::from_utf8_lossy(&output);
    text.trim().parse().map_err(io::Error::other)
}

/// The other side of [`peak_memory`].
pub(crate) fn measure_child(command: &[String]) -> io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::other("no command"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()?;
    drain(&mut child)?;
    let status = child.wait()?;
    if !status.success() {
        return Err(io::Error::other(format!("{program} failed: {status}")));
    }
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)?;
    println!("{}", usage.max_rss());
    Ok(())
}

fn input_of(input: Option<&Path>) -> io::Result<Stdio> {
    Ok(match input {
        Some(path) => File::open(path)?.into(),
        None => Stdio::null(),
    })
}

/// Reads a child's output, if that is a pipe, and throws it away.
fn drain(child: &mut Child) -> io::Result<()> {
    let Some(mut pipe) = child.stdout.take() else {
        return Ok(());
    };
    // As much as a pipe holds.
    let mut buffer = vec![0; 64 << 10];
    while pipe.read(&mut buffer)? > 0 {}
    Ok(())
}
