//! `verify` and `rebuild` as an auditor and an operator run them: the real program, against an audit log that somebody with
//! every right has changed.

use std::process::Output;

use groundwire_connector::domain::OperationKind;
use groundwire_connector::identity::{ConnectorIdentity, IdentityFolder};
use groundwire_envelope::signed::SigningKey;
use groundwire_eventlog::{ExpectedVersion, Head, Metadata, NewRecord, Position, StreamName, Unit, erase};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _};
use uuid::Uuid;

use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::PipelineProcess;
use crate::pipeline::rig::PipelineRig;
use crate::uplink::process::{program, write};

/// A connector that carried out one operation, the program beside it, and where its log ends.
struct Case {
    rig: PipelineRig,
    process: PipelineProcess,
    folder: tempfile::TempDir,
    head: Head,
}

impl Case {
    async fn new() -> Self {
        let rig = PipelineRig::new().await;
        let mut process = rig.start_process().await;
        process
            .handle(rig.sign_event(&EventSpec::new(OperationKind::SelfReset)))
            .await;
        let report = process.next_outcome().await;
        process.acknowledge(&report).await;
        let head = process.audit.reader().head().await.unwrap();
        assert!(head.position >= Position(4), "{head:?}");
        let folder = tempfile::tempdir().unwrap();
        let case = Self {
            rig,
            process,
            folder,
            head,
        };
        case.write_files();
        case
    }

    fn write_files(&self) {
        let at = self.folder.path();
        let state = at.join("state");
        std::fs::create_dir(&state).unwrap();
        let service = write(at, "service", &self.rig.store.service_url());
        let owner = write(at, "owner", &self.rig.store.owner_url());
        let config = format!(
            "identity.folder = {state:?}\ndatabase.url_file = {service:?}\nmigrate.url_file = {owner:?}\n"
        );
        write(at, "connector.toml", &config);
        let identity = ConnectorIdentity {
            tenant: self.rig.tenant,
            group: self.rig.group,
            connector: self.rig.connector,
            key: String::new().into(),
            chain_pem: String::new(),
            event_key: SigningKey::generate().unwrap().verifying_key(),
            gateway_ca_pem: String::new(),
        };
        identity.keep(&IdentityFolder::new(state).connector()).unwrap();
    }

    /// As somebody with every right, who switches the triggers off.
    async fn tamper(&self, sql: &str) {
        let sql = format!("SET session_replication_role = replica; {sql}; RESET session_replication_role");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&self.rig.store.owner)
            .await
            .unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        program(self.folder.path()).args(arguments).output().unwrap()
    }

    /// The break that is found, as a program reads it.
    fn found(&self, more: &[&str]) -> (u64, String) {
        let output = self.run(&[&["verify", "--json"], more].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = &report["logs"][0]["chain_break"];
        (
            found["position"].as_u64().unwrap(),
            found["defect"].as_str().unwrap().to_owned(),
        )
    }

    async fn rows(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT o::text FROM connector.operations o ORDER BY operation")
            .fetch_all(&self.rig.store.owner)
            .await
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn shown(head: &Head) -> String {
    format!("{}:{}", head.position, head.hash)
}

#[tokio::test]
async fn a_whole_audit_log_is_proved_to_its_head_and_an_erased_part_is_no_break() {
    let case = Case::new().await;
    let seen = format!(
        "{{\"log_id\":\"{}\",\"incarnation_id\":\"{}\",\"position\":7,\"hash\":\"{}\"}}",
        Uuid::from_u128(5),
        Uuid::from_u128(6),
        "0b".repeat(32)
    );
    write(&case.folder.path().join("state"), "directory-head.json", &seen);
    let head = shown(&case.head);
    let whole = case.run(&["verify", "--expect", &head]);
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");
    let text = said(&whole);
    assert!(text.starts_with("audit log: whole\n"), "{text}");
    assert!(text.contains(&format!("  {head}\n")), "{text}");
    assert!(text.contains(&format!("  7:{}\n", "0b".repeat(32))), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");

    let positions: Vec<Position> = (1..=case.head.position.0).map(Position).collect();
    let erased = erase(&case.rig.store.owner, case.head.log, &positions)
        .await
        .unwrap();
    assert!(erased > 0);
    let again = case.run(&["verify", "--json", "--expect", &head]);
    assert_eq!(again.status.code(), Some(0), "{again:?}");
    let report: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(report["logs"][0]["erased"], erased);
}

#[tokio::test]
async fn an_audit_record_that_was_edited_is_a_break_at_its_position() {
    let case = Case::new().await;
    case.tamper("UPDATE eventlog.records SET event_type = 'Rejected' WHERE position = 3")
        .await;
    assert_eq!(case.found(&[]), (3, "ALTERED".to_owned()));
}

#[tokio::test]
async fn an_audit_record_that_was_removed_from_the_end_is_seen_by_the_head_that_somebody_kept() {
    let case = Case::new().await;
    let last = case.head.position.0;
    case.tamper(&format!("DELETE FROM eventlog.records WHERE position = {last}"))
        .await;
    assert_eq!(case.found(&[]), (last, "TRUNCATED".to_owned()));
    case.tamper(&format!(
        "UPDATE eventlog.log_heads SET position = {last} - 1,
         hash = (SELECT hash FROM eventlog.records WHERE position = {last} - 1)"
    ))
    .await;
    let unseen = case.run(&["verify"]);
    assert_eq!(unseen.status.code(), Some(0), "{unseen:?}");
    let kept = shown(&case.head);
    assert_eq!(case.found(&["--expect", &kept]), (last, "TRUNCATED".to_owned()));
}

#[tokio::test]
async fn an_audit_event_that_this_version_cannot_read_is_a_finding_though_the_chain_holds() {
    let case = Case::new().await;
    let record = NewRecord {
        event_type: "Teleported".into(),
        schema_version: 1,
        body: b"{}".to_vec(),
        metadata: Metadata::default(),
        erasable: None,
    };
    let log = groundwire_eventlog::Appender::open(
        case.rig.store.owner.clone(),
        case.head.log,
        groundwire_eventlog::AppenderOptions::new(std::sync::Arc::new(|| 1)),
    )
    .await
    .unwrap();
    let stream = StreamName::of("operation", Uuid::new_v4()).unwrap();
    log.append(Unit::new(stream, ExpectedVersion::Any, vec![record]))
        .await
        .unwrap();
    let output = case.run(&["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["logs"][0]["unreadable"][0]["event_type"], "Teleported");
}

#[tokio::test]
async fn an_audit_log_that_is_gone_is_not_whole_and_nothing_is_rebuilt_from_it() {
    let case = Case::new().await;
    let before = case.rows().await;
    for gone in [
        "DELETE FROM eventlog.log_heads",
        "DELETE FROM eventlog.records; DELETE FROM eventlog.stream_heads; DELETE FROM eventlog.claims",
    ] {
        case.tamper(gone).await;
        let found = case.run(&["verify"]);
        assert_eq!(found.status.code(), Some(1), "{gone}: {found:?}");
        assert!(said(&found).starts_with("audit log: MISSING\n"), "{found:?}");
        let rebuilt = case.run(&["rebuild"]);
        assert_eq!(rebuilt.status.code(), Some(1), "{gone}: {rebuilt:?}");
        assert_eq!(case.rows().await, before);
        let found = case.run(&["verify"]);
        assert_eq!(found.status.code(), Some(1), "a log was begun anew: {found:?}");
    }
}

#[tokio::test]
async fn an_audit_store_that_was_pointed_at_another_log_is_not_whole() {
    let case = Case::new().await;
    case.tamper("UPDATE connector.audit_store SET log = gen_random_uuid(); DELETE FROM connector.operations")
        .await;
    let found = case.run(&["verify"]);
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    assert!(said(&found).starts_with("audit log: MISSING\n"), "{found:?}");
}

#[tokio::test]
async fn a_table_is_rebuilt_with_the_trace_of_an_earlier_attempt_and_over_a_pool_of_one() {
    let case = Case::new().await;
    let first = EventSpec::new(OperationKind::SelfReset);
    let untraced = EventSpec {
        traceparent: String::new(),
        ..first.with_attempt(2)
    };
    let mut process = case.rig.start_process().await;
    process.handle(case.rig.sign_event(&first)).await;
    let report = process.next_outcome().await;
    process.acknowledge(&report).await;
    process.handle(case.rig.sign_event(&untraced)).await;
    let before = case.rows().await;
    assert_eq!(before.len(), 2);
    let again: Vec<Option<String>> =
        sqlx::query_scalar("SELECT trace_id FROM connector.operations WHERE attempt = 2")
            .fetch_all(&case.rig.store.owner)
            .await
            .unwrap();
    assert_eq!(again, [Some("0af7651916cd43dd8448eb211c80319c".to_owned())]);

    let file = case.folder.path().join("connector.toml");
    let config = std::fs::read_to_string(file).unwrap() + "database.max_connections = 1\n";
    write(case.folder.path(), "connector.toml", &config);
    let rebuilt = case.run(&["rebuild"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{rebuilt:?}");
    assert_eq!(case.rows().await, before);
}

#[tokio::test]
async fn without_its_database_nothing_can_be_verified() {
    let case = Case::new().await;
    write(
        case.folder.path(),
        "service",
        "postgres://nobody:x@127.0.0.1:1/nothing",
    );
    let away = case.run(&["verify"]);
    assert_eq!((away.status.code(), said(&away).as_str()), (Some(2), ""));
}

#[tokio::test]
async fn the_table_of_operations_is_rebuilt_as_it_was_and_only_while_no_service_is_connected() {
    let case = Case::new().await;
    let before = case.rows().await;
    assert_eq!(before.len(), 1);
    case.tamper("UPDATE connector.operations SET attempt = 99, open = true")
        .await;

    let options = case
        .rig
        .store
        .service_options()
        .application_name("groundwire-connector");
    let service = sqlx::PgConnection::connect_with(&options).await.unwrap();
    let refused = case.run(&["rebuild"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("stop it first"), "{why}");
    assert_ne!(case.rows().await, before);

    service.close().await.unwrap();
    let rebuilt = case.run(&["rebuild"]);
    assert_eq!(rebuilt.status.code(), Some(0), "{rebuilt:?}");
    assert!(said(&rebuilt).contains("operations: 1"), "{rebuilt:?}");
    assert_eq!(case.rows().await, before);
    drop(case.process);
}
