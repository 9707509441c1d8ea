//! What is read from the log.

use crate::digest::Digest;
use crate::{EventId, LogId, Metadata, Position, StreamName, StreamVersion};

/// One event as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The log it belongs to.
    pub log: LogId,
    /// Its place in the log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamName,
    /// Its place in the stream, from 1.
    pub stream_version: StreamVersion,
    /// The id of the event, chosen by whoever appended it.
    pub event_id: EventId,
    /// Name of the event.
    pub event_type: String,
    /// Version of the body's schema.
    pub schema_version: u16,
    /// JSON bytes, exactly as written.
    pub body: Vec<u8>,
    /// Who and why.
    pub metadata: Metadata,
    /// The metadata's JSON bytes, exactly as written: what the hash covers.
    pub metadata_bytes: Vec<u8>,
    /// When it was recorded: unix time in µs, by the clock of the process that appended it. The order of the log is that
    /// of positions, not of times.
    pub recorded_at_us: i64,
    /// Hash of the record before (of the genesis, for the first).
    pub previous_hash: Digest,
    /// Hash of this record: covers every field above and the erasable part's digest.
    pub hash: Digest,
    /// The erasable part's JSON bytes. `None`: there never was one, or it was erased ([`Record::is_erased`]).
    pub erasable: Option<Vec<u8>>,
    /// The erasable part's salt; erased with it.
    pub erasable_salt: Option<[u8; 32]>,
    /// Salted digest that binds the erasable part; stays when the part is erased.
    pub erasable_digest: Option<Digest>,
}

impl Record {
    /// True if the record had an erasable part that was erased since.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.erasable_digest.is_some() && self.erasable.is_none()
    }
}
