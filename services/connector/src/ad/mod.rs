//! Active Directory over LDAPS: reads what an operation needs, sends its one write, and tells what came of it.
//!
//! It promises: only verified TLS, nothing followed (no referrals), a time-out on every step, whole answers from any
//! bytes, and the difference between "refused", "never sent" and "not known". It never resends a write that may have
//! been sent. What it does not promise: that no copy of a password is left inside the LDAP and TLS libraries' buffers;
//! what is ours is wiped.

pub mod answer;
mod attributes;
mod bearing;
mod bind_tries;
mod connection;
mod credentials;
mod dial;
mod entry;
mod error;
mod ldaps;
mod listing;
mod lockout_sources;
mod open_count;
mod opening;
mod pool;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod properties;
mod reading;
mod reads;
mod replication;
mod request_kind;
mod rights;
mod security_descriptor;
mod settings;
mod survey;
pub mod value;

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::domain::{AccountAnchor, AccountSnapshot, Effects, NamedBy};
use crate::policy::{PolicyReading, Scope};
pub use answer::{AdAnswer, Cause, ExplainContext, RequestKind};
pub use bind_tries::BindPauses;
pub use error::{AdError, Step};
pub use ldaps::LdapsDirectory;
pub use lockout_sources::LockoutSources;
pub(crate) use rights::missing_reasons;
pub use rights::{Right, Rights, WritableAttributes};
pub use security_descriptor::Permission;
pub use settings::{CredentialFiles, InvalidSettings, LdapsSettings, LdapsUrl, Timeouts};
pub use value::UnicodePwd;

/// The directory that the connector writes to. One domain controller stands behind it.
pub trait ActiveDirectory: Send + Sync {
    /// Who answers, and what it can do. Asked on a connection of its own, so that it never waits for operations.
    fn domain_controller(&self) -> BoxFuture<'_, Result<DomainController, AdError>>;

    /// Reads the account and the policy that applies to it, and has the name compared by which the caller named it.
    fn read_account<'a>(
        &'a self,
        anchor: AccountAnchor,
        named_by: &'a NamedBy,
    ) -> BoxFuture<'a, Result<AccountReading, AdError>>;

    /// The attribute that holds the marker.
    fn marker_attribute(&self) -> &str;

    /// Reads what the service account may do with the account, as far as it shows.
    fn read_rights(&self, anchor: AccountAnchor) -> BoxFuture<'_, Result<Rights, AdError>>;

    /// Reads the marker alone: what recovery looks at.
    fn read_marker(&self, anchor: AccountAnchor) -> BoxFuture<'_, Result<MarkerSnapshot, AdError>>;

    /// Sends the one modify of an operation (or a fence). Whole or not at all.
    fn write<'a>(&'a self, request: &'a WriteRequest<'a>) -> BoxFuture<'a, WriteResult>;

    /// Sends what goes with a password, in a second modify, over the marker that the password left: one that is late
    /// never lands over a later operation.
    fn follow_up<'a>(&'a self, request: &'a FollowUpRequest) -> BoxFuture<'a, FollowUpResult>;

    /// Lists the user accounts in scope, page by page, on a connection of its own. Returns how many were sent. If the
    /// receiver goes away it stops with an error: a listing is whole or an error.
    fn list_accounts<'a>(
        &'a self,
        scope: &'a Scope,
        pages: mpsc::Sender<Vec<ListedAccount>>,
    ) -> BoxFuture<'a, Result<u64, AdError>>;
}

/// A domain controller, as its rootDSE tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainController {
    /// `dnsHostName`, or the host that was dialled.
    pub name: String,
    /// The domain's naming context (a DN).
    pub naming_context: String,
    /// The invocation id of its database: changes when it is restored.
    pub invocation_id: Option<Uuid>,
    /// The policy hints control that it supports, if any.
    pub policy_hints: Option<PolicyHints>,
    /// Whether it is a read-only domain controller.
    pub read_only: bool,
    /// How many writable domain controllers its domain has, itself included, where that could be read.
    pub domain_controllers: Option<u32>,
}

impl DomainController {
    /// Whether both names mean the same host.
    #[must_use]
    pub fn is_same_host(&self, other: &Self) -> bool {
        let bare = |controller: &Self| controller.name.trim_end_matches('.').to_ascii_lowercase();
        bare(self) == bare(other)
    }

    /// Whether both are the same domain controller with the same database: what was seen at one holds at the other.
    #[must_use]
    pub fn is_same_database(&self, other: &Self) -> bool {
        self.is_same_host(other) && self.invocation_id == other.invocation_id
    }
}

/// Which of the two controls makes a reset obey history and minimum age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyHints {
    Current,
    /// LDAP_SERVER_POLICY_HINTS_DEPRECATED_OID (Windows Server 2008 R2).
    Deprecated,
}

impl PolicyHints {
    /// The control's OID (MS-ADTS 3.1.1.3.4.1.27).
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::Current => "1.2.840.113556.1.4.2239",
            Self::Deprecated => "1.2.840.113556.1.4.2066",
        }
    }
}

/// One read of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountReading {
    pub account: AccountSnapshot,
    /// Whether it bears the name by which the caller named it. One that was named by its anchor always does.
    pub bears_name: bool,
    /// The policy that applies to it.
    pub policy: PolicyReading,
    /// The domain controller that answered.
    pub domain_controller: DomainController,
}

/// What recovery looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerSnapshot {
    /// The marker attribute's value, whatever it is.
    pub marker: Option<Vec<u8>>,
    /// The version of `unicodePwd`, where it can be read.
    pub password_version: Option<u32>,
    /// `pwdLastSet`, in Active Directory's ticks.
    pub password_last_set: Option<crate::domain::FileTime>,
    /// `lockoutTime`, in Active Directory's ticks.
    pub lockout_time: Option<crate::domain::FileTime>,
}

/// The compare-and-set over the marker attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerSwap {
    /// The value that was read; the write fails if it is not there any more.
    pub seen: Option<Vec<u8>>,
    /// The value to set.
    pub next: String,
}

/// What a write does.
pub enum Write<'a> {
    /// A change: delete the current password, add the new one.
    Change {
        /// The current password.
        current: &'a UnicodePwd,
        /// The new one.
        new: &'a UnicodePwd,
    },
    /// A reset with critical policy hints.
    Reset {
        /// The new password.
        new: &'a UnicodePwd,
    },
    /// `lockoutTime` = 0.
    Unlock,
    /// `pwdLastSet` = 0.
    RequireChange,
    /// The marker and nothing else.
    Fence,
}

impl Write<'_> {
    /// What kind of request it is: how an answer to it is to be understood.
    #[must_use]
    pub const fn request_kind(&self) -> RequestKind {
        match self {
            Self::Change { .. } => RequestKind::Change,
            Self::Reset { .. } => RequestKind::Reset,
            Self::Unlock => RequestKind::Unlock,
            Self::RequireChange => RequestKind::RequireChange,
            Self::Fence => RequestKind::Fence,
        }
    }
}

pub struct WriteRequest<'a> {
    pub anchor: AccountAnchor,
    /// Where the account was read. It is written there, or not sent.
    pub read_at: &'a DomainController,
    /// The marker's compare-and-set. `None` only where the service account may not write the marker.
    pub marker: Option<&'a MarkerSwap>,
    /// The name by which the caller named the account. It is written while it bears that, or not sent. `None`: by its
    /// anchor, which never changes hands.
    pub name: Option<ComparedName<'a>>,
    pub write: Write<'a>,
}

/// A name that an account bore a moment ago.
#[derive(Clone, Copy, Debug)]
pub struct ComparedName<'a> {
    pub named_by: &'a NamedBy,
    /// How long ago the domain controller was requested to compare it.
    pub age: Duration,
}

impl<'a> ComparedName<'a> {
    /// For how long a name that was compared counts as the account's: it may change hands at any moment.
    pub const HOLDS_FOR: Duration = Duration::from_millis(250);

    /// `None` where there is nothing to compare.
    #[must_use]
    pub fn new(named_by: &'a NamedBy, age: Duration) -> Option<Self> {
        (*named_by != NamedBy::Anchor).then_some(Self { named_by, age })
    }
}

/// What came of a write.
#[derive(Debug)]
pub enum WriteResult {
    /// Active Directory answered that it is written.
    Done,
    /// Not written: the marker is not the one that was seen. Look again.
    MarkerMoved(AdAnswer),
    /// Not written: Active Directory answered why.
    Refused(AdAnswer),
    /// Not written: it never left.
    NotSent(AdError),
    /// It was sent, or may have been, and no answer came: reconcile, never resend.
    Unknown(UnknownCause),
}

/// Why nothing is known about a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownCause {
    /// The connection was lost.
    ConnectionLost,
    /// No answer within the time-out.
    TimedOut,
    /// An answer came that cannot be read.
    Unreadable,
}

impl UnknownCause {
    /// The word for records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionLost => "connection_lost",
            Self::TimedOut => "timed_out",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What goes with a password, and the markers that it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpRequest {
    pub anchor: AccountAnchor,
    /// Where the account was read. The effects are written there, or not sent.
    pub read_at: DomainController,
    /// What is to be set.
    pub effects: Effects,
    /// The operation's marker; nothing is written if it is not there any more.
    pub seen: Vec<u8>,
    /// The operation's next markers, in this order: a second one is needed where the effects go one by one.
    pub next: [String; 2],
}

/// What came of a follow-up. A part that was not requested is `None`.
#[derive(Debug, Default)]
pub struct FollowUpResult {
    /// `pwdLastSet` = 0.
    pub must_change: Option<WriteResult>,
    /// `lockoutTime` = 0.
    pub unlock: Option<WriteResult>,
}

/// A user account in scope, as the account sync sees it. Names hold no NUL (it is replaced by U+FFFD): a Postgres
/// `text` cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAccount {
    pub anchor: AccountAnchor,
    pub distinguished_name: String,
    pub sam_account_name: Option<String>,
    pub user_principal_name: Option<String>,
    pub display_name: Option<String>,
    pub mail: Option<String>,
    /// Whether it is enabled, where that may be read.
    pub enabled: Option<bool>,
}
