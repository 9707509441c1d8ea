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
