//! Operations over a real log, without gRPC and without a connector's stream: a test plays the connector.
//!
//! To test what becomes of a request:
//! 1. `DirectoryRig::new()`: a database, a tenant with writeback on, a group and an attached connector; `with_clock` for a
//!    clock that the test moves;
//! 2. `directory.request(directory.spec(anchor, kind))` asks for an operation and gives what follows it;
//! 3. `directory.connector.next_event()` is what the connector gets; `open_secret` opens it;
//! 4. `directory.report(&event, applied(&event))` is the connector's outcome;
//! 5. look at the answer (`wait_for_end`, `code`, `first_reason`) and the log (`directory.records(anchor)`);
//! 6. `directory.restart()` is another process over the same database.
//!
//! Real: Postgres, the log, sealing, signatures. Not real: delivery (`fake_delivery.rs`).

use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::domain::{
    AccountAnchor, AccountName, ConnectorGroupCreated, ConnectorGroupId, OperationFlags, OperationId,
    OperationKind, Principal, Role, SyncedAccount, TenantCreated, TenantId, WritebackSettings,
};
use groundwire_directory::metrics::Metrics;
use groundwire_directory::operations::port::{AttachedConnector, OperationsPort};
use groundwire_directory::operations::{
    Call, Following, GivenSecret, OperationRequest, Operations, RequestError, View,
};
use groundwire_directory::store::Store;
use groundwire_envelope::{Password, SecretPayload};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_proto::gateway::v1::{OutcomeRecorded, OutcomeReport, PasswordEventPayload};
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::reasons::{Reason, ReasonCode};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::database::{TestDatabase, soon};
use crate::fake_delivery::FakeDelivery;

/// A request that a test makes, by a call and for an account of its own choice.
pub(crate) struct RequestSpec {
    pub(crate) call: Call,
    pub(crate) account: SyncedAccount,
    pub(crate) request: OperationRequest,
}

impl RequestSpec {
    /// Makes it to this process of the directory.
    pub(crate) async fn to(self, operations: &Operations) -> Result<Following, RequestError> {
        soon(operations.request(&self.call, &self.account, self.request)).await
    }
}

/// One process of the directory, with one tenant, one group and one connector.
pub(crate) struct DirectoryRig {
    pub(crate) database: TestDatabase,
    pub(crate) store: Arc<Store>,
    pub(crate) connector: Arc<FakeDelivery>,
    pub(crate) operations: Operations,
    pub(crate) metrics: Metrics,
    pub(crate) tenant: TenantId,
    pub(crate) group: ConnectorGroupId,
}

impl DirectoryRig {
    pub(crate) async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock)).await
    }

    pub(crate) async fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let database = TestDatabase::new().await;
        let store = database.store(clock);
        let (tenant, group) = make_tenant(&store).await;
        let directory = Self::over(database, store, tenant, group);
        directory
            .change_settings(|settings| settings.enabled = true)
            .await;
        directory
    }

    /// Over a database that holds this tenant and group.
    pub(crate) fn over(
        database: TestDatabase,
        store: Arc<Store>,
        tenant: TenantId,
        group: ConnectorGroupId,
    ) -> Self {
        let connector = FakeDelivery::new(tenant, group);
        let metrics = Metrics::new();
        let operations = Operations::new(Arc::clone(&store), connector.clone(), metrics.clone());
        Self {
            database,
            store,
            connector,
            operations,
            metrics,
            tenant,
            group,
        }
    }

    /// Another process over the same database and connector, as after a restart (the first one is left to die).
    pub(crate) async fn restart(&self) -> Operations {
        let store = self.database.store(Arc::clone(self.store.clock()));
        let operations = Operations::new(store, self.connector.clone(), self.metrics.clone());
        operations.resume().await.unwrap();
        operations
    }

    pub(crate) async fn change_settings(&self, change: impl FnOnce(&mut WritebackSettings)) {
        let mut settings = self.store.settings(self.tenant).await.unwrap();
        change(&mut settings);
        settings.validate().unwrap();
        self.store
            .change_settings(self.tenant, settings, "admin".to_owned())
            .await
            .unwrap();
        self.operations.settings_changed(self.tenant);
    }

    pub(crate) fn spec(&self, anchor: AccountAnchor, kind: OperationKind) -> RequestSpec {
        let secret = match kind {
            OperationKind::Change => GivenSecret::Plaintext(SecretPayload::change(
                Password::new("Old-Passw0rd".to_owned()),
                Password::new("N3w-Geheim-ÄÖ".to_owned()),
            )),
            OperationKind::SelfReset | OperationKind::AdminReset => {
                GivenSecret::Plaintext(SecretPayload::reset(Password::new("N3w-Geheim-ÄÖ".to_owned())))
            }
            OperationKind::Unlock | OperationKind::RequireChange => GivenSecret::None,
        };
        let role = match kind {
            OperationKind::Change | OperationKind::SelfReset | OperationKind::Unlock => Role::SelfServiceApp,
            OperationKind::AdminReset | OperationKind::RequireChange => Role::Helpdesk,
        };
        RequestSpec {
            call: self.call(role),
            account: account(anchor, self.group),
            request: OperationRequest {
                operation_id: OperationId::new(Uuid::new_v4()),
                account: AccountName::Anchor(anchor),
                kind,
                flags: OperationFlags::default(),
                secret,
                on_behalf_of: None,
                proof: None,
            },
        }
    }

    pub(crate) fn call(&self, role: Role) -> Call {
        Call {
            tenant: self.tenant,
            principal: principal(role, self.tenant),
            traceparent: None,
            started: self.store.clock().boot(),
            wait_timeout: Duration::from_secs(30),
        }
    }

    pub(crate) async fn request(&self, spec: RequestSpec) -> Result<Following, RequestError> {
        spec.to(&self.operations).await
    }

    pub(crate) async fn report(
        &self,
        event: &PasswordEventPayload,
        outcome: proto::Outcome,
    ) -> OutcomeRecorded {
        report(&self.operations, &self.connector.who, event, outcome).await
    }

    /// Types of the records of an account's stream.
    pub(crate) async fn records(&self, anchor: AccountAnchor) -> Vec<String> {
        let stream = groundwire_eventlog::StreamName::of("account", anchor.uuid()).unwrap();
        let reader = self.store.reader(self.tenant);
        let records = reader
            .read_stream(&stream, groundwire_eventlog::StreamVersion::ZERO, 1_000)
            .await
            .unwrap();
        records.into_iter().map(|record| record.event_type).collect()
    }

    pub(crate) async fn secrets_waiting(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM directory.sealed_secrets")
            .fetch_one(&self.database.superuser)
            .await
            .unwrap()
    }
}

pub(crate) async fn report(
    operations: &Operations,
    who: &AttachedConnector,
    event: &PasswordEventPayload,
    outcome: proto::Outcome,
) -> OutcomeRecorded {
    let report = OutcomeReport {
        operation_id: event.operation_id.clone(),
        outcome: Some(outcome),
        audit_head: None,
        dwell: Some(prost_types::Duration {
            seconds: 0,
            nanos: 1_000,
        }),
    };
    soon(operations.outcome_reported(who, report)).await.unwrap()
}

pub(crate) async fn make_tenant(store: &Store) -> (TenantId, ConnectorGroupId) {
    let (tenant, group) = (
        TenantId::new(Uuid::new_v4()),
        ConnectorGroupId::new(Uuid::new_v4()),
    );
    let created = TenantCreated {
        tenant_id: tenant,
        display_name: "Corp".to_owned(),
        created_at_us: store.clock().unix_us(),
    };
    assert!(
        store
            .create_tenant(created.clone(), "root".to_owned())
            .await
            .unwrap()
    );
    assert!(!store.create_tenant(created, "root".to_owned()).await.unwrap());
    let created = ConnectorGroupCreated {
        group_id: group,
        display_name: "corp.example".to_owned(),
        created_at_us: store.clock().unix_us(),
    };
    assert!(
        store
            .create_connector_group(tenant, created, "admin".to_owned())
            .await
            .unwrap()
    );
    (tenant, group)
}

pub(crate) fn principal(role: Role, tenant: TenantId) -> Principal {
    Principal {
        subject: role.name().to_owned(),
        role,
        tenant: Some(tenant),
    }
}

pub(crate) fn account(anchor: AccountAnchor, group: ConnectorGroupId) -> SyncedAccount {
    SyncedAccount {
        anchor,
        group,
        user_principal_name: "ada@corp.example".to_owned(),
        sam_account_name: "ada".to_owned(),
        display_name: "Ada".to_owned(),
        enabled: true,
        synced_at: OffsetDateTime::UNIX_EPOCH,
    }
}

pub(crate) fn new_account() -> AccountAnchor {
    AccountAnchor::new(Uuid::new_v4())
}

pub(crate) fn applied(event: &PasswordEventPayload) -> proto::Outcome {
    proto::Outcome {
        code: proto::OutcomeCode::Applied as i32,
        attempt: event.attempt,
        durations: vec![proto::StageDuration {
            stage: proto::Stage::Write as i32,
            duration: Some(prost_types::Duration {
                seconds: 0,
                nanos: 30_000_000,
            }),
        }],
        evidence: Some(proto::DirectoryEvidence {
            dc: "dc1.corp.example".to_owned(),
            ldap_result: Some(0),
            unicode_pwd_version: Some(7),
            ..proto::DirectoryEvidence::default()
        }),
        ..proto::Outcome::default()
    }
}

pub(crate) fn rejected(event: &PasswordEventPayload, code: ReasonCode) -> proto::Outcome {
    proto::Outcome {
        code: proto::OutcomeCode::Rejected as i32,
        attempt: event.attempt,
        reasons: vec![Reason::new(code).into()],
        ..proto::Outcome::default()
    }
}

pub(crate) async fn wait_for_end(following: &mut Following) -> Arc<View> {
    soon(following.ended()).await
}

pub(crate) fn code(view: &View) -> Option<&'static str> {
    view.operation.outcome().map(|outcome| outcome.code.as_str())
}

pub(crate) fn first_reason(view: &View) -> Option<ReasonCode> {
    view.operation.outcome()?.reasons.first().map(Reason::code)
}
