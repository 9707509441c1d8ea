//! A service account that is refused, and how it comes back without a restart.

use std::path::{Path, PathBuf};
use std::time::Duration;

use groundwire_connector::ad::{
    ActiveDirectory, AdError, BindPauses, CredentialFiles, LdapsDirectory, LdapsSettings,
};
use groundwire_kit::config::SecretFile;
use groundwire_kit::testing::wait_until;
use secrecy::SecretString;

use crate::ad::rig::{FIRST_PASSWORD, TestAccount, TestDomain, read_account, reset_password};

const WRONG: &str = "Wrong-Harbour-99";
const SECOND: &str = "Second-Harbour-48";

/// A service account of the test's own, whose password is in a file.
struct ServiceAccount {
    domain: TestDomain,
    account: TestAccount,
    folder: tempfile::TempDir,
}

impl ServiceAccount {
    async fn with_password(password: &str) -> Self {
        let domain = TestDomain::from_environment().await;
        let account = domain.create_account().await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), password).unwrap();
        Self {
            domain,
            account,
            folder,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("password")
    }

    fn settings(&self, file: &Path) -> LdapsSettings {
        let mut settings = self.domain.settings();
        settings.bind_name.clone_from(&self.account.principal);
        settings.bind_password = SecretString::from("what was there at the start");
        settings.files = CredentialFiles {
            password: Some(SecretFile::new(file)),
            ca: None,
        };
        settings
    }

    async fn bad_password_count(&self) -> Option<u32> {
        let service = self.domain.connect_service();
        read_account(&service, self.account.anchor)
            .await
            .account
            .bad_password_count
    }
}

/// As short as a test wants them.
const SHORT: BindPauses = BindPauses {
    uncounted: Duration::from_millis(50),
    longest_uncounted: Duration::from_millis(50),
    counted: Duration::from_secs(3_600),
    longest_counted: Duration::from_secs(3_600),
    unanswered: Duration::from_secs(3_600),
};

fn refused_with(result: &Result<impl Sized, AdError>, expected: u32) -> bool {
    matches!(result, Err(AdError::ServiceAccountRefused { data: Some(data) }) if *data == expected)
}

#[tokio::test]
async fn a_refused_service_account_is_tried_once_and_not_locked() {
    let service = ServiceAccount::with_password(WRONG).await;
    let directory = LdapsDirectory::start(service.settings(&service.file()));
    let tries = (0..12).map(|_| directory.domain_controller());
    for result in futures_util::future::join_all(tries).await {
        assert!(refused_with(&result, 0x52e), "{result:?}");
    }
    assert_eq!(service.bad_password_count().await, Some(1));
    assert!(service.account.binds_with(FIRST_PASSWORD).await);
}

#[tokio::test]
async fn a_caller_that_goes_away_during_the_bind_hides_no_refusal() {
    let service = ServiceAccount::with_password(WRONG).await;
    let directory = LdapsDirectory::start(service.settings(&service.file()));
    for _ in 0..12 {
        let left = tokio::time::timeout(Duration::from_millis(1), directory.domain_controller());
        let _gone = left.await;
    }
    let result = directory.domain_controller().await;
    assert!(refused_with(&result, 0x52e), "{result:?}");
    assert_eq!(service.bad_password_count().await, Some(1));
}

#[tokio::test]
async fn another_password_in_the_file_is_tried_at_once() {
    let service = ServiceAccount::with_password(WRONG).await;
    let directory = LdapsDirectory::start(service.settings(&service.file()));
    let result = directory.domain_controller().await;
    assert!(refused_with(&result, 0x52e), "{result:?}");
    std::fs::write(service.file(), format!("{FIRST_PASSWORD}\n")).unwrap();
    let result = directory.domain_controller().await;
    assert!(result.is_ok(), "{result:?}");
}

#[tokio::test]
async fn a_secret_that_is_renewed_by_a_symbolic_link_is_seen() {
    let service = ServiceAccount::with_password(WRONG).await;
    let at = |name: &str| service.folder.path().join(name);
    // As Kubernetes mounts a secret: the file is a link into `..data`, and that is the link which is changed.
    for (folder, password) in [("first", WRONG), ("second", FIRST_PASSWORD)] {
        std::fs::create_dir(at(folder)).unwrap();
        std::fs::write(at(folder).join("secret"), password).unwrap();
    }
    std::os::unix::fs::symlink("first", at("..data")).unwrap();
    std::os::unix::fs::symlink("..data/secret", at("secret")).unwrap();
    let directory = LdapsDirectory::start(service.settings(&at("secret")));
    let result = directory.domain_controller().await;
    assert!(refused_with(&result, 0x52e), "{result:?}");
    std::os::unix::fs::symlink("second", at("..next")).unwrap();
    std::fs::rename(at("..next"), at("..data")).unwrap();
    let result = directory.domain_controller().await;
    assert!(result.is_ok(), "{result:?}");
}

#[tokio::test]
async fn a_disabled_service_account_comes_back_by_itself_and_nothing_is_counted() {
    let service = ServiceAccount::with_password(FIRST_PASSWORD).await;
    service.account.set_attribute("userAccountControl", b"514").await;
    let mut settings = service.settings(&service.file());
    settings.bind_pauses = SHORT;
    let directory = LdapsDirectory::start(settings);
    let result = directory.domain_controller().await;
    assert!(refused_with(&result, 0x533), "{result:?}");
    service.account.set_attribute("userAccountControl", b"512").await;
    wait_until("the service account is taken again", async || {
        directory.domain_controller().await.is_ok()
    })
    .await;
    assert_eq!(service.bad_password_count().await, Some(0));
}

#[tokio::test]
async fn a_locked_service_account_comes_back_by_itself() {
    let service = ServiceAccount::with_password(FIRST_PASSWORD).await;
    service.account.lock().await;
    let mut settings = service.settings(&service.file());
    settings.bind_pauses = SHORT;
    let directory = LdapsDirectory::start(settings);
    let result = directory.domain_controller().await;
    assert!(refused_with(&result, 0x775), "{result:?}");
    service.account.set_attribute("lockoutTime", b"0").await;
    wait_until("the service account is taken again", async || {
        directory.domain_controller().await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_password_that_is_set_back_in_active_directory_is_tried_again_after_the_pause() {
    let service = ServiceAccount::with_password(SECOND).await;
    let mut settings = service.settings(&service.file());
    settings.bind_pauses = BindPauses {
        counted: Duration::from_millis(500),
        ..SHORT
    };
    let directory = LdapsDirectory::start(settings);
    let result = directory.domain_controller().await;
    assert!(refused_with(&result, 0x52e), "{result:?}");
    reset_password(&service.domain.connect_service(), service.account.anchor, SECOND).await;
    wait_until("the service account is taken again", async || {
        directory.domain_controller().await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn another_ca_in_the_file_is_trusted_without_a_restart() {
    let domain = TestDomain::from_environment().await;
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    std::fs::write(&file, other.cert.pem()).unwrap();
    let mut settings = domain.settings();
    settings.files.ca = Some(file.clone());
    let directory = LdapsDirectory::start(settings);
    let result = directory.domain_controller().await;
    assert!(matches!(result, Err(AdError::TlsFailed { .. })), "{result:?}");
    std::fs::write(&file, &domain.ca).unwrap();
    let result = directory.domain_controller().await;
    assert!(result.is_ok(), "{result:?}");
}
