//! One LDAPS connection: opened in steps that each have a time-out, bound, and used for one request after another.
//!
//! The LDAP library panics on some malformed messages, in its connection's task and in ours; both are caught here and
//! become a lost connection or an unreadable answer. After a time-out or any such fault the connection is dropped,
//! never used again: an answer that comes late must not be taken for another one's.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use ldap3::controls::RawControl;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Mod, Scope, StdStream, ldap_escape,
};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use super::answer::{AdAnswer, Cause, RequestKind};
use super::credentials::Credentials;
use super::dial::dial;
use super::entry::Entry;
use super::open_count::OpenGuard;
use super::settings::LdapsSettings;
use super::{AdError, DomainController, PolicyHints, Step};

/// Matches every object.
const ANY: &str = "(objectClass=*)";
/// Says that the domain controller holds no writable copy (MS-ADTS: LDAP_CAP_ACTIVE_DIRECTORY_PARTIAL_SECRETS_OID).
const PARTIAL_SECRETS: &str = "1.2.840.113556.1.4.1920";
const ROOT_DSE: [&str; 7] = [
    "dnsHostName",
    "defaultNamingContext",
    "configurationNamingContext",
    "dsServiceName",
    "supportedControl",
    "supportedCapabilities",
    "currentTime",
];

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallError {
    /// It never left.
    NotSent,
    /// The connection went away afterwards.
    Lost,
    /// No answer in time.
    TimedOut,
    /// An answer that cannot be read.
    Unreadable,
}

/// What a search gave.
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) controls: Vec<RawControl>,
}

/// A search that was refused, or got no answer.
#[derive(Debug)]
pub(super) enum SearchError {
    Answered(AdAnswer),
    Call(CallError),
}

/// A bind that was not accepted.
pub(super) enum BindError {
    /// It was sent, or may have been, and no answer came: a wrong password may have been counted.
    Unanswered(AdError),
    /// It was answered, or never left.
    Failed(AdError),
}

/// A verified connection that is not bound yet.
pub(super) struct Unbound(Connection);

/// A bound connection.
pub(super) struct Connection {
    ldap: Ldap,
    driver: AbortHandle,
    facts: DomainController,
    /// The forest's naming context that names every domain controller (a DN).
    configuration: String,
    address: SocketAddr,
    answered_at: Instant,
    /// While it is known to be open.
    counted: Arc<Mutex<Option<OpenGuard>>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// Connects, to this address first if the name leads there, and verifies. Nothing of the service account is sent.
    pub(super) async fn connect(
        settings: &LdapsSettings,
        credentials: &Credentials,
        preferred: Option<SocketAddr>,
    ) -> Result<Unbound, AdError> {
        let dc = &settings.url.host;
        let (stream, address) = dial(settings, preferred).await?;
        let tls = LdapConnSettings::new()
            .set_config(credentials.tls.clone())
            .set_std_stream(StdStream::Tcp(stream))
            .set_conn_timeout(settings.timeouts.tls);
        let url = format!("ldaps://{dc}:{}", settings.url.port);
        let (conn, ldap) = guarded(settings.timeouts.tls, LdapConnAsync::with_settings(tls, &url))
            .await
            .map_err(|failure| handshake_error(dc, failure))?;
        let counted = Arc::new(Mutex::new(None));
        let ending = Arc::clone(&counted);
        let driver = tokio::spawn(async move {
            let ended = AssertUnwindSafe(conn.drive()).catch_unwind().await;
            // It counts no longer, whoever still has it in hand.
            ending.lock().take();
            match ended {
                Ok(Ok(())) => tracing::debug!("ldap connection ended"),
                Ok(Err(error)) => tracing::debug!(%error, "ldap connection lost"),
                Err(_) => tracing::warn!("ldap connection ended by a message that the library cannot read"),
            }
        })
        .abort_handle();
        let facts = DomainController {
            name: dc.clone(),
            naming_context: String::new(),
            invocation_id: None,
            policy_hints: None,
            read_only: false,
            domain_controllers: None,
        };
        Ok(Unbound(Self {
            ldap,
            driver,
            facts,
            configuration: String::new(),
            address,
            answered_at: Instant::now(),
            counted,
        }))
    }

    /// The domain controller, as it described itself when the rootDSE was last read.
    pub(super) const fn facts(&self) -> &DomainController {
        &self.facts
    }

    /// Where it leads.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Counts it among the open ones for as long as it is.
    pub(super) fn count(&self, guard: OpenGuard) {
        *self.counted.lock() = Some(guard).filter(|_| !self.is_closed());
    }

    /// It is known to be dead: it counts no longer, though it is still in hand.
    pub(super) fn give_up(&self) {
        self.counted.lock().take();
    }

    /// When it answered last.
    pub(super) const fn answered_at(&self) -> Instant {
        self.answered_at
    }

    /// Notes that it has just answered.
    pub(super) fn note_answer(&mut self) {
        self.answered_at = Instant::now();
    }

    /// Whether it is known to be gone. False does not mean that it is alive.
    pub(super) fn is_closed(&self) -> bool {
        self.driver.is_finished()
    }

    /// Reads the rootDSE: keeps the connection warm and the facts fresh.
    pub(super) async fn learn(&mut self, limit: Duration) -> Result<(), SearchError> {
        let found = self
            .search(limit, "", Scope::Base, ANY, &ROOT_DSE, Vec::new())
            .await?;
        let entry = found
            .entries
            .into_iter()
            .next()
            .ok_or(SearchError::Call(CallError::Unreadable))?;
        let supports = |control: PolicyHints| {
            entry
                .all("supportedControl")
                .any(|oid| oid == control.oid().as_bytes())
                .then_some(control)
        };
        let context = entry.text("defaultNamingContext").unwrap_or_default();
        if let Some(name) = entry.text("dnsHostName") {
            name.clone_into(&mut self.facts.name);
        }
        context.clone_into(&mut self.facts.naming_context);
        entry
            .text("configurationNamingContext")
            .unwrap_or_default()
            .clone_into(&mut self.configuration);
        self.facts.policy_hints =
            supports(PolicyHints::Current).or_else(|| supports(PolicyHints::Deprecated));
        self.facts.read_only = entry
            .all("supportedCapabilities")
            .any(|oid| oid == PARTIAL_SECRETS.as_bytes());
        if self.facts.invocation_id.is_none()
            && let Some(service) = entry.text("dsServiceName")
        {
            // Evidence only: where it may not be read, all goes on without it.
            let read = self.search(limit, service, Scope::Base, ANY, &["invocationId"], Vec::new());
            match read.await {
                Ok(found) => {
                    let id = found.entries.first().and_then(|entry| entry.guid("invocationId"));
                    self.facts.invocation_id = id;
                }
                // What passes says nothing of whether it may be read.
                Err(SearchError::Answered(answer)) if answer.refuses_reads() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Counts the writable domain controllers of the domain: each has an object of its settings, which names the domain
    /// among what it holds a writable copy of. Evidence only: where it may not be read, all goes on without it.
    pub(super) async fn count_controllers(&mut self, limit: Duration) -> Result<(), SearchError> {
        let base = format!("CN=Sites,{}", self.configuration);
        let context = ldap_escape(self.facts.naming_context.as_str());
        let filter = format!("(&(objectClass=nTDSDSA)(msDS-hasMasterNCs={context}))");
        let found = self
            .search(limit, &base, Scope::Subtree, &filter, &["1.1"], Vec::new())
            .await;
        match found {
            // It is one itself: without any, they may not be seen.
            Ok(found) => {
                let count = u32::try_from(found.entries.len()).ok();
                self.facts.domain_controllers = count.filter(|count| *count > 0);
                Ok(())
            }
            Err(SearchError::Answered(_)) => Ok(()),
            Err(SearchError::Call(error)) => Err(SearchError::Call(error)),
        }
    }

    /// Searches. References are left out, never followed.
    pub(super) async fn search(
        &self,
        limit: Duration,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        controls: Vec<RawControl>,
    ) -> Result<Found, SearchError> {
        let mut ldap = self.ldap.clone();
        if !controls.is_empty() {
            ldap.with_controls(controls);
        }
        let search = ldap.search(base, scope, filter, attributes);
        let ldap3::SearchResult(entries, result) = guarded(limit, search)
            .await
            .map_err(|failure| SearchError::Call(failure.into()))?;
        if let Some(answer) = refusal(&result) {
            return Err(SearchError::Answered(answer));
        }
        let controls = result.ctrls.into_iter().map(|control| control.1).collect();
        Ok(Found {
            entries: entries.into_iter().filter_map(Entry::read).collect(),
            controls,
        })
    }

    /// Modifies. `Ok(None)`: done.
    pub(super) async fn modify(
        &self,
        limit: Duration,
        target: &str,
        mods: Vec<Mod<&[u8]>>,
        control: Option<RawControl>,
    ) -> Result<Option<AdAnswer>, CallError> {
        let mut ldap = self.ldap.clone();
        if let Some(control) = control {
            ldap.with_controls(vec![control]);
        }
        let result = guarded(limit, ldap.modify(target, mods)).await?;
        Ok(refusal(&result))
    }

    /// A second handle for a request beside another one on the same connection.
    pub(super) fn shared_reader(&self) -> SharedReader {
        SharedReader {
            ldap: self.ldap.clone(),
        }
    }
}

impl Unbound {
    /// Sends the bind, once, and waits for its answer within its own time-out: whoever gives it up earlier does not learn
    /// what the domain controller counted.
    pub(super) async fn bind(
        mut self,
        settings: &LdapsSettings,
        password: &SecretString,
    ) -> Result<Connection, BindError> {
        let dc = &settings.url.host;
        let sending = self
            .0
            .ldap
            .simple_bind(&settings.bind_name, password.expose_secret());
        let result = guarded(settings.timeouts.bind, sending)
            .await
            .map_err(|failure| bind_error(dc, failure))?;
        let Some(answer) = refusal(&result) else {
            self.0.note_answer();
            return Ok(self.0);
        };
        let final_refusal = answer.cause(RequestKind::Bind) == Cause::ServiceAccountRefused;
        Err(BindError::Failed(if final_refusal {
            AdError::ServiceAccountRefused { data: answer.data }
        } else {
            AdError::Answered {
                dc: dc.clone(),
                answer,
            }
        }))
    }
}

/// Reads beside its connection; does not outlive it in use, because the connection's end ends its requests.
pub(super) struct SharedReader {
    ldap: Ldap,
}

impl SharedReader {
    /// Reads one object.
    pub(super) async fn read(
        &mut self,
        limit: Duration,
        base: &str,
        attributes: &[&str],
    ) -> Result<Option<Entry>, SearchError> {
        let found = self.search(limit, base, Scope::Base, ANY, attributes).await?;
        Ok(found.into_iter().next())
    }

    /// The objects that meet a filter.
    pub(super) async fn search(
        &mut self,
        limit: Duration,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
    ) -> Result<Vec<Entry>, SearchError> {
        let search = self.ldap.search(base, scope, filter, attributes);
        let ldap3::SearchResult(entries, result) = guarded(limit, search)
            .await
            .map_err(|failure| SearchError::Call(failure.into()))?;
        match refusal(&result) {
            Some(answer) => Err(SearchError::Answered(answer)),
            None => Ok(entries.into_iter().filter_map(Entry::read).collect()),
        }
    }
}

impl SearchError {
    /// As an error of the whole module.
    pub(super) fn into_ad_error(self, dc: &str) -> AdError {
        let dc = dc.to_owned();
        match self {
            Self::Answered(answer) if answer.cause(RequestKind::Read) == Cause::AccountNotFound => {
                AdError::AccountNotFound
            }
            Self::Answered(answer) => AdError::Answered { dc, answer },
            Self::Call(CallError::NotSent | CallError::Lost) => AdError::Unreachable {
                dc,
                detail: "connection lost".to_owned(),
            },
            Self::Call(CallError::TimedOut) => AdError::TimedOut { dc, step: Step::Read },
            Self::Call(CallError::Unreadable) => AdError::Unreadable {
                dc,
                what: "a search result",
            },
        }
    }
}

fn unreachable(dc: &str, detail: &str) -> AdError {
    AdError::Unreachable {
        dc: dc.to_owned(),
        detail: detail.to_owned(),
    }
}

/// Tells a bind that never left from one that was not answered.
fn bind_error(dc: &str, failure: Failure) -> BindError {
    let error = match &failure {
        Failure::TimedOut => AdError::TimedOut {
            dc: dc.to_owned(),
            step: Step::Bind,
        },
        Failure::Panicked | Failure::Library(_) => unreachable(dc, &failure.to_string()),
    };
    match CallError::from(failure) {
        CallError::NotSent => BindError::Failed(error),
        CallError::Lost | CallError::TimedOut | CallError::Unreadable => BindError::Unanswered(error),
    }
}

/// Tells a certificate that is not right from a connection that broke.
fn handshake_error(dc: &str, failure: Failure) -> AdError {
    let tls = |cause: String| AdError::TlsFailed {
        dc: dc.to_owned(),
        cause,
    };
    match failure {
        Failure::TimedOut => AdError::TimedOut {
            dc: dc.to_owned(),
            step: Step::Tls,
        },
        Failure::Panicked => unreachable(dc, "the library failed"),
        Failure::Library(LdapError::Rustls { source }) => tls(source.to_string()),
        Failure::Library(LdapError::DNSName { .. }) => {
            tls("not a name that a certificate can have".to_owned())
        }
        Failure::Library(LdapError::Io { source }) => {
            let inner = source
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match inner {
                Some(error) => tls(error.to_string()),
                None => unreachable(dc, &source.to_string()),
            }
        }
        Failure::Library(other) => unreachable(dc, &other.to_string()),
    }
}

/// How a request to the library can fail.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("timed out")]
    TimedOut,
    #[error("unreadable")]
    Panicked,
    #[error("{0}")]
    Library(LdapError),
}

/// Runs a request of the library with a time-out, and catches its panics.
async fn guarded<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, LdapError>>,
) -> Result<T, Failure> {
    match timeout(limit, AssertUnwindSafe(request).catch_unwind()).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(LdapError::Timeout { .. }))) | Err(_) => Err(Failure::TimedOut),
        Ok(Ok(Err(error))) => Err(Failure::Library(error)),
        Ok(Err(_)) => Err(Failure::Panicked),
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::TimedOut => Self::TimedOut,
            Failure::Panicked => Self::Unreadable,
            // Only this one is certain not to have left: the connection's task was gone before.
            Failure::Library(
                LdapError::OpSend { .. } | LdapError::FilterParsing | LdapError::AddNoValues,
            ) => Self::NotSent,
            Failure::Library(_) => Self::Lost,
        }
    }
}

fn refusal(result: &LdapResult) -> Option<AdAnswer> {
    (result.rc != 0).then(|| AdAnswer::parse(result.rc, result.text.as_bytes()))
}
