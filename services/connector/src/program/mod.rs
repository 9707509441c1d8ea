//! The connector's program: its name, its commands, and what its frame needs of it.

mod confirm_removals;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use groundwire_kit::clock::SystemClock;
use groundwire_kit::config::{Loaded, Renamed, SecretFile};
use groundwire_kit::http::Readiness;
use groundwire_kit::service::{Ending, Service, say};
use groundwire_kit::supervision::{Shutdown, TaskSet};
use prometheus_client::registry::Registry;
use sqlx::PgPool;

use crate::app::{self, App, Observed};
use crate::config::{self, Config};
use crate::uplink::Enrollment;
use crate::{audit, doctor};

/// What only the connector's program does.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Turn a one-time token into an identity
    Enroll {
        /// File with the token, in place of `enrollment.token_file`
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// Let the account sync remove the accounts that it holds back
    ConfirmRemovals {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Check what the connector needs and print what was found
    Doctor {
        #[arg(long)]
        json: bool,
    },
}

impl Service for App {
    const NAME: &'static str = "groundwire-connector";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const ABOUT: &'static str = "Writes passwords back to Active Directory, on premises";
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
        Ok(app::start(config, observed, tasks, shutdown).await?)
    }

    async fn close(self, ending: Ending) {
        Self::close(self, ending).await;
    }

    async fn migrate(owner: &PgPool, service_role: &str) -> anyhow::Result<()> {
        audit::migrate(owner)
            .await
            .context("the schema was not brought up to date")?;
        if !service_role.is_empty() {
            audit::grant_service(owner, service_role)
                .await
                .with_context(|| format!("role {service_role} was not granted its rights"))?;
        }
        Ok(())
    }

    fn is_logged(command: &Command) -> bool {
        match command {
            Command::Enroll { .. } => true,
            Command::ConfirmRemovals { .. } | Command::Doctor { .. } => false,
        }
    }

    async fn run(command: Command, loaded: Loaded<Config>) -> anyhow::Result<ExitCode> {
        match command {
            Command::Enroll { token_file } => enroll(&loaded.config, token_file.as_deref()).await,
            Command::ConfirmRemovals { yes } => confirm_removals::confirm(&loaded.config, yes),
            Command::Doctor { json } => examine(&loaded, json).await,
        }
    }
}

async fn enroll(config: &Config, token_file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let file = token_file
        .map(SecretFile::new)
        .or_else(|| config.enrollment.token_file.clone())
        .context("give --token-file, or set enrollment.token_file")?;
    Enrollment::new(config, &SystemClock)
        .with_token_file(&file)
        .await?;
    Ok(ExitCode::SUCCESS)
}

async fn examine(loaded: &Loaded<Config>, as_json: bool) -> anyhow::Result<ExitCode> {
    let report = Box::pin(doctor::examine(loaded)).await;
    say(&if as_json {
        report.to_json()?
    } else {
        report.to_table()
    })?;
    Ok(if report.is_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
