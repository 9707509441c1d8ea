//! A database of its own for each test, on the server that `make test` starts.

use std::io::Write;

use groundwire_kit::database::DatabaseConfig;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::NamedTempFile;

/// A database that goes with the value.
pub(crate) struct TestDatabase {
    server_url: String,
    name: String,
    url_file: NamedTempFile,
}

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one variable that tests read")]
        let server_url = std::env::var("GROUNDWIRE_TEST_POSTGRES_URL").expect("run through make test");
        let name = format!("kit_{}", uuid::Uuid::new_v4().simple());
        let mut server = PgConnection::connect(&server_url).await.unwrap();
        server
            .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .await
            .unwrap();
        let (base, _) = server_url.rsplit_once('/').unwrap();
        let mut url_file = NamedTempFile::new().unwrap();
        writeln!(url_file, "{base}/{name}").unwrap();
        Self {
            server_url,
            name,
            url_file,
        }
    }

    pub(crate) fn config(&self, more: &str) -> DatabaseConfig {
        toml::from_str(&format!("url_file = {:?}\n{more}", self.url_file.path())).unwrap()
    }

    pub(crate) fn server_url(&self) -> &str {
        &self.server_url
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) async fn drop(self) {
        let mut server = PgConnection::connect(&self.server_url).await.unwrap();
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        server.execute(AssertSqlSafe(drop)).await.unwrap();
    }
}
