//! Each side remembers how far it saw the other's log. A log that was cut, rewritten or restored from a backup no longer
//! agrees with that: `LOG_FORKED`. Pure.

use uuid::Uuid;

use crate::eventlog::v1::LogHead;
use crate::ids::parse_uuid;

/// A [`LogHead`] that parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenHead {
    /// The log whose head this is; a log keeps its id for ever.
    pub log: Uuid,
    /// The incarnation of that log; a log that was restored from a backup begins a new one.
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

impl SeenHead {
    /// The head in a frame. A peer that has seen nothing leaves the head out, or its ids: `None`.
    ///
    /// # Errors
    /// [`MalformedHead`] if it is none: an id, the hash or the position cannot be one.
    pub fn from_frame(head: Option<&LogHead>) -> Result<Option<Self>, MalformedHead> {
        head.filter(|head| !head.log_id.is_empty())
            .map(Self::try_from)
            .transpose()
    }
}

impl TryFrom<&LogHead> for SeenHead {
    type Error = MalformedHead;

    fn try_from(head: &LogHead) -> Result<Self, Self::Error> {
        if i64::try_from(head.position).is_err() {
            return Err(MalformedHead);
        }
        Ok(Self {
            log: parse_uuid(&head.log_id).map_err(|_| MalformedHead)?,
            incarnation: parse_uuid(&head.incarnation_id).map_err(|_| MalformedHead)?,
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

/// How a log disagrees with what was seen of it. Its names are stored in events and never change.
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

/// Holds a later head to one that was seen before. Heads of two different logs are not compared: whether another log may
/// take the place of the one that was seen, the caller knows.
#[must_use]
pub fn compare(seen: SeenHead, later: SeenHead) -> Option<Fork> {
    if seen.log != later.log {
        None
    } else if seen.incarnation != later.incarnation {
        Some(Fork::Incarnation)
    } else if later.position < seen.position {
        Some(Fork::Truncated)
    } else if later.position == seen.position && later.hash != seen.hash {
        Some(Fork::Rewritten)
    } else {
        None
    }
}

/// The same within a stream, whose frames are made concurrently and overtake each other: a head that is older than the
/// one seen is no fork there.
#[must_use]
pub fn compare_within_stream(seen: SeenHead, head: SeenHead) -> Option<Fork> {
    compare(seen, head).filter(|fork| *fork != Fork::Truncated)
}

#[cfg(any(test, feature = "test-support"))]
impl SeenHead {
    /// A head of the one log that tests write of, with a hash of this byte.
    #[must_use]
    pub const fn of_test(position: u64, hash: u8) -> Self {
        Self {
            log: Uuid::from_u128(1),
            incarnation: Uuid::from_u128(2),
            position,
            hash: [hash; 32],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_disagreement_has_its_name() {
        let anew = SeenHead {
            incarnation: Uuid::from_u128(3),
            ..SeenHead::of_test(9, 9)
        };
        let other_log = SeenHead {
            log: Uuid::from_u128(7),
            ..SeenHead::of_test(1, 1)
        };
        for (later, fork) in [
            (SeenHead::of_test(5, 5), None),
            (SeenHead::of_test(9, 9), None),
            (other_log, None),
            (anew, Some(Fork::Incarnation)),
            (SeenHead::of_test(4, 4), Some(Fork::Truncated)),
            (SeenHead::of_test(5, 6), Some(Fork::Rewritten)),
        ] {
            assert_eq!(compare(SeenHead::of_test(5, 5), later), fork, "{later:?}");
        }
    }

    #[test]
    fn frames_that_overtake_each_other_are_no_fork() {
        assert_eq!(
            compare_within_stream(SeenHead::of_test(9, 9), SeenHead::of_test(8, 8)),
            None
        );
        assert_eq!(
            compare_within_stream(SeenHead::of_test(9, 9), SeenHead::of_test(9, 1)),
            Some(Fork::Rewritten)
        );
    }

    #[test]
    fn a_malformed_head_is_not_taken_for_none() {
        let good = LogHead::from(SeenHead::of_test(3, 3));
        assert_eq!(
            SeenHead::from_frame(Some(&good)),
            Ok(Some(SeenHead::of_test(3, 3)))
        );
        assert_eq!(SeenHead::from_frame(None), Ok(None));
        assert_eq!(SeenHead::from_frame(Some(&LogHead::default())), Ok(None));
        for bad in [
            LogHead {
                log_id: "x".to_owned(),
                ..good.clone()
            },
            LogHead {
                incarnation_id: SeenHead::of_test(3, 3).incarnation.simple().to_string(),
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
            assert_eq!(SeenHead::from_frame(Some(&bad)), Err(MalformedHead));
        }
    }
}
