//! Decides a batch in memory: which units fit, and what exactly is written for them. No IO.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::canonical::{HashedFields, erasable_digest};
use crate::digest::Digest;
use crate::{AppendError, Appended, EventId, ExpectedVersion, LogId, Position, StreamVersion, Unit};

/// What the log was when its lock was taken: all that decides whether a unit fits.
#[derive(Debug, Default)]
pub(super) struct Heads<'u> {
    pub(super) position: u64,
    pub(super) hash: [u8; 32],
    /// Raised whenever it was found out that something sent earlier is not there: see [`super::short_way`].
    pub(super) fence: i64,
    pub(super) versions: HashMap<&'u str, u64>,
    pub(super) taken: HashSet<(&'u str, &'u str)>,
}

/// Column arrays of the rows to be inserted, and the answer to each unit.
#[derive(Debug, Default)]
pub(super) struct Batch<'u> {
    pub(super) answers: Vec<Result<Appended, AppendError>>,
    pub(super) recorded_at_us: i64,
    pub(super) fence: i64,
    pub(super) positions: Vec<i64>,
    pub(super) streams: Vec<&'u str>,
    pub(super) stream_versions: Vec<i64>,
    pub(super) event_ids: Vec<Uuid>,
    pub(super) event_types: Vec<&'u str>,
    pub(super) schema_versions: Vec<i32>,
    pub(super) bodies: Vec<&'u [u8]>,
    pub(super) metadata: Vec<Vec<u8>>,
    pub(super) erasable_digests: Vec<Option<[u8; 32]>>,
    pub(super) previous_hashes: Vec<[u8; 32]>,
    pub(super) hashes: Vec<[u8; 32]>,
    pub(super) erasable: ErasableColumns<'u>,
    pub(super) claims: ClaimColumns<'u>,
}

#[derive(Debug, Default)]
pub(super) struct ErasableColumns<'u> {
    pub(super) positions: Vec<i64>,
    pub(super) salts: Vec<[u8; 32]>,
    pub(super) bodies: Vec<&'u [u8]>,
}

#[derive(Debug, Default)]
pub(super) struct ClaimColumns<'u> {
    pub(super) kinds: Vec<&'u str>,
    pub(super) keys: Vec<&'u str>,
    pub(super) positions: Vec<i64>,
}

impl<'u> Batch<'u> {
    /// Decides the units in their order, each upon the ones before it that fit.
    pub(super) fn decide(
        log: LogId,
        mut heads: Heads<'u>,
        units: impl IntoIterator<Item = &'u Unit>,
        recorded_at_us: i64,
    ) -> Self {
        let mut batch = Self {
            recorded_at_us,
            fence: heads.fence,
            ..Self::default()
        };
        for unit in units {
            let answer = match fits(&mut heads, unit) {
                Ok(()) => Ok(batch.write(log, &mut heads, unit)),
                Err(error) => Err(error),
            };
            batch.answers.push(answer);
        }
        batch
    }

    /// Position and hash that the log's last record has once the batch is committed; `None` if no unit fits.
    pub(super) fn last(&self) -> Option<(Position, Digest)> {
        Some((
            Position::from_db(*self.positions.last()?),
            Digest(*self.hashes.last()?),
        ))
    }

    fn write(&mut self, log: LogId, heads: &mut Heads<'u>, unit: &'u Unit) -> Appended {
        let first = Position(heads.position).next();
        let version = heads.versions.entry(unit.stream.as_str()).or_insert(0);
        let mut event_ids = Vec::with_capacity(unit.records.len());
        for claim in &unit.claims {
            self.claims.kinds.push(claim.kind);
            self.claims.keys.push(&claim.key);
            self.claims.positions.push(first.to_db());
        }
        for record in &unit.records {
            heads.position += 1;
            *version += 1;
            let event_id = EventId::at(self.recorded_at_us);
            // A structure of strings and ids always serialises; were it not so, the field would be empty, not wrong.
            let metadata = serde_json::to_vec(&record.metadata).unwrap_or_else(|_| b"{}".to_vec());
            let digest = record.erasable.as_deref().map(|body| {
                let salt = fresh_salt();
                self.erasable.positions.push(Position(heads.position).to_db());
                self.erasable.salts.push(salt);
                self.erasable.bodies.push(body);
                erasable_digest(&salt, body)
            });
            let hash = HashedFields {
                log,
                position: heads.position,
                stream: unit.stream.as_str(),
                stream_version: *version,
                event_id: event_id.0,
                event_type: &record.event_type,
                schema_version: record.schema_version,
                body: &record.body,
                metadata: &metadata,
                recorded_at_us: self.recorded_at_us,
                erasable_digest: digest,
                previous_hash: Digest(heads.hash),
            }
            .hash();
            self.positions.push(Position(heads.position).to_db());
            self.streams.push(unit.stream.as_str());
            self.stream_versions.push(StreamVersion(*version).to_db());
            self.event_ids.push(event_id.0);
            self.event_types.push(&record.event_type);
            self.schema_versions.push(i32::from(record.schema_version));
            self.bodies.push(&record.body);
            self.metadata.push(metadata);
            self.erasable_digests.push(digest.map(|digest| digest.0));
            self.previous_hashes.push(heads.hash);
            self.hashes.push(hash.0);
            heads.hash = hash.0;
            event_ids.push(event_id);
        }
        Appended {
            first,
            last: Position(heads.position),
            stream_version: StreamVersion(*version),
            recorded_at_us: self.recorded_at_us,
            event_ids,
        }
    }
}

/// Whether a unit fits; takes its claims if it does.
fn fits<'u>(heads: &mut Heads<'u>, unit: &'u Unit) -> Result<(), AppendError> {
    let actual = StreamVersion(heads.versions.get(unit.stream.as_str()).copied().unwrap_or(0));
    match unit.expected {
        ExpectedVersion::Exactly(expected) if expected != actual => {
            return Err(AppendError::VersionConflict { actual });
        }
        ExpectedVersion::Exactly(_) | ExpectedVersion::Any => {}
    }
    let mut taken: Vec<(&str, &str)> = Vec::with_capacity(unit.claims.len());
    for claim in &unit.claims {
        let key = (claim.kind, claim.key.as_str());
        if heads.taken.contains(&key) || taken.contains(&key) {
            return Err(AppendError::ClaimTaken {
                kind: claim.kind,
                key: claim.key.clone(),
            });
        }
        taken.push(key);
    }
    heads.taken.extend(taken);
    Ok(())
}

/// 244 random bits from the system's generator.
fn fresh_salt() -> [u8; 32] {
    let mut salt = [0; 32];
    salt[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    salt[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    salt
}
