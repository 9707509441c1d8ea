//! What this connector is: the files that hold its keys, its certificates and the group's bundle.
//!
//! Promises: private files have mode 0600 and are refused when other users could read them; each is replaced whole or
//! not at all; nothing of it is in Postgres or in its backups; the types that hold keys have no `Debug`, `Clone` or
//! `Serialize`. A connector is enrolled exactly when `connector.json` exists: it is written last.

mod audit_certificate;
mod bundle;
mod connector_file;
mod folder;
mod sealing_keys;

pub use audit_certificate::{AuditCertificateError, self_made_certificate};
pub use bundle::GroupBundle;
pub use connector_file::ConnectorIdentity;
pub use folder::{IdentityError, IdentityFolder};
pub use sealing_keys::CertifiedKeys;

use groundwire_envelope::signed::{Signed, VerifyError};
use groundwire_proto::envelope::v1::SignedBytes;

/// Signed bytes as they travel.
#[must_use]
pub fn signed_to_wire(signed: Signed) -> SignedBytes {
    let parts = signed.into_parts();
    SignedBytes {
        payload: parts.payload,
        key_id: parts.key_id.to_string(),
        signature: parts.signature,
    }
}

/// Signed bytes from the wire, not verified yet.
///
/// # Errors
/// [`VerifyError::MalformedSignature`] if the key id or the signature has not the right form.
pub fn signed_from_wire(wire: SignedBytes) -> Result<Signed, VerifyError> {
    let key_id = wire.key_id.parse().map_err(|_| VerifyError::MalformedSignature)?;
    Signed::from_parts(wire.payload, key_id, &wire.signature)
}
