//! Places where tests stop a process. Release images are built without the feature `failpoints` and cannot be stopped
//! from outside.

use futures_util::future::BoxFuture;

/// A place between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrashPoint {
    /// Everything is decided; the intent is not recorded.
    BeforeIntent,
    /// The intent is recorded; nothing was sent.
    AfterIntent,
    /// Active Directory answered; the outcome is not recorded.
    AfterWrite,
    /// The follow-up's intent is recorded; it was not sent.
    AfterFollowUpIntent,
    /// The outcome is recorded; it was not reported.
    AfterOutcome,
}

impl CrashPoint {
    /// Its name for tests: `before_intent`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeIntent => "before_intent",
            Self::AfterIntent => "after_intent",
            Self::AfterWrite => "after_write",
            Self::AfterFollowUpIntent => "after_follow_up_intent",
            Self::AfterOutcome => "after_outcome",
        }
    }
}

/// Is called when a place is reached. A test's implementation may never return.
pub trait CrashPoints: Send + Sync {
    /// The place is reached.
    fn reached(&self, point: CrashPoint) -> BoxFuture<'_, ()>;
}

#[derive(Debug, Clone, Copy, Default)]
pub struct NoCrashPoints;

impl CrashPoints for NoCrashPoints {
    fn reached(&self, _point: CrashPoint) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Kills the process (SIGKILL-like: no destructor, no flush) where a file says so. End-to-end tests write the name of a
/// place into the file; it is removed before the process dies, so that it dies once.
#[cfg(feature = "failpoints")]
#[derive(Debug, Clone)]
pub struct KillWhereFileSays {
    file: std::path::PathBuf,
}

#[cfg(feature = "failpoints")]
impl KillWhereFileSays {
    /// The variable that names the file.
    pub const VARIABLE: &'static str = "GROUNDWIRE_FAILPOINT_FILE";

    /// From the environment; `None` if the variable is not set.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "compiled into test builds only; not a setting"
    )]
    pub fn from_environment() -> Option<Self> {
        std::env::var(Self::VARIABLE)
            .ok()
            .map(|file| Self { file: file.into() })
    }
}

#[cfg(feature = "failpoints")]
impl CrashPoints for KillWhereFileSays {
    fn reached(&self, point: CrashPoint) -> BoxFuture<'_, ()> {
        let is_named = std::fs::read_to_string(&self.file).is_ok_and(|text| text.trim() == point.as_str());
        if is_named {
            // Emptied where the folder does not let it be removed: it must not kill the next process too.
            let _ = std::fs::write(&self.file, "").and_then(|()| std::fs::remove_file(&self.file));
            std::process::abort();
        }
        Box::pin(std::future::ready(()))
    }
}
