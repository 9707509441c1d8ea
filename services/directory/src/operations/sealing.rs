//! Sealing at the directory: plaintext is in memory for this moment only. What callers sealed is checked and passed on.

use std::time::Duration;

use groundwire_envelope::{
    KeyId, SealContext, SealError, SealedKind, SealingPublicKey, SecretPayload, SecretRefused, seal,
};
use groundwire_proto::envelope::v1::{SealedCopy, SealedSecret};
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::{timestamp_from_ms, unix_ms_of};

use super::context::Context;
use super::port::RouteRequirements;
use super::request::{GivenSecret, RequestError};
use super::route::ReservedRoute;
use crate::domain::{AccountAnchor, ConnectorGroupId, TenantId};

/// What a secret is sealed for.
pub(super) struct Purpose {
    pub(super) tenant: TenantId,
    pub(super) group: ConnectorGroupId,
    pub(super) anchor: AccountAnchor,
    pub(super) id: uuid::Uuid,
    pub(super) kind: Option<SealedKind>,
    /// It may not be openable for longer than this.
    pub(super) latest_ms: i64,
}

/// The sealed secret, until when it opens, and how long sealing took.
pub(super) async fn sealed(
    context: &Context,
    given: GivenSecret,
    purpose: &Purpose,
    now_ms: i64,
) -> Result<(Option<SealedSecret>, i64, Duration), RequestError> {
    match (given, purpose.kind) {
        (GivenSecret::None, _) | (_, None) => Ok((None, purpose.latest_ms, Duration::ZERO)),
        (GivenSecret::Sealed(secret), Some(_)) => {
            let invalid = |description| RequestError::Invalid {
                field: "sealed.not_after",
                description,
            };
            let not_after = secret.not_after.as_ref().and_then(unix_ms_of);
            let not_after_ms = not_after.ok_or_else(|| invalid("must be set"))?;
            if not_after_ms <= now_ms {
                return Err(invalid("has passed"));
            }
            if not_after_ms > purpose.latest_ms {
                return Err(invalid("is later than the tenant's operation_lifetime allows"));
            }
            if secret.copies.is_empty() {
                return Err(RequestError::Invalid {
                    field: "sealed.copies",
                    description: "must not be empty",
                });
            }
            Ok((Some(secret), not_after_ms, Duration::ZERO))
        }
        (GivenSecret::Plaintext(plaintext), Some(kind)) => {
            let keys = context.keys.sealing_keys(purpose.tenant, purpose.group).await?;
            if keys.is_empty() {
                return Err(RequestError::Refused(no_recipient(context, purpose)));
            }
            let started = context.clock.boot();
            let secret = seal_for(&plaintext, purpose, kind, &keys)?;
            drop(plaintext);
            Ok((Some(secret), purpose.latest_ms, context.clock.elapsed(started)))
        }
    }
}

fn seal_for(
    plaintext: &SecretPayload,
    purpose: &Purpose,
    kind: SealedKind,
    keys: &[SealingPublicKey],
) -> Result<SealedSecret, RequestError> {
    let seal_context = SealContext {
        tenant: purpose.tenant.uuid(),
        group: purpose.group.uuid(),
        anchor: purpose.anchor.uuid(),
        operation_id: purpose.id,
        kind,
        not_after_unix_ms: purpose.latest_ms,
    };
    let sealed = seal(plaintext, &seal_context, keys).map_err(|error| match error {
        SealError::Secret(SecretRefused::TooLong) => {
            RequestError::Refused(Reason::new(ReasonCode::PasswordTooLong).with("maximum", 256))
        }
        SealError::Secret(SecretRefused::WrongForKind) => RequestError::Invalid {
            field: "plaintext",
            description: "does not have the passwords that the kind needs",
        },
        SealError::NoRecipients
        | SealError::DuplicateRecipient(_)
        | SealError::UnusableKey(_)
        | SealError::Randomness(_) => {
            tracing::error!(%error, "a secret could not be sealed");
            RequestError::Refused(Reason::new(ReasonCode::Internal))
        }
    })?;
    Ok(SealedSecret {
        copies: sealed
            .copies
            .into_iter()
            .map(|copy| SealedCopy {
                key_id: copy.key_id.to_string(),
                encapsulated_key: copy.enc,
                ciphertext: copy.ciphertext,
            })
            .collect(),
        not_after: Some(timestamp_from_ms(sealed.not_after_unix_ms)),
    })
}

/// There is no key to seal to: no connector is there, or those that are have none that is active.
fn no_recipient(context: &Context, purpose: &Purpose) -> Reason {
    let requirements = RouteRequirements {
        tenant: purpose.tenant,
        group: purpose.group,
        anchor: purpose.anchor,
        key_ids: Vec::<KeyId>::new(),
        only: None,
    };
    match ReservedRoute::reserve(&context.routes, &requirements) {
        Ok(_given_back) => Reason::new(ReasonCode::ResealNeeded),
        Err(no_route) => no_route.reason,
    }
}
