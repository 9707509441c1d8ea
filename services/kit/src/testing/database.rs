//! A database of its own for each test, on the server that `make test` starts.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};
use uuid::Uuid;

/// Of every role that tests make; they live as long as the server.
const PASSWORD: &str = "test";

/// Goes with the value, unless its test fails: then it is left to look at.
#[derive(Debug)]
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
}

impl TestDatabase {
    /// An empty one, owned by the server's superuser. Its name begins with the name of the crate under test.
    ///
    /// # Panics
    /// Where there is no server.
    pub async fn create(crate_name: &str) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are told their Postgres in the environment"
        )]
        let url = std::env::var("GROUNDWIRE_TEST_POSTGRES_URL")
            .expect("GROUNDWIRE_TEST_POSTGRES_URL is not set: run through make test");
        let server = url
            .parse()
            .expect("GROUNDWIRE_TEST_POSTGRES_URL is a Postgres URL");
        Self::create_on(server, crate_name).await
    }

    /// The same on a server of the test's own, by its superuser.
    ///
    /// # Panics
    /// Where there is no server.
    pub async fn create_on(server: PgConnectOptions, crate_name: &str) -> Self {
        let database = Self {
            server,
            name: format!("{crate_name}_{}", Uuid::new_v4().simple()),
        };
        database
            .administer(&format!("CREATE DATABASE {}", database.name))
            .await;
        database
    }

    /// The name of this database on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements on the server, outside of this database, as its superuser.
    ///
    /// # Panics
    /// If they fail.
    pub async fn administer(&self, sql: &str) {
        run(&self.server, sql).await.unwrap();
    }

    /// Runs what `pg_dump --inserts` wrote, in this database and as this role, which then owns what it makes.
    ///
    /// # Panics
    /// If it fails.
    pub async fn restore(&self, role: &PgConnectOptions, dump: &str) {
        run(role, dump).await.unwrap();
    }

    /// Another database that holds what this one holds now, as one does that a dump was restored to. Sessions of this one
    /// end.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn dump(&self) -> Self {
        let dump = Self {
            server: self.server.clone(),
            name: format!("{}_dump", self.name),
        };
        self.copy_to(&dump.name).await;
        dump
    }

    /// Makes this one hold what the dump holds: what was written since is lost. Sessions end, and new ones find the old
    /// state.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn restore_dump(&self, dump: &Self) {
        self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
            .await;
        dump.copy_to(&self.name).await;
    }

    /// Postgres copies a database that nobody uses.
    async fn copy_to(&self, name: &str) {
        let of = &self.name;
        self.administer(&format!("ALTER DATABASE {of} ALLOW_CONNECTIONS false"))
            .await;
        self.administer(&format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{of}'"
        ))
        .await;
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE {of}"))
            .await;
        self.administer(&format!("ALTER DATABASE {of} ALLOW_CONNECTIONS true"))
            .await;
    }

    /// Makes a role without privileges, if no other test did.
    pub async fn make_role(&self, role: &str) {
        let sql = format!(
            "DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        self.administer(&sql).await;
    }

    /// How the superuser connects: row-level security does not hold it.
    #[must_use]
    pub fn as_superuser(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    /// How a role connects that [`TestDatabase::make_role`] made.
    #[must_use]
    pub fn as_role(&self, role: &str) -> PgConnectOptions {
        self.as_superuser().username(role).password(PASSWORD)
    }

    /// The same as it stands in a URL file.
    #[must_use]
    pub fn url(&self, role: &str) -> String {
        self.as_role(role).to_url_lossy().to_string()
    }

    /// A pool that connects when it is used.
    #[must_use]
    pub fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tell(&format!("the database {} is left to look at", self.name));
            return;
        }
        let (server, sql) = (
            self.server.clone(),
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
        // On a runtime of its own: the test's may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(run(&server, &sql)).unwrap();
        });
        if dropping.join().is_err() {
            tell(&format!("the database {} was left behind", self.name));
        }
    }
}

async fn run(server: &PgConnectOptions, sql: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect_with(server).await?;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

#[expect(clippy::print_stderr, reason = "a test's output is where its reader looks")]
fn tell(line: &str) {
    eprintln!("{line}");
}
