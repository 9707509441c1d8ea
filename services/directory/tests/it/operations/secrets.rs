//! What an operation leaves behind at the directory says nothing about its password.

use groundwire_directory::domain::OperationKind;
use groundwire_directory::operations::GivenSecret;
use groundwire_envelope::{Password, SecretPayload};
use groundwire_kit::testing::LogLines;
use groundwire_proto::reasons::ReasonCode;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use crate::operations::rig::{DirectoryRig, new_account, rejected, wait_for_end};

/// Leaves out ids of operations, positions, times and durations, by the names of their fields.
fn without_what_may_differ(value: Value) -> Value {
    const MAY_DIFFER: [&str; 5] = [
        "operation_id",
        "correlation",
        "sequence",
        "requested_at",
        "expires_at",
    ];
    let differs = |name: &str| name.ends_with("_us") || MAY_DIFFER.contains(&name);
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| !differs(name))
            .map(|(name, value)| (name, without_what_may_differ(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_what_may_differ).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

#[tokio::test]
async fn two_passwords_leave_equal_records_rows_and_log_lines() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    let stream = groundwire_eventlog::StreamName::of("account", anchor.uuid()).unwrap();
    let reader = directory.store.reader(directory.tenant);
    let mut version = groundwire_eventlog::StreamVersion::ZERO;
    let mut left = Vec::new();
    // The first one is there for what is told only once.
    for password in ["first", "abc", "Etwas-Längeres-19!"] {
        let told = LogLines::default();
        let listening = told.listen();
        let mut spec = directory.spec(anchor, OperationKind::AdminReset);
        let id = spec.request.operation_id;
        spec.request.secret =
            GivenSecret::Plaintext(SecretPayload::reset(Password::new(password.to_owned())));
        let mut following = directory.request(spec).await.unwrap();
        let event = directory.connector.next_event().await;
        directory
            .report(&event, rejected(&event, ReasonCode::PasswordTooShort))
            .await;
        wait_for_end(&mut following).await;
        drop(listening);
        let records = reader.read_stream(&stream, version, 100).await.unwrap();
        version = records.last().unwrap().stream_version;
        let json = |bytes: &[u8]| without_what_may_differ(serde_json::from_slice(bytes).unwrap());
        let records: Vec<_> = records
            .iter()
            .map(|record| {
                let erasable = record.erasable.as_deref().map(json);
                (
                    record.event_type.clone(),
                    json(&record.body),
                    json(&record.metadata_bytes),
                    erasable,
                )
            })
            .collect();
        let row = format!("SELECT to_jsonb(o) FROM directory.operations o WHERE operation_id = '{id}'");
        let row: Value = sqlx::query_scalar(AssertSqlSafe(row))
            .fetch_one(&directory.database.superuser)
            .await
            .unwrap();
        left.push((records, without_what_may_differ(row), told.lines()));
    }
    assert_eq!(left[1].0.len(), 3);
    assert_eq!(left[1], left[2]);
}
