//! What a connection is opened with: the service account's password and the CA. Both are read anew from their files
//! whenever a connection is opened, so whoever rotates them restarts nothing. Read by path: a symbolic link that is
//! changed (as Kubernetes does) is followed.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::settings::{CredentialFiles, LdapsSettings};

/// What could be read last. No `Debug`: it holds the service account's password.
pub(super) struct Credentials {
    files: CredentialFiles,
    pub(super) password: SecretString,
    pub(super) tls: Arc<ClientConfig>,
    /// The CA file's content that `tls` was made of. Empty: not of a file.
    ca: Vec<u8>,
    is_readable: bool,
    /// A read that hangs: no second thread hangs beside it.
    hanging: Option<JoinHandle<Contents>>,
}

/// What the files hold now.
struct Contents {
    password: Option<Result<SecretString, String>>,
    ca: Option<Result<Vec<u8>, String>>,
}

impl Credentials {
    pub(super) const fn new(files: CredentialFiles, password: SecretString, tls: Arc<ClientConfig>) -> Self {
        Self {
            files,
            password,
            tls,
            ca: Vec::new(),
            is_readable: true,
            hanging: None,
        }
    }

    /// Takes over what the files hold now. What cannot be read (a file that is being written) leaves what was read last.
    pub(super) async fn refresh(&mut self, limit: Duration) {
        // One that has ended meanwhile read what the files held at some time; they are read anew.
        let hanging = self.hanging.take().filter(|reading| !reading.is_finished());
        let mut reading = hanging.unwrap_or_else(|| {
            let files = self.files.clone();
            tokio::task::spawn_blocking(move || Contents::read(&files))
        });
        let problem = match timeout(limit, &mut reading).await {
            Ok(Ok(contents)) => self.take_over(contents).err(),
            Ok(Err(_)) => Some("not read".to_owned()),
            Err(_) => {
                self.hanging = Some(reading);
                Some("not read in time".to_owned())
            }
        };
        let was_readable = std::mem::replace(&mut self.is_readable, problem.is_none());
        if let Some(problem) = problem.filter(|_| was_readable) {
            tracing::warn!(%problem, "a file of [ad] cannot be used, going on with what it held before");
        }
    }

    fn take_over(&mut self, contents: Contents) -> Result<(), String> {
        let mut problem = Ok(());
        match contents.password {
            Some(Ok(password)) => self.password = password,
            Some(Err(error)) => problem = Err(error),
            None => {}
        }
        match contents.ca {
            Some(Ok(ca)) if ca != self.ca => match LdapsSettings::tls_with_ca(&ca) {
                Ok(tls) => (self.tls, self.ca) = (tls, ca),
                Err(error) => problem = Err(error.to_string()),
            },
            Some(Err(error)) => problem = Err(error),
            Some(Ok(_)) | None => {}
        }
        problem
    }
}

impl Contents {
    fn read(files: &CredentialFiles) -> Self {
        let password = files.password.as_ref();
        let ca = files.ca.as_ref();
        Self {
            password: password.map(|file| file.read().map_err(|error| error.to_string())),
            ca: ca.map(|path| {
                std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use groundwire_kit::config::SecretFile;
    use secrecy::ExposeSecret as _;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    fn ca(name: &str) -> String {
        rcgen::generate_simple_self_signed(vec![name.to_owned()])
            .unwrap()
            .cert
            .pem()
    }

    #[tokio::test]
    async fn what_is_in_the_files_now_is_used_and_what_cannot_be_read_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("first")).unwrap();
        std::fs::write(at("first/password"), "one\n").unwrap();
        std::os::unix::fs::symlink(at("first"), at("data")).unwrap();
        std::fs::write(at("ca"), ca("first")).unwrap();
        let files = CredentialFiles {
            password: Some(SecretFile::new(at("data/password"))),
            ca: Some(at("ca")),
        };
        let given = LdapsSettings::tls_with_ca(ca("given").as_bytes()).unwrap();
        let mut credentials = Credentials::new(files, SecretString::from("given"), Arc::clone(&given));
        credentials.refresh(LIMIT).await;
        assert_eq!(credentials.password.expose_secret(), "one");
        let first = Arc::clone(&credentials.tls);
        assert!(!Arc::ptr_eq(&first, &given));
        credentials.refresh(LIMIT).await;
        assert!(
            Arc::ptr_eq(&first, &credentials.tls),
            "the same CA keeps its sessions"
        );

        // As Kubernetes renews a secret: another folder, and a link that is renamed over the old one.
        std::fs::create_dir(at("second")).unwrap();
        std::fs::write(at("second/password"), "two\n").unwrap();
        std::os::unix::fs::symlink(at("second"), at("next")).unwrap();
        std::fs::rename(at("next"), at("data")).unwrap();
        std::fs::write(at("ca"), "half a certif").unwrap();
        credentials.refresh(LIMIT).await;
        assert_eq!(credentials.password.expose_secret(), "two");
        assert!(Arc::ptr_eq(&first, &credentials.tls));

        std::fs::write(at("second/password"), "").unwrap();
        std::fs::write(at("ca"), ca("second")).unwrap();
        credentials.refresh(LIMIT).await;
        assert_eq!(credentials.password.expose_secret(), "two");
        assert!(!Arc::ptr_eq(&first, &credentials.tls));
    }
}
