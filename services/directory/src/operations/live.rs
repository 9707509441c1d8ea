//! What a process knows of an open operation beside its committed state: ciphertext at hand, and where the time went.

use std::collections::BTreeMap;
use std::time::Duration;

use groundwire_kit::clock::BootInstant;
use groundwire_proto::time::micros;

use crate::domain::Stage;
use crate::store::secrets::WaitingSecret;

/// How long an operation is in doubt before its connector is asked first: one that is merely slow reports by then.
const ASK_FIRST: Duration = Duration::from_secs(15);
/// The longest pause between two times. Each displaces the attempt that the connector may still be holding.
const ASK_AT_MOST: Duration = Duration::from_secs(300);

/// When the connector of an operation in doubt is handed it again. A higher attempt is always safe, because it fences
/// the one before; without one, an operation that got lost at its connector would block its account up to the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AskAgain {
    next: Option<(BootInstant, Duration)>,
}

impl AskAgain {
    /// When it is time; `None`: the operation was not in doubt yet.
    pub(crate) fn at(self) -> Option<BootInstant> {
        self.next.map(|(at, _)| at)
    }

    /// The operation is in doubt. True: it is time to hand it out again, and the next time is twice as far.
    pub(crate) fn is_due(&mut self, now: BootInstant) -> bool {
        let (due, pause) = match self.next {
            None => (false, ASK_FIRST),
            Some((at, _)) if now < at => return false,
            Some((_, pause)) => (true, pause.saturating_mul(2).min(ASK_AT_MOST)),
        };
        self.next = Some((now.plus(pause), pause));
        due
    }
}

/// An open operation in this process.
pub(crate) struct Live {
    /// As it waits in the store; `None`: not read yet.
    pub(crate) secret: Option<WaitingSecret>,
    /// When it fails for want of a connector; `None`: it waits until it expires (after a restart of the directory the
    /// connectors need a moment to come back).
    pub(crate) patience: Option<BootInstant>,
    /// Its connector does not have it: it is to be handed out again.
    pub(crate) hand_out_again: bool,
    /// While it is in doubt: when it is handed out again although its connector did not lose it, as far as is known.
    pub(crate) ask_again: AskAgain,
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
            ask_again: AskAgain::default(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_double_from_fifteen_seconds_to_five_minutes() {
        let clock = groundwire_kit::clock::ManualClock::at(time::OffsetDateTime::UNIX_EPOCH);
        let boot = || groundwire_kit::clock::Clock::boot(&clock);
        let mut ask = AskAgain::default();
        assert!(!ask.is_due(boot()), "it has only just come to be in doubt");
        for pause in [15, 30, 60, 120, 240, 300, 300] {
            clock.advance(Duration::from_secs(pause - 1));
            assert!(!ask.is_due(boot()), "before {pause} s");
            clock.advance(Duration::from_secs(1));
            assert!(ask.is_due(boot()), "after {pause} s");
            assert!(!ask.is_due(boot()), "once");
        }
    }
}
