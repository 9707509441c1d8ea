//! Names of every script: what our escaper writes the domain controller reads, and what it writes we read.
//!
//! Each run takes a sample of Unicode; `GROUNDWIRE_TEST_ALL_OF_UNICODE=1` takes every assigned character, which takes
//! minutes.

use std::collections::{BTreeSet, HashSet};

use groundwire_connector::domain::DistinguishedName;
use groundwire_connector::domain::distinguished_name::escape_value;
use ldap3::{Ldap, Scope, SearchEntry};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng as _, SeedableRng as _};
use unicode_general_category::{GeneralCategory, get_general_category};
use uuid::Uuid;

use crate::ad::rig::TestDomain;

/// Characters that mean something in a name, a filter or a path, and neighbours of what is escaped.
const SPECIAL: &str = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~aA0fF9gG\u{1}\t\n\r\u{7f}\u{85}\u{a0}\u{ad}ßİıſK\u{301}\u{200b}\u{202e}\u{2028}\u{feff}\u{fffd}😀👋🏽";
/// A common name has 64 characters at most (rangeUpper of `cn`), in UTF-16 units on Windows.
const LONGEST_UNITS: usize = 48;
const SAMPLE: usize = 60;

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test says so in the environment"
)]
fn takes_all() -> bool {
    std::env::var_os("GROUNDWIRE_TEST_ALL_OF_UNICODE").is_some()
}

/// Names that together have all of these characters, in this order.
fn names_of(characters: impl IntoIterator<Item = char>) -> Vec<String> {
    let mut names = vec![String::new()];
    for character in characters {
        let name = names.last_mut().unwrap();
        let units = name.encode_utf16().count() + character.len_utf16();
        if units > LONGEST_UNITS {
            names.push(character.into());
        } else {
            name.push(character);
        }
    }
    names
}

/// Every character that means something; NUL is left out, which no name can have at Samba.
fn all_characters() -> impl Iterator<Item = char> {
    ('\u{1}'..=char::MAX).filter(|character| {
        !matches!(
            get_general_category(*character),
            GeneralCategory::Unassigned | GeneralCategory::PrivateUse | GeneralCategory::Surrogate
        )
    })
}

fn sample(seed: u64) -> Vec<String> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut special: Vec<char> = SPECIAL.chars().collect();
    special.shuffle(&mut random);
    let mut names = names_of(special.iter().copied());
    // Each of them first, last and alone in the middle.
    for character in &special {
        names.push(format!("{character}a{character}b{character}"));
    }
    for _ in 0..SAMPLE {
        let length = random.random_range(1..24);
        let any = |random: &mut StdRng| match random.random_range(0..3) {
            0 => *special.choose(random).unwrap(),
            1 => char::from_u32(random.random_range(1..0x3000)).unwrap_or('\u{2fff}'),
            _ => random.random_range('\u{1}'..=char::MAX),
        };
        names.push((0..length).map(|_| any(&mut random)).collect());
    }
    names
}

/// What came of one name.
enum Outcome {
    Same,
    /// The domain controller does not take it.
    Refused(u32),
    /// It is another one than was written, where it was read.
    Differs(String),
}

struct Names {
    ldap: Ldap,
    unit: String,
}

impl Names {
    /// Creates an object of this name, reads it by the name that we write and by the one that the controller writes,
    /// and removes it.
    async fn try_name(&mut self, name: &str) -> Outcome {
        let dn = format!("CN={},{}", escape_value(name), self.unit);
        let class = HashSet::from([b"container".to_vec()]);
        let attributes = vec![(b"objectClass".to_vec(), class)];
        let added = self.ldap.add(&dn, attributes).await.unwrap();
        if added.rc != 0 {
            return Outcome::Refused(added.rc);
        }
        let outcome = self.compare(name, &dn).await;
        self.ldap.delete(&dn).await.unwrap().success().unwrap();
        outcome
    }

    async fn compare(&mut self, name: &str, dn: &str) -> Outcome {
        let Some(written) = self.read(dn).await else {
            return Outcome::Differs("not found by the name that we write".to_owned());
        };
        let parsed = DistinguishedName::read(&written.dn);
        let unit: DistinguishedName = self.unit.parse().unwrap();
        if !parsed.lies_in(&unit) || parsed.depth() != unit.depth() + 1 {
            return Outcome::Differs(format!("{} lies elsewhere", written.dn));
        }
        // The controller's own idea of the value: what is stored may have been normalised there.
        let stored = written.attrs.get("cn").and_then(|values| values.first());
        if parsed.first_value() != stored.map(String::as_str) || stored.map(String::as_str) != Some(name) {
            return Outcome::Differs(format!("{:?} is stored, {} was read", stored, written.dn));
        }
        match self.read(&parsed.to_string()).await {
            Some(again) if again.dn == written.dn => Outcome::Same,
            Some(_) | None => Outcome::Differs("not found by the name that we read".to_owned()),
        }
    }

    async fn read(&mut self, dn: &str) -> Option<SearchEntry> {
        let found = self
            .ldap
            .search(dn, Scope::Base, "(objectClass=*)", vec!["cn"])
            .await
            .unwrap();
        let entry = found.0.into_iter().next()?;
        Some(SearchEntry::construct(entry))
    }
}

#[tokio::test]
async fn a_name_of_any_characters_is_the_same_at_the_domain_controller() {
    let domain = TestDomain::from_environment().await;
    let mut ldap = domain.connect_administrator().await;
    let unit = format!(
        "OU=names-{},OU=Tests,OU=Staff,{}",
        Uuid::new_v4().simple(),
        domain.base
    );
    let class = HashSet::from([b"organizationalUnit".to_vec()]);
    let added = ldap.add(&unit, vec![(b"objectClass".to_vec(), class)]).await;
    added.unwrap().success().unwrap();
    let seed = rand::random();
    let names = if takes_all() {
        names_of(all_characters())
    } else {
        sample(seed)
    };
    let tried = names.len();
    let mut objects = Names { ldap, unit };
    let (mut refused, mut differ) = (BTreeSet::new(), Vec::new());
    for name in names {
        match objects.try_name(&name).await {
            Outcome::Same => {}
            Outcome::Refused(code) => {
                refused.insert((code, name));
            }
            Outcome::Differs(how) => differ.push((name, how)),
        }
    }
    objects
        .ldap
        .delete(&objects.unit)
        .await
        .unwrap()
        .success()
        .unwrap();
    eprintln!(
        "{tried} names, seed {seed}: {} refused by the domain controller",
        refused.len()
    );
    for (code, name) in &refused {
        eprintln!("refused with {code}: {}", name.escape_unicode());
    }
    assert!(differ.is_empty(), "seed {seed}: {differ:#?}");
    assert!(
        refused.len() * 20 < tried,
        "seed {seed}: hardly any name was taken"
    );
}
