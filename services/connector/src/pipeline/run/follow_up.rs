//! What goes with a password: must-change and unlock, in a second modify. Whatever comes of it, the password is written:
//! a failure is a warning.

use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info_span, warn};

use super::{Next, Run};
use crate::ad::{AccountReading, FollowUpRequest, FollowUpResult, WriteResult};
use crate::audit::operation::FollowUpIntended;
use crate::audit::{AuditError, OperationEvent, Personal};
use crate::domain::{Effects, Marker, MarkerReading, Stage};
use crate::pipeline::crash_point::CrashPoint;

impl Run<'_> {
    /// What goes with a password: an intent and a modify of its own, over the marker that the password left. Whatever
    /// comes of it, the password is written.
    pub(super) async fn follow_up(
        &mut self,
        effects: Effects,
        written: Marker,
        seen: Option<Vec<u8>>,
        reading: &AccountReading,
    ) {
        let Some((seen, next)) = seen.zip(self.next_markers(written)) else {
            return self.warn_left_out(effects, "no_marker");
        };
        let request = FollowUpRequest {
            anchor: self.operation.anchor,
            read_at: reading.domain_controller.clone(),
            effects,
            seen,
            next,
        };
        let intent = OperationEvent::FollowUpIntended(FollowUpIntended {
            attempt: self.operation.attempt.0,
            must_change: effects.must_change,
            unlock: effects.unlock,
        });
        if let Err(error) = self.record(intent, Personal::default()).await {
            warn!(operation = %self.operation.id, %error, "follow-up's intent was not recorded, it is left out");
            if matches!(error, AuditError::NotKnown)
                && let Next::Finish(_) = self.read_back().await
            {
                return;
            }
            self.warn_left_out(effects, "audit_store_unavailable");
            return;
        }
        let parts = &self.pipeline.parts;
        parts.crash_points.reached(CrashPoint::AfterFollowUpIntent).await;
        let start = parts.clock.boot();
        let sending = tokio::time::timeout(parts.limits.write_deadline, parts.ad.follow_up(&request));
        let result = sending.instrument(info_span!("write", follow_up = true)).await;
        self.add_since(Stage::Write, start);
        match result {
            Ok(result) => self.warn_of_follow_up(&result),
            Err(_elapsed) => self.warn_left_out(effects, "not_known"),
        }
    }

    /// The same marker with the next fence counts: what is late finds another one.
    fn next_markers(&self, written: Marker) -> Option<[String; 2]> {
        let group = &self.pipeline.parts.group;
        let key = group.marker_keys.first()?;
        let one = Marker {
            fence_count: written.fence_count.next(),
            ..written
        };
        let other = Marker {
            fence_count: one.fence_count.next(),
            ..written
        };
        let scope = group.marker_scope();
        Some([one, other].map(|marker| key.format(&scope, self.operation.anchor, &marker)))
    }

    /// As [`Self::follow_up`] after a crash or a lost answer: not where the password was set anew since.
    pub(super) async fn follow_up_found(&mut self, effects: Effects, reading: &AccountReading) {
        let MarkerReading::Valid(written) = self.read_marker(&reading.account) else {
            return self.warn_left_out(effects, "no_marker");
        };
        let ours = self.version_intended_over.map(|seen| seen.saturating_add(1));
        if let (Some(ours), Some(now)) = (ours, reading.account.password_version)
            && now > ours
        {
            return self.warn_left_out(effects, "password_set_since");
        }
        let seen = reading.account.marker.clone();
        self.follow_up(effects, written, seen, reading).await;
    }

    fn warn_of_follow_up(&mut self, result: &FollowUpResult) {
        let failed =
            |code, result: &Option<WriteResult>| Some(warning(code, &why_not_done(result.as_ref()?)?));
        let must_change = failed(ReasonCode::MustChangeFlagNotSet, &result.must_change);
        let unlock = failed(ReasonCode::UnlockNotApplied, &result.unlock);
        self.warnings.extend(must_change.into_iter().chain(unlock));
    }

    fn warn_left_out(&mut self, effects: Effects, why: &str) {
        if effects.must_change {
            self.warnings.push(warning(ReasonCode::MustChangeFlagNotSet, why));
        }
        if effects.unlock {
            self.warnings.push(warning(ReasonCode::UnlockNotApplied, why));
        }
    }
}

fn warning(code: ReasonCode, why: &str) -> Reason {
    Reason::new(code).with("why", why)
}

/// Why a part of the follow-up was not done, in one word or Active Directory's numbers, never its text. `None`: it was.
fn why_not_done(result: &WriteResult) -> Option<String> {
    match result {
        WriteResult::Done => None,
        WriteResult::MarkerMoved(answer) | WriteResult::Refused(answer) => Some(answer.to_string()),
        WriteResult::NotSent(error) => Some(error.reason().name().to_owned()),
        WriteResult::Unknown(cause) => Some(cause.as_str().to_owned()),
    }
}
