//! A few warm connections to one domain controller. A connection that is leased and not given back (a fault, a time-out,
//! a caller that was cancelled) is closed. A refused service account is not tried again until the hold-off has passed,
//! so that it does not lock.

use std::sync::Arc;

use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::connection::Connection;
use super::settings::LdapsSettings;
use super::{AdError, Step};

pub(super) struct Pool {
    settings: LdapsSettings,
    /// The service account's password.
    password: SecretString,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
    /// Held while opening: one bind at a time, so that a wrong password is tried once, not once per request.
    opening: tokio::sync::Mutex<Option<Refusal>>,
}

/// A bind that was refused.
#[derive(Clone, Copy)]
struct Refusal {
    at: Instant,
    data: Option<u32>,
}

/// A connection in use. Given back by [`Lease::release`], closed otherwise.
pub(super) struct Lease {
    connection: Connection,
    reused: bool,
    pool: Arc<Pool>,
    permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(settings: LdapsSettings, password: SecretString) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(settings.connections.max(1)));
        Arc::new(Self {
            settings,
            password,
            idle: Mutex::new(Vec::new()),
            permits,
            opening: tokio::sync::Mutex::new(None),
        })
    }

    pub(super) const fn settings(&self) -> &LdapsSettings {
        &self.settings
    }

    /// A connection: the one used last, else a new one.
    pub(super) async fn lease(self: &Arc<Self>) -> Result<Lease, AdError> {
        let permit = self.permit().await?;
        if let Some(connection) = self.pop_idle() {
            return Ok(Lease {
                connection,
                reused: true,
                pool: Arc::clone(self),
                permit,
            });
        }
        let connection = self.open().await?;
        Ok(Lease {
            connection,
            reused: false,
            pool: Arc::clone(self),
            permit,
        })
    }

    /// A new connection, after one turned out to be dead or unbound: the idle ones are likely to be so too.
    pub(super) async fn lease_fresh(self: &Arc<Self>) -> Result<Lease, AdError> {
        self.idle.lock().clear();
        let permit = self.permit().await?;
        let connection = self.open().await?;
        Ok(Lease {
            connection,
            reused: false,
            pool: Arc::clone(self),
            permit,
        })
    }

    /// Opens a connection, unless the service account was refused a short while ago.
    pub(super) async fn open(&self) -> Result<Connection, AdError> {
        // Behind others who wait for a domain controller that does not answer nobody waits for ever.
        let Ok(mut refusal) = timeout(self.settings.timeouts.queue, self.opening.lock()).await else {
            return Err(self.late());
        };
        if let Some(known) = refusal.filter(|known| known.at.elapsed() < self.settings.hold_off) {
            return Err(AdError::ServiceAccountRefused { data: known.data });
        }
        let opened = Connection::open(&self.settings, &self.password).await;
        match &opened {
            Ok(_) => *refusal = None,
            Err(AdError::ServiceAccountRefused { data }) => {
                tracing::error!(data = ?data, "the service account was refused, not trying again for a while");
                *refusal = Some(Refusal {
                    at: Instant::now(),
                    data: *data,
                });
            }
            Err(error) => tracing::debug!(%error, "no connection to the domain controller"),
        }
        opened
    }

    /// Keeps idle connections warm, and one ready if there is none.
    pub(super) async fn keep_warm(self: &Arc<Self>) {
        let due = Instant::now().checked_sub(self.settings.keep_warm / 2);
        let old: Vec<Connection> = {
            let mut idle = self.idle.lock();
            let (old, recent): (Vec<_>, Vec<_>) = idle
                .drain(..)
                .partition(|connection| due.is_some_and(|due| connection.last_used() <= due));
            *idle = recent;
            old
        };
        for mut connection in old {
            if !connection.is_closed() && connection.learn(self.settings.timeouts.read).await.is_ok() {
                // Behind the others: the one used last is leased first.
                self.idle.lock().insert(0, connection);
            }
        }
        let unused = self.permits.available_permits() == self.settings.connections.max(1);
        if unused
            && self.idle.lock().is_empty()
            && let Ok(lease) = self.lease().await
        {
            lease.release();
        }
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, AdError> {
        match timeout(
            self.settings.timeouts.queue,
            Arc::clone(&self.permits).acquire_owned(),
        )
        .await
        {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed; were it, nobody could wait for it either.
            Ok(Err(_)) | Err(_) => Err(self.late()),
        }
    }

    fn late(&self) -> AdError {
        AdError::TimedOut {
            dc: self.settings.url.host.clone(),
            step: Step::Queue,
        }
    }

    fn pop_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock();
        while let Some(mut connection) = idle.pop() {
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
            connection,
            pool,
            permit,
            ..
        } = self;
        pool.idle.lock().push(connection);
        drop(permit);
    }

    /// Whether it was idle before, and so may have been closed by the other side unnoticed.
    pub(super) const fn was_reused(&self) -> bool {
        self.reused
    }

    pub(super) const fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    pub(super) const fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
