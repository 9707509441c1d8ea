//! The frame of a service: `directory` and `connector` start, stop, drain, report health, migrate, print and read their
//! configuration in the same way, and differ in what they implement of [`Service`].
//!
//! Promises: the configuration is checked whole before anything is bound; the endpoint of metrics and health is bound
//! first, so that a second process on the same machine fails before it touches anything, and a start can be watched; a
//! signal ends a start at once; after one, whatever is under way is finished within the grace; a part that ends by itself
//! takes the process with it, so that somebody notices.

mod command_line;
mod progress;

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use serde::de::DeserializeOwned;
use sqlx::PgPool;

use crate::config::{Check, Loaded, Renamed};
use crate::database::{DatabaseConfig, MigrateConfig, START_DEADLINE, pool, wait_until_ready};
use crate::http::{self, MetricsConfig, Readiness};
use crate::supervision::{Shutdown, ShutdownConfig, TaskSet};
use crate::telemetry::TelemetryConfig;

pub use command_line::{main, not_done, say, say_found};
pub use progress::ProgressLines;

/// Time for the last words of a service that stops.
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// A service: its configuration, its commands, and how it is put together.
pub trait Service: Sized + Send + 'static {
    /// The program's name.
    const NAME: &'static str;
    /// The program's version.
    const VERSION: &'static str;
    /// One line on what it is for.
    const ABOUT: &'static str;
    /// The text of the default file.
    const DEFAULTS: &'static str;
    /// Prefix of the environment's layer.
    const ENVIRONMENT_PREFIX: &'static str;
    /// Old names of its keys, beside those of the sections that every service has.
    const RENAMED: &'static [Renamed];

    /// The whole configuration.
    type Config: ServiceConfig;
    /// Its commands, beside those that every service has.
    type Command: clap::Subcommand + Send;
    /// Its metrics and conditions of readiness.
    type Observed: Send;

    /// Makes its metrics, and the conditions of readiness that it will meet.
    fn observe(readiness: &Readiness) -> (Self::Observed, Arc<Registry>);

    /// Reads every file, waits for what must be there, binds its ports, and starts its parts. May be dropped while it
    /// waits: a signal ends a start.
    fn start(
        config: Self::Config,
        observed: Self::Observed,
        tasks: &mut TaskSet,
        shutdown: &Shutdown,
    ) -> impl Future<Output = anyhow::Result<Self>> + Send;

    /// Its last words, after its parts have ended or were stopped. Cut short after 2 s.
    fn close(self, ending: Ending) -> impl Future<Output = ()> + Send;

    /// Brings the schema up to date, as its owner, and gives the service's role its rights.
    fn migrate(owner: &PgPool, service_role: &str) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Whether a command of its own writes a log, as `serve` does.
    fn is_logged(command: &Self::Command) -> bool;

    /// Carries out a command of its own.
    fn run(
        command: Self::Command,
        loaded: Loaded<Self::Config>,
    ) -> impl Future<Output = anyhow::Result<ExitCode>> + Send;
}

/// A service's configuration.
pub trait ServiceConfig: DeserializeOwned + Check + Send {
    /// The sections that every service has.
    fn shared(&self) -> SharedSections<'_>;
}

/// The sections that every service has, under these names.
#[derive(Debug, Clone, Copy)]
pub struct SharedSections<'a> {
    /// Where it keeps its data.
    pub database: &'a DatabaseConfig,
    /// Who may change the schema.
    pub migrate: &'a MigrateConfig,
    /// Metrics and health.
    pub metrics: &'a MetricsConfig,
    /// How long stopping may take.
    pub shutdown: &'a ShutdownConfig,
    /// Logs and traces.
    pub telemetry: &'a TelemetryConfig,
}

/// Why a service stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A signal, or whoever began the shutdown.
    Requested,
    /// A part of it ended by itself.
    PartFailed,
}

/// A service that runs.
#[derive(Debug)]
pub struct Running<S> {
    /// What the service itself keeps while it runs.
    pub service: S,
    /// Where metrics and health are.
    pub metrics: SocketAddr,
    tasks: TaskSet,
    shutdown: Shutdown,
}

/// Starts a service with a configuration that was checked: the same for production and for tests.
///
/// # Errors
/// What the service says, and a metrics endpoint that can't be bound.
pub async fn start<S: Service>(config: S::Config, shutdown: &Shutdown) -> anyhow::Result<Running<S>> {
    let listener = config.shared().metrics.listen.bind("metrics.listen").await?;
    let metrics = listener.local_addr()?;
    let readiness = Readiness::new();
    let (observed, registry) = S::observe(&readiness);
    let mut tasks = TaskSet::new();
    // It stays until the end, so that a stop can be watched.
    let served = http::serve(
        listener,
        http::router(registry, readiness),
        shutdown.forced_token(),
    );
    tasks.spawn_observer("metrics", async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the metrics endpoint failed");
        }
    });
    let service = S::start(config, observed, &mut tasks, shutdown).await?;
    Ok(Running {
        service,
        metrics,
        tasks,
        shutdown: shutdown.clone(),
    })
}

/// Brings the schema up to date, as its owner, and gives the service's role its rights.
///
/// # Errors
/// What the service and the database say.
pub async fn migrate<S: Service>(config: &S::Config) -> anyhow::Result<()> {
    let SharedSections {
        database, migrate, ..
    } = config.shared();
    let owner = database.as_owner(migrate);
    let pool = pool(&owner, &format!("{} migrate", S::NAME))?;
    wait_until_ready(&pool, START_DEADLINE).await?;
    let role = &migrate.service_role;
    S::migrate(&pool, role).await?;
    tracing::info!(service_role = %role, "the schema is up to date");
    Ok(())
}

impl<S: Service> Running<S> {
    /// Stays until the shutdown, and then until everything under way is finished or the grace is over.
    ///
    /// # Errors
    /// A part that ended before the shutdown, or that panicked.
    pub async fn run_until_stopped(mut self) -> anyhow::Result<()> {
        let outcome = self.tasks.run_until_stopped(&self.shutdown).await;
        let ending = match outcome {
            Ok(()) => Ending::Requested,
            Err(_) => Ending::PartFailed,
        };
        if tokio::time::timeout(CLOSE_DEADLINE, self.service.close(ending))
            .await
            .is_err()
        {
            tracing::warn!(deadline_s = CLOSE_DEADLINE.as_secs(), "not closed in time");
        }
        outcome.map_err(Into::into)
    }
}
