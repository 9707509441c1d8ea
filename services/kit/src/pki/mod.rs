//! Keys and certificates: a tenant's CA, what it signs, what a peer's certificate says, and key files.
//!
//! Promises: ECDSA P-256 throughout (every TLS stack takes it, which is not so for Ed25519); a certificate says what the
//! CA decided and nothing that the request says, except its public key; private keys are in wiped types and are
//! written to files of mode 0600, whole or not at all.

mod authority;
mod peer;
mod private_file;

pub use authority::{CertificateAuthority, CertificateKey, Issued, PkiError, Validity};
pub use peer::{MalformedCertificate, MalformedSpiffeId, PeerCertificate, SpiffeId};
pub use private_file::{write_private, write_public};
