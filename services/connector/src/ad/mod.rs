//! Active Directory over LDAPS: reads what an operation needs, sends its one write, and tells what came of it.
//!
//! It promises: only verified TLS, nothing followed (no referrals), a time-out on every step, whole answers from any
//! bytes, and the difference between "refused", "never sent" and "not known". It never resends a write that may have
//! been sent. What it does not promise: that no copy of a password is left inside the LDAP and TLS libraries' buffers;
//! what is ours is wiped.

pub mod answer;
mod attributes;
mod connection;
mod entry;
mod ldaps;
mod listing;
mod pool;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod properties;
mod reading;
mod replication;
mod settings;
pub mod value;

use futures_util::future::BoxFuture;
use groundwire_proto::reasons::{Reason, ReasonCode};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::domain::{AccountAnchor, AccountSnapshot, Effects};
use crate::policy::{PolicyReading, Scope};
pub use answer::{AdAnswer, Cause, ExplainContext, RequestKind};
pub use ldaps::LdapsDirectory;
pub use settings::{InvalidSettings, LdapsSettings, LdapsUrl, Timeouts};
pub use value::UnicodePwd;

/// The directory that the connector writes to. One domain controller stands behind it.
pub trait ActiveDirectory: Send + Sync {
    /// Who answers, and what it can do. It is read anew whenever a connection is opened.
    fn domain_controller(&self) -> BoxFuture<'_, Result<DomainController, AdError>>;

    /// Reads the account, and the policy that applies to it.
    fn read_account(&self, anchor: AccountAnchor) -> BoxFuture<'_, Result<AccountReading, AdError>>;

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
    /// The marker's compare-and-set. `None` only where the service account may not write the marker.
    pub marker: Option<&'a MarkerSwap>,
    pub write: Write<'a>,
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

/// A step that has its own time-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// TCP connect, with name resolution.
    Connect,
    /// The TLS handshake.
    Tls,
    Bind,
    Read,
    /// Waiting for a free connection.
    Queue,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Bind => "bind",
            Self::Read => "read",
            Self::Queue => "queue",
        }
    }
}

/// Why Active Directory could not be reached, or did not give what was requested. Nothing was written.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum AdError {
    /// No connection, or it was lost.
    #[error("domain controller {dc} cannot be reached: {detail}")]
    Unreachable {
        /// The domain controller.
        dc: String,
        /// What the operating system says.
        detail: String,
    },
    /// A step took too long.
    #[error("domain controller {dc} did not answer in time at {}", step.as_str())]
    TimedOut {
        /// The domain controller.
        dc: String,
        step: Step,
    },
    /// The certificate, the name or the protocol is not what it must be.
    #[error("tls with domain controller {dc} failed: {cause}")]
    TlsFailed {
        /// The name that was expected.
        dc: String,
        /// What is wrong.
        cause: String,
    },
    /// The service account's bind was refused. It is not tried again for a while.
    #[error("the service account was refused (data {data:?})")]
    ServiceAccountRefused {
        /// Active Directory's sub-code.
        data: Option<u32>,
    },
    /// No such account, or it may not be seen.
    #[error("no object with this objectGUID")]
    AccountNotFound,
    /// The domain controller has no policy hints control: no reset.
    #[error("domain controller {dc} does not support policy hints")]
    PolicyHintsUnsupported {
        /// The domain controller.
        dc: String,
    },
    /// A read-only domain controller.
    #[error("domain controller {dc} is read-only")]
    ReadOnly {
        /// The domain controller.
        dc: String,
    },
    /// It answered a read or a bind with an error.
    #[error("domain controller {dc} answered {answer}")]
    Answered {
        /// The domain controller.
        dc: String,
        answer: AdAnswer,
    },
    /// It answered something that cannot be read.
    #[error("domain controller {dc} answered something unreadable: {what}")]
    Unreadable {
        /// The domain controller.
        dc: String,
        /// What could not be read.
        what: &'static str,
    },
    /// Whoever received the pages of a listing went away.
    #[error("the receiver of the listing went away")]
    ReceiverGone,
}

impl AdError {
    /// Whether it may go away by itself, so that the same can be tried again.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.reason().is_passing()
    }

    /// The reason for callers and records.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Unreachable { dc, .. } => Reason::new(ReasonCode::DcUnreachable).with("dc", dc),
            Self::TimedOut { dc, step } => {
                let code = match step {
                    Step::Connect | Step::Tls => ReasonCode::DcUnreachable,
                    Step::Bind | Step::Read | Step::Queue => ReasonCode::DcBusy,
                };
                Reason::new(code).with("dc", dc)
            }
            Self::TlsFailed { dc, cause } => Reason::new(ReasonCode::DcTlsFailed)
                .with("name", dc)
                .with("cause", cause),
            Self::ServiceAccountRefused { data } => {
                let reason = Reason::new(ReasonCode::ServiceAccountRefused);
                match data {
                    Some(data) => reason.with("data", format!("{data:x}")),
                    None => reason,
                }
            }
            Self::AccountNotFound => Reason::new(ReasonCode::AccountNotFound),
            Self::PolicyHintsUnsupported { dc } => {
                Reason::new(ReasonCode::PolicyHintsUnsupported).with("dc", dc)
            }
            Self::ReadOnly { dc } => Reason::new(ReasonCode::DcReadOnly).with("dc", dc),
            Self::Answered { dc, answer } => answer.cause(RequestKind::Read).passing_reason(dc),
            Self::Unreadable { .. } | Self::ReceiverGone => Reason::new(ReasonCode::Internal),
        }
    }
}
