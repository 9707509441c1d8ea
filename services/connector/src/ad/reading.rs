//! The reads of an operation, on a leased connection.

use std::sync::Arc;

use super::answer::{AdAnswer, Cause, RequestKind};
use super::connection::{CallError, SearchError};
use super::pool::Lease;
use super::{AccountReading, MarkerSnapshot, attributes};
use crate::domain::{AccountAnchor, ObjectGuid};
use crate::policy::{EffectivePolicy, PolicyReading, PolicySource};

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

/// A base-scope search that is answered without an entry: the object may not be seen.
pub(super) fn no_such_object() -> SearchError {
    SearchError::Answered(AdAnswer::parse(32, b""))
}
