//! The bytes that are hashed, and the hashes.
//!
//! A record is encoded as a domain tag and its fields in a fixed order, each as an 8-byte big-endian length and its
//! bytes; integers are 8 bytes big-endian. An optional field is a field that holds its presence byte and then its bytes.
//! So the encoding is injective: no two different records encode equal, whatever bytes their fields hold. It never
//! changes for a version of the tag; `tests/vectors/chain-v1.json` publishes inputs and hashes.

use std::fmt;

use ring::digest::{Context, SHA256};

use crate::{IncarnationId, LogId, Record};

const RECORD_TAG: &[u8] = b"groundwire.eventlog.record.v1";
const ERASABLE_TAG: &[u8] = b"groundwire.eventlog.erasable.v1";
const GENESIS_TAG: &[u8] = b"groundwire.eventlog.genesis.v1";

/// A SHA-256 value. Shown as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// From 32 bytes; `None` if there are more or fewer.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn finish(context: Context) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The fields of a record that are hashed, borrowed: from a [`Record`] that was read, or one being written.
pub(crate) struct HashedFields<'a> {
    pub(crate) log: LogId,
    pub(crate) position: u64,
    pub(crate) stream: &'a str,
    pub(crate) stream_version: u64,
    pub(crate) event_id: uuid::Uuid,
    pub(crate) event_type: &'a str,
    pub(crate) schema_version: u16,
    pub(crate) body: &'a [u8],
    pub(crate) metadata: &'a [u8],
    pub(crate) recorded_at_us: i64,
    pub(crate) erasable_digest: Option<Digest>,
    pub(crate) previous_hash: Digest,
}

impl<'a> HashedFields<'a> {
    fn of(record: &'a Record) -> Self {
        Self {
            log: record.log,
            position: record.position.0,
            stream: record.stream.as_str(),
            stream_version: record.stream_version.0,
            event_id: record.event_id.0,
            event_type: &record.event_type,
            schema_version: record.schema_version,
            body: &record.body,
            metadata: &record.metadata_bytes,
            recorded_at_us: record.recorded_at_us,
            erasable_digest: record.erasable_digest,
            previous_hash: record.previous_hash,
        }
    }

    fn write(&self, sink: &mut impl FnMut(&[u8])) {
        sink(RECORD_TAG);
        let mut field = |bytes: &[u8]| {
            sink(&(bytes.len() as u64).to_be_bytes());
            sink(bytes);
        };
        field(self.log.0.as_bytes());
        field(&self.position.to_be_bytes());
        field(self.stream.as_bytes());
        field(&self.stream_version.to_be_bytes());
        field(self.event_id.as_bytes());
        field(self.event_type.as_bytes());
        field(&u64::from(self.schema_version).to_be_bytes());
        field(self.body);
        field(self.metadata);
        field(&self.recorded_at_us.to_be_bytes());
        match self.erasable_digest {
            None => field(&[0]),
            Some(digest) => {
                let mut bytes = [1; 33];
                bytes[1..].copy_from_slice(&digest.0);
                field(&bytes);
            }
        }
        field(&self.previous_hash.0);
    }

    pub(crate) fn hash(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        self.write(&mut |bytes| context.update(bytes));
        Digest::finish(context)
    }
}

/// The canonical bytes of a record: what [`record_hash`] hashes. The record's own hash is not among them.
#[must_use]
pub fn encode_record(record: &Record) -> Vec<u8> {
    let mut bytes = Vec::new();
    HashedFields::of(record).write(&mut |part| bytes.extend_from_slice(part));
    bytes
}

/// What the hash of this record must be, from its other fields.
#[must_use]
pub fn record_hash(record: &Record) -> Digest {
    HashedFields::of(record).hash()
}

/// The digest that binds an erasable part to its record. The salt keeps it from telling anything about a part that was
/// erased (its content could be guessed otherwise).
#[must_use]
pub fn erasable_digest(salt: &[u8; 32], body: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(ERASABLE_TAG);
    for field in [salt.as_slice(), body] {
        context.update(&(field.len() as u64).to_be_bytes());
        context.update(field);
    }
    Digest::finish(context)
}

/// The hash before the first record: binds the chain to its log and incarnation.
///
/// The same as `eventlog.open_log` computes: tag, log, incarnation (fixed lengths, so no prefixes).
#[must_use]
pub fn genesis_hash(log: LogId, incarnation: IncarnationId) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(GENESIS_TAG);
    context.update(log.0.as_bytes());
    context.update(incarnation.0.as_bytes());
    Digest::finish(context)
}
