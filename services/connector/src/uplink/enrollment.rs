//! The first meeting with the cloud: a one-time token becomes an identity.
//!
//! Promises: the keys are made here and never leave; the server is believed only if its certificate comes from the CA
//! whose fingerprint the token carries; the identity is kept last and whole, so an enrolment that was cut short leaves a
//! connector that is not enrolled (and needs another token). A group's first connector makes the group's bundle; every
//! other one must be given it, and proves by it that it was.

use std::path::PathBuf;
use std::time::Duration;

use groundwire_envelope::Fingerprint;
use groundwire_envelope::signed::{Domain, VerifyingKey};
use groundwire_kit::clock::Clock;
use groundwire_kit::config::SecretFile;
use groundwire_kit::pki::{CertificateKey, PeerCertificate, PkiError};
use groundwire_kit::tls::ServerTrust;
use groundwire_proto::enrollment_token::{EnrollmentToken, MalformedToken};
use groundwire_proto::gateway::v1::{EnrollRequest, EnrollResponse};
use groundwire_proto::ids::{ConnectorGroupId, ConnectorId, InvalidId, TenantId};
use rustls_pki_types::CertificateDer;
use secrecy::ExposeSecret;
use tonic::Status;

use super::dial::{DialError, Dialer};
use crate::config::Config;
use crate::identity::{CertifiedKeys, ConnectorIdentity, GroupBundle, IdentityError, IdentityFolder};

const POLL: Duration = Duration::from_millis(500);
/// How often the log says what is waited for.
const LOG_EVERY: Duration = Duration::from_secs(15);
/// Enrolment is one call; the directory writes a few rows.
const CALL_DEADLINE: Duration = Duration::from_secs(20);

/// Why a connector is not enrolled. The text holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The text is not of the form `gwe1.<id>.<secret>.<fingerprint>`.
    #[error("this is not an enrolment token (gwe1.<id>.<secret>.<fingerprint>)")]
    MalformedToken(#[from] MalformedToken),
    /// No token came.
    #[error("there is no identity in {folder} and no token in {token}: create one at the directory")]
    NoToken {
        /// The identity's folder.
        folder: PathBuf,
        /// Where the token was waited for.
        token: String,
    },
    #[error(transparent)]
    Files(#[from] IdentityError),
    /// The token's file.
    #[error(transparent)]
    Token(#[from] groundwire_kit::config::SecretFileError),
    /// Keys or requests.
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The gateway said no.
    #[error("the directory refused: {} ({})", .0.message(), .0.code())]
    Refused(Box<Status>),
    /// The gateway did not answer.
    #[error("the directory did not answer within {0:?}")]
    Deadline(Duration),
    /// The answer is not what the contract says.
    #[error("the directory's answer cannot be used: {0}")]
    Answer(&'static str),
    /// It is enrolled already.
    #[error("{0} holds an identity already; remove it to enrol anew")]
    AlreadyEnrolled(PathBuf),
}

impl EnrollError {
    /// Whether the same may succeed a little later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Dial(DialError::Unreachable(_)) | Self::Deadline(_) => true,
            Self::Refused(status) => matches!(
                status.code(),
                tonic::Code::Unavailable | tonic::Code::ResourceExhausted | tonic::Code::DeadlineExceeded
            ),
            Self::MalformedToken(_)
            | Self::NoToken { .. }
            | Self::Files(_)
            | Self::Token(_)
            | Self::Pki(_)
            | Self::Dial(DialError::Url(_) | DialError::ProxyCredential(_) | DialError::Tls(_))
            | Self::Answer(_)
            | Self::AlreadyEnrolled(_) => false,
        }
    }
}

/// Reads a token as people hand it over: copying adds white space around it.
pub(crate) fn read_token(text: &str) -> Result<EnrollmentToken, EnrollError> {
    Ok(text.trim().parse()?)
}

/// Enrols, or finds the identity that is there.
pub struct Enrollment<'a> {
    config: &'a Config,
    folder: IdentityFolder,
    clock: &'a dyn Clock,
}

impl<'a> Enrollment<'a> {
    /// Of this connector.
    #[must_use]
    pub fn new(config: &'a Config, clock: &'a dyn Clock) -> Self {
        Self {
            config,
            folder: IdentityFolder::new(&config.identity.folder),
            clock,
        }
    }

    /// Waits for the token file, where there is no identity yet, and enrols with it. Does nothing where there is one.
    ///
    /// # Errors
    /// [`EnrollError`]; passing failures are tried again until `enrollment.token_timeout` is over.
    pub async fn when_needed(&self) -> Result<(), EnrollError> {
        if self.folder.is_enrolled() {
            return Ok(());
        }
        let deadline = self.config.enrollment.token_timeout;
        let start = self.clock.boot();
        let mut logged_at = None;
        loop {
            let outcome = match &self.config.enrollment.token_file {
                Some(file) if file.path().exists() => self.with_token_file(file).await,
                Some(_) | None => Err(self.no_token()),
            };
            let error = match outcome {
                Ok(()) => return Ok(()),
                Err(error) if error.is_passing() => error,
                Err(error @ EnrollError::NoToken { .. }) if self.config.enrollment.token_file.is_some() => {
                    error
                }
                Err(error) => return Err(error),
            };
            let waited = self.clock.elapsed(start);
            if waited >= deadline {
                return Err(error);
            }
            if logged_at.is_none_or(|at| waited.saturating_sub(at) >= LOG_EVERY) {
                logged_at = Some(waited);
                tracing::info!(
                    waited_s = waited.as_secs(),
                    deadline_s = deadline.as_secs(),
                    "not enrolled yet: {error}"
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Enrols with the token in a file.
    pub async fn with_token_file(&self, file: &SecretFile) -> Result<(), EnrollError> {
        let token = read_token(file.read()?.expose_secret())?;
        self.with_token(&token).await
    }

    /// Enrols with a token.
    pub async fn with_token(&self, token: &EnrollmentToken) -> Result<(), EnrollError> {
        if self.folder.is_enrolled() {
            return Err(EnrollError::AlreadyEnrolled(self.folder.connector()));
        }
        let bundle = self.bundle()?;
        let key = CertificateKey::generate()?;
        let request = self.request(token, &bundle, &key)?;
        let trust = ServerTrust::AuthorityFingerprint(*token.authority.as_bytes());
        let dialer = Dialer::new(&self.config.directory, trust, None)?;
        let mut client = dialer.dial().await?.client;
        let answer = tokio::time::timeout(CALL_DEADLINE, client.enroll(request))
            .await
            .map_err(|_| EnrollError::Deadline(CALL_DEADLINE))?
            .map_err(|status| EnrollError::Refused(Box::new(status)))?
            .into_inner();
        let identity = accept(answer, token, &key)?;
        // It must be usable before it is kept.
        Dialer::new(
            &self.config.directory,
            identity.gateway_trust(),
            Some(identity.client_identity()),
        )?;
        self.keep(&identity, &bundle)?;
        tracing::info!(connector = %identity.connector, tenant = %identity.tenant, "enrolled");
        Ok(())
    }

    fn no_token(&self) -> EnrollError {
        let token = self.config.enrollment.token_file.as_ref();
        EnrollError::NoToken {
            folder: self.folder.path().to_owned(),
            token: token.map_or_else(
                || "enrollment.token_file (not set)".to_owned(),
                |file| file.path().display().to_string(),
            ),
        }
    }

    /// The bundle that is there, or was given, or a new one.
    fn bundle(&self) -> Result<GroupBundle, EnrollError> {
        let own = self.folder.bundle();
        if own.exists() {
            return Ok(GroupBundle::load(&own)?);
        }
        let bundle = match &self.config.enrollment.bundle_file {
            Some(given) => GroupBundle::load(given)?,
            None => {
                tracing::info!(path = %own.display(), "no bundle was given: made one for a new group");
                GroupBundle::generate()?
            }
        };
        bundle.keep(&own)?;
        Ok(bundle)
    }

    fn request(
        &self,
        token: &EnrollmentToken,
        bundle: &GroupBundle,
        key: &CertificateKey,
    ) -> Result<EnrollRequest, EnrollError> {
        let request = key.request()?;
        let proof = bundle.root().sign(Domain::EnrollmentProof, request.clone());
        Ok(EnrollRequest {
            token: token.text().expose_secret().to_owned(),
            certificate_signing_request: request,
            display_name: self.display_name(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            group_root_key: bundle.root().verifying_key().to_bytes().to_vec(),
            group_proof: Some(proof.into()),
        })
    }

    fn display_name(&self) -> String {
        let configured = self.config.enrollment.display_name.trim();
        if !configured.is_empty() {
            return configured.to_owned();
        }
        std::fs::read_to_string("/proc/sys/kernel/hostname")
            .map_or_else(|_| "connector".to_owned(), |name| name.trim().to_owned())
    }

    fn keep(&self, identity: &ConnectorIdentity, bundle: &GroupBundle) -> Result<(), EnrollError> {
        let mut keys = CertifiedKeys::none();
        let lifetime = self.config.identity.sealing_key_lifetime();
        keys.refresh(identity, bundle, lifetime, self.clock.now())?;
        keys.keep(&self.folder.sealing_keys())?;
        identity.keep(&self.folder.connector())?;
        Ok(())
    }
}

/// Checks an answer before anything of it is kept.
fn accept(
    answer: EnrollResponse,
    token: &EnrollmentToken,
    key: &CertificateKey,
) -> Result<ConnectorIdentity, EnrollError> {
    if Fingerprint::of(&answer.gateway_ca) != token.authority {
        return Err(EnrollError::Answer(
            "the gateway's CA is not the one that the token names",
        ));
    }
    let not_an_id = |_: InvalidId| EnrollError::Answer("an id is not a UUID");
    let tenant: TenantId = answer.tenant_id.parse().map_err(not_an_id)?;
    let group: ConnectorGroupId = answer.connector_group_id.parse().map_err(not_an_id)?;
    let connector: ConnectorId = answer.connector_id.parse().map_err(not_an_id)?;
    let leaf = answer
        .certificate_chain
        .first()
        .map(|der| PeerCertificate::parse(&CertificateDer::from(der.as_slice())))
        .ok_or(EnrollError::Answer("no certificate"))?
        .map_err(|_| EnrollError::Answer("the certificate cannot be read"))?;
    let named = leaf.spiffe_id().and_then(|id| id.segment_after("connector"));
    if named != Some(connector.to_string().as_str()) {
        return Err(EnrollError::Answer("the certificate is not for this connector"));
    }
    let event_key = VerifyingKey::from_bytes(&answer.event_signing_key)
        .map_err(|_| EnrollError::Answer("the event key has not 32 bytes"))?;
    Ok(ConnectorIdentity {
        tenant,
        group,
        connector,
        key: key.to_pem(),
        chain_pem: answer.certificate_chain.iter().map(|der| pem(der)).collect(),
        event_key,
        gateway_ca_pem: pem(&answer.gateway_ca),
    })
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_tokens_are_taken() {
        let fingerprint = "ab".repeat(32);
        let id = "0c5f7a52-53a1-4e0e-9f0a-6d9d2f6c0001";
        let secret = "00112233445566778899aabbccddeeff";
        let good = format!(" gwe1.{id}.{secret}.{fingerprint}\n");
        let token = read_token(&good).unwrap();
        assert_eq!(token.authority.to_string(), fingerprint);
        assert_eq!(token.text().expose_secret(), good.trim());
        for bad in [
            String::new(),
            format!("gwe2.{id}.{secret}.{fingerprint}"),
            format!("gwe1.{id}..{fingerprint}"),
            // Shorter than the directory's: it would be refused there, after the connector had sent it.
            format!("gwe1.{id}.00112233.{fingerprint}"),
            format!("gwe1.x.{secret}.{fingerprint}"),
            format!("gwe1.{id}.{secret}.abcd"),
            format!("gwe1.{id}.{secret}.{fingerprint}.more"),
        ] {
            assert!(read_token(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pem_is_readable_by_others() {
        let text = pem(&[7; 100]);
        assert!(text.lines().all(|line| line.len() <= 64));
        use rustls_pki_types::pem::PemObject as _;
        let back = CertificateDer::from_pem_slice(text.as_bytes()).unwrap();
        assert_eq!(back.as_ref(), [7; 100]);
    }
}
