//! What an uplink is made of, and what it lets others watch.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock::Clock;
use groundwire_kit::supervision::{BackoffLimits, Shutdown};
use groundwire_proto::envelope::v1::SignedBytes;
use groundwire_proto::gateway::v1::DomainController;
use tokio::sync::watch;
use uuid::Uuid;

use super::conditions::Conditions;
use super::dial::Dialer;
use super::heads::DirectoryHeads;
use super::work::Work;

/// Everything that an uplink needs.
pub struct UplinkParts {
    /// Dials the gateway.
    pub dialer: Dialer,
    /// Where frames from the directory are handed to.
    pub work: Arc<dyn Work>,
    /// The certificates of our sealing keys, for `Hello`.
    pub sealing_keys: Vec<SignedBytes>,
    /// The id of the audit store, for `Hello`.
    pub audit_store_id: Uuid,
    /// What was seen of the directory's log.
    pub heads: DirectoryHeads,
    /// What the connector complains of.
    pub conditions: Conditions,
    /// The domain controller that is written to, as it was last seen.
    pub dc: watch::Receiver<Option<DomainController>>,
    /// Where the directory's requests to sync the accounts go.
    pub sync: watch::Sender<SyncRequest>,
    /// How many events are taken at once.
    pub credits: u32,
    /// The longest time from dialling to `Welcome`.
    pub attach_timeout: Duration,
    /// A larger difference between the clocks is a condition.
    pub clock_limit: Duration,
    /// The delays between attempts to attach.
    pub backoff: BackoffLimits,
    /// The wall clock and the boot clock.
    pub clock: Arc<dyn Clock>,
    /// When to stop.
    pub shutdown: Shutdown,
}

/// What the directory said about syncing accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncRequest {
    /// Whether this connector is the one that syncs the accounts of its group.
    pub sync_accounts: bool,
    /// How often, if the directory said so.
    pub interval: Option<Duration>,
    /// Whether at once, however short ago the last sync was.
    pub now: bool,
    /// Rises with every request, so that the same one twice is noticed.
    pub serial: u64,
}

/// The state of the link to the directory: for readiness and metrics.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkState {
    /// Whether a stream is attached.
    pub attached: bool,
    /// How many streams were attached so far.
    pub attachments: u64,
    /// The difference between the clocks, as last measured.
    pub clock_offset_ms: Option<i64>,
    /// The domain controller that the directory recorded for the group.
    pub group_dc: Option<DomainController>,
    /// How many log forks were noticed.
    pub forks: u64,
}
