//! How an appender works, as whoever opens it chooses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::WakeUps;

/// Tells the time: unix time in µs.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How an appender works.
#[derive(Clone)]
pub struct AppenderOptions {
    /// Gives the recorded time.
    pub clock: Clock,
    /// Set for each transaction (`set_config(.., true)`): the tenant of row-level security.
    pub session_settings: Vec<(String, String)>,
    /// Most units in one transaction. Default 256.
    pub max_batch: usize,
    /// Most units that wait. Default 1,024.
    pub queue_capacity: usize,
    /// How long a unit may wait, and a batch may take. A unit is answered within twice this time (it may be taken just
    /// before its own ends), plus `resolve_deadline` if the connection was lost at commit. Default 2 s.
    pub deadline: Duration,
    /// How long to find out what became of a commit whose answer was lost. Default 5 s.
    pub resolve_deadline: Duration,
    /// How long the connection is kept when there is nothing to append (given back at once if the pool has no other).
    /// Default 100 ms.
    pub linger: Duration,
    /// Shared among the appenders and followers of a process. Default: ones of its own.
    pub wake_ups: Option<WakeUps>,
}

impl AppenderOptions {
    /// The defaults, with this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            session_settings: Vec::new(),
            max_batch: 256,
            queue_capacity: 1024,
            deadline: Duration::from_secs(2),
            resolve_deadline: Duration::from_secs(5),
            linger: Duration::from_millis(100),
            wake_ups: None,
        }
    }
}

impl fmt::Debug for AppenderOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppenderOptions")
            .field("max_batch", &self.max_batch)
            .field("queue_capacity", &self.queue_capacity)
            .field("deadline", &self.deadline)
            .field("resolve_deadline", &self.resolve_deadline)
            .field("linger", &self.linger)
            .finish_non_exhaustive()
    }
}
