//! A set of named tasks whose ends are seen: one that panics is logged once and reported, and does not leave the
//! process half alive.

use std::collections::HashMap;
use std::future::Future;

use tokio::task::{Id, JoinSet};

use super::Shutdown;

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskEnd {
    /// The task returned, though it should run until it is stopped.
    Finished(&'static str),
    /// It panicked: a defect of ours. Logged already.
    Panicked(&'static str),
    /// It was aborted by [`TaskSet::abort_all`].
    Aborted(&'static str),
}

/// A part of the process ended that must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartFailed {
    /// The task returned before the shutdown.
    #[error("`{0}` ended by itself")]
    Ended(&'static str),
    /// The task panicked.
    #[error("`{0}` panicked")]
    Panicked(&'static str),
}

/// What the end of a task means to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It runs until the shutdown and is waited for then.
    Part,
    /// It may end before; after the shutdown it is waited for.
    Job,
    /// It runs until nobody is waited for any more.
    Observer,
}

/// Tasks that belong together. Dropping the set aborts them.
#[derive(Debug, Default)]
pub struct TaskSet {
    tasks: JoinSet<()>,
    known: HashMap<Id, (&'static str, Role)>,
}

impl TaskSet {
    /// No task yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a part of the process, which runs until the shutdown. Must be called within a runtime.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_as(Role::Part, name, task);
    }

    /// Starts a task that ends when its work is done.
    pub fn spawn_job(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_as(Role::Job, name, task);
    }

    /// Starts a task that watches the others, also while they stop: it is not waited for.
    pub fn spawn_observer(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.spawn_as(Role::Observer, name, task);
    }

    fn spawn_as(&mut self, role: Role, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(task);
        self.known.insert(handle.id(), (name, role));
    }

    /// Waits for the shutdown, and then until every task but the observers has ended, or the grace is over; what still
    /// runs then is aborted. A part that ends before the shutdown begins it, so that the others stop in good order.
    ///
    /// # Errors
    /// The first part that ended before the shutdown, or the first task that panicked.
    pub async fn run_until_stopped(&mut self, shutdown: &Shutdown) -> Result<(), PartFailed> {
        let mut outcome = Ok(());
        while !(shutdown.is_draining() && self.is_drained()) {
            tokio::select! {
                Some((end, role)) = self.next() => {
                    let failed = match (end, role) {
                        (TaskEnd::Panicked(name), _) => PartFailed::Panicked(name),
                        (TaskEnd::Finished(name), Role::Part | Role::Observer) if !shutdown.is_draining() => {
                            PartFailed::Ended(name)
                        }
                        (TaskEnd::Finished(_) | TaskEnd::Aborted(_), _) => continue,
                    };
                    tracing::warn!(why = %failed, "stopping");
                    outcome = outcome.and(Err(failed));
                    shutdown.begin();
                }
                () = shutdown.draining(), if !shutdown.is_draining() => {}
                () = shutdown.forced() => break,
            }
        }
        self.abort_all();
        outcome
    }

    /// Waits for the next end; `None` when there is no task left. Cancel-safe.
    pub async fn next_end(&mut self) -> Option<TaskEnd> {
        self.next().await.map(|(end, _)| end)
    }

    async fn next(&mut self) -> Option<(TaskEnd, Role)> {
        let (id, panicked) = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error.is_panic())),
        };
        let (name, role) = self.known.remove(&id).unwrap_or(("unnamed", Role::Part));
        let end = match panicked {
            None => TaskEnd::Finished(name),
            Some(false) => TaskEnd::Aborted(name),
            Some(true) => {
                // The panic's own text was handled by the hook, which knows what may be shown.
                tracing::error!(task = name, "task panicked");
                TaskEnd::Panicked(name)
            }
        };
        Some((end, role))
    }

    /// Whether nobody is left who is waited for at a stop.
    fn is_drained(&self) -> bool {
        self.known.values().all(|(_, role)| *role == Role::Observer)
    }

    /// How many run.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether none runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Stops them all where they are; their ends are still to be fetched.
    pub fn abort_all(&mut self) {
        self.tasks.abort_all();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn every_end_is_seen_with_its_name() {
        let mut tasks = TaskSet::new();
        tasks.spawn("returns", async {});
        assert_eq!(tasks.next_end().await, Some(TaskEnd::Finished("returns")));
        tasks.spawn("panics", async { panic!("on purpose") });
        assert_eq!(tasks.next_end().await, Some(TaskEnd::Panicked("panics")));
        tasks.spawn("waits", std::future::pending());
        tasks.abort_all();
        assert_eq!(tasks.next_end().await, Some(TaskEnd::Aborted("waits")));
        assert_eq!(tasks.next_end().await, None);
        assert!(tasks.is_empty());
    }

    /// Ends when draining begins, and a second later.
    async fn drain_for_a_second(shutdown: Shutdown) {
        shutdown.draining().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    async fn seconds_until_stopped(
        tasks: &mut TaskSet,
        shutdown: &Shutdown,
    ) -> (Result<(), PartFailed>, u64) {
        let start = tokio::time::Instant::now();
        let outcome = tasks.run_until_stopped(shutdown).await;
        (outcome, start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_waits_for_parts_and_jobs_and_not_for_observers() {
        let (mut tasks, shutdown) = (TaskSet::new(), Shutdown::manual(Duration::from_secs(20)));
        tasks.spawn("part", drain_for_a_second(shutdown.clone()));
        tasks.spawn_job("short job", async {});
        tasks.spawn_job("long job", tokio::time::sleep(Duration::from_secs(7)));
        tasks.spawn_observer("metrics", std::future::pending());
        let stop = shutdown.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            stop.begin();
        });
        assert_eq!(seconds_until_stopped(&mut tasks, &shutdown).await, (Ok(()), 7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_does_not_stop_is_aborted_when_the_grace_is_over() {
        let (mut tasks, shutdown) = (TaskSet::new(), Shutdown::manual(Duration::from_secs(20)));
        tasks.spawn("stuck", std::future::pending());
        shutdown.begin();
        assert_eq!(seconds_until_stopped(&mut tasks, &shutdown).await, (Ok(()), 20));
        assert_eq!(tasks.next_end().await, Some(TaskEnd::Aborted("stuck")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_ends_by_itself_stops_the_others_in_good_order() {
        for observer in [false, true] {
            let (mut tasks, shutdown) = (TaskSet::new(), Shutdown::manual(Duration::from_secs(20)));
            tasks.spawn("part", drain_for_a_second(shutdown.clone()));
            if observer {
                tasks.spawn_observer("gone", async {});
            } else {
                tasks.spawn("gone", async {});
            }
            let (outcome, seconds) = seconds_until_stopped(&mut tasks, &shutdown).await;
            assert_eq!((outcome, seconds), (Err(PartFailed::Ended("gone")), 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_failure_also_while_stopping() {
        let (mut tasks, shutdown) = (TaskSet::new(), Shutdown::manual(Duration::from_secs(20)));
        let draining = shutdown.clone();
        tasks.spawn("part", async move {
            drain_for_a_second(draining).await;
            panic!("on purpose");
        });
        shutdown.begin();
        let (outcome, seconds) = seconds_until_stopped(&mut tasks, &shutdown).await;
        assert_eq!((outcome, seconds), (Err(PartFailed::Panicked("part")), 1));
    }
}
