//! `groundwire-directory`: the cloud service.
#![allow(clippy::print_stdout, reason = "a command for people and scripts")]

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use groundwire_directory::app::{self, App, ServerKeys};
use groundwire_directory::config::{DirectoryConfig, from_layers};
use groundwire_kit::clock::SystemClock;
use groundwire_kit::config::ConfigArguments;
use groundwire_kit::supervision::Shutdown;
use groundwire_kit::{process, telemetry};

/// How long a stop may take: callers who wait are answered, streams are moved.
const GRACE: Duration = Duration::from_secs(10);

/// How long the last spans may take to leave.
const FLUSH: Duration = Duration::from_secs(2);

#[derive(Parser)]
#[command(
    name = "groundwire-directory",
    version,
    about = "The cloud service of Groundwire",
    max_term_width = 80
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API and the gateway
    Serve(ConfigArguments),
    /// Brings the database's schema up to date, as its owner
    Migrate(ConfigArguments),
    /// Makes the server's CA and certificate where they are missing or about to expire
    InitKeys(ConfigArguments),
    /// Succeeds when the directory on this machine is ready
    Healthcheck(ConfigArguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            println!("groundwire-directory: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    process::harden()?;
    let (Command::Serve(arguments)
    | Command::Migrate(arguments)
    | Command::InitKeys(arguments)
    | Command::Healthcheck(arguments)) = &command;
    let loaded = from_layers(arguments.config.as_deref())?;
    if arguments.dump_config {
        print!("{}", loaded.dump());
        return Ok(());
    }
    let config = loaded.config;
    match command {
        Command::Serve(_) => serve(config).await,
        Command::Migrate(_) => {
            app::migrate(&config).await?;
            println!("the schema is up to date");
            Ok(())
        }
        Command::InitKeys(_) => {
            for made in ServerKeys::in_folder(&config.keys.folder).make(&config.keys, &SystemClock)? {
                println!("made {made}");
            }
            Ok(())
        }
        Command::Healthcheck(_) => app::healthcheck(&config).await,
    }
}

async fn serve(config: DirectoryConfig) -> anyhow::Result<()> {
    let telemetry = telemetry::init(
        "groundwire-directory",
        env!("CARGO_PKG_VERSION"),
        &config.telemetry,
    )?;
    let shutdown = Shutdown::on_signals(GRACE)?;
    let served = async { App::build(config).await?.run(shutdown).await }.await;
    if let Err(error) = &served {
        tracing::error!(error = format!("{error:#}"), "the directory ends");
    }
    telemetry.shutdown(FLUSH).await;
    served
}
