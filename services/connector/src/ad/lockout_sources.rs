//! What the doctor asks about the numbers of the lockout shield: whether they are those of the whole domain.

use ldap3::Scope;

use super::answer::RequestKind;
use super::connection::SearchError;
use super::entry::Entry;
use super::pool::Lease;
use super::{AdError, Cause, LdapsDirectory};

/// Where the lockout's numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockoutSources {
    /// Whether the domain controller is the PDC emulator, which every other one asks and tells about wrong passwords:
    /// `badPwdCount` is not replicated. `None`: not known.
    pub is_pdc_emulator: Option<bool>,
    /// Whether the container of the fine-grained policies may be read.
    pub reads_fine_grained_policies: bool,
}

impl LdapsDirectory {
    /// Asks the domain controller.
    ///
    /// # Errors
    /// [`AdError`] if it cannot be asked.
    pub async fn read_lockout_sources(&self) -> Result<LockoutSources, AdError> {
        self.reading(|lease| Box::pin(read(lease))).await
    }
}

async fn read(lease: &mut Lease) -> Result<LockoutSources, SearchError> {
    let domain = lease.connection().facts().naming_context.clone();
    let container = format!("CN=Password Settings Container,CN=System,{domain}");
    let own = read_object(lease, "", "dsServiceName").await?;
    let role = read_object(lease, &domain, "fSMORoleOwner").await?;
    let policies = read_object(lease, &container, "cn").await?;
    let own = own.as_ref().and_then(|entry| entry.text("dsServiceName"));
    let role = role.as_ref().and_then(|entry| entry.text("fSMORoleOwner"));
    Ok(LockoutSources {
        is_pdc_emulator: own.zip(role).map(|(own, role)| own.eq_ignore_ascii_case(role)),
        reads_fine_grained_policies: policies.is_some_and(|entry| entry.has("cn")),
    })
}

/// Reads one attribute; `None` for an object that may not be seen.
async fn read_object(lease: &mut Lease, base: &str, attribute: &str) -> Result<Option<Entry>, SearchError> {
    let limit = lease.pool().settings().timeouts.read;
    let connection = lease.connection();
    let found = connection
        .search(
            limit,
            base,
            Scope::Base,
            "(objectClass=*)",
            &[attribute],
            Vec::new(),
        )
        .await;
    match found {
        Ok(found) => Ok(found.entries.into_iter().next()),
        Err(SearchError::Answered(answer)) if answer.cause(RequestKind::Read) == Cause::AccountNotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
