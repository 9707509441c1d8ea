//! Opens connections: one bind at a time, with the credentials that are valid now, and all to the same domain controller.
//!
//! A name may lead to several domain controllers (the domain's own name, an alias, a balancer). What is read at one and
//! written at another is settled by replication, attribute by attribute, which is why a group has one. So a connection
//! to another one is refused while there is any to the first; when there is none left, the next one decides anew.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout};

use super::bind_tries::BindTries;
use super::connection::Connection;
use super::credentials::Credentials;
use super::open_count::OpenCount;
use super::settings::LdapsSettings;
use super::{AdError, DomainController, Step};

/// A connection is open within milliseconds. Where the password is known to be right, one that takes longer is given up
/// for another: it may have been cut while it was opened, and others wait for it.
const HURRY: Duration = Duration::from_secs(1);
const HURRIED_TRIES: usize = 2;
/// How often another connection is tried where one led to another domain controller.
const TRIES: usize = 4;

pub(super) struct Opener {
    settings: LdapsSettings,
    /// Held while opening: one bind at a time, so that a wrong password is tried once, not once per request.
    state: Mutex<State>,
    /// How many connections there are.
    open: OpenCount,
}

struct State {
    credentials: Credentials,
    tries: BindTries,
    home: Option<Home>,
}

/// The domain controller that the connections lead to.
struct Home {
    controller: DomainController,
    address: SocketAddr,
}

impl Opener {
    pub(super) fn new(mut settings: LdapsSettings) -> Self {
        let password = std::mem::take(&mut settings.bind_password);
        let credentials = Credentials::new(settings.files.clone(), password, Arc::clone(&settings.tls));
        let state = State {
            credentials,
            tries: BindTries::new(settings.bind_pauses),
            home: None,
        };
        Self {
            settings,
            state: Mutex::new(state),
            open: OpenCount::default(),
        }
    }

    pub(super) const fn settings(&self) -> &LdapsSettings {
        &self.settings
    }

    /// Opens a connection, unless the service account was refused and its pause is not over.
    pub(super) async fn open(&self) -> Result<Connection, AdError> {
        let mut state = self.turn().await?;
        let mut tries_left = TRIES;
        loop {
            tries_left -= 1;
            match self.open_once(&mut state).await {
                Err(AdError::OtherController { .. }) if tries_left > 0 => {}
                opened => return opened,
            }
        }
    }

    async fn open_once(&self, state: &mut State) -> Result<Connection, AdError> {
        let preferred = state.home.as_ref().map(|home| home.address);
        let mut hurried = None;
        for _ in 0..HURRIED_TRIES {
            if hurried.is_none() && state.tries.is_proven(&state.credentials.password) {
                hurried = timeout(HURRY, self.bind(state, preferred)).await.ok();
            }
        }
        let opened = match hurried {
            Some(opened) => opened,
            None => self.bind(state, preferred).await,
        };
        let connection = opened?;
        self.admit(&mut state.home, connection)
    }

    /// Opens a connection that goes to no pool, to whichever domain controller is at this address.
    pub(super) async fn open_anywhere(&self, address: Option<SocketAddr>) -> Result<Connection, AdError> {
        let mut state = self.turn().await?;
        self.bind(&mut state, address).await
    }

    /// Behind others who wait for a domain controller that does not answer nobody waits for ever.
    async fn turn(&self) -> Result<MutexGuard<'_, State>, AdError> {
        let turn = timeout(self.settings.timeouts.queue, self.state.lock()).await;
        turn.map_err(|_elapsed| AdError::TimedOut {
            dc: self.settings.url.host.clone(),
            step: Step::Connect,
        })
    }

    async fn bind(&self, state: &mut State, preferred: Option<SocketAddr>) -> Result<Connection, AdError> {
        state.credentials.refresh(self.settings.timeouts.read).await;
        let password = &state.credentials.password;
        let refused = |data| AdError::ServiceAccountRefused { data };
        state.tries.check(password, Instant::now()).map_err(refused)?;
        let opened = Connection::open(&self.settings, &state.credentials, preferred).await;
        match &opened {
            Ok(_) => state.tries.note_accepted(password),
            Err(AdError::ServiceAccountRefused { data }) => {
                let pause = state.tries.note_refused(password, *data, Instant::now());
                tracing::error!(
                    data = data.map(|data| format!("{data:x}")),
                    again_after_s = pause.as_secs(),
                    "the service account was refused; another password in its file is tried at once"
                );
            }
            Err(error) => tracing::debug!(%error, "no connection to the domain controller"),
        }
        opened
    }

    /// Lets a connection in, if it leads to where the others lead.
    fn admit(&self, home: &mut Option<Home>, connection: Connection) -> Result<Connection, AdError> {
        let found = connection.facts();
        if let Some(known) = home.as_ref().map(|home| &home.controller)
            && !known.is_same_host(found)
        {
            if self.open.is_any() {
                tracing::warn!(dc = %known.name, other = %found.name, "ad.url leads to several domain controllers");
                return Err(AdError::OtherController {
                    expected: known.name.clone(),
                    found: found.name.clone(),
                });
            }
            tracing::warn!(before = %known.name, now = %found.name, "ad.url leads to another domain controller now");
        }
        *home = Some(Home {
            controller: found.clone(),
            address: connection.address(),
        });
        connection.count(self.open.guard());
        Ok(connection)
    }
}
