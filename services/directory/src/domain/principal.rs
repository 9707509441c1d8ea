//! Who makes a call, and in which role.

use serde::{Deserialize, Serialize};

use super::{OperationKind, TenantId};

/// What a credential may do. Ordered: an operation that waits is superseded by a newer one of an equal or higher role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An app in which people serve themselves.
    SelfServiceApp,
    Helpdesk,
    /// Administers a tenant.
    TenantAdministrator,
    /// Runs the service; names the tenant in each request.
    Operator,
}

impl Role {
    /// As in events and the token file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfServiceApp => "self_service_app",
            Self::Helpdesk => "helpdesk",
            Self::TenantAdministrator => "tenant_administrator",
            Self::Operator => "operator",
        }
    }

    /// Who may ask for which kind (the contract's comments on `PasswordService`). An operator stands in for a tenant
    /// administrator.
    #[must_use]
    pub const fn may_request(self, kind: OperationKind) -> bool {
        match (self, kind) {
            (
                Self::SelfServiceApp,
                OperationKind::Change | OperationKind::SelfReset | OperationKind::Unlock,
            )
            | (
                Self::Helpdesk,
                OperationKind::AdminReset | OperationKind::Unlock | OperationKind::RequireChange,
            )
            | (
                Self::TenantAdministrator | Self::Operator,
                OperationKind::Change
                | OperationKind::AdminReset
                | OperationKind::Unlock
                | OperationKind::RequireChange,
            ) => true,
            (Self::SelfServiceApp, OperationKind::AdminReset | OperationKind::RequireChange)
            | (Self::Helpdesk, OperationKind::Change | OperationKind::SelfReset)
            | (Self::TenantAdministrator | Self::Operator, OperationKind::SelfReset) => false,
        }
    }
}

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Subject of the credential: an id, not a name.
    pub subject: String,
    /// What it may do.
    pub role: Role,
    /// Its tenant; none for an operator.
    pub tenant: Option<TenantId>,
}
