//! `rebuild`: writes the tables beside a tenant's log anew.

use std::process::ExitCode;
use std::sync::Arc;

use groundwire_kit::clock::SystemClock;
use groundwire_kit::service::{ProgressLines, Service as _, say};
use groundwire_kit::{config::Loaded, database};

use super::verify::DATABASE_DEADLINE;
use crate::app::App;
use crate::config::Config;
use crate::domain::TenantId;
use crate::store::Store;

pub(super) async fn rebuild(tenant: TenantId, loaded: &Loaded<Config>) -> anyhow::Result<ExitCode> {
    // One connection that writes, and one that reads the log beside it.
    let database = loaded.config.database.clone().with_at_least(2);
    let pool = database::pool(&database, "groundwire-directory rebuild")?;
    database::wait_until_ready(&pool, DATABASE_DEADLINE).await?;
    anyhow::ensure!(
        !database::is_in_use_by(&pool, App::NAME).await?,
        "a process of {} is connected to this database: stop it first",
        App::NAME
    );
    let mut progress = ProgressLines::new(format!("tenant {tenant}"));
    let operations = Store::new(pool, Arc::new(SystemClock))
        .with_statement_timeout(database.statement_timeout)
        .rebuild(tenant, &mut |done, end| progress.at(done.0, end.0))
        .await?;
    say(&format!(
        "The tables of tenant {tenant} are as its log says; operations: {operations}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}
