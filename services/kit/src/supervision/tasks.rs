//! A set of named tasks whose ends are seen: one that panics is logged once and reported, and does not leave the
//! process half alive.

use std::collections::HashMap;
use std::future::Future;

use tokio::task::{Id, JoinSet};

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskEnd {
    /// It returned.
    Finished(&'static str),
    /// It panicked: a defect of ours. Logged already.
    Panicked(&'static str),
    /// It was aborted by [`TaskSet::abort_all`].
    Aborted(&'static str),
}

impl TaskEnd {
    /// The name it was spawned with.
    #[must_use]
    pub const fn task(self) -> &'static str {
        match self {
            Self::Finished(name) | Self::Panicked(name) | Self::Aborted(name) => name,
        }
    }
}

/// Tasks that belong together. Dropping the set aborts them.
#[derive(Debug, Default)]
pub struct TaskSet {
    tasks: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl TaskSet {
    /// No task yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task. Must be called within a runtime.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(task);
        self.names.insert(handle.id(), name);
    }

    /// Waits for the next end; `None` when there is no task left. Cancel-safe.
    pub async fn next_end(&mut self) -> Option<TaskEnd> {
        let (id, panicked) = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error.is_panic())),
        };
        let name = self.names.remove(&id).unwrap_or("unnamed");
        Some(match panicked {
            None => TaskEnd::Finished(name),
            Some(false) => TaskEnd::Aborted(name),
            Some(true) => {
                // The panic's own text was handled by the hook, which knows what may be shown.
                tracing::error!(task = name, "task panicked");
                TaskEnd::Panicked(name)
            }
        })
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
}
