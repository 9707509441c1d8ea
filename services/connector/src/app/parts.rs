//! From the configuration to what the parts are made of.

use groundwire_kit::config::SecretFileError;
use groundwire_kit::database::DatabaseError;
use groundwire_kit::listen::BindError;
use groundwire_kit::tls::TlsError;

use crate::ad::{CredentialFiles, InvalidSettings, LdapsSettings, Timeouts};
use crate::audit::OpenAuditError;
use crate::config::{AdConfig, Config};
use crate::grpc::TokensError;
use crate::identity::{AuditCertificateError, IdentityError};
use crate::policy::{Guardrails, Scope};
use crate::uplink::{DialError, EnrollError};

/// Why the connector does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A key that the checks of the configuration ask for.
    #[error("`{0}` is required")]
    Missing(&'static str),
    /// A secret's file.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// The settings of the domain controller.
    #[error("ad: {0}")]
    Ad(#[from] InvalidSettings),
    /// A file that is named in the configuration.
    #[error("cannot read {path}: {error}")]
    File { path: String, error: std::io::Error },
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The audit store.
    #[error("the audit store cannot be opened (was `migrate` run?): {0}")]
    Audit(#[from] OpenAuditError),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Enroll(#[from] EnrollError),
    /// The gateway's address or trust.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The audit API's socket.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The audit API's certificate.
    #[error("audit_api: {0}")]
    AuditCertificate(#[from] AuditCertificateError),
    /// The audit API's TLS.
    #[error("audit_api: {0}")]
    Tls(#[from] TlsError),
    /// The audit API's tokens.
    #[error("audit_api: {0}")]
    Tokens(#[from] TokensError),
}

/// How to reach the domain controller. Reads the password's and the CA's file, which are read anew later whenever a
/// connection is opened.
pub fn ldaps_settings(ad: &AdConfig) -> Result<LdapsSettings, StartError> {
    let ca_file = ad.ca_file.as_ref().ok_or(StartError::Missing("ad.ca_file"))?;
    let password_file = ad
        .password_file
        .as_ref()
        .ok_or(StartError::Missing("ad.password_file"))?;
    let ca = std::fs::read(ca_file).map_err(|error| StartError::File {
        path: ca_file.display().to_string(),
        error,
    })?;
    let tls = LdapsSettings::tls_with_ca(&ca)?;
    let mut settings = LdapsSettings::new(ad.url.parse()?, tls, ad.bind_dn.clone(), password_file.read()?);
    settings.files = CredentialFiles {
        password: Some(password_file.clone()),
        ca: Some(ca_file.clone()),
    };
    settings.marker_attribute.clone_from(&ad.marker_attribute);
    settings.connections = ad.connections;
    settings.timeouts = Timeouts {
        connect: ad.connect_timeout,
        tls: ad.connect_timeout,
        bind: ad.bind_timeout,
        read: ad.search_timeout,
        write: ad.write_timeout,
        ..settings.timeouts
    };
    settings.keep_warm = ad.keepalive_interval;
    Ok(settings)
}

/// Which accounts are served. Names that do not parse were complained of by the check of the configuration and serve nobody here.
#[must_use]
pub fn scope(config: &AdConfig) -> Scope {
    let names = |texts: &[String]| texts.iter().filter_map(|text| text.parse().ok()).collect();
    Scope {
        include: names(&config.scope_include),
        exclude: names(&config.scope_exclude),
    }
}

/// The company's last word. Kinds that do not parse were complained of by the check of the configuration and are not allowed here.
#[must_use]
pub fn guardrails(config: &Config) -> Guardrails {
    Guardrails {
        scope: scope(&config.ad),
        kinds: config
            .guardrails
            .kinds
            .iter()
            .filter_map(|kind| kind.parse().ok())
            .collect(),
        allow_password_not_required: config.guardrails.allow_password_not_required,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OperationKind;

    #[test]
    fn the_last_word_is_the_companys_configuration() {
        let mut config = crate::config::load(None).unwrap().config;
        config.ad.scope_include = vec!["OU=Staff,DC=corp,DC=example".to_owned()];
        config.ad.scope_exclude = vec!["OU=Board,OU=Staff,DC=corp,DC=example".to_owned()];
        config.guardrails.kinds = vec!["UNLOCK".to_owned()];
        config.guardrails.allow_password_not_required = true;
        let guardrails = guardrails(&config);
        assert_eq!(guardrails.kinds, [OperationKind::Unlock]);
        assert!(guardrails.allow_password_not_required);
        let is_served = |place: &str| {
            let name = format!("CN=Ann,{place},DC=corp,DC=example");
            guardrails.scope.breach(&name).is_none()
        };
        assert!(is_served("OU=Staff") && !is_served("OU=Other") && !is_served("OU=Board,OU=Staff"));
        // Nothing is carried out where nothing is allowed.
        config.guardrails.kinds.clear();
        assert!(super::guardrails(&config).kinds.is_empty());
    }
}
