//! What the pipeline lets metrics observe. Observing must not block.

use std::time::Duration;

use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::audit::operation::Ended;

/// Observes what happens in a pipeline. Every method does nothing unless implemented.
pub trait Observer: Send + Sync {
    /// An operation ended, with all that its record says.
    fn observe_end(&self, ended: &Ended) {
        let _ = ended;
    }

    /// The outcome was recorded (stage `record`).
    fn observe_record(&self, took: Duration) {
        let _ = took;
    }

    /// The directory acknowledged the outcome (stage `report`).
    fn observe_report(&self, took: Duration) {
        let _ = took;
    }

    /// A check was answered, with these reasons or none.
    fn observe_check(&self, reasons: &[Reason]) {
        let _ = reasons;
    }

    /// Something happened that a human must look at.
    fn observe_alarm(&self, code: ReasonCode) {
        let _ = code;
    }

    /// So many operations are in doubt now.
    fn observe_in_doubt(&self, operations: usize) {
        let _ = operations;
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
