//! A database of its own for each test, migrated by an owner without privileges and used by the service's role.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::store::Store;
use groundwire_directory::store::schema::migrate;
use groundwire_kit::clock::Clock;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

pub(crate) const OWNER: &str = "groundwire_test_owner";
pub(crate) const SERVICE: &str = "groundwire_test_service";

/// Everything that waits in a test is bounded by this.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Waits, but not for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, Box::pin(future))
        .await
        .expect("it did not happen in time")
}

pub(crate) struct TestDatabase {
    name: String,
    server: PgConnectOptions,
    /// As a superuser: row-level security does not hold it.
    pub(crate) superuser: PgPool,
}

impl TestDatabase {
    pub(crate) async fn new() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are told their Postgres in the environment"
        )]
        let url = std::env::var("GROUNDWIRE_TEST_POSTGRES_URL").expect("run through make test");
        let server = PgConnectOptions::from_str(&url).unwrap();
        let name = format!("directory_{}", Uuid::new_v4().simple());
        let admin = pool(server.clone(), 1).await;
        for role in [OWNER, SERVICE] {
            let make = format!(
                "DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD 'test'; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            sqlx::raw_sql(AssertSqlSafe(make)).execute(&admin).await.unwrap();
        }
        let create = format!("CREATE DATABASE {name} OWNER {OWNER}");
        sqlx::raw_sql(AssertSqlSafe(create))
            .execute(&admin)
            .await
            .unwrap();
        admin.close().await;
        let superuser = pool(server.clone().database(&name), 2).await;
        let database = Self {
            name,
            server,
            superuser,
        };
        let owner = database.connect(OWNER).await;
        migrate(&owner, SERVICE).await.unwrap();
        owner.close().await;
        database
    }

    pub(crate) async fn connect(&self, role: &str) -> PgPool {
        pool(
            self.server
                .clone()
                .database(&self.name)
                .username(role)
                .password("test"),
            8,
        )
        .await
    }

    /// As it stands in a URL file.
    pub(crate) fn url(&self, role: &str) -> String {
        let options = self
            .server
            .clone()
            .database(&self.name)
            .username(role)
            .password("test");
        sqlx::ConnectOptions::to_url_lossy(&options).to_string()
    }

    /// What a process of the service has.
    pub(crate) async fn store(&self, clock: Arc<dyn Clock>) -> Arc<Store> {
        Arc::new(Store::new(self.connect(SERVICE).await, clock))
    }

    /// All text and bytes of all rows of all tables of ours.
    pub(crate) async fn everything(&self) -> String {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname IN ('directory', 'eventlog') AND c.relkind = 'r'",
        )
        .fetch_all(&self.superuser)
        .await
        .unwrap();
        assert!(tables.len() > 8, "{tables:?}");
        let mut text = String::new();
        for table in tables {
            let rows = format!("SELECT row_to_json(t)::text FROM {table} t");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
                .fetch_all(&self.superuser)
                .await
                .unwrap();
            text.push_str(&rows.join("\n"));
        }
        text
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // On a runtime of its own: this one may be ending.
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let admin = pool(server, 1).await;
                let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                let _ = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&admin).await;
            });
        });
        let _ = dropping.join();
    }
}

async fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .unwrap()
}
