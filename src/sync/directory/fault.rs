//! Points at which tests end a sync as a kill would: with nothing cleaned up.

use super::DirectoryError;

#[cfg(test)]
thread_local! {
    static STEPS_LEFT: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
    static STEP: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Passes, except in a test that wants this step to be the last.
#[cfg_attr(
    not(test),
    expect(clippy::unnecessary_wraps, reason = "only tests fail here")
)]
pub(super) fn point() -> Result<(), DirectoryError> {
    #[cfg(test)]
    {
        let step = STEP.get();
        STEP.set(step + 1);
        if STEPS_LEFT.get() == Some(step) {
            return Err(DirectoryError::Killed { step });
        }
    }
    Ok(())
}

/// Makes the step with a number the last; counts from here.
#[cfg(test)]
pub(super) fn kill_at(step: Option<usize>) {
    STEPS_LEFT.set(step);
    STEP.set(0);
}

/// Tells whether the error stands for a kill, after which nothing may be cleaned up.
pub(super) fn is_kill(error: &DirectoryError) -> bool {
    #[cfg(test)]
    {
        matches!(error, DirectoryError::Killed { .. })
    }
    #[cfg(not(test))]
    {
        let _ = error;
        false
    }
}
