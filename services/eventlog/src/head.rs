//! Where a log ends, and what others know of that.

use std::fmt;
use std::str::FromStr;

use crate::canonical::genesis_hash;
use crate::digest::Digest;
use crate::{IncarnationId, LogId, Position};

/// How far a log reaches: what a peer keeps as a checkpoint, to prove truncation and rewriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The log whose head this is; a log keeps its id for ever.
    pub log: LogId,
    /// The incarnation of that log; a restored log begins a new one.
    pub incarnation: IncarnationId,
    /// Position of the last record, or [`Position::ZERO`].
    pub position: Position,
    /// Hash of the last record, or of the genesis.
    pub hash: Digest,
}

impl Head {
    /// The head of a log that has no records yet.
    #[must_use]
    pub fn genesis(log: LogId, incarnation: IncarnationId) -> Self {
        Self {
            log,
            incarnation,
            position: Position::ZERO,
            hash: genesis_hash(log, incarnation),
        }
    }
}

/// A head that the log must contain: what a peer, a checkpoint or an auditor's note says. As text it is
/// `POSITION:HASH`, the hash in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownHead {
    /// The incarnation, where it is known.
    pub incarnation: Option<IncarnationId>,
    /// Position of a record, or [`Position::ZERO`].
    pub position: Position,
    /// Hash of that record, or of the genesis.
    pub hash: Digest,
}

/// A text that is no [`KnownHead`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a head is written POSITION:HASH, the hash as 64 hexadecimal digits")]
pub struct MalformedKnownHead;

impl FromStr for KnownHead {
    type Err = MalformedKnownHead;

    fn from_str(text: &str) -> Result<Self, MalformedKnownHead> {
        let (position, hash) = text.split_once(':').ok_or(MalformedKnownHead)?;
        let is_number = !position.is_empty() && position.bytes().all(|byte| byte.is_ascii_digit());
        let position = position
            .parse()
            .ok()
            .filter(|position| is_number && i64::try_from(*position).is_ok())
            .ok_or(MalformedKnownHead)?;
        let hash = hex::decode(hash).map_err(|_| MalformedKnownHead)?;
        Ok(Self {
            incarnation: None,
            position: Position(position),
            hash: Digest::from_slice(&hash).ok_or(MalformedKnownHead)?,
        })
    }
}

impl fmt::Display for KnownHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, self.hash)
    }
}

impl From<Head> for KnownHead {
    fn from(head: Head) -> Self {
        Self {
            incarnation: Some(head.incarnation),
            position: head.position,
            hash: head.hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_head_is_read_as_it_is_written() {
        let text = format!("17:{}", "0a".repeat(32));
        let known: KnownHead = text.parse().unwrap();
        assert_eq!((known.position, known.hash), (Position(17), Digest([10; 32])));
        assert_eq!(known.to_string(), text);
        for malformed in [
            String::new(),
            "17".to_owned(),
            format!(":{}", "0a".repeat(32)),
            format!("+17:{}", "0a".repeat(32)),
            format!("9223372036854775808:{}", "0a".repeat(32)),
            format!("17:{}", "0a".repeat(31)),
            format!("17:{}", "0g".repeat(32)),
        ] {
            assert_eq!(
                malformed.parse::<KnownHead>(),
                Err(MalformedKnownHead),
                "{malformed}"
            );
        }
    }
}
