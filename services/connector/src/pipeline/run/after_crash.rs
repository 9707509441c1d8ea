//! How a run goes whose process died: it finds out what became of the operation, and never writes it.

use tracing::{info, warn};

use super::step::expired;
use super::{Finish, Run};
use crate::audit::operation::End;
use crate::domain::{Attempt, MarkerReading, MarkerState, NamedBy, OperationId};

impl Run<'_> {
    /// Brings it to its end. Where nothing was ever sent, that needs no look at the account.
    pub(in crate::pipeline) async fn recover(&mut self) -> Finish {
        if self.evidence.is_untouched(self.operation.attempt) {
            if self.has_expired() {
                return self.end(End::Expired, expired("open"));
            }
            if let Some(lost) = self.secret.reason().cloned() {
                info!(operation = %self.operation.id, "nothing was sent and the secret is gone, it ends");
                return self.end(End::Failed, vec![lost]);
            }
        }
        info!(operation = %self.operation.id, "finding out what became of the operation");
        self.drive(None).await
    }

    /// The directory has handed out a later attempt: only a write of this operation that is there already is ours to
    /// report.
    pub(in crate::pipeline) async fn stand_down_unless_written(&mut self, later: Attempt) -> Finish {
        let (ad, anchor) = (&self.pipeline.parts.ad, self.operation.anchor);
        // What is found written counts whatever the account's name is by now.
        if let Ok(reading) = ad.read_account(anchor, &NamedBy::Anchor).await
            && is_written(&self.read_marker(&reading.account), self.operation.id)
        {
            return self.end_found_applied(&reading).await;
        }
        match self.record_stood_down(later).await {
            Ok(()) => Finish::StoodDown(later),
            Err(error) => {
                warn!(operation = %self.operation.id, %error, "not recorded, reported at the next attach");
                Finish::Overtaken
            }
        }
    }
}

fn is_written(marker: &MarkerReading, operation: OperationId) -> bool {
    matches!(marker, MarkerReading::Valid(marker)
        if marker.operation == operation && marker.state == MarkerState::Written)
}
