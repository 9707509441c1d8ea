//! What the doctor asks about the numbers of the lockout shield: whether they are those of the whole domain.

use std::time::Duration;

use ldap3::Scope;

use super::answer::RequestKind;
use super::connection::{Connection, SearchError};
use super::entry::Entry;
use super::settings::LdapsSettings;
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
    /// [`AdError`] if it cannot be reached.
    pub async fn read_lockout_sources(&self) -> Result<LockoutSources, AdError> {
        self.pool
            .read(|connection, settings| Box::pin(read(connection, settings)))
            .await
    }
}

async fn read(connection: &Connection, settings: &LdapsSettings) -> Result<LockoutSources, SearchError> {
    let limit = settings.timeouts.read;
    let domain = connection.facts().naming_context.clone();
    let container = format!("CN=Password Settings Container,CN=System,{domain}");
    let own = read_object(connection, limit, "", "dsServiceName").await?;
    let role = read_object(connection, limit, &domain, "fSMORoleOwner").await?;
    let policies = read_object(connection, limit, &container, "cn").await?;
    let own = own.as_ref().and_then(|entry| entry.text("dsServiceName"));
    let role = role.as_ref().and_then(|entry| entry.text("fSMORoleOwner"));
    Ok(LockoutSources {
        is_pdc_emulator: own.zip(role).map(|(own, role)| own.eq_ignore_ascii_case(role)),
        reads_fine_grained_policies: policies.is_some_and(|entry| entry.has("cn")),
    })
}

/// Reads one attribute; `None` for an object that may not be seen.
async fn read_object(
    connection: &Connection,
    limit: Duration,
    base: &str,
    attribute: &str,
) -> Result<Option<Entry>, SearchError> {
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
