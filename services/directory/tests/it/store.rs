//! The walls and promises of the tables themselves.

use groundwire_directory::domain::OperationKind;
use sqlx::AssertSqlSafe;

use crate::database::{SERVICE, soon};
use crate::operations::rig::{DirectoryRig, applied, make_tenant, new_account, rejected};
use groundwire_proto::reasons::ReasonCode;

#[tokio::test]
async fn the_services_role_sees_one_tenant_at_a_time_and_none_by_default() {
    let directory = DirectoryRig::new().await;
    directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    let (other, _) = make_tenant(&directory.store).await;
    let service = directory.database.connect(SERVICE);
    let tables: Vec<(String, String)> = sqlx::query_as(
        "SELECT format('%I.%I', c.table_schema, c.table_name), c.column_name::text FROM information_schema.columns c
         JOIN pg_class k ON k.oid = format('%I.%I', c.table_schema, c.table_name)::regclass AND k.relkind IN ('r', 'p')
         WHERE (c.table_schema = 'directory' AND c.column_name = 'tenant_id')
            OR (c.table_schema = 'eventlog' AND c.column_name = 'log' AND NOT k.relispartition)",
    )
    .fetch_all(&directory.database.superuser)
    .await
    .unwrap();
    assert!(tables.len() >= 9, "{tables:?}");
    let mut seen = 0;
    for (table, column) in &tables {
        let none: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&service)
            .await
            .unwrap();
        assert_eq!(none, 0, "{table} without a tenant");
        let mut transaction = directory.store.tenant_transaction(other).await.unwrap();
        let foreign = format!("SELECT count(*) FROM {table} WHERE {column} <> '{other}'");
        let foreign: i64 = sqlx::query_scalar(AssertSqlSafe(foreign))
            .fetch_one(&mut transaction)
            .await
            .unwrap();
        assert_eq!(foreign, 0, "{table} as another tenant");
        drop(transaction);
        let mut transaction = directory
            .store
            .tenant_transaction(directory.tenant)
            .await
            .unwrap();
        let own = format!("SELECT count(*) FROM {table}");
        let own: i64 = sqlx::query_scalar(AssertSqlSafe(own))
            .fetch_one(&mut transaction)
            .await
            .unwrap();
        seen += i64::from(own > 0);
    }
    assert!(seen >= 7, "the own tenant's rows are seen");
    let mut transaction = directory.store.tenant_transaction(other).await.unwrap();
    let smuggled = format!(
        "INSERT INTO directory.writeback_settings (tenant_id, settings) VALUES ('{}', '{{}}')",
        uuid::Uuid::new_v4()
    );
    let refused = sqlx::query(AssertSqlSafe(smuggled))
        .execute(&mut transaction)
        .await
        .unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
}

#[tokio::test]
async fn the_services_role_cannot_change_history() {
    let directory = DirectoryRig::new().await;
    let service = directory.database.connect(SERVICE);
    for statement in [
        "UPDATE eventlog.records SET body = 'x'",
        "DELETE FROM eventlog.records",
        "TRUNCATE eventlog.records",
        "DELETE FROM directory._migrations",
    ] {
        let refused = sqlx::query(statement).execute(&service).await.unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{statement}"
        );
    }
}

#[tokio::test]
async fn no_password_is_in_any_table_in_any_spelling() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    directory
        .request(directory.spec(anchor, OperationKind::AdminReset))
        .await
        .unwrap();
    let waiting = directory.database.everything().await;
    let event = directory.connector.next_event().await;
    directory
        .report(&event, rejected(&event, ReasonCode::PasswordTooShort))
        .await;
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    let after = directory.database.everything().await;
    assert!(waiting.contains(&anchor.to_string()));
    for password in ["Old-Passw0rd", "N3w-Geheim-ÄÖ"] {
        let utf16: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let spellings = [
            password.to_owned(),
            hex::encode(password),
            hex::encode(&utf16),
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, password),
        ];
        for spelling in spellings {
            assert!(
                !waiting.contains(&spelling) && !after.contains(&spelling),
                "{spelling}"
            );
        }
    }
}

#[tokio::test]
async fn projections_are_rebuilt_from_the_log_as_they_were() {
    let directory = DirectoryRig::new().await;
    let anchor = new_account();
    directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    directory
        .request(directory.spec(anchor, OperationKind::Change))
        .await
        .unwrap();
    directory
        .request(directory.spec(anchor, OperationKind::AdminReset))
        .await
        .unwrap();
    directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    let event = directory.connector.next_event().await;
    directory.report(&event, applied(&event)).await;
    // The other account's, and the one that waited.
    directory.connector.next_event().await;
    directory.connector.next_event().await;
    let before = directory.database.projections().await;
    assert!(before.len() >= 7);
    sqlx::query("UPDATE directory.operations SET attempt = 99")
        .execute(&directory.database.superuser)
        .await
        .unwrap();
    assert_ne!(directory.database.projections().await, before);
    directory
        .store
        .rebuild(directory.tenant, &mut |_, _| {})
        .await
        .unwrap();
    assert_eq!(directory.database.projections().await, before);
}

#[tokio::test]
async fn ciphertext_waits_in_a_table_that_is_not_in_the_wal() {
    let directory = DirectoryRig::new().await;
    directory
        .request(directory.spec(new_account(), OperationKind::Change))
        .await
        .unwrap();
    assert_eq!(directory.secrets_waiting().await, 1);
    let kept: String = sqlx::query_scalar(
        "SELECT relpersistence::text FROM pg_class WHERE oid = 'directory.sealed_secrets'::regclass",
    )
    .fetch_one(&directory.database.superuser)
    .await
    .unwrap();
    assert_eq!(kept, "u", "UNLOGGED");
}

/// Before, the server went on with it for its own, longer time: who tried again had the next one wait beside it.
#[tokio::test]
async fn a_statement_that_is_cut_has_ended_at_the_server_by_then() {
    let directory = DirectoryRig::new().await;
    let superuser = &directory.database.superuser;
    let mut lock = superuser.begin().await.unwrap();
    sqlx::query("LOCK TABLE directory.accounts IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .unwrap();
    let page = |prefix| directory.store.accounts(directory.tenant, None, prefix, None, 1);
    // Names that begin so are looked for in every account, which takes longer in a large tenant.
    let (by_prefix, ()) = tokio::join!(page("an"), async {
        assert!(soon(page("")).await.is_err());
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(superuser)
        .await
        .unwrap();
        assert_eq!(waiting, 1, "the one that has more time");
        lock.rollback().await.unwrap();
    });
    assert!(by_prefix.unwrap().is_empty());
}
