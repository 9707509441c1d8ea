//! How delivery behaves in time and size.

use std::time::Duration;

/// Limits of connectors' streams and of enrolment. The defaults are the contract's and the design's.
#[derive(Debug, Clone)]
pub struct DeliveryConfig {
    /// How often both sides send a heartbeat. Default 10 s.
    pub heartbeat_interval: Duration,
    /// After this many silent intervals a connector is gone. Default 3.
    pub missed_heartbeats: u32,
    /// How long a new stream may take to say `Hello`. Default 10 s.
    pub hello_deadline: Duration,
    /// Within this an event's `Received` must come, else its operation is delivered again after a pause. Default 2 s.
    pub received_deadline: Duration,
    /// How long a frame may wait for a place on a stream's queue, else the stream is suspect. Default 2 s.
    pub send_deadline: Duration,
    /// How long what a frame asks of operations may take. Default 15 s: longer than an append can.
    pub work_deadline: Duration,
    /// Places on a stream's queue. Default 64.
    pub queue_capacity: usize,
    /// Frames of one stream that are worked on at once. Default 256.
    pub concurrent_frames: usize,
    /// How long a stream that is drained, replaced or suspect may go on before it is cut. Default 5 s.
    pub drain_grace: Duration,
    /// How often connectors sync the accounts. Default 1 h.
    pub sync_interval: Duration,
    /// How long after a sync was requested out of turn another one is. Default 5 s.
    pub sync_requests_apart: Duration,
    /// Longest pause between two frames of a sync. Default 60 s.
    pub sync_frame_deadline: Duration,
    /// Lifetime of an enrolment token. Default 30 min.
    pub token_lifetime: Duration,
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            heartbeat_interval: Duration::from_secs(10),
            missed_heartbeats: 3,
            hello_deadline: Duration::from_secs(10),
            received_deadline: Duration::from_secs(2),
            send_deadline: Duration::from_secs(2),
            work_deadline: Duration::from_secs(15),
            queue_capacity: 64,
            concurrent_frames: 256,
            drain_grace: Duration::from_secs(5),
            sync_interval: Duration::from_secs(3_600),
            sync_requests_apart: Duration::from_secs(5),
            sync_frame_deadline: Duration::from_secs(60),
            token_lifetime: Duration::from_secs(1_800),
        }
    }
}
