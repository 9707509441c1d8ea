//! The reads of an operation, on one connection.

use super::answer::{AdAnswer, Cause, RequestKind};
use super::connection::{CallError, Connection, SearchError};
use super::settings::LdapsSettings;
use super::{AccountReading, MarkerSnapshot, attributes};
use crate::domain::{AccountAnchor, ObjectGuid};
use crate::policy::{EffectivePolicy, PolicyReading, PolicySource};

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
) -> Result<AccountReading, SearchError> {
    let marker_attribute = settings.marker_attribute.as_str();
    let mut requested = attributes::ACCOUNT.to_vec();
    requested.push(marker_attribute);
    let limit = settings.timeouts.read;
    let domain_controller = connection.facts().clone();
    let target = anchor.ldap_target();
    let (mut one, mut other) = (connection.shared_reader(), connection.shared_reader());
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
        Err(SearchError::Answered(answer)) if is_lasting(&answer) => None,
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
            Err(SearchError::Answered(answer)) if is_lasting(&answer) => {
                PolicyReading::Unreadable { pso: pso.clone() }
            }
            Err(error) => return Err(error),
        },
    };
    Ok(AccountReading {
        account,
        policy,
        domain_controller,
    })
}

/// Whether a policy cannot be read for as long as nobody changes anything. What passes says nothing of the policy.
fn is_lasting(answer: &AdAnswer) -> bool {
    !matches!(answer.cause(RequestKind::Read), Cause::BindLost | Cause::Busy)
}

/// A base-scope search that is answered without an entry: the object may not be seen.
fn no_such_object() -> SearchError {
    SearchError::Answered(AdAnswer::parse(32, b""))
}
