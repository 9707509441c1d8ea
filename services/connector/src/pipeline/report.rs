//! From records to frames for the directory.

use std::time::Duration;

use groundwire_proto::gateway::v1::{OpenOperation, OpenOperationState, OutcomeReport, RecordedDisposition};
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::operation::v1 as wire;
use groundwire_proto::time::{duration_to_wire, timestamp_from_ms};

use crate::audit::operation::Ended;
use crate::audit::{OperationRecord, OperationStage};
use crate::domain::{Attempt, Evidence, OperationId, OutcomeCode, Stage};

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
        .extend(record.map(|took| wire::StageDuration::new(Stage::Record, took)));
    OutcomeReport {
        operation_id: operation.to_string(),
        outcome: Some(outcome),
        audit_head: head.map(Into::into),
        dwell: dwell.map(duration_to_wire),
    }
}

fn outcome(ended: &Ended, attempt: Attempt) -> wire::Outcome {
    wire::Outcome {
        code: ended.end.outcome_code().into(),
        reasons: ended.reasons.iter().map(Into::into).collect(),
        warnings: ended.warnings.iter().map(Into::into).collect(),
        attempt: attempt.0,
        ended_at: Some(timestamp_from_ms(ended.ended_at_ms)),
        durations: ended
            .durations
            .stages()
            .map(|(stage, took)| wire::StageDuration::new(stage, took))
            .collect(),
        evidence: ended
            .evidence
            .clone()
            .map(|recorded| Evidence::from(recorded).into()),
        recovered: ended.recovered,
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
        secret_gone: false,
    })
}

/// A disposition's name for the record.
pub(super) fn disposition_name(disposition: i32) -> String {
    let disposition = RecordedDisposition::try_from(disposition).unwrap_or(RecordedDisposition::Unspecified);
    let name = disposition.as_str_name();
    name.strip_prefix("RECORDED_DISPOSITION_")
        .unwrap_or(name)
        .to_owned()
}

/// An outcome's name for the record.
pub(super) fn outcome_name(outcome: i32) -> String {
    OutcomeCode::try_from(outcome)
        .map_or("UNSPECIFIED", OutcomeCode::as_str)
        .to_owned()
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
                outcomes.map(|code| outcome_name(code.into())).to_vec(),
            ),
            (
                "Reported.disposition",
                dispositions.map(|code| disposition_name(code.into())).to_vec(),
            ),
        ]);
    }
}
