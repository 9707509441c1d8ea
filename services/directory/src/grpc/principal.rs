//! Who calls: a bearer token becomes a [`Principal`] with a role and a tenant.
//!
//! The tenant comes from the credential. An operator's credential has none: it names one per request in the metadata key
//! `groundwire-tenant-id`.

use std::path::Path;

use groundwire_kit::bearer::{TokenEntry, TokenFileError, TokenTable};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use tonic::metadata::MetadataMap;

use super::status::Refused;
use crate::domain::{Principal, Role, TenantId};

/// Metadata key with which an operator names the tenant.
pub const TENANT_KEY: &str = "groundwire-tenant-id";

/// The tenant that the caller acts in, which most calls need.
///
/// # Errors
/// Operators who named none have to.
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
pub struct StaticTokens(TokenTable<Principal>);

impl StaticTokens {
    /// Parses a file of `[[token]]` tables with `subject`, `role`, `tenant` (but for operators) and `sha256`.
    ///
    /// # Errors
    /// [`TokenFileError`] for the first entry that is wrong.
    pub fn parse(file: &Path, text: &str) -> Result<Self, TokenFileError> {
        TokenTable::parse(file, text, principal).map(Self)
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// [`Refused::Unauthenticated`], or what is wrong with the named tenant.
    pub fn authenticate(&self, metadata: &MetadataMap) -> Result<Principal, Refused> {
        let caller = self.0.caller_of(metadata);
        let mut caller = caller.cloned().ok_or(Refused::Unauthenticated)?;
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

fn principal(entry: TokenEntry) -> Result<Principal, &'static str> {
    let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        entry.role.as_str().into_deserializer();
    let role = Role::deserialize(name)
        .map_err(|_| "`role` must be self_service_app, helpdesk, tenant_administrator or operator")?;
    let tenant: Option<TenantId> = entry
        .tenant
        .map(|tenant| tenant.parse().map_err(|_| "`tenant` must be a UUID"))
        .transpose()?;
    if (role == Role::Operator) == tenant.is_some() {
        return Err("`tenant`: operators have no tenant, every other role has one");
    }
    Ok(Principal {
        subject: entry.subject,
        role,
        tenant,
    })
}

#[cfg(test)]
mod tests {
    use groundwire_envelope::Fingerprint;

    use super::*;

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";

    fn parse(text: &str) -> Result<StaticTokens, TokenFileError> {
        StaticTokens::parse(Path::new("tokens.toml"), text)
    }

    fn tokens() -> StaticTokens {
        let hash = |token: &str| Fingerprint::of(token.as_bytes());
        parse(&format!(
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
    fn the_scheme_is_taken_in_any_case() {
        for scheme in ["bearer", "BEARER", "Bearer"] {
            let mut metadata = MetadataMap::new();
            metadata.insert("authorization", format!("{scheme} secret-app").parse().unwrap());
            assert!(tokens().authenticate(&metadata).is_ok(), "{scheme}");
        }
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
        let of = |text: &str| parse(text).err().map(|error| error.to_string());
        let no_tenant = "[[token]]\nsubject=\"a\"\nrole=\"helpdesk\"\nsha256=\"\"";
        assert!(of(no_tenant).unwrap().contains("64 hex"));
        let hash = "0".repeat(64);
        let no_tenant = format!("[[token]]\nsubject=\"a\"\nrole=\"helpdesk\"\nsha256=\"{hash}\"");
        assert!(of(&no_tenant).unwrap().contains("tenant"));
        assert!(of("[[token]]\npassword=\"x\"").is_some());
        let king = format!("[[token]]\nsubject=\"a\"\nrole=\"king\"\nsha256=\"{hash}\"");
        assert!(of(&king).unwrap().contains("helpdesk"));
        let odd = format!("[[token]]\nsubject=\"a\"\nrole=\"helpdesk\"\ntenant=\"x\"\nsha256=\"{hash}\"");
        assert!(of(&odd).unwrap().contains("UUID"));
    }
}
