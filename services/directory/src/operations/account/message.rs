//! What an account's task is sent.

use std::collections::HashMap;
use std::sync::Arc;

use groundwire_proto::gateway::v1::OperationFate;
use tokio::sync::oneshot;

use crate::domain::OperationId;
use crate::operations::error::CommitError;
use crate::operations::handover::Taker;
use crate::operations::port::{AttachedConnector, AttemptAnswer};
use crate::operations::report::{Recorded, Report};
use crate::operations::request::{NewOperation, RequestError};
use crate::operations::undecided::Noted;
use crate::operations::view::Following;
use crate::store::StoreError;

/// The operations that a connector has, each with the latest attempt that it has.
pub(crate) type OpenAttempts = Arc<HashMap<OperationId, u32>>;

/// A message to an account's task. Where there is a `reply`, its sender waits for the answer.
pub(crate) enum Message {
    /// A new operation is to be recorded.
    Request {
        new: Box<NewOperation>,
        taker: Taker,
        noted: Noted,
        reply: oneshot::Sender<Result<Following, RequestError>>,
    },
    /// Somebody wants to follow an operation of the account.
    Follow {
        operation: OperationId,
        reply: oneshot::Sender<Result<Option<Following>, StoreError>>,
    },
    /// The caller does not want the operation any more.
    Cancel {
        operation: OperationId,
        actor: String,
        taker: Taker,
        /// How it stands then; `None`: there is no such operation.
        reply: oneshot::Sender<Result<Option<Following>, CommitError>>,
    },
    /// A connector reports an outcome.
    Report {
        report: Box<Report>,
        reply: oneshot::Sender<Result<Recorded, CommitError>>,
    },
    /// A connector has this attempt and asks what to do with it.
    Fate {
        who: AttachedConnector,
        operation: OperationId,
        attempt: u32,
        reply: oneshot::Sender<Result<OperationFate, StoreError>>,
    },
    /// An attempt was answered, in another way than by an outcome.
    AttemptAnswered {
        who: AttachedConnector,
        operation: OperationId,
        attempt: u32,
        answer: AttemptAnswer,
        /// It was taken note of.
        reply: oneshot::Sender<()>,
    },
    /// A connector is back and has these.
    Attached {
        who: AttachedConnector,
        open: OpenAttempts,
    },
    /// Something may be due: a connector is ready, or the task was just begun.
    Wake,
}
