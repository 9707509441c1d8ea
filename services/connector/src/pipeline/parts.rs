//! What a pipeline is made of.

use std::sync::Arc;
use std::time::Duration;

use groundwire_envelope::signed::VerifyingKey;
use groundwire_kit::clock::Clock;

use super::crash_point::CrashPoints;
use super::observer::Observer;
use super::secret::SealingKeys;
use crate::ad::ActiveDirectory;
use crate::audit::AuditLog;
use crate::domain::{ConnectorGroupId, ConnectorId, MarkerKey, MarkerScope, TenantId};
use crate::policy::Guardrails;

/// Everything a pipeline needs. No `Debug`: it holds keys.
pub struct PipelineParts {
    /// Where every step is recorded.
    pub audit: AuditLog,
    /// Where it is written.
    pub ad: Arc<dyn ActiveDirectory>,
    /// What opens sealed secrets.
    pub keys: Arc<SealingKeys>,
    /// Who this connector is.
    pub group: GroupContext,
    /// The company's last word.
    pub guardrails: Guardrails,
    /// Whether a SELF_RESET unlocks a locked account.
    pub self_reset_unlocks: bool,
    /// How long things may take.
    pub limits: Limits,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Told what happened, for metrics.
    pub observer: Arc<dyn Observer>,
    /// Where tests stop a process; [`super::NoCrashPoints`] otherwise.
    pub crash_points: Arc<dyn CrashPoints>,
}

/// Who this connector is, and whom it trusts. No `Debug`: it holds the marker keys.
pub struct GroupContext {
    /// The tenant.
    pub tenant: TenantId,
    /// The connector group.
    pub group: ConnectorGroupId,
    /// This connector.
    pub connector: ConnectorId,
    /// The group's marker key and those before it; markers are made with the first.
    pub marker_keys: Vec<MarkerKey>,
    /// The tenant's keys that sign events, pinned at enrolment.
    pub event_keys: Vec<VerifyingKey>,
}

impl GroupContext {
    /// What a marker is bound to.
    #[must_use]
    pub fn marker_scope(&self) -> MarkerScope {
        MarkerScope {
            tenant: self.tenant.to_string(),
            group: self.group.to_string(),
        }
    }
}

/// How long things may take, and how often they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a passing failure is tried again before the write was sent (within the expiry). Default 1.5 s: longer
    /// than a DC's hiccup, shorter than a caller's patience.
    pub retry_for: Duration,
    /// A modify without an answer for longer counts as lost. Default 15 s; the LDAP client's own is shorter.
    pub write_deadline: Duration,
    /// Longest pause between two looks at an operation in doubt. Default 5 s.
    pub longest_hold: Duration,
    /// Most writes of one operation that are sent by one process. Default 3.
    pub most_writes: u32,
    /// The clock may differ by so much from the directory's. Default 2 minutes.
    pub clock_tolerance: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            retry_for: Duration::from_millis(1_500),
            write_deadline: Duration::from_secs(15),
            longest_hold: Duration::from_secs(5),
            most_writes: 3,
            clock_tolerance: Duration::from_secs(120),
        }
    }
}
