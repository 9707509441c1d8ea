//! Watches the domain controller and the audit store: who they are and whether they answer. Tells readiness, the
//! directory and the audit log.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::http::Condition;
use groundwire_kit::supervision::Shutdown;
use groundwire_proto::gateway::v1::DomainController as WireController;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tokio::sync::watch;

use crate::ad::{ActiveDirectory, AdError, DomainController};
use crate::audit::connector_events::{DcLost, DcSelected};
use crate::audit::{AuditLog, ConnectorEvent};
use crate::uplink::{Complaint, Conditions};

/// How often they are checked while all is well; a lost one is noticed within this.
const EVERY: Duration = Duration::from_secs(5);
/// How often while one is gone: requests are accepted within a second after it heals.
const EVERY_WHILE_GONE: Duration = Duration::from_millis(250);

pub(super) struct Watch {
    pub(super) ad: Arc<dyn ActiveDirectory>,
    pub(super) audit: AuditLog,
    /// What was configured, for when it never answered.
    pub(super) configured_host: String,
    pub(super) dc: watch::Sender<Option<WireController>>,
    pub(super) conditions: Conditions,
    pub(super) dc_ready: Condition,
    pub(super) audit_ready: Condition,
}

impl Watch {
    /// Asks until the shutdown.
    pub(super) async fn run(self, shutdown: Shutdown) {
        // Side by side: while one does not answer, the other one's healing is noticed all the same.
        let watching = async { tokio::join!(self.watch_audit_store(), self.watch_controller()) };
        tokio::select! {
            _never = watching => {}
            () = shutdown.draining() => {}
        }
    }

    async fn watch_audit_store(&self) {
        loop {
            let answers = self.ask_audit_store().await;
            tokio::time::sleep(pause_after(answers)).await;
        }
    }

    async fn watch_controller(&self) {
        let mut known: Option<DomainController> = None;
        loop {
            let answers = self.ask_controller(&mut known).await;
            tokio::time::sleep(pause_after(answers)).await;
        }
    }

    async fn ask_audit_store(&self) -> bool {
        let answers = self.audit.takes_records().await;
        if answers {
            self.audit_ready.met();
        } else {
            self.audit_ready.unmet("takes no records");
        }
        let reason = (!answers).then(|| Reason::new(ReasonCode::AuditStoreUnavailable));
        self.conditions.set(Complaint::AuditStore, reason);
        answers
    }

    async fn ask_controller(&self, known: &mut Option<DomainController>) -> bool {
        match self.ad.domain_controller().await {
            Ok(controller) => {
                self.dc_ready.met();
                // Before the condition is over, which is said to the directory at once, and the controller with it.
                if known.as_ref() != Some(&controller) {
                    self.show(&controller);
                }
                self.conditions
                    .set(Complaint::DomainController, complaint_about(&controller));
                if known.as_ref() != Some(&controller) {
                    self.selected(&controller).await;
                    *known = Some(controller);
                }
                true
            }
            Err(error) if error.is_outage() => {
                self.lost(&error, known).await;
                false
            }
            Err(error) => {
                self.note_odd_answer(&error);
                false
            }
        }
    }

    /// It answered, though not as it should: it is not gone.
    fn note_odd_answer(&self, error: &AdError) {
        let reason = error.reason();
        self.dc_ready.unmet(reason.name());
        self.conditions.set(Complaint::DomainController, Some(reason));
    }

    async fn selected(&self, controller: &DomainController) {
        tracing::info!(
            dc = %controller.name,
            policy_hints = controller.policy_hints.is_some(),
            "domain controller answers"
        );
        self.note(&ConnectorEvent::DcSelected(DcSelected {
            dc: controller.name.clone(),
            invocation_id: controller.invocation_id,
        }))
        .await;
    }

    fn show(&self, controller: &DomainController) {
        self.dc.send_replace(Some(WireController {
            host: controller.name.clone(),
            invocation_id: controller
                .invocation_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
            policy_hints: controller.policy_hints.is_some(),
            domain_controllers: controller.domain_controllers,
        }));
    }

    async fn lost(&self, error: &AdError, known: &mut Option<DomainController>) {
        let reason = error.reason();
        self.dc_ready
            .unmet(if reason.code() == ReasonCode::DcUnreachable {
                "does not answer"
            } else {
                reason.name()
            });
        self.conditions
            .set(Complaint::DomainController, Some(reason.clone()));
        let host = known.take().map_or_else(
            || self.configured_host.clone(),
            |controller| {
                // The invocation id is empty while the controller cannot be reached.
                controller.name
            },
        );
        let was_known = self
            .dc
            .borrow()
            .as_ref()
            .is_some_and(|dc| !dc.invocation_id.is_empty());
        self.dc.send_replace(Some(WireController {
            host: host.clone(),
            invocation_id: String::new(),
            policy_hints: false,
            domain_controllers: None,
        }));
        if was_known {
            self.note(&ConnectorEvent::DcLost(DcLost { dc: host, reason }))
                .await;
        }
    }

    async fn note(&self, event: &ConnectorEvent) {
        if let Err(error) = self.audit.note(event).await {
            tracing::warn!(%error, event = event.event_type(), "not recorded in the audit log");
        }
    }
}

const fn pause_after(answers: bool) -> Duration {
    if answers { EVERY } else { EVERY_WHILE_GONE }
}

/// What is wrong with a controller that answers.
fn complaint_about(controller: &DomainController) -> Option<Reason> {
    if controller.read_only {
        return Some(Reason::new(ReasonCode::DcReadOnly).with("dc", &controller.name));
    }
    controller
        .policy_hints
        .is_none()
        .then(|| Reason::new(ReasonCode::PolicyHintsUnsupported).with("dc", &controller.name))
}
