//! Puts the connector together and keeps it going.
//!
//! Promises: nothing listens but the audit API and the metrics endpoint, where they are configured; whatever was accepted
//! before a stop is finished within the grace.

mod assembly;
mod audit_api;
mod controller;
mod identity;
mod link_state_reporter;
mod observed;
mod parts;
mod pipeline_work;

use std::net::SocketAddr;
use std::sync::Arc;

use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::database;
use groundwire_kit::service::Ending;
use groundwire_kit::supervision::{Shutdown, TaskSet};
use tokio::net::TcpListener;

use crate::ad::{ActiveDirectory, LdapsDirectory};
use crate::audit::connector_events::{PolicyChanged, Started, Stopped};
use crate::audit::{AuditLog, ConnectorEvent};
use crate::config::Config;
use crate::pipeline::NoCrashPoints;
use crate::uplink::{Conditions, Enrollment};
use assembly::Assembly;
use identity::Identity;

pub use observed::Observed;
pub use parts::{StartError, guardrails, ldaps_settings, scope};
pub use pipeline_work::PipelineWork;

/// A connector that runs.
pub struct App {
    /// Where the audit API is, if it is served.
    pub audit_api: Option<SocketAddr>,
    audit: AuditLog,
}

/// Enrols where needed, and starts everything; the directory and the domain controller need not be there yet.
pub async fn start(
    config: Config,
    observed: Observed,
    tasks: &mut TaskSet,
    shutdown: &Shutdown,
) -> Result<App, StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Bound before anything is dialled: a second process on the same machine fails here and touches nothing else.
    let listener = match config.audit_api.enabled {
        true => Some(config.audit_api.listen.bind("audit_api.listen").await?),
        false => None,
    };
    let audit_api = listener.as_ref().map(local_address);
    Enrollment::new(&config, clock.as_ref()).when_needed().await?;
    let identity = Identity::load(&config, clock.as_ref())?;
    let audit = open_audit_log(&config, &identity, Arc::clone(&clock)).await?;
    let ad: Arc<dyn ActiveDirectory> = Arc::new(LdapsDirectory::start(ldaps_settings(&config.ad)?));
    if let Some(listener) = listener {
        let calls = observed.metrics.calls();
        audit_api::spawn(
            listener,
            &config,
            audit.clone(),
            clock.as_ref(),
            calls,
            tasks,
            shutdown,
        )?;
    }
    note_start(&audit, &config).await;
    let assembly = Assembly {
        config: &config,
        ad,
        audit: audit.clone(),
        clock,
        conditions: Conditions::new(),
        shutdown: shutdown.clone(),
    };
    assembly.spawn(identity, observed, Arc::new(NoCrashPoints), tasks)?;
    tracing::info!(?audit_api, "carrying out events");
    Ok(App { audit_api, audit })
}

impl App {
    /// Writes the last record of the audit log.
    pub async fn close(self, ending: Ending) {
        let why = match ending {
            Ending::Requested => "signal",
            Ending::PartFailed => "part_ended",
        };
        note(
            &self.audit,
            &ConnectorEvent::Stopped(Stopped { why: why.to_owned() }),
        )
        .await;
    }
}

async fn open_audit_log(
    config: &Config,
    identity: &Identity,
    clock: Arc<dyn Clock>,
) -> Result<AuditLog, StartError> {
    let pool = database::pool(&config.database, "groundwire-connector")?;
    database::wait_until_ready(&pool, database::START_DEADLINE).await?;
    Ok(AuditLog::open(pool, identity.connector.connector, clock).await?)
}

async fn note_start(audit: &AuditLog, config: &Config) {
    let started = ConnectorEvent::Started(Started {
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    note(audit, &started).await;
    let policy = ConnectorEvent::PolicyChanged(PolicyChanged {
        include: config.ad.scope_include.clone(),
        exclude: config.ad.scope_exclude.clone(),
        kinds: config.guardrails.kinds.clone(),
        allow_password_not_required: config.guardrails.allow_password_not_required,
    });
    note(audit, &policy).await;
}

async fn note(audit: &AuditLog, event: &ConnectorEvent) {
    if let Err(error) = audit.note(event).await {
        tracing::warn!(%error, event = event.event_type(), "not recorded in the audit log");
    }
}

fn local_address(listener: &TcpListener) -> SocketAddr {
    // A bound socket has an address; the fallback is shown in logs only.
    listener
        .local_addr()
        .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)))
}
