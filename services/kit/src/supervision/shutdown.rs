//! Stopping in two steps: `draining` (take nothing new, finish what is under way), then `forced` when the grace is over
//! or a second signal comes.

use std::time::Duration;

use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::duration;

/// The `[shutdown]` section of a service.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShutdownConfig {
    /// Time to finish what is under way.
    #[serde(with = "duration")]
    pub grace: Duration,
}

/// Signals can't be listened for.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for signals: {0}")]
pub struct SignalError(#[from] std::io::Error);

/// Tells every part of a process that it is to stop. Clones are the same shutdown.
#[derive(Debug, Clone)]
pub struct Shutdown {
    draining: CancellationToken,
    forced: CancellationToken,
    grace: Duration,
}

impl Shutdown {
    /// A shutdown that only [`Shutdown::begin`] begins; for tests, and for parts that are stopped by others.
    #[must_use]
    pub fn manual(grace: Duration) -> Self {
        Self {
            draining: CancellationToken::new(),
            forced: CancellationToken::new(),
            grace,
        }
    }

    /// A shutdown that SIGTERM or SIGINT begins, and a second one forces.
    ///
    /// # Errors
    /// [`SignalError`] if the handlers can't be installed.
    pub fn on_signals(grace: Duration) -> Result<Self, SignalError> {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = Self::manual(grace);
        let begun = shutdown.clone();
        tokio::spawn(async move {
            loop {
                let name = tokio::select! {
                    _ = terminate.recv() => "SIGTERM",
                    _ = interrupt.recv() => "SIGINT",
                    () = begun.forced.cancelled() => return,
                };
                if begun.is_draining() {
                    tracing::warn!(signal = name, "second signal, stopping at once");
                    begun.forced.cancel();
                    return;
                }
                tracing::info!(signal = name, grace_ms = begun.grace_ms(), "stopping");
                begun.begin();
            }
        });
        Ok(shutdown)
    }

    /// Begins to drain; the grace runs from here. Must be called within a runtime. Doing it twice changes nothing.
    pub fn begin(&self) {
        if self.draining.is_cancelled() {
            return;
        }
        self.draining.cancel();
        let (forced, grace) = (self.forced.clone(), self.grace);
        tokio::spawn(async move {
            let in_time = tokio::time::timeout(grace, forced.cancelled()).await;
            if in_time.is_err() {
                forced.cancel();
            }
        });
    }

    /// Whether nothing new is to be taken.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Ends when draining begins.
    pub async fn draining(&self) {
        self.draining.cancelled().await;
    }

    /// Ends when the grace is over: whoever still works stops where it is.
    pub async fn forced(&self) {
        self.forced.cancelled().await;
    }

    /// For what takes a token; cancelled when draining begins.
    #[must_use]
    pub fn draining_token(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// For what takes a token; cancelled when the grace is over.
    #[must_use]
    pub fn forced_token(&self) -> CancellationToken {
        self.forced.clone()
    }

    fn grace_ms(&self) -> u64 {
        u64::try_from(self.grace.as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn draining_comes_first_and_force_after_the_grace() {
        let shutdown = Shutdown::manual(Duration::from_secs(20));
        let start = tokio::time::Instant::now();
        assert!(!shutdown.is_draining());
        shutdown.begin();
        shutdown.begin();
        shutdown.draining().await;
        assert!(shutdown.is_draining() && !shutdown.forced_token().is_cancelled());
        shutdown.forced().await;
        assert_eq!(start.elapsed().as_secs(), 20);
    }

    #[tokio::test]
    async fn a_first_signal_drains_and_a_second_one_forces() {
        let shutdown = Shutdown::on_signals(Duration::from_secs(600)).unwrap();
        let this_process = rustix::process::getpid();
        let within = Duration::from_secs(10);
        rustix::process::kill_process(this_process, rustix::process::Signal::TERM).unwrap();
        tokio::time::timeout(within, shutdown.draining()).await.unwrap();
        assert!(!shutdown.forced_token().is_cancelled());
        rustix::process::kill_process(this_process, rustix::process::Signal::TERM).unwrap();
        tokio::time::timeout(within, shutdown.forced()).await.unwrap();
    }
}
