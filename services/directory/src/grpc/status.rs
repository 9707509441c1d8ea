//! The one place that turns what went wrong into a `tonic::Status`.
//!
//! gRPC errors are for what never became an operation. Each carries `google.rpc.ErrorInfo` (domain `groundwire`), and
//! `BadRequest`, `PreconditionFailure` or `RetryInfo` where they say more. Nothing internal is said to the caller; it is
//! logged here, once.

use std::collections::HashMap;
use std::time::Duration;

use groundwire_eventlog::AppendError;
use groundwire_kit::grpc::{ERROR_DOMAIN, refused_as};
use groundwire_proto::reasons::{self, Reason, ReasonClass, ReasonCode};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::accounts::FindError;
use crate::accounts::sync::SyncError;
use crate::delivery::attach::end::End;
use crate::domain::{ErrorClass, OperationId, Role};
use crate::enrollment::enroll::EnrollError;
use crate::operations::RequestError;
use crate::store::StoreError;

/// What a caller is told of a defect: nothing internal.
const DEFECT: &str = "a defect of Groundwire; see the trace";

/// How long a caller is to wait where nothing better is known.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The name of the one error that is no refusal: what it is about may be recorded.
const RECORDING_UNKNOWN: &str = "RECORDING_UNKNOWN";

/// Whether an error of this name says that something was refused, which is recorded then.
#[must_use]
pub fn is_refusal(name: &str) -> bool {
    name != RECORDING_UNKNOWN
}

/// Why a request was refused before it became an operation.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No credential, or not one of ours.
    #[error("a bearer token is needed: `authorization: Bearer …`")]
    Unauthenticated,
    /// The role may not do this.
    #[error("the role {} may not do this", role.name())]
    NotPermitted {
        /// The caller's role.
        role: Role,
    },
    /// The request is malformed: field and what it should be, for every field that is wrong.
    #[error("the request is malformed")]
    Invalid(Vec<(String, String)>),
    /// No such thing in the caller's tenant.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The id is taken by something else.
    #[error("{0}")]
    AlreadyExists(&'static str),
    /// A group's DC is not moved under operations that are not over.
    #[error(
        "{delivered} operations of the group are with a connector and {in_doubt} are in doubt: nothing was changed. They end \
         when the present domain controller answers; if it never will, as UNKNOWN when the tenant's unknown horizon has \
         passed (`groundwire settings update --unknown-horizon`)"
    )]
    GroupInUse {
        /// Handed to a connector, within their time.
        delivered: u32,
        /// They may or may not be in AD.
        in_doubt: u32,
    },
    /// A cause from the table of reasons.
    #[error("{}", .0.admin_message())]
    Because(Reason),
    /// Not built yet.
    #[error("not released yet: {0}")]
    Unimplemented(&'static str),
    /// The directory's database is away.
    #[error("the directory's database is not available at present")]
    Store(#[source] StoreError),
    /// Others changed the account first, each time.
    #[error("others kept changing the account first; send the same request again")]
    Contended,
    /// The deadline passed before anything was recorded.
    #[error(
        "the deadline passed before this request was recorded: nothing is recorded for it, and nothing will be (an earlier \
         request with the same operation_id is not touched by that)"
    )]
    DeadlineExceeded,
    /// It may be recorded, or not. No refusal: with the operation to ask for, where it is about one.
    #[error("whether the request is recorded is not known")]
    RecordingUnknown(Option<OperationId>),
    /// The directory is stopping.
    #[error("the directory is stopping; try again")]
    Stopping,
    #[error("{0}")]
    Internal(String),
}

impl Refused {
    /// One field that is wrong.
    pub fn invalid(field: impl Into<String>, should_be: impl Into<String>) -> Self {
        Self::Invalid(vec![(field.into(), should_be.into())])
    }

    /// What `ErrorInfo`, records and metrics call it: the reason's name, or gRPC's word where there is no reason.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Because(reason) => reason.name(),
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::NotPermitted { .. } => "OPERATION_NOT_PERMITTED",
            Self::Invalid(_) => "INVALID_ARGUMENT",
            Self::NotFound(_) => "NOT_FOUND",
            Self::AlreadyExists(_) => "ALREADY_EXISTS",
            Self::GroupInUse { .. } => "GROUP_IN_USE",
            Self::Unimplemented(_) => "UNIMPLEMENTED",
            Self::Store(error) if error.is_lasting() => "INTERNAL",
            Self::Store(_) => "STORE_UNAVAILABLE",
            Self::Contended => "CONTENDED",
            Self::DeadlineExceeded => "REQUEST_EXPIRED",
            Self::RecordingUnknown(_) => RECORDING_UNKNOWN,
            Self::Stopping => "STOPPING",
            Self::Internal(_) => "INTERNAL",
        }
    }
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::Because(reason)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Append(AppendError::Unknown) => Self::RecordingUnknown(None),
            StoreError::Stopping => Self::Stopping,
            StoreError::Database(_)
            | StoreError::Append(_)
            | StoreError::Open(_)
            | StoreError::Read(_)
            | StoreError::Malformed(_) => Self::Store(error),
        }
    }
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused(reason) => Self::Because(reason),
            RequestError::AlreadyExists => {
                Self::AlreadyExists("the operation_id belongs to an operation with other content")
            }
            RequestError::Invalid { field, description } => Self::invalid(field, description),
            RequestError::Contended => Self::Contended,
            RequestError::TooLate => Self::DeadlineExceeded,
            RequestError::RecordingUnknown(operation) => Self::RecordingUnknown(Some(operation)),
            RequestError::Store(error) => error.into(),
        }
    }
}

impl From<FindError> for Refused {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NotFound => Self::Because(Reason::new(ReasonCode::AccountNotSynced)),
            FindError::Ambiguous { groups } => {
                let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
                Self::Because(Reason::new(ReasonCode::AccountAmbiguous).with("groups", groups.join(" ")))
            }
            FindError::Store(error) => error.into(),
        }
    }
}

/// Why a caller of the gateway is not known to be a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownConnector {
    /// It showed no certificate.
    #[error("a client certificate is needed: enrol first")]
    NoCertificate,
    /// It showed one of something else.
    #[error("the client certificate is not a connector's")]
    NotAConnector,
}

impl From<UnknownConnector> for Status {
    fn from(unknown: UnknownConnector) -> Self {
        Self::unauthenticated(unknown.to_string())
    }
}

impl From<End> for Status {
    fn from(end: End) -> Self {
        Self::new(code_of(end.class()), end.to_string())
    }
}

impl From<SyncError> for Status {
    fn from(error: SyncError) -> Self {
        let (class, words) = (error.class(), error.to_string());
        match error {
            SyncError::Store(error) if error.is_lasting() => {
                let words = format!("the accounts cannot be stored ({})", error.cause());
                Self::new(code_of(class), words)
            }
            SyncError::Store(error) => Refused::from(error).into(),
            SyncError::Unexpected(_)
            | SyncError::MalformedId(_)
            | SyncError::PageTooLarge
            | SyncError::Miscounted { .. }
            | SyncError::BrokenOff
            | SyncError::NotTheSyncingConnector => Self::new(code_of(class), words),
        }
    }
}

impl From<EnrollError> for Status {
    fn from(error: EnrollError) -> Self {
        let code = code_of(error.class());
        match error {
            EnrollError::InvalidArgument(words) => Self::new(code, words),
            EnrollError::Refused(refusal) => {
                tracing::warn!(%refusal, "an enrolment was refused");
                let words = "enrolment refused: the token, the request or the group proof is not valid";
                Self::new(code, words)
            }
            EnrollError::TooManyTries(wait) => {
                let mut details = info("RATE_LIMITED", HashMap::new());
                details.set_retry_info(Some(wait.0));
                let words = "too many enrolments are tried at present";
                refused_as("RATE_LIMITED", Self::with_error_details(code, words, details))
            }
            EnrollError::Store(error) => Refused::from(error).into(),
            EnrollError::Authority(error) => Refused::Internal(error.to_string()).into(),
            EnrollError::Event(error) => Refused::Internal(error.to_string()).into(),
        }
    }
}

/// The gRPC code of what can be done about a failure.
const fn code_of(class: ErrorClass) -> Code {
    match class {
        ErrorClass::Malformed => Code::InvalidArgument,
        ErrorClass::Forbidden => Code::PermissionDenied,
        ErrorClass::Premature => Code::FailedPrecondition,
        ErrorClass::TooOften => Code::ResourceExhausted,
        ErrorClass::Overdue => Code::DeadlineExceeded,
        ErrorClass::BrokenOff => Code::Cancelled,
        ErrorClass::Replaced => Code::Aborted,
        ErrorClass::Passing => Code::Unavailable,
        ErrorClass::Defect => Code::Internal,
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        let name = refused.name();
        refused_as(name, to_status(refused, name))
    }
}

fn to_status(refused: Refused, name: &'static str) -> Status {
    let words = refused.to_string();
    match refused {
        Refused::Unauthenticated => plain(Code::Unauthenticated, name, words),
        Refused::NotPermitted { .. } => plain(Code::PermissionDenied, name, words),
        Refused::Invalid(fields) => {
            let mut details = info(name, HashMap::new());
            let violations = fields
                .into_iter()
                .map(|(field, should_be)| FieldViolation::new(field, should_be));
            details.set_bad_request(violations.collect::<Vec<_>>());
            Status::with_error_details(Code::InvalidArgument, words, details)
        }
        Refused::NotFound(_) => plain(Code::NotFound, name, words),
        Refused::AlreadyExists(_) => plain(Code::AlreadyExists, name, words),
        Refused::GroupInUse { delivered, in_doubt } => {
            let counts = [("delivered", delivered), ("in_doubt", in_doubt)];
            let counts = counts.map(|(name, count)| (name.to_owned(), count.to_string()));
            let mut details = info(name, HashMap::from(counts));
            details.add_precondition_failure_violation("operations", name, words.clone());
            Status::with_error_details(Code::FailedPrecondition, words, details)
        }
        Refused::Because(reason) => because(&reason),
        Refused::Unimplemented(_) => plain(Code::Unimplemented, name, words),
        Refused::Store(error) if error.is_lasting() => {
            tracing::error!(%error, cause = error.cause(), "what is stored, or was to be, is at fault");
            plain(Code::Internal, name, DEFECT.to_owned())
        }
        Refused::Store(error) => {
            tracing::error!(%error, cause = error.cause(), "a request failed at the database");
            retry(Code::Unavailable, name, words)
        }
        Refused::Contended => retry(Code::Unavailable, name, words),
        Refused::DeadlineExceeded => plain(Code::DeadlineExceeded, name, words),
        Refused::RecordingUnknown(operation) => because(&recording_unknown(operation)),
        Refused::Stopping => retry(Code::Unavailable, name, words),
        Refused::Internal(what) => {
            tracing::error!(what, "a defect");
            plain(Code::Internal, "INTERNAL", DEFECT.to_owned())
        }
    }
}

fn recording_unknown(operation: Option<OperationId>) -> Reason {
    let reason = Reason::new(ReasonCode::RecordingUnknown);
    match operation {
        Some(operation) => reason.with("operation_id", operation),
        None => reason,
    }
}

fn info(reason: &str, metadata: HashMap<String, String>) -> ErrorDetails {
    ErrorDetails::with_error_info(reason, ERROR_DOMAIN, metadata)
}

fn plain(code: Code, reason: &str, words: String) -> Status {
    Status::with_error_details(code, words, info(reason, HashMap::new()))
}

fn retry(code: Code, reason: &str, words: String) -> Status {
    let mut details = info(reason, HashMap::new());
    details.set_retry_info(Some(RETRY_AFTER));
    Status::with_error_details(code, words, details)
}

fn because(reason: &Reason) -> Status {
    let mut details = info(reason.name(), reason.fields().clone().into_iter().collect());
    if reason.is_passing() {
        let given = reason
            .field("retry_after_seconds")
            .and_then(|seconds| seconds.parse().ok());
        details.set_retry_info(Some(given.map_or(RETRY_AFTER, Duration::from_secs)));
    }
    let code = status_code(reason);
    if code == Code::FailedPrecondition {
        let class = reasons::class_label(reason.spec().class);
        details.add_precondition_failure_violation(class, reason.name(), reason.admin_message());
    }
    Status::with_error_details(code, reason.admin_message(), details)
}

fn status_code(reason: &Reason) -> Code {
    // The few codes for which gRPC has a better word than their class.
    let better = [
        (ReasonCode::AccountNotSynced, Code::NotFound),
        (ReasonCode::AccountNotFound, Code::NotFound),
        (ReasonCode::OperationNotPermitted, Code::PermissionDenied),
        (ReasonCode::RequestExpired, Code::DeadlineExceeded),
    ];
    if let Some((_, code)) = better.into_iter().find(|(of, _)| *of == reason.code()) {
        return code;
    }
    match reason.spec().class {
        ReasonClass::Availability => Code::Unavailable,
        ReasonClass::Limits => Code::ResourceExhausted,
        ReasonClass::Internal | ReasonClass::Unspecified => Code::Internal,
        ReasonClass::Policy
        | ReasonClass::Credential
        | ReasonClass::Account
        | ReasonClass::Guardrail
        | ReasonClass::Settings
        | ReasonClass::Order
        | ReasonClass::Configuration
        | ReasonClass::Trust
        | ReasonClass::Warning => Code::FailedPrecondition,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::attach::end::Leaving;

    #[test]
    fn a_reason_is_told_in_error_info_with_what_to_do_next() {
        let status = Status::from(Refused::from(Reason::new(ReasonCode::NoConnector)));
        assert_eq!(status.code(), Code::Unavailable);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("NO_CONNECTOR", ERROR_DOMAIN)
        );
        assert!(details.retry_info().is_some());

        let off = Status::from(Refused::from(Reason::new(ReasonCode::WritebackDisabled)));
        assert_eq!(off.code(), Code::FailedPrecondition);
        assert!(off.get_error_details().precondition_failure().is_some());
    }

    #[test]
    fn every_wrong_field_is_named() {
        let refused = Refused::Invalid(vec![
            ("a".into(), "a UUID".into()),
            ("b".into(), "not empty".into()),
        ]);
        let status = Status::from(refused);
        assert_eq!(status.code(), Code::InvalidArgument);
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations.len(), 2);
        assert_eq!(violations[1].field, "b");
    }

    #[test]
    fn a_contended_account_is_worth_another_try_and_no_fault_of_the_database() {
        let status = Status::from(Refused::from(RequestError::Contended));
        assert_eq!(status.code(), Code::Unavailable);
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "CONTENDED");
        assert!(details.retry_info().is_some());
    }

    #[test]
    fn what_may_be_recorded_is_no_refusal_and_names_the_operation_to_ask_for() {
        let id = OperationId::new(uuid::Uuid::from_u128(7));
        let status = Status::from(Refused::from(RequestError::RecordingUnknown(id)));
        assert_eq!(status.code(), Code::Unavailable);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, RECORDING_UNKNOWN);
        assert_eq!(info.metadata["operation_id"], id.to_string());
        assert!(!is_refusal(groundwire_kit::grpc::refusal_name(&status)));
        // A command of a tenant, whose append nobody could find out about.
        let lost = Status::from(Refused::from(StoreError::from(AppendError::Unknown)));
        let info = lost.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.metadata.len()),
            (RECORDING_UNKNOWN, 0)
        );
    }

    #[test]
    fn a_connector_learns_how_its_stream_ended_by_a_code_and_in_words() {
        for (end, code, words) in [
            (End::NoHello, Code::DeadlineExceeded, "no Hello came in time"),
            (
                End::Silent,
                Code::Unavailable,
                "no frame came for three heartbeats",
            ),
            (End::Left(Leaving::Replaced), Code::Aborted, "a newer stream"),
            (End::Left(Leaving::Draining), Code::Unavailable, "stopping"),
            (
                End::Left(Leaving::ReceivedMissing),
                Code::Unavailable,
                "Received did not come",
            ),
            (End::Left(Leaving::SlowReader), Code::Unavailable, "attach again"),
            (
                End::Revoked,
                Code::PermissionDenied,
                "this connector may not attach",
            ),
            (End::Unavailable, Code::Unavailable, "did not answer: try again"),
        ] {
            let status = Status::from(end);
            assert_eq!(status.code(), code, "{end:?}");
            assert!(status.message().contains(words), "{end:?}: {status}");
        }
    }

    #[test]
    fn a_defect_tells_the_caller_nothing_internal() {
        let status = Status::from(Refused::Internal("row 7 of table x".to_owned()));
        assert!(!status.message().contains("row 7"));
    }
}
