//! From the command line to an exit status.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use super::{Service, ServiceConfig as _, migrate, start};
use crate::config::{Layers, Loaded, load};
use crate::supervision::Shutdown;
use crate::{database, http, process, telemetry};

/// How long the last spans may take to leave.
const FLUSH_DEADLINE: Duration = Duration::from_secs(2);

/// Below the time-outs that container runtimes give a health check, so that its text is seen.
const HEALTHCHECK_DEADLINE: Duration = Duration::from_secs(2);

/// The command line or the configuration can't be used, or a command that answers a question could not be done. The status
/// that clap exits with, too.
const UNUSABLE: u8 = 2;

const EXIT_STATUSES: &str = "\
Exit status:
  0  it was done; of `serve`: it was stopped by a signal
  1  it failed; of `healthcheck`: the service is not ready; of `verify`: a log
     is not whole
  2  the command line or the configuration cannot be used; nothing was done;
     of `verify`: it could not be done";

#[derive(Parser)]
#[command(max_term_width = 80, after_help = EXIT_STATUSES)]
struct Arguments<Own: Subcommand> {
    #[command(subcommand)]
    command: Command<Own>,
    /// Configuration file (TOML) over the defaults
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// What `print-config` was
    #[arg(long, global = true, hide = true)]
    dump_config: bool,
}

#[derive(Subcommand)]
enum Command<Own: Subcommand> {
    /// Run the service until SIGTERM or SIGINT
    Serve,
    /// Bring the database's schema up to date, as its owner, and grant the service's role its rights
    Migrate,
    /// Ask the running service on this machine whether it is ready
    Healthcheck,
    /// Print the configuration as it would be used, and where each value comes from
    PrintConfig,
    #[command(flatten)]
    Own(Own),
}

/// The `main` of a service's program.
#[must_use]
pub fn main<S: Service>() -> ExitCode {
    run::<S>().unwrap_or_else(|(status, error)| {
        let _ = writeln!(io::stderr().lock(), "{}: {error:#}", S::NAME);
        status
    })
}

/// Writes to standard output. A reader that went away is an error like any other.
///
/// # Errors
/// What the operating system says.
pub fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes what a command found; answers the status that says whether it is as it should be.
///
/// # Errors
/// What the operating system says.
pub fn say_found(text: &str, is_well: bool) -> io::Result<ExitCode> {
    say(text)?;
    Ok(if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Says why a command could not be done, as opposed to what it found; answers the status for that.
#[must_use]
pub fn not_done<S: Service>(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(io::stderr().lock(), "{}: {error:#}", S::NAME);
    UNUSABLE.into()
}

type Outcome = Result<ExitCode, (ExitCode, anyhow::Error)>;

fn failed(error: impl Into<anyhow::Error>) -> (ExitCode, anyhow::Error) {
    (ExitCode::FAILURE, error.into())
}

fn unusable(error: impl Into<anyhow::Error>) -> (ExitCode, anyhow::Error) {
    (UNUSABLE.into(), error.into())
}

fn run<S: Service>() -> Outcome {
    process::harden().map_err(failed)?;
    let arguments = parse::<S>();
    let loaded = load::<S::Config>(Layers {
        default: S::DEFAULTS,
        file: arguments.config.as_deref(),
        environment_prefix: S::ENVIRONMENT_PREFIX,
        renamed: &[database::RENAMED, S::RENAMED],
    })
    .map_err(unusable)?;
    let command = if arguments.dump_config {
        warn::<S>("`--dump-config` is now the command `print-config`");
        Command::PrintConfig
    } else {
        arguments.command
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(carry_out::<S>(command, loaded))
}

fn parse<S: Service>() -> Arguments<S::Command> {
    let command = Arguments::<S::Command>::command()
        .name(S::NAME)
        .version(S::VERSION)
        .about(S::ABOUT);
    let matches = command.get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

async fn carry_out<S: Service>(command: Command<S::Command>, loaded: Loaded<S::Config>) -> Outcome {
    match command {
        Command::Serve => {
            loaded.check().map_err(unusable)?;
            Box::pin(logged::<S>(loaded, async |loaded| {
                serve::<S>(loaded.config).await.map(|()| ExitCode::SUCCESS)
            }))
            .await
        }
        Command::Migrate => {
            Box::pin(logged::<S>(loaded, async |loaded| {
                migrate::<S>(&loaded.config).await.map(|()| ExitCode::SUCCESS)
            }))
            .await
        }
        Command::Healthcheck => {
            // Run every few seconds: the service itself has said the warnings.
            let listen = &loaded.config.shared().metrics.listen;
            let ready = http::healthcheck(listen, HEALTHCHECK_DEADLINE).await;
            ready.map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        Command::PrintConfig => {
            loaded.warnings.iter().for_each(|warning| warn::<S>(warning));
            say(&loaded.to_toml()).map(|()| ExitCode::SUCCESS).map_err(failed)
        }
        Command::Own(own) if S::is_logged(&own) => {
            Box::pin(logged::<S>(loaded, async |loaded| S::run(own, loaded).await)).await
        }
        Command::Own(own) => {
            loaded.warnings.iter().for_each(|warning| warn::<S>(warning));
            Box::pin(S::run(own, loaded)).await.map_err(failed)
        }
    }
}

fn warn<S: Service>(warning: &str) {
    let _ = writeln!(io::stderr().lock(), "{}: warning: {warning}", S::NAME);
}

/// Does what belongs in the log, with spans and warnings; its failure is there, and not on standard error a second time.
async fn logged<S: Service>(
    loaded: Loaded<S::Config>,
    work: impl AsyncFnOnce(Loaded<S::Config>) -> anyhow::Result<ExitCode>,
) -> Outcome {
    let telemetry =
        telemetry::init(S::NAME, S::VERSION, loaded.config.shared().telemetry).map_err(unusable)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let outcome = work(loaded).await;
    if let Err(error) = &outcome {
        tracing::error!(error = format!("{error:#}"), "failed");
    }
    telemetry.shutdown(FLUSH_DEADLINE).await;
    Ok(outcome.unwrap_or(ExitCode::FAILURE))
}

async fn serve<S: Service>(config: S::Config) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals(config.shared().shutdown.grace)?;
    let running = tokio::select! {
        running = start::<S>(config, &shutdown) => running?,
        () = shutdown.draining() => return Ok(()),
    };
    tracing::info!(metrics = %running.metrics, "serving");
    running.run_until_stopped().await
}
