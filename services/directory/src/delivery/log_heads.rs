//! How far this directory saw a connector's audit log. Pure.
//!
//! Only a `Hello` is held to the length that was remembered before: a connector's frames are made concurrently, so
//! within a stream a head may be older than one that came before it.

use groundwire_proto::log_head::{Fork, SeenHead, compare, compare_within_stream};

/// What is remembered of a peer's log.
#[derive(Debug, Default)]
pub struct Remembered {
    seen: Option<SeenHead>,
    unsaved: bool,
    is_compared: bool,
}

impl Remembered {
    /// As it was stored.
    #[must_use]
    pub const fn from_store(seen: Option<SeenHead>) -> Self {
        Self {
            seen,
            unsaved: false,
            is_compared: false,
        }
    }

    /// The furthest head that was seen.
    #[must_use]
    pub const fn head(&self) -> Option<SeenHead> {
        self.seen
    }

    /// Takes a head as the peer reports it when it opens a stream. A fork is reported once: what is remembered from then on is
    /// the new log.
    pub fn on_hello(&mut self, reported: SeenHead) -> Option<Fork> {
        let fork = self.seen.and_then(|seen| compare(seen, reported));
        if fork.is_some() {
            self.seen = None;
        }
        self.advance(reported);
        fork
    }

    /// Takes a head that came with another frame.
    pub fn on_frame(&mut self, reported: SeenHead) -> Option<Fork> {
        let fork = self.seen.and_then(|seen| compare_within_stream(seen, reported));
        if fork.is_some() {
            self.seen = None;
        }
        self.advance(reported);
        fork
    }

    /// The peer has held its log to what was stored before: only it has the record that stands there now. Until then what
    /// was stored stays, so that a stream which breaks before loses no fork.
    pub const fn compared(&mut self) {
        self.is_compared = true;
    }

    /// What is to be stored, until it is known to be, where it may take the place of what was stored before.
    #[must_use]
    pub const fn unsaved(&self) -> Option<SeenHead> {
        if self.unsaved && self.is_compared {
            self.seen
        } else {
            None
        }
    }

    /// This head is stored.
    pub fn saved(&mut self, head: SeenHead) {
        if self.seen == Some(head) {
            self.unsaved = false;
        }
    }

    fn advance(&mut self, reported: SeenHead) {
        if self
            .seen
            .is_none_or(|seen| seen.log != reported.log || reported.position > seen.position)
        {
            self.seen = Some(reported);
            self.unsaved = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_log_that_grows_is_no_fork() {
        let mut remembered = Remembered::from_store(Some(SeenHead::of_test(5, 5)));
        assert_eq!(remembered.on_hello(SeenHead::of_test(5, 5)), None);
        assert_eq!(remembered.unsaved(), None);
        assert_eq!(remembered.on_hello(SeenHead::of_test(9, 9)), None);
        remembered.compared();
        assert_eq!(remembered.unsaved(), Some(SeenHead::of_test(9, 9)));
    }

    #[test]
    fn a_head_that_could_not_be_stored_is_stored_the_next_time() {
        let mut remembered = Remembered::from_store(None);
        assert_eq!(remembered.on_hello(SeenHead::of_test(5, 5)), None);
        remembered.compared();
        // Storing it failed.
        assert_eq!(remembered.unsaved(), Some(SeenHead::of_test(5, 5)));
        assert_eq!(remembered.unsaved(), Some(SeenHead::of_test(5, 5)));
        // While one is stored, a later one comes.
        assert_eq!(remembered.on_frame(SeenHead::of_test(7, 7)), None);
        remembered.saved(SeenHead::of_test(5, 5));
        assert_eq!(remembered.unsaved(), Some(SeenHead::of_test(7, 7)));
        remembered.saved(SeenHead::of_test(7, 7));
        assert_eq!(remembered.unsaved(), None);
    }

    #[test]
    fn what_was_stored_stays_until_the_peer_has_held_its_log_to_it() {
        let mut remembered = Remembered::from_store(Some(SeenHead::of_test(5, 5)));
        assert_eq!(remembered.on_hello(SeenHead::of_test(9, 9)), None);
        assert_eq!(remembered.unsaved(), None);
        remembered.compared();
        assert_eq!(remembered.unsaved(), Some(SeenHead::of_test(9, 9)));
    }

    #[test]
    fn each_disagreement_is_named_and_told_once() {
        let anew = SeenHead {
            incarnation: Uuid::from_u128(3),
            ..SeenHead::of_test(9, 9)
        };
        for (reported, fork) in [
            (anew, Fork::Incarnation),
            (SeenHead::of_test(4, 4), Fork::Truncated),
            (SeenHead::of_test(5, 6), Fork::Rewritten),
        ] {
            let mut remembered = Remembered::from_store(Some(SeenHead::of_test(5, 5)));
            assert_eq!(remembered.on_hello(reported), Some(fork));
            remembered.compared();
            assert_eq!(remembered.unsaved(), Some(reported));
            assert_eq!(remembered.on_hello(reported), None);
        }
    }

    #[test]
    fn frames_that_overtake_each_other_are_no_fork() {
        let mut remembered = Remembered::from_store(None);
        assert_eq!(remembered.on_frame(SeenHead::of_test(9, 9)), None);
        assert_eq!(remembered.on_frame(SeenHead::of_test(8, 8)), None);
        assert_eq!(remembered.head(), Some(SeenHead::of_test(9, 9)));
        assert_eq!(
            remembered.on_frame(SeenHead::of_test(9, 1)),
            Some(Fork::Rewritten)
        );
    }

    #[test]
    fn another_audit_store_is_another_log() {
        let mut remembered = Remembered::from_store(Some(SeenHead::of_test(5, 5)));
        let other = SeenHead {
            log: Uuid::from_u128(7),
            ..SeenHead::of_test(1, 1)
        };
        assert_eq!(remembered.on_hello(other), None);
        assert_eq!(remembered.head(), Some(other));
    }
}
