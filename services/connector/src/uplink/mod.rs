//! The way to the directory: dials out, attaches, stays attached.
//!
//! Promises: only TLS 1.3 to a gateway whose certificate comes from the one CA that was pinned at enrolment; an outcome
//! is sent again until the directory says that it is recorded, across streams; a `Drain` costs nothing (the new stream
//! is attached before the old one is left); a peer that says nothing for three heartbeats is gone; every wait has a
//! deadline; work goes on while nobody is attached. It does not promise to deliver anything only once: duplicates are
//! recognised by operation id and attempt.

mod account_sync;
mod attach;
pub mod conditions;
mod dial;
pub mod enrollment;
mod heads;
mod link;
mod outbox;
mod parts;
mod removal_guard;
mod session;
mod supervisor;
mod sync_state;
pub mod work;

pub use account_sync::{AccountSync, SyncDone, SyncEnded};
pub use conditions::{Complaint, Conditions};
pub use dial::{DialError, Dialer, GatewayClient, GatewayConnection};
pub use enrollment::{EnrollError, Enrollment};
pub use heads::DirectoryHeads;
pub use parts::{LinkState, SyncRequest, UplinkParts};
pub use removal_guard::{Baseline, RemovalGuard};
pub use supervisor::Uplink;
pub use sync_state::{Confirmation, SyncFiles, SyncState};
pub use work::{Work, WorkError};
