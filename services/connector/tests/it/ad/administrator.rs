//! What an administrator of the real domain does: units, fine-grained policies, entries of security descriptors. Everything
//! made here is the test's own, and removed when it is dropped.

use std::collections::HashSet;

use ldap3::controls::RawControl;
use ldap3::{Mod, Scope, SearchEntry};
use uuid::Uuid;

use crate::ad::rig::{TestAccount, TestDomain};

const DACL_ONLY: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x04];
pub(crate) const CHANGE_PASSWORD: &str = "ab721a53-1e2f-11d0-9819-00aa0040529b";

/// An object that goes with its test.
pub(crate) struct TestObject {
    domain: TestDomain,
    pub(crate) dn: String,
}

impl Drop for TestObject {
    fn drop(&mut self) {
        self.domain.remove(&self.dn);
    }
}

/// The rules of a fine-grained policy, as far as a test says them.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) minimum_length: u32,
    pub(crate) complex: bool,
    pub(crate) minimum_age: u32,
    pub(crate) maximum_age: u32,
    pub(crate) lockout_threshold: u32,
    pub(crate) lockout_window: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            complex: true,
            minimum_age: 0,
            maximum_age: 31_536_000,
            lockout_threshold: 5,
            lockout_window: 600,
        }
    }
}

fn one(value: impl AsRef<[u8]>) -> HashSet<Vec<u8>> {
    HashSet::from([value.as_ref().to_vec()])
}

fn dacl_control() -> RawControl {
    RawControl {
        ctype: "1.2.840.113556.1.4.801".to_owned(),
        crit: true,
        val: Some(DACL_ONLY.to_vec()),
    }
}

impl TestDomain {
    async fn add(&self, dn: &str, attributes: Vec<(&str, HashSet<Vec<u8>>)>) -> TestObject {
        let attributes = attributes
            .into_iter()
            .map(|(name, values)| (name.as_bytes().to_vec(), values))
            .collect();
        let mut ldap = self.connect_administrator().await;
        ldap.add(dn, attributes).await.unwrap().success().unwrap();
        TestObject {
            domain: self.clone(),
            dn: dn.to_owned(),
        }
    }

    /// A unit of the test's own, in which the service account has no rights to write.
    pub(crate) async fn create_unit(&self) -> TestObject {
        let dn = format!("OU=gw{},{}", Uuid::new_v4().simple(), self.base);
        self.add(&dn, vec![("objectClass", one("organizationalUnit"))])
            .await
    }

    /// A fine-grained policy for one account.
    pub(crate) async fn create_policy(&self, account: &TestAccount, rules: Rules) -> TestObject {
        let ticks = |seconds: u32| one(format!("-{}", u64::from(seconds) * 10_000_000));
        let truth = |value: bool| one(if value { "TRUE" } else { "FALSE" });
        let name = Uuid::new_v4().simple().to_string();
        let dn = format!(
            "CN=gw{name},CN=Password Settings Container,CN=System,{}",
            self.base
        );
        let duration = rules.lockout_window.max(600);
        self.add(
            &dn,
            vec![
                ("objectClass", one("msDS-PasswordSettings")),
                ("msDS-PasswordSettingsPrecedence", one("1")),
                (
                    "msDS-MinimumPasswordLength",
                    one(rules.minimum_length.to_string()),
                ),
                ("msDS-PasswordHistoryLength", one("5")),
                ("msDS-PasswordComplexityEnabled", truth(rules.complex)),
                ("msDS-PasswordReversibleEncryptionEnabled", truth(false)),
                ("msDS-MinimumPasswordAge", ticks(rules.minimum_age)),
                ("msDS-MaximumPasswordAge", ticks(rules.maximum_age)),
                ("msDS-LockoutThreshold", one(rules.lockout_threshold.to_string())),
                ("msDS-LockoutDuration", ticks(duration)),
                ("msDS-LockoutObservationWindow", ticks(rules.lockout_window)),
                ("msDS-PSOAppliesTo", one(&account.dn)),
            ],
        )
        .await
    }

    /// Leaves an object to administrators alone.
    pub(crate) async fn hide(&self, dn: &str) {
        let administrators = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
        let mut descriptor = vec![1, 0, 0x04, 0x90];
        descriptor.extend([0; 12]);
        descriptor.extend(20u32.to_le_bytes());
        let size = u16::try_from(8 + administrators.len()).unwrap();
        descriptor.extend([4, 0]);
        descriptor.extend((size + 8).to_le_bytes());
        descriptor.extend([1, 0, 0, 0]);
        descriptor.extend([0, 0]);
        descriptor.extend(size.to_le_bytes());
        descriptor.extend(0x000f_01ffu32.to_le_bytes());
        descriptor.extend(administrators);
        self.write_descriptor(dn, descriptor).await;
    }

    /// Puts an entry, in SDDL, before those of an object.
    pub(crate) async fn add_entry(&self, dn: &str, sddl: &str) {
        let entry = binary_entry(sddl);
        let mut descriptor = self.read_binary(dn, "nTSecurityDescriptor").await;
        let at = usize::try_from(u32::from_le_bytes(descriptor[16..20].try_into().unwrap())).unwrap();
        let half = |bytes: &[u8], at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let size = half(&descriptor, at + 2);
        let count = half(&descriptor, at + 4);
        let mut acl = descriptor[at..at + usize::from(size)].to_vec();
        acl.splice(8..8, entry.iter().copied());
        let length = u16::try_from(acl.len()).unwrap();
        acl[2..4].copy_from_slice(&length.to_le_bytes());
        acl[4..6].copy_from_slice(&(count + 1).to_le_bytes());
        // With the DACL at the end, nothing else moves.
        let offset = u32::try_from(descriptor.len()).unwrap();
        descriptor[16..20].copy_from_slice(&offset.to_le_bytes());
        descriptor.extend(acl);
        self.write_descriptor(dn, descriptor).await;
    }

    async fn write_descriptor(&self, dn: &str, descriptor: Vec<u8>) {
        let mut ldap = self.connect_administrator().await;
        ldap.with_controls(vec![dacl_control()]);
        let change = Mod::Replace(b"nTSecurityDescriptor".to_vec(), one(descriptor));
        ldap.modify(dn, vec![change]).await.unwrap().success().unwrap();
    }

    async fn read_binary(&self, dn: &str, attribute: &str) -> Vec<u8> {
        let mut ldap = self.connect_administrator().await;
        ldap.with_controls(vec![dacl_control()]);
        let found = ldap
            .search(dn, Scope::Base, "(objectClass=*)", vec![attribute])
            .await;
        let (entries, _) = found.unwrap().success().unwrap();
        let entry = SearchEntry::construct(entries.into_iter().next().expect("the object"));
        let binary = entry.bin_attrs.get(attribute).and_then(|values| values.first());
        let text = || entry.attrs[attribute][0].clone().into_bytes();
        binary.cloned().unwrap_or_else(text)
    }

    /// The service account's SID, as text.
    pub(crate) async fn service_sid(&self) -> String {
        let sid = self.read_binary(&self.service_name, "objectSid").await;
        groundwire_connector::domain::Sid::from_bytes(&sid)
            .unwrap()
            .to_string()
    }
}

/// `(OA;CIIO;CR;<right>;<class>;<SID>)` as an entry of an ACL; the class may be left out.
fn binary_entry(sddl: &str) -> Vec<u8> {
    let parts: Vec<&str> = sddl.trim_matches(['(', ')']).split(';').collect();
    let [kind, flags, access, right, class, trustee] = parts[..] else {
        panic!("not an entry: {sddl}")
    };
    let guid = |text: &str| text.parse::<Uuid>().unwrap().to_bytes_le();
    let mask: u32 = match access {
        "CR" => 0x100,
        "WP" => 0x20,
        "RP" => 0x10,
        other => panic!("access {other}"),
    };
    let mut body = mask.to_le_bytes().to_vec();
    body.extend((1 | if class.is_empty() { 0 } else { 2u32 }).to_le_bytes());
    body.extend(guid(right));
    if !class.is_empty() {
        body.extend(guid(class));
    }
    body.extend(binary_sid(trustee));
    let mut entry = vec![
        match kind {
            "OA" => 5,
            "OD" => 6,
            other => panic!("kind {other}"),
        },
        match flags {
            "" => 0,
            "CIIO" => 0x0a,
            other => panic!("flags {other}"),
        },
    ];
    entry.extend(u16::try_from(body.len() + 4).unwrap().to_le_bytes());
    entry.extend(body);
    entry
}

fn binary_sid(text: &str) -> Vec<u8> {
    let mut parts = text.split('-').skip(2).map(|part| part.parse::<u32>().unwrap());
    let authority = parts.next().unwrap();
    let rest: Vec<u32> = parts.collect();
    let mut bytes = vec![1, u8::try_from(rest.len()).unwrap(), 0, 0];
    bytes.extend(authority.to_be_bytes());
    rest.iter().for_each(|part| bytes.extend(part.to_le_bytes()));
    bytes
}
