//! Holds the stored names of the directory: everything that its logs, its `jsonb` columns and its columns of words hold is
//! read from `tests/golden` and written again (see [`groundwire_kit::testing::golden`]).

use groundwire_eventlog::{Metadata, StreamName, StreamVersion, Unit};
use groundwire_kit::testing::golden::{Again, Golden, Shelf, again, again_as_json, all_at, uuid, words_of};
use groundwire_kit::{every_variant, names_of_variants};
use groundwire_proto::envelope::v1::{SealedCopy, SealedSecret};
use groundwire_proto::log_head::Fork;
use groundwire_proto::reasons::{Reason, ReasonCode};
use prost_types::Timestamp;

use crate::delivery::attach::heads::FORK_CLAIM;
use crate::domain::{
    AccountAnchor, AccountEvent, AccountState, ConnectorEvent, ConnectorId, EvidenceKept, NotTakenCause,
    OperationEnded, OperationFlags, OperationId, OperationKind, OperationState, Outcome, OutcomeCode, Role,
    Stage, TenantEvent, TenantId, WritebackSettings, evolve,
};
use crate::enrollment::enroll::TOKEN_CLAIM;
use crate::grpc::status::Refused;
use crate::operations::units::{Batch, OPERATION_CLAIM, unit};
use crate::operations::waiting_secret::WaitingSecret;
use crate::store::operations::state_name;
use crate::store::streams::{EventError, account_stream, connector_stream, connector_unit, tenant_stream};
use crate::store::tenants::GROUP_CLAIM;
use crate::store::{SYSTEM_LOG, StoreError};

const TENANT: TenantId = TenantId::new(uuid("0190a3b4-0001-7222-8333-444455556666"));
const CONNECTOR: ConnectorId = ConnectorId::new(uuid("0190a3b4-0003-7222-8333-444455556666"));
const ANCHOR: AccountAnchor = AccountAnchor::new(uuid("0190a3b4-0004-7222-8333-444455556666"));
const OPERATION: OperationId = OperationId::new(uuid("0190a3b4-0005-7222-8333-444455556666"));
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn shelf(name: &str) -> Shelf {
    Golden::of(env!("CARGO_MANIFEST_DIR")).shelf(name)
}

#[test]
fn every_folder_is_read() {
    Golden::of(env!("CARGO_MANIFEST_DIR")).has_shelves(&[
        "account",
        "attach",
        "columns",
        "connector",
        "erasable",
        "metadata",
        "tenant",
        "words",
    ]);
}

#[test]
fn events_of_accounts_are_read_and_written_again() {
    let ended_as = |code| {
        let outcome = Outcome::decided_here(code, Vec::new(), 0, 0);
        AccountEvent::Ended(Box::new(OperationEnded {
            operation_id: OPERATION,
            outcome,
        }))
        .event_type()
    };
    let types = names_of_variants!(AccountEvent {
        Requested => ["OperationRequested"],
        Delivered => ["OperationDelivered"],
        InDoubt => ["OperationInDoubt"],
        Ended => OutcomeCode::ALL.map(ended_as),
        OutcomeKept => ["OutcomeKeptAsEvidence"],
        SequenceSkipped => ["SequenceSkipped"],
        NotTaken => ["OperationNotTaken"],
    });
    shelf("account").records(
        &all_at(AccountEvent::SCHEMA_VERSION, &types),
        |of, version, body| {
            let event = AccountEvent::parse(of, version, body, None, None)?;
            assert_eq!(event.event_type(), of);
            Ok(event.body()?)
        },
    );
}

#[test]
fn events_of_tenants_are_read_and_written_again() {
    let of_tenant = names_of_variants!(TenantEvent {
        TenantCreated => ["TenantCreated"],
        ConnectorGroupCreated => ["ConnectorGroupCreated"],
        WritebackSettingsChanged => ["WritebackSettingsChanged"],
        AttemptRefused => ["AttemptRefused"],
    });
    let (of_enrollment, _) = connector_event_types();
    let types = [
        all_at(TenantEvent::SCHEMA_VERSION, &of_tenant),
        all_at(ConnectorEvent::SCHEMA_VERSION, &of_enrollment),
    ];
    shelf("tenant").records(&types.concat(), |of, version, body| {
        let Some(event) = TenantEvent::parse(of, body)? else {
            return again_as_connector_event(of, version, body);
        };
        assert_eq!(event.event_type(), of);
        Ok(event.body()?)
    });
}

#[test]
fn events_of_connectors_are_read_and_written_again() {
    let (_, types) = connector_event_types();
    let types = all_at(ConnectorEvent::SCHEMA_VERSION, &types);
    shelf("connector").records(&types, again_as_connector_event);
}

#[test]
fn what_stands_beside_a_body_is_read_and_written_again() {
    let metadata = shelf("metadata");
    metadata.records(&[("Metadata", 1)], |_, _, stored| again::<Metadata>(stored));
    let written = |metadata: &Metadata| serde_json::to_string(metadata).unwrap();
    let stored = |file: &str| String::from_utf8(metadata.bytes(file)).unwrap();
    assert_eq!(
        written(&unit_that("requested").records[0].metadata),
        stored("Metadata.v1.operation.json")
    );
    let body = shelf("connector").bytes("ConnectorDetached.v1.json");
    let detached = ConnectorEvent::parse("ConnectorDetached", 1, &body).unwrap();
    let unit = connector_unit(CONNECTOR, &[detached]).unwrap();
    assert_eq!(
        written(&unit.records[0].metadata),
        stored("Metadata.v1.actor.json")
    );
}

#[test]
fn erasable_parts_are_read_and_written_again() {
    let body = shelf("account").bytes("OperationRequested.v1.json");
    shelf("erasable").records(&[("OnBehalfOf", 1)], |_, _, stored| {
        let event = AccountEvent::parse("OperationRequested", 1, &body, None, Some(stored))?;
        Ok(event.erasable()?.unwrap_or_default())
    });
}

#[test]
fn columns_are_read_and_written_again() {
    let names = [
        "writeback_settings.settings",
        "operations.flags",
        "operations.outcome",
        "project_operation.requested",
        "project_operation.delivered",
        "project_operation.in_doubt",
        "project_operation.ended",
    ];
    shelf("columns").columns(&names, |name, stored| match name {
        "writeback_settings.settings" => again_as_json::<WritebackSettings>(stored),
        "operations.flags" => again_as_json::<OperationFlags>(stored),
        "operations.outcome" => again_as_json::<Outcome>(stored),
        // Rows are read from columns, not as JSON: these are only written.
        _ => Ok(unit_that(name.trim_start_matches("project_operation.")).calls[0]
            .argument
            .clone()),
    });
}

#[test]
fn words_are_the_stored_ones() {
    let kinds = OperationKind::ALL;
    let roles = every_variant!(Role {
        SelfServiceApp,
        Helpdesk,
        TenantAdministrator,
        Operator
    });
    let (stages, codes) = (Stage::ALL, OutcomeCode::ALL);
    let kept = every_variant!(EvidenceKept {
        Conflicting,
        TakenOver
    });
    let not_taken = every_variant!(NotTakenCause {
        Unspecified,
        NotVerified,
        NotUnderstood,
        AccountHeld,
        OperationAtWork,
        StoreUnavailable,
        ContradictsLog,
    });
    let forks = every_variant!(Fork {
        Incarnation,
        Truncated,
        Rewritten
    });
    // Columns and records hold the same words.
    assert_eq!(words_of(kinds), kinds.map(OperationKind::as_str));
    assert_eq!(kinds.map(|kind| kind.as_str().parse()), kinds.map(Ok));
    assert_eq!(words_of(roles), roles.map(Role::name));
    assert_eq!(words_of(codes), codes.map(OutcomeCode::as_str));
    assert_eq!(words_of(stages), stages.map(Stage::as_str));
    assert_eq!(words_of(not_taken), not_taken.map(NotTakenCause::as_str));
    let text = |stream: Result<StreamName, EventError>| stream.unwrap().as_str().to_owned();
    let streams = vec![
        text(account_stream(ANCHOR)),
        text(tenant_stream(TENANT)),
        text(connector_stream(CONNECTOR)),
    ];
    shelf("words").words(&[
        ("kind", words_of(kinds)),
        ("role", words_of(roles)),
        ("stage", words_of(stages)),
        ("outcome_code", words_of(codes)),
        ("evidence_kept", words_of(kept)),
        ("not_taken_cause", words_of(not_taken)),
        ("fork", words_of(forks)),
        (
            "operation_state",
            states().map(|state| state_name(&state).to_owned()).to_vec(),
        ),
        (
            "refusal",
            refusals()
                .iter()
                .map(|refused| refused.name().to_owned())
                .collect(),
        ),
        (
            "claim",
            [OPERATION_CLAIM, GROUP_CLAIM, TOKEN_CLAIM, FORK_CLAIM]
                .map(str::to_owned)
                .to_vec(),
        ),
        ("stream", streams),
        ("system_log", vec![SYSTEM_LOG.to_string()]),
    ]);
}

/// Those of tenants' streams, and those of connectors' streams.
fn connector_event_types() -> (Vec<&'static str>, Vec<&'static str>) {
    let types = names_of_variants!(ConnectorEvent {
        EnrollmentTokenIssued => ["EnrollmentTokenIssued"],
        EnrollmentTokenRevoked => ["EnrollmentTokenRevoked"],
        ConnectorEnrolled => ["ConnectorEnrolled"],
        ConnectorAttached => ["ConnectorAttached"],
        ConnectorDetached => ["ConnectorDetached"],
        SealingKeyRotated => ["SealingKeyRotated"],
        GroupDcChosen => ["GroupDcChosen"],
        GroupDcSet => ["GroupDcSet"],
        AccountsSynced => ["AccountsSynced"],
        LogForked => ["LogForked"],
    });
    types
        .into_iter()
        .partition(|name| name.starts_with("EnrollmentToken") || *name == "GroupDcSet")
}

fn again_as_connector_event(of: &str, version: u16, body: &[u8]) -> Again<Vec<u8>> {
    let event = ConnectorEvent::parse(of, version, body)?;
    assert_eq!(
        (event.event_type(), ConnectorEvent::SCHEMA_VERSION),
        (of, version)
    );
    Ok(event.body()?)
}

fn states() -> [OperationState; 4] {
    let outcome = Box::new(Outcome::decided_here(OutcomeCode::Cancelled, Vec::new(), 0, 0));
    let _held = names_of_variants!(OperationState {
        Requested => [""], Delivered => [""], InDoubt => [""], Ended => [""],
    });
    [
        OperationState::Requested,
        OperationState::Delivered { connector: CONNECTOR },
        OperationState::InDoubt {
            connector: CONNECTOR,
            since_us: 0,
        },
        OperationState::Ended {
            connector: None,
            outcome,
        },
    ]
}

/// What [`crate::domain::AttemptRefused`] may say, beside the names of reasons.
fn refusals() -> Vec<Refused> {
    let _held = names_of_variants!(Refused {
        Unauthenticated => [""], NotPermitted => [""], Invalid => [""], NotFound => [""], AlreadyExists => [""],
        GroupInUse => [""], Because => [""], Unimplemented => [""], Store => [""], Contended => [""], DeadlineExceeded => [""],
        RecordingUnknown => [""],
        Stopping => [""], Internal => [""],
    });
    vec![
        Refused::Unauthenticated,
        Refused::NotPermitted { role: Role::Helpdesk },
        Refused::Invalid(Vec::new()),
        Refused::NotFound("tenant"),
        Refused::AlreadyExists("tenant"),
        Refused::GroupInUse {
            delivered: 1,
            in_doubt: 0,
        },
        Refused::Because(Reason::new(ReasonCode::AccountLocked)),
        Refused::Unimplemented("this"),
        Refused::Store(StoreError::Stopping),
        Refused::Contended,
        Refused::DeadlineExceeded,
        Refused::Stopping,
        Refused::Internal("a defect".to_owned()),
    ]
}

/// The unit of the last of the events that lead to this state of an operation.
fn unit_that(state: &str) -> Unit {
    let stored = |file: &str| {
        let of = file.split('.').next().unwrap();
        let body = shelf("account").bytes(file);
        AccountEvent::parse(of, 1, &body, Some(TRACEPARENT), None).unwrap()
    };
    let path = [
        "OperationRequested.v1.json",
        "OperationDelivered.v1.json",
        "OperationInDoubt.v1.json",
        "OperationApplied.v1.json",
    ];
    let events = match state {
        "requested" => &path[..1],
        "delivered" => &path[..2],
        "in_doubt" => &path[..3],
        "ended" => &path[..],
        other => panic!("{other} is no state"),
    };
    let mut events: Vec<AccountEvent> = events.iter().map(|file| stored(file)).collect();
    let after = events.iter().fold(AccountState::default(), evolve);
    let copy = SealedCopy {
        key_id: "key".to_owned(),
        encapsulated_key: vec![1, 2],
        ciphertext: vec![1, 3],
    };
    let waiting = WaitingSecret {
        secret: Some(SealedSecret {
            copies: vec![copy],
            not_after: Some(Timestamp { seconds: 1, nanos: 0 }),
        }),
        proof: Some("a token".to_owned()),
    };
    let secret = (events.len() == 1).then_some((OPERATION, waiting));
    let batch = Batch {
        secret,
        ..Batch::of(vec![events.pop().unwrap()])
    };
    unit(TENANT, ANCHOR, StreamVersion::ZERO, &after, &batch).unwrap()
}
