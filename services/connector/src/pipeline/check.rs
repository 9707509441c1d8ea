//! The dry run: the same verdict as the write's, nothing written, nothing recorded but a count.

use groundwire_envelope::SealedKind;
use groundwire_kit::clock::Clock;
use groundwire_proto::gateway::v1::{CheckRequest, CheckResult};
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info_span, warn};

use super::Inner;
use super::delivery::{Check, verify_check};
use super::judgement::{Case, Verdict, judge};
use super::operation::Expiry;
use super::secret::{SealedFor, SecretInHand, open_secret};
use crate::domain::{FileTime, OperationFlags};
use crate::policy::PolicyReading;

impl Inner {
    pub(super) async fn check(&self, check: CheckRequest) -> Option<CheckResult> {
        let check = match verify_check(check, &self.group) {
            Ok(check) => check,
            Err(error) => {
                warn!(%error, "check refused");
                self.observer.alarmed(error.reason().code());
                return None;
            }
        };
        let span = info_span!("check", check_id = %check.id, kind = check.kind.as_str());
        if let Some(parent) = &check.traceparent {
            parent.set_as_parent_of(&span);
        }
        let (reasons, not_checked) = self.judge_check(&check).instrument(span).await;
        self.observer.checked(&reasons);
        Some(CheckResult {
            check_id: check.id.to_string(),
            reasons: reasons.iter().map(wire::Reason::from).collect(),
            not_checked: not_checked.into_iter().map(i32::from).collect(),
        })
    }

    async fn judge_check(&self, check: &Check) -> (Vec<Reason>, Vec<ReasonCode>) {
        let expiry = Expiry::seen_at(check.expires_at_ms, self.clock.as_ref());
        if expiry.has_passed(self.clock.as_ref()) {
            return (
                vec![Reason::new(ReasonCode::RequestExpired).with("stage", "open")],
                Vec::new(),
            );
        }
        let secret = if check.kind.sets_password() {
            let purpose = SealedFor {
                anchor: check.anchor,
                id: check.id,
                kind: SealedKind::Check,
            };
            open_secret(&self.keys, &self.group, check.secret.as_ref(), &purpose)
        } else {
            SecretInHand::NotNeeded
        };
        let reading = match self
            .ad
            .read_account(check.anchor)
            .instrument(info_span!("resolve"))
            .await
        {
            Ok(reading) => reading,
            Err(error) => return (vec![error.reason()], Vec::new()),
        };
        let verdict = judge(&Case {
            kind: check.kind,
            // Flags do not travel with a check: it judges what the kind alone would do.
            flags: OperationFlags::default(),
            reading: &reading,
            secret: &secret,
            guardrails: &self.guardrails,
            self_reset_unlocks: self.self_reset_unlocks,
            now: FileTime::from_unix_micros(Clock::unix_us(self.clock.as_ref())),
        });
        let reasons = match verdict {
            Verdict::Write { .. } => Vec::new(),
            Verdict::End(_, reasons) => reasons,
        };
        (reasons, not_checked(check, &reading.policy))
    }
}

/// What only Active Directory can tell: whether the password was used before, unless it keeps no history.
fn not_checked(check: &Check, policy: &PolicyReading) -> Vec<ReasonCode> {
    let history = policy.known().and_then(|policy| policy.history_length);
    if check.kind.sets_password() && history != Some(0) {
        vec![ReasonCode::PasswordInHistory]
    } else {
        Vec::new()
    }
}
