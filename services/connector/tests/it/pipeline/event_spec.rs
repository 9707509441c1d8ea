//! What an event says.

use groundwire_connector::domain::{OperationId, OperationKind};
use groundwire_proto::operation::v1::{AccountName, OperationFlags};
use uuid::Uuid;

use crate::pipeline::fake_ad::DC;
use crate::pipeline::rig::{NEW, OLD};

/// One attempt at an operation, as the directory is to sign it. `new` gives a valid one, the fields are for what is
/// particular to a test.
#[derive(Clone)]
pub(crate) struct EventSpec {
    pub(crate) operation: OperationId,
    pub(crate) attempt: u32,
    pub(crate) sequence: u64,
    pub(crate) kind: OperationKind,
    pub(crate) flags: OperationFlags,
    pub(crate) current: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) with_secret: bool,
    /// In milliseconds from when it is signed.
    pub(crate) expires_in: i64,
    pub(crate) last_applied: u64,
    pub(crate) last_version: Option<u64>,
    pub(crate) last_may_be_lost: bool,
    pub(crate) group_dc: String,
    /// The name that the account was named by; `None`: its anchor.
    pub(crate) account_name: Option<AccountName>,
    pub(crate) traceparent: String,
}

impl EventSpec {
    pub(crate) fn new(kind: OperationKind) -> Self {
        Self {
            operation: OperationId::new(Uuid::new_v4()),
            attempt: 1,
            sequence: 5,
            kind,
            flags: OperationFlags::default(),
            current: (kind == OperationKind::Change).then(|| OLD.to_owned()),
            new: kind.sets_password().then(|| NEW.to_owned()),
            with_secret: kind.sets_password(),
            expires_in: 30_000,
            last_applied: 0,
            last_version: None,
            last_may_be_lost: false,
            group_dc: DC.to_owned(),
            account_name: None,
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        }
    }

    /// The same operation, handed over once more.
    pub(crate) fn with_attempt(&self, attempt: u32) -> Self {
        Self {
            attempt,
            ..self.clone()
        }
    }
}
