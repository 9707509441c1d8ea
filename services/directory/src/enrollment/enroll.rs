//! Enrolment: a one-time token and a certificate request become an identity.
//!
//! Promises: a token is used once at most (its claim in the tenant's log and its row decide, in one transaction, against
//! every other use and against a revocation); the group's root key is set once, by its first connector; an answer never
//! tells which part was wrong.

use std::sync::Arc;
use std::time::Duration;

use groundwire_envelope::signed::{Domain, Signed, VerifyingKey};
use groundwire_eventlog::AppendError;
use groundwire_proto::enrollment_token::EnrollmentToken;
use groundwire_proto::gateway::v1::{EnrollRequest, EnrollResponse};
use parking_lot::Mutex;
use time::OffsetDateTime;
use uuid::Uuid;

use super::authority::{Authorities, AuthorityError, IssuedCertificate, TenantAuthority};
use super::identity::ConnectorIdentity;
use super::rate_limit::{RateLimit, TooManyTries};
use crate::domain::{
    ConnectorEnrolled, ConnectorEvent, ConnectorId, ConnectorRefusal, EnrolledConnector, ErrorClass,
    IssuedToken, TokenCommand, TokenRefusal, decide_token,
};
use crate::metrics::delivery::{DeliveryMetrics, why};
use crate::store::connectors::ConnectorChange;
use crate::store::enrollment::TokenChange;
use crate::store::streams::{EventError, connector_unit};
use crate::store::{Store, StoreError};

/// The claim by which an enrolment token is used once, for ever.
pub(crate) const TOKEN_CLAIM: &str = "enrollment-token";

/// Longest name a connector gives itself, in characters.
const MAX_DISPLAY_NAME: usize = 200;

/// Longest version text, in bytes.
const MAX_VERSION: usize = 100;

/// Longest request for a certificate, in bytes. One for a P-256 key has about 300.
const MAX_REQUEST_BYTES: usize = 8 * 1024;

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// A field that has nothing to do with trust is malformed.
    #[error("{0}")]
    InvalidArgument(&'static str),
    /// Token, request or proof: the caller does not learn which.
    #[error("enrolment refused: {0}")]
    Refused(Refusal),
    #[error(transparent)]
    TooManyTries(#[from] TooManyTries),
    /// The tenant's keys.
    #[error(transparent)]
    Authority(AuthorityError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Event(#[from] EventError),
}

impl EnrollError {
    /// What the connector can do about it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::InvalidArgument(_) => ErrorClass::Malformed,
            Self::Refused(_) => ErrorClass::Forbidden,
            Self::TooManyTries(_) => ErrorClass::TooOften,
            Self::Store(_) => ErrorClass::Passing,
            Self::Authority(_) | Self::Event(_) => ErrorClass::Defect,
        }
    }
}

/// Which part was wrong: for our log, never for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a token.
    #[error("the token is malformed")]
    MalformedToken,
    /// No such token, or another secret.
    #[error("the token is not known")]
    UnknownToken,
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    /// Not a certificate request that its own key signed.
    #[error("the certificate request is not acceptable")]
    Request,
    /// The root key did not sign the request.
    #[error("the group proof does not hold")]
    Proof,
    #[error(transparent)]
    Group(#[from] ConnectorRefusal),
}

/// Makes tokens and identities.
pub struct Enrollment {
    pub(super) store: Arc<Store>,
    authorities: Arc<Authorities>,
    pub(super) gateway_ca: Vec<u8>,
    pub(super) token_lifetime: Duration,
    rate_limit: Mutex<RateLimit>,
    metrics: DeliveryMetrics,
}

impl Enrollment {
    /// `gateway_ca` is the CA (DER) that the gateway's own certificate comes from.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        authorities: Arc<Authorities>,
        gateway_ca: Vec<u8>,
        token_lifetime: Duration,
        metrics: DeliveryMetrics,
    ) -> Self {
        let rate_limit = Mutex::new(RateLimit::new(Arc::clone(store.clock())));
        Self {
            store,
            authorities,
            gateway_ca,
            token_lifetime,
            rate_limit,
            metrics,
        }
    }

    /// The present, as Postgres can keep it: in whole microseconds.
    pub(super) fn now(&self) -> OffsetDateTime {
        let now = self.store.clock().now();
        now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000)
            .unwrap_or(now)
    }

    /// Enrols, or not.
    pub async fn enroll(&self, request: EnrollRequest) -> Result<EnrollResponse, EnrollError> {
        let result = self.try_enroll(request).await;
        let outcome = match &result {
            Ok(_) => "enrolled",
            Err(EnrollError::InvalidArgument(_) | EnrollError::Refused(_)) => "refused",
            Err(EnrollError::TooManyTries(_)) => "rate_limited",
            Err(EnrollError::Authority(_) | EnrollError::Store(_) | EnrollError::Event(_)) => "failed",
        };
        self.metrics.enrollments.get_or_create(&why(outcome)).inc();
        result
    }

    async fn try_enroll(&self, request: EnrollRequest) -> Result<EnrollResponse, EnrollError> {
        self.rate_limit.lock().count()?;
        let checked = CheckedRequest::check(&request)?;
        let token: EnrollmentToken = request
            .token
            .parse()
            .map_err(|_| refused(Refusal::MalformedToken))?;
        self.rate_limit.lock().count_token(token.id)?;
        let row = self.usable(&token).await?;
        checked.verify_proof()?;
        let binding = self.store.group_binding(row.tenant, row.group).await?;
        let root_key = checked.root_key.to_bytes();
        binding
            .decide_root_key(&root_key)
            .map_err(|refusal| refused(refusal.into()))?;
        let authority = self
            .authorities
            .load(row.tenant)
            .await
            .map_err(EnrollError::Authority)?;
        let identity = ConnectorIdentity {
            tenant: row.tenant,
            group: row.group,
            connector: ConnectorId::new(Uuid::new_v4()),
        };
        let issued = match self.authorities.issue(&authority, checked.request, &identity) {
            Ok(issued) => issued,
            Err(AuthorityError::Certificate(error)) => {
                tracing::info!(%error, "certificate request refused");
                return Err(refused(Refusal::Request));
            }
            Err(error) => return Err(EnrollError::Authority(error)),
        };
        self.record(&checked, &row, &identity, &issued, binding.root_key.is_none())
            .await?;
        tracing::info!(tenant = %row.tenant, group = %row.group, connector = %identity.connector, "connector enrolled");
        Ok(self.response(&identity, &authority, &issued))
    }

    /// A token that seems usable; whether it is, is decided again while its row is held.
    async fn usable(&self, token: &EnrollmentToken) -> Result<IssuedToken, EnrollError> {
        let found = self.store.enrollment_token_of_any_tenant(token.id).await?;
        let (issued, hash) = found.ok_or(refused(Refusal::UnknownToken))?;
        if hash != token.secret.hash() {
            return Err(refused(Refusal::UnknownToken));
        }
        decide_token(Some(&issued), TokenCommand::Use, self.store.clock().now())
            .map_err(|refusal| refused(refusal.into()))?;
        Ok(issued)
    }

    async fn record(
        &self,
        checked: &CheckedRequest<'_>,
        row: &IssuedToken,
        identity: &ConnectorIdentity,
        issued: &IssuedCertificate,
        sets_root: bool,
    ) -> Result<(), EnrollError> {
        let ConnectorIdentity {
            tenant,
            group,
            connector,
        } = *identity;
        let at = self.now();
        let root_key = checked.root_key.to_bytes();
        let event = ConnectorEvent::ConnectorEnrolled(ConnectorEnrolled {
            connector,
            group,
            token: row.token,
            display_name: checked.display_name.to_owned(),
            version: checked.version.to_owned(),
            certificate_serial: issued.serial.clone(),
            certificate_fingerprint: hex::encode(issued.fingerprint),
            certificate_expires_at: issued.expires_at,
            group_root_key: sets_root.then(|| hex::encode(root_key)),
        });
        let enrolled = ConnectorChange::Enrolled {
            tenant,
            enrolled: Box::new(EnrolledConnector {
                connector,
                group,
                display_name: checked.display_name.to_owned(),
                version: checked.version.to_owned(),
                enrolled_at: at,
                certificate_expires_at: issued.expires_at,
                last_seen_at: None,
                dc: None,
                revoked_at: None,
            }),
            certificate_serial: issued.serial.clone(),
            certificate_fingerprint: issued.fingerprint,
        };
        let unit = connector_unit(connector, &[event])?
            .claiming(TOKEN_CLAIM, row.token.to_string())
            .changing(TokenChange::Used {
                tenant,
                token: row.token,
                connector,
                at,
            })
            .changing(enrolled)
            .changing(ConnectorChange::RootKey {
                tenant,
                group,
                key: root_key,
            });
        let appended = self.store.log(tenant).await?.append(unit).await;
        appended.map(drop).map_err(not_recorded)
    }

    fn response(
        &self,
        identity: &ConnectorIdentity,
        authority: &TenantAuthority,
        issued: &IssuedCertificate,
    ) -> EnrollResponse {
        EnrollResponse {
            tenant_id: identity.tenant.to_string(),
            connector_group_id: identity.group.to_string(),
            connector_id: identity.connector.to_string(),
            certificate_chain: issued
                .chain
                .iter()
                .map(|certificate| certificate.to_vec())
                .collect(),
            event_signing_key: authority.event_signing_key().to_bytes().to_vec(),
            gateway_ca: self.gateway_ca.clone(),
        }
    }
}

/// A request whose shape is good.
struct CheckedRequest<'a> {
    request: &'a [u8],
    display_name: &'a str,
    version: &'a str,
    root_key: VerifyingKey,
    proof: &'a groundwire_proto::envelope::v1::SignedBytes,
}

impl<'a> CheckedRequest<'a> {
    fn check(request: &'a EnrollRequest) -> Result<Self, EnrollError> {
        let invalid = EnrollError::InvalidArgument;
        let name = request.display_name.as_str();
        if name.is_empty() || name.chars().count() > MAX_DISPLAY_NAME || name.chars().any(char::is_control) {
            return Err(invalid("display_name must have 1 to 200 characters"));
        }
        let version = request.version.as_str();
        if version.is_empty()
            || version.len() > MAX_VERSION
            || !version.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(invalid("version must have 1 to 100 visible ASCII characters"));
        }
        if request.certificate_signing_request.len() > MAX_REQUEST_BYTES {
            return Err(invalid("certificate_signing_request is too long"));
        }
        let root_key = VerifyingKey::from_bytes(&request.group_root_key)
            .map_err(|_| invalid("group_root_key must have 32 bytes"))?;
        let proof = request
            .group_proof
            .as_ref()
            .ok_or(invalid("group_proof is missing"))?;
        Ok(Self {
            request: &request.certificate_signing_request,
            display_name: name,
            version,
            root_key,
            proof,
        })
    }

    fn verify_proof(&self) -> Result<(), EnrollError> {
        let proof = Signed::try_from(self.proof.clone()).map_err(|_| refused(Refusal::Proof))?;
        let verified = self
            .root_key
            .verify(Domain::EnrollmentProof, proof)
            .map_err(|_| refused(Refusal::Proof))?;
        if verified.bytes() != self.request {
            return Err(refused(Refusal::Proof));
        }
        Ok(())
    }
}

/// Somebody else used or revoked the token meanwhile, or was the first of the group with another root key; or the log
/// failed.
fn not_recorded(error: AppendError) -> EnrollError {
    let by_token = error.refusal::<TokenRefusal>().map(|why| Refusal::from(*why));
    let by_group = error.refusal::<ConnectorRefusal>().map(|why| Refusal::from(*why));
    match by_token.or(by_group) {
        Some(refusal) => refused(refusal),
        None if matches!(error, AppendError::ClaimTaken { .. }) => refused(TokenRefusal::Used.into()),
        None => StoreError::from(error).into(),
    }
}

const fn refused(refusal: Refusal) -> EnrollError {
    EnrollError::Refused(refusal)
}
