//! Proof of the chain: finds any edit, deletion, insertion and reordering, and with known heads truncation and rewriting.

use std::collections::{BTreeMap, HashMap};

use crate::canonical::{erasable_digest, record_hash};
use crate::digest::Digest;
use crate::{Head, Record, StreamName, StreamVersion};

/// A stream among the streams of one log: the first half of its name's SHA-256, so that millions of them fit in memory.
type StreamKey = [u8; 16];

/// The first place where a log does not prove itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the log is broken at position {position}: {defect}")]
pub struct ChainBreak {
    /// Position at which the defect was found.
    pub position: crate::Position,
    /// What is wrong there.
    pub defect: Defect,
}

/// What is wrong with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// A record is of another log.
    #[error("the record belongs to another log")]
    ForeignLog,
    /// A known head is of another incarnation of the log.
    #[error("the known head is of another incarnation")]
    OtherIncarnation,
    /// The record is not there: deleted, or another one is in its place.
    #[error("the record is missing")]
    Missing,
    /// The record does not parse.
    #[error("the record is malformed")]
    Malformed,
    /// It names another previous record than the one before it.
    #[error("it does not follow the record before it")]
    NotLinked,
    /// Its fields do not give its hash.
    #[error("its fields do not give its hash")]
    Altered,
    /// It does not continue its stream.
    #[error("it does not continue its stream")]
    StreamBroken,
    /// Its erasable part is not the one it was written with.
    #[error("its erasable part is not the one it was written with")]
    ErasableAltered,
    /// The log ends before a known head.
    #[error("the log ends before a known head")]
    Truncated,
    /// The log has another hash at a known head's position: it was rewritten or restored and written on.
    #[error("the log is not the one that was seen")]
    Rewritten,
    /// A record stands beyond the head that is stored beside the log.
    #[error("a record stands beyond the stored head")]
    BeyondHead,
}

/// Verifies records as they are read, one after the other.
#[derive(Debug)]
pub struct ChainVerifier {
    head: Head,
    from_genesis: bool,
    streams: HashMap<StreamKey, StreamVersion>,
    known: BTreeMap<crate::Position, Digest>,
}

impl ChainVerifier {
    /// Starts after a trusted head: the genesis ([`Head::genesis`]) or one that was proved before. From the genesis on it
    /// keeps the version of every stream (some 40 bytes of memory each), else of those it has seen since.
    #[must_use]
    pub fn new(from: Head) -> Self {
        Self {
            head: from,
            from_genesis: from.position == crate::Position::ZERO,
            streams: HashMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// How far it is proved.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// The log must have this head at its position: what a peer or a checkpoint says. Give it before the records.
    ///
    /// # Errors
    /// [`ChainBreak`] if it contradicts the start or another known head.
    pub fn expect_head(&mut self, known: &Head) -> Result<(), ChainBreak> {
        let broken = |defect| {
            Err(ChainBreak {
                position: known.position,
                defect,
            })
        };
        if known.log != self.head.log {
            return broken(Defect::ForeignLog);
        }
        if known.incarnation != self.head.incarnation {
            return broken(Defect::OtherIncarnation);
        }
        if known.position == self.head.position && known.hash != self.head.hash {
            return broken(Defect::Rewritten);
        }
        if known.position > self.head.position {
            let hash = *self.known.entry(known.position).or_insert(known.hash);
            if hash != known.hash {
                return broken(Defect::Rewritten);
            }
        }
        Ok(())
    }

    /// Verifies the next record.
    ///
    /// # Errors
    /// [`ChainBreak`] with the first defect; the verifier is of no use after it.
    pub fn push(&mut self, record: &Record) -> Result<(), ChainBreak> {
        let expected = self.head.position.next();
        let broken = |defect| {
            Err(ChainBreak {
                position: expected,
                defect,
            })
        };
        if record.log != self.head.log {
            return broken(Defect::ForeignLog);
        }
        if record.position != expected {
            return broken(Defect::Missing);
        }
        if record.previous_hash != self.head.hash {
            return broken(Defect::NotLinked);
        }
        // What is hashed is the metadata's bytes; the parsed form beside them must say the same.
        let parsed_agrees = serde_json::from_slice(&record.metadata_bytes)
            .is_ok_and(|metadata: crate::Metadata| metadata == record.metadata);
        if record.hash != record_hash(record) || !parsed_agrees {
            return broken(Defect::Altered);
        }
        if self
            .known
            .remove(&expected)
            .is_some_and(|hash| hash != record.hash)
        {
            return broken(Defect::Rewritten);
        }
        if !self.continues_stream(record) {
            return broken(Defect::StreamBroken);
        }
        if !erasable_part_holds(record) {
            return broken(Defect::ErasableAltered);
        }
        self.head.position = expected;
        self.head.hash = record.hash;
        Ok(())
    }

    /// Ends the log here.
    ///
    /// # Errors
    /// [`Defect::Truncated`] if a known head lies beyond.
    pub fn finish(&self) -> Result<Head, ChainBreak> {
        match self.known.first_key_value() {
            Some((&position, _)) => Err(ChainBreak {
                position,
                defect: Defect::Truncated,
            }),
            None => Ok(self.head),
        }
    }

    fn continues_stream(&mut self, record: &Record) -> bool {
        let before = self
            .streams
            .insert(stream_key(&record.stream), record.stream_version);
        match before {
            Some(version) => record.stream_version == version.next(),
            None if self.from_genesis => record.stream_version == StreamVersion(1),
            None => record.stream_version > StreamVersion::ZERO,
        }
    }
}

fn stream_key(name: &StreamName) -> StreamKey {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_str().as_bytes());
    let mut key = StreamKey::default();
    key.iter_mut()
        .zip(digest.as_ref())
        .for_each(|(to, from)| *to = *from);
    key
}

/// Absent (never there, or erased) or exactly the one that the digest binds.
fn erasable_part_holds(record: &Record) -> bool {
    match (&record.erasable, &record.erasable_salt, record.erasable_digest) {
        (None, None, _) => true,
        (Some(body), Some(salt), Some(digest)) => erasable_digest(salt, body) == digest,
        (Some(_) | None, Some(_) | None, Some(_) | None) => false,
    }
}
