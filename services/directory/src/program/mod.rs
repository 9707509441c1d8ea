//! The directory's program: its name, its commands, and what its frame needs of it.

use std::process::ExitCode;
use std::sync::Arc;

use groundwire_kit::clock::SystemClock;
use groundwire_kit::config::{Loaded, Renamed};
use groundwire_kit::http::Readiness;
use groundwire_kit::service::{Ending, Service, say};
use groundwire_kit::supervision::{Shutdown, TaskSet};
use prometheus_client::registry::Registry;
use sqlx::PgPool;

use crate::app::{self, App, Observed, ServerKeys};
use crate::config::{self, Config};
use crate::store::schema;

/// What only the directory's program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Make the server's CA and certificate where they are missing or about to expire
    InitKeys,
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
            Command::InitKeys => false,
        }
    }

    async fn run(command: Command, loaded: Loaded<Config>) -> anyhow::Result<ExitCode> {
        match command {
            Command::InitKeys => {
                let keys = &loaded.config.keys;
                for made in ServerKeys::in_folder(&keys.folder).make(keys, &SystemClock)? {
                    say(&format!("made {made}\n"))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
