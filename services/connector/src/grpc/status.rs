//! The one place that turns errors into gRPC statuses.

use std::collections::HashMap;

use groundwire_kit::grpc::ERROR_DOMAIN;
use groundwire_proto::reasons::{self, ReasonCode};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::audit::AuditError;

/// What can go wrong in a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// No token, or one that is not known.
    #[error("a bearer token of an auditor is needed")]
    Unauthenticated,
    /// A field of the request.
    #[error("{field}: {problem}")]
    Invalid {
        field: &'static str,
        problem: &'static str,
    },
    /// Not in this release.
    #[error("{0} comes with the audit release")]
    NotReleased(&'static str),
    /// The audit store.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The caller's deadline came first.
    #[error("the audit store did not answer before the caller's deadline")]
    Overdue,
}

impl From<ApiError> for Status {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        match error {
            ApiError::Unauthenticated => Self::unauthenticated(text),
            ApiError::Invalid { field, problem } => {
                let details = ErrorDetails::with_bad_request_violation(field, problem);
                Self::with_error_details(Code::InvalidArgument, text, details)
            }
            ApiError::NotReleased(_) => Self::unimplemented(text),
            ApiError::Audit(error) => audit_status(&error),
            ApiError::Overdue => unanswered(Code::Unavailable, ReasonCode::AuditStoreUnavailable),
        }
    }
}

fn audit_status(error: &AuditError) -> Status {
    let (code, reason) = match error {
        AuditError::Unavailable(_) | AuditError::NotKnown => {
            (Code::Unavailable, ReasonCode::AuditStoreUnavailable)
        }
        AuditError::Overtaken | AuditError::Refused(_) => (Code::Internal, ReasonCode::Internal),
    };
    tracing::warn!(%error, "audit call failed");
    unanswered(code, reason)
}

fn unanswered(code: Code, reason: ReasonCode) -> Status {
    let details = ErrorDetails::with_error_info(
        reasons::name(reason),
        ERROR_DOMAIN,
        HashMap::<String, String>::new(),
    );
    Status::with_error_details(code, "the audit store did not answer", details)
}
