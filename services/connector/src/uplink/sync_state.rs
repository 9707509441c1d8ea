//! What is kept between account syncs, and how an operator's word reaches the running service: small files in the
//! identity's folder, so that `groundwire-connector confirm-removals` works beside it, in its container too.

use std::io;
use std::path::{Path, PathBuf};

use groundwire_kit::pki::write_private;
use serde::{Deserialize, Serialize};

use crate::identity::IdentityFolder;

/// The state of the account sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SyncState {
    /// How many accounts the last listing had whose removals were let through.
    pub accounts: Option<u64>,
    /// How many the listing had whose removals are held back, if they are.
    pub held: Option<u64>,
}

/// What an operator confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The number of accounts that the operator saw.
    pub accounts: u64,
}

/// The files in the identity's folder.
#[derive(Debug, Clone)]
pub struct SyncFiles {
    state: PathBuf,
    confirmation: PathBuf,
}

impl SyncFiles {
    /// In this folder.
    #[must_use]
    pub fn of(folder: &IdentityFolder) -> Self {
        Self {
            state: folder.sync_state(),
            confirmation: folder.path().join("confirmed-removals.json"),
        }
    }

    /// The state; the default if there is none. One that cannot be read counts as none: the directory's own count
    /// is used then.
    #[must_use]
    pub fn state(&self) -> SyncState {
        read(&self.state).unwrap_or_default()
    }

    /// Keeps the state. Blocking.
    ///
    /// # Errors
    /// Any error of the file system.
    pub fn keep(&self, state: SyncState) -> io::Result<()> {
        write_private(&self.state, &serde_json::to_vec(&state)?)
    }

    /// What an operator confirmed and was not used yet.
    #[must_use]
    pub fn confirmation(&self) -> Option<Confirmation> {
        read(&self.confirmation)
    }

    /// Leaves an operator's word for the service. Blocking.
    ///
    /// # Errors
    /// Any error of the file system.
    pub fn confirm(&self, confirmation: Confirmation) -> io::Result<()> {
        write_private(&self.confirmation, &serde_json::to_vec(&confirmation)?)
    }

    /// The word was used. Blocking.
    pub fn forget_confirmation(&self) {
        if let Err(error) = std::fs::remove_file(&self.confirmation)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the confirmation of removals cannot be removed");
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}
