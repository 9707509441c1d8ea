//! From the frame to what is asked for: verified first, parsed after, total. Pure.

use std::str::FromStr;

use groundwire_envelope::signed::{Domain, Signed, VerifyError, verify_with_any};
use groundwire_kit::telemetry::trace_context::TraceParent;
use groundwire_proto::envelope::v1::{SealedSecret, SignedBytes};
use groundwire_proto::gateway::v1::{CheckRequest, CheckRequestPayload, PasswordEvent, PasswordEventPayload};
use groundwire_proto::ids::parse_uuid;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::signed::MalformedSignedBytes;
use groundwire_proto::time::unix_ms_of;
use prost::Message;
use ring::digest;
use uuid::Uuid;

use super::parts::GroupContext;
use crate::audit::operation::Proof;
use crate::domain::{
    AccountAnchor, Attempt, OnBehalfOf, OperationFlags, OperationId, OperationKind, Sequence,
};

/// A verified event for this connector.
pub(super) struct Delivery {
    pub(super) operation: OperationId,
    pub(super) attempt: Attempt,
    pub(super) sequence: Sequence,
    pub(super) kind: OperationKind,
    pub(super) flags: OperationFlags,
    pub(super) anchor: AccountAnchor,
    pub(super) last_applied: LastApplied,
    pub(super) group_dc: String,
    pub(super) subject: String,
    pub(super) role: String,
    pub(super) on_behalf_of: Option<OnBehalfOf>,
    pub(super) proof: Proof,
    pub(super) secret: Option<SealedSecret>,
    pub(super) expires_at_ms: i64,
    pub(super) signed_at_ms: Option<i64>,
    pub(super) traceparent: Option<TraceParent>,
    /// SHA-256 over what the event says, without what differs between two sendings of the same.
    pub(super) content_digest: String,
}

/// What the directory knows of the account's last applied operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LastApplied {
    /// Its sequence; 0: there is none.
    pub(super) sequence: u64,
    /// The version of `unicodePwd` that its outcome told.
    pub(super) password_version: Option<u64>,
}

/// A verified check for this connector.
pub(super) struct Check {
    pub(super) id: Uuid,
    pub(super) kind: OperationKind,
    pub(super) anchor: AccountAnchor,
    pub(super) secret: Option<SealedSecret>,
    pub(super) expires_at_ms: i64,
    pub(super) traceparent: Option<TraceParent>,
}

/// Why a frame is not an event for this connector. No outcome comes of it: nothing vouches for whose it would be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Undeliverable {
    /// No signed bytes, or a key id that is none.
    #[error("the frame holds no signed bytes")]
    NotSigned,
    /// The signature does not hold.
    #[error("the signature does not hold: {0}")]
    Signature(#[from] VerifyError),
    /// It is signed, but for somebody else.
    #[error("signed for another {0}")]
    ForAnother(&'static str),
    /// It is signed, and says something that this version does not understand.
    #[error("{0} is not understood")]
    NotUnderstood(&'static str),
}

impl Undeliverable {
    /// The reason for the record.
    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::Signature(VerifyError::UnknownKey(key)) => {
                Reason::new(ReasonCode::SignatureInvalid).with("key_id", key)
            }
            Self::NotSigned | Self::Signature(_) | Self::ForAnother(_) => {
                Reason::new(ReasonCode::SignatureInvalid)
            }
            Self::NotUnderstood(_) => Reason::new(ReasonCode::Internal),
        }
    }

    /// What exactly, in one word.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::NotSigned => "not_signed",
            Self::Signature(_) => "signature",
            Self::ForAnother(what) | Self::NotUnderstood(what) => what,
        }
    }
}

/// Verifies an event and parses what it says.
pub(super) fn verify_event(event: PasswordEvent, group: &GroupContext) -> Result<Delivery, Undeliverable> {
    let payload = verified(event.event, Domain::Event, group)?;
    let payload = PasswordEventPayload::decode(payload.as_slice())
        .map_err(|_| Undeliverable::NotUnderstood("payload"))?;
    addressed_to_us(
        &payload.tenant_id,
        &payload.connector_group_id,
        &payload.connector_id,
        group,
    )?;
    let content_digest = content_digest(&payload);
    let kind = kind(payload.kind)?;
    let actor = payload.actor.unwrap_or_default();
    let told = actor.on_behalf_of.is_some();
    let proof = match (payload.proof.is_empty(), told) {
        (false, _) => Proof::TokenNotVerified,
        (true, true) => Proof::Asserted,
        (true, false) => Proof::None,
    };
    if payload.attempt == 0 || payload.sequence == 0 {
        return Err(Undeliverable::NotUnderstood("attempt or sequence"));
    }
    Ok(Delivery {
        operation: id(&payload.operation_id, "operation id")?,
        attempt: Attempt(payload.attempt),
        sequence: Sequence(payload.sequence),
        kind,
        flags: OperationFlags::from(payload.flags.unwrap_or_default()),
        anchor: id(&payload.account_anchor, "anchor")?,
        last_applied: LastApplied {
            sequence: payload.last_applied_sequence,
            password_version: payload.last_applied_unicode_pwd_version,
        },
        group_dc: payload.group_dc.map(|dc| dc.host).unwrap_or_default(),
        subject: actor.subject,
        role: actor.role,
        on_behalf_of: actor.on_behalf_of.map(OnBehalfOf::from),
        proof,
        expires_at_ms: expiry(payload.expires_at, payload.secret.as_ref())?,
        secret: payload.secret.filter(|secret| !secret.copies.is_empty()),
        signed_at_ms: payload.signed_at.as_ref().and_then(unix_ms_of),
        traceparent: TraceParent::parse(&payload.traceparent),
        content_digest,
    })
}

/// Verifies a check and parses what it says.
pub(super) fn verify_check(check: CheckRequest, group: &GroupContext) -> Result<Check, Undeliverable> {
    let payload = verified(check.check, Domain::Check, group)?;
    let payload = CheckRequestPayload::decode(payload.as_slice())
        .map_err(|_| Undeliverable::NotUnderstood("payload"))?;
    addressed_to_us(
        &payload.tenant_id,
        &payload.connector_group_id,
        &payload.connector_id,
        group,
    )?;
    Ok(Check {
        id: parse_uuid(&payload.check_id).map_err(|_| Undeliverable::NotUnderstood("check id"))?,
        kind: kind(payload.kind)?,
        anchor: id(&payload.account_anchor, "anchor")?,
        expires_at_ms: expiry(payload.expires_at, payload.secret.as_ref())?,
        secret: payload.secret.filter(|secret| !secret.copies.is_empty()),
        traceparent: TraceParent::parse(&payload.traceparent),
    })
}

fn verified(
    signed: Option<SignedBytes>,
    domain: Domain,
    group: &GroupContext,
) -> Result<Vec<u8>, Undeliverable> {
    let signed =
        Signed::try_from(signed.ok_or(Undeliverable::NotSigned)?).map_err(|malformed| match malformed {
            MalformedSignedBytes::KeyId => Undeliverable::NotSigned,
            MalformedSignedBytes::Signature => Undeliverable::Signature(VerifyError::MalformedSignature),
        })?;
    Ok(verify_with_any(&group.event_keys, domain, signed)?.into_bytes())
}

fn addressed_to_us(
    tenant: &str,
    group_id: &str,
    connector: &str,
    group: &GroupContext,
) -> Result<(), Undeliverable> {
    if tenant.parse() != Ok(group.tenant) {
        Err(Undeliverable::ForAnother("tenant"))
    } else if group_id.parse() != Ok(group.group) {
        Err(Undeliverable::ForAnother("group"))
    } else if connector.parse() != Ok(group.connector) {
        Err(Undeliverable::ForAnother("connector"))
    } else {
        Ok(())
    }
}

/// What differs between two sendings of one attempt is left out: when it was signed, and the trace's current span.
fn content_digest(payload: &PasswordEventPayload) -> String {
    let content = PasswordEventPayload {
        signed_at: None,
        traceparent: String::new(),
        ..payload.clone()
    }
    .encode_to_vec();
    hex::encode(digest::digest(&digest::SHA256, &content))
}

fn kind(kind: i32) -> Result<OperationKind, Undeliverable> {
    OperationKind::try_from(kind).map_err(|_| Undeliverable::NotUnderstood("kind"))
}

/// As the directory says, but never after what the secret is sealed for: that is its sealer's word.
fn expiry(told: Option<prost_types::Timestamp>, secret: Option<&SealedSecret>) -> Result<i64, Undeliverable> {
    let told = told
        .as_ref()
        .and_then(unix_ms_of)
        .ok_or(Undeliverable::NotUnderstood("expiry"))?;
    let sealed_until = secret.and_then(|secret| unix_ms_of(secret.not_after.as_ref()?));
    Ok(sealed_until.map_or(told, |sealed_until| sealed_until.min(told)))
}

fn id<T: FromStr>(text: &str, what: &'static str) -> Result<T, Undeliverable> {
    text.parse().map_err(|_| Undeliverable::NotUnderstood(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is recorded with `Received`: an event that is sent again is compared with what an earlier version recorded.
    #[test]
    fn the_digest_of_the_same_content_stays_the_same() {
        let payload = PasswordEventPayload {
            operation_id: "0190a3b4-0005-7222-8333-444455556666".to_owned(),
            attempt: 2,
            sequence: 7,
            kind: OperationKind::AdminReset.into(),
            expires_at: Some(prost_types::Timestamp {
                seconds: 1_767_323_105,
                nanos: 0,
            }),
            ..PasswordEventPayload::default()
        };
        let sent_again = PasswordEventPayload {
            signed_at: payload.expires_at,
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
            ..payload.clone()
        };
        assert_eq!(content_digest(&sent_again), content_digest(&payload));
        assert_eq!(
            content_digest(&payload),
            "e47b507f81afe022e07cf8cc353b430c45bfc1fd15d4fb876755df57abf661ee"
        );
    }
}
