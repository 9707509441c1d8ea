//! Enrolment tokens: made and revoked by an administrator, used once by a connector.

use groundwire_envelope::{Fingerprint, RandomnessUnavailable};
use groundwire_proto::enrollment_token::{EnrollmentToken, TokenSecret};
use secrecy::SecretString;
use uuid::Uuid;

use super::enroll::Enrollment;
use crate::domain::{
    ConnectorEvent, ConnectorGroupId, EnrollmentTokenIssued, EnrollmentTokenRevoked, IssuedToken, TenantId,
    TokenRefusal, TokenState,
};
use crate::store::StoreError;
use crate::store::enrollment::TokenChange;
use crate::store::streams::{EventError, administered_unit};

/// Why a token was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Used or revoked before, or there is none.
    #[error("the token cannot be revoked")]
    NotActive(Option<Box<IssuedToken>>),
    #[error(transparent)]
    Randomness(#[from] RandomnessUnavailable),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Event(#[from] EventError),
}

impl Enrollment {
    /// Makes a token for a group that exists; its text is shown once.
    pub async fn create_token(
        &self,
        tenant: TenantId,
        group: ConnectorGroupId,
        actor: &str,
    ) -> Result<(IssuedToken, SecretString), TokenError> {
        let now = self.now();
        let token = EnrollmentToken {
            id: Uuid::new_v4(),
            secret: TokenSecret::generate()?,
            authority: Fingerprint::of(&self.gateway_ca),
        };
        let issued = IssuedToken {
            tenant,
            token: token.id,
            group,
            created_at: now,
            expires_at: now + self.token_lifetime,
            used_at: None,
            revoked_at: None,
            connector: None,
        };
        let event = ConnectorEvent::EnrollmentTokenIssued(EnrollmentTokenIssued {
            token: token.id,
            group,
            expires_at: issued.expires_at,
        });
        let change = TokenChange::Issued {
            token: issued.clone(),
            secret_sha256: token.secret.hash(),
        };
        let unit = administered_unit(tenant, &event, actor)?.changing(change);
        self.store
            .log(tenant)
            .await?
            .append(unit)
            .await
            .map_err(StoreError::from)?;
        Ok((issued, token.text()))
    }

    /// Tokens of a tenant (and group) in the order of their ids, after one.
    pub async fn tokens(
        &self,
        tenant: TenantId,
        group: Option<ConnectorGroupId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<IssuedToken>, StoreError> {
        self.store.enrollment_tokens(tenant, group, after, limit).await
    }

    /// What became of a token by now.
    #[must_use]
    pub fn state(&self, token: &IssuedToken) -> TokenState {
        token.state(self.store.clock().now())
    }

    /// Revokes a token that was not used yet.
    pub async fn revoke_token(
        &self,
        tenant: TenantId,
        token: Uuid,
        actor: &str,
    ) -> Result<IssuedToken, TokenError> {
        let at = self.now();
        let change = TokenChange::Revoked { tenant, token, at };
        let unit = administered_unit(
            tenant,
            &ConnectorEvent::EnrollmentTokenRevoked(EnrollmentTokenRevoked { token }),
            actor,
        )?
        .changing(change);
        let appended = self.store.log(tenant).await?.append(unit).await;
        let row = self.store.enrollment_token(tenant, token).await?;
        match (appended, row) {
            (Ok(_), Some(row)) => Ok(row),
            (Ok(_), None) => Err(StoreError::Malformed("enrollment_tokens").into()),
            (Err(error), row) if error.refusal::<TokenRefusal>().is_some() => {
                Err(TokenError::NotActive(row.map(Box::new)))
            }
            (Err(error), _) => Err(StoreError::from(error).into()),
        }
    }
}
