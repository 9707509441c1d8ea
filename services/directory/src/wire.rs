//! Between the domain's types and the contract's: the one place where kinds, moments, durations and outcomes become
//! messages, and back. What a caller got wrong becomes a violation of a field in `grpc::fields`.

use std::time::Duration;

use groundwire_kit::clock::{from_unix_us, unix_us};
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::reasons::Reason;
use prost_types::Timestamp;
use time::OffsetDateTime;

use crate::domain::{Evidence, Flags, Kind, OnBehalfOf, OperationState, Outcome, OutcomeCode, Stage};
use crate::operations::View;

/// A moment on the wire.
#[must_use]
pub fn timestamp(us: i64) -> Timestamp {
    Timestamp {
        seconds: us.div_euclid(1_000_000),
        nanos: i32::try_from(us.rem_euclid(1_000_000)).unwrap_or(0) * 1_000,
    }
}

/// The same of a date.
#[must_use]
pub fn timestamp_of(moment: OffsetDateTime) -> Timestamp {
    timestamp(unix_us(moment))
}

/// From the wire (unix µs); `None` outside the years that can be written.
#[must_use]
pub fn micros(timestamp: &Timestamp) -> Option<i64> {
    if !(0..1_000_000_000).contains(&timestamp.nanos) {
        return None;
    }
    let us = timestamp
        .seconds
        .checked_mul(1_000_000)?
        .checked_add(i64::from(timestamp.nanos) / 1_000)?;
    from_unix_us(us).map(|_| us)
}

/// The same as a date.
#[must_use]
pub fn moment(timestamp: &Timestamp) -> Option<OffsetDateTime> {
    from_unix_us(micros(timestamp)?)
}

/// A duration on the wire.
#[must_use]
pub fn duration(duration: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

/// A difference of two clocks, which may be negative, on the wire.
#[must_use]
pub const fn difference(difference: time::Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: difference.whole_seconds(),
        nanos: difference.subsec_nanoseconds(),
    }
}

/// From the wire; `None` for a negative or malformed one.
#[must_use]
pub fn duration_from(wire: &prost_types::Duration) -> Option<Duration> {
    let nanos = u32::try_from(wire.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(u64::try_from(wire.seconds).ok()?, nanos))
}

/// A kind on the wire.
#[must_use]
pub const fn kind(kind: Kind) -> proto::OperationKind {
    match kind {
        Kind::Change => proto::OperationKind::Change,
        Kind::SelfReset => proto::OperationKind::SelfReset,
        Kind::AdminReset => proto::OperationKind::AdminReset,
        Kind::Unlock => proto::OperationKind::Unlock,
        Kind::RequireChange => proto::OperationKind::RequireChange,
    }
}

/// From the wire; `None` if it was not set or is of a newer peer.
#[must_use]
pub fn kind_from(wire: i32) -> Option<Kind> {
    match proto::OperationKind::try_from(wire).ok()? {
        proto::OperationKind::Unspecified => None,
        proto::OperationKind::Change => Some(Kind::Change),
        proto::OperationKind::SelfReset => Some(Kind::SelfReset),
        proto::OperationKind::AdminReset => Some(Kind::AdminReset),
        proto::OperationKind::Unlock => Some(Kind::Unlock),
        proto::OperationKind::RequireChange => Some(Kind::RequireChange),
    }
}

/// Flags on the wire.
#[must_use]
pub const fn flags(flags: Flags) -> proto::OperationFlags {
    proto::OperationFlags {
        must_change_at_next_logon: flags.must_change_at_next_logon,
        unlock: flags.unlock,
        allow_disabled: flags.allow_disabled,
    }
}

/// On whose behalf, on the wire.
#[must_use]
pub fn on_behalf_of(told: &OnBehalfOf) -> proto::OnBehalfOf {
    proto::OnBehalfOf {
        subject: told.subject.clone(),
        client_address: told.client_address.clone(),
        authentication_methods: told.authentication_methods.clone(),
    }
}

/// An outcome's code on the wire.
#[must_use]
pub const fn outcome_code(code: OutcomeCode) -> proto::OutcomeCode {
    match code {
        OutcomeCode::Applied => proto::OutcomeCode::Applied,
        OutcomeCode::Rejected => proto::OutcomeCode::Rejected,
        OutcomeCode::Failed => proto::OutcomeCode::Failed,
        OutcomeCode::Expired => proto::OutcomeCode::Expired,
        OutcomeCode::Superseded => proto::OutcomeCode::Superseded,
        OutcomeCode::Cancelled => proto::OutcomeCode::Cancelled,
        OutcomeCode::Unknown => proto::OutcomeCode::Unknown,
    }
}

const STAGES: [(Stage, proto::Stage); 13] = [
    (Stage::Admit, proto::Stage::Admit),
    (Stage::Seal, proto::Stage::Seal),
    (Stage::Queue, proto::Stage::Queue),
    (Stage::Deliver, proto::Stage::Deliver),
    (Stage::Open, proto::Stage::Open),
    (Stage::Resolve, proto::Stage::Resolve),
    (Stage::Policy, proto::Stage::Policy),
    (Stage::Intent, proto::Stage::Intent),
    (Stage::Write, proto::Stage::Write),
    (Stage::Record, proto::Stage::Record),
    (Stage::Report, proto::Stage::Report),
    (Stage::Commit, proto::Stage::Commit),
    (Stage::Total, proto::Stage::Total),
];

/// A stage's duration on the wire.
#[must_use]
pub fn stage_duration(stage: Stage, us: u64) -> proto::StageDuration {
    let wire = STAGES
        .iter()
        .find(|(ours, _)| *ours == stage)
        .map_or(proto::Stage::Unspecified, |(_, wire)| *wire);
    proto::StageDuration {
        stage: wire as i32,
        duration: Some(duration(Duration::from_micros(us))),
    }
}

/// From the wire; what is unknown or malformed is left out.
#[must_use]
pub fn stage_duration_from(told: &proto::StageDuration) -> Option<(Stage, u64)> {
    let (stage, _) = STAGES.iter().find(|(_, wire)| *wire as i32 == told.stage)?;
    let us = u64::try_from(duration_from(told.duration.as_ref()?)?.as_micros()).ok()?;
    Some((*stage, us))
}

/// An outcome on the wire, with stages that became known after it was recorded.
#[must_use]
pub fn outcome(outcome: &Outcome, afterwards: impl IntoIterator<Item = (Stage, u64)>) -> proto::Outcome {
    let mut durations = outcome.durations_us.clone();
    durations.extend(afterwards);
    proto::Outcome {
        code: outcome_code(outcome.code) as i32,
        reasons: outcome.reasons.iter().map(proto::Reason::from).collect(),
        warnings: outcome.warnings.iter().map(proto::Reason::from).collect(),
        attempt: outcome.attempt,
        ended_at: Some(timestamp(outcome.ended_at_us)),
        durations: durations
            .into_iter()
            .map(|(stage, us)| stage_duration(stage, us))
            .collect(),
        evidence: outcome
            .evidence
            .as_ref()
            .map(|evidence| proto::DirectoryEvidence {
                dc: evidence.dc.clone(),
                dc_invocation_id: evidence.dc_invocation_id.clone(),
                ldap_result: evidence.ldap_result,
                ad_code: evidence.ad_code.clone(),
                unicode_pwd_version: evidence.unicode_pwd_version,
            }),
        recovered: outcome.recovered,
    }
}

/// A connector's outcome from the wire; `None` for a code that a connector cannot report.
#[must_use]
pub fn outcome_from(wire: proto::Outcome, now_us: i64) -> Option<Outcome> {
    let code = match wire.code() {
        proto::OutcomeCode::Applied => OutcomeCode::Applied,
        proto::OutcomeCode::Rejected => OutcomeCode::Rejected,
        proto::OutcomeCode::Failed => OutcomeCode::Failed,
        proto::OutcomeCode::Expired => OutcomeCode::Expired,
        proto::OutcomeCode::Superseded => OutcomeCode::Superseded,
        proto::OutcomeCode::Unknown => OutcomeCode::Unknown,
        proto::OutcomeCode::Cancelled | proto::OutcomeCode::Unspecified => return None,
    };
    Some(Outcome {
        code,
        attempt: wire.attempt,
        ended_at_us: wire.ended_at.as_ref().and_then(micros).unwrap_or(now_us),
        durations_us: wire.durations.iter().filter_map(stage_duration_from).collect(),
        evidence: wire.evidence.map(|evidence| Evidence {
            dc: evidence.dc,
            dc_invocation_id: evidence.dc_invocation_id,
            ldap_result: evidence.ldap_result,
            ad_code: evidence.ad_code,
            unicode_pwd_version: evidence.unicode_pwd_version,
        }),
        recovered: wire.recovered,
        reasons: wire.reasons.into_iter().map(Reason::from).collect(),
        warnings: wire.warnings.into_iter().map(Reason::from).collect(),
    })
}

/// A state on the wire.
#[must_use]
pub const fn state(state: &OperationState) -> proto::OperationState {
    match state {
        OperationState::Requested => proto::OperationState::Requested,
        OperationState::Delivered { .. } => proto::OperationState::Delivered,
        OperationState::InDoubt { .. } => proto::OperationState::InDoubt,
        OperationState::Ended { .. } => proto::OperationState::Ended,
    }
}

/// An operation on the wire; `total` where an answer to its caller is made.
#[must_use]
pub fn operation(view: &View, total: Option<Duration>) -> proto::Operation {
    let (operation, request) = (&view.operation, &view.operation.request);
    let total = total.map(|total| (Stage::Total, u64::try_from(total.as_micros()).unwrap_or(u64::MAX)));
    let afterwards = view
        .afterwards_us
        .iter()
        .map(|(stage, us)| (*stage, *us))
        .chain(total);
    let trace_id = request
        .traceparent
        .as_deref()
        .and_then(|text| text.split('-').nth(1));
    proto::Operation {
        operation_id: request.operation_id.to_string(),
        account_anchor: view.anchor.to_string(),
        connector_group_id: request.group.to_string(),
        kind: kind(request.kind) as i32,
        flags: Some(flags(request.flags)),
        state: state(&operation.state) as i32,
        sequence: request.sequence,
        attempt: operation.attempt,
        outcome: operation.outcome().map(|told| outcome(told, afterwards)),
        requested_by: request.requested_by.clone(),
        requested_at: Some(timestamp(request.requested_at_us)),
        expires_at: Some(timestamp(request.expires_at_us)),
        trace_id: trace_id.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use groundwire_proto::reasons::ReasonCode;

    use super::*;

    #[test]
    fn times_survive_the_wire() {
        for us in [0, 1_767_225_600_123_456, -1] {
            let wire = timestamp(us);
            assert_eq!(micros(&wire), Some(us));
            assert_eq!(moment(&wire).map(timestamp_of), Some(wire));
        }
        let malformed = Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        assert_eq!(micros(&malformed), None);
        let negative = prost_types::Duration {
            seconds: -1,
            nanos: 0,
        };
        assert_eq!(duration_from(&negative), None);
        assert_eq!(difference(time::Duration::SECOND * -1), negative);
    }

    #[test]
    fn every_kind_survives_the_wire() {
        for told in 1..=5 {
            assert_eq!(kind_from(told).map(|ours| kind(ours) as i32), Some(told));
        }
        for told in [-1, 0, 6] {
            assert_eq!(kind_from(told), None, "{told}");
        }
    }

    #[test]
    fn an_outcome_survives_the_wire() {
        let mut told = Outcome::decided_here(OutcomeCode::Rejected, Vec::new(), 2, 5_000_000);
        told.durations_us.insert(Stage::Write, 30_123);
        // Every reason and every warning, with the rules' numbers.
        told.reasons = vec![
            Reason::new(ReasonCode::PasswordTooShort).with("minimum", 12),
            Reason::new(ReasonCode::PasswordNotComplex).with("required", 3),
        ];
        told.warnings = vec![
            Reason::new(ReasonCode::MarkerForged),
            Reason::new(ReasonCode::UnlockNotApplied),
        ];
        told.evidence = Some(Evidence {
            dc: "dc1".to_owned(),
            ldap_result: Some(19),
            ..Evidence::default()
        });
        assert_eq!(outcome_from(outcome(&told, []), 0), Some(told));
        let cancelled = Outcome::decided_here(OutcomeCode::Cancelled, Vec::new(), 0, 0);
        assert_eq!(
            outcome_from(outcome(&cancelled, []), 0),
            None,
            "a connector cannot cancel"
        );
    }
}
