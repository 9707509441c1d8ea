//! Holds the stored names of the connector: everything that its log and its projection hold is read from `tests/golden`
//! and written again (see [`groundwire_kit::testing::golden`]).

use groundwire_eventlog::Metadata;
use groundwire_kit::testing::golden::{Golden, Shelf, again, all_at, uuid, words_of};
use groundwire_kit::{every_variant, names_of_variants};

use super::connector_events::ConnectorEvent;
use super::log::{
    ATTEMPT_CLAIM, attempt_key, connector_actor, connector_stream, operation_stream, personal_bytes,
};
use super::operation::{End, OperationEvent, Personal, Proof, StandDownCause};
use super::projection::OperationRow;
use crate::domain::{Attempt, ConnectorId, OperationId, OperationKind};

const CONNECTOR: ConnectorId = ConnectorId::new(uuid("0190a3b4-0003-7222-8333-444455556666"));
const OPERATION: OperationId = OperationId::new(uuid("0190a3b4-0005-7222-8333-444455556666"));

fn shelf(name: &str) -> Shelf {
    Golden::of(env!("CARGO_MANIFEST_DIR")).shelf(name)
}

#[test]
fn every_folder_is_read() {
    Golden::of(env!("CARGO_MANIFEST_DIR")).has_shelves(&[
        "columns",
        "connector",
        "erasable",
        "metadata",
        "operation",
        "pipeline",
        "words",
    ]);
}

#[test]
fn events_of_operations_are_read_and_written_again() {
    let ends = every_variant!(End {
        Applied,
        Refused,
        Rejected,
        Failed,
        Expired,
        Superseded
    });
    let types = names_of_variants!(OperationEvent {
        Received => ["Received"],
        FenceIntended => ["FenceIntended"],
        Fenced => ["Fenced"],
        WriteIntended => ["WriteIntended"],
        FollowUpIntended => ["FollowUpIntended"],
        Ended => ends.map(End::event_type),
        StoodDown => ["StoodDown"],
        Closed => ["Closed"],
        Reported => ["Reported"],
    });
    let types = all_at(OperationEvent::SCHEMA_VERSION, &types);
    shelf("operation").records(&types, |of, version, body| {
        let event = OperationEvent::decode(of, version, body)?;
        assert_eq!(event.event_type(), of);
        Ok(event.encode()?)
    });
}

#[test]
fn events_of_the_connector_are_read_and_written_again() {
    let types = names_of_variants!(ConnectorEvent {
        Started => ["Started"],
        Attached => ["Attached"],
        Detached => ["Detached"],
        PolicyChanged => ["PolicyChanged"],
        DcSelected => ["DcSelected"],
        DcLost => ["DcLost"],
        GuardrailTripped => ["GuardrailTripped"],
        KeyRotated => ["KeyRotated"],
        CertificateRenewed => ["CertificateRenewed"],
        EventRefused => ["EventRefused"],
        AlarmRaised => ["AlarmRaised"],
        Stopped => ["Stopped"],
    });
    let types = all_at(ConnectorEvent::SCHEMA_VERSION, &types);
    shelf("connector").records(&types, |of, version, body| {
        let event = ConnectorEvent::decode(of, version, body)?;
        assert_eq!(event.event_type(), of);
        Ok(serde_json::to_vec(&event)?)
    });
}

#[test]
fn what_stands_beside_a_body_is_read_and_written_again() {
    let metadata = shelf("metadata");
    metadata.records(&[("Metadata", 1)], |_, _, stored| again::<Metadata>(stored));
    assert_eq!(
        serde_json::to_vec(&connector_actor(CONNECTOR)).unwrap(),
        metadata.bytes("Metadata.v1.connector.json")
    );
    shelf("erasable").records(&[("Personal", 1)], |_, _, stored| {
        let read: Personal = serde_json::from_slice(stored)?;
        Ok(personal_bytes(&read)?.unwrap_or_default())
    });
}

#[test]
fn changes_to_the_projection_are_written_as_before() {
    let names = [
        "project_operation.received",
        "project_operation.received_without_trace",
        "project_operation.done",
        "project_operation.wrong_try",
        "project_operation.unanswered_try",
        "project_operation.tries_cleared",
    ];
    shelf("columns").columns(&names, |name, _| {
        let (of, file) = match name {
            "project_operation.received" => ("Received", "Received.v1.json"),
            "project_operation.received_without_trace" => ("Received", "Received.v1.minimal.json"),
            "project_operation.wrong_try" => ("Rejected", "Rejected.v1.wrong_password.json"),
            "project_operation.unanswered_try" => ("Failed", "Failed.v1.unanswered_try.json"),
            "project_operation.tries_cleared" => ("Applied", "Applied.v1.cleared_tries.json"),
            _ => ("Reported", "Reported.v1.json"),
        };
        let body = shelf("operation").bytes(file);
        let event = OperationEvent::decode(of, OperationEvent::SCHEMA_VERSION, &body)?;
        Ok(serde_json::to_value(OperationRow::change(
            CONNECTOR, OPERATION, &event,
        ))?)
    });
}

#[test]
fn words_are_the_stored_ones() {
    let kinds = OperationKind::ALL;
    for kind in kinds {
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
    let proofs = every_variant!(Proof {
        None,
        Asserted,
        TokenNotVerified
    });
    let causes = every_variant!(StandDownCause {
        TakenOver,
        SecretGone
    });
    let streams = [operation_stream(OPERATION), connector_stream(CONNECTOR)];
    shelf("words").words(&[
        ("kind", kinds.map(|kind| kind.as_str().to_owned()).to_vec()),
        ("proof", words_of(proofs)),
        ("stand_down_cause", words_of(causes)),
        ("claim", vec![ATTEMPT_CLAIM.to_owned()]),
        ("claim_key", vec![attempt_key(OPERATION, Attempt(2))]),
        (
            "stream",
            streams.map(|stream| stream.unwrap().as_str().to_owned()).to_vec(),
        ),
    ]);
}
