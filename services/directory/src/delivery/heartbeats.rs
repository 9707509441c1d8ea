//! Heartbeats of one stream: is the peer alive, and how far is its clock from ours. Pure: time is passed in.

use std::collections::VecDeque;
use std::time::Duration;

use groundwire_kit::clock_offset::ClockOffset;
use time::OffsetDateTime;
use tokio::time::Instant;

/// Heartbeats whose echo is waited for; an older one's echo tells nothing any more.
const MAX_UNANSWERED: usize = 8;

#[derive(Debug)]
struct Unanswered {
    number: u64,
    sent: Instant,
    sent_at: OffsetDateTime,
}

/// What is known from heartbeats.
#[derive(Debug)]
pub struct Heartbeats {
    interval: Duration,
    missed_allowed: u32,
    last_number: u64,
    unanswered: VecDeque<Unanswered>,
    last_frame: Instant,
    clock_offset: Option<ClockOffset>,
}

impl Heartbeats {
    /// At the first frame. After `missed_allowed` intervals of silence the peer is gone.
    #[must_use]
    pub const fn new(interval: Duration, missed_allowed: u32, now: Instant) -> Self {
        Self {
            interval,
            missed_allowed,
            last_number: 0,
            unanswered: VecDeque::new(),
            last_frame: now,
            clock_offset: None,
        }
    }

    /// A frame came, of whatever kind: the loop behind the socket lives.
    pub const fn record_frame(&mut self, now: Instant) {
        self.last_frame = now;
    }

    /// When the peer counts as gone if no more frames come.
    #[must_use]
    pub fn gone_at(&self) -> Instant {
        self.last_frame + self.interval.saturating_mul(self.missed_allowed)
    }

    /// The number for the heartbeat that is sent now.
    pub fn sending(&mut self, now: Instant, wall: OffsetDateTime) -> u64 {
        self.last_number += 1;
        if self.unanswered.len() == MAX_UNANSWERED {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(Unanswered {
            number: self.last_number,
            sent: now,
            sent_at: wall,
        });
        self.last_number
    }

    /// An echo came: the peer read its clock (`peer_wall`) at some moment between our sending and now.
    pub fn echoed(&mut self, number: u64, peer_wall: OffsetDateTime, now: Instant) {
        let Some(index) = self.unanswered.iter().position(|beat| beat.number == number) else {
            return;
        };
        let Some(beat) = self.unanswered.drain(..=index).next_back() else {
            return;
        };
        let round_trip = now.saturating_duration_since(beat.sent);
        self.clock_offset = Some(ClockOffset::measure(beat.sent_at, round_trip, peer_wall));
    }

    /// The last measurement.
    #[must_use]
    pub const fn clock_offset(&self) -> Option<ClockOffset> {
        self.clock_offset
    }
}

#[cfg(test)]
mod tests {
    use ::time::macros::datetime;

    use super::*;

    const WALL: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);

    #[test]
    fn three_silent_intervals_mean_gone() {
        let start = Instant::now();
        let mut beats = Heartbeats::new(Duration::from_secs(10), 3, start);
        assert_eq!(beats.gone_at(), start + Duration::from_secs(30));
        beats.record_frame(start + Duration::from_secs(29));
        assert_eq!(beats.gone_at(), start + Duration::from_secs(59));
    }

    #[test]
    fn an_echo_bounds_the_clock_by_its_round_trip() {
        let start = Instant::now();
        let mut beats = Heartbeats::new(Duration::from_secs(10), 3, start);
        let number = beats.sending(start, WALL);
        let peer = WALL + Duration::from_millis(5_020);
        beats.echoed(number, peer, start + Duration::from_millis(40));
        let measured = beats.clock_offset().unwrap();
        assert_eq!(measured.middle(), time::Duration::seconds(5));
        assert_eq!(measured.uncertainty(), Duration::from_millis(20));
    }

    #[test]
    fn an_echo_of_nothing_or_a_second_echo_changes_nothing() {
        let start = Instant::now();
        let mut beats = Heartbeats::new(Duration::from_secs(10), 3, start);
        beats.echoed(1, WALL, start);
        assert_eq!(beats.clock_offset(), None);
        let number = beats.sending(start, WALL);
        beats.echoed(number, WALL, start);
        let first = beats.clock_offset();
        beats.echoed(number, WALL + Duration::from_secs(60), start);
        assert_eq!(beats.clock_offset(), first);
    }
}
