//! Where a log ends.

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
