//! The fence: a marker without a password, after which nothing that was sent earlier can land.

use super::record::marker_seen;
use super::{Next, Run};
use crate::ad::{AccountReading, RequestKind, Write, WriteResult};
use crate::audit::operation::{FenceIntended, Fenced};
use crate::audit::{OperationEvent, Personal};
use crate::domain::{FenceCount, MarkerReading, MarkerState};
use crate::pipeline::judgement::unknown_reason;

impl Run<'_> {
    /// Sets the marker alone to a value that never was there before: what was sent earlier can no longer land.
    pub(super) async fn fence(
        &mut self,
        count: FenceCount,
        reading: &AccountReading,
        marker: &MarkerReading,
    ) -> Next {
        let (seen, personal) = marker_seen(marker, reading.account.marker.as_deref());
        let intent = OperationEvent::FenceIntended(FenceIntended {
            attempt: self.operation.attempt.0,
            count: count.0,
            marker_seen: seen,
        });
        if let Err(error) = self.record(intent, personal).await {
            return self.handle_unrecorded(error).await;
        }
        self.evidence.highest_tried = self.evidence.highest_tried.max(count);
        let result = self.send(reading, MarkerState::Fenced, count, Write::Fence).await;
        let dc = &reading.domain_controller.name;
        match result {
            WriteResult::Done => self.record_fenced(count, dc).await,
            WriteResult::MarkerMoved(_) => Next::Again,
            WriteResult::Unknown(cause) => self.hold(&unknown_reason(cause, dc)).await,
            WriteResult::NotSent(error) => self.hold(&error.reason()).await,
            WriteResult::Refused(answer) => self.hold(&answer.passing_reason(RequestKind::Fence, dc)).await,
        }
    }

    async fn record_fenced(&mut self, count: FenceCount, dc: &str) -> Next {
        let set = OperationEvent::Fenced(Fenced {
            attempt: self.operation.attempt.0,
            count: count.0,
            dc: dc.to_owned(),
        });
        if let Err(error) = self.record(set, Personal::default()).await {
            return self.handle_unrecorded(error).await;
        }
        self.evidence.last_fence = Some(count);
        self.evidence.write_intended_since = false;
        Next::Again
    }
}
