//! A Postgres of a test's own on a small disk, which the test fills and frees.

use std::process::{Command, Output};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::time::timeout;
use uuid::Uuid;

use super::wait_until;

/// Holds a cluster, some of its log ahead, and a service's schema.
const DISK: &str = "size=320m";
/// The server again and again, as what looks after a database does: it ends where its log finds no space.
const AGAIN_AND_AGAIN: &str = "while :; do /usr/local/lib/groundwire/entrypoint.sh; sleep 0.1; done";
const BALLAST: &str = "/var/lib/postgresql/ballast";

/// Goes with the value, also where its test fails.
#[derive(Debug)]
pub struct SmallServer {
    container: String,
    port: u16,
}

impl SmallServer {
    /// Starts one that listens on loopback.
    ///
    /// # Panics
    /// Where there is no Docker, or it does not start.
    pub async fn start() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are told the image of their Postgres in the environment"
        )]
        let image = std::env::var("GROUNDWIRE_TEST_POSTGRES_IMAGE")
            .expect("GROUNDWIRE_TEST_POSTGRES_IMAGE is not set: run through make test");
        let disk = format!("/var/lib/postgresql:uid=10001,gid=10001,mode=0700,{DISK}");
        let mut server = Self {
            container: format!("groundwire-test-{}", Uuid::new_v4().simple()),
            port: 0,
        };
        let mut run = vec!["run", "--detach", "--name", &server.container];
        run.extend(["--publish", "127.0.0.1::5432", "--env", "ALLOW_SUPERUSER=1"]);
        run.extend(["--shm-size", "256m", "--read-only", "--tmpfs", "/tmp:mode=1777"]);
        run.extend(["--tmpfs", &disk]);
        run.extend(["--cap-drop", "ALL", "--security-opt", "no-new-privileges"]);
        run.extend(["--entrypoint", "bash", &image, "-c", AGAIN_AND_AGAIN]);
        docker(&run);
        let published = docker(&["port", &server.container, "5432/tcp"]);
        server.port = published.rsplit(':').next().unwrap().trim().parse().unwrap();
        server.wait_until_it_writes().await;
        server
    }

    /// How its superuser connects.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("postgres")
            .database("postgres")
    }

    /// Takes all space there is, also what is about to be freed. The server's log has room for a while: it writes into
    /// files that it has.
    ///
    /// # Panics
    /// If there is space left.
    pub async fn fill(&self) {
        // What was written before a checkpoint is used again after it.
        self.write_log(48).await.unwrap();
        self.run("CHECKPOINT").await.unwrap();
        let fill =
            format!("dd if=/dev/zero of={BALLAST} bs=64k 2>/dev/null; test $(stat -f -c %a {BALLAST}) = 0");
        docker(&["exec", &self.container, "sh", "-c", &fill]);
    }

    /// Has the log ask for space, which ends the server where there is none.
    ///
    /// # Panics
    /// If the server finds space.
    pub async fn exhaust_log(&self) {
        let written = self.write_log(256).await;
        assert!(written.is_err(), "there is space for the log");
    }

    /// Gives the space back.
    ///
    /// # Panics
    /// If none was taken.
    pub fn free(&self) {
        docker(&["exec", &self.container, "rm", BALLAST]);
    }

    /// Waits until the server writes: its own start is not what is measured.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn wait_until_it_writes(&self) {
        wait_until("the server writes", async || self.write_log(1).await.is_ok()).await;
    }

    /// So many MB, into the log only.
    async fn write_log(&self, megabytes: u32) -> Result<(), sqlx::Error> {
        let sql =
            "SELECT pg_logical_emit_message(true, 'test', repeat('x', 1048576)) FROM generate_series(1, MB)";
        self.run(&sql.replace("MB", &megabytes.to_string())).await
    }

    async fn run(&self, sql: &str) -> Result<(), sqlx::Error> {
        let running = async {
            let mut connection = self.options().connect().await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
                .execute(&mut connection)
                .await?;
            connection.close().await
        };
        timeout(Duration::from_secs(10), running)
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }
}

impl Drop for SmallServer {
    fn drop(&mut self) {
        let remove = ["rm", "--force", "--volumes", &self.container];
        let _best_effort = Command::new("docker").args(remove).output();
    }
}

fn docker(arguments: &[&str]) -> String {
    let output: Output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
