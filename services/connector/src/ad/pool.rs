//! A few warm connections to one domain controller. A connection that is leased and not given back (a fault, a time-out,
//! a caller that was cancelled) is closed. All of them lead to one and the same domain controller
//! ([`Opener`]).

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{MutexGuard, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

use super::connection::Connection;
use super::opening::Opener;
use super::settings::LdapsSettings;
use super::{AdError, Step};

pub(super) struct Pool {
    opener: Opener,
    idle: Mutex<Vec<Connection>>,
    /// A connection beside those for operations, on which the domain controller is asked who it is.
    watching: tokio::sync::Mutex<Option<Connection>>,
    permits: Arc<Semaphore>,
    /// What has not answered since this moment was cut off: a new connection answered while such a one stayed silent.
    cut: watch::Sender<Option<Instant>>,
    /// Why there was no connection or no answer, unless there was one since.
    failure: Mutex<Option<AdError>>,
}

/// A connection in use. Given back by [`Lease::release`], closed otherwise.
pub(super) struct Lease {
    connection: Connection,
    reused: bool,
    pool: Arc<Pool>,
    permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(settings: LdapsSettings) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(settings.connections.max(1)));
        Arc::new(Self {
            opener: Opener::new(settings),
            idle: Mutex::new(Vec::new()),
            watching: tokio::sync::Mutex::new(None),
            permits,
            cut: watch::channel(None).0,
            failure: Mutex::new(None),
        })
    }

    pub(super) const fn settings(&self) -> &LdapsSettings {
        self.opener.settings()
    }

    /// A connection: the one that answered last, else a new one.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, AdError> {
        let permit = self.permit().await?;
        let (connection, reused) = match self.pop_idle() {
            Some(connection) => (connection, true),
            None => (self.open().await?, false),
        };
        Ok(Lease {
            connection,
            reused,
            pool: Arc::clone(self),
            permit,
        })
    }

    /// Opens a connection, in a task of its own: whoever waits for it may go away, and a bind that is refused then must
    /// be remembered all the same.
    pub(super) async fn open(self: &Arc<Self>) -> Result<Connection, AdError> {
        let pool = Arc::clone(self);
        let opening = async move {
            let opened = pool.opener.open().await;
            *pool.failure.lock() = opened.as_ref().err().cloned();
            opened
        };
        match tokio::spawn(opening.in_current_span()).await {
            Ok(opened) => opened,
            Err(_) => Err(AdError::Unreachable {
                dc: self.settings().url.host.clone(),
                detail: "the attempt to connect ended".to_owned(),
            }),
        }
    }

    /// Opens a connection that goes to no pool, to whichever domain controller is at this address.
    pub(super) async fn open_anywhere(&self, address: Option<SocketAddr>) -> Result<Connection, AdError> {
        self.opener.open_anywhere(address).await
    }

    /// Keeps idle connections warm, and one ready if there is none.
    pub(super) async fn keep_warm(self: &Arc<Self>) {
        let due = Instant::now().checked_sub(self.settings().keep_warm / 2);
        let old: Vec<Connection> = {
            let mut idle = self.idle.lock();
            let (old, recent): (Vec<_>, Vec<_>) = idle
                .drain(..)
                .partition(|connection| due.is_some_and(|due| connection.answered_at() <= due));
            *idle = recent;
            old
        };
        for mut connection in old {
            if !connection.is_closed() && connection.learn(self.settings().timeouts.read).await.is_ok() {
                connection.note_answer();
                // Behind the others: the one that answered an operation last is leased first.
                self.idle.lock().insert(0, connection);
            }
        }
        {
            // Meanwhile others may have been opened in the place of those that were read on.
            let mut idle = self.idle.lock();
            let surplus = idle.len().saturating_sub(self.settings().connections.max(1));
            idle.drain(..surplus);
        }
        let unused = self.permits.available_permits() == self.settings().connections.max(1);
        if unused
            && self.idle.lock().is_empty()
            && let Ok(lease) = self.lease().await
        {
            lease.release();
        }
    }

    /// Ends when a connection that answered at that moment and was asked again has been silent for so long that a new one
    /// is asked too, or when it is known to be cut off: not to have answered since others were.
    pub(super) async fn silence(&self, answered_at: Instant) {
        tokio::select! {
            () = tokio::time::sleep(self.settings().timeouts.silence) => {}
            () = self.cut_off(answered_at) => {}
        }
    }

    /// Ends when a connection that answered at that moment, and not since, is known to be cut off.
    pub(super) async fn cut_off(&self, answered_at: Instant) {
        let mut cut = self.cut.subscribe();
        let is_cut = |since: &Option<Instant>| since.is_some_and(|since| answered_at < since);
        if cut.wait_for(is_cut).await.is_err() {
            // The pool is gone, and whoever waits with it.
            std::future::pending::<()>().await;
        }
    }

    /// Notes that a connection, asked at that moment, stayed silent while a new one answered: those that have not
    /// answered since are cut off too.
    pub(super) fn note_cut(&self, silent_since: Instant) {
        self.drop_idle_since(silent_since);
        self.cut.send_replace(Some(silent_since));
        tracing::warn!("connections to the domain controller were cut silently, they are replaced");
    }

    /// Closes the idle connections that have not answered since that moment.
    pub(super) fn drop_idle_since(&self, moment: Instant) {
        self.idle
            .lock()
            .retain(|connection| connection.answered_at() >= moment);
    }

    /// Notes that a connection gave no answer.
    pub(super) fn note_failure(&self, error: &AdError) {
        *self.failure.lock() = Some(error.clone());
    }

    /// The connection beside the others, for one at a time.
    pub(super) async fn watching(&self) -> Result<MutexGuard<'_, Option<Connection>>, AdError> {
        let turn = timeout(self.settings().timeouts.queue, self.watching.lock()).await;
        turn.map_err(|_elapsed| {
            let failure = self.failure.lock().clone();
            failure.unwrap_or_else(|| AdError::TimedOut {
                dc: self.settings().url.host.clone(),
                step: Step::Read,
            })
        })
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, AdError> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        match timeout(self.settings().timeouts.queue, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed; were it, nobody could wait for it either.
            Ok(Err(_)) | Err(_) => {
                // Where they are all in use because nobody answers, that is what has to be said.
                let failure = self.failure.lock().clone();
                Err(failure.unwrap_or_else(|| AdError::TimedOut {
                    dc: self.settings().url.host.clone(),
                    step: Step::Queue,
                }))
            }
        }
    }

    fn pop_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock();
        while let Some(connection) = idle.pop() {
            if !connection.is_closed() {
                return Some(connection);
            }
        }
        None
    }
}

impl Lease {
    /// Gives the connection back: only after a whole answer.
    pub(super) fn release(self) {
        let Self {
            mut connection,
            pool,
            permit,
            ..
        } = self;
        connection.note_answer();
        *pool.failure.lock() = None;
        pool.idle.lock().push(connection);
        drop(permit);
    }

    /// Whether it was idle before, and so may be dead unnoticed.
    pub(super) const fn was_reused(&self) -> bool {
        self.reused
    }

    pub(super) const fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
