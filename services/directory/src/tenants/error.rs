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
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The tenant's keys are not at hand.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
