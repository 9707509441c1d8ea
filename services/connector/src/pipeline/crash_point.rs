//! Places where integration tests stop the pipeline as a crash would. The service is started with [`NoCrashPoints`].

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
