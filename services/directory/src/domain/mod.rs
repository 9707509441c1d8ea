//! The account as an aggregate that holds its operations, and the tenant with its settings. Pure: no IO, time is passed in.
//!
//! `decide` turns a state and a command into events or a refusal; `evolve` folds an event into the state. What is true
//! of an account is what folding its stream gives.

mod account;
mod account_event;
mod connector;
mod connector_event;
mod decide;
mod enrollment;
mod error_class;
mod evolve;
mod outcome;
mod principal;
mod sealing_key;
mod synced_account;
mod tenant;
mod tenant_event;

pub use account::{AccountState, HandOver, KeptOutcome, LastApplied, Operation, OperationState};
pub use account_event::{
    AccountEvent, EvidenceKept, MalformedEvent, NotTakenCause, OperationDelivered, OperationEnded,
    OperationInDoubt, OperationNotTaken, OperationRequested, OutcomeKeptAsEvidence, SequenceSkipped,
};
pub use connector::{
    ConnectorRefusal, DomainController, EnrolledConnector, GroupBinding, NamedDc, same_host,
};
pub use connector_event::{
    AccountsSynced, ConnectorAttached, ConnectorDetached, ConnectorEnrolled, ConnectorEvent,
    EnrollmentTokenIssued, EnrollmentTokenRevoked, GroupDcChosen, GroupDcSet, LogForked, SealingKeyRotated,
};
pub use decide::{Command, Refusal, Request, decide};
pub use enrollment::{IssuedToken, TokenCommand, TokenRefusal, TokenState, decide_token};
pub use error_class::ErrorClass;
pub use evolve::evolve;
pub use outcome::Outcome;
pub use principal::{Principal, Role};
pub use sealing_key::CertifiedKey;
pub use synced_account::{AccountName, SyncCounts, SyncRow, SyncedAccount, fold_name};
pub use tenant::{
    DEFAULT_LIFETIME, DEFAULT_UNKNOWN_HORIZON, InvalidSetting, LIFETIME_RANGE, UNKNOWN_HORIZON_RANGE,
    WritebackSettings,
};
pub use tenant_event::{AttemptRefused, ConnectorGroupCreated, TenantCreated, TenantEvent};
// The contract's words are the domain's: they are written once, in `groundwire_proto`.
pub use groundwire_proto::ids::{
    AccountAnchor, ConnectorGroupId, ConnectorId, InvalidId, OperationId, TenantId,
};
pub use groundwire_proto::operation::{
    Evidence, LookupName, OnBehalfOf, OperationFlags, OperationKind, OutcomeCode, Stage,
};
