//! The reads of an operation, on a leased connection.

use std::sync::Arc;

use ldap3::Scope;
use ldap3::controls::RawControl;

use super::answer::{AdAnswer, Cause, RequestKind};
use super::connection::{CallError, SearchError};
use super::pool::Lease;
use super::rights::{self, Rights};
use super::{AccountReading, MarkerSnapshot, attributes};
use crate::domain::{AccountAnchor, ObjectGuid};
use crate::policy::{EffectivePolicy, PolicyReading, PolicySource};

/// LDAP_SERVER_SD_FLAGS_OID (MS-ADTS 3.1.1.3.4.1.11): the DACL alone, which needs no right to the audit entries.
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
const DACL_ONLY: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x04];

/// Reads what recovery looks at.
pub(super) async fn marker(lease: &mut Lease, anchor: AccountAnchor) -> Result<MarkerSnapshot, SearchError> {
    let pool = Arc::clone(lease.pool());
    let marker_attribute = pool.settings().marker_attribute.as_str();
    let mut requested = attributes::MARKER.to_vec();
    requested.push(marker_attribute);
    let limit = pool.settings().timeouts.read;
    let read = lease
        .connection()
        .shared_reader()
        .read(limit, &anchor.ldap_target(), &requested)
        .await?;
    let entry = read.ok_or_else(no_such_object)?;
    Ok(attributes::marker(&entry, marker_attribute))
}

/// Reads the account and the domain head side by side, then the fine-grained policy if one applies.
pub(super) async fn account(lease: &mut Lease, anchor: AccountAnchor) -> Result<AccountReading, SearchError> {
    let pool = Arc::clone(lease.pool());
    let marker_attribute = pool.settings().marker_attribute.as_str();
    let mut requested = attributes::ACCOUNT.to_vec();
    requested.push(marker_attribute);
    let limit = pool.settings().timeouts.read;
    let domain_controller = lease.connection().facts().clone();
    let target = anchor.ldap_target();
    let (mut one, mut other) = (
        lease.connection().shared_reader(),
        lease.connection().shared_reader(),
    );
    let (account, domain) = tokio::join!(
        one.read(limit, &target, &requested),
        other.read(
            limit,
            &domain_controller.naming_context,
            &attributes::DOMAIN_POLICY
        ),
    );
    let entry = account?.ok_or_else(no_such_object)?;
    let account = attributes::account(&entry, anchor, marker_attribute)
        .ok_or(SearchError::Call(CallError::Unreadable))?;
    let domain = match domain {
        Ok(entry) => entry.map(|entry| attributes::domain_policy(&entry)),
        Err(SearchError::Answered(answer)) if answer.cause(RequestKind::Read) != Cause::BindLost => None,
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
            Err(SearchError::Answered(_)) => PolicyReading::Unreadable { pso: pso.clone() },
            Err(error) => return Err(error),
        },
    };
    Ok(AccountReading {
        account,
        policy,
        domain_controller,
    })
}

/// Reads what the service account may do with the account, as far as it shows.
pub(super) async fn rights(lease: &mut Lease, anchor: AccountAnchor) -> Result<Rights, SearchError> {
    let pool = Arc::clone(lease.pool());
    let dacl = RawControl {
        ctype: SD_FLAGS.to_owned(),
        crit: true,
        val: Some(DACL_ONLY.to_vec()),
    };
    let limit = pool.settings().timeouts.read;
    let target = anchor.ldap_target();
    let found = lease
        .connection()
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
    Ok(Rights::of(&entry, &pool.settings().marker_attribute))
}

/// A base-scope search that is answered without an entry: the object may not be seen.
fn no_such_object() -> SearchError {
    SearchError::Answered(AdAnswer::parse(32, b""))
}
