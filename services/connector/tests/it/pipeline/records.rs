//! The audit store: what happens without it, what it never holds, and who may change it.

use groundwire_connector::domain::OperationKind;
use groundwire_connector::pipeline::CrashPoint;
use groundwire_eventlog::Record;
use groundwire_kit::testing::LogLines;
use groundwire_kit::testing::wait_until;
use groundwire_proto::gateway::v1::NotTakenCause;
use groundwire_proto::operation::v1::OutcomeCode;
use serde_json::Value;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::code_and_reasons;
use crate::pipeline::rig::{NEW, OLD, PipelineRig};

#[tokio::test]
async fn without_the_audit_store_nothing_is_written_and_the_reason_is_told() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    rig.store.take_away().await;
    let spec = EventSpec::new(OperationKind::SelfReset);
    process.handle(rig.sign_event(&spec)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await),
        (OutcomeCode::Failed, vec!["AUDIT_STORE_UNAVAILABLE"])
    );
    assert_eq!(rig.ad.sent(), 0);
    assert!(
        process.pipeline.open_operations().await.is_err(),
        "no list with gaps"
    );
    // A later attempt, whose operation is not ended by that, is not taken.
    let later = EventSpec::new(OperationKind::SelfReset).with_attempt(2);
    process.handle(rig.sign_event(&later)).await;
    let not_taken = (2, NotTakenCause::StoreUnavailable);
    assert_eq!(process.next_not_taken().await, not_taken);
    rig.store.give_back().await;
    // What was answered stays true.
    process.handle(rig.sign_event(&later)).await;
    assert_eq!(process.next_not_taken().await, not_taken);
    process.handle(rig.sign_event(&spec)).await;
    assert_eq!(
        process.next_not_taken().await,
        (1, NotTakenCause::StoreUnavailable)
    );
    // Recovery needs no restart.
    let spec = EventSpec::new(OperationKind::SelfReset);
    process.handle(rig.sign_event(&spec)).await;
    assert_eq!(
        code_and_reasons(&process.next_outcome().await).0,
        OutcomeCode::Applied
    );
}

#[tokio::test]
async fn a_store_that_goes_away_before_the_intent_stops_the_write_and_records_the_end_when_it_is_back() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let store = rig.store.clone();
    process.points.do_at(CrashPoint::BeforeIntent, move || {
        let store = store.clone();
        Box::pin(async move { store.take_away().await })
    });
    let spec = EventSpec::new(OperationKind::SelfReset);
    let task = process.begin(rig.sign_event(&spec));
    let report = process.next_outcome().await;
    assert_eq!(
        code_and_reasons(&report),
        (OutcomeCode::Failed, vec!["AUDIT_STORE_UNAVAILABLE"])
    );
    assert_eq!(rig.ad.sent(), 0);
    rig.store.give_back().await;
    task.await.unwrap();
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "Failed"]
    );
    process.acknowledge(&report).await;
    assert!(process.pipeline.open_operations().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_store_that_goes_away_after_the_write_delays_the_outcome_and_loses_nothing() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    let store = rig.store.clone();
    process.points.do_at(CrashPoint::AfterWrite, move || {
        let store = store.clone();
        Box::pin(async move { store.take_away().await })
    });
    let spec = EventSpec::new(OperationKind::SelfReset);
    let task = process.begin(rig.sign_event(&spec));
    wait_until("it was written", || async { rig.ad.effects().len() == 1 }).await;
    rig.store.give_back().await;
    let report = process.next_outcome().await;
    assert_eq!(code_and_reasons(&report).0, OutcomeCode::Applied);
    task.await.unwrap();
    assert_eq!(rig.ad.sent(), 1);
    assert_eq!(
        rig.store.history(&process.audit, spec.operation).await,
        ["Received", "WriteIntended", "Applied"]
    );
}

/// What may differ between two records of the same: ids, positions, times, durations, hashes.
fn without_what_may_differ(record: &Record) -> (String, Value, Option<Value>) {
    fn strip(value: &mut Value) {
        const MAY_DIFFER: [&str; 6] = [
            "operation",
            "content_digest",
            "expires_at_ms",
            "ended_at_ms",
            "anchor",
            "trace_id",
        ];
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| !name.ends_with("_us") && !MAY_DIFFER.contains(&name.as_str()));
                fields.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut body: Value = serde_json::from_slice(&record.body).unwrap();
    strip(&mut body);
    let erasable = record.erasable.as_deref().map(|bytes| {
        let mut value: Value = serde_json::from_slice(bytes).unwrap();
        strip(&mut value);
        value
    });
    (record.event_type.clone(), body, erasable)
}

#[tokio::test]
async fn two_passwords_that_break_the_same_rules_leave_equal_records_and_log_lines() {
    let mut left = Vec::new();
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    // The first one is there for what is logged only once.
    for password in [OLD, "abc", "zyxwvut", NEW, "Another-Window-19!"] {
        let log = LogLines::default();
        let listening = log.listen();
        let spec = EventSpec {
            new: Some(password.to_owned()),
            sequence: 5,
            last_applied: 0,
            ..EventSpec::new(OperationKind::SelfReset)
        };
        rig.ad.change_account(|account| {
            account.marker = None;
            account.password_version = Some(7);
        });
        process.handle(rig.sign_event(&spec)).await;
        let report = process.next_outcome().await;
        process.acknowledge(&report).await;
        drop(listening);
        let records = rig.store.records(&process.audit, spec.operation).await;
        let records: Vec<_> = records.iter().map(without_what_may_differ).collect();
        left.push((records, log.lines()));
    }
    assert_eq!(left[1], left[2], "two that are refused");
    assert_eq!(left[3], left[4], "two that are applied");
    assert_ne!(left[1].0, left[3].0);
}

#[tokio::test]
async fn no_password_is_in_any_table() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    for (sequence, kind) in [(5, OperationKind::Change), (6, OperationKind::SelfReset)] {
        process
            .handle(rig.sign_event(&EventSpec {
                sequence,
                ..EventSpec::new(kind)
            }))
            .await;
        process.next_outcome().await;
    }
    let everything = rig.store.everything().await;
    assert!(everything.contains("connector"), "the dump holds something");
    for password in [OLD, NEW] {
        let utf16: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for form in [password.to_owned(), hex::encode(password), hex::encode(utf16)] {
            assert!(!everything.contains(&form), "a password was recorded");
        }
    }
}

#[tokio::test]
async fn the_services_role_can_append_and_never_change_what_was_recorded() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    process
        .handle(rig.sign_event(&EventSpec::new(OperationKind::SelfReset)))
        .await;
    process.next_outcome().await;
    let pool = rig.store.service_pool();
    for sql in [
        "UPDATE eventlog.records SET body = ''",
        "DELETE FROM eventlog.records",
        "TRUNCATE eventlog.records CASCADE",
        "DELETE FROM connector.operations",
        "UPDATE connector.audit_store SET log = gen_random_uuid()",
        "SELECT connector.grant_service('postgres')",
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .unwrap_err();
        let code = refused
            .as_database_error()
            .and_then(|error| error.code().map(String::from));
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
    assert!(process.audit.reader().verify(&[]).await.unwrap().is_ok());
}

#[tokio::test]
async fn the_stores_id_stays_and_its_projection_can_be_built_anew() {
    let rig = PipelineRig::new().await;
    let mut process = rig.start_process().await;
    for sequence in [5, 6] {
        process
            .handle(rig.sign_event(&EventSpec {
                sequence,
                ..EventSpec::new(OperationKind::SelfReset)
            }))
            .await;
    }
    let report = process.next_outcome().await;
    process.acknowledge(&report).await;
    groundwire_connector::audit::migrate(&rig.store.owner)
        .await
        .unwrap();
    let again = rig.start_process().await;
    assert_eq!(again.audit.store_id(), process.audit.store_id());
    let rows = "SELECT array_agg(o::text ORDER BY operation) FROM connector.operations o";
    let before: Vec<String> = sqlx::query_scalar(rows)
        .fetch_one(&rig.store.owner)
        .await
        .unwrap();
    let owner = groundwire_connector::audit::AuditLog::open(
        rig.store.owner.clone(),
        rig.connector,
        std::sync::Arc::new(groundwire_kit::clock::SystemClock),
    )
    .await
    .unwrap();
    assert_eq!(owner.rebuild_projection(&mut |_, _| {}).await.unwrap(), 2);
    let after: Vec<String> = sqlx::query_scalar(rows)
        .fetch_one(&rig.store.owner)
        .await
        .unwrap();
    assert_eq!(before, after);
}
