//! What the connector complains of now. `Hello` and every heartbeat carry it to the directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use groundwire_proto::operation::v1::Reason as WireReason;
use groundwire_proto::reasons::Reason;
use parking_lot::Mutex;

/// Who complains. Each has at most one complaint at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Complaint {
    /// The domain controller.
    DomainController,
    /// The audit store.
    AuditStore,
    Clock,
    /// The account sync's guard.
    AccountRemovals,
    /// The account sync itself.
    AccountSync,
    /// Our log is not the one that the directory saw.
    AuditLog,
    /// The directory's log is not the one that we saw.
    DirectoryLog,
}

impl Complaint {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DomainController => "domain_controller",
            Self::AuditStore => "audit_store",
            Self::Clock => "clock",
            Self::AccountRemovals => "account_removals",
            Self::AccountSync => "account_sync",
            Self::AuditLog => "audit_log",
            Self::DirectoryLog => "directory_log",
        }
    }
}

/// The complaints. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Conditions(Arc<Mutex<BTreeMap<Complaint, Reason>>>);

impl Conditions {
    /// Nothing to complain of.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Complains, or stops complaining. A change is logged once.
    pub fn set(&self, complaint: Complaint, reason: Option<Reason>) {
        let mut conditions = self.0.lock();
        let before = match &reason {
            Some(reason) => conditions.insert(complaint, reason.clone()),
            None => conditions.remove(&complaint),
        };
        drop(conditions);
        let (old, new) = (
            before.as_ref().map(Reason::name),
            reason.as_ref().map(Reason::name),
        );
        match (old, new) {
            (old, Some(new)) if old != Some(new) => {
                let admin = reason.as_ref().map(Reason::admin_message).unwrap_or_default();
                tracing::warn!(condition = complaint.as_str(), reason = new, "{admin}");
            }
            (Some(old), None) => {
                tracing::info!(condition = complaint.as_str(), reason = old, "condition is over")
            }
            (Some(_) | None, Some(_)) | (None, None) => {}
        }
    }

    /// The reason of a complaint, if there is one.
    #[must_use]
    pub fn get(&self, complaint: Complaint) -> Option<Reason> {
        self.0.lock().get(&complaint).cloned()
    }

    /// All of them, for the wire.
    #[must_use]
    pub fn to_wire(&self) -> Vec<WireReason> {
        let conditions = self.0.lock();
        conditions.values().map(WireReason::from).collect()
    }
}
