//! Opens connections: one bind at a time, with the credentials that are valid now, and all to the same domain controller.
//!
//! A name may lead to several domain controllers (the domain's own name, an alias, a balancer). What is read at one and
//! written at another is settled by replication, attribute by attribute, which is why a group has one. So a connection
//! to another one is refused while there is any to the first; when there is none left, the next one decides anew.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout};

use super::bind_tries::{BindTries, Standing};
use super::connection::{BindError, Connection, Unbound};
use super::credentials::Credentials;
use super::open_count::OpenCount;
use super::settings::LdapsSettings;
use super::{AdError, DomainController, Step};

/// A connection is made within milliseconds. Where the password is known to be right, one that takes longer is given up
/// for another: it may have been cut while it was made, and others wait for it. Only before the bind: once that is sent it
/// may be counted as a wrong password, so its answer is waited for.
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
    /// Where it is, unless it could not be reached there.
    address: Option<SocketAddr>,
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
        let preferred = state.home.as_ref().and_then(|home| home.address);
        let opened = self.open_at(state, preferred).await;
        if let Err(error) = &opened
            && error.is_unreached()
            && !self.open.is_any()
            && let Some(home) = &mut state.home
        {
            // Another address of the name is as good now.
            home.address = None;
        }
        self.admit(&mut state.home, opened?)
    }

    /// Opens a connection that goes to no pool, to whichever domain controller is at this address.
    pub(super) async fn open_anywhere(&self, address: Option<SocketAddr>) -> Result<Connection, AdError> {
        let mut state = self.turn().await?;
        self.open_at(&mut state, address).await
    }

    /// Behind others who wait for a domain controller that does not answer nobody waits for ever.
    async fn turn(&self) -> Result<MutexGuard<'_, State>, AdError> {
        let turn = timeout(self.settings.timeouts.queue, self.state.lock()).await;
        turn.map_err(|_elapsed| AdError::TimedOut {
            dc: self.settings.url.host.clone(),
            step: Step::Connect,
        })
    }

    /// Connects, binds once, and asks who it is.
    async fn open_at(&self, state: &mut State, preferred: Option<SocketAddr>) -> Result<Connection, AdError> {
        state.credentials.refresh(self.settings.timeouts.read).await;
        let password = &state.credentials.password;
        let now = Instant::now();
        state
            .tries
            .check(password, now)
            .map_err(|standing| self.untried(standing))?;
        let connected = self.connect(&state.credentials, preferred, state.tries.is_proven(password));
        let connected = connected.await.inspect_err(log_failure)?;
        let mut connection = match connected.bind(&self.settings, password).await {
            Ok(connection) => connection,
            Err(error) => return Err(note_unaccepted(&mut state.tries, password, error)),
        };
        state.tries.note_accepted(password);
        match connection.learn(self.settings.timeouts.read).await {
            Ok(()) => {
                connection.note_answer();
                Ok(connection)
            }
            Err(error) => Err(error.into_ad_error(&self.settings.url.host)).inspect_err(log_failure),
        }
    }

    async fn connect(
        &self,
        credentials: &Credentials,
        preferred: Option<SocketAddr>,
        hurried: bool,
    ) -> Result<Unbound, AdError> {
        let connect = || Connection::connect(&self.settings, credentials, preferred);
        for _ in 0..HURRIED_TRIES {
            if hurried && let Ok(connected) = timeout(HURRY, connect()).await {
                return connected;
            }
        }
        connect().await
    }

    fn untried(&self, standing: Standing) -> AdError {
        match standing {
            Standing::Refused(data) => AdError::ServiceAccountRefused { data },
            Standing::Unanswered => AdError::TimedOut {
                dc: self.settings.url.host.clone(),
                step: Step::Bind,
            },
        }
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
            address: Some(connection.address()),
        });
        connection.count(self.open.guard());
        Ok(connection)
    }
}

/// Notes what a bind that was not accepted may have cost.
fn note_unaccepted(tries: &mut BindTries, password: &SecretString, error: BindError) -> AdError {
    let now = Instant::now();
    match error {
        BindError::Failed(AdError::ServiceAccountRefused { data }) => {
            let pause = tries.note_refused(password, data, now);
            tracing::error!(
                data = data.map(|data| format!("{data:x}")),
                again_after_s = pause.as_secs(),
                "the service account was refused; another password in its file is tried at once"
            );
            AdError::ServiceAccountRefused { data }
        }
        BindError::Failed(error) => {
            log_failure(&error);
            error
        }
        BindError::Unanswered(error) => {
            let pause = tries.note_unanswered(password, now);
            tracing::warn!(
                %error,
                again_after_s = pause.as_secs(),
                "a bind was not answered; it may have been counted as a wrong password"
            );
            error
        }
    }
}

fn log_failure(error: &AdError) {
    tracing::debug!(%error, "no connection to the domain controller");
}
