//! Plain accounts, lent to one scenario at a time. What is particular (expired, protected, of another unit) has a name
//! of its own in `deploy/images/dc/domain.json`, and scenarios ask for it by that name.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::LazyLock;

use parking_lot::Mutex;
use serde_json::Value;

use super::{INITIAL, World};

/// The one that was used longest ago is lent next.
static FREE: LazyLock<Mutex<VecDeque<String>>> = LazyLock::new(|| Mutex::new(plain_accounts()));

/// The plain accounts of the domain: `test01` and so on.
fn plain_accounts() -> VecDeque<String> {
    const PLAIN: &str = "test";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/images/dc/domain.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let domain: Value = serde_json::from_str(&text).expect("domain.json is JSON");
    assert_eq!(domain["password"], INITIAL, "the password of {}", path.display());
    let accounts = domain["accounts"].as_array().expect("accounts");
    let plain = accounts
        .iter()
        .find(|entry| entry["account"] == PLAIN)
        .expect("plain accounts");
    let count = plain["count"].as_u64().expect("a count");
    (1..=count).map(|number| format!("{PLAIN}{number:02}")).collect()
}

/// The `sAMAccountName` of an account that no other scenario has. Goes back when it is dropped, unless its scenario
/// failed: then nobody knows what state it is in.
#[derive(Debug)]
pub(crate) struct PlainAccount(String);

impl PlainAccount {
    fn take() -> Self {
        let next = FREE.lock().pop_front();
        Self(next.expect("a free account: raise the count of `test` in deploy/images/dc/domain.json"))
    }

    pub(crate) fn user_principal_name(&self) -> String {
        format!("{}@corp.example", self.0)
    }
}

impl Deref for PlainAccount {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlainAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Drop for PlainAccount {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            FREE.lock().push_back(std::mem::take(&mut self.0));
        }
    }
}

impl World {
    /// A plain account with the initial password, neither locked nor made to change it.
    pub(crate) async fn account(&self) -> PlainAccount {
        let account = PlainAccount::take();
        self.dc.put_back(&account, INITIAL).await;
        account
    }
}

#[test]
fn an_account_is_lent_to_one_scenario_and_is_the_last_to_be_lent_again() {
    let free = FREE.lock().len();
    let (first, second) = (PlainAccount::take(), PlainAccount::take());
    assert_ne!(*first, *second);
    let name = first.to_string();
    drop(first);
    assert_eq!(FREE.lock().back(), Some(&name));
    drop(second);
    assert_eq!(FREE.lock().len(), free);
}
