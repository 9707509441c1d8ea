//! What the connector complains of now. `Hello` and every heartbeat carry it to the directory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_proto::operation::v1::Reason as WireReason;
use groundwire_proto::reasons::Reason;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

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

/// The shortest pause between two heartbeats that say a change: what flaps floods nobody.
const PAUSE: Duration = Duration::from_millis(100);

/// The complaints. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    complaints: Arc<Mutex<BTreeMap<Complaint, Reason>>>,
    /// How many changes there were.
    changes: Arc<watch::Sender<u64>>,
}

/// Follows the changes, for one stream.
pub(super) struct Changes {
    changes: watch::Receiver<u64>,
    /// When a change is to be said.
    due: Option<Instant>,
    said_at: Option<Instant>,
}

impl Changes {
    /// Waits until a change is to be said. May be dropped midway and begun again.
    pub(super) async fn due(&mut self) {
        let due = match self.due {
            Some(due) => due,
            None => {
                if self.changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                let now = Instant::now();
                let due = self.said_at.map_or(now, |at| now.max(at + PAUSE));
                *self.due.insert(due)
            }
        };
        if due > Instant::now() {
            tokio::time::sleep_until(due).await;
        }
    }

    /// The complaints are said now, as they stand, with all changes so far.
    pub(super) fn said(&mut self) {
        self.changes.mark_unchanged();
        self.due = None;
        self.said_at = Some(Instant::now());
    }
}

impl Conditions {
    /// Nothing to complain of.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Complains, or stops complaining. A change is logged once, and said to the directory at once; another number in the
    /// same complaint is none.
    pub fn set(&self, complaint: Complaint, reason: Option<Reason>) {
        let mut conditions = self.complaints.lock();
        let before = match &reason {
            Some(reason) => conditions.insert(complaint, reason.clone()),
            None => conditions.remove(&complaint),
        };
        drop(conditions);
        let (old, new) = (
            before.as_ref().map(Reason::name),
            reason.as_ref().map(Reason::name),
        );
        if old != new {
            self.changes.send_modify(|changes| *changes += 1);
        }
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
        self.complaints.lock().get(&complaint).cloned()
    }

    /// Follows the changes from now on.
    pub(super) fn follow(&self) -> Changes {
        Changes {
            changes: self.changes.subscribe(),
            due: None,
            said_at: None,
        }
    }

    /// All of them, for the wire.
    #[must_use]
    pub fn to_wire(&self) -> Vec<WireReason> {
        let conditions = self.complaints.lock();
        conditions.values().map(WireReason::from).collect()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use groundwire_proto::reasons::ReasonCode;

    use super::*;

    fn down() -> Option<Reason> {
        Some(Reason::new(ReasonCode::DcUnreachable))
    }

    #[tokio::test]
    async fn a_change_is_said_at_once_and_what_flaps_ten_times_a_second_at_most() {
        let conditions = Conditions::new();
        let mut changes = conditions.follow();
        assert!(changes.due().now_or_never().is_none());
        conditions.set(Complaint::DomainController, down());
        changes.due().now_or_never().expect("at once");
        changes.said();
        let begun = Instant::now();
        for _ in 0..3 {
            for reason in [None, down(), None, down()] {
                conditions.set(Complaint::DomainController, reason);
            }
            // Dropped midway, as by a frame that comes, and begun again.
            assert!(changes.due().now_or_never().is_none());
            changes.due().await;
            changes.said();
        }
        assert!(begun.elapsed() >= 3 * PAUSE);
        assert!(changes.due().now_or_never().is_none());
    }

    #[tokio::test]
    async fn another_number_in_the_same_complaint_is_no_change() {
        let conditions = Conditions::new();
        let offset = |seconds| Some(Reason::new(ReasonCode::ClockUntrusted).with("offset_seconds", seconds));
        conditions.set(Complaint::Clock, offset(31));
        let mut changes = conditions.follow();
        conditions.set(Complaint::Clock, offset(32));
        assert!(changes.due().now_or_never().is_none());
        conditions.set(Complaint::Clock, None);
        changes.due().now_or_never().expect("it is over");
    }
}
