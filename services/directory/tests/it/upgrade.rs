//! A database that an earlier version filled is migrated, read, and written on (`tests/upgrade`).

use std::sync::Arc;

use groundwire_directory::domain::{
    AccountAnchor, AccountEvent, ConnectorEvent, ConnectorGroupId, OperationKind, TenantEvent, TenantId,
};
use groundwire_directory::store::{SYSTEM_LOG, Store};
use groundwire_eventlog::{Position, Record};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::testing::{earlier_versions, first_difference};
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::account_service_client::AccountServiceClient;
use groundwire_proto::directory::v1::password_service_client::PasswordServiceClient;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::Value;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::api::Served;
use crate::database::TestDatabase;
use crate::operations::rig::{DirectoryRig, applied, code, wait_for_end};

/// Most that a question answers: the dumps hold less.
const ALL: i32 = 500;
/// As much of a log.
const MOST_RECORDS: u32 = 1_000;

#[tokio::test]
async fn the_api_answers_what_it_answered_the_earlier_versions_callers() {
    for version in earlier_versions() {
        let mut served = Served::over(TestDatabase::restored(&version.directory).await).await;
        for (tenant, answers) in version.answers.as_object().unwrap() {
            served.tenant.clone_from(tenant);
            for (question, before) in answers.as_object().unwrap() {
                let now = answer_to(&served, question).await;
                if let Some(at) = first_difference(&still_so(before), &now) {
                    panic!("{} of tenant {tenant}, of {}: {at}", question, version.name);
                }
            }
        }
    }
}

#[tokio::test]
async fn every_log_verifies_and_its_records_are_read_and_written_again_byte_for_byte() {
    for version in earlier_versions() {
        let database = TestDatabase::restored(&version.directory).await;
        let store = database.store(Arc::new(SystemClock));
        let logs: Vec<Uuid> = sqlx::query_scalar("SELECT log FROM eventlog.log_heads ORDER BY log")
            .fetch_all(&database.superuser)
            .await
            .unwrap();
        assert!(logs.contains(&SYSTEM_LOG.uuid()));
        for tenant in store.tenants(None, i64::from(ALL)).await.unwrap() {
            assert!(logs.contains(&tenant.id.uuid()));
        }
        for log in logs.into_iter().map(TenantId::new) {
            let proved = verified(&store, log).await;
            let records = store
                .reader(log)
                .read_log(Position::ZERO, MOST_RECORDS)
                .await
                .unwrap();
            assert_eq!(u64::try_from(records.len()).unwrap(), proved);
            assert!(proved > 0, "{log} is empty");
            for record in &records {
                let (schema_version, body) = written_again(record);
                if schema_version == record.schema_version {
                    assert_eq!(String::from_utf8(body), String::from_utf8(record.body.clone()));
                }
            }
        }
    }
}

#[tokio::test]
async fn the_projections_rebuilt_from_the_logs_are_what_was_stored() {
    for version in earlier_versions() {
        let database = TestDatabase::restored(&version.directory).await;
        let store = database.store(Arc::new(SystemClock));
        let stored = database.projections().await;
        assert!(stored.len() > version.operations().len());
        for tenant in store.tenants(None, i64::from(ALL)).await.unwrap() {
            store.rebuild(tenant.id, &mut |_, _| {}).await.unwrap();
        }
        let rebuilt = database.projections().await;
        assert_eq!(rebuilt.len(), stored.len());
        for (now, before) in rebuilt.iter().zip(&stored) {
            assert_eq!(now, before, "{}", version.name);
        }
    }
}

#[tokio::test]
async fn what_was_open_is_taken_up_and_an_account_goes_on_where_it_stood() {
    for version in earlier_versions() {
        let database = TestDatabase::restored(&version.directory).await;
        let store = database.store(Arc::new(SystemClock));
        let (tenant, group, anchor, sequence, last_applied): (Uuid, Uuid, Uuid, i64, i64) = sqlx::query_as(
            "SELECT tenant_id, group_id, anchor, max(sequence),
                    max(sequence) FILTER (WHERE outcome ->> 'code' = 'APPLIED')
             FROM directory.operations GROUP BY tenant_id, group_id, anchor
             HAVING bool_and(state = 'ENDED') AND bool_or(outcome ->> 'code' = 'APPLIED')
             ORDER BY max(sequence) DESC LIMIT 1",
        )
        .fetch_one(&database.superuser)
        .await
        .unwrap();
        assert!(sequence > 1, "no account has a history");
        let tenant = TenantId::new(tenant);
        let directory = DirectoryRig::over(database, store, tenant, ConnectorGroupId::new(group));
        let open = version
            .operations()
            .iter()
            .filter(|operation| !has_ended(operation))
            .count();
        assert!(open > 0, "nothing was open");
        assert_eq!(directory.operations.resume().await.unwrap(), open);

        let spec = directory.spec(AccountAnchor::new(anchor), OperationKind::AdminReset);
        let mut following = directory.request(spec).await.unwrap();
        let event = directory.connector.next_event().await;
        assert_eq!(event.last_applied_sequence, u64::try_from(last_applied).unwrap());
        directory.report(&event, applied(&event)).await;
        let view = wait_for_end(&mut following).await;
        assert_eq!(code(&view), Some("APPLIED"));
        assert_eq!(i64::try_from(view.operation.request.sequence), Ok(sequence + 1));
        verified(&directory.store, tenant).await;
    }
}

/// What was answered, without what may be otherwise by now: an operation that was open may have ended since, keys are in
/// files and not in the database, and the words for a reason are the program's.
fn still_so(answer: &Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let open = fields.contains_key("operationId") && !has_ended(answer);
            let changes = |key: &str| {
                matches!(key, "eventSigningKey" | "userMessage" | "adminMessage") || (open && key == "state")
            };
            let kept = fields.iter().filter(|(key, _)| !changes(key));
            Value::Object(kept.map(|(key, value)| (key.clone(), still_so(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(still_so).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => answer.clone(),
    }
}

fn has_ended(operation: &Value) -> bool {
    operation["state"] == "OPERATION_STATE_ENDED"
}

/// Asks as the operator what `make-upgrade-dump.sh` asked.
async fn answer_to(served: &Served, question: &str) -> Value {
    let channel = served.api_channel();
    let mut tenants = TenantServiceClient::new(channel.clone());
    match question {
        "tenant" => json(
            tenants
                .get_tenant(served.operator(api::GetTenantRequest {}))
                .await,
        ),
        "groups" => {
            let all = api::ListConnectorGroupsRequest {
                page_size: ALL,
                ..Default::default()
            };
            json(tenants.list_connector_groups(served.operator(all)).await)
        }
        "tokens" => {
            let all = api::ListEnrollmentTokensRequest {
                page_size: ALL,
                ..Default::default()
            };
            json(tenants.list_enrollment_tokens(served.operator(all)).await)
        }
        "connectors" => {
            let all = api::ListConnectorsRequest {
                page_size: ALL,
                ..Default::default()
            };
            json(tenants.list_connectors(served.operator(all)).await)
        }
        "settings" => {
            let get = api::GetWritebackSettingsRequest {};
            json(tenants.get_writeback_settings(served.operator(get)).await)
        }
        "operations" => {
            let all = api::ListOperationsRequest {
                page_size: ALL,
                ..Default::default()
            };
            let mut passwords = PasswordServiceClient::new(channel);
            json(passwords.list_operations(served.operator(all)).await)
        }
        "accounts" => {
            let all = api::ListAccountsRequest {
                page_size: ALL,
                ..Default::default()
            };
            let mut accounts = AccountServiceClient::new(channel);
            json(accounts.list_accounts(served.operator(all)).await)
        }
        other => panic!("nobody asks for {other}"),
    }
}

/// The answer as the operator's command prints it.
fn json<M: Message + Name>(answer: Result<Response<M>, Status>) -> Value {
    let pool = DescriptorPool::decode(groundwire_proto::FILE_DESCRIPTOR_SET).unwrap();
    let descriptor = pool.get_message_by_name(&M::full_name()).unwrap();
    let bytes = answer.unwrap().into_inner().encode_to_vec();
    serde_json::to_value(DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap()).unwrap()
}

/// The record's body as this version writes what it read, and the version of its schema.
fn written_again(record: &Record) -> (u16, Vec<u8>) {
    let by_delivery = || {
        let event = ConnectorEvent::parse(&record.event_type, record.schema_version, &record.body).unwrap();
        assert_eq!(event.event_type(), record.event_type);
        (
            ConnectorEvent::SCHEMA_VERSION,
            serde_json::to_vec(&event).unwrap(),
        )
    };
    match record.stream.as_str().split_once('/').unwrap().0 {
        "account" => {
            let event = AccountEvent::parse(
                &record.event_type,
                record.schema_version,
                &record.body,
                record.metadata.traceparent.as_deref(),
                record.erasable.as_deref(),
            );
            let event = event.unwrap();
            assert_eq!(event.erasable().unwrap(), record.erasable);
            (AccountEvent::SCHEMA_VERSION, event.body().unwrap())
        }
        "tenant" => match TenantEvent::parse(&record.event_type, &record.body).unwrap() {
            Some(event) => (TenantEvent::SCHEMA_VERSION, event.body().unwrap()),
            None => by_delivery(),
        },
        "connector" => by_delivery(),
        other => panic!("nobody writes to a stream {other}"),
    }
}

/// The number of records that the chain proves.
async fn verified(store: &Store, log: TenantId) -> u64 {
    let head = store.reader(log).verify(&[]).await.unwrap();
    head.unwrap_or_else(|broken| panic!("{log}: {broken}")).position.0
}
