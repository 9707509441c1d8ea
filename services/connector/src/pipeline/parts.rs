//! What a pipeline is made of.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::Clock;

use super::crash_point::CrashPoints;
use super::group::GroupContext;
use super::observer::Observer;
use super::secret::SealingKeys;
use crate::ad::ActiveDirectory;
use crate::audit::AuditLog;
use crate::policy::Guardrails;

/// Everything a pipeline needs. No `Debug`: it holds keys.
pub struct PipelineParts {
    /// Where every step is recorded.
    pub audit: AuditLog,
    /// Where passwords are written.
    pub ad: Arc<dyn ActiveDirectory>,
    /// What opens sealed secrets.
    pub keys: Arc<SealingKeys>,
    /// Who this connector is, and the keys of its group.
    pub group: GroupContext,
    /// The company's last word.
    pub guardrails: Guardrails,
    /// Whether a SELF_RESET unlocks a locked account.
    pub self_reset_unlocks: bool,
    /// How long things may take.
    pub limits: Limits,
    /// The wall clock and the boot clock.
    pub clock: Arc<dyn Clock>,
    /// Observes what happens, for metrics.
    pub observer: Arc<dyn Observer>,
    /// Where tests stop a process; [`super::NoCrashPoints`] otherwise.
    pub crash_points: Arc<dyn CrashPoints>,
}

/// How long things may take, and how often they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long after the first one passing failures are tried again before the write was sent (within the expiry). Default
    /// 1.5 s: longer than a DC's hiccup, shorter than a caller waits.
    pub retry_for: Duration,
    /// A modify without an answer for longer counts as lost. Default 15 s; the LDAP client's own is shorter.
    pub write_deadline: Duration,
    /// Longest pause between two looks at an operation in doubt. Default 5 s.
    pub longest_hold: Duration,
    /// Most writes of one operation that are sent by one process. Default 3.
    pub most_writes: u32,
    /// Most checks that read an account at once: less than there are connections to the domain controller, so that checks
    /// never delay an operation. Default 2.
    pub checks_at_once: usize,
    /// A check waits for its turn no longer: a person is typing. Default 1 s.
    pub check_patience: Duration,
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
            checks_at_once: 2,
            check_patience: Duration::from_secs(1),
            clock_tolerance: Duration::from_secs(120),
        }
    }
}
