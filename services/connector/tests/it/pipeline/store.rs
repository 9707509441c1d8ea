//! A database per test, with the service's role that the pipeline runs as; it can be taken away and given back.

use std::sync::Arc;
use std::time::Duration;

use groundwire_connector::audit::{AuditLog, grant_service, migrate};
use groundwire_connector::domain::{ConnectorId, OperationId};
use groundwire_eventlog::{AppenderOptions, Record, StreamName, StreamVersion};
use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::testing::{Forwarder, SmallServer, TestDatabase};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgPool};

const SERVICE: &str = "groundwire_test_connector";

/// One audit store; its database goes with the last clone.
#[derive(Clone)]
pub(crate) struct TestAuditStore {
    database: Arc<TestDatabase>,
    /// Two alterations of one database at once fail in Postgres.
    altering: Arc<tokio::sync::Mutex<()>>,
    pub(crate) owner: PgPool,
    /// Between the service and the database, where there is one.
    forwarder: Option<Arc<Forwarder>>,
}

impl TestAuditStore {
    pub(crate) async fn create() -> Self {
        Self::make(None).await
    }

    /// One that an earlier version filled, brought up to date.
    pub(crate) async fn restored(dump: &str) -> Self {
        Self::make(Some(dump)).await
    }

    /// One on a server of the test's own.
    pub(crate) async fn on(server: &SmallServer) -> Self {
        let database = TestDatabase::create_on(server.options(), "connector").await;
        Self::over(database, None).await
    }

    async fn make(dump: Option<&str>) -> Self {
        Self::over(TestDatabase::create("connector").await, dump).await
    }

    async fn over(database: TestDatabase, dump: Option<&str>) -> Self {
        database.make_role(SERVICE).await;
        if let Some(dump) = dump {
            database.restore(&database.as_superuser(), dump).await;
        }
        let owner = TestDatabase::pool(database.as_superuser(), 4);
        migrate(&owner).await.unwrap();
        grant_service(&owner, SERVICE).await.unwrap();
        Self {
            database: Arc::new(database),
            altering: Arc::default(),
            owner,
            forwarder: None,
        }
    }

    /// Puts a forwarder between the processes that open the store from now on and the database.
    pub(crate) async fn behind_forwarder(&mut self) -> Arc<Forwarder> {
        let server = self.service_options();
        let forwarder = Arc::new(Forwarder::start(server.get_host(), server.get_port()).await);
        self.forwarder = Some(Arc::clone(&forwarder));
        forwarder
    }

    /// What it holds now, to be restored by [`TestAuditStore::restore_dump`].
    pub(crate) async fn dump(&self) -> TestDatabase {
        let _turn = self.altering.lock().await;
        self.database.dump().await
    }

    /// It holds what the dump holds; whoever is connected is cut.
    pub(crate) async fn restore_dump(&self, dump: &TestDatabase) {
        let _turn = self.altering.lock().await;
        self.database.restore_dump(dump).await;
    }

    /// A pool of the service's own role, which soon gives up.
    pub(crate) fn service_pool(&self) -> PgPool {
        let direct = self.service_options();
        let options = match &self.forwarder {
            Some(forwarder) => direct.host("127.0.0.1").port(forwarder.address().port()),
            None => direct,
        };
        PgPoolOptions::new()
            .max_connections(6)
            .acquire_timeout(Duration::from_millis(500))
            .connect_lazy_with(options)
    }

    /// The URL by which the service's own role connects.
    pub(crate) fn service_url(&self) -> String {
        self.database.url(SERVICE)
    }

    /// How the service's own role connects.
    pub(crate) fn service_options(&self) -> PgConnectOptions {
        self.database.as_role(SERVICE)
    }

    /// The URL by which the owner of the schema connects.
    pub(crate) fn owner_url(&self) -> String {
        self.database.as_superuser().to_url_lossy().to_string()
    }

    /// The audit log as one process of the connector has it.
    pub(crate) async fn open(&self, connector: ConnectorId) -> AuditLog {
        let options = AppenderOptions {
            deadline: Duration::from_millis(800),
            ..AppenderOptions::new(Arc::new(|| SystemClock.unix_us()))
        };
        AuditLog::open_with(self.service_pool(), connector, options)
            .await
            .unwrap()
    }

    /// Nobody can use the database any more, at return: a session that was only asked to end may still commit.
    pub(crate) async fn take_away(&self) {
        let _turn = self.altering.lock().await;
        let name = self.database.name();
        self.database
            .administer(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            .await;
        let cut =
            format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'");
        self.database.administer(&cut).await;
    }

    pub(crate) async fn give_back(&self) {
        let _turn = self.altering.lock().await;
        let name = self.database.name();
        self.database
            .administer(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
            .await;
    }

    /// The records of an operation.
    pub(crate) async fn records(&self, audit: &AuditLog, operation: OperationId) -> Vec<Record> {
        let stream = StreamName::of("operation", operation.uuid()).unwrap();
        audit
            .reader()
            .read_stream(&stream, StreamVersion::ZERO, 100)
            .await
            .unwrap()
    }

    /// The types of an operation's records.
    pub(crate) async fn history(&self, audit: &AuditLog, operation: OperationId) -> Vec<String> {
        self.records(audit, operation)
            .await
            .into_iter()
            .map(|record| record.event_type)
            .collect()
    }

    /// Every value of every table, as text.
    pub(crate) async fn everything(&self) -> String {
        let tables: Vec<(String, String)> = sqlx::query_as(
            "SELECT table_schema::text, table_name::text FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
        )
        .fetch_all(&self.owner)
        .await
        .unwrap();
        let mut text = String::new();
        for (schema, table) in tables {
            let sql = format!(
                "SELECT coalesce(string_agg(row_to_json(t)::text, E'\\n'), '') FROM \"{schema}\".\"{table}\" t"
            );
            let rows: String = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&self.owner)
                .await
                .unwrap();
            text.push_str(&rows);
        }
        text
    }
}
