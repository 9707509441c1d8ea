//! An audit store that an earlier version filled is migrated, read, and written on (`tests/upgrade`).

use std::sync::Arc;

use groundwire_connector::audit::operation::{Closed, End};
use groundwire_connector::audit::{
    AuditLog, ConnectorEvent, Entry, OperationEvent, OperationRecord, OperationStage,
};
use groundwire_connector::domain::{ConnectorId, OperationId};
use groundwire_connector::grpc::AuditApi;
use groundwire_eventlog::{Metadata, Position, Record};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::testing::{EarlierVersion, earlier_versions};
use groundwire_proto::audit::v1::ListAuditEventsRequest;
use groundwire_proto::audit::v1::audit_service_server::AuditService as _;
use serde_json::Value;
use tonic::Request;
use uuid::Uuid;

use crate::pipeline::store::TestAuditStore;

/// Most records that are read: the dumps hold less.
const ALL: u32 = 1_000;

#[tokio::test]
async fn the_chain_verifies_and_every_record_is_read_and_written_again_byte_for_byte() {
    for version in earlier_versions() {
        let (_store, audit) = restored(&version).await;
        let records = all_records(&audit).await;
        for record in &records {
            let (schema_version, body) = written_again(record);
            if schema_version == record.schema_version {
                assert_eq!(text(&body), text(&record.body));
            }
        }

        let list = ListAuditEventsRequest {
            page_size: i32::try_from(ALL).unwrap(),
            ..ListAuditEventsRequest::default()
        };
        let listed = AuditApi::new(audit).list_audit_events(Request::new(list)).await;
        let listed = listed.unwrap().into_inner().audit_events;
        assert_eq!(listed.len(), records.len());
        for (event, record) in listed.iter().zip(&records) {
            assert_eq!(event.body_json, text(&record.body));
            assert_eq!(
                event.personal_json,
                text(record.erasable.as_deref().unwrap_or_default())
            );
        }
    }
}

#[tokio::test]
async fn an_operation_ended_as_the_directory_told_its_callers() {
    for version in earlier_versions() {
        let (_store, audit) = restored(&version).await;
        let mut compared = 0;
        for told in version.operations() {
            let here = audit.operation(id_of(told)).await.unwrap();
            let (Some(ended), Some(outcome)) = (&here.ended, told.get("outcome")) else {
                continue;
            };
            assert_eq!(outcome_name(ended.end), outcome["code"], "{told}");
            assert_eq!(
                ended
                    .reasons
                    .iter()
                    .map(|r| format!("REASON_CODE_{}", r.name()))
                    .collect::<Vec<_>>(),
                reasons_of(outcome),
                "{told}"
            );
            assert_eq!(here.stage(), OperationStage::Done, "{told}");
            compared += 1;
        }
        assert!(compared > 0, "{} has none in common", version.name);
    }
}

#[tokio::test]
async fn the_projection_rebuilt_from_the_log_is_what_was_stored() {
    for version in earlier_versions() {
        let (store, audit) = restored(&version).await;
        let stored = projection(&store).await;
        let owner = AuditLog::open(store.owner.clone(), audit.connector(), Arc::new(SystemClock)).await;
        let rebuilt = owner.unwrap().rebuild_projection(&mut |_, _| {}).await.unwrap();
        assert_eq!(rebuilt, u64::try_from(stored.len()).unwrap());
        assert!(rebuilt > 0);
        for (now, before) in projection(&store).await.iter().zip(&stored) {
            assert_eq!(now, before, "{}", version.name);
        }
    }
}

#[tokio::test]
async fn what_was_open_is_still_open_and_its_stream_goes_on() {
    for version in earlier_versions() {
        let (_store, audit) = restored(&version).await;
        let open: Vec<OperationRecord> = audit.open_operations().await.unwrap();
        let mut at_the_directory: Vec<OperationId> = (version.operations().into_iter())
            .filter(|told| told["state"] != "OPERATION_STATE_ENDED")
            .map(id_of)
            .collect();
        at_the_directory.sort_unstable();
        let mut here: Vec<OperationId> = open.iter().map(|record| record.operation).collect();
        here.sort_unstable();
        assert_eq!(here, at_the_directory, "{}", version.name);
        let one = open.first().expect("nothing was open");
        assert!(one.was_ever_intended(), "{:?}", one.stage());

        let before = all_records(&audit).await.len();
        let closed = Closed {
            outcome: "UNKNOWN".to_owned(),
            reasons: vec!["OUTCOME_UNKNOWN".to_owned()],
        };
        let entry = Entry {
            operation: one.operation,
            expected: one.version,
            event: OperationEvent::Closed(closed),
            metadata: Metadata::default(),
            personal: one.personal.clone(),
        };
        audit.record(entry).await.unwrap();
        assert_eq!(all_records(&audit).await.len(), before + 1);
        let after = audit.operation(one.operation).await.unwrap();
        assert_eq!(
            (after.version, after.stage()),
            (one.version.next(), OperationStage::Done)
        );
        assert_eq!(audit.open_operations().await.unwrap().len(), open.len() - 1);
    }
}

/// As the service opens it: for the connector whose operations are there.
async fn restored(version: &EarlierVersion) -> (TestAuditStore, AuditLog) {
    let store = TestAuditStore::restored(&version.connector).await;
    let connectors: Vec<Uuid> = sqlx::query_scalar("SELECT DISTINCT connector FROM connector.operations")
        .fetch_all(&store.owner)
        .await
        .unwrap();
    let [connector] = connectors.as_slice() else {
        panic!("{}: {connectors:?}", version.name)
    };
    let audit = store.open(ConnectorId::new(*connector)).await;
    (store, audit)
}

/// Every record of the log, whose chain is proved.
async fn all_records(audit: &AuditLog) -> Vec<Record> {
    let head = audit.reader().verify(&[]).await.unwrap();
    let head = head.unwrap_or_else(|broken| panic!("{broken}"));
    let records = audit.reader().read_log(Position::ZERO, ALL).await.unwrap();
    assert_eq!(records.last().map(|last| last.hash), Some(head.hash));
    records
}

/// The record's body as this version writes what it read, and the version of its schema.
fn written_again(record: &Record) -> (u16, Vec<u8>) {
    let (event_type, version, body) = (&*record.event_type, record.schema_version, &record.body);
    if record.stream.as_str().starts_with("operation/") {
        let event = OperationEvent::decode(event_type, version, body).unwrap();
        assert_eq!(event.event_type(), event_type);
        (OperationEvent::SCHEMA_VERSION, event.encode().unwrap())
    } else {
        let event = ConnectorEvent::decode(event_type, version, body).unwrap();
        assert_eq!(event.event_type(), event_type);
        (
            ConnectorEvent::SCHEMA_VERSION,
            serde_json::to_vec(&event).unwrap(),
        )
    }
}

async fn projection(store: &TestAuditStore) -> Vec<String> {
    sqlx::query_scalar("SELECT to_jsonb(o)::text FROM connector.operations o ORDER BY 1")
        .fetch_all(&store.owner)
        .await
        .unwrap()
}

fn id_of(told: &Value) -> OperationId {
    told["operationId"].as_str().unwrap().parse().unwrap()
}

fn reasons_of(outcome: &Value) -> Vec<String> {
    let reasons = outcome["reasons"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let code = |reason: &Value| reason["code"].as_str().unwrap().to_owned();
    reasons.iter().map(code).collect()
}

/// How the contract names it: it does not say whether Active Directory was asked.
const fn outcome_name(end: End) -> &'static str {
    match end {
        End::Applied => "OUTCOME_CODE_APPLIED",
        End::Refused | End::Rejected => "OUTCOME_CODE_REJECTED",
        End::Failed => "OUTCOME_CODE_FAILED",
        End::Expired => "OUTCOME_CODE_EXPIRED",
        End::Superseded => "OUTCOME_CODE_SUPERSEDED",
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
