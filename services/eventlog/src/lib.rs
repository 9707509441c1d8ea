//! Append-only, hash-chained event log in Postgres.
//!
//! What it promises:
//!
//! - **Gapless.** Positions of a log and versions of a stream start at 1 and rise by one, whoever appends, whatever is
//!   rolled back. A reader that goes on from a position never skips a record and never sees two in another order,
//!   because a transaction is visible before the log's lock is free for the next.
//! - **All or nothing.** The records, claims and projection changes of a [`Unit`] commit together or not at all; a unit
//!   that does not fit fails alone, whatever batch it travelled in.
//! - **Right answers.** [`Appender::append`] answers success only for what is durable (`synchronous_commit` is forced
//!   on in its transactions), and failure only for what is known not to be and never will be; where neither can be
//!   found out in time it says so ([`AppendError::Unknown`]).
//! - **Provable.** Each record's hash covers every field and the hash before it; [`ChainVerifier`] finds any edit,
//!   deletion, insertion and reordering, and with a head that somebody else kept also truncation and rewriting. Erasable
//!   parts can be erased and the chain still proves the rest.
//!
//! What it does not: it never interprets a body (bytes are kept as written), never retries a unit that was refused, and
//! keeps no cursor for anybody: a projection keeps its own beside what it projects.

#![warn(missing_docs)]

mod appender;
mod canonical;
mod connection;
mod digest;
mod error;
mod follower;
mod head;
mod ids;
mod projection;
mod reader;
mod record;
mod report;
mod schema;
mod session;
mod unit;
mod verification;
mod verify;
mod wake_up;

pub use appender::{Appender, AppenderOptions, Clock};
pub use canonical::{encode_record, erasable_digest, genesis_hash, record_hash};
pub use connection::hold_log;
pub use digest::Digest;
pub use error::{AppendError, OpenError, ReadError, Unavailability, is_passing};
pub use follower::Follower;
pub use head::{Head, KnownHead, MalformedKnownHead};
pub use ids::{EventId, IncarnationId, InvalidStreamName, LogId, Position, StreamName, StreamVersion};
pub use projection::{ProjectionCall, ProjectionChange, ProjectionFailure};
pub use reader::Reader;
pub use record::Record;
pub use report::{LogReport, VerificationReport, WitnessedHead};
pub use schema::{
    PartitionRange, ensure_partitions, erase, grant_eraser, grant_writer, isolate_by_setting, migrate,
};
pub use session::{STATEMENT_DEADLINE, Session};
pub use unit::{Appended, Claim, ExpectedVersion, InvalidUnit, Metadata, NewRecord, Unit};
pub use verification::{Checks, Progress, UnreadableRecord, Verified};
pub use verify::{ChainBreak, ChainVerifier, Defect};
pub use wake_up::WakeUps;
