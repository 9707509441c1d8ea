//! From records to frames for the directory.

use std::time::Duration;

use groundwire_proto::gateway::v1::{OpenOperation, OpenOperationState, OutcomeReport, RecordedDisposition};
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::operation::v1 as wire;

use crate::audit::operation_events::{End, Ended};
use crate::audit::{OperationRecord, OperationStage, TimedStage};
use crate::domain::{Attempt, LogEvidence, OperationId};

/// The report of an end. `record` is how long its record took, where this process made it.
pub(super) fn outcome_report(
    operation: OperationId,
    ended: &Ended,
    attempt: Attempt,
    record: Option<Duration>,
    head: Option<SeenHead>,
    dwell: Option<Duration>,
) -> OutcomeReport {
    let mut outcome = outcome(ended, attempt);
    outcome
        .durations
        .extend(record.map(|took| stage_duration(wire::Stage::Record, took)));
    OutcomeReport {
        operation_id: operation.to_string(),
        outcome: Some(outcome),
        audit_head: head.map(Into::into),
        dwell: dwell.and_then(|dwell| dwell.try_into().ok()),
    }
}

fn outcome(ended: &Ended, attempt: Attempt) -> wire::Outcome {
    let code = match ended.end {
        End::Applied => wire::OutcomeCode::Applied,
        End::Refused | End::Rejected => wire::OutcomeCode::Rejected,
        End::Failed => wire::OutcomeCode::Failed,
        End::Expired => wire::OutcomeCode::Expired,
        End::Superseded => wire::OutcomeCode::Superseded,
    };
    wire::Outcome {
        code: code.into(),
        reasons: ended.reasons.iter().map(Into::into).collect(),
        warnings: ended.warnings.iter().map(Into::into).collect(),
        attempt: attempt.0,
        ended_at: Some(prost_types::Timestamp {
            seconds: ended.ended_at_ms.div_euclid(1_000),
            nanos: i32::try_from(ended.ended_at_ms.rem_euclid(1_000)).unwrap_or(0) * 1_000_000,
        }),
        durations: ended
            .durations
            .stages()
            .map(|(stage, took)| stage_duration(wire_stage(stage), took))
            .collect(),
        evidence: ended.evidence.as_ref().map(|evidence| wire::DirectoryEvidence {
            dc: evidence.dc.clone(),
            dc_invocation_id: evidence
                .invocation_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            ldap_result: evidence.ldap_result,
            ad_code: evidence.ad_code.clone().unwrap_or_default(),
            unicode_pwd_version: evidence.password_version.map(u64::from),
        }),
        recovered: ended.recovered,
    }
}

const fn wire_stage(stage: TimedStage) -> wire::Stage {
    match stage {
        TimedStage::Open => wire::Stage::Open,
        TimedStage::Resolve => wire::Stage::Resolve,
        TimedStage::Policy => wire::Stage::Policy,
        TimedStage::Intent => wire::Stage::Intent,
        TimedStage::Write => wire::Stage::Write,
    }
}

fn stage_duration(stage: wire::Stage, took: Duration) -> wire::StageDuration {
    wire::StageDuration {
        stage: stage.into(),
        duration: took.try_into().ok(),
    }
}

/// An open operation as `Hello` lists it; `None` if nothing is left to do.
pub(super) fn open_operation(record: &OperationRecord) -> Option<OpenOperation> {
    let attempt = record.attempt()?;
    let state = match record.stage() {
        OperationStage::Done => return None,
        OperationStage::EndedNotReported => OpenOperationState::Ended,
        OperationStage::Intended | OperationStage::FollowUpIntended => OpenOperationState::InDoubt,
        OperationStage::Fenced(_) => OpenOperationState::Received,
        // Something of an earlier attempt may be under way until this one has fenced.
        OperationStage::Received if attempt > Attempt::FIRST => OpenOperationState::InDoubt,
        OperationStage::Received => OpenOperationState::Received,
    };
    Some(OpenOperation {
        operation_id: record.operation.to_string(),
        attempt: attempt.0,
        state: state.into(),
    })
}

/// A disposition's word for the record.
pub(super) fn disposition_word(disposition: i32) -> String {
    let disposition = RecordedDisposition::try_from(disposition).unwrap_or(RecordedDisposition::Unspecified);
    let name = disposition.as_str_name();
    name.strip_prefix("RECORDED_DISPOSITION_")
        .unwrap_or(name)
        .to_owned()
}

/// An outcome's word for the record.
pub(super) fn outcome_word(outcome: i32) -> String {
    let outcome = wire::OutcomeCode::try_from(outcome).unwrap_or(wire::OutcomeCode::Unspecified);
    let name = outcome.as_str_name();
    name.strip_prefix("OUTCOME_CODE_").unwrap_or(name).to_owned()
}

/// Whether nothing of an operation can be under way, by the log alone: the first attempt, and nothing was ever tried.
pub(super) fn is_untouched(attempt: Attempt, evidence: &LogEvidence) -> bool {
    attempt <= Attempt::FIRST && *evidence == LogEvidence::default()
}

#[cfg(test)]
mod tests {
    use groundwire_kit::every_variant;
    use groundwire_kit::testing::golden::Golden;
    use groundwire_proto::operation::v1::OutcomeCode;

    use super::*;

    /// `Closed` and `Reported` hold them.
    #[test]
    fn the_words_of_outcomes_and_dispositions_are_the_recorded_ones() {
        let outcomes = every_variant!(OutcomeCode {
            Unspecified,
            Applied,
            Rejected,
            Failed,
            Expired,
            Superseded,
            Cancelled,
            Unknown,
        });
        let dispositions = every_variant!(RecordedDisposition {
            Unspecified,
            Committed,
            Repeated,
            Conflicting,
            TakenOver,
        });
        Golden::of(env!("CARGO_MANIFEST_DIR")).shelf("pipeline").words(&[
            (
                "Closed.outcome",
                outcomes.map(|code| outcome_word(code.into())).to_vec(),
            ),
            (
                "Reported.disposition",
                dispositions.map(|code| disposition_word(code.into())).to_vec(),
            ),
        ]);
    }
}
