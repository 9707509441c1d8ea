//! The account as an aggregate that holds its operations, and the tenant with its settings. Pure: no IO, time is passed in.
//!
//! `decide` turns a state and a command into events or a refusal; `evolve` folds an event into the state. What is true
//! of an account is what folding its stream gives.

mod account;
mod decide;
#[cfg(test)]
mod decide_tests;
mod error_class;
mod event;
mod evolve;
mod outcome;
mod principal;
mod synced_account;
mod tenant;

pub use account::{AccountState, LastApplied, Operation, OperationState};
pub use decide::{Command, Refusal, Request, decide};
pub use error_class::ErrorClass;
pub use event::{
    Event, EvidenceKept, MalformedEvent, OperationDelivered, OperationEnded, OperationInDoubt,
    OperationRequested, OutcomeKeptAsEvidence,
};
pub use evolve::evolve;
pub use outcome::Outcome;
pub use principal::{Principal, Role};
pub use synced_account::{AccountName, SyncRow, SyncedAccount, fold_name};
pub use tenant::{
    AttemptRefused, ConnectorGroupCreated, DEFAULT_LIFETIME, DEFAULT_UNKNOWN_HORIZON, InvalidSetting,
    LIFETIME_RANGE, TenantCreated, TenantEvent, UNKNOWN_HORIZON_RANGE, WritebackSettings,
};
// The contract's words are the domain's: they are written once, in `groundwire_proto`.
pub use groundwire_proto::ids::{
    AccountAnchor, ConnectorGroupId, ConnectorId, InvalidId, OperationId, TenantId,
};
pub use groundwire_proto::operation::{
    Evidence, OnBehalfOf, OperationFlags, OperationKind, OutcomeCode, Stage,
};
