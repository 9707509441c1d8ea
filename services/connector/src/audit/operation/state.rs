//! What the log says about one operation: the fold of its stream. Pure; the pipeline decides from this and from nothing
//! else that outlives the process.

use groundwire_eventlog::{Metadata, StreamVersion};

use super::codec::OperationEvent;
use super::events::{Closed, Ended, Personal, Received, Reported, StoodDown, WriteIntended};
use crate::domain::{Attempt, FenceCount, LogEvidence, OperationId};

/// What an operation's stream says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    pub operation: OperationId,
    /// Version of the stream that this is the fold of.
    pub version: StreamVersion,
    /// The latest attempt that was received.
    pub received: Option<Received>,
    /// Who made the request and in which trace, as the latest `Received` has it.
    pub metadata: Metadata,
    /// On whose behalf, unless it was erased.
    pub personal: Personal,
    /// Every attempt that was received, with the digest of what it said.
    pub attempts: Vec<(Attempt, String)>,
    /// Fences and intents of the latest attempt.
    pub evidence: LogEvidence,
    /// The last intent to write, of any attempt.
    pub write_intended: Option<WriteIntended>,
    /// A follow-up was intended by the latest attempt.
    pub follow_up_intended: bool,
    /// How it ended, if it ended here.
    pub ended: Option<Ended>,
    /// The latest attempt ended without an outcome.
    pub stood_down: Option<StoodDown>,
    /// It ended elsewhere.
    pub closed: Option<Closed>,
    /// The directory has the outcome.
    pub reported: Option<Reported>,
}

/// How far an operation came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationStage {
    /// Received; this attempt sent nothing.
    Received,
    /// A write may have been sent.
    Intended,
    /// It is written; what goes with it may have been sent.
    FollowUpIntended,
    /// Fenced, and nothing sent since.
    Fenced(FenceCount),
    /// It ended; the directory has not acknowledged it.
    EndedNotReported,
    /// Nothing is left to do.
    Done,
}

impl OperationEvent {
    /// Adds what it proves of writes that may be under way.
    pub fn add_to(&self, evidence: &mut LogEvidence) {
        match self {
            Self::Received(_) => *evidence = LogEvidence::default(),
            Self::FenceIntended(fence) => {
                evidence.highest_tried = evidence.highest_tried.max(FenceCount(fence.count));
            }
            Self::Fenced(fence) => {
                evidence.last_fence = Some(FenceCount(fence.count));
                evidence.write_intended_since = false;
            }
            Self::WriteIntended(_) => evidence.write_intended_since = true,
            Self::FollowUpIntended(_)
            | Self::Ended(_)
            | Self::StoodDown(_)
            | Self::Closed(_)
            | Self::Reported(_) => {}
        }
    }
}

impl OperationRecord {
    /// An operation of which nothing is recorded.
    #[must_use]
    pub fn new(operation: OperationId) -> Self {
        Self {
            operation,
            version: StreamVersion::ZERO,
            received: None,
            metadata: Metadata::default(),
            personal: Personal::default(),
            attempts: Vec::new(),
            evidence: LogEvidence::default(),
            write_intended: None,
            follow_up_intended: false,
            ended: None,
            stood_down: None,
            closed: None,
            reported: None,
        }
    }

    /// Folds the stream's next event into it.
    #[must_use]
    pub fn evolve(mut self, event: OperationEvent, metadata: Metadata, personal: Option<Personal>) -> Self {
        self.version = self.version.next();
        event.add_to(&mut self.evidence);
        match event {
            OperationEvent::Received(received) => {
                self.attempts
                    .push((Attempt(received.attempt), received.content_digest.clone()));
                self.follow_up_intended = false;
                self.stood_down = None;
                // An operation that had ended is reported again, for this attempt.
                self.reported = None;
                self.metadata = metadata;
                self.personal = personal.unwrap_or_default();
                self.received = Some(received);
            }
            OperationEvent::FenceIntended(_) | OperationEvent::Fenced(_) => {}
            OperationEvent::WriteIntended(intent) => self.write_intended = Some(intent),
            OperationEvent::FollowUpIntended(_) => self.follow_up_intended = true,
            OperationEvent::Ended(ended) => self.ended = Some(*ended),
            OperationEvent::StoodDown(stood_down) => self.stood_down = Some(stood_down),
            OperationEvent::Closed(closed) => self.closed = Some(closed),
            OperationEvent::Reported(reported) => self.reported = Some(reported),
        }
        self
    }

    /// The latest attempt that was received.
    #[must_use]
    pub fn attempt(&self) -> Option<Attempt> {
        self.received.as_ref().map(|received| Attempt(received.attempt))
    }

    /// What an attempt said, if it was received.
    #[must_use]
    pub fn digest_of(&self, attempt: Attempt) -> Option<&str> {
        self.attempts
            .iter()
            .find(|(received, _)| *received == attempt)
            .map(|(_, digest)| digest.as_str())
    }

    /// How far it came.
    #[must_use]
    pub fn stage(&self) -> OperationStage {
        let over = self.closed.is_some() || self.stood_down.is_some() || self.reported.is_some();
        if self.received.is_none() || over {
            OperationStage::Done
        } else if self.ended.is_some() {
            OperationStage::EndedNotReported
        } else if self.follow_up_intended {
            OperationStage::FollowUpIntended
        } else if self.evidence.write_intended_since {
            OperationStage::Intended
        } else if let Some(count) = self.evidence.last_fence {
            OperationStage::Fenced(count)
        } else {
            OperationStage::Received
        }
    }

    /// Whether `Hello` has to list it when a stream opens.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage() != OperationStage::Done
    }

    /// Whether nothing may be recorded of the latest attempt any more but the directory's word on its end.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.ended.is_some() || self.closed.is_some() || self.stood_down.is_some()
    }

    /// Whether this store ever recorded an intent to write it, in any attempt.
    #[must_use]
    pub const fn was_ever_intended(&self) -> bool {
        self.write_intended.is_some()
    }

    /// Whether it is certain that no write was ever sent from here, and the operation has not ended: the directory may
    /// then deliver it again as if this connector had never received it.
    #[must_use]
    pub fn can_be_redelivered(&self) -> bool {
        let nothing_sent = match self.stage() {
            OperationStage::Received | OperationStage::Fenced(_) => true,
            OperationStage::Intended
            | OperationStage::FollowUpIntended
            | OperationStage::EndedNotReported
            | OperationStage::Done => false,
        };
        nothing_sent && !self.was_ever_intended()
    }
}

#[cfg(test)]
mod tests;
