//! The directory's program: its name, its commands, and what its frame needs of it.

mod rebuild;
mod verify;

use std::process::ExitCode;
use std::sync::Arc;

use groundwire_kit::clock::SystemClock;
use groundwire_kit::config::{Loaded, Renamed};
use groundwire_kit::http::Readiness;
use groundwire_kit::service::{Ending, Service, not_done, say};
use groundwire_kit::supervision::{Shutdown, TaskSet};
use prometheus_client::registry::Registry;
use sqlx::PgPool;

use crate::app::{self, App, Observed, ServerKeys};
use crate::config::{self, Config};
use crate::domain::TenantId;
use crate::store::schema;

pub use verify::VerifyArguments;

const VERIFY_HELP: &str = "\
Verifies the logs of all tenants in the directory's list of tenants, and the
system log: that every record has the hash that its fields give and follows the
one before it, that each log reaches to the head that is stored beside it, that
it contains every head given with --expect and every checkpoint that a connector
signed, and that this version can read every event. An erased personal part is
no break.

Who can write every table can write a whole log anew. Only a head that somebody
else kept shows that: `groundwire-connector verify` prints the one that the
connector saw.

Runs as the service's role ([database]), also while the service runs: it proves
each log up to the head that it had when its turn came. Memory: a page of
records, and some 40 bytes for each account.";

const REBUILD_HELP: &str = "\
Writes the tables beside a tenant's log anew from it: the tenant, its connector
groups, its settings, its operations. For after a restore, or when their rows
are not trusted; run `verify` first. One transaction: where it fails, the rows
are as before.

For use while the service is stopped: what it has in memory is not changed, and
nothing can be recorded for the tenant meanwhile. It is refused while a process
of the service is connected to the database. Runs as the service's role
([database]).";

/// What only the directory's program does.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Make the server's CA and certificate where they are missing or about to expire
    InitKeys,
    /// Prove that nobody changed the logs
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArguments),
    /// Write the tables beside a tenant's log anew from it
    #[command(after_help = REBUILD_HELP)]
    Rebuild {
        /// Whose tables are written anew
        #[arg(long, value_name = "ID")]
        tenant: TenantId,
    },
}

impl Service for App {
    const NAME: &'static str = "groundwire-directory";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const ABOUT: &'static str = "The cloud service of Groundwire";
    const DEFAULTS: &'static str = config::DEFAULT;
    const ENVIRONMENT_PREFIX: &'static str = config::ENVIRONMENT_PREFIX;
    const RENAMED: &'static [Renamed] = config::RENAMED;

    type Config = Config;
    type Command = Command;
    type Observed = Observed;

    fn observe(readiness: &Readiness) -> (Observed, Arc<Registry>) {
        Observed::new(readiness)
    }

    async fn start(
        config: Config,
        observed: Observed,
        tasks: &mut TaskSet,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        app::start(config, observed, tasks, shutdown).await
    }

    async fn close(self, _ending: Ending) {
        Self::close(self).await;
    }

    async fn migrate(owner: &PgPool, service_role: &str) -> anyhow::Result<()> {
        Ok(schema::migrate(owner, service_role).await?)
    }

    fn is_logged(command: &Command) -> bool {
        match command {
            Command::InitKeys | Command::Verify(_) | Command::Rebuild { .. } => false,
        }
    }

    async fn run(command: Command, loaded: Loaded<Config>) -> anyhow::Result<ExitCode> {
        match command {
            Command::InitKeys => {
                let keys = &loaded.config.keys;
                for made in ServerKeys::in_folder(&keys.folder).make(keys, &SystemClock)? {
                    say(&format!("made {made}\n"))?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Command::Verify(arguments) => Ok(verify::verify(arguments, &loaded)
                .await
                .unwrap_or_else(|error| not_done::<Self>(&error))),
            Command::Rebuild { tenant } => rebuild::rebuild(tenant, &loaded).await,
        }
    }
}
