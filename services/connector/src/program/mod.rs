//! The connector's program: its name, its commands, and what its frame needs of it.

mod confirm_removals;
mod rebuild;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use groundwire_kit::clock::SystemClock;
use groundwire_kit::config::{Loaded, Renamed, SecretFile};
use groundwire_kit::http::Readiness;
use groundwire_kit::service::{Ending, Service, not_done, say_found};
use groundwire_kit::supervision::{Shutdown, TaskSet};
use prometheus_client::registry::Registry;
use sqlx::PgPool;

use crate::app::{self, App, Observed};
use crate::config::{self, Config};
use crate::uplink::Enrollment;
use crate::{audit, doctor};

pub use verify::VerifyArguments;

const VERIFY_HELP: &str = "\
Verifies the audit log: that every record has the hash that its fields give and
follows the one before it, that the log reaches to the head that is stored
beside it, that it contains every head given with --expect, and that this
version can read every event. An erased personal part is no break.

Who can write every table can write the whole log anew. Only a head that
somebody else kept shows that: `groundwire-directory verify` prints the one that
the directory saw.

Runs as the service's role ([database]), also while the service runs: it proves
the log up to the head that it had at the beginning. Memory: a page of records,
and some 40 bytes for each operation.";

const REBUILD_HELP: &str = "\
Writes the table of operations anew from the audit log. For after a restore, or
when its rows are not trusted; run `verify` first. One transaction: where it
fails, the rows are as before. A row keeps the connector that it names; one that
is missing becomes this connector's.

For use while the service is stopped: nothing can be recorded meanwhile. It is
refused while a process of the service is connected to the database. Runs as the
owner of the schema ([migrate]), as `migrate` does.";

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
    /// Prove that nobody changed the audit log
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArguments),
    /// Write the table of operations anew from the audit log
    #[command(after_help = REBUILD_HELP)]
    Rebuild,
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
            Command::ConfirmRemovals { .. }
            | Command::Verify(_)
            | Command::Rebuild
            | Command::Doctor { .. } => false,
        }
    }

    async fn run(command: Command, loaded: Loaded<Config>) -> anyhow::Result<ExitCode> {
        match command {
            Command::Enroll { token_file } => enroll(&loaded.config, token_file.as_deref()).await,
            Command::ConfirmRemovals { yes } => confirm_removals::confirm(&loaded.config, yes),
            Command::Verify(arguments) => Ok(verify::verify(arguments, &loaded)
                .await
                .unwrap_or_else(|error| not_done::<Self>(&error))),
            Command::Rebuild => rebuild::rebuild(&loaded).await,
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
    let text = if as_json {
        report.to_json()?
    } else {
        report.to_table()
    };
    Ok(say_found(&text, report.is_well())?)
}
