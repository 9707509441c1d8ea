//! The way up to the directory: a bounded queue of frames. It may be gone at any moment; whatever matters is in the log
//! and is sent again when a stream opens.

use std::time::Duration;

use groundwire_proto::gateway::v1::attach_request::Frame;
use groundwire_proto::gateway::v1::{NotTaken, OutcomeReport, Received, StoodDown};
use tokio::sync::mpsc;

/// How long a frame waits for a place in the queue.
const DEADLINE: Duration = Duration::from_secs(2);

/// A frame for the directory.
#[derive(Debug, Clone)]
pub enum Upward {
    /// An event arrived and is recorded.
    Received(Received),
    /// How an operation ended. Whoever has the stream sends it again until it is acknowledged.
    Outcome(Box<OutcomeReport>),
    /// A later attempt took an operation over.
    StoodDown(StoodDown),
    /// An attempt was not begun, and never will be.
    NotTaken(NotTaken),
}

impl From<Upward> for Frame {
    fn from(frame: Upward) -> Self {
        match frame {
            Upward::Received(received) => Self::Received(received),
            Upward::Outcome(report) => Self::Outcome(*report),
            Upward::StoodDown(stood_down) => Self::StoodDown(stood_down),
            Upward::NotTaken(not_taken) => Self::NotTaken(not_taken),
        }
    }
}

/// Where frames for the directory go. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OutcomeSink(mpsc::Sender<Upward>);

impl OutcomeSink {
    /// A sink and its other end.
    #[must_use]
    pub fn channel(capacity: usize) -> (Self, mpsc::Receiver<Upward>) {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        (Self(sender), receiver)
    }

    /// Sends a frame. One that finds no place in time is dropped: what matters is in the log.
    pub(super) async fn send(&self, frame: Upward) {
        let _ = tokio::time::timeout(DEADLINE, self.0.send(frame)).await;
    }
}
