//! Names that are given away, swapped, taken over and given other suffixes at random between requests, on the real domain
//! controller: no operation ever lands on an account that does not bear the name.
//!
//! The test keeps two lists: what the accounts are named now (`truth`), and what they were named at the last sync, which is
//! all that the directory knows when it finds an account by a name. Where an operation landed is read from the markers of
//! all accounts, not believed from its outcome.

use std::collections::BTreeMap;

use groundwire_connector::ad::ActiveDirectory;
use groundwire_connector::domain::OperationKind;
use groundwire_proto::operation::v1::account_name::Name;
use groundwire_proto::operation::v1::{AccountName, OutcomeCode};
use ldap3::Ldap;

use crate::ad::rig::{FIRST_PASSWORD, TestAccount, replace};
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::{PipelineProcess, code_and_reasons};
use crate::pipeline::real_dc::Site;

const SEED: u64 = 0x6772_6f75_6e64_0008;
const REQUESTS: usize = 120;
const ACCOUNTS: usize = 8;
/// The first is the domain's own name, so that its principals are implicit ones, too.
const SUFFIXES: [&str; 2] = ["corp.example", "brand.example"];

/// SplitMix64: small, and the same for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn is_one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }
}

#[derive(Clone, PartialEq)]
struct Names {
    account_name: String,
    principal: String,
}

/// Which accounts bear this name, as Active Directory resolves it.
fn bearers(names: &[Names], name: &Name) -> Vec<usize> {
    let all = |bears: &dyn Fn(&Names) -> bool| {
        let found = names.iter().enumerate().filter(|(_, names)| bears(names));
        found.map(|(index, _)| index).collect::<Vec<_>>()
    };
    match name {
        Name::SamAccountName(name) => all(&|names| names.account_name == *name),
        Name::UserPrincipalName(name) => {
            let explicit = all(&|names| names.principal == *name);
            let (local, suffix) = name.split_once('@').unwrap();
            match explicit.is_empty() && suffix == SUFFIXES[0] {
                true => all(&|names| names.account_name == local),
                false => explicit,
            }
        }
        Name::Anchor(_) => panic!("anchors are not looked up here"),
    }
}

/// The accounts, and the hand that names them.
struct Stage {
    site: Site,
    accounts: Vec<TestAccount>,
    truth: Vec<Names>,
    passwords: Vec<String>,
    sequences: Vec<u64>,
    pool: Vec<String>,
    administrator: Ldap,
    random: Random,
    renames: usize,
}

impl Stage {
    async fn new() -> Self {
        let site = Site::new().await;
        let mut accounts = Vec::new();
        for _ in 0..ACCOUNTS {
            accounts.push(site.domain.create_account().await);
        }
        let truth: Vec<Names> = accounts
            .iter()
            .map(|account| Names {
                account_name: account.account_name().to_owned(),
                principal: account.principal.clone(),
            })
            .collect();
        // An account takes two names at most, so some are always nobody's.
        let spare = truth
            .iter()
            .flat_map(|names| ["s", "t"].map(|end| format!("{}{end}", names.account_name)));
        let pool = truth
            .iter()
            .map(|names| names.account_name.clone())
            .chain(spare)
            .collect();
        Self {
            administrator: site.domain.connect_administrator().await,
            passwords: vec![FIRST_PASSWORD.to_owned(); ACCOUNTS],
            sequences: vec![0; ACCOUNTS],
            site,
            accounts,
            truth,
            pool,
            random: Random(SEED),
            renames: 0,
        }
    }

    /// Writes an account's names; an empty principal is none.
    async fn name(&mut self, index: usize, names: Names) {
        let dn = &self.accounts[index].dn;
        for (attribute, value) in [
            ("sAMAccountName", &names.account_name),
            ("userPrincipalName", &names.principal),
        ] {
            replace(&mut self.administrator, dn, attribute, value.as_bytes()).await;
        }
        self.truth[index] = names;
        self.renames += 1;
    }

    /// Nobody bears it. (Samba lets no explicit principal be another account's implicit one.)
    fn is_free(&self, name: &Name) -> bool {
        bearers(&self.truth, name).is_empty()
    }

    /// An account name and a principal that nobody has.
    fn free_names(&mut self) -> Names {
        let free: Vec<String> = self
            .pool
            .iter()
            .filter(|name| self.is_free(&Name::SamAccountName((*name).clone())))
            .filter(|name| self.is_free(&Name::UserPrincipalName(format!("{name}@{}", SUFFIXES[0]))))
            .cloned()
            .collect();
        let account_name = free[self.random.below(free.len())].clone();
        let local = &self.pool[self.random.below(self.pool.len())];
        let principal = format!("{local}@{}", SUFFIXES[self.random.below(SUFFIXES.len())]);
        Names {
            account_name,
            principal: if self.is_free(&Name::UserPrincipalName(principal.clone()))
                && !self.random.is_one_in(5)
            {
                principal
            } else {
                String::new()
            },
        }
    }

    async fn move_names(&mut self) {
        let (one, other) = (self.random.below(ACCOUNTS), self.random.below(ACCOUNTS));
        match self.random.below(4) {
            // Somebody leaves, and somebody takes over the names.
            0 if one != other => {
                let left = self.truth[one].clone();
                let free = self.free_names();
                self.name(one, free).await;
                self.name(other, left).await;
            }
            1 if one != other => {
                let (first, second) = (self.truth[one].clone(), self.truth[other].clone());
                let passing = Names {
                    account_name: format!("{}x", self.pool[0]),
                    principal: String::new(),
                };
                self.name(one, passing).await;
                self.name(other, first).await;
                self.name(one, second).await;
            }
            2 => {
                let mut names = self.truth[one].clone();
                let local = names.principal.split('@').next().unwrap_or_default();
                let suffix = SUFFIXES[self.random.below(SUFFIXES.len())];
                let principal = format!("{local}@{suffix}");
                if !local.is_empty() && self.is_free(&Name::UserPrincipalName(principal.clone())) {
                    names.principal = principal;
                    self.name(one, names).await;
                }
            }
            _ => {
                let free = self.free_names();
                self.name(one, free).await;
            }
        }
    }

    fn random_name(&mut self) -> Name {
        let local = self.pool[self.random.below(self.pool.len())].clone();
        if self.random.is_one_in(3) {
            Name::SamAccountName(local)
        } else {
            let suffix = SUFFIXES[self.random.below(SUFFIXES.len())];
            Name::UserPrincipalName(format!("{local}@{suffix}"))
        }
    }

    /// Carries out an operation on the account that the directory found, by the name.
    async fn operate(
        &mut self,
        process: &mut PipelineProcess,
        found: usize,
        name: &Name,
        number: usize,
    ) -> (EventSpec, OutcomeCode, Vec<&'static str>) {
        let kind = OperationKind::ALL[self.random.below(OperationKind::ALL.len())];
        let new = format!("Lantern-{number}-Harbour");
        self.sequences[found] += 1;
        self.site.rig.anchor = self.accounts[found].anchor;
        let spec = EventSpec {
            account_name: Some(AccountName {
                name: Some(name.clone()),
            }),
            current: (kind == OperationKind::Change).then(|| self.passwords[found].clone()),
            new: kind.sets_password().then(|| new.clone()),
            ..self.site.spec(kind, self.sequences[found])
        };
        let report = self.site.carry_out(process, &spec).await;
        let (code, reasons) = code_and_reasons(&report);
        if code == OutcomeCode::Applied && kind.sets_password() {
            self.passwords[found] = new;
        }
        (spec, code, reasons)
    }

    /// The accounts whose marker names this operation.
    async fn landed_on(&self, spec: &EventSpec) -> Vec<usize> {
        let operation = spec.operation.to_string();
        let mut landed = Vec::new();
        for (index, account) in self.accounts.iter().enumerate() {
            let read = self.site.directory.read_marker(account.anchor).await.unwrap();
            let marker = String::from_utf8(read.marker.unwrap_or_default()).unwrap();
            if marker.contains(&operation) {
                landed.push(index);
            }
        }
        landed
    }
}

#[tokio::test]
async fn names_that_move_at_random_never_bring_an_operation_to_an_account_that_does_not_bear_them() {
    let mut stage = Stage::new().await;
    let mut process = stage.site.start_process().await;
    let mut synced = stage.truth.clone();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut requests = 0;
    while requests < REQUESTS {
        for _ in 0..stage.random.below(3) {
            stage.move_names().await;
        }
        if stage.random.is_one_in(4) {
            synced = stage.truth.clone();
        }
        let name = stage.random_name();
        // The directory finds none, or tells that there are several: no operation.
        let [found] = bearers(&synced, &name)[..] else {
            continue;
        };
        requests += 1;
        let (spec, code, reasons) = stage.operate(&mut process, found, &name, requests).await;
        let landed = stage.landed_on(&spec).await;
        let bearers = bearers(&stage.truth, &name);
        let what = format!(
            "seed {SEED:#x}, request {requests}, {}: {code:?} {reasons:?}, found {found}, landed on {landed:?}, borne by {bearers:?}",
            spec.kind.as_str()
        );
        assert!(landed.iter().all(|index| bearers.contains(index)), "{what}");
        let ended = match (bearers.contains(&found), code) {
            (true, OutcomeCode::Applied) => {
                assert_eq!(landed, [found], "{what}");
                "applied".to_owned()
            }
            (false, OutcomeCode::Rejected) => {
                assert_eq!(reasons, ["ACCOUNT_NAME_MOVED"], "{what}");
                "refused, name moved".to_owned()
            }
            _ => panic!("{what}"),
        };
        *outcomes.entry(ended).or_default() += 1;
    }
    println!(
        "renames {}, requests {requests}, by outcome {outcomes:?}, landed on an account that did not bear the name: 0",
        stage.renames
    );
    assert!(
        outcomes.values().all(|count| *count >= REQUESTS / 20),
        "{outcomes:?}"
    );
}
