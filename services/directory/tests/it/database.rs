//! A database of its own for each test, migrated by an owner without privileges and used by the service's role.

use std::sync::Arc;
use std::time::Duration;

use groundwire_directory::store::Store;
use groundwire_directory::store::schema::migrate;
use groundwire_kit::clock::Clock;
use groundwire_kit::testing::{self, Forwarder, SmallServer};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};

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
    database: testing::TestDatabase,
    /// As a superuser: row-level security does not hold it.
    pub(crate) superuser: PgPool,
}

impl TestDatabase {
    pub(crate) async fn new() -> Self {
        Self::empty().await.migrated().await
    }

    /// One that an earlier version filled, brought up to date.
    pub(crate) async fn restored(dump: &str) -> Self {
        let database = Self::empty().await;
        let owner = database.database.as_role(OWNER);
        database.database.restore(&owner, dump).await;
        database.migrated().await
    }

    async fn migrated(self) -> Self {
        let owner = self.connect(OWNER);
        migrate(&owner, SERVICE).await.unwrap();
        owner.close().await;
        self
    }

    /// On a server of the test's own.
    pub(crate) async fn on(server: &SmallServer) -> Self {
        let database = testing::TestDatabase::create_on(server.options(), "directory").await;
        Self::with_roles(database).await.migrated().await
    }

    /// With both roles, and no schema yet.
    pub(crate) async fn empty() -> Self {
        Self::with_roles(testing::TestDatabase::create("directory").await).await
    }

    async fn with_roles(database: testing::TestDatabase) -> Self {
        for role in [OWNER, SERVICE] {
            database.make_role(role).await;
        }
        let name = database.name();
        database
            .administer(&format!("ALTER DATABASE {name} OWNER TO {OWNER}"))
            .await;
        let superuser = testing::TestDatabase::pool(database.as_superuser(), 2);
        Self { database, superuser }
    }

    /// What it holds now, to be restored by [`TestDatabase::restore_dump`].
    pub(crate) async fn dump(&self) -> testing::TestDatabase {
        self.database.dump().await
    }

    /// It holds what the dump holds; whoever is connected is cut.
    pub(crate) async fn restore_dump(&self, dump: &testing::TestDatabase) {
        self.database.restore_dump(dump).await;
    }

    pub(crate) fn connect(&self, role: &str) -> PgPool {
        testing::TestDatabase::pool(self.options(role), 8)
    }

    pub(crate) fn options(&self, role: &str) -> PgConnectOptions {
        self.database.as_role(role)
    }

    /// Between the service and this database.
    pub(crate) async fn forwarder(&self) -> Forwarder {
        let server = self.options(SERVICE);
        Forwarder::start(server.get_host(), server.get_port()).await
    }

    /// As it stands in a URL file.
    pub(crate) fn url(&self, role: &str) -> String {
        self.database.url(role)
    }

    /// What a process of the service has.
    pub(crate) fn store(&self, clock: Arc<dyn Clock>) -> Arc<Store> {
        Arc::new(Store::new(self.connect(SERVICE), clock))
    }

    /// The rows of these projections of the tenants' logs.
    pub(crate) async fn projections(&self) -> Vec<String> {
        let mut all = Vec::new();
        for table in ["operations", "writeback_settings", "connector_groups", "tenants"] {
            let rows = format!("SELECT to_jsonb(t)::text FROM directory.{table} t ORDER BY 1");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
                .fetch_all(&self.superuser)
                .await
                .unwrap();
            all.extend(rows);
        }
        all
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
