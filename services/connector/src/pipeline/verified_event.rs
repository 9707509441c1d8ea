//! Turns a frame into what it asks for. The signature is verified first and the payload parsed after; whatever the bytes
//! are, the answer is a value. Pure.

use std::str::FromStr;

use aws_lc_rs::digest;
use groundwire_envelope::signed::{Domain, Signed, VerifyError, verify_with_any};
use groundwire_kit::clock::Clock;
use groundwire_kit::telemetry::trace_context::TraceParent;
use groundwire_proto::envelope::v1::{SealedSecret, SignedBytes};
use groundwire_proto::gateway::v1::{
    Actor, CheckRequest, CheckRequestPayload, NotTakenCause, PasswordEvent, PasswordEventPayload,
};
use groundwire_proto::ids::parse_uuid;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::signed::MalformedSignedBytes;
use groundwire_proto::time::unix_ms_of;
use prost::Message;
use uuid::Uuid;

use super::group::GroupContext;
use super::operation::{Expiry, LastApplied, Operation, metadata};
use crate::audit::Personal;
use crate::audit::operation::Proof;
use crate::domain::{AccountAnchor, Attempt, NamedBy, OnBehalfOf, OperationFlags, OperationKind, Sequence};

/// A verified event for this connector: an operation, and what only this sending of it carries.
pub(super) struct VerifiedEvent {
    pub(super) operation: Operation,
    pub(super) secret: Option<SealedSecret>,
    pub(super) signed_at_ms: Option<i64>,
    /// SHA-256 over what the event says, without what differs between two sendings of the same and without names.
    pub(super) content_digest: String,
    /// As earlier versions recorded it.
    former_digest: String,
}

impl VerifiedEvent {
    /// Whether an event with this digest said the same.
    pub(super) fn says_what_had(&self, digest: &str) -> bool {
        digest == self.content_digest || digest == self.former_digest
    }
}

/// A verified check for this connector.
pub(super) struct VerifiedCheck {
    pub(super) id: Uuid,
    pub(super) kind: OperationKind,
    pub(super) anchor: AccountAnchor,
    pub(super) named_by: NamedBy,
    pub(super) secret: Option<SealedSecret>,
    pub(super) expiry: Expiry,
    pub(super) trace_parent: Option<TraceParent>,
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

    /// Why its attempt is not taken.
    pub(super) const fn cause(&self) -> NotTakenCause {
        match self {
            Self::NotSigned | Self::Signature(_) | Self::ForAnother(_) => NotTakenCause::NotVerified,
            Self::NotUnderstood(_) => NotTakenCause::NotUnderstood,
        }
    }

    /// What exactly is wrong, for the record.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::NotSigned => "not_signed",
            Self::Signature(_) => "signature",
            Self::ForAnother(part) | Self::NotUnderstood(part) => part,
        }
    }
}

/// Verifies an event and parses what it says. The clock gives the moment from which its time to live runs.
pub(super) fn verify_event(
    event: PasswordEvent,
    group: &GroupContext,
    clock: &dyn Clock,
) -> Result<VerifiedEvent, Undeliverable> {
    let payload = verify_payload::<PasswordEventPayload>(event.event, Domain::Event, group, |payload| {
        [
            &payload.tenant_id,
            &payload.connector_group_id,
            &payload.connector_id,
        ]
    })?;
    let (content_digest, former_digest) = (content_digest(&payload), former_digest(&payload));
    let kind = kind(payload.kind)?;
    let actor = payload.actor.unwrap_or_default();
    let proof = match (payload.proof.is_empty(), &actor.on_behalf_of) {
        (false, _) => Proof::TokenNotVerified,
        (true, Some(_)) => Proof::Asserted,
        (true, None) => Proof::None,
    };
    if payload.attempt == 0 || payload.sequence == 0 {
        return Err(Undeliverable::NotUnderstood("attempt or sequence"));
    }
    let trace_parent = TraceParent::parse(&payload.traceparent);
    let operation = Operation {
        id: id(&payload.operation_id, "operation id")?,
        attempt: Attempt(payload.attempt),
        sequence: Sequence(payload.sequence),
        kind,
        flags: OperationFlags::from(payload.flags.unwrap_or_default()),
        anchor: id(&payload.account_anchor, "anchor")?,
        named_by: payload.account_name.into(),
        last_applied: LastApplied {
            sequence: payload.last_applied_sequence,
            password_version: payload.last_applied_unicode_pwd_version,
            may_be_lost: payload.last_applied_may_be_lost,
        },
        group_dc: payload.group_dc.map(|dc| dc.host).unwrap_or_default(),
        role: actor.role,
        proof,
        expiry: Expiry::seen_at(expires_at_ms(payload.expires_at, payload.secret.as_ref())?, clock),
        trace_id: trace_parent.map(|parent| parent.trace_id()),
        metadata: metadata(
            Some(actor.subject).filter(|subject| !subject.is_empty()),
            trace_parent.map(|parent| parent.to_string()),
        ),
        personal: Personal {
            on_behalf_of: actor.on_behalf_of.map(|person| OnBehalfOf::from(person).into()),
            ..Personal::default()
        },
    };
    Ok(VerifiedEvent {
        operation,
        secret: payload.secret.filter(|secret| !secret.copies.is_empty()),
        signed_at_ms: payload.signed_at.as_ref().and_then(unix_ms_of),
        content_digest,
        former_digest,
    })
}

/// Verifies a check and parses what it says; otherwise as [`verify_event`].
pub(super) fn verify_check(
    check: CheckRequest,
    group: &GroupContext,
    clock: &dyn Clock,
) -> Result<VerifiedCheck, Undeliverable> {
    let payload = verify_payload::<CheckRequestPayload>(check.check, Domain::Check, group, |payload| {
        [
            &payload.tenant_id,
            &payload.connector_group_id,
            &payload.connector_id,
        ]
    })?;
    Ok(VerifiedCheck {
        id: parse_uuid(&payload.check_id).map_err(|_| Undeliverable::NotUnderstood("check id"))?,
        kind: kind(payload.kind)?,
        anchor: id(&payload.account_anchor, "anchor")?,
        named_by: payload.account_name.into(),
        expiry: Expiry::seen_at(expires_at_ms(payload.expires_at, payload.secret.as_ref())?, clock),
        secret: payload.secret.filter(|secret| !secret.copies.is_empty()),
        trace_parent: TraceParent::parse(&payload.traceparent),
    })
}

/// Verifies the signature, decodes the payload, and refuses one whose tenant, group and connector (as `recipient` finds
/// them in it) are not ours.
fn verify_payload<P: Message + Default>(
    signed: Option<SignedBytes>,
    domain: Domain,
    group: &GroupContext,
    recipient: fn(&P) -> [&str; 3],
) -> Result<P, Undeliverable> {
    let signed = signed.ok_or(Undeliverable::NotSigned)?;
    let signed = Signed::try_from(signed).map_err(|malformed| match malformed {
        MalformedSignedBytes::KeyId => Undeliverable::NotSigned,
        MalformedSignedBytes::Signature => Undeliverable::Signature(VerifyError::MalformedSignature),
    })?;
    let bytes = verify_with_any(&group.event_keys, domain, signed)?.into_bytes();
    let payload = P::decode(bytes.as_slice()).map_err(|_| Undeliverable::NotUnderstood("payload"))?;
    let [tenant, group_id, connector] = recipient(&payload);
    if tenant.parse() != Ok(group.tenant) {
        return Err(Undeliverable::ForAnother("tenant"));
    }
    if group_id.parse() != Ok(group.group) {
        return Err(Undeliverable::ForAnother("group"));
    }
    if connector.parse() != Ok(group.connector) {
        return Err(Undeliverable::ForAnother("connector"));
    }
    Ok(payload)
}

/// It is recorded for good, in a part that is never erased. So names are left out, those of the account and of the person on
/// whose behalf it is: whoever guesses one could prove it by the digest. The prefix tells it from [`former_digest`].
fn content_digest(payload: &PasswordEventPayload) -> String {
    let nameless = PasswordEventPayload {
        account_name: None,
        actor: payload.actor.clone().map(|actor| Actor {
            on_behalf_of: None,
            ..actor
        }),
        ..payload.clone()
    };
    format!("2:{}", former_digest(&nameless))
}

/// What differs between two sendings of one attempt is left out: when it was signed, and the trace's current span.
fn former_digest(payload: &PasswordEventPayload) -> String {
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

/// The directory's expiry, but never later than what the secret is sealed for: that is its sealer's word.
fn expires_at_ms(
    by_directory: Option<prost_types::Timestamp>,
    secret: Option<&SealedSecret>,
) -> Result<i64, Undeliverable> {
    let by_directory = by_directory
        .as_ref()
        .and_then(unix_ms_of)
        .ok_or(Undeliverable::NotUnderstood("expiry"))?;
    let by_sealer = secret.and_then(|secret| unix_ms_of(secret.not_after.as_ref()?));
    Ok(by_sealer.map_or(by_directory, |by_sealer| by_sealer.min(by_directory)))
}

fn id<T: FromStr>(text: &str, part: &'static str) -> Result<T, Undeliverable> {
    text.parse().map_err(|_| Undeliverable::NotUnderstood(part))
}

#[cfg(test)]
mod tests {
    use groundwire_proto::operation::v1::account_name::Name;
    use groundwire_proto::operation::v1::{AccountName, OnBehalfOf};

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
        assert_eq!(former_digest(&sent_again), former_digest(&payload));
        assert_eq!(
            former_digest(&payload),
            "e47b507f81afe022e07cf8cc353b430c45bfc1fd15d4fb876755df57abf661ee"
        );
    }
    /// It is recorded in a part that is never erased: after an erasure nobody can guess the names.
    #[test]
    fn no_name_is_in_the_digest_that_is_recorded() {
        let payload = PasswordEventPayload {
            operation_id: "0190a3b4-0005-7222-8333-444455556666".to_owned(),
            actor: Some(Actor {
                subject: "portal".to_owned(),
                ..Actor::default()
            }),
            ..PasswordEventPayload::default()
        };
        let named = PasswordEventPayload {
            account_name: Some(AccountName {
                name: Some(Name::SamAccountName("anna".to_owned())),
            }),
            actor: payload.actor.clone().map(|actor| Actor {
                on_behalf_of: Some(OnBehalfOf {
                    subject: "anna@corp.example".to_owned(),
                    ..OnBehalfOf::default()
                }),
                ..actor
            }),
            ..payload.clone()
        };
        assert_ne!(former_digest(&named), former_digest(&payload));
        assert_eq!(content_digest(&named), content_digest(&payload));
        let other = PasswordEventPayload {
            attempt: 2,
            ..payload.clone()
        };
        assert_ne!(content_digest(&other), content_digest(&payload));
    }
}
