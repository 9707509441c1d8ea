//! Verifies a whole log, while it may be in use: page by page, against every head that is known of it.

use crate::verify::{ChainBreak, ChainVerifier, Defect};
use crate::{Head, KnownHead, Position, ReadError, Reader, Record};

/// How many records are in memory at a time.
const PAGE: u32 = 500;

/// How many records that cannot be read are named; the others are counted.
const NAMED: usize = 20;

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The last position that was verified.
    pub done: Position,
    /// The position at which the log ended when the verification began.
    pub end: Position,
}

/// What a verification does beside following the chain.
pub struct Checks<'a> {
    /// Heads that the log must contain.
    pub known: &'a [KnownHead],
    /// Reads the event of a record; says in words why this version cannot.
    pub read_event: &'a mut (dyn FnMut(&Record) -> Result<(), String> + Send),
    /// Called after each page.
    pub progress: &'a mut (dyn FnMut(Progress) + Send),
}

/// A record whose event this version cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRecord {
    /// Its place in the log.
    pub position: Position,
    /// The event's type.
    pub event_type: String,
    /// Why it cannot be read.
    pub problem: String,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How far the log is proved.
    pub proved: Head,
    /// The first break of the chain; nothing after it was looked at.
    pub chain_break: Option<ChainBreak>,
    /// How many of the proved records had an erasable part that was erased since. That is no break.
    pub erased: u64,
    /// The first records whose event cannot be read.
    pub unreadable: Vec<UnreadableRecord>,
    /// How many there are of them.
    pub unreadable_count: u64,
}

impl Verified {
    /// Whether the chain holds to its end and every event can be read.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.chain_break.is_none() && self.unreadable_count == 0
    }
}

impl Reader {
    /// Verifies the whole log, from its genesis to the head it has now, against heads that others keep (which must be of
    /// this log). Answers the head that was proved.
    ///
    /// Without a known head only what is inside the log can be proved: who can rewrite every record and the head can make
    /// another log that is as good.
    ///
    /// # Errors
    /// [`ReadError`] if it could not be read; the inner error is the first defect found.
    pub async fn verify(&self, known: &[Head]) -> Result<Result<Head, ChainBreak>, ReadError> {
        if let Some(foreign) = known.iter().find(|head| head.log != self.log()) {
            return Ok(Err(ChainBreak {
                position: foreign.position,
                defect: Defect::ForeignLog,
            }));
        }
        let known: Vec<KnownHead> = known.iter().copied().map(KnownHead::from).collect();
        let verified = self
            .verify_with(Checks {
                known: &known,
                read_event: &mut |_| Ok(()),
                progress: &mut |_| {},
            })
            .await?;
        Ok(verified.chain_break.map_or(Ok(verified.proved), Err))
    }

    /// As [`Reader::verify`], with what else is to be checked on the way.
    ///
    /// # Errors
    /// [`ReadError`] if it could not be read.
    pub async fn verify_with(&self, checks: Checks<'_>) -> Result<Verified, ReadError> {
        let stored = self.head().await?;
        let mut run = Run {
            verifier: ChainVerifier::new(Head::genesis(self.log(), stored.incarnation)),
            stored,
            erased: 0,
            unreadable: Vec::new(),
            unreadable_count: 0,
        };
        let chain_break = match run.whole_log(self, checks).await {
            Ok(()) => None,
            Err(Stop::Break(found)) => Some(found),
            Err(Stop::Read(error)) => return Err(error),
        };
        Ok(Verified {
            proved: run.verifier.head(),
            chain_break,
            erased: run.erased,
            unreadable: run.unreadable,
            unreadable_count: run.unreadable_count,
        })
    }
}

/// Why a verification does not go on.
enum Stop {
    Break(ChainBreak),
    Read(ReadError),
}

impl From<ChainBreak> for Stop {
    fn from(found: ChainBreak) -> Self {
        Self::Break(found)
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        let (position, defect) = match error {
            ReadError::Missing(position) => (position, Defect::Missing),
            ReadError::Malformed(position) => (position, Defect::Malformed),
            ReadError::Database(_)
            | ReadError::DeadlineExceeded(_)
            | ReadError::NoSuchLog(_)
            | ReadError::MissingInStream(..) => return Self::Read(error),
        };
        Self::Break(ChainBreak { position, defect })
    }
}

struct Run {
    verifier: ChainVerifier,
    /// Where the log ended when the verification began.
    stored: Head,
    erased: u64,
    unreadable: Vec<UnreadableRecord>,
    unreadable_count: u64,
}

impl Run {
    async fn whole_log(&mut self, reader: &Reader, checks: Checks<'_>) -> Result<(), Stop> {
        for known in checks.known {
            self.verifier.expect_head(&Head {
                log: self.stored.log,
                incarnation: known.incarnation.unwrap_or(self.stored.incarnation),
                position: known.position,
                hash: known.hash,
            })?;
        }
        self.verifier.expect_head(&self.stored)?;
        if reader.has_records_before_the_first().await? {
            return Err(Stop::Break(ChainBreak {
                position: Position::ZERO,
                defect: Defect::Malformed,
            }));
        }
        loop {
            let done = self.verifier.head().position;
            let left = self.stored.position.0.saturating_sub(done.0);
            let limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
            // One more than is taken: the tables can hold a second record at the last position of a page, and a read that
            // ends there would not meet it.
            let mut page = reader.read_log(done, limit + 1).await?;
            page.truncate(limit as usize);
            if page.is_empty() {
                break;
            }
            for record in &page {
                self.verifier.push(record)?;
                self.read(record, &mut *checks.read_event);
            }
            (checks.progress)(Progress {
                done: self.verifier.head().position,
                end: self.stored.position,
            });
        }
        self.verifier.finish()?;
        self.ends_at_its_head(reader).await
    }

    fn read(&mut self, record: &Record, read_event: &mut (dyn FnMut(&Record) -> Result<(), String> + Send)) {
        self.erased += u64::from(record.is_erased());
        let Err(problem) = read_event(record) else { return };
        self.unreadable_count += 1;
        if self.unreadable.len() < NAMED {
            self.unreadable.push(UnreadableRecord {
                position: record.position,
                event_type: record.event_type.clone(),
                problem,
            });
        }
    }

    /// A record and the head that counts it become visible at once: one that the head does not count was not appended.
    async fn ends_at_its_head(&self, reader: &Reader) -> Result<(), Stop> {
        let Some(next) = reader.read_log(self.stored.position, 1).await?.pop() else {
            return Ok(());
        };
        if reader.head().await?.position < next.position {
            return Err(Stop::Break(ChainBreak {
                position: next.position,
                defect: Defect::BeyondHead,
            }));
        }
        Ok(())
    }
}
