//! Reports the state of the link and of the account sync to readiness, metrics and the audit log.

use groundwire_kit::http::Condition;
use groundwire_kit::supervision::Shutdown;
use tokio::sync::watch;

use crate::audit::connector_events::{Attached, Detached};
use crate::audit::{AuditLog, ConnectorEvent};
use crate::metrics::Metrics;
use crate::uplink::{LinkState, SyncEnded};

/// Reports changes of the link's state.
pub(super) struct LinkStateReporter {
    pub(super) metrics: Metrics,
    pub(super) ready: Condition,
    pub(super) audit: AuditLog,
    /// The gateway, as configured.
    pub(super) directory: String,
}

impl LinkStateReporter {
    /// Reports until the shutdown.
    pub(super) async fn run(
        self,
        mut link: watch::Receiver<LinkState>,
        mut synced: watch::Receiver<SyncEnded>,
        shutdown: Shutdown,
    ) {
        let mut was_attached = false;
        loop {
            tokio::select! {
                changed = link.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let state = link.borrow_and_update().clone();
                    self.metrics.set_link(&state);
                    if state.attached != was_attached {
                        was_attached = state.attached;
                        self.report_attached(state.attached).await;
                    }
                }
                changed = synced.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let ended = *synced.borrow_and_update();
                    self.metrics.record_sync(ended);
                }
                () = shutdown.draining() => return,
            }
        }
    }

    async fn report_attached(&self, attached: bool) {
        let event = if attached {
            self.ready.met();
            ConnectorEvent::Attached(Attached {
                directory: self.directory.clone(),
            })
        } else {
            self.ready.unmet("not attached");
            ConnectorEvent::Detached(Detached {
                why: "stream_ended".to_owned(),
            })
        };
        if let Err(error) = self.audit.note(&event).await {
            tracing::warn!(%error, event = event.event_type(), "not recorded in the audit log");
        }
    }
}
