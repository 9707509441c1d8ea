//! `verify` and `rebuild` as an auditor and an operator run them: the real program, against logs that somebody with every
//! right has changed.

use std::process::Output;

use groundwire_directory::domain::{ConnectorId, OnBehalfOf, OperationKind};
use groundwire_directory::store::SYSTEM_LOG;
use groundwire_envelope::signed::{Domain, SigningKey};
use groundwire_eventlog::{Head, LogId, Position, erase};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::eventlog::v1::LogHead;
use prost::Message as _;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::database::{SERVICE, TestDatabase};
use crate::operations::rig::{DirectoryRig, applied, new_account};
use crate::process::{Program, status, text};

/// A directory with two operations in its log, the program beside it, and where the log ends.
struct Case {
    directory: DirectoryRig,
    program: Program,
    head: Head,
}

impl Case {
    async fn new() -> Self {
        let directory = DirectoryRig::new().await;
        let mut spec = directory.spec(new_account(), OperationKind::Change);
        spec.request.on_behalf_of = Some(OnBehalfOf {
            subject: "ada".to_owned(),
            client_address: "192.0.2.7".to_owned(),
            authentication_methods: Vec::new(),
        });
        directory.request(spec).await.unwrap();
        directory
            .request(directory.spec(new_account(), OperationKind::AdminReset))
            .await
            .unwrap();
        for _ in 0..2 {
            let event = directory.connector.next_event().await;
            directory.report(&event, applied(&event)).await;
        }
        let head = directory.store.reader(directory.tenant).head().await.unwrap();
        assert!(head.position >= Position(9), "{head:?}");
        Self {
            program: Program::of(&directory.database, ""),
            directory,
            head,
        }
    }

    /// As somebody with every right, who switches the triggers off.
    async fn tamper(&self, sql: &str) {
        let sql = format!("SET session_replication_role = replica; {sql}; RESET session_replication_role");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&self.directory.database.superuser)
            .await
            .unwrap();
    }

    fn tenant(&self) -> String {
        self.directory.tenant.to_string()
    }

    fn verify(&self, more: &[&str]) -> Output {
        let tenant = self.tenant();
        self.program
            .run(&[&["verify", "--tenant", tenant.as_str()], more].concat())
    }

    /// The break that is found, as a program reads it.
    fn found(&self, more: &[&str]) -> (u64, String) {
        let output = self.verify(&[&["--json"], more].concat());
        assert_eq!(status(&output), Some(1), "{output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["is_whole"], false);
        let found = &report["logs"][0]["chain_break"];
        (
            found["position"].as_u64().unwrap(),
            found["defect"].as_str().unwrap().to_owned(),
        )
    }
}

fn shown(head: &Head) -> String {
    format!("{}:{}", head.position, head.hash)
}

#[tokio::test]
async fn a_whole_log_is_proved_to_its_head_and_an_erased_part_is_no_break() {
    let case = Case::new().await;
    let head = shown(&case.head);
    let all = case.program.run(&["verify"]);
    assert_eq!(status(&all), Some(0), "{all:?}");
    let said = text(&all.stdout);
    assert!(
        said.starts_with("system log: nothing was recorded yet\n"),
        "{said}"
    );
    let tenant = format!("tenant {}: whole\n  name           Corp\n", case.tenant());
    assert!(said.contains(&tenant), "{said}");
    assert!(said.contains(&format!("  {head}\n")), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");

    let positions: Vec<Position> = (1..=case.head.position.0).map(Position).collect();
    let log = LogId(case.directory.tenant.uuid());
    let superuser = &case.directory.database.superuser;
    assert_eq!(erase(superuser, log, &positions).await.unwrap(), 1);
    let erased = case.verify(&["--expect", &head]);
    assert_eq!(status(&erased), Some(0), "{erased:?}");
    assert!(text(&erased.stdout).contains("the personal parts of 1 erased"));

    let json = case.verify(&["--json"]);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["is_whole"], true);
    assert_eq!(report["logs"][0]["proved"]["position"], case.head.position.0);
    assert_eq!(
        report["logs"][0]["proved"]["hash"],
        case.head.hash.to_string().as_str()
    );
}

#[tokio::test]
async fn a_record_that_was_edited_is_a_break_at_its_position() {
    let case = Case::new().await;
    case.tamper("UPDATE eventlog.records SET body = convert_to('{}', 'UTF8') WHERE position = 6")
        .await;
    assert_eq!(case.found(&[]), (6, "ALTERED".to_owned()));
    let all = case.program.run(&["verify"]);
    assert_eq!(status(&all), Some(1));
    let said = text(&all.stdout);
    assert!(
        said.contains(&format!("tenant {}: BROKEN at position 6\n", case.tenant())),
        "{said}"
    );
    assert!(said.contains("  proved         5 records\n"), "{said}");
}

#[tokio::test]
async fn a_record_that_was_removed_from_the_end_is_seen_by_the_head_that_somebody_kept() {
    let case = Case::new().await;
    let last = case.head.position.0;
    case.tamper(&format!("DELETE FROM eventlog.records WHERE position = {last}"))
        .await;
    assert_eq!(case.found(&[]), (last, "TRUNCATED".to_owned()));

    // With the head and the stream set back nothing inside the log tells.
    case.tamper(&format!(
        "UPDATE eventlog.log_heads h SET position = r.position, hash = r.hash FROM eventlog.records r
         WHERE r.log = h.log AND r.position = {last} - 1"
    ))
    .await;
    assert_eq!(status(&case.verify(&[])), Some(0));
    let kept = shown(&case.head);
    assert_eq!(case.found(&["--expect", &kept]), (last, "TRUNCATED".to_owned()));
}

#[tokio::test]
async fn a_log_that_is_gone_is_not_whole() {
    let case = Case::new().await;
    case.tamper("DELETE FROM eventlog.records; DELETE FROM eventlog.log_heads")
        .await;
    let gone = case.verify(&[]);
    assert_eq!(status(&gone), Some(1), "{gone:?}");
    assert!(text(&gone.stdout).starts_with(&format!("tenant {}: MISSING\n", case.tenant())));
    let rebuilt = case.program.run(&["rebuild", "--tenant", &case.tenant()]);
    assert_eq!(status(&rebuilt), Some(1), "{rebuilt:?}");
    assert!(
        case.directory
            .store
            .tenant(case.directory.tenant)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_log_whose_head_alone_is_gone_is_not_whole() {
    let case = Case::new().await;
    let system = LogId(SYSTEM_LOG.uuid());
    case.tamper(&format!(
        "UPDATE eventlog.records SET log = '{system}'; DELETE FROM eventlog.log_heads"
    ))
    .await;
    let all = case.program.run(&["verify"]);
    assert_eq!(status(&all), Some(1), "{all:?}");
    let said = text(&all.stdout);
    assert!(said.starts_with("system log: MISSING\n"), "{said}");
}

#[tokio::test]
async fn a_log_that_was_removed_and_begun_anew_is_not_whole_and_nothing_is_rebuilt_from_it() {
    let case = Case::new().await;
    let before = case.directory.database.projections().await;
    case.tamper(
        "DELETE FROM eventlog.records; DELETE FROM eventlog.log_heads; DELETE FROM eventlog.stream_heads;
         DELETE FROM eventlog.claims",
    )
    .await;
    // As the service does that is started then.
    sqlx::query("SELECT eventlog.open_log($1)")
        .bind(case.directory.tenant.uuid())
        .execute(&case.directory.database.superuser)
        .await
        .unwrap();
    let found = case.verify(&[]);
    assert_eq!(status(&found), Some(1), "{found:?}");
    assert!(text(&found.stdout).contains("NOT AS IT SHOULD BE"), "{found:?}");
    let rebuilt = case.program.run(&["rebuild", "--tenant", &case.tenant()]);
    assert_eq!(status(&rebuilt), Some(1), "{rebuilt:?}");
    assert_eq!(case.directory.database.projections().await, before);
}

#[tokio::test]
async fn an_event_that_this_version_cannot_read_is_a_finding_though_the_chain_holds() {
    let case = Case::new().await;
    let mut unit = groundwire_eventlog::Unit::new(
        groundwire_eventlog::StreamName::of("account", Uuid::new_v4()).unwrap(),
        groundwire_eventlog::ExpectedVersion::Any,
        Vec::new(),
    );
    unit.records.push(groundwire_eventlog::NewRecord {
        event_type: "OperationTeleported".into(),
        schema_version: 1,
        body: b"{}".to_vec(),
        metadata: groundwire_eventlog::Metadata::default(),
        erasable: None,
    });
    let log = case.directory.store.log(case.directory.tenant).await.unwrap();
    log.append(unit).await.unwrap();
    let output = case.verify(&["--json"]);
    assert_eq!(status(&output), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["logs"][0]["chain_break"], Value::Null);
    assert_eq!(report["logs"][0]["unreadable_count"], 1);
    assert_eq!(
        report["logs"][0]["unreadable"][0]["position"],
        case.head.position.0 + 1
    );
}

#[tokio::test]
async fn a_checkpoint_that_a_connector_signed_must_be_in_the_log() {
    let case = Case::new().await;
    let (tenant, group, connector) = (
        case.directory.tenant.uuid(),
        case.directory.group.uuid(),
        ConnectorId::new(Uuid::new_v4()).uuid(),
    );
    let root = SigningKey::generate().unwrap();
    let superuser = &case.directory.database.superuser;
    sqlx::query("INSERT INTO directory.group_bindings (tenant_id, group_id, root_key) VALUES ($1, $2, $3)")
        .bind(tenant)
        .bind(group)
        .bind(root.verifying_key().to_bytes().as_slice())
        .execute(superuser)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO directory.connectors (tenant_id, connector_id, group_id, display_name, version, enrolled_at,
         certificate_serial, certificate_fingerprint, certificate_expires_at)
         VALUES ($1, $2, $3, '', '', now(), '', '', now())",
    )
    .bind(tenant)
    .bind(connector)
    .bind(group)
    .execute(superuser)
    .await
    .unwrap();
    let checkpoint = async |position: u64, hash: [u8; 32], key: &SigningKey| {
        let head = LogHead {
            log_id: tenant.to_string(),
            incarnation_id: case.head.incarnation.to_string(),
            position,
            hash: hash.to_vec(),
        };
        let signed: SignedBytes = key.sign(Domain::Checkpoint, head.encode_to_vec()).into();
        sqlx::query("DELETE FROM directory.checkpoints")
            .execute(superuser)
            .await
            .unwrap();
        sqlx::query("INSERT INTO directory.checkpoints VALUES ($1, $2, $3, $4, $5, $6, now())")
            .bind(tenant)
            .bind(connector)
            .bind(i64::try_from(position).unwrap())
            .bind(signed.payload)
            .bind(signed.key_id)
            .bind(signed.signature)
            .execute(superuser)
            .await
            .unwrap();
    };
    let end = case.head.position.0;
    checkpoint(end, case.head.hash.0, &root).await;
    let whole = case.verify(&[]);
    assert_eq!(status(&whole), Some(0), "{whole:?}");
    assert!(text(&whole.stdout).contains("checkpoints that connectors signed: 1"));

    checkpoint(end, [7; 32], &root).await;
    assert_eq!(case.found(&[]), (end, "REWRITTEN".to_owned()));

    checkpoint(end, case.head.hash.0, &SigningKey::generate().unwrap()).await;
    let forged = case.verify(&[]);
    assert_eq!(status(&forged), Some(1));
    assert!(text(&forged.stdout).contains("is not signed by"), "{forged:?}");
}

#[tokio::test]
async fn what_cannot_be_done_has_a_status_of_its_own() {
    let nobody = "postgres://nobody:x@127.0.0.1:1/nothing";
    let away = Program::new((nobody, nobody), "database.acquire_timeout = \"300ms\"\n");
    let system = SYSTEM_LOG.to_string();
    for arguments in [
        vec!["verify", "--expect", "1:00"],
        vec!["verify", "--tenant", &system, "--expect", "1:00"],
        vec!["verify"],
    ] {
        let output = away.run(&arguments);
        assert_eq!(status(&output), Some(2), "{output:?}");
        assert_eq!(text(&output.stdout), "");
    }
    let database = TestDatabase::new().await;
    let program = Program::of(&database, "");
    let unknown = program.run(&["verify", "--tenant", &Uuid::new_v4().to_string()]);
    assert_eq!(status(&unknown), Some(2), "{unknown:?}");
    assert!(
        text(&unknown.stderr).contains("there is no tenant "),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn the_tables_are_rebuilt_as_they_were_and_only_while_no_service_is_connected() {
    let case = Case::new().await;
    let before = case.directory.database.projections().await;
    case.tamper("UPDATE directory.operations SET attempt = 99; DELETE FROM directory.writeback_settings")
        .await;
    let tenant = case.tenant();
    let arguments = ["rebuild", "--tenant", tenant.as_str()];

    let options = case.directory.database.options(SERVICE);
    let service =
        groundwire_kit::testing::TestDatabase::pool(options.application_name("groundwire-directory"), 1);
    let session = service.acquire().await.unwrap();
    let refused = case.program.run(&arguments);
    assert_eq!(status(&refused), Some(1), "{refused:?}");
    assert!(text(&refused.stderr).contains("stop it first"), "{refused:?}");
    assert_ne!(case.directory.database.projections().await, before);

    session.close().await.unwrap();
    service.close().await;
    let one_connection = Program::of(&case.directory.database, "database.max_connections = 1\n");
    let rebuilt = one_connection.run(&arguments);
    assert_eq!(status(&rebuilt), Some(0), "{rebuilt:?}");
    assert!(text(&rebuilt.stdout).contains("operations: 2"), "{rebuilt:?}");
    assert_eq!(case.directory.database.projections().await, before);
}
