//! The wish to stop, looked at between steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

/// Whether someone pressed ctrl-C. A sync looks at it where it can still go back, and finishes
/// where it can't.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Returns one that nothing raises.
    pub fn never() -> Self {
        Self::default()
    }

    /// Returns one that SIGINT and SIGTERM raise for the rest of the process, in place of ending it.
    /// A write beyond the limit on file sizes becomes an error, too, in place of ending it.
    pub fn on_signals() -> Self {
        let interrupt = Self::default();
        // Where this fails the signals keep their default, which the next sync recovers from.
        let _ = interrupt.watch();
        interrupt
    }

    fn watch(&self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let entered = runtime.enter();
        let mut int = signal(SignalKind::interrupt())?;
        let mut term = signal(SignalKind::terminate())?;
        let mut file_size = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
        drop(entered);
        let raised = self.clone();
        let listen = async move {
            loop {
                tokio::select! {
                    _ = int.recv() => raised.raise(),
                    _ = term.recv() => raised.raise(),
                    _ = file_size.recv() => {}
                }
            }
        };
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(listen))?;
        Ok(())
    }

    /// Asks to stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Tells whether to stop.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
