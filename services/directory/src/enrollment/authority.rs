//! What the directory holds for each tenant: the CA of its connectors and the key that signs its events.
//!
//! Kept in `<keys>/tenants/<tenant id>/{ca.key,ca.crt,event-signing.key}`, private files 0600, never in the database.
//! Made once, when the tenant is made; loaded when first needed. A key file that others may read is refused.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use groundwire_envelope::signed::{Domain, SigningKey, VerifyingKey};
use groundwire_kit::clock::Clock;
use groundwire_kit::pki::{
    CertificateAuthority, PeerCertificate, PkiError, Validity, write_private, write_public,
};
use groundwire_kit::tls::ClientTrust;
use groundwire_proto::envelope::v1::SignedBytes;
use parking_lot::RwLock;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::identity::ConnectorIdentity;
use crate::domain::TenantId;

const CA_KEY: &str = "ca.key";
const CA_CERTIFICATE: &str = "ca.crt";
const SIGNING_KEY: &str = "event-signing.key";

/// Why a tenant's keys are not at hand.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The tenant has no keys here: it does not exist, or the keys folder is not the one it was made with.
    #[error("tenant {0} has no keys in this folder")]
    NoKeys(TenantId),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    /// A key that others than its owner may read.
    #[error("{0} can be read by others: chmod 600")]
    Exposed(PathBuf),
    /// A file that does not hold what it should.
    #[error("{0} is malformed")]
    Malformed(PathBuf),
    /// A certificate could not be made, from a request that is not acceptable among others.
    #[error(transparent)]
    Certificate(#[from] PkiError),
    /// The operating system gives no random bytes.
    #[error("no randomness")]
    Randomness,
    /// A certificate that we made does not read: a defect.
    #[error("the certificate does not say who it is for")]
    Identity,
    /// The work was cut off: the process is ending.
    #[error("interrupted")]
    Interrupted,
}

/// One tenant's CA and signing key.
pub struct TenantAuthority {
    tenant: TenantId,
    authority: CertificateAuthority,
    roots: Arc<RootCertStore>,
    signing_key: SigningKey,
}

impl TenantAuthority {
    /// The CA's certificate, DER.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateDer<'static> {
        self.authority.certificate()
    }

    /// The public key that connectors pin.
    #[must_use]
    pub const fn event_signing_key(&self) -> VerifyingKey {
        self.signing_key.verifying_key()
    }

    /// Signs for the wire.
    #[must_use]
    pub fn sign(&self, domain: Domain, payload: Vec<u8>) -> SignedBytes {
        self.signing_key.sign(domain, payload).into()
    }
}

/// A certificate that was made for a connector.
pub struct IssuedCertificate {
    /// The certificate and its issuer, DER, leaf first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its serial number, hex.
    pub serial: String,
    pub fingerprint: [u8; 32],
    /// It is not valid after this.
    pub expires_at: OffsetDateTime,
}

/// Lifetime of a tenant's CA: ten years. Renewal comes with the trust work.
const AUTHORITY_LIFETIME: std::time::Duration = std::time::Duration::from_secs(3_650 * 86_400);

/// All tenants' keys.
pub struct Authorities {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    certificate_lifetime: std::time::Duration,
    loaded: RwLock<HashMap<TenantId, Arc<TenantAuthority>>>,
}

impl std::fmt::Debug for Authorities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorities")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Authorities {
    /// Keys in this folder; connectors' certificates get this lifetime.
    #[must_use]
    pub fn new(folder: PathBuf, clock: Arc<dyn Clock>, certificate_lifetime: std::time::Duration) -> Self {
        Self {
            folder,
            clock,
            certificate_lifetime,
            loaded: RwLock::default(),
        }
    }

    /// Makes the keys of a new tenant; those that exist stay, so it can be called again.
    pub async fn create(self: &Arc<Self>, tenant: TenantId) -> Result<Arc<TenantAuthority>, AuthorityError> {
        match self.load(tenant).await {
            Err(AuthorityError::NoKeys(_)) => {}
            loaded => return loaded,
        }
        let this = Arc::clone(self);
        blocking(move || this.make_files(tenant)).await?;
        self.load(tenant).await
    }

    /// The keys of a tenant.
    pub async fn load(self: &Arc<Self>, tenant: TenantId) -> Result<Arc<TenantAuthority>, AuthorityError> {
        if let Some(authority) = self.in_memory(tenant) {
            return Ok(authority);
        }
        let this = Arc::clone(self);
        blocking(move || this.read_files(tenant)).await
    }

    /// Signs with a tenant's event key.
    pub async fn sign(
        self: &Arc<Self>,
        tenant: TenantId,
        domain: Domain,
        payload: Vec<u8>,
    ) -> Result<SignedBytes, AuthorityError> {
        Ok(self.load(tenant).await?.sign(domain, payload))
    }

    /// Signs a connector's key with its tenant's CA. Of the request only the key is taken.
    ///
    /// # Errors
    /// [`AuthorityError::Certificate`] if the request is malformed, not signed by its key, or its key is no P-256 key.
    pub fn issue(
        &self,
        authority: &TenantAuthority,
        request: &[u8],
        identity: &ConnectorIdentity,
    ) -> Result<IssuedCertificate, AuthorityError> {
        // A CA signs connectors of its own tenant only, whoever asks.
        let identity = ConnectorIdentity {
            tenant: authority.tenant,
            ..*identity
        };
        let spiffe_id = identity
            .to_string()
            .parse()
            .map_err(|_| AuthorityError::Identity)?;
        let validity = Validity {
            now: self.clock.now(),
            lifetime: self.certificate_lifetime,
        };
        let pem = authority.authority.sign_request(request, &spiffe_id, validity)?;
        let leaf = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| AuthorityError::Identity)?;
        let parsed = PeerCertificate::parse(&leaf).map_err(|_| AuthorityError::Identity)?;
        Ok(IssuedCertificate {
            serial: parsed.serial().to_owned(),
            fingerprint: *parsed.fingerprint(),
            expires_at: parsed.not_after(),
            chain: vec![leaf, authority.certificate().clone()],
        })
    }

    fn in_memory(&self, tenant: TenantId) -> Option<Arc<TenantAuthority>> {
        let loaded = self.loaded.read();
        loaded.get(&tenant).cloned()
    }

    fn folder_of(&self, tenant: TenantId) -> PathBuf {
        self.folder.join("tenants").join(tenant.to_string())
    }

    fn read_files(&self, tenant: TenantId) -> Result<Arc<TenantAuthority>, AuthorityError> {
        let folder = self.folder_of(tenant);
        let key_path = folder.join(CA_KEY);
        let key_text = match read_secret(&key_path) {
            Err(AuthorityError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(AuthorityError::NoKeys(tenant));
            }
            read => read?,
        };
        let path = folder.join(CA_CERTIFICATE);
        let certificate = fs::read_to_string(&path).map_err(in_file(&path))?;
        let key = SecretString::from(key_text.as_str());
        let authority = CertificateAuthority::from_pem(&certificate, &key)
            .map_err(|_| AuthorityError::Malformed(path.clone()))?;
        let mut roots = RootCertStore::empty();
        roots
            .add(authority.certificate().clone())
            .map_err(|_| AuthorityError::Malformed(path))?;
        let path = folder.join(SIGNING_KEY);
        let seed = read_secret(&path)?;
        let seed =
            Zeroizing::new(hex::decode(seed.trim()).map_err(|_| AuthorityError::Malformed(path.clone()))?);
        let signing_key = SigningKey::from_seed(&seed).map_err(|_| AuthorityError::Malformed(path))?;
        let authority = Arc::new(TenantAuthority {
            tenant,
            authority,
            roots: Arc::new(roots),
            signing_key,
        });
        let mut loaded = self.loaded.write();
        Ok(Arc::clone(loaded.entry(tenant).or_insert(authority)))
    }

    /// Writes all files into a folder of another name and renames it: a tenant has all its keys or none, whatever ends
    /// the process, and of two that make them at once one wins.
    fn make_files(&self, tenant: TenantId) -> Result<(), AuthorityError> {
        let all = self.folder.join("tenants");
        let make = |path: &Path| {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(in_file(path))
        };
        let being_made = all.join(format!(".{tenant}.{}", Uuid::new_v4()));
        make(&being_made)?;
        let validity = Validity {
            now: self.clock.now(),
            lifetime: AUTHORITY_LIFETIME,
        };
        let name = format!("Groundwire connectors of tenant {tenant}");
        let (authority, key) = CertificateAuthority::create(&name, validity)?;
        let signing_key = SigningKey::generate().map_err(|_| AuthorityError::Randomness)?;
        let seed = Zeroizing::new(hex::encode(signing_key.seed().as_ref()));
        let path = |name| being_made.join(name);
        write_private(&path(CA_KEY), key.expose_secret().as_bytes()).map_err(in_file(&path(CA_KEY)))?;
        write_private(&path(SIGNING_KEY), seed.as_bytes()).map_err(in_file(&path(SIGNING_KEY)))?;
        write_public(&path(CA_CERTIFICATE), authority.certificate_pem().as_bytes())
            .map_err(in_file(&path(CA_CERTIFICATE)))?;
        let folder = self.folder_of(tenant);
        match fs::rename(&being_made, &folder) {
            Ok(()) => sync_folder(&all),
            Err(_) if folder.join(CA_KEY).exists() => {
                // Another one made them meanwhile.
                fs::remove_dir_all(&being_made).map_err(in_file(&being_made))
            }
            Err(source) => Err(AuthorityError::File { path: folder, source }),
        }
    }
}

impl ClientTrust for Authorities {
    /// A tenant whose keys are not in memory yet is read here, on the runtime's thread: three small files, once per
    /// tenant and process. For a tenant that does not exist it is one failed `open`.
    fn roots_for(&self, peer: &PeerCertificate) -> Option<Arc<RootCertStore>> {
        let identity: ConnectorIdentity = peer.spiffe_id()?.as_str().parse().ok()?;
        let authority = self.in_memory(identity.tenant).or_else(|| {
            self.read_files(identity.tenant)
                .inspect_err(
                    |error| tracing::warn!(%error, "a client certificate names a tenant without usable keys"),
                )
                .ok()
        })?;
        Some(Arc::clone(&authority.roots))
    }

    /// Revocation is read from the database when a stream opens, where it is always current.
    fn is_revoked(&self, _: &PeerCertificate) -> bool {
        false
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuthorityError> + Send + 'static,
) -> Result<T, AuthorityError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(AuthorityError::Interrupted))
}

fn in_file(path: &Path) -> impl Fn(io::Error) -> AuthorityError {
    let path = path.to_owned();
    move |source| AuthorityError::File {
        path: path.clone(),
        source,
    }
}

fn read_secret(path: &Path) -> Result<Zeroizing<String>, AuthorityError> {
    let mode = fs::metadata(path).map_err(in_file(path))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(AuthorityError::Exposed(path.to_owned()));
    }
    fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(in_file(path))
}

fn sync_folder(path: &Path) -> Result<(), AuthorityError> {
    fs::File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(in_file(path))
}

#[cfg(test)]
mod tests {
    use groundwire_kit::clock::SystemClock;

    use super::*;

    const TENANT: TenantId = TenantId::new(Uuid::from_u128(1));

    fn authorities(folder: &Path) -> Arc<Authorities> {
        let lifetime = std::time::Duration::from_secs(3_600);
        Arc::new(Authorities::new(
            folder.to_owned(),
            Arc::new(SystemClock),
            lifetime,
        ))
    }

    #[tokio::test]
    async fn keys_are_made_once_and_found_again_by_another_process() {
        let folder = tempfile::tempdir().unwrap();
        let first = authorities(folder.path());
        assert!(matches!(
            first.load(TENANT).await,
            Err(AuthorityError::NoKeys(TENANT))
        ));
        let made = first.create(TENANT).await.unwrap();
        let again = first.create(TENANT).await.unwrap();
        assert_eq!(made.certificate(), again.certificate());
        let loaded = authorities(folder.path()).load(TENANT).await.unwrap();
        assert_eq!(loaded.certificate(), made.certificate());
        assert_eq!(loaded.event_signing_key(), made.event_signing_key());
    }

    #[tokio::test]
    async fn two_that_make_them_at_once_agree_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (authorities(folder.path()), authorities(folder.path()));
        let (one, two) = tokio::join!(one.create(TENANT), two.create(TENANT));
        assert_eq!(one.unwrap().certificate(), two.unwrap().certificate());
        assert_eq!(fs::read_dir(folder.path().join("tenants")).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        authorities(folder.path()).create(TENANT).await.unwrap();
        for name in [CA_KEY, SIGNING_KEY] {
            let path = folder.path().join("tenants").join(TENANT.to_string()).join(name);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let refused = authorities(folder.path()).load(TENANT).await;
            assert!(matches!(refused, Err(AuthorityError::Exposed(_))), "{name}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}
