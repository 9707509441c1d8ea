//! Why something was not done with a tenant.

use crate::domain::InvalidSetting;
use crate::enrollment::authority::AuthorityError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    #[error("no such tenant")]
    NoTenant,
    #[error("no such connector group")]
    NoGroup,
    #[error("a tenant of another name has this id")]
    TenantExists,
    #[error("a connector group of another name has this id")]
    GroupExists,
    /// By the log the id was taken before, and the projection has no such group.
    #[error("the id of the connector group is taken")]
    GroupIdTaken,
    /// A group's DC is not moved under these.
    #[error("{delivered} operations of the group are with a connector, {in_doubt} are in doubt")]
    GroupInUse { delivered: u32, in_doubt: u32 },
    /// The DC that was named has another invocation id than was named.
    #[error("the domain controller has the invocation id {reported}")]
    OtherInvocation { reported: String },
    /// The service is stopping.
    #[error("the service is stopping")]
    Interrupted,
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The tenant's keys are not at hand.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
