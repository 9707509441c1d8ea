//! Why Active Directory gave no answer, or not the one that was requested; and the reason that callers and records get.

use groundwire_proto::reasons::{Reason, ReasonCode};

use super::answer::{AdAnswer, RequestKind};

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
    /// The service account's bind was refused. The same password is not tried again for a while.
    #[error("the service account was refused (data {data:?})")]
    ServiceAccountRefused {
        /// Active Directory's sub-code.
        data: Option<u32>,
    },
    /// The name leads to several domain controllers, and this request must not go to another one.
    #[error("the name leads to domain controller {found}, and not only to {expected}")]
    OtherController {
        /// The one that the other connections lead to, or that was read.
        expected: String,
        found: String,
    },
    /// The domain controller by this name has another database than the one that was read: it was restored.
    #[error("domain controller {dc} has another database now, it was restored")]
    OtherDatabase {
        /// The domain controller.
        dc: String,
    },
    /// No such account, or it may not be seen.
    #[error("no object with this objectGUID")]
    AccountNotFound,
    /// The account does not bear the name by which it was named any more.
    #[error("the account does not bear the name any more")]
    NameMoved,
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
            Self::Unreachable { dc, detail } => unreachable(dc, detail.clone()),
            // It is not the domain controller that is waited for.
            Self::TimedOut {
                step: Step::Queue, ..
            } => Reason::new(ReasonCode::Overloaded),
            Self::TimedOut { dc, step } => unreachable(dc, format!("no answer in time at {}", step.as_str())),
            Self::OtherController { expected, found } => {
                unreachable(expected, format!("ad.url leads to {found} as well"))
            }
            Self::OtherDatabase { dc } => unreachable(
                dc,
                "it has another database than the one that was read".to_owned(),
            ),
            Self::TlsFailed { dc, cause } => Reason::new(ReasonCode::DcTlsFailed)
                .with("name", dc)
                .with("cause", cause),
            Self::ServiceAccountRefused { data } => {
                let reason = Reason::new(ReasonCode::ServiceAccountRefused);
                match data {
                    Some(data) => refused_bind(reason, *data),
                    None => reason,
                }
            }
            Self::AccountNotFound => Reason::new(ReasonCode::AccountNotFound),
            Self::NameMoved => Reason::new(ReasonCode::AccountNameMoved),
            Self::PolicyHintsUnsupported { dc } => {
                Reason::new(ReasonCode::PolicyHintsUnsupported).with("dc", dc)
            }
            Self::ReadOnly { dc } => Reason::new(ReasonCode::DcReadOnly).with("dc", dc),
            Self::Answered { dc, answer } => answer.passing_reason(RequestKind::Read, dc),
            Self::Unreadable { .. } | Self::ReceiverGone => Reason::new(ReasonCode::Internal),
        }
    }

    /// Whether no connection came about, or it was lost before anything was answered.
    pub(super) const fn is_unreached(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut {
                    step: Step::Connect | Step::Tls,
                    ..
                }
        )
    }

    /// Whether it says that nothing can be done at the domain controller, whichever account is concerned. What a domain
    /// controller answered is no outage, nor is it one that our own connections are all in use.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::TimedOut { step, .. } => !matches!(step, Step::Queue),
            Self::Unreachable { .. }
            | Self::TlsFailed { .. }
            | Self::ServiceAccountRefused { .. }
            | Self::OtherController { .. }
            | Self::OtherDatabase { .. } => true,
            Self::AccountNotFound
            | Self::NameMoved
            | Self::PolicyHintsUnsupported { .. }
            | Self::ReadOnly { .. }
            | Self::Answered { .. }
            | Self::Unreadable { .. }
            | Self::ReceiverGone => false,
        }
    }
}

fn unreachable(dc: &str, cause: String) -> Reason {
    Reason::new(ReasonCode::DcUnreachable)
        .with("dc", dc)
        .with("cause", cause)
}

/// Adds what a sub-code says of the service account.
fn refused_bind(reason: Reason, data: u32) -> Reason {
    let reason = reason.with("data", format!("{data:x}"));
    let cause = match data {
        0x525 => "no such account",
        0x52e => "wrong password",
        0x530 => "not at this hour",
        0x531 => "not from this machine",
        0x532 => "its password has expired",
        0x533 => "it is disabled",
        0x701 => "it has expired",
        0x773 => "it must change its password",
        0x775 => "it is locked",
        _ => return reason,
    };
    reason.with("cause", cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed_out(step: Step) -> AdError {
        AdError::TimedOut {
            dc: "dc1".to_owned(),
            step,
        }
    }

    #[test]
    fn only_what_a_domain_controller_said_is_told_as_busy() {
        for step in [Step::Connect, Step::Tls, Step::Bind, Step::Read] {
            let reason = timed_out(step).reason();
            assert_eq!(reason.code(), ReasonCode::DcUnreachable);
            assert!(
                reason.admin_message().contains("no answer in time at"),
                "{step:?}"
            );
            assert!(timed_out(step).is_outage() && timed_out(step).is_passing());
        }
        let queued = timed_out(Step::Queue);
        assert_eq!(queued.reason().code(), ReasonCode::Overloaded);
        assert!(!queued.is_outage() && queued.is_passing());
        for ldap in [3, 4, 11, 51, 52] {
            let busy = answered(ldap, "");
            assert_eq!(busy.reason().code(), ReasonCode::DcBusy);
            assert!(!busy.is_outage());
        }
    }

    fn answered(ldap: u32, text: &str) -> AdError {
        AdError::Answered {
            dc: "dc1".to_owned(),
            answer: AdAnswer::parse(ldap, text.as_bytes()),
        }
    }

    /// Any of these can be said of one account while all others are served.
    #[test]
    fn no_answer_about_an_account_is_an_outage_of_the_domain_controller() {
        let codes = [1, 2, 3, 4, 10, 11, 12, 16, 19, 21, 32, 34, 50, 51, 52, 53, 80];
        for ldap in codes {
            for text in [
                "",
                "00002020: Operation unavailable without authentication",
                "00000005: x",
            ] {
                let error = answered(ldap, text);
                assert!(!error.is_outage(), "{ldap} {text}");
                let code = error.reason().code();
                let stops = matches!(code, ReasonCode::DcUnreachable | ReasonCode::DcTlsFailed);
                assert!(!stops, "{ldap} {text}: {code:?}");
            }
        }
    }

    #[test]
    fn a_refused_service_account_is_told_with_its_cause() {
        let refused = AdError::ServiceAccountRefused { data: Some(0x775) };
        let words = refused.reason().admin_message();
        assert!(words.contains("it is locked (data 775)"), "{words}");
        assert!(!refused.is_passing());
    }
}
