//! What a process knows of an open operation beside its committed state: ciphertext at hand, and where the time went.

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;

use crate::domain::Stage;
use crate::store::secrets::WaitingSecret;

/// An open operation in this process.
pub(crate) struct Live {
    /// As it waits in the store; `None`: not read yet.
    pub(crate) secret: Option<WaitingSecret>,
    /// When it fails for want of a connector; `None`: it waits until it expires (after a restart of the directory the
    /// connectors need a moment to come back).
    pub(crate) patience: Option<BootInstant>,
    /// Its connector does not have it: it is to be handed out again.
    pub(crate) hand_out_again: bool,
    /// Since when it has been recorded.
    pub(crate) recorded_at: BootInstant,
    /// When the event was sent last.
    pub(crate) sent_at: Option<BootInstant>,
    /// Durations so far, in µs.
    pub(crate) durations_us: BTreeMap<Stage, u64>,
}

impl Live {
    /// One that was found in the log. `hand_out_again`: it was recorded as handed out and never sent, because the answer
    /// to its commit was lost.
    pub(crate) fn found(now: BootInstant, hand_out_again: bool) -> Self {
        Self {
            secret: None,
            patience: None,
            hand_out_again,
            recorded_at: now,
            sent_at: None,
            durations_us: BTreeMap::new(),
        }
    }

    /// Notes how long a stage took.
    pub(crate) fn took(&mut self, stage: Stage, duration: Duration) {
        self.durations_us.insert(stage, micros(duration));
    }
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
