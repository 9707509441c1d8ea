//! Starts what talks to the domain controller and to the directory.

use std::sync::Arc;

use groundwire_kit::clock::Clock;
use groundwire_kit::http::Condition;
use groundwire_kit::supervision::{BackoffLimits, Shutdown, TaskSet};
use groundwire_proto::gateway::v1::DomainController as WireController;
use tokio::sync::watch;

use super::controller::Watch;
use super::identity::Identity;
use super::link_state_reporter::LinkStateReporter;
use super::observed::Observed;
use super::parts::{guardrails, scope};
use super::pipeline_work::PipelineWork;
use crate::ad::ActiveDirectory;
use crate::audit::AuditLog;
use crate::config::Config;
use crate::identity::IdentityFolder;
use crate::metrics::Metrics;
use crate::pipeline::{CrashPoints, GroupContext, Limits, OutcomeSink, Pipeline, PipelineParts, SealingKeys};
use crate::uplink::{
    AccountSync, Conditions, DialError, Dialer, DirectoryHeads, RemovalGuard, SyncEnded, SyncFiles,
    SyncRequest, Uplink, UplinkParts,
};

/// Frames between the pipeline and the stream.
const SINK_CAPACITY: usize = 256;

/// What most parts need.
pub(super) struct Assembly<'a> {
    pub(super) config: &'a Config,
    pub(super) ad: Arc<dyn ActiveDirectory>,
    pub(super) audit: AuditLog,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) conditions: Conditions,
    pub(super) shutdown: Shutdown,
}

impl Assembly<'_> {
    /// Starts the parts, with what only they need.
    pub(super) fn spawn(
        &self,
        identity: Identity,
        observed: Observed,
        crash_points: Arc<dyn CrashPoints>,
        tasks: &mut TaskSet,
    ) -> Result<(), DialError> {
        let shutdown = self.shutdown.clone();
        let (watching, dc) = self.watch(observed.dc, observed.audit);
        tasks.spawn("watch", watching.run(shutdown.clone()));

        let directory = &self.config.directory;
        let (trust, shown) = (
            identity.connector.gateway_trust(),
            identity.connector.client_identity(),
        );
        let dialer = Dialer::new(directory, trust, Some(shown))?;
        let sealing_keys = identity.keys.certificates();
        let pipeline = self.pipeline(identity, observed.metrics.clone(), crash_points);
        let (sink, frames) = OutcomeSink::channel(SINK_CAPACITY);
        let (resuming, resumed_sink) = (pipeline.clone(), sink.clone());
        tasks.spawn_job("resume", async move { resuming.resume(resumed_sink).await });

        let (sync, sync_requests) = watch::channel(SyncRequest::default());
        let (account_sync, synced) = self.account_sync(dialer.clone(), sync_requests);
        tasks.spawn("account sync", account_sync.run(shutdown.clone()));
        let folder = IdentityFolder::new(&self.config.identity.folder);
        let (uplink, link) = Uplink::new(UplinkParts {
            dialer,
            work: Arc::new(PipelineWork::new(pipeline, self.audit.clone(), sink)),
            sealing_keys,
            audit_store_id: self.audit.store_id(),
            heads: DirectoryHeads::load(folder.directory_head()),
            conditions: self.conditions.clone(),
            dc,
            sync,
            credits: directory.credits,
            attach_timeout: directory.attach_timeout,
            clock_limit: directory.clock_limit,
            backoff: BackoffLimits::default(),
            clock: Arc::clone(&self.clock),
            shutdown: shutdown.clone(),
        });
        tasks.spawn("uplink", uplink.run(frames));
        let reporter = LinkStateReporter {
            metrics: observed.metrics,
            ready: observed.attached,
            audit: self.audit.clone(),
            directory: directory.gateway_url.clone(),
        };
        tasks.spawn("link state", reporter.run(link, synced, shutdown));
        Ok(())
    }

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
    ) -> (AccountSync, watch::Receiver<SyncEnded>) {
        let (ended, synced) = watch::channel(SyncEnded::default());
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
            interval: sync.interval,
            timeout: sync.timeout,
            conditions: self.conditions.clone(),
            requests,
            ended,
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
                clock_tolerance: self.config.directory.clock_limit,
                checks_at_once: self.config.ad.connections / 2,
                ..Limits::default()
            },
            clock: Arc::clone(&self.clock),
            observer: Arc::new(metrics),
            crash_points,
        })
    }
}
