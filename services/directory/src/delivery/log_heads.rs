//! Each side remembers how far it saw the other's log. A log that was cut, rewritten or restored from a backup no longer
//! agrees with that: `LOG_FORKED`. Pure.
//!
//! A connector's frames are made concurrently, so within a stream a head may be older than one that came before it.
//! Only a `Hello` is held to what was remembered before; on the stream a head is held to the incarnation, and to the
//! hash where the position is the same.

use groundwire_proto::eventlog::v1::LogHead;
use uuid::Uuid;

/// A head that parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenHead {
    /// The log.
    pub log: Uuid,
    /// Its incarnation.
    pub incarnation: Uuid,
    /// Position of its last record; 0 where there is none.
    pub position: u64,
    /// Hash of its last record.
    pub hash: [u8; 32],
}

/// A head with an id that is no UUID, a hash of another length, or a position past what can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed log head")]
pub struct MalformedHead;

impl TryFrom<&LogHead> for SeenHead {
    type Error = MalformedHead;

    fn try_from(head: &LogHead) -> Result<Self, Self::Error> {
        if i64::try_from(head.position).is_err() {
            return Err(MalformedHead);
        }
        Ok(Self {
            log: Uuid::try_parse(&head.log_id).map_err(|_| MalformedHead)?,
            incarnation: Uuid::try_parse(&head.incarnation_id).map_err(|_| MalformedHead)?,
            position: head.position,
            hash: head.hash.as_slice().try_into().map_err(|_| MalformedHead)?,
        })
    }
}

impl From<SeenHead> for LogHead {
    fn from(head: SeenHead) -> Self {
        Self {
            log_id: head.log.to_string(),
            incarnation_id: head.incarnation.to_string(),
            position: head.position,
            hash: head.hash.to_vec(),
        }
    }
}

/// How a log disagrees with what was seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Fork {
    /// It was begun anew.
    Incarnation,
    /// It has fewer records than were seen.
    Truncated,
    /// Another record stands at a position that was seen.
    Rewritten,
}

/// What is remembered of a peer's log.
#[derive(Debug, Default)]
pub struct Remembered {
    seen: Option<SeenHead>,
    unsaved: bool,
}

impl Remembered {
    /// As it was stored.
    #[must_use]
    pub const fn from_store(seen: Option<SeenHead>) -> Self {
        Self { seen, unsaved: false }
    }

    /// The furthest head that was seen.
    #[must_use]
    pub const fn head(&self) -> Option<SeenHead> {
        self.seen
    }

    /// Takes a head as the peer tells it when it opens a stream. A fork is told once: what is remembered from then on is
    /// the new log.
    pub fn on_hello(&mut self, told: SeenHead) -> Option<Fork> {
        let fork = self.seen.and_then(|seen| compare(seen, told, true));
        if fork.is_some() {
            self.seen = None;
        }
        self.advance(told);
        fork
    }

    /// Takes a head that came with another frame.
    pub fn on_frame(&mut self, told: SeenHead) -> Option<Fork> {
        let fork = self.seen.and_then(|seen| compare(seen, told, false));
        if fork.is_some() {
            self.seen = None;
        }
        self.advance(told);
        fork
    }

    /// What is to be stored, if anything changed since this was last asked.
    pub const fn take_unsaved(&mut self) -> Option<SeenHead> {
        if !self.unsaved {
            return None;
        }
        self.unsaved = false;
        self.seen
    }

    fn advance(&mut self, told: SeenHead) {
        if self
            .seen
            .is_none_or(|seen| seen.log != told.log || told.position > seen.position)
        {
            self.seen = Some(told);
            self.unsaved = true;
        }
    }
}

fn compare(seen: SeenHead, told: SeenHead, is_hello: bool) -> Option<Fork> {
    if seen.log != told.log {
        // Another audit store: nothing to compare with.
        return None;
    }
    if seen.incarnation != told.incarnation {
        return Some(Fork::Incarnation);
    }
    if told.position < seen.position {
        return is_hello.then_some(Fork::Truncated);
    }
    (told.position == seen.position && told.hash != seen.hash).then_some(Fork::Rewritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(position: u64, hash: u8) -> SeenHead {
        SeenHead {
            log: Uuid::from_u128(1),
            incarnation: Uuid::from_u128(2),
            position,
            hash: [hash; 32],
        }
    }

    #[test]
    fn a_log_that_grows_is_no_fork() {
        let mut remembered = Remembered::from_store(Some(head(5, 5)));
        assert_eq!(remembered.on_hello(head(5, 5)), None);
        assert_eq!(remembered.take_unsaved(), None);
        assert_eq!(remembered.on_hello(head(9, 9)), None);
        assert_eq!(remembered.take_unsaved(), Some(head(9, 9)));
    }

    #[test]
    fn each_disagreement_is_named_and_told_once() {
        let anew = SeenHead {
            incarnation: Uuid::from_u128(3),
            ..head(9, 9)
        };
        for (told, fork) in [
            (anew, Fork::Incarnation),
            (head(4, 4), Fork::Truncated),
            (head(5, 6), Fork::Rewritten),
        ] {
            let mut remembered = Remembered::from_store(Some(head(5, 5)));
            assert_eq!(remembered.on_hello(told), Some(fork));
            assert_eq!(remembered.take_unsaved(), Some(told));
            assert_eq!(remembered.on_hello(told), None);
        }
    }

    #[test]
    fn frames_that_overtake_each_other_are_no_fork() {
        let mut remembered = Remembered::from_store(None);
        assert_eq!(remembered.on_frame(head(9, 9)), None);
        assert_eq!(remembered.on_frame(head(8, 8)), None);
        assert_eq!(remembered.head(), Some(head(9, 9)));
        assert_eq!(remembered.on_frame(head(9, 1)), Some(Fork::Rewritten));
    }

    #[test]
    fn another_audit_store_is_another_log() {
        let mut remembered = Remembered::from_store(Some(head(5, 5)));
        let other = SeenHead {
            log: Uuid::from_u128(7),
            ..head(1, 1)
        };
        assert_eq!(remembered.on_hello(other), None);
        assert_eq!(remembered.head(), Some(other));
    }

    #[test]
    fn a_malformed_head_is_told() {
        let good = LogHead::from(head(3, 3));
        assert_eq!(SeenHead::try_from(&good), Ok(head(3, 3)));
        for bad in [
            LogHead {
                log_id: "x".to_owned(),
                ..good.clone()
            },
            LogHead {
                hash: vec![1; 31],
                ..good.clone()
            },
            LogHead {
                position: u64::MAX,
                ..good.clone()
            },
        ] {
            assert_eq!(SeenHead::try_from(&bad), Err(MalformedHead));
        }
    }
}
