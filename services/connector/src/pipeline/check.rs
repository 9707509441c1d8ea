//! The dry run: the same verdict as the write's, nothing written, nothing recorded but a count.

use groundwire_envelope::SealedKind;
use groundwire_proto::gateway::v1::{CheckRequest, CheckResult};
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tracing::{Instrument, info_span, warn};

use super::judgement::{JudgementInput, Verdict, judge, judge_new_password};
use super::secret::{SealedFor, SecretInHand, open_secret};
use super::shared::Shared;
use super::tries::read_recorded_tries;
use super::unseen::list_unseen;
use super::verified_event::{VerifiedCheck, verify_check};
use crate::ad::{Permission, RequestKind, Rights, missing_reasons};
use crate::domain::{FileTime, OperationFlags, OperationKind};

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
    // Held to the end: everything that is read of the domain controller below is of the checks' share.
    let _slot = match pipeline.check_slots.take().await {
        Ok(slot) => slot,
        Err(overloaded) => return (vec![overloaded], Vec::new()),
    };
    let account = parts.ad.read_account(check.anchor, &check.named_by);
    let reading = match account.instrument(info_span!("resolve")).await {
        Ok(reading) => reading,
        Err(error) => return (vec![error.reason()], Vec::new()),
    };
    if !reading.bears_name {
        // Nothing is said of an account that is not meant.
        return (vec![Reason::new(ReasonCode::AccountNameMoved)], Vec::new());
    }
    let recorded_tries = match read_recorded_tries(parts, check.kind, &reading).await {
        Ok(tries) => tries,
        Err(error) => {
            warn!(%error, "recorded tries cannot be read");
            return (vec![Reason::new(ReasonCode::AuditStoreUnavailable)], Vec::new());
        }
    };
    let rights = match parts.ad.read_rights(check.anchor).await {
        Ok(rights) => Some(rights),
        Err(error) => {
            warn!(%error, "rights cannot be read, they are left unchecked");
            None
        }
    };
    let input = JudgementInput {
        kind: check.kind,
        // Flags do not travel with a check: it judges what the kind alone would do.
        flags: OperationFlags::default(),
        reading: &reading,
        secret: &secret,
        guardrails: &parts.guardrails,
        self_reset_unlocks: parts.self_reset_unlocks,
        self_reset_lifts: parts.self_reset_lifts(),
        recorded_tries,
        now: FileTime::from_unix_micros(pipeline.clock().unix_us()),
    };
    let mut reasons = match judge(&input) {
        Verdict::Write { .. } => Vec::new(),
        Verdict::End(_, reasons) => reasons,
    };
    if let Some(rights) = &rights {
        reasons.extend(judge_rights(check, rights));
    }
    let left = judge_new_password(&input).left_to_controller;
    let unseen = list_unseen(check.kind, &reading, rights.as_ref(), &left);
    (reasons, unseen)
}

/// Why the write would be refused for a right. That a change is denied is the account's own setting, not a right that the
/// service account lacks.
fn judge_rights(check: &VerifiedCheck, rights: &Rights) -> Vec<Reason> {
    let is_change = check.kind == OperationKind::Change;
    if is_change && rights.change_password == Permission::Denied {
        return vec![Reason::new(ReasonCode::UserCannotChangePassword)];
    }
    missing_reasons(RequestKind::of(check.kind), check.anchor, rights)
}
