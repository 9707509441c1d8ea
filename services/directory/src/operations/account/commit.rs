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

impl AccountTask {
    /// Decides on the account as it stands and appends what was decided; decides anew whenever others appended in
    /// between. Durable at return. The decision has the last word: after the last try that was in vain it is taken once
    /// more, so that what others recorded is answered as what it is.
    ///
    /// # Errors
    /// [`CommitError`]; [`CommitError::Contended`] where there still is something to append then.
    pub(super) async fn commit<N>(
        &mut self,
        mut decide: impl FnMut(&AccountState) -> Decision<N>,
    ) -> Result<Committed<N>, CommitError> {
        for tries in 0..=TRIES {
            self.catch_up().await?;
            let batch = match decide(&self.replica.state) {
                Decision::Append(batch) => batch,
                Decision::Nothing(why) => return Ok(Committed::Nothing(why)),
            };
            if tries == TRIES {
                break;
            }
            if let Some(took) = self.append(&batch).await? {
                return Ok(Committed::Appended {
                    events: batch.events,
                    took,
                });
            }
        }
        Err(CommitError::Contended)
    }

    /// Carries out a command, if it does anything as the account stands, and shows what follows.
    pub(super) async fn carry_out(
        &mut self,
        command: Command,
        actor: Option<String>,
    ) -> Result<(), CommitError> {
        let clock = Arc::clone(&self.context.clock);
        let committed = self
            .commit(|state| match decide(state, command.clone(), clock.unix_us()) {
                Ok(events) => Decision::Append(Batch {
                    actor: actor.clone(),
                    ..Batch::of(events)
                }),
                Err(refusal) => Decision::Nothing(refusal),
            })
            .await?;
        match committed {
            Committed::Appended { events, .. } => self.show(&events, &BTreeMap::new()),
            Committed::Nothing(_refusal) => {}
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
                AccountEvent::Delivered(_) | AccountEvent::InDoubt(_) => self.publish(id, BTreeMap::new()),
                // Its request adopts it; evidence changes nothing that callers see.
                AccountEvent::Requested(_) | AccountEvent::OutcomeKept(_) => {}
                AccountEvent::SequenceSkipped(skipped) => tracing::error!(
                    tenant = %self.tenant, operation = %id, first = skipped.first, last = skipped.last,
                    "AD holds operations that this log lost, the account goes on behind them"
                ),
            }
        }
    }

    /// Appends the events and takes over the state after them; how long that took. `None`: others appended first, or what
    /// became of it is not known.
    async fn append(&mut self, batch: &Batch) -> Result<Option<Duration>, CommitError> {
        let after = batch.events.iter().fold(self.replica.state.clone(), evolve);
        let unit = units::unit(self.tenant, self.anchor, self.replica.version, &after, batch)?;
        let started = self.context.clock.boot();
        let log = self.context.store.log(self.tenant).await?;
        match log.append(unit).await {
            Ok(appended) => {
                self.replica.state = after;
                self.replica.version = appended.stream_version;
                Ok(Some(self.context.clock.elapsed(started)))
            }
            Err(AppendError::VersionConflict { .. }) => {
                self.replica.mark_behind();
                Ok(None)
            }
            Err(AppendError::Unknown) => {
                self.replica.mark_commit_unknown();
                tracing::warn!(tenant = %self.tenant, "what became of a commit is not known, reading the log again");
                Ok(None)
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
