//! The rooms of a service (the modules at its root) stand on floors: each takes from those below it, and from a
//! neighbour only where that is said here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::modules::{Crate, room_of};
use super::root;

/// The floors of a service, lowest first.
struct House {
    folder: &'static str,
    floors: &'static [&'static [&'static str]],
    /// Who takes from a neighbour of its own floor.
    neighbours: &'static [(&'static str, &'static str)],
}

const DIRECTORY: House = House {
    folder: "services/directory",
    floors: &[
        &["domain"],
        &["config", "metrics"],
        &["store"],
        &["operations"],
        &["enrollment"],
        &["delivery", "accounts", "tenants"],
        &["grpc"],
        &["app"],
        &["program", "properties", "golden", "lib", "main"],
    ],
    // Whether a tenant is ready is known by its attached connectors, and whether a person is eligible by its accounts.
    neighbours: &[("tenants", "delivery"), ("tenants", "accounts")],
};

const CONNECTOR: House = House {
    folder: "services/connector",
    floors: &[
        &["domain"],
        &["config", "policy", "audit"],
        &["ad", "identity"],
        &["pipeline", "uplink"],
        &["metrics", "grpc"],
        &["app"],
        &["doctor"],
        &["program", "properties", "lib", "main"],
    ],
    neighbours: &[],
};

impl House {
    fn floor(&self, room: &str) -> Option<usize> {
        self.floors.iter().position(|floor| floor.contains(&room))
    }

    fn may_take(&self, from: &str, to: &str) -> bool {
        match (self.floor(from), self.floor(to)) {
            (Some(from_floor), Some(to_floor)) => {
                to_floor < from_floor || to_floor == from_floor && self.neighbours.contains(&(from, to))
            }
            // A room without a floor is found by itself.
            (None, _) | (_, None) => true,
        }
    }

    /// Everything in `src` that takes from where it must not, that has no floor, or that is a floor without a room.
    fn faults(&self, src: &Path) -> BTreeSet<String> {
        let on_floors: BTreeSet<String> = self
            .floors
            .concat()
            .iter()
            .map(|room| (*room).to_owned())
            .collect();
        let there: BTreeSet<String> = fs::read_dir(src)
            .unwrap()
            .map(|entry| room_of(Path::new(&entry.unwrap().file_name())))
            .collect();
        let mut faults = BTreeSet::new();
        for room in there.difference(&on_floors) {
            faults.insert(format!(
                "{room} has no floor: give it one in tests/src/house/rooms.rs"
            ));
        }
        for room in on_floors.difference(&there) {
            faults.insert(format!("{room} has a floor and is not there"));
        }
        for arrow in Crate::read(src).room_arrows() {
            if !self.may_take(&room_of(&arrow.from), &arrow.to) {
                let file = arrow.from.display();
                faults.insert(format!("{file} takes {} from {}", arrow.name, arrow.to));
            }
        }
        faults
    }
}

/// Paths of the contract's messages in a room: `groundwire_proto::<package>::v1`, by whatever name.
fn messages_in(room: &str, src: &Path) -> BTreeSet<String> {
    Crate::read(src)
        .foreign_paths()
        .filter(|(file, path)| room_of(file) == room && path.iter().any(|segment| segment == "v1"))
        .map(|(file, path)| format!("{} names {}", file.display(), path.join("::")))
        .collect()
}

#[test]
fn rooms_take_from_the_floors_below_them() {
    for house in [DIRECTORY, CONNECTOR] {
        let faults = house.faults(&root().join(house.folder).join("src"));
        assert!(faults.is_empty(), "{}: {faults:#?}", house.folder);
    }
}

#[test]
fn the_store_knows_no_message_of_the_contract() {
    let found = messages_in("store", &root().join(DIRECTORY.folder).join("src"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn each_fault_that_was_put_in_on_purpose_is_found() {
    const SMALL: House = House {
        folder: "",
        floors: &[&["domain"], &["store"], &["accounts", "tenants"], &["lib"]],
        neighbours: &[("tenants", "accounts")],
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let faults = || SMALL.faults(folder.path()).into_iter().collect::<Vec<_>>();
    write("lib.rs", "mod domain; mod store; mod accounts; mod tenants;");
    write(
        "domain.rs",
        "pub struct Id; pub use groundwire_proto::ids::Other;",
    );
    write("store.rs", "pub struct Row(crate::domain::Id);");
    write("accounts.rs", "pub fn read() -> super::store::Row { todo!() }");
    write("tenants.rs", "use crate::accounts::read;");
    assert!(faults().is_empty(), "{:?}", faults());
    for (file, text, fault) in [
        (
            "domain.rs",
            "pub struct Id; pub use crate::store::Row;",
            "domain.rs takes store::Row from store",
        ),
        (
            "accounts.rs",
            "use crate::tenants; pub fn read() {}",
            "accounts.rs takes tenants from tenants",
        ),
        (
            "store.rs",
            "pub struct Row; fn show() { println!(\"{}\", crate::accounts::SIZE) }",
            "store.rs takes accounts::SIZE from accounts",
        ),
        (
            "vault.rs",
            "",
            "vault has no floor: give it one in tests/src/house/rooms.rs",
        ),
    ] {
        let before = fs::read_to_string(folder.path().join(file)).ok();
        write(file, text);
        assert_eq!(faults(), [fault]);
        match before {
            Some(before) => write(file, &before),
            None => fs::remove_file(folder.path().join(file)).unwrap(),
        }
    }
    for text in [
        "use groundwire_proto::envelope::v1::SignedBytes;",
        "use groundwire_proto::{envelope::v1 as wire, ids};",
        "use groundwire_proto::envelope; fn show(signed: envelope::v1::SignedBytes) {}",
        "fn show() { log!(groundwire_proto::envelope::v1::SignedBytes::default()) }",
    ] {
        write("store.rs", text);
        assert_eq!(messages_in("store", folder.path()).len(), 1, "{text}");
    }
    write("store.rs", "use groundwire_proto::ids::TenantId;");
    assert!(messages_in("store", folder.path()).is_empty());
}
