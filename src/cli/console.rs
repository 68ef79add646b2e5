//! Standard output, standard error, and whether they take colors.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;

use crate::report::snippet::Color;

/// The terminal or the pipes that the process was given.
#[derive(Debug)]
pub(crate) struct Console {
    no_color: bool,
}

impl Console {
    pub(super) fn new(no_color: bool) -> Self {
        // https://no-color.org: set and not empty.
        let by_environment = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            no_color: no_color
                || by_environment
                || std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
        }
    }

    /// Returns whether to paint on standard output.
    pub(crate) fn stdout_color(&self) -> Color {
        self.color(io::stdout().is_terminal())
    }

    /// Returns whether to paint on standard error.
    pub(crate) fn stderr_color(&self) -> Color {
        self.color(io::stderr().is_terminal())
    }

    /// Tells whether a person watches standard error.
    #[expect(
        clippy::unused_self,
        reason = "the way to write leads through the console"
    )]
    pub(super) fn stderr_is_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    fn color(&self, is_terminal: bool) -> Color {
        if is_terminal && !self.no_color {
            Color::Always
        } else {
            Color::Never
        }
    }

    /// Writes data to standard output.
    #[expect(
        clippy::unused_self,
        reason = "the way to write leads through the console"
    )]
    pub(crate) fn write(&self, data: &[u8]) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(data)
            .and_then(|()| stdout.flush())
            .context("cannot write to standard output")
    }

    /// Tells something on standard error, as text that ends in a line break.
    #[expect(
        clippy::unused_self,
        reason = "the way to write leads through the console"
    )]
    pub(crate) fn error(&self, text: &str) {
        // Where standard error is closed, there is no one to tell.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}
