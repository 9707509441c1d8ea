//! A request for an operation, on its way from the call that made it to the task of its account.

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use groundwire_envelope::SecretPayload;
use groundwire_eventlog::AppendError;
use groundwire_kit::clock::{BootInstant, Clock};
use groundwire_proto::envelope::v1::SealedSecret;
use groundwire_proto::reasons::Reason;

use super::error::CommitError;
use super::waiting_secret::WaitingSecret;
use crate::domain::{
    AccountAnchor, AccountName, OnBehalfOf, OperationFlags, OperationId, OperationKind, Principal, Request,
    TenantId,
};
use crate::store::StoreError;

/// A secret as the caller gave it. No `Debug`: it may be plaintext.
#[derive(Default)]
pub enum GivenSecret {
    /// The kind has none.
    #[default]
    None,
    /// In the clear; sealed here and dropped.
    Plaintext(SecretPayload),
    /// Sealed by the caller.
    Sealed(SealedSecret),
}

/// What a caller asks for, each field checked by itself. No `Debug`: the secret may be plaintext.
pub struct OperationRequest {
    /// The id that the caller chose.
    pub operation_id: OperationId,
    /// The account, as the caller names it.
    pub account: AccountName,
    /// What is to be written.
    pub kind: OperationKind,
    /// What goes with it.
    pub flags: OperationFlags,
    /// The password or passwords.
    pub secret: GivenSecret,
    /// On whose behalf the caller asks.
    pub on_behalf_of: Option<OnBehalfOf>,
    /// The person's proof.
    pub proof: Option<String>,
}

/// The call by which a request came.
#[derive(Debug, Clone)]
pub struct Call {
    /// The tenant it is for.
    pub tenant: TenantId,
    pub principal: Principal,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// When it came in.
    pub started: BootInstant,
    /// How long the caller waits for the answer, from then on.
    pub wait_timeout: Duration,
}

impl Call {
    /// How long the caller still waits.
    pub(super) fn remaining(&self, clock: &dyn Clock) -> Duration {
        self.wait_timeout.saturating_sub(clock.elapsed(self.started))
    }
}

/// Why a call does not become an operation, as far as is known.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// For a reason of the table.
    #[error("refused: {}", .0.name())]
    Refused(Reason),
    /// The id belongs to an operation with other content.
    #[error("the operation id belongs to another operation")]
    AlreadyExists,
    /// A field has a value that it cannot have.
    #[error("{field}: {description}")]
    Invalid {
        /// The field, as in the contract.
        field: &'static str,
        /// What is wrong.
        description: &'static str,
    },
    /// Others appended to the account's stream first, each time. The same request can be made again.
    #[error("others kept appending to the account's stream")]
    Contended,
    /// The call's time was over before its account's task took the request: nothing was recorded for it, and nothing
    /// will be.
    #[error("the time for an answer was over before the request was recorded")]
    TooLate,
    /// The task has taken it, and what became of it is not known in time: it may be recorded, or not.
    #[error("whether the request is recorded is not known")]
    RecordingUnknown(OperationId),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RequestError {
    /// Why a request about this operation was not recorded.
    pub(super) fn of_commit(error: CommitError, operation: OperationId) -> Self {
        match error {
            CommitError::Contended => Self::Contended,
            // Of an earlier commit, too: it may have been the same request's.
            CommitError::Unknown | CommitError::Store(StoreError::Append(AppendError::Unknown)) => {
                Self::RecordingUnknown(operation)
            }
            CommitError::IdTaken => Self::AlreadyExists,
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

/// An operation that was admitted, and what goes with it to its account's task.
pub(crate) struct NewOperation {
    pub(super) request: Request,
    pub(super) secret: WaitingSecret,
    /// When its call came in.
    pub(super) started: BootInstant,
    /// How long sealing took.
    pub(super) seal: Duration,
}

/// What makes the same id the same operation: SHA-256 (hex) over principal, account, kind and flags, each with its length
/// before it. The password is not part of it: it must not be kept, nor anything that is made from it.
pub(crate) fn fingerprint(
    principal: &Principal,
    anchor: AccountAnchor,
    kind: OperationKind,
    flags: OperationFlags,
) -> String {
    let mut hash = Context::new(&SHA256);
    let anchor = anchor.uuid();
    let flags = [
        u8::from(flags.must_change_at_next_logon),
        u8::from(flags.unlock),
        u8::from(flags.allow_disabled),
    ];
    let parts: [&[u8]; 5] = [
        principal.subject.as_bytes(),
        principal.role.name().as_bytes(),
        anchor.as_bytes(),
        kind.as_str().as_bytes(),
        &flags,
    ];
    for part in parts {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Role;

    /// It is stored: an operation that is requested again is compared with what an earlier version recorded.
    #[test]
    fn the_fingerprint_of_the_same_operation_stays_the_same() {
        let principal = Principal {
            subject: "app-1".to_owned(),
            role: Role::Helpdesk,
            tenant: None,
        };
        let anchor = AccountAnchor::new(uuid::Uuid::from_u128(1));
        let flags = OperationFlags {
            must_change_at_next_logon: true,
            unlock: false,
            allow_disabled: true,
        };
        assert_eq!(
            fingerprint(&principal, anchor, OperationKind::AdminReset, flags),
            "1c62f261377a163d487dd631212c70da90ee5d24d2570137ef7f9885c40ef1df"
        );
    }

    #[test]
    fn a_doubt_of_an_earlier_commit_names_the_operation_that_was_requested() {
        let id = OperationId::new(uuid::Uuid::from_u128(2));
        let earlier = CommitError::Store(AppendError::Unknown.into());
        for doubt in [CommitError::Unknown, earlier] {
            let error = RequestError::of_commit(doubt, id);
            assert!(matches!(error, RequestError::RecordingUnknown(of) if of == id));
        }
    }
}
