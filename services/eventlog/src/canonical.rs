//! The bytes that are hashed, and the hashes.
//!
//! A record is encoded as a domain tag and its fields in a fixed order, each as an 8-byte big-endian length and its
//! bytes; integers are 8 bytes big-endian. An optional field is a field that holds its presence byte and then its bytes.
//! So the encoding is injective: no two different records encode equal, whatever bytes their fields hold. It never
//! changes for a version of the tag; `tests/vectors/chain-v1.json` publishes inputs and hashes.

use aws_lc_rs::digest::{Context, SHA256};

use crate::digest::Digest;
use crate::ids::{IncarnationId, LogId};
use crate::record::Record;

const RECORD_TAG: &[u8] = b"groundwire.eventlog.record.v1";
const ERASABLE_TAG: &[u8] = b"groundwire.eventlog.erasable.v1";
const GENESIS_TAG: &[u8] = b"groundwire.eventlog.genesis.v1";

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
        finish(context)
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
    finish(context)
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
    finish(context)
}

fn finish(context: Context) -> Digest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    Digest(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{EventId, Metadata, Position, StreamName, StreamVersion};

    prop_compose! {
        // Small alphabets and lengths, so that fields whose boundaries could be confused do occur.
        fn any_record()(
            log in 0_u128..2, position in 0_u64..3, stream in "[ab/]{1,3}", version in 0_u64..3, event in 0_u128..2,
            event_type in "[ab]{0,3}", schema in 0_u16..3, body in "[ab]{0,3}", metadata in "[ab]{0,3}",
            time in -1_i64..2, digest in proptest::option::of(0_u8..2), previous in 0_u8..2,
        ) -> Record {
            Record {
                log: LogId(Uuid::from_u128(log)),
                position: Position(position),
                stream: StreamName::new(stream).unwrap(),
                stream_version: StreamVersion(version),
                event_id: EventId(Uuid::from_u128(event)),
                event_type,
                schema_version: schema,
                body: body.into_bytes(),
                metadata: Metadata::default(),
                metadata_bytes: metadata.into_bytes(),
                recorded_at_us: time,
                previous_hash: Digest([previous; 32]),
                hash: Digest([0; 32]),
                erasable: None,
                erasable_salt: None,
                erasable_digest: digest.map(|byte| Digest([byte; 32])),
            }
        }
    }

    /// Takes an encoding apart again; what can be decoded without loss is injective.
    fn fields(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
        bytes = bytes.strip_prefix(RECORD_TAG)?;
        let mut fields = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
            fields.push(rest.get(..length)?.to_vec());
            bytes = rest.get(length..)?;
        }
        bytes.is_empty().then_some(fields)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn different_records_never_encode_equal(one in any_record(), other in any_record()) {
            prop_assert_eq!(one == other, encode_record(&one) == encode_record(&other));
            prop_assert_eq!(one == other, record_hash(&one) == record_hash(&other));
        }

        #[test]
        fn moving_bytes_between_neighbouring_fields_changes_the_encoding(record in any_record(), split in 0_usize..4) {
            let mut moved = record.clone();
            let both = [record.body.clone(), record.metadata_bytes.clone()].concat();
            let split = split.min(both.len());
            moved.body = both[..split].to_vec();
            moved.metadata_bytes = both[split..].to_vec();
            prop_assert_eq!(moved == record, encode_record(&moved) == encode_record(&record));
        }

        #[test]
        fn an_encoding_can_be_taken_apart_into_its_fields(record in any_record()) {
            let fields = fields(&encode_record(&record)).unwrap();
            prop_assert_eq!(fields.len(), 12);
            prop_assert_eq!(&fields[0], record.log.0.as_bytes());
            prop_assert_eq!(&fields[2], record.stream.as_str().as_bytes());
            prop_assert_eq!(&fields[7], &record.body);
            prop_assert_eq!(&fields[8], &record.metadata_bytes);
            prop_assert_eq!(fields[10].len(), if record.erasable_digest.is_some() { 33 } else { 1 });
            prop_assert_eq!(&fields[11], &record.previous_hash.0);
        }

        #[test]
        fn salt_and_part_are_never_confused(salt in any::<[u8; 32]>(), body in any::<Vec<u8>>(), other in any::<Vec<u8>>()) {
            prop_assert_eq!(body == other, erasable_digest(&salt, &body) == erasable_digest(&salt, &other));
        }
    }
}
