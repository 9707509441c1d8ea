//! Active Directory's answers: LDAP result, the first 8 hexadecimal digits of the text, and the `data` token. Nothing
//! else of the text is looked at (not DSIDs, not words, not the build number), and any bytes give an answer.
//!
//! Windows and Samba write different texts for the same; many of Samba's refusals carry no digits, then the LDAP
//! result alone must do. Samba's forms were measured, Windows' are by specification and unproven here.

use std::fmt;

use groundwire_proto::reasons::{Reason, ReasonCode};

pub use super::request_kind::RequestKind;
use super::rights::{Rights, explain_missing};
use crate::domain::condition::locked_reason;
use crate::domain::{AccountSnapshot, FileTime};
use crate::policy::{PolicyReading, explain_policy_refusal};

/// The raw text is kept up to this many characters: it is for the administrator, in the erasable part of a record.
const LONGEST_TEXT: usize = 500;

/// What a domain controller answered to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdAnswer {
    /// The LDAP result code (RFC 4511 4.1.9).
    pub ldap: u32,
    /// The first 8 hexadecimal digits of the text: a Windows error code.
    pub code: Option<u32>,
    /// The `data` token: the sub-code of a refused bind.
    pub data: Option<u32>,
    /// The text, without control characters, cut. May name objects: personal.
    pub text: String,
}

/// The cause that an answer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The password policy, in one of its many rules.
    Policy,
    /// The current password of a change is wrong.
    CurrentPasswordIncorrect,
    /// The account is locked out.
    AccountLocked,
    /// The user may not change the password.
    UserCannotChangePassword,
    /// The service account lacks a right.
    RightMissing,
    /// The connection is not encrypted well enough.
    NotEncrypted,
    /// The policy hints control is not supported.
    PolicyHintsUnsupported,
    /// A read-only domain controller, or one of another domain.
    ReadOnlyOrElsewhere,
    /// No such object.
    AccountNotFound,
    /// The connection is not bound (any more).
    BindLost,
    /// Busy, or one of its limits.
    Busy,
    /// The service account's credentials are refused.
    ServiceAccountRefused,
    /// The marker is not the one that was seen.
    MarkerMoved,
    /// A constraint that may be the marker's or the password's: the marker must be read to know.
    MarkerPerhapsMoved,
    /// Nothing that this program should ever cause.
    Unexpected,
}

/// What is known beside the answer when it is explained.
#[derive(Clone, Copy, Debug)]
pub struct ExplainContext<'a> {
    /// The domain controller's name.
    pub dc: &'a str,
    /// The account as it was read before.
    pub account: &'a AccountSnapshot,
    /// The policy as it was read before.
    pub policy: &'a PolicyReading,
    /// What the local rules left to the domain controller.
    pub left_to_controller: &'a [Reason],
    /// What the service account may do, read after the refusal where that was for a right.
    pub rights: Option<&'a Rights>,
    pub now: FileTime,
}

impl AdAnswer {
    /// Parses an answer. Total.
    #[must_use]
    pub fn parse(ldap: u32, text: &[u8]) -> Self {
        Self {
            ldap,
            code: leading_code(text),
            data: data_token(text),
            text: presentable(text),
        }
    }

    #[must_use]
    pub fn cause(&self, request: RequestKind) -> Cause {
        if request == RequestKind::Bind {
            return self.bind_cause();
        }
        match self.ldap {
            1 if matches!(self.code, Some(0x4DC | 0x2020)) => Cause::BindLost,
            3 | 4 | 11 | 51 | 52 => Cause::Busy,
            8 | 13 => Cause::NotEncrypted,
            // A domain controller refers to where an object is that it does not hold.
            10 if request == RequestKind::Read => Cause::AccountNotFound,
            10 => Cause::ReadOnlyOrElsewhere,
            12 if request == RequestKind::Reset => Cause::PolicyHintsUnsupported,
            16 | 20 => Cause::MarkerMoved,
            19 | 53 => self.constraint_cause(request),
            32 => Cause::AccountNotFound,
            49 => Cause::ServiceAccountRefused,
            50 => Cause::RightMissing,
            _ => Cause::Unexpected,
        }
    }

    /// Whatever refuses a bind and does not pass is a refused service account: it must not be tried again and again.
    const fn bind_cause(&self) -> Cause {
        match self.ldap {
            1 | 3 | 4 | 11 | 51 | 52 => Cause::Busy,
            8 | 13 => Cause::NotEncrypted,
            10 => Cause::ReadOnlyOrElsewhere,
            _ => Cause::ServiceAccountRefused,
        }
    }

    fn constraint_cause(&self, request: RequestKind) -> Cause {
        match (self.code, request) {
            (Some(0x52D), kind) if kind.sets_password() => Cause::Policy,
            (Some(0x56), RequestKind::Change) => Cause::CurrentPasswordIncorrect,
            (Some(0x775), _) => Cause::AccountLocked,
            (Some(0x5), RequestKind::Change) => Cause::UserCannotChangePassword,
            (Some(0x5), _) => Cause::RightMissing,
            (Some(0x1F), _) => Cause::NotEncrypted,
            (Some(0x216C), _) => Cause::Unexpected,
            (Some(0x2081), _) if self.ldap == 19 => Cause::MarkerPerhapsMoved,
            // Samba says "user cannot change password" without a code.
            (None, RequestKind::Change) if self.ldap == 19 => Cause::UserCannotChangePassword,
            (_, kind) if kind.sets_password() => Cause::Policy,
            _ => Cause::Unexpected,
        }
    }

    /// Whether what was to be read cannot be read for as long as nobody changes anything. What passes says nothing of it.
    #[must_use]
    pub fn refuses_reads(&self) -> bool {
        !matches!(self.cause(RequestKind::Read), Cause::BindLost | Cause::Busy)
    }

    /// The reasons of a refused write, most useful first.
    #[must_use]
    pub fn explain(&self, request: RequestKind, context: ExplainContext<'_>) -> Vec<Reason> {
        let policy = context.policy.known();
        let one = match self.cause(request) {
            Cause::Policy => {
                return explain_policy_refusal(context.policy, self.code, context.left_to_controller)
                    .into_iter()
                    .map(|reason| {
                        let by_dc = reason.code() == ReasonCode::PasswordRefusedByDc;
                        if by_dc {
                            reason.with("dc", context.dc)
                        } else {
                            reason
                        }
                    })
                    .collect();
            }
            Cause::CurrentPasswordIncorrect => self.wrong_password(context),
            Cause::AccountLocked => {
                let duration = policy.and_then(|policy| policy.lockout_duration);
                locked_reason(context.account, duration, context.now)
            }
            Cause::RightMissing => return explain_missing(request, context.account.anchor, context.rights),
            cause @ (Cause::UserCannotChangePassword
            | Cause::NotEncrypted
            | Cause::PolicyHintsUnsupported
            | Cause::ReadOnlyOrElsewhere
            | Cause::AccountNotFound
            | Cause::BindLost
            | Cause::Busy
            | Cause::ServiceAccountRefused
            | Cause::MarkerMoved
            | Cause::MarkerPerhapsMoved
            | Cause::Unexpected) => self.reason_of(cause, context.dc),
        };
        vec![one]
    }

    /// The reason of an answer by itself, without knowledge of account and policy.
    #[must_use]
    pub fn passing_reason(&self, request: RequestKind, dc: &str) -> Reason {
        self.reason_of(self.cause(request), dc)
    }

    fn reason_of(&self, cause: Cause, dc: &str) -> Reason {
        let reason = cause.reason(dc);
        match (cause, self.data) {
            (Cause::ServiceAccountRefused, Some(data)) => reason.with("data", format!("{data:x}")),
            (Cause::BindLost | Cause::Unexpected, _) => reason.with("answer", self.to_string()),
            _ => reason,
        }
    }

    fn wrong_password(&self, context: ExplainContext<'_>) -> Reason {
        let reason = Reason::new(ReasonCode::CurrentPasswordIncorrect);
        let policy = context.policy.known();
        let threshold = policy.and_then(|policy| policy.lockout_threshold);
        let window = policy.and_then(|policy| policy.lockout_window);
        match threshold
            .filter(|threshold| *threshold > 0)
            .zip(context.account.wrong_tries(window, context.now))
        {
            // The count was read before this try, which is one more.
            Some((threshold, bad)) => {
                reason.with("tries_left", threshold.saturating_sub(bad.saturating_add(1)))
            }
            None => reason,
        }
    }
}

impl Cause {
    fn reason(self, dc: &str) -> Reason {
        let at_dc = |code| Reason::new(code).with("dc", dc);
        match self {
            Self::Policy => at_dc(ReasonCode::PasswordRefusedByDc),
            Self::CurrentPasswordIncorrect => Reason::new(ReasonCode::CurrentPasswordIncorrect),
            Self::AccountLocked => Reason::new(ReasonCode::AccountLocked),
            Self::UserCannotChangePassword => Reason::new(ReasonCode::UserCannotChangePassword),
            Self::RightMissing => Reason::new(ReasonCode::RightMissing),
            Self::NotEncrypted => Reason::new(ReasonCode::DcTlsFailed)
                .with("name", dc)
                .with("cause", "not encrypted enough"),
            Self::PolicyHintsUnsupported => at_dc(ReasonCode::PolicyHintsUnsupported),
            Self::ReadOnlyOrElsewhere => at_dc(ReasonCode::DcReadOnly),
            Self::AccountNotFound => Reason::new(ReasonCode::AccountNotFound),
            Self::Busy => at_dc(ReasonCode::DcBusy),
            Self::ServiceAccountRefused => Reason::new(ReasonCode::ServiceAccountRefused),
            // The caller looks again before it tells anybody; if it cannot, the DC is at fault, not the user.
            Self::MarkerMoved | Self::MarkerPerhapsMoved => at_dc(ReasonCode::DcStale),
            // A lost bind is renewed once. A connection that was bound a moment ago and is answered the same again is
            // not unbound: it is an answer about the account (Samba gives it for a name with two `@`).
            Self::BindLost | Self::Unexpected => at_dc(ReasonCode::Internal),
        }
    }
}

impl fmt::Display for AdAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.ldap)?;
        if let Some(code) = self.code {
            write!(formatter, "/{code:08X}")?;
        }
        match self.data.filter(|data| *data != 0) {
            Some(data) => write!(formatter, " data {data:x}"),
            None => Ok(()),
        }
    }
}

/// Exactly 8 hexadecimal digits before a colon, at the very start.
fn leading_code(text: &[u8]) -> Option<u32> {
    let (digits, rest) = text.split_at_checked(8)?;
    if rest.first() != Some(&b':') || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The hexadecimal number after the word `data`.
fn data_token(text: &[u8]) -> Option<u32> {
    const WORD: &[u8] = b" data ";
    let at = text.windows(WORD.len()).position(|window| window == WORD)?;
    let digits = text.get(at + WORD.len()..)?;
    let length = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if !(1..=8).contains(&length) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits.get(..length)?).ok()?, 16).ok()
}

fn presentable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let kept = text.trim_end_matches('\0').chars().take(LONGEST_TEXT);
    kept.map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}

#[cfg(test)]
mod tests;
