//! Who calls: a bearer token becomes a [`Principal`] with a role and a tenant.
//!
//! The tenant comes from the credential. An operator's credential has none: it names one per request in the metadata key
//! `groundwire-tenant-id`. Tokens are kept as SHA-256 only; a token has 128 bits or more of randomness, so its hash needs
//! no salt and a look-up by hash tells an attacker nothing.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use tonic::metadata::MetadataMap;

use super::status::Refused;
use crate::domain::{Principal, Role, TenantId};

/// Metadata key with which an operator names the tenant.
pub const TENANT_KEY: &str = "groundwire-tenant-id";

/// The tenant that the caller acts in, which most calls need.
///
/// # Errors
/// Operators who named none are told to.
pub fn tenant_of(caller: &Principal) -> Result<TenantId, Refused> {
    caller.tenant.ok_or_else(|| {
        Refused::invalid(
            TENANT_KEY,
            "an operator names the tenant in this metadata key, as a UUID",
        )
    })
}

/// Whether the caller's role is one of these.
///
/// # Errors
/// `OPERATION_NOT_PERMITTED` as `PERMISSION_DENIED`.
pub fn must_be(caller: &Principal, allowed: &[Role]) -> Result<(), Refused> {
    if allowed.contains(&caller.role) {
        Ok(())
    } else {
        Err(Refused::NotPermitted { role: caller.role })
    }
}

/// Static tokens from a file: for development, tests and first steps.
pub struct StaticTokens {
    callers: HashMap<[u8; 32], Principal>,
}

/// Why a token file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// Not TOML of the right form.
    #[error("the token file is malformed: {0}")]
    Malformed(String),
    /// A hash that is not one.
    #[error("the sha256 of `{0}` is not 64 hex digits")]
    BadHash(String),
    /// Only operators have no tenant, and they have none.
    #[error("`{0}`: operators have no tenant, every other role has one")]
    TenantOfRole(String),
    /// The same token twice.
    #[error("`{0}` has the same token as another subject")]
    Repeated(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenFile {
    #[serde(default)]
    token: Vec<TokenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    subject: String,
    role: Role,
    tenant: Option<TenantId>,
    sha256: String,
}

impl StaticTokens {
    /// Parses a file of `[[token]]` tables with `subject`, `role`, `tenant` (but for operators) and `sha256`.
    ///
    /// # Errors
    /// [`TokenFileError`] for the first entry that is wrong.
    pub fn parse(text: &str) -> Result<Self, TokenFileError> {
        let file: TokenFile =
            toml::from_str(text).map_err(|error| TokenFileError::Malformed(error.message().to_owned()))?;
        let mut callers = HashMap::new();
        for entry in file.token {
            let hash: [u8; 32] = hex::decode(&entry.sha256)
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| TokenFileError::BadHash(entry.subject.clone()))?;
            if (entry.role == Role::Operator) == entry.tenant.is_some() {
                return Err(TokenFileError::TenantOfRole(entry.subject));
            }
            let caller = Principal {
                subject: entry.subject.clone(),
                role: entry.role,
                tenant: entry.tenant,
            };
            if callers.insert(hash, caller).is_some() {
                return Err(TokenFileError::Repeated(entry.subject));
            }
        }
        Ok(Self { callers })
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// [`Refused::Unauthenticated`], or what is wrong with the named tenant.
    pub fn authenticate(&self, metadata: &MetadataMap) -> Result<Principal, Refused> {
        let header = metadata
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let token = header.and_then(bearer).ok_or(Refused::Unauthenticated)?;
        let hash = digest(&SHA256, token.as_bytes());
        let known = <[u8; 32]>::try_from(hash.as_ref())
            .ok()
            .and_then(|hash| self.callers.get(&hash));
        let mut caller = known.cloned().ok_or(Refused::Unauthenticated)?;
        if let Some(named) = metadata.get(TENANT_KEY) {
            let named: Option<TenantId> = named.to_str().ok().and_then(|text| text.parse().ok());
            let named = named.ok_or_else(|| Refused::invalid(TENANT_KEY, "a UUID"))?;
            match caller.tenant {
                None => caller.tenant = Some(named),
                Some(own) if own == named => {}
                // Whether the other tenant exists is not for this caller to know.
                Some(_) => return Err(Refused::NotFound("tenant")),
            }
        }
        Ok(caller)
    }
}

/// The scheme is compared without regard to case (RFC 9110 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";

    fn tokens() -> StaticTokens {
        let hash = |token: &str| hex::encode(digest(&SHA256, token.as_bytes()));
        StaticTokens::parse(&format!(
            "[[token]]\nsubject = \"app\"\nrole = \"self_service_app\"\ntenant = \"{TENANT}\"\nsha256 = \"{}\"\n\
             [[token]]\nsubject = \"root\"\nrole = \"operator\"\nsha256 = \"{}\"\n",
            hash("secret-app"),
            hash("secret-root"),
        ))
        .unwrap()
    }

    fn metadata(token: &str, tenant: Option<&str>) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
        if let Some(tenant) = tenant {
            metadata.insert(TENANT_KEY, tenant.parse().unwrap());
        }
        metadata
    }

    #[test]
    fn the_tenant_comes_from_the_credential_and_an_operator_names_one() {
        let app = tokens().authenticate(&metadata("secret-app", None)).unwrap();
        assert_eq!(app.tenant, Some(TENANT.parse().unwrap()));
        let root = tokens().authenticate(&metadata("secret-root", None)).unwrap();
        assert!(tenant_of(&root).is_err());
        let root = tokens()
            .authenticate(&metadata("secret-root", Some(TENANT)))
            .unwrap();
        assert_eq!(root.tenant, app.tenant);
    }

    #[test]
    fn a_foreign_tenant_is_not_found_and_a_wrong_token_is_nobody() {
        let other = "22222222-2222-4222-8222-222222222222";
        let foreign = tokens().authenticate(&metadata("secret-app", Some(other)));
        assert!(matches!(foreign, Err(Refused::NotFound(_))));
        assert!(matches!(
            tokens().authenticate(&metadata("wrong", None)),
            Err(Refused::Unauthenticated)
        ));
        assert!(matches!(
            tokens().authenticate(&MetadataMap::new()),
            Err(Refused::Unauthenticated)
        ));
    }

    #[test]
    fn a_file_that_says_too_much_or_too_little_is_refused() {
        let of = |text: &str| StaticTokens::parse(text).err().map(|error| error.to_string());
        let no_tenant = "[[token]]\nsubject=\"a\"\nrole=\"helpdesk\"\nsha256=\"\"";
        assert!(of(no_tenant).unwrap().contains("64 hex"));
        let hash = "0".repeat(64);
        let no_tenant = format!("[[token]]\nsubject=\"a\"\nrole=\"helpdesk\"\nsha256=\"{hash}\"");
        assert!(of(&no_tenant).unwrap().contains("tenant"));
        assert!(of("[[token]]\npassword=\"x\"").is_some());
    }
}
