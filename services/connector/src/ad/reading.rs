//! The reads of an operation, on one connection.

use std::time::Duration;

use ldap3::Scope;
use ldap3::controls::RawControl;

use super::answer::AdAnswer;
use super::connection::{CallError, Connection, SearchError, SharedReader};
use super::entry::Entry;
use super::rights::{self, Rights};
use super::settings::LdapsSettings;
use super::{AccountReading, MarkerSnapshot, attributes, bearing};
use crate::domain::{AccountAnchor, NamedBy, ObjectGuid};
use crate::policy::{EffectivePolicy, PolicyReading, PolicySource};

/// LDAP_SERVER_SD_FLAGS_OID (MS-ADTS 3.1.1.3.4.1.11): the DACL alone, which needs no right to the audit entries.
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
const DACL_ONLY: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x04];

/// Reads what recovery looks at.
pub(super) async fn marker(
    connection: &Connection,
    settings: &LdapsSettings,
    anchor: AccountAnchor,
) -> Result<MarkerSnapshot, SearchError> {
    let marker_attribute = settings.marker_attribute.as_str();
    let mut requested = attributes::MARKER.to_vec();
    requested.push(marker_attribute);
    let limit = settings.timeouts.read;
    let read = connection
        .shared_reader()
        .read(limit, &anchor.ldap_target(), &requested)
        .await?;
    let entry = read.ok_or_else(no_such_object)?;
    Ok(attributes::marker(&entry, marker_attribute))
}

/// Reads the account and the domain head side by side, then the fine-grained policy if one applies.
pub(super) async fn account(
    connection: &Connection,
    settings: &LdapsSettings,
    anchor: AccountAnchor,
    named_by: &NamedBy,
) -> Result<AccountReading, SearchError> {
    let marker_attribute = settings.marker_attribute.as_str();
    let mut requested = attributes::ACCOUNT.to_vec();
    requested.push(marker_attribute);
    let limit = settings.timeouts.read;
    let domain_controller = connection.facts().clone();
    let context = &domain_controller.naming_context;
    let (mut one, mut other) = (connection.shared_reader(), connection.shared_reader());
    let (account, domain) = tokio::join!(
        named(&mut one, limit, (anchor, named_by), context, &requested),
        other.read(limit, context, &attributes::DOMAIN_POLICY),
    );
    let (entry, bears_name) = account?;
    let account = attributes::account(&entry, anchor, marker_attribute)
        .ok_or(SearchError::Call(CallError::Unreadable))?;
    let domain = match domain {
        Ok(entry) => entry.map(|entry| attributes::domain_policy(&entry)),
        Err(SearchError::Answered(answer)) if answer.refuses_reads() => None,
        Err(error) => return Err(error),
    };
    let policy = match &account.resultant_pso {
        None => {
            PolicyReading::Known(domain.unwrap_or_else(|| EffectivePolicy::unknown(PolicySource::Domain)))
        }
        Some(pso) => match one.read(limit, pso, &attributes::PSO).await {
            Ok(entry) => entry
                .and_then(|entry| attributes::fine_grained_policy(&entry, pso, domain.as_ref()))
                .map_or_else(
                    || PolicyReading::Unreadable { pso: pso.clone() },
                    PolicyReading::Known,
                ),
            Err(SearchError::Answered(answer)) if answer.refuses_reads() => {
                PolicyReading::Unreadable { pso: pso.clone() }
            }
            Err(error) => return Err(error),
        },
    };
    Ok(AccountReading {
        account,
        bears_name,
        policy,
        domain_controller,
    })
}

/// Whether the account bears its name now.
pub(super) async fn bears_name(
    connection: &Connection,
    settings: &LdapsSettings,
    anchor: AccountAnchor,
    named_by: &NamedBy,
) -> Result<bool, SearchError> {
    let context = &connection.facts().naming_context;
    let limit = settings.timeouts.read;
    let mut reader = connection.shared_reader();
    let compared = named(
        &mut reader,
        limit,
        (anchor, named_by),
        context,
        &["userPrincipalName"],
    );
    Ok(compared.await?.1)
}

/// Reads what the service account may do with the account, as far as it shows.
pub(super) async fn rights(
    connection: &Connection,
    settings: &LdapsSettings,
    anchor: AccountAnchor,
) -> Result<Rights, SearchError> {
    let dacl = RawControl {
        ctype: SD_FLAGS.to_owned(),
        crit: true,
        val: Some(DACL_ONLY.to_vec()),
    };
    let limit = settings.timeouts.read;
    let target = anchor.ldap_target();
    let found = connection
        .search(
            limit,
            &target,
            Scope::Base,
            "(objectClass=*)",
            &rights::READ,
            vec![dacl],
        )
        .await?;
    let entry = found.entries.into_iter().next().ok_or_else(no_such_object)?;
    Ok(Rights::of(&entry, &settings.marker_attribute))
}

/// Reads the account with its name as the filter, so that the domain controller compares it in the same round trip. An
/// account that does not bear it is read without: what was written to it is found out whatever its name is by now.
async fn named(
    reader: &mut SharedReader,
    limit: Duration,
    (anchor, named_by): (AccountAnchor, &NamedBy),
    naming_context: &str,
    requested: &[&str],
) -> Result<(Entry, bool), SearchError> {
    let target = anchor.ldap_target();
    if let NamedBy::Name(name) = named_by {
        let filter = bearing::filter_of(name, naming_context);
        let found = reader.search(limit, &target, Scope::Base, &filter, requested);
        if let Some(entry) = found.await?.into_iter().next() {
            let own_principal = entry.text("userPrincipalName");
            let Some(filter) = bearing::precedence_filter(name, naming_context, own_principal) else {
                return Ok((entry, true));
            };
            let bearers = reader.search(limit, naming_context, Scope::Subtree, &filter, &["objectGUID"]);
            let bearers = bearers.await?;
            let is_bearer = |bearer: &Entry| attributes::anchor_of(bearer) == Some(anchor);
            let bears_name = bearers.is_empty() || bearers.iter().any(is_bearer);
            return Ok((entry, bears_name));
        }
    }
    let entry = reader.read(limit, &target, requested).await?;
    Ok((entry.ok_or_else(no_such_object)?, *named_by == NamedBy::Anchor))
}

/// A base-scope search that is answered without an entry: the object may not be seen.
fn no_such_object() -> SearchError {
    SearchError::Answered(AdAnswer::parse(32, b""))
}
