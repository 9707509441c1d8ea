//! A `[database]` section for tests that have no service and so no default file.

use crate::database::DatabaseConfig;

const DEFAULT: &str = "
    url_file = ''
    host = ''
    port = 5432
    database = ''
    user = ''
    password_file = ''
    max_connections = 16
    acquire_timeout = '2s'
    statement_timeout = '10s'
    lock_timeout = '5s'
    idle_in_transaction_timeout = '10s'
";

/// The section with these keys (TOML) over the defaults of a service.
///
/// # Panics
/// For what is no such section.
#[must_use]
pub fn database_section(text: &str) -> DatabaseConfig {
    let mut section: toml::Table = DEFAULT.parse().expect("a table");
    section.extend(text.parse::<toml::Table>().expect("a table"));
    section.try_into().expect("a database section")
}
