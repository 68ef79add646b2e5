//! A progress bar for work that takes long, on a terminal.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::render::Progress;

use super::console::Console;

/// Work that takes less shows no bar.
const DELAY: Duration = Duration::from_millis(500);

/// The bar of a render.
pub(crate) struct RenderProgress {
    begun: Instant,
    is_terminal: bool,
    bar: OnceLock<ProgressBar>,
    shown: OnceLock<()>,
}

impl RenderProgress {
    pub(crate) fn new(console: &Console) -> Self {
        Self {
            begun: Instant::now(),
            is_terminal: console.stderr_is_terminal(),
            bar: OnceLock::new(),
            shown: OnceLock::new(),
        }
    }

    /// Takes the bar off the terminal.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for RenderProgress {
    fn started(&self, builds: usize) {
        if self.is_terminal {
            self.bar.get_or_init(|| {
                let style = ProgressStyle::with_template("rendering {wide_bar} {pos}/{len}");
                ProgressBar::with_draw_target(Some(builds as u64), ProgressDrawTarget::hidden())
                    .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            });
        }
    }

    fn finished_one(&self) {
        let Some(bar) = self.bar.get() else {
            return;
        };
        bar.inc(1);
        if self.begun.elapsed() >= DELAY {
            self.shown
                .get_or_init(|| bar.set_draw_target(ProgressDrawTarget::stderr()));
        }
    }
}
