//! Enrolment tokens: what became of one, and who may use it. Pure: time is passed in.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{ConnectorGroupId, ConnectorId, TenantId};

/// A token that was issued, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedToken {
    pub tenant: TenantId,
    pub token: Uuid,
    /// The group it enrols into.
    pub group: ConnectorGroupId,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// It is of no use after this.
    pub expires_at: OffsetDateTime,
    /// When it was used.
    pub used_at: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked_at: Option<OffsetDateTime>,
    /// The connector that used it.
    pub connector: Option<ConnectorId>,
}

/// What became of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// It can be used.
    Active,
    Used,
    Revoked,
    Expired,
}

/// What is to be done with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenCommand {
    /// A connector enrols with it.
    Use,
    Revoke,
}

/// Why it is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    #[error("there is no such token")]
    Unknown,
    #[error("the token is used")]
    Used,
    #[error("the token is revoked")]
    Revoked,
    #[error("the token is expired")]
    Expired,
}

impl IssuedToken {
    /// What became of it by this moment. That it was used or revoked outlives its expiry.
    #[must_use]
    pub fn state(&self, now: OffsetDateTime) -> TokenState {
        if self.used_at.is_some() {
            TokenState::Used
        } else if self.revoked_at.is_some() {
            TokenState::Revoked
        } else if self.expires_at <= now {
            TokenState::Expired
        } else {
            TokenState::Active
        }
    }
}

/// Whether a token may be used or revoked now. Who acts on the answer must hold the token's row until the act is
/// committed.
pub fn decide_token(
    token: Option<&IssuedToken>,
    command: TokenCommand,
    now: OffsetDateTime,
) -> Result<(), TokenRefusal> {
    let token = token.ok_or(TokenRefusal::Unknown)?;
    match (token.state(now), command) {
        (TokenState::Active, TokenCommand::Use | TokenCommand::Revoke) => Ok(()),
        (TokenState::Used, TokenCommand::Use | TokenCommand::Revoke) => Err(TokenRefusal::Used),
        (TokenState::Revoked, TokenCommand::Use | TokenCommand::Revoke) => Err(TokenRefusal::Revoked),
        (TokenState::Expired, TokenCommand::Use) => Err(TokenRefusal::Expired),
        // It can do no harm any more, and who revokes it need not know that.
        (TokenState::Expired, TokenCommand::Revoke) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    fn active() -> IssuedToken {
        IssuedToken {
            tenant: TenantId::new(Uuid::from_u128(1)),
            token: Uuid::from_u128(2),
            group: ConnectorGroupId::new(Uuid::from_u128(3)),
            created_at: NOW - Duration::minutes(5),
            expires_at: NOW + Duration::minutes(5),
            used_at: None,
            revoked_at: None,
            connector: None,
        }
    }

    fn decisions(token: &IssuedToken) -> [Result<(), TokenRefusal>; 2] {
        [TokenCommand::Use, TokenCommand::Revoke].map(|command| decide_token(Some(token), command, NOW))
    }

    #[test]
    fn a_token_is_used_or_revoked_once() {
        assert_eq!(decisions(&active()), [Ok(()), Ok(())]);
        let used = IssuedToken {
            used_at: Some(NOW),
            ..active()
        };
        assert_eq!(decisions(&used), [Err(TokenRefusal::Used); 2]);
        let revoked = IssuedToken {
            revoked_at: Some(NOW),
            ..active()
        };
        assert_eq!(decisions(&revoked), [Err(TokenRefusal::Revoked); 2]);
    }

    #[test]
    fn an_expired_token_can_be_revoked_and_not_used() {
        let expired = IssuedToken {
            expires_at: NOW,
            ..active()
        };
        assert_eq!(decisions(&expired), [Err(TokenRefusal::Expired), Ok(())]);
        let used = IssuedToken {
            used_at: Some(NOW),
            ..expired
        };
        assert_eq!(used.state(NOW), TokenState::Used);
    }

    #[test]
    fn a_token_that_is_not_there_is_refused() {
        let decided = decide_token(None, TokenCommand::Use, NOW);
        assert_eq!(decided, Err(TokenRefusal::Unknown));
    }
}
