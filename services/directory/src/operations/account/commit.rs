//! How the task changes its account: fold, decide, append, and again where somebody else appended first.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use groundwire_eventlog::AppendError;

use super::AccountTask;
use crate::domain::{AccountEvent, AccountState, Command, Stage, decide, evolve};
use crate::operations::error::CommitError;
use crate::operations::units::{self, Batch};
use crate::store::StoreError;

/// How many times the task tries to append before it gives way to others.
const TRIES: usize = 5;

/// What is to be done with the account as it stands.
pub(super) enum Decision<N> {
    /// These events are appended.
    Append(Batch),
    /// Nothing is: why, or what is to be answered instead.
    Nothing(N),
}

/// What came of a decision.
pub(super) enum Committed<N> {
    /// The events are in the log, and appending them took so long.
    Appended {
        events: Vec<AccountEvent>,
        took: Duration,
    },
    /// There was nothing to append.
    Nothing(N),
}

/// What came of one try to append.
enum Appended {
    /// It is in the log; it took so long.
    Done(Duration),
    OthersFirst,
    /// It may be in the log, or come to be there.
    NotKnown,
}

impl AccountTask {
    /// Decides on the account as it stands and appends what was decided; decides anew whenever others appended in
    /// between. Durable at return. The decision has the last word: after the last try that was in vain it is taken once
    /// more, so that what others recorded is answered as what it is.
    ///
    /// # Errors
    /// [`CommitError`]; [`CommitError::Contended`] where there still is something to append then, and
    /// [`CommitError::Unknown`] where a try may still come to be in the log.
    pub(super) async fn commit<N>(
        &mut self,
        mut decide: impl FnMut(&AccountState) -> Decision<N>,
    ) -> Result<Committed<N>, CommitError> {
        // A try of which nothing is known may yet be in the log, until the log was fenced to catch up with it.
        let mut is_doubtful = false;
        let mut tries = 0;
        let ended = loop {
            if let Err(error) = self.catch_up().await {
                break Err(error.into());
            }
            is_doubtful = false;
            let batch = match decide(&self.replica.state) {
                Decision::Append(batch) => batch,
                Decision::Nothing(why) => break Ok(Committed::Nothing(why)),
            };
            if tries == TRIES {
                break Err(CommitError::Contended);
            }
            tries += 1;
            match self.append(&batch).await {
                Ok(Appended::Done(took)) => {
                    return Ok(Committed::Appended {
                        events: batch.events,
                        took,
                    });
                }
                Ok(Appended::OthersFirst) => {}
                Ok(Appended::NotKnown) => is_doubtful = true,
                Err(error) => break Err(error),
            }
        };
        if is_doubtful {
            return Err(CommitError::Unknown);
        }
        ended
    }

    /// Carries out a command, if it does anything as the account stands, and shows what follows.
    pub(super) async fn carry_out(
        &mut self,
        command: Command,
        actor: Option<String>,
    ) -> Result<(), CommitError> {
        self.carry_out_if(command, actor, || true).await
    }

    /// The same, if that is still wanted at the moment before it is appended.
    pub(super) async fn carry_out_if(
        &mut self,
        command: Command,
        actor: Option<String>,
        is_wanted: impl Fn() -> bool,
    ) -> Result<(), CommitError> {
        let clock = Arc::clone(&self.context.clock);
        let committed = self
            .commit(|state| match decide(state, command.clone(), clock.unix_us()) {
                Ok(events) if is_wanted() => Decision::Append(Batch {
                    actor: actor.clone(),
                    ..Batch::of(events)
                }),
                Ok(_) | Err(_) => Decision::Nothing(()),
            })
            .await?;
        match committed {
            Committed::Appended { events, .. } => self.show(&events, &BTreeMap::new()),
            Committed::Nothing(()) => {}
        }
        Ok(())
    }

    /// Shows what was appended to followers, and lets go of what ended. Followers of what ended get `afterwards_us` beside
    /// the outcome: durations that were not known when it was recorded.
    pub(super) fn show(&mut self, events: &[AccountEvent], afterwards_us: &BTreeMap<Stage, u64>) {
        for event in events {
            let id = event.operation_id();
            match event {
                AccountEvent::Ended(ended) => {
                    self.publish(id, afterwards_us.clone());
                    if let Some(operation) = self.replica.state.operations.get(&id) {
                        self.context.metrics.ended(operation.kind(), &ended.outcome);
                    }
                    self.retire(id);
                }
                AccountEvent::Delivered(_) | AccountEvent::InDoubt(_) | AccountEvent::NotTaken(_) => {
                    self.publish(id, BTreeMap::new());
                }
                // Its request adopts it; evidence changes nothing that callers see.
                AccountEvent::Requested(_) | AccountEvent::OutcomeKept(_) => {}
                AccountEvent::SequenceSkipped(skipped) => tracing::error!(
                    tenant = %self.tenant, operation = %id, first = skipped.first, last = skipped.last,
                    "AD holds operations that this log lost, the account goes on behind them"
                ),
            }
        }
    }

    /// Appends the events and takes over the state after them.
    async fn append(&mut self, batch: &Batch) -> Result<Appended, CommitError> {
        let after = batch.events.iter().fold(self.replica.state.clone(), evolve);
        let unit = units::unit(self.tenant, self.anchor, self.replica.version, &after, batch)?;
        let started = self.context.clock.boot();
        let log = self.context.store.log(self.tenant).await?;
        match log.append(unit).await {
            Ok(appended) => {
                self.replica.state = after;
                self.replica.version = appended.stream_version;
                Ok(Appended::Done(self.context.clock.elapsed(started)))
            }
            Err(AppendError::VersionConflict { .. }) => {
                self.replica.mark_behind();
                Ok(Appended::OthersFirst)
            }
            Err(AppendError::Unknown) => {
                self.replica.mark_commit_unknown();
                tracing::warn!(tenant = %self.tenant, "what became of a commit is not known, reading the log again");
                Ok(Appended::NotKnown)
            }
            Err(AppendError::ClaimTaken { .. }) => {
                self.replica.mark_behind();
                Err(CommitError::IdTaken)
            }
            Err(
                error @ (AppendError::ProjectionFailed(_)
                | AppendError::Invalid(_)
                | AppendError::Refused(_)
                | AppendError::Unavailable(_)
                | AppendError::Closed),
            ) => Err(StoreError::from(error).into()),
        }
    }
}
