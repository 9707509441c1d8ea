//! `serve`: from a checked configuration to a running connector, and back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::{Clock, SystemClock};
use groundwire_kit::database;
use groundwire_kit::http::{Condition, Readiness};
use groundwire_kit::supervision::{BackoffLimits, Shutdown, TaskEnd, TaskSet};
use groundwire_kit::tls::ServerIdentity;
use groundwire_proto::gateway::v1::DomainController as WireController;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::bind::bind;
use super::controller::Watch;
use super::link_state_reporter::LinkStateReporter;
use super::parts::{StartError, guardrails, ldaps_settings, scope};
use super::pipeline_work::PipelineWork;
use crate::ad::{ActiveDirectory, LdapsDirectory};
use crate::audit::connector_events::{PolicyChanged, Started, Stopped};
use crate::audit::{AuditLog, ConnectorEvent};
use crate::config::Config;
use crate::grpc::AuditTokens;
use crate::identity::{CertifiedKeys, ConnectorIdentity, GroupBundle, IdentityFolder, self_made_certificate};
use crate::metrics::Metrics;
use crate::pipeline::{CrashPoints, GroupContext, Limits, OutcomeSink, Pipeline, PipelineParts, SealingKeys};
use crate::uplink::{
    AccountSync, Conditions, Dialer, DirectoryHeads, Enrollment, RemovalGuard, SyncDone, SyncFiles,
    SyncRequest, Uplink, UplinkParts,
};

/// How long the database is waited for at start.
const DATABASE_DEADLINE: Duration = Duration::from_secs(60);
/// Frames between the pipeline and the stream.
const SINK_CAPACITY: usize = 256;

/// A running connector.
pub struct Serving {
    /// Where metrics and health are.
    pub metrics: SocketAddr,
    /// Where the audit API is, if it is served.
    pub audit_api: Option<SocketAddr>,
    audit: AuditLog,
    tasks: TaskSet,
    shutdown: Shutdown,
}

/// Everything that is read from the identity's folder.
struct Identity {
    connector: ConnectorIdentity,
    bundle: GroupBundle,
    keys: CertifiedKeys,
}

/// Enrols where needed, starts everything, and stays until the shutdown.
///
/// # Errors
/// [`StartError`]; also when a part ends that must not.
pub async fn serve(config: Config, crash_points: Arc<dyn CrashPoints>) -> Result<(), StartError> {
    let shutdown = Shutdown::on_signals(Duration::from_secs(config.shutdown.grace_seconds))?;
    let starting = start(config, shutdown.clone(), crash_points);
    let serving = tokio::select! {
        serving = starting => serving?,
        () = shutdown.draining() => return Ok(()),
    };
    serving.until_stopped().await
}

/// Starts everything and returns once it runs; what it needs need not be there yet.
///
/// # Errors
/// [`StartError`].
pub async fn start(
    config: Config,
    shutdown: Shutdown,
    crash_points: Arc<dyn CrashPoints>,
) -> Result<Serving, StartError> {
    config.check()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Bound first: a second process on the same machine fails here and touches nothing else.
    let metrics_listener = bind(&config.metrics.listen).await?;
    let audit_listener = match config.audit_api.enabled {
        true => Some(bind(&config.audit_api.listen).await?),
        false => None,
    };
    let metrics_address = local(&metrics_listener);
    let mut tasks = TaskSet::new();
    let observed = observe(metrics_listener, &mut tasks, &shutdown);

    Enrollment::new(&config, clock.as_ref()).when_needed().await?;
    let identity = load_identity(&config, clock.as_ref())?;
    let pool = database::pool(&config.database, "groundwire-connector")?;
    database::wait_until_ready(&pool, DATABASE_DEADLINE).await?;
    let audit = AuditLog::open(pool, identity.connector.connector, Arc::clone(&clock)).await?;
    let ad: Arc<dyn ActiveDirectory> = Arc::new(LdapsDirectory::start(ldaps_settings(&config.ad)?));

    let mut serving = Serving {
        metrics: metrics_address,
        audit_api: audit_listener.as_ref().map(local),
        audit: audit.clone(),
        tasks,
        shutdown: shutdown.clone(),
    };
    if let Some(listener) = audit_listener {
        serving.serve_audit_api(&config, listener, clock.as_ref())?;
    }
    note_start(&audit, &config).await;
    let world = World {
        config: &config,
        ad,
        audit,
        clock,
        conditions: Conditions::new(),
    };
    serving.connect(&world, identity, observed, crash_points)?;
    tracing::info!(metrics = %serving.metrics, audit_api = ?serving.audit_api, "serving");
    Ok(serving)
}

/// Metrics and the conditions of readiness.
struct Observed {
    metrics: Metrics,
    attached: Condition,
    dc: Condition,
    audit: Condition,
}

/// What most parts need.
struct World<'a> {
    config: &'a Config,
    ad: Arc<dyn ActiveDirectory>,
    audit: AuditLog,
    clock: Arc<dyn Clock>,
    conditions: Conditions,
}

/// Serves metrics and health from the first moment, so that a start can be watched.
fn observe(listener: TcpListener, tasks: &mut TaskSet, shutdown: &Shutdown) -> Observed {
    let mut registry = Registry::default();
    let metrics = Metrics::new(&mut registry);
    let readiness = Readiness::new();
    let observed = Observed {
        metrics,
        attached: readiness.condition("directory"),
        dc: readiness.condition("domain_controller"),
        audit: readiness.condition("audit_store"),
    };
    let router = groundwire_kit::http::router(Arc::new(registry), readiness);
    let forced = shutdown.forced_token();
    tasks.spawn("metrics", async move {
        if let Err(error) = groundwire_kit::http::serve(listener, router, forced).await {
            tracing::error!(%error, "the metrics endpoint ended");
        }
    });
    observed
}

impl World<'_> {
    fn watch(
        &self,
        dc_ready: Condition,
        audit_ready: Condition,
    ) -> (Watch, watch::Receiver<Option<WireController>>) {
        let (dc, seen) = watch::channel(None);
        let parts = Watch {
            ad: Arc::clone(&self.ad),
            audit: self.audit.clone(),
            configured_host: self.config.ad.url.trim_start_matches("ldaps://").to_owned(),
            dc,
            conditions: self.conditions.clone(),
            dc_ready,
            audit_ready,
        };
        (parts, seen)
    }

    fn account_sync(
        &self,
        dialer: Dialer,
        requests: watch::Receiver<SyncRequest>,
    ) -> (AccountSync, watch::Receiver<Option<SyncDone>>) {
        let (done, synced) = watch::channel(None);
        let sync = &self.config.sync;
        let parts = AccountSync {
            dialer,
            ad: Arc::clone(&self.ad),
            scope: scope(&self.config.ad),
            guard: RemovalGuard {
                max_fraction: sync.removal_max_fraction,
                min_accounts: sync.removal_min_accounts,
            },
            files: SyncFiles::of(&IdentityFolder::new(&self.config.identity.folder)),
            interval: Duration::from_secs(sync.interval_seconds),
            timeout: Duration::from_secs(sync.timeout_seconds),
            conditions: self.conditions.clone(),
            requests,
            done,
            clock: Arc::clone(&self.clock),
        };
        (parts, synced)
    }

    fn pipeline(&self, identity: Identity, metrics: Metrics, crash_points: Arc<dyn CrashPoints>) -> Pipeline {
        Pipeline::new(PipelineParts {
            audit: self.audit.clone(),
            ad: Arc::clone(&self.ad),
            keys: Arc::new(SealingKeys::new(identity.keys.into_private_keys())),
            group: GroupContext {
                tenant: identity.connector.tenant,
                group: identity.connector.group,
                connector: identity.connector.connector,
                marker_keys: vec![identity.bundle.marker_key()],
                event_keys: vec![identity.connector.event_key],
            },
            guardrails: guardrails(self.config),
            self_reset_unlocks: self.config.guardrails.self_reset_unlocks,
            limits: Limits {
                clock_tolerance: self.config.directory.clock_limit(),
                ..Limits::default()
            },
            clock: Arc::clone(&self.clock),
            observer: Arc::new(metrics),
            crash_points,
        })
    }
}

impl Serving {
    /// Starts what talks to the domain controller and to the directory.
    fn connect(
        &mut self,
        world: &World<'_>,
        identity: Identity,
        observed: Observed,
        crash_points: Arc<dyn CrashPoints>,
    ) -> Result<(), StartError> {
        let shutdown = self.shutdown.clone();
        let (watching, dc) = world.watch(observed.dc, observed.audit);
        self.tasks.spawn("watch", watching.run(shutdown.clone()));

        let directory = &world.config.directory;
        let (trust, shown) = (
            identity.connector.gateway_trust(),
            identity.connector.client_identity(),
        );
        let dialer = Dialer::new(directory, trust, Some(shown))?;
        let sealing_keys = identity.keys.certificates();
        let pipeline = world.pipeline(identity, observed.metrics.clone(), crash_points);
        let (sink, frames) = OutcomeSink::channel(SINK_CAPACITY);
        let (resuming, resumed_sink) = (pipeline.clone(), sink.clone());
        self.tasks
            .spawn("resume", async move { resuming.resume(resumed_sink).await });

        let (sync, sync_requests) = watch::channel(SyncRequest::default());
        let (account_sync, synced) = world.account_sync(dialer.clone(), sync_requests);
        self.tasks
            .spawn("account sync", account_sync.run(shutdown.clone()));
        let folder = IdentityFolder::new(&world.config.identity.folder);
        let (uplink, link) = Uplink::new(UplinkParts {
            dialer,
            work: Arc::new(PipelineWork::new(pipeline, world.audit.clone(), sink)),
            sealing_keys,
            audit_store_id: world.audit.store_id(),
            heads: DirectoryHeads::load(folder.directory_head()),
            conditions: world.conditions.clone(),
            dc,
            sync,
            credits: directory.credits,
            attach_timeout: directory.attach_timeout(),
            clock_limit: directory.clock_limit(),
            backoff: BackoffLimits::default(),
            clock: Arc::clone(&world.clock),
            shutdown: shutdown.clone(),
        });
        self.tasks.spawn("uplink", uplink.run(frames));
        let reporter = LinkStateReporter {
            metrics: observed.metrics,
            ready: observed.attached,
            audit: world.audit.clone(),
            directory: directory.gateway_url.clone(),
        };
        self.tasks
            .spawn("link state", reporter.run(link, synced, shutdown));
        Ok(())
    }

    fn serve_audit_api(
        &mut self,
        config: &Config,
        listener: TcpListener,
        clock: &dyn Clock,
    ) -> Result<(), StartError> {
        let api = &config.audit_api;
        let identity = match (&api.certificate_file, &api.key_file) {
            (Some(certificate), Some(key)) => {
                let chain = std::fs::read_to_string(certificate).map_err(|error| StartError::File {
                    path: certificate.display().to_string(),
                    error,
                })?;
                ServerIdentity::from_pem(&chain, &key.read()?)?
            }
            (Some(_) | None, _) => {
                let folder = IdentityFolder::new(&config.identity.folder);
                self_made_certificate(&folder, &api.names, clock.now())?
            }
        };
        let tokens = match &api.tokens_file {
            Some(path) => AuditTokens::load(path)?,
            None => return Ok(()),
        };
        let (audit, reflection) = (self.audit.clone(), api.reflection);
        let draining = self.shutdown.draining_token();
        self.tasks.spawn("audit API", async move {
            let until = draining.cancelled_owned();
            let served = crate::grpc::serve(listener, &identity, audit, tokens, reflection, until).await;
            if let Err(error) = served {
                tracing::error!(%error, "the audit API ended");
            }
        });
        Ok(())
    }

    /// Stays until the shutdown; then until every part has ended, or the grace is over.
    ///
    /// # Errors
    /// [`StartError::PartEnded`] if a part ended before; the others are stopped in good order.
    pub async fn until_stopped(mut self) -> Result<(), StartError> {
        let mut failed = None;
        while !self.shutdown.is_draining() {
            tokio::select! {
                end = self.tasks.next_end() => match end {
                    // It has read what a dead process left, and is done.
                    Some(TaskEnd::Finished("resume")) => {}
                    Some(end) if !self.shutdown.is_draining() => {
                        tracing::error!(part = end.task(), "a part ended, stopping");
                        failed = Some(StartError::PartEnded(end.task()));
                        self.shutdown.begin();
                    }
                    Some(_) | None => {}
                },
                () = self.shutdown.draining() => {}
            }
        }
        loop {
            // The metrics endpoint stays until the end, so that a stop can be watched.
            if self.tasks.len() <= 1 {
                break;
            }
            tokio::select! {
                end = self.tasks.next_end() => if end.is_none() { break },
                () = self.shutdown.forced() => break,
            }
        }
        let why = if failed.is_some() { "part_ended" } else { "signal" };
        let stopped = ConnectorEvent::Stopped(Stopped { why: why.to_owned() });
        let noted = self.audit.note(&stopped);
        let _ = tokio::time::timeout(Duration::from_secs(2), noted).await;
        self.tasks.abort_all();
        failed.map_or(Ok(()), Err)
    }
}

fn local(listener: &TcpListener) -> SocketAddr {
    // A bound socket has an address; the fallback is shown in logs only.
    listener
        .local_addr()
        .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)))
}

fn load_identity(config: &Config, clock: &dyn Clock) -> Result<Identity, StartError> {
    let folder = IdentityFolder::new(&config.identity.folder);
    let connector = ConnectorIdentity::load(&folder.connector())?;
    let bundle = GroupBundle::load(&folder.bundle())?;
    let mut keys = CertifiedKeys::load(&folder.sealing_keys())?;
    let lifetime = time::Duration::days(i64::from(config.identity.sealing_key_days));
    if keys.refresh(&connector, &bundle, lifetime, clock.now())? {
        keys.keep(&folder.sealing_keys())?;
    }
    Ok(Identity {
        connector,
        bundle,
        keys,
    })
}

async fn note_start(audit: &AuditLog, config: &Config) {
    let events = [
        ConnectorEvent::Started(Started {
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }),
        ConnectorEvent::PolicyChanged(PolicyChanged {
            include: config.ad.scope_include.clone(),
            exclude: config.ad.scope_exclude.clone(),
            kinds: config.guardrails.kinds.clone(),
            allow_password_not_required: config.guardrails.allow_password_not_required,
        }),
    ];
    for event in &events {
        if let Err(error) = audit.note(event).await {
            tracing::warn!(%error, event = event.event_type(), "not recorded in the audit log");
        }
    }
}
