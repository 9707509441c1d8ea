//! The real domain controller, for tests of what the connector reads and writes there.
//!
//! To test a read or a write:
//! 1. `TestDomain::from_environment()`: `make dev-up` and `make test` say there where the controller is;
//! 2. `domain.create_account()` makes an account of the test's own, which is removed when it is dropped; or take a
//!    fixture account that nothing changes, with `domain.anchor_of(name)` (`deploy/images/dc/domain.json` lists them);
//! 3. prepare it as an administrator: `account.set_attribute(…)`, `account.lock()`;
//! 4. act as the service account does: `domain.connect_service()` is what is under test; `read_account`,
//!    `reset_password` and `write_over_marker` are short forms;
//! 5. prove it by a bind: `account.binds_with(password)`.
//!
//! What a real controller cannot be made to do (fall silent, cut an answer) is in `faults.rs`, with `fake_server.rs`.

use std::collections::HashSet;
use std::sync::Arc;

use groundwire_connector::ad::{
    AccountReading, ActiveDirectory, DomainController, LdapsDirectory, LdapsSettings, MarkerSwap, UnicodePwd,
    Write, WriteRequest, WriteResult,
};
use groundwire_connector::domain::{
    AccountAnchor, Attempt, FenceCount, Marker, MarkerKey, MarkerScope, MarkerState, NamedBy, ObjectGuid,
    OperationId, Sequence,
};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod, Scope, SearchEntry};
use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What every account of these tests starts with.
pub(crate) const FIRST_PASSWORD: &str = "Initial-Harbour-47";

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where the DC is"
)]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run through make test"))
}

/// The domain controller and who may do what.
#[derive(Clone)]
pub(crate) struct TestDomain {
    pub(crate) url: String,
    pub(crate) ca: Vec<u8>,
    pub(crate) service_name: String,
    service_password: String,
    admin_name: String,
    admin_password: String,
    pub(crate) base: String,
    /// Who it is, as it says.
    pub(crate) controller: DomainController,
}

impl TestDomain {
    pub(crate) async fn from_environment() -> Self {
        let file =
            |name: &str| std::fs::read(variable(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let secret = |name: &str| String::from_utf8(file(name)).unwrap().trim_end().to_owned();
        let unknown = DomainController {
            name: String::new(),
            naming_context: String::new(),
            invocation_id: None,
            policy_hints: None,
            read_only: false,
            domain_controllers: None,
        };
        let mut domain = Self {
            url: variable("GROUNDWIRE_TEST_LDAPS_URL"),
            ca: file("GROUNDWIRE_TEST_LDAP_CA"),
            service_name: variable("GROUNDWIRE_TEST_SERVICE_DN"),
            service_password: secret("GROUNDWIRE_TEST_SERVICE_PASSWORD_FILE"),
            admin_name: variable("GROUNDWIRE_TEST_ADMIN_DN"),
            admin_password: secret("GROUNDWIRE_TEST_ADMIN_PASSWORD_FILE"),
            base: String::new(),
            controller: unknown,
        };
        domain.controller = domain.connect_service().domain_controller().await.unwrap();
        domain.base.clone_from(&domain.controller.naming_context);
        domain
    }

    pub(crate) fn settings(&self) -> LdapsSettings {
        let tls = LdapsSettings::tls_with_ca(&self.ca).unwrap();
        let password = SecretString::from(self.service_password.clone());
        LdapsSettings::new(
            self.url.parse().unwrap(),
            tls,
            self.service_name.clone(),
            password,
        )
    }

    /// What is tested, as the service account.
    pub(crate) fn connect_service(&self) -> LdapsDirectory {
        LdapsDirectory::start(self.settings())
    }

    async fn connect(&self) -> Ldap {
        let tls = LdapsSettings::tls_with_ca(&self.ca).unwrap();
        let settings = LdapConnSettings::new().set_config(tls);
        let (conn, ldap) = LdapConnAsync::with_settings(settings, &self.url).await.unwrap();
        tokio::spawn(conn.drive());
        ldap
    }

    pub(crate) async fn connect_administrator(&self) -> Ldap {
        let mut ldap = self.connect().await;
        ldap.simple_bind(&self.admin_name, &self.admin_password)
            .await
            .unwrap()
            .success()
            .unwrap();
        ldap
    }

    /// The LDAP result of a bind: 0, or 49.
    pub(crate) async fn bind(&self, name: &str, password: &str) -> u32 {
        self.connect().await.simple_bind(name, password).await.unwrap().rc
    }

    /// The anchor of a fixture account.
    pub(crate) async fn anchor_of(&self, account_name: &str) -> AccountAnchor {
        let filter = format!("(sAMAccountName={account_name})");
        let found = self
            .connect_administrator()
            .await
            .search(&self.base, Scope::Subtree, &filter, vec!["objectGUID"])
            .await;
        let (entries, _) = found.unwrap().success().unwrap();
        let entry = SearchEntry::construct(entries.into_iter().next().expect("the fixture account"));
        let guid = entry
            .bin_attrs
            .get("objectGUID")
            .and_then(|values| values.first())
            .cloned();
        let text = || entry.attrs["objectGUID"][0].clone().into_bytes();
        AccountAnchor::from_object_guid(&guid.unwrap_or_else(text)).unwrap()
    }

    /// A new account in the tests' unit, with a common name of its own.
    pub(crate) async fn create_account(&self) -> TestAccount {
        self.create_account_named("").await
    }

    /// A new account whose common name is `name` and something that makes it unique.
    pub(crate) async fn create_account_named(&self, name: &str) -> TestAccount {
        let unit = format!("OU=Tests,OU=Staff,{}", self.base);
        self.create_account_in(&unit, name).await
    }

    /// As [`Self::create_account_named`], in this unit.
    pub(crate) async fn create_account_in(&self, unit: &str, name: &str) -> TestAccount {
        let id = Uuid::new_v4().simple().to_string();
        let sam = format!("gw{}", &id[..16]);
        let common = format!("{name}{sam}");
        let escaped = groundwire_connector::domain::distinguished_name::escape_value(&common);
        let dn = format!("CN={escaped},{unit}");
        let password = quoted(FIRST_PASSWORD);
        let set = |value: &[u8]| HashSet::from([value.to_vec()]);
        let principal = format!("{sam}@corp.example");
        let attributes = vec![
            (b"objectClass".to_vec(), set(b"user")),
            (b"sAMAccountName".to_vec(), set(sam.as_bytes())),
            (b"userPrincipalName".to_vec(), set(principal.as_bytes())),
            (b"displayName".to_vec(), set(common.as_bytes())),
            (b"userAccountControl".to_vec(), set(b"512")),
            (b"unicodePwd".to_vec(), set(&password)),
        ];
        self.connect_administrator()
            .await
            .add(&dn, attributes)
            .await
            .unwrap()
            .success()
            .unwrap();
        let anchor = self.anchor_of(&sam).await;
        TestAccount {
            domain: self.clone(),
            dn,
            anchor,
            principal,
            display_name: common,
        }
    }
}

impl TestDomain {
    /// Removes an object of a test, from a place that cannot wait.
    pub(super) fn remove(&self, dn: &str) {
        let (domain, dn) = (self.clone(), dn.to_owned());
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                domain
                    .connect_administrator()
                    .await
                    .delete(&dn)
                    .await
                    .map(|result| result.rc)
            })
        });
        if !matches!(removed.join(), Ok(Ok(0))) {
            eprintln!("an object of a test was left behind");
        }
    }
}

fn quoted(password: &str) -> Vec<u8> {
    format!("\"{password}\"")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}

/// Replaces an attribute; no value removes it, where there is one. (Samba refuses to replace a userPrincipalName by none.)
pub(crate) async fn replace(administrator: &mut Ldap, dn: &str, attribute: &str, value: &[u8]) {
    const NO_SUCH_ATTRIBUTE: u32 = 16;
    let attribute = attribute.as_bytes().to_vec();
    let change = if value.is_empty() {
        Mod::Delete(attribute, HashSet::new())
    } else {
        Mod::Replace(attribute, HashSet::from([value.to_vec()]))
    };
    let result = administrator.modify(dn, vec![change]).await.unwrap();
    let was_none = value.is_empty() && result.rc == NO_SUCH_ATTRIBUTE;
    assert!(was_none || result.rc == 0, "{result:?}");
}

/// An account of one test. Removed when dropped.
pub(crate) struct TestAccount {
    domain: TestDomain,
    pub(crate) dn: String,
    pub(crate) anchor: AccountAnchor,
    pub(crate) principal: String,
    pub(crate) display_name: String,
}

impl TestAccount {
    pub(crate) async fn binds_with(&self, password: &str) -> bool {
        self.domain.bind(&self.principal, password).await == 0
    }

    /// As [`Self::binds_with`], by its place in the domain, whatever its names are.
    pub(crate) async fn binds_by_place(&self, password: &str) -> bool {
        self.domain.bind(&self.dn, password).await == 0
    }

    /// The sAMAccountName that it was made with.
    pub(crate) fn account_name(&self) -> &str {
        self.principal.split('@').next().unwrap()
    }

    /// Gives it other names, as administrator. An empty userPrincipalName removes it.
    pub(crate) async fn rename(&self, account_name: &str, principal: &str) {
        self.set_attribute("sAMAccountName", account_name.as_bytes())
            .await;
        self.set_attribute("userPrincipalName", principal.as_bytes())
            .await;
    }

    /// Replaces an attribute as administrator; no value removes it.
    pub(crate) async fn set_attribute(&self, attribute: &str, value: &[u8]) {
        let mut administrator = self.domain.connect_administrator().await;
        replace(&mut administrator, &self.dn, attribute, value).await;
    }

    /// Locks the account by wrong binds.
    pub(crate) async fn lock(&self) {
        for _ in 0..6 {
            self.binds_with("Wrong-Harbour-99").await;
        }
    }
}

impl Drop for TestAccount {
    fn drop(&mut self) {
        self.domain.remove(&self.dn);
    }
}

/// The markers of one tenant and group.
pub(crate) struct Markers {
    pub(crate) keys: Vec<MarkerKey>,
    pub(crate) scope: MarkerScope,
}

impl Markers {
    pub(crate) fn new() -> Self {
        Self {
            keys: vec![MarkerKey::new(Zeroizing::new([7; 32]))],
            scope: MarkerScope {
                tenant: Uuid::new_v4().to_string(),
                group: Uuid::new_v4().to_string(),
            },
        }
    }

    /// The value for a write (or fence) of the numbered operation.
    pub(crate) fn value(&self, anchor: AccountAnchor, state: MarkerState, sequence: u64) -> String {
        let marker = Marker {
            state,
            sequence: Sequence(sequence),
            operation: OperationId::new(Uuid::from_u128(u128::from(sequence))),
            attempt: Attempt::FIRST,
            fence_count: FenceCount::NONE,
        };
        self.keys[0].format(&self.scope, anchor, &marker)
    }
}

/// Sends one write that replaces the marker that is there now.
pub(crate) async fn write_over_marker(
    directory: &dyn ActiveDirectory,
    markers: &Markers,
    anchor: AccountAnchor,
    sequence: u64,
    write: Write<'_>,
) -> WriteResult {
    let read_at = directory.domain_controller().await.unwrap();
    let seen = directory.read_marker(anchor).await.unwrap().marker;
    let swap = MarkerSwap {
        seen,
        next: markers.value(anchor, MarkerState::Written, sequence),
    };
    directory
        .write(&WriteRequest {
            anchor,
            read_at: &read_at,
            marker: Some(&swap),
            name: None,
            write,
        })
        .await
}

/// Resets the password, which must succeed.
pub(crate) async fn reset_password(directory: &dyn ActiveDirectory, anchor: AccountAnchor, password: &str) {
    let new = UnicodePwd::encode(password);
    let read_at = directory.domain_controller().await.unwrap();
    let result = directory
        .write(&WriteRequest {
            anchor,
            read_at: &read_at,
            marker: None,
            name: None,
            write: Write::Reset { new: &new },
        })
        .await;
    assert!(matches!(result, WriteResult::Done), "{result:?}");
}

pub(crate) async fn read_account(directory: &dyn ActiveDirectory, anchor: AccountAnchor) -> AccountReading {
    directory.read_account(anchor, &NamedBy::Anchor).await.unwrap()
}

/// A runtime-independent handle, for tests that share one directory between tasks.
pub(crate) fn shared(directory: LdapsDirectory) -> Arc<LdapsDirectory> {
    Arc::new(directory)
}
