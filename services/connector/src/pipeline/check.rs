//! The dry run: the same verdict as the write's, nothing written, nothing recorded but a count.

use groundwire_envelope::SealedKind;
use groundwire_proto::gateway::v1::{CheckRequest, CheckResult};
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info_span, warn};

use super::judgement::{JudgementInput, Verdict, judge};
use super::secret::{SealedFor, SecretInHand, open_secret};
use super::shared::Shared;
use super::verified_event::{VerifiedCheck, verify_check};
use crate::domain::{FileTime, OperationFlags};
use crate::policy::PolicyReading;

/// Judges a candidate password; `None` if the frame is not a check for this connector.
pub(super) async fn answer_check(pipeline: &Shared, check: CheckRequest) -> Option<CheckResult> {
    let check = match verify_check(check, &pipeline.parts.group, pipeline.clock()) {
        Ok(check) => check,
        Err(error) => {
            warn!(%error, "check refused");
            pipeline.parts.observer.observe_alarm(error.reason().code());
            return None;
        }
    };
    let span = info_span!("check", check_id = %check.id, kind = check.kind.as_str());
    if let Some(parent) = &check.trace_parent {
        parent.set_as_parent_of(&span);
    }
    let (reasons, not_checked) = judge_check(pipeline, &check).instrument(span).await;
    pipeline.parts.observer.observe_check(&reasons);
    Some(CheckResult {
        check_id: check.id.to_string(),
        reasons: reasons.iter().map(wire::Reason::from).collect(),
        not_checked: not_checked.into_iter().map(i32::from).collect(),
    })
}

async fn judge_check(pipeline: &Shared, check: &VerifiedCheck) -> (Vec<Reason>, Vec<ReasonCode>) {
    let parts = &pipeline.parts;
    if check.expiry.has_passed(pipeline.clock()) {
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
        open_secret(&parts.keys, &parts.group, check.secret.as_ref(), &purpose)
    } else {
        SecretInHand::NotNeeded
    };
    let reading = match pipeline.check_slots.take().await {
        Ok(_slot) => {
            let account = parts.ad.read_account(check.anchor, &check.named_by);
            account.instrument(info_span!("resolve")).await
        }
        Err(overloaded) => return (vec![overloaded], Vec::new()),
    };
    let reading = match reading {
        Ok(reading) => reading,
        Err(error) => return (vec![error.reason()], Vec::new()),
    };
    if !reading.bears_name {
        // Nothing is said of an account that is not meant.
        return (vec![Reason::new(ReasonCode::AccountNameMoved)], Vec::new());
    }
    let verdict = judge(&JudgementInput {
        kind: check.kind,
        // Flags do not travel with a check: it judges what the kind alone would do.
        flags: OperationFlags::default(),
        reading: &reading,
        secret: &secret,
        guardrails: &parts.guardrails,
        self_reset_unlocks: parts.self_reset_unlocks,
        now: FileTime::from_unix_micros(pipeline.clock().unix_us()),
    });
    let reasons = match verdict {
        Verdict::Write { .. } => Vec::new(),
        Verdict::End(_, reasons) => reasons,
    };
    (reasons, not_checked(check, &reading.policy))
}

/// What only Active Directory knows: whether the password was used before, unless it keeps no history.
fn not_checked(check: &VerifiedCheck, policy: &PolicyReading) -> Vec<ReasonCode> {
    let history = policy.known().and_then(|policy| policy.history_length);
    if check.kind.sets_password() && history != Some(0) {
        vec![ReasonCode::PasswordInHistory]
    } else {
        Vec::new()
    }
}
