//! `Attach`: the stream over which events go and outcomes come. At least once in both directions.
//!
//! Promises: `Welcome` is the first frame down and tells the fate of every operation that `Hello` listed; a connector has
//! one stream that events are routed to, and the newer one wins; what is queued for a stream is bounded, and a stream
//! that does not take it, does not answer several operations in a row, or is silent, gets no more; an attempt that is not
//! answered makes its operation wait, and no other one. Not promised: that what such a
//! stream was given goes to another connector. It stays with this one, which has to say it when it attaches again.

mod answers;
pub mod end;
pub(crate) mod heads;
mod hello;
mod open;
mod serve;

use std::sync::Arc;

use groundwire_proto::gateway::v1::{AttachRequest, AttachResponse};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use self::end::{End, Leaving};
use super::config::DeliveryConfig;
use super::connectors::Connectors;
use super::session::Session;
use crate::domain::{ConnectorDetached, ConnectorEvent};
use crate::enrollment::{Authorities, ConnectorIdentity};
use crate::metrics::delivery::{DeliveryMetrics, why};
use crate::operations::port::{AttachedConnector, OperationsPort};
use crate::store::Store;
use crate::store::streams::connector_unit;

/// What a stream needs.
#[derive(Clone)]
pub struct Attach {
    pub store: Arc<Store>,
    /// The tenants' keys.
    pub authorities: Arc<Authorities>,
    pub connectors: Arc<Connectors>,
    /// Where frames go.
    pub operations: Arc<dyn OperationsPort>,
    pub config: DeliveryConfig,
    pub metrics: DeliveryMetrics,
}

impl Attach {
    /// Begins a stream for a connector whose certificate was verified. It runs in a task of its own. `key_exchange` names
    /// the group in which the connection's keys were exchanged, for the log.
    #[must_use]
    pub fn begin(
        &self,
        who: ConnectorIdentity,
        key_exchange: &'static str,
        inbound: Streaming<AttachRequest>,
    ) -> ReceiverStream<Result<AttachResponse, End>> {
        let (queue, frames) = mpsc::channel(self.config.queue_capacity.max(2));
        let this = self.clone();
        tokio::spawn(async move { this.run(who, key_exchange, inbound, queue).await });
        ReceiverStream::new(frames)
    }

    async fn run(
        self,
        who: ConnectorIdentity,
        key_exchange: &'static str,
        mut inbound: Streaming<AttachRequest>,
        queue: mpsc::Sender<Result<AttachResponse, End>>,
    ) {
        let opened = match self.open(who, &mut inbound, queue.clone()).await {
            Ok(opened) => opened,
            Err(end) => {
                tracing::info!(connector = %who.connector, why = end.as_str(), "a stream was not opened");
                self.metrics.detached.get_or_create(&why(end.as_str())).inc();
                if end.is_failure() {
                    let _ = tokio::time::timeout(self.config.send_deadline, queue.send(Err(end))).await;
                }
                return;
            }
        };
        drop(queue);
        tracing::info!(
            tenant = %who.tenant, group = %who.group, connector = %who.connector, key_exchange, "connector attached"
        );
        self.metrics.attached.inc();
        let session = Arc::clone(&opened.session);
        let end = self.serve(opened, inbound).await;
        self.metrics.attached.dec();
        self.detached(&session, end).await;
        if end.is_failure() {
            session.finish(end).await;
        }
    }

    /// Takes the stream out of the registry and records its end.
    async fn detached(&self, session: &Session, end: End) {
        let who = &session.who;
        self.metrics.detached.get_or_create(&why(end.as_str())).inc();
        let now = self.store.clock().now();
        let was_current = self.connectors.detach(who, now);
        // If a newer stream took its place, that one's `Hello` has settled what this one left; if it was suspect, that
        // was said already.
        if was_current && !session.is_suspect() {
            log_loss(who, "ended");
        }
        tracing::info!(tenant = %who.tenant, connector = %who.connector, why = end.as_str(), "connector detached");
        self.record(
            who,
            &[ConnectorEvent::ConnectorDetached(ConnectorDetached {
                connector: who.connector,
                why: end.as_str().into(),
            })],
        )
        .await;
    }

    /// A stream becomes suspect.
    fn suspect(&self, who: &AttachedConnector, leaving: Leaving) {
        self.metrics.suspected.get_or_create(&why(leaving.as_str())).inc();
        tracing::warn!(tenant = %who.tenant, connector = %who.connector, why = leaving.as_str(), "connector is suspect");
        log_loss(who, "suspect");
    }

    /// Appends events that tell and do not decide: without a database they are logged and left out.
    async fn record(&self, who: &AttachedConnector, events: &[ConnectorEvent]) {
        let unit = match connector_unit(who.connector, events) {
            Ok(unit) => unit,
            Err(error) => return tracing::error!(%error, "an event cannot be written"),
        };
        let appended = match self.store.log(who.tenant).await {
            Ok(log) => log.append(unit).await.map(|_| ()).map_err(Into::into),
            Err(error) => Err(error),
        };
        if let Err(error) = appended {
            tracing::warn!(%error, cause = error.cause(), connector = %who.connector, "events of a stream were not recorded");
        }
    }
}

/// What was delivered over the stream is known in the connector's audit store only. It reports when it attaches
/// again; until then the operation stands as delivered, and past its time as in doubt.
fn log_loss(who: &AttachedConnector, why: &'static str) {
    tracing::info!(tenant = %who.tenant, connector = %who.connector, why, "a connector's stream is lost");
}
