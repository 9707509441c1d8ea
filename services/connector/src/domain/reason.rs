//! Reasons as the connector builds them. The table itself is the contract's.

use std::collections::BTreeMap;

/// Stand-in until the contract crate lands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ReasonCode {
    PasswordTooShort, PasswordTooLong, PasswordNotComplex, PasswordContainsAccountName,
    PasswordContainsDisplayName, PasswordInHistory, PasswordTooYoung, PasswordNotEncodable,
    PasswordRefusedByDc, CurrentPasswordIncorrect, AccountNotFound, AccountDisabled, AccountExpired,
    AccountLocked, AccountNotLocked, AccountProtected, AccountProtectionStale, AccountOutOfScope,
    AccountKindUnsupported, UserCannotChangePassword, PasswordChangesDisabled, OperationNotPermitted,
    DcUnreachable, DcBusy, DcReadOnly, DcStale, RightMissing, PolicyHintsUnsupported, PolicyUnreadable,
    DcTlsFailed, ServiceAccountRefused, MarkerForged, MustChangeFlagNotSet, UnlockNotApplied,
    PasswordExpiredAtOnce, Internal, Superseded, OutcomeUnknown,
}

/// Stand-in until the contract crate lands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Reason { pub code: ReasonCode, pub fields: BTreeMap<String, String> }

impl Reason {
    /// Stand-in.
    #[must_use]
    pub fn new(code: ReasonCode) -> Self { Self { code, fields: BTreeMap::new() } }
    /// Stand-in.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.fields.insert(name.to_owned(), value.to_string()); self
    }
}
