//! Follows a log from a cursor: every record once, in order, without a gap, soon after its commit.

use std::time::Duration;

use tokio::sync::watch;

use crate::{Position, ReadError, Reader, Record, WakeUps};

/// Follows one log. The cursor is the caller's to keep: a projection keeps it beside what it projects.
#[derive(Debug)]
pub struct Follower {
    reader: Reader,
    heard: watch::Receiver<Position>,
    cursor: Position,
    /// Keeps the tasks behind `heard` alive.
    _wake_ups: WakeUps,
}

impl Follower {
    /// Longest time between two looks: makes a lost hint harmless.
    pub const POLL: Duration = Duration::from_millis(200);

    /// Follows from after a position on; the log need not exist yet.
    #[must_use]
    pub fn new(reader: Reader, wake_ups: &WakeUps, after: Position) -> Self {
        let heard = wake_ups.subscribe(reader.log());
        Self {
            reader,
            heard,
            cursor: after,
            _wake_ups: wake_ups.clone(),
        }
    }

    /// Position of the last record that was given.
    #[must_use]
    pub fn position(&self) -> Position {
        self.cursor
    }

    /// The next records, at most `limit` and at least one: waits for them as long as it takes, so bound it or select on
    /// it. May be dropped while it waits without losing anything: the cursor moves only when it answers.
    ///
    /// # Errors
    /// [`ReadError`]; the follower can be used again, and goes on from the same place.
    pub async fn next_batch(&mut self, limit: u32) -> Result<Vec<Record>, ReadError> {
        loop {
            // Looked at before the read, so that a commit during the read wakes the wait after it.
            let heard = *self.heard.borrow_and_update();
            let records = self.reader.read_log(self.cursor, limit).await?;
            if let Some(last) = records.last() {
                self.cursor = last.position;
                return Ok(records);
            }
            // Ends by a hint, or by the poll; a hint that is gone (no more sender) cannot be: the tasks are kept alive.
            let _poll = tokio::time::timeout(Self::POLL, self.heard.wait_for(|now| *now > heard)).await;
        }
    }
}
