//! `rebuild`: writes the table of operations anew from the audit log.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use groundwire_kit::clock::SystemClock;
use groundwire_kit::service::{ProgressLines, Service as _, say};
use groundwire_kit::{config::Loaded, database};

use super::verify::DATABASE_DEADLINE;
use crate::app::App;
use crate::audit::{self, AuditLog};
use crate::config::Config;
use crate::identity::{ConnectorIdentity, IdentityFolder};

pub(super) async fn rebuild(loaded: &Loaded<Config>) -> anyhow::Result<ExitCode> {
    let config = &loaded.config;
    let folder = IdentityFolder::new(&config.identity.folder);
    let identity = ConnectorIdentity::load(&folder.connector())?;
    // One that writes, and one that reads the log beside it.
    let owner = config.database.as_owner(&config.migrate).with_at_least(2);
    let pool = database::pool(&owner, "groundwire-connector rebuild")?;
    database::wait_until_ready(&pool, DATABASE_DEADLINE).await?;
    anyhow::ensure!(
        !database::is_in_use_by(&pool, App::NAME).await?,
        "a process of {} is connected to this database: stop it first",
        App::NAME
    );
    // Opening the log to append to it would begin one that was removed anew, and empty the table.
    audit::open_reader(pool.clone())
        .await?
        .context("connector.audit_store names no log: its row was removed")?
        .head()
        .await
        .context("nothing was changed: the audit log is not there")?;
    let audit = AuditLog::open(pool, identity.connector, Arc::new(SystemClock)).await?;
    let mut progress = ProgressLines::new("audit log");
    let operations = audit
        .rebuild_projection(&mut |done, end| progress.at(done.0, end.0))
        .await
        .context("nothing was changed")?;
    say(&format!(
        "The table of operations is as the audit log says; operations: {operations}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
