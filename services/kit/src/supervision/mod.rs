//! Keeping a process going, and ending it well: retries that spread, tasks that do not die unnoticed, a stop that
//! drains first.

mod backoff;
mod shutdown;
mod tasks;

pub use backoff::{Backoff, BackoffLimits};
pub use shutdown::{Shutdown, ShutdownConfig, SignalError};
pub use tasks::{PartFailed, TaskEnd, TaskSet};
