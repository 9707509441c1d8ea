//! `groundwire-connector`: the service and what an operator does with it on premises.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use groundwire_connector::config::{self, Config};
use groundwire_connector::identity::IdentityFolder;
use groundwire_connector::pipeline::CrashPoints;
use groundwire_connector::uplink::{Confirmation, Enrollment, SyncFiles};
use groundwire_connector::{app, audit, doctor};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::config::SecretFile;
use groundwire_kit::{database, telemetry};

const TELEMETRY_DEADLINE: Duration = Duration::from_secs(5);
const DATABASE_DEADLINE: Duration = Duration::from_secs(60);

#[derive(Parser)]
#[command(
    name = "groundwire-connector",
    version,
    about = "Writes passwords back to Active Directory, on premises"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Configuration file (TOML) over the defaults
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<std::path::PathBuf>,
    /// Print the configuration as it would be used, and exit
    #[arg(long, global = true)]
    dump_config: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Attach to the directory and carry out its events (enrols first, where there is no identity yet)
    Serve,
    /// Bring the audit store's schema up to date, and grant the service's role its rights
    Migrate,
    /// Turn a one-time token into an identity
    Enroll {
        /// File with the token, in place of `enrollment.token_file`
        #[arg(long, value_name = "FILE")]
        token_file: Option<std::path::PathBuf>,
    },
    /// Ask the running service whether it is ready
    Healthcheck,
    /// Let the account sync remove the accounts that it holds back
    ConfirmRemovals {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Check what the connector needs and print what was found
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    if let Err(error) = groundwire_kit::process::harden() {
        return report(&anyhow::Error::new(error));
    }
    let arguments = Arguments::parse();
    let loaded = match config::load(arguments.config.as_deref()) {
        Ok(loaded) => loaded,
        Err(error) => return report(&anyhow::Error::new(error)),
    };
    if arguments.dump_config {
        return outcome(say(&loaded.dump()));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&anyhow::Error::new(error)),
    };
    runtime.block_on(async {
        match run(arguments.command, loaded.config).await {
            Ok(code) => code,
            Err(error) => report(&error),
        }
    })
}

async fn run(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => Box::pin(with_telemetry(config, serve)).await,
        Command::Migrate => Box::pin(with_telemetry(config, migrate)).await,
        Command::Enroll { token_file } => {
            Box::pin(with_telemetry(config, async |config| {
                enroll(&config, token_file.as_deref()).await
            }))
            .await
        }
        Command::Healthcheck => doctor::healthcheck(&config.metrics.listen)
            .await
            .map_or_else(|error| Ok(report(&error.into())), |()| Ok(ExitCode::SUCCESS)),
        Command::ConfirmRemovals { yes } => confirm_removals(&config, yes),
        Command::Doctor { json } => {
            let report = Box::pin(doctor::examine(&config)).await;
            say(&if json {
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
    }
}

async fn with_telemetry(
    config: Config,
    work: impl AsyncFnOnce(Config) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let guard = telemetry::init(
        "groundwire-connector",
        env!("CARGO_PKG_VERSION"),
        &config.telemetry,
    )?;
    let outcome = work(config).await;
    if let Err(error) = &outcome {
        tracing::error!(error = format!("{error:#}"), "stopped");
    }
    guard.shutdown(TELEMETRY_DEADLINE).await;
    Ok(if outcome.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn serve(config: Config) -> anyhow::Result<()> {
    Ok(Box::pin(app::serve(config, crash_points())).await?)
}

#[cfg(not(feature = "failpoints"))]
fn crash_points() -> Arc<dyn CrashPoints> {
    Arc::new(groundwire_connector::pipeline::NoCrashPoints)
}

#[cfg(feature = "failpoints")]
fn crash_points() -> Arc<dyn CrashPoints> {
    Arc::new(groundwire_connector::pipeline::KillWhereFileSays::from_environment())
}

async fn migrate(config: Config) -> anyhow::Result<()> {
    let pool = database::pool(&config.database, "groundwire-connector migrate")?;
    database::wait_until_ready(&pool, DATABASE_DEADLINE).await?;
    audit::migrate(&pool)
        .await
        .context("the schema was not brought up to date")?;
    let role = &config.database_rights.writer_role;
    if !role.is_empty() {
        audit::grant_service(&pool, role)
            .await
            .with_context(|| format!("role {role} was not granted its rights"))?;
    }
    tracing::info!(writer_role = %role, "the audit store is up to date");
    Ok(())
}

async fn enroll(config: &Config, token_file: Option<&Path>) -> anyhow::Result<()> {
    let file = token_file
        .map(SecretFile::new)
        .or_else(|| config.enrollment.token_file.clone())
        .context("give --token-file, or set enrollment.token_file")?;
    Enrollment::new(config, &SystemClock)
        .with_token_file(&file)
        .await?;
    Ok(())
}

fn confirm_removals(config: &Config, yes: bool) -> anyhow::Result<ExitCode> {
    let files = SyncFiles::of(&IdentityFolder::new(&config.identity.folder));
    let state = files.state();
    let Some(found) = state.held else {
        say("No removals are held back.\n")?;
        return Ok(ExitCode::SUCCESS);
    };
    let before = state
        .accounts
        .map_or_else(|| "an unknown number of".to_owned(), |count| count.to_string());
    say(&format!(
        "The last listing had {found} accounts in scope; the one before it had {before}.\n\
         Confirming removes the others from the directory: their passwords can then no longer be written back.\n"
    ))?;
    if !yes {
        say("Type the number of accounts that are right to go on: ")?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if answer.trim() != found.to_string() {
            say("Nothing was confirmed.\n")?;
            return Ok(ExitCode::FAILURE);
        }
    }
    files.confirm(Confirmation { accounts: found })?;
    say("Confirmed. The running service syncs again within seconds.\n")?;
    Ok(ExitCode::SUCCESS)
}

/// To standard output; a reader that went away is an error like any other.
fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

fn outcome(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

fn report(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "groundwire-connector: {error:#}");
    ExitCode::FAILURE
}
