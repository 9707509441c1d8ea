//! The methods on enrolment tokens.

use groundwire_proto::directory::v1 as api;
use groundwire_proto::time::timestamp_from;
use secrecy::ExposeSecret as _;

use super::{ADMINISTRATORS, TenantApi, next_token};
use crate::domain::{ConnectorGroupId, IssuedToken, Principal, TokenState};
use crate::enrollment::token::TokenError;
use crate::grpc::fields;
use crate::grpc::principal::{must_be, tenant_of};
use crate::grpc::status::Refused;

impl TenantApi {
    pub(super) async fn new_token(
        &self,
        caller: &Principal,
        message: api::CreateEnrollmentTokenRequest,
    ) -> Result<api::CreateEnrollmentTokenResponse, Refused> {
        must_be(caller, ADMINISTRATORS)?;
        let tenant = tenant_of(caller)?;
        let group: ConnectorGroupId = fields::id("connector_group_id", &message.connector_group_id)?;
        self.parts.tenants.require_group(tenant, group).await?;
        let made = self
            .parts
            .enrollment
            .create_token(tenant, group, &caller.subject)
            .await;
        let (row, token) = made.map_err(|error| refused(error, "enrolment token"))?;
        Ok(api::CreateEnrollmentTokenResponse {
            enrollment_token: Some(self.token_to_wire(&row)),
            token: token.expose_secret().to_owned(),
        })
    }

    pub(super) async fn tokens(
        &self,
        caller: &Principal,
        message: api::ListEnrollmentTokensRequest,
    ) -> Result<api::ListEnrollmentTokensResponse, Refused> {
        must_be(caller, ADMINISTRATORS)?;
        let tenant = tenant_of(caller)?;
        let group = fields::optional_id("connector_group_id", &message.connector_group_id)?;
        let size = fields::page_size(message.page_size, 50, 500)?;
        let after = fields::page_token(&message.page_token, |text| text.parse().ok())?;
        let found = self.parts.enrollment.tokens(tenant, group, after, size).await?;
        Ok(api::ListEnrollmentTokensResponse {
            next_page_token: next_token(&found, size, |row| row.token.to_string()),
            enrollment_tokens: found.iter().map(|row| self.token_to_wire(row)).collect(),
        })
    }

    pub(super) async fn revoke_token(
        &self,
        caller: &Principal,
        message: api::RevokeEnrollmentTokenRequest,
    ) -> Result<api::RevokeEnrollmentTokenResponse, Refused> {
        must_be(caller, ADMINISTRATORS)?;
        let tenant = tenant_of(caller)?;
        let token = fields::id("token_id", &message.token_id)?;
        let row = match self
            .parts
            .enrollment
            .revoke_token(tenant, token, &caller.subject)
            .await
        {
            Ok(row) => row,
            // Used or revoked before: the answer tells its state.
            Err(TokenError::NotActive(Some(row))) => *row,
            Err(error) => return Err(refused(error, "enrolment token")),
        };
        Ok(api::RevokeEnrollmentTokenResponse {
            enrollment_token: Some(self.token_to_wire(&row)),
        })
    }

    fn token_to_wire(&self, row: &IssuedToken) -> api::EnrollmentToken {
        api::EnrollmentToken {
            token_id: row.token.to_string(),
            connector_group_id: row.group.to_string(),
            created_at: Some(timestamp_from(row.created_at)),
            expires_at: Some(timestamp_from(row.expires_at)),
            state: state_to_wire(self.parts.enrollment.state(row)).into(),
            connector_id: row
                .connector
                .map(|connector| connector.to_string())
                .unwrap_or_default(),
        }
    }
}

const fn state_to_wire(state: TokenState) -> api::EnrollmentTokenState {
    match state {
        TokenState::Active => api::EnrollmentTokenState::Active,
        TokenState::Used => api::EnrollmentTokenState::Used,
        TokenState::Revoked => api::EnrollmentTokenState::Revoked,
        TokenState::Expired => api::EnrollmentTokenState::Expired,
    }
}

fn refused(error: TokenError, what: &'static str) -> Refused {
    match error {
        TokenError::NotActive(_) => Refused::NotFound(what),
        TokenError::Store(error) => error.into(),
        TokenError::Randomness(_) | TokenError::Event(_) => Refused::Internal(error.to_string()),
    }
}
