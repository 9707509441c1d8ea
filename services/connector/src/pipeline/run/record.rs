//! What a run records upon the version of the stream that it knows, and what it does where the stream had moved on.

use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::warn;

use super::{Finish, Next, Run};
use crate::audit::operation::{MarkerSeen, StandDownCause, StoodDown};
use crate::audit::{AuditError, Entry, OperationEvent, Personal};
use crate::domain::{Attempt, MarkerReading, MarkerState};

impl Run<'_> {
    /// Records an event of this operation; the stream must be where we left it.
    pub(super) async fn record(
        &mut self,
        event: OperationEvent,
        personal: Personal,
    ) -> Result<(), AuditError> {
        let mut recorded = self.recorded;
        event.add_to(&mut recorded);
        let entry = Entry {
            operation: self.operation.id,
            expected: self.version,
            event,
            metadata: self.operation.metadata.clone(),
            personal,
        };
        self.version = self.pipeline.parts.audit.record(entry).await?.stream_version;
        self.recorded = recorded;
        Ok(())
    }

    /// Ends this attempt without an outcome: a later one took over.
    pub(super) async fn stand_down(&mut self, to: Attempt) -> Next {
        match self.record_stood_down(to).await {
            Ok(()) => Finish::StoodDown(to).into(),
            Err(error) => self.handle_unrecorded(error).await,
        }
    }

    pub(super) async fn record_stood_down(&mut self, to: Attempt) -> Result<(), AuditError> {
        let event = OperationEvent::StoodDown(StoodDown {
            attempt: self.operation.attempt.0,
            why: StandDownCause::TakenOver,
            found_attempt: to.0,
        });
        self.record(event, Personal::default()).await
    }

    /// Something of an operation that may be in doubt could not be recorded: nothing was done because of it.
    pub(super) async fn handle_unrecorded(&mut self, error: AuditError) -> Next {
        match error {
            AuditError::Overtaken => self.read_back_unless_overtaken().await,
            AuditError::NotKnown => self.read_back().await,
            AuditError::Unavailable(_) | AuditError::Refused(_) => {
                warn!(operation = %self.operation.id, %error, "audit store did not record");
                self.hold(&Reason::new(ReasonCode::AuditStoreUnavailable)).await
            }
        }
    }

    /// The stream had moved on: reads whose the operation is. It is ours only where nobody has fenced it or intended to
    /// write it meanwhile.
    pub(super) async fn read_back_unless_overtaken(&mut self) -> Next {
        let known = self.recorded;
        match self.read_back().await {
            Next::Again if self.recorded != known => Finish::Overtaken.into(),
            next @ (Next::Again | Next::Finish(_)) => next,
        }
    }

    /// Whether something was recorded is not known: reads the log until it answers.
    pub(super) async fn read_back(&mut self) -> Next {
        loop {
            match self.pipeline.parts.audit.operation(self.operation.id).await {
                Ok(record) if record.attempt() == Some(self.operation.attempt) => {
                    if record.is_over() {
                        // Its version is not taken over: nothing is recorded upon an end.
                        return Finish::Overtaken.into();
                    }
                    self.version = record.version;
                    self.evidence = record.evidence;
                    self.recorded = record.evidence;
                    return Next::Again;
                }
                Ok(_) => return Finish::Overtaken.into(),
                Err(error) => {
                    warn!(operation = %self.operation.id, %error, "audit log cannot be read");
                    let unavailable = Reason::new(ReasonCode::AuditStoreUnavailable);
                    if let Next::Finish(finish) = self.hold(&unavailable).await {
                        return finish.into();
                    }
                }
            }
        }
    }
}

/// A marker as it is recorded, and what of it is not ours.
pub(super) fn marker_seen(marker: &MarkerReading, raw: Option<&[u8]>) -> (MarkerSeen, Personal) {
    const LONGEST: usize = 256;
    match marker {
        MarkerReading::Absent => (MarkerSeen::Absent, Personal::default()),
        MarkerReading::Valid(marker) => {
            let seen = MarkerSeen::Valid {
                state: match marker.state {
                    MarkerState::Written => 'W',
                    MarkerState::Fenced => 'F',
                },
                sequence: marker.sequence.0,
                operation: marker.operation,
                attempt: marker.attempt.0,
                fence_count: marker.fence_count.0,
            };
            (seen, Personal::default())
        }
        MarkerReading::Forged(_) => {
            let foreign_marker = raw.map(|raw| hex::encode(raw.get(..LONGEST).unwrap_or(raw)));
            let personal = Personal {
                foreign_marker,
                ..Personal::default()
            };
            (MarkerSeen::Forged, personal)
        }
    }
}
