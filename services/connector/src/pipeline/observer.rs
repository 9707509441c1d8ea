//! What the pipeline tells metrics. It must not block.

use std::time::Duration;

use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::audit::operation::Ended;

/// Told what happened. Every method does nothing unless implemented.
pub trait Observer: Send + Sync {
    /// An operation ended, with all that its record says.
    fn ended(&self, ended: &Ended) {
        let _ = ended;
    }

    /// The outcome was recorded (stage `record`).
    fn recorded(&self, took: Duration) {
        let _ = took;
    }

    /// The directory acknowledged the outcome (stage `report`).
    fn reported(&self, took: Duration) {
        let _ = took;
    }

    /// A check was answered: with these reasons, or none.
    fn checked(&self, reasons: &[Reason]) {
        let _ = reasons;
    }

    /// Something that a human must look at.
    fn alarmed(&self, code: ReasonCode) {
        let _ = code;
    }

    /// So many operations are in doubt now.
    fn in_doubt(&self, operations: usize) {
        let _ = operations;
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
