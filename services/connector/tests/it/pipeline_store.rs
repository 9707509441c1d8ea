//! A database per test, with the service's role that the pipeline runs as; it can be taken away and given back.

use std::sync::Arc;
use std::time::Duration;

use groundwire_connector::audit::{AuditLog, grant_service, migrate};
use groundwire_eventlog::{AppenderOptions, Record, StreamName, StreamVersion};
use groundwire_kit::clock::{Clock, SystemClock};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use uuid::Uuid;

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where Postgres is"
)]
fn server() -> PgConnectOptions {
    std::env::var("GROUNDWIRE_TEST_POSTGRES_URL")
        .expect("GROUNDWIRE_TEST_POSTGRES_URL is not set: run through make test")
        .parse()
        .expect("GROUNDWIRE_TEST_POSTGRES_URL is a Postgres URL")
}

/// One audit store.
#[derive(Clone)]
pub(crate) struct Store {
    name: String,
    role: String,
    /// Two alterations of one database at once fail in Postgres.
    altering: Arc<tokio::sync::Mutex<()>>,
    pub(crate) owner: PgPool,
}

impl Store {
    pub(crate) async fn create() -> Self {
        let name = format!("connector_{}", Uuid::new_v4().simple());
        let role = format!("{name}_service");
        let store = Self {
            owner: PgPoolOptions::new()
                .max_connections(4)
                .connect_lazy_with(server().database(&name)),
            name,
            role,
            altering: Arc::default(),
        };
        store.administer(format!("CREATE DATABASE {}", store.name)).await;
        store
            .administer(format!("CREATE ROLE {} LOGIN PASSWORD 'service'", store.role))
            .await;
        migrate(&store.owner).await.unwrap();
        grant_service(&store.owner, &store.role).await.unwrap();
        store
    }

    async fn administer(&self, sql: String) {
        let mut connection = PgConnection::connect_with(&server()).await.unwrap();
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// A pool of the service's own role.
    pub(crate) fn service_pool(&self) -> PgPool {
        let options = server()
            .database(&self.name)
            .username(&self.role)
            .password("service");
        PgPoolOptions::new()
            .max_connections(6)
            .acquire_timeout(Duration::from_millis(500))
            .connect_lazy_with(options)
    }

    /// The URL by which the service's own role connects.
    pub(crate) fn service_url(&self) -> String {
        let options = server()
            .database(&self.name)
            .username(&self.role)
            .password("service");
        sqlx::ConnectOptions::to_url_lossy(&options).to_string()
    }

    /// The audit log as one process of the connector has it.
    pub(crate) async fn open(&self, connector: Uuid) -> AuditLog {
        let options = AppenderOptions {
            deadline: Duration::from_millis(800),
            ..AppenderOptions::new(Arc::new(|| SystemClock.unix_us()))
        };
        AuditLog::open_with(self.service_pool(), connector, options)
            .await
            .unwrap()
    }

    /// Nobody can use the database any more.
    pub(crate) async fn take_away(&self) {
        let _turn = self.altering.lock().await;
        self.administer(format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name))
            .await;
        self.administer(format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        ))
        .await;
    }

    pub(crate) async fn give_back(&self) {
        let _turn = self.altering.lock().await;
        self.administer(format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name))
            .await;
    }

    /// The records of an operation.
    pub(crate) async fn records(&self, audit: &AuditLog, operation: Uuid) -> Vec<Record> {
        let stream = StreamName::of("operation", operation).unwrap();
        audit
            .reader()
            .read_stream(&stream, StreamVersion::ZERO, 100)
            .await
            .unwrap()
    }

    /// The types of an operation's records.
    pub(crate) async fn history(&self, audit: &AuditLog, operation: Uuid) -> Vec<String> {
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

/// Removes the database when the test is over.
pub(crate) struct Removal(Store);

impl Removal {
    pub(crate) const fn of(store: Store) -> Self {
        Self(store)
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the database {} is left to look at", self.0.name);
            return;
        }
        let (name, role) = (self.0.name.clone(), self.0.role.clone());
        let removing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&server()).await.unwrap();
                for sql in [
                    format!("DROP DATABASE {name} WITH (FORCE)"),
                    format!("DROP ROLE {role}"),
                ] {
                    sqlx::query(AssertSqlSafe(sql))
                        .execute(&mut connection)
                        .await
                        .unwrap();
                }
            });
        });
        if removing.join().is_err() {
            eprintln!("the database {} was left behind", self.0.name);
        }
    }
}
