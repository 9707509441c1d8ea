//! What is kept: one trace through both services, the audit record beside it, and never a secret.

use std::collections::BTreeSet;
use std::time::Duration;

use groundwire_proto::operation::v1::OutcomeCode;
use groundwire_tests::otlp::Span;
use serde_json::Value;
use uuid::Uuid;

use crate::world::{As, INITIAL, World, code_of, fresh_password, until};

const PATIENCE: Duration = Duration::from_secs(20);

fn spans(world: &World) -> Vec<Span> {
    let mut found = Vec::new();
    for receiver in ["otlp-cloud", "otlp-onprem"] {
        // Read through the part itself: its file system is its own.
        let text = world.inside(receiver, &["cat", "/spans/spans.jsonl"]);
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        found.extend(
            whole
                .lines()
                .map(|line| serde_json::from_str::<Span>(line).expect("a span")),
        );
    }
    found
}

#[tokio::test]
async fn one_trace_holds_the_spans_of_both_services_and_the_audit_record_names_it() {
    let world = World::ready().await;
    let account = world.account().await;
    let id = Uuid::new_v4();
    let trace = Uuid::new_v4().simple().to_string();
    let request = crate::world::change_request(id, &account, INITIAL, &fresh_password());
    let mut request = world.request(As::App, PATIENCE, request);
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    request
        .metadata_mut()
        .insert("traceparent", parent.parse().expect("metadata"));
    let answer = world
        .passwords()
        .change_password(request)
        .await
        .expect("an answer")
        .into_inner();
    let operation = answer.operation.expect("an operation");
    assert_eq!(code_of(&operation), OutcomeCode::Applied, "{operation:?}");
    assert_eq!(operation.trace_id, trace, "the caller's trace is not continued");

    // One tree: every span's parent is in the trace, but for the caller's own. A span may come before its parent, with an
    // earlier batch of its exporter.
    until("one whole tree has arrived", Duration::from_secs(30), || async {
        let of_trace: Vec<Span> = spans(&world)
            .into_iter()
            .filter(|span| span.trace_id == trace)
            .collect();
        let ids: BTreeSet<&str> = of_trace.iter().map(|span| span.span_id.as_str()).collect();
        let is_there = |service: &str, name: &str| {
            of_trace
                .iter()
                .any(|span| span.service == service && span.name.contains(name))
        };
        ["policy", "intent", "write"]
            .iter()
            .all(|stage| is_there("groundwire-connector", stage))
            && is_there("groundwire-directory", "ChangePassword")
            && of_trace.iter().all(|span| {
                ids.contains(span.parent_span_id.as_str()) || span.parent_span_id == "00f067aa0ba902b7"
            })
    })
    .await;
    let events = world.audit_of(&id.to_string()).await;
    let types: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
    for expected in ["Received", "WriteIntended", "Applied"] {
        assert!(types.contains(&expected), "{types:?}");
    }
    assert!(events.iter().all(|event| event.trace_id == trace), "{events:?}");
}

#[tokio::test]
async fn no_password_is_in_any_log_table_or_span() {
    let world = World::ready().await;
    let account = world.account().await;
    let (applied, refused) = (fresh_password(), "zq7!Vx".to_owned());
    let wrong = format!("Wrong-{}", Uuid::new_v4().simple());
    let operation = world
        .change(&account, INITIAL, &applied)
        .await
        .expect("an answer");
    assert_eq!(code_of(&operation), OutcomeCode::Applied);
    let _ = world
        .change(&account, &applied, &refused)
        .await
        .expect("an answer");
    let _ = world
        .change(&account, &wrong, &fresh_password())
        .await
        .expect("an answer");
    let _ = world.check(&account, &wrong).await.expect("a verdict");
    let mut secrets = vec![INITIAL.to_owned(), applied, refused, wrong];
    for file in [
        "app_token",
        "helpdesk_token",
        "administrator_token",
        "operator_token",
        "auditor_token",
    ] {
        secrets.push(world.secret(file));
    }
    for file in ["dc_service_password", "dc_administrator_password"] {
        secrets.push(world.secret(file));
    }
    assert!(world.secrets_dir().is_dir());

    let mut places: Vec<(String, String)> = Vec::new();
    for part in [
        "directory",
        "connector",
        "directory-db",
        "connector-db",
        "otlp-cloud",
        "otlp-onprem",
        "setup",
    ] {
        places.push((format!("log of {part}"), world.logs(part)));
    }
    for database in ["directory-db", "connector-db"] {
        let dump = ["sh", "-c", "pg_dump --inserts -U postgres \"$DATABASE\""];
        places.push((format!("tables of {database}"), world.inside(database, &dump)));
    }
    places.push(("spans".to_owned(), format!("{:?}", spans(&world))));
    for (place, text) in &places {
        assert!(
            !text.is_empty() || place.starts_with("log of otlp"),
            "{place} is empty"
        );
        for (number, secret) in secrets.iter().enumerate() {
            for form in forms(secret) {
                assert!(!text.contains(&form), "secret {number} is in the {place}");
            }
        }
    }
}

/// As text, and as bytes a dump or a span might show: hex and base64 of UTF-8, and hex of UTF-16LE.
fn forms(secret: &str) -> Vec<String> {
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![secret.to_owned(), hex::encode(secret), hex::encode(utf16)]
}

#[tokio::test]
async fn two_passwords_that_break_the_same_rules_leave_equal_records() {
    let world = World::ready().await;
    let mut kept = Vec::new();
    for candidate in ["abc", "zzzzz"] {
        let id = Uuid::new_v4();
        let answer = world
            .change_as(As::App, id, PATIENCE, "dave", INITIAL, candidate)
            .await;
        assert_eq!(
            code_of(answer.as_ref().expect("an answer")),
            OutcomeCode::Rejected
        );
        until("the outcome is acknowledged", Duration::from_secs(10), || async {
            let events = world.audit_of(&id.to_string()).await;
            events.iter().any(|event| event.event_type == "Reported")
        })
        .await;
        let events = world.audit_of(&id.to_string()).await;
        let bodies: Vec<(String, Value, String)> = events
            .into_iter()
            .map(|event| {
                let body = serde_json::from_str(&event.body_json).expect("JSON");
                (
                    event.event_type,
                    without_what_may_differ(body),
                    event.personal_json,
                )
            })
            .collect();
        kept.push(bodies);
    }
    assert_eq!(kept[0], kept[1]);
}

/// Leaves out ids, positions, times, durations and hashes, by the names of their fields.
fn without_what_may_differ(value: Value) -> Value {
    const MAY_DIFFER: &[&str] = &[
        "id",
        "position",
        "sequence",
        "time",
        "at",
        "us",
        "ms",
        "duration",
        "durations",
        "hash",
        "digest",
        "trace",
        "head",
        "traceparent",
        "version",
        "marker",
    ];
    let differs = |name: &str| name.split('_').any(|word| MAY_DIFFER.contains(&word));
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| !differs(name));
            Value::Object(
                kept.map(|(name, value)| (name, without_what_may_differ(value)))
                    .collect(),
            )
        }
        Value::Array(values) => Value::Array(values.into_iter().map(without_what_may_differ).collect()),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

#[tokio::test]
async fn no_core_is_ever_dumped() {
    let world = World::ready().await;
    for part in ["directory", "connector"] {
        let limits = world.inside(part, &["cat", "/proc/1/limits"]);
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .expect("a limit");
        assert!(core.split_whitespace().nth(4) == Some("0"), "{part}: {core}");
    }
}
