//! The check against the operation, on the real domain controller: whatever the operation ends with, the check said it or
//! said that it could not see it.

use groundwire_connector::ad::ActiveDirectory as _;
use groundwire_connector::domain::OperationKind;
use groundwire_proto::operation::v1::{OutcomeCode, ReasonCode};
use groundwire_proto::reasons::name;

use crate::ad::administrator::{CHANGE_PASSWORD, Rules, TestObject};
use crate::ad::rig::{FIRST_PASSWORD, TestAccount, TestDomain};
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::PipelineProcess;
use crate::pipeline::real_dc::Site;
use crate::pipeline::rig::{NEW, OLD};

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Plain,
    Disabled,
    Locked,
    MustChange,
    Expired,
    NeverExpires,
    SmartCard,
    PasswordNotRequired,
    CannotChange,
    ProtectionStale,
    LongPasswords,
    TooYoung,
    SimplePasswords,
    PasswordExpired,
    PolicyUnreadable,
    OutOfScope,
    WithoutRights,
}

const STATES: [State; 17] = [
    State::Plain,
    State::Disabled,
    State::Locked,
    State::MustChange,
    State::Expired,
    State::NeverExpires,
    State::SmartCard,
    State::PasswordNotRequired,
    State::CannotChange,
    State::ProtectionStale,
    State::LongPasswords,
    State::TooYoung,
    State::SimplePasswords,
    State::PasswordExpired,
    State::PolicyUnreadable,
    State::OutOfScope,
    State::WithoutRights,
];

impl State {
    /// What else it needs, to be kept as long as the account.
    async fn prepare(self, domain: &TestDomain, account: &TestAccount) -> Option<TestObject> {
        let rules = Rules::default();
        let set =
            |attribute: &'static str, value: &'static str| account.set_attribute(attribute, value.as_bytes());
        match self {
            Self::Plain | Self::OutOfScope | Self::WithoutRights => {}
            Self::Disabled => set("userAccountControl", "514").await,
            Self::Locked => account.lock().await,
            Self::MustChange => set("pwdLastSet", "0").await,
            Self::Expired => set("accountExpires", "132223104000000000").await,
            Self::NeverExpires => set("userAccountControl", "66048").await,
            Self::SmartCard => set("userAccountControl", "262656").await,
            Self::PasswordNotRequired => set("userAccountControl", "544").await,
            Self::CannotChange => {
                for trustee in ["S-1-5-10", "S-1-1-0"] {
                    let entry = format!("(OD;;CR;{CHANGE_PASSWORD};;{trustee})");
                    domain.add_entry(&account.dn, &entry).await;
                }
            }
            Self::ProtectionStale => set("adminCount", "1").await,
            Self::LongPasswords => {
                let minimum_length = 30;
                return Some(
                    domain
                        .create_policy(
                            account,
                            Rules {
                                minimum_length,
                                ..rules
                            },
                        )
                        .await,
                );
            }
            Self::TooYoung => {
                let minimum_age = 86_400;
                return Some(
                    domain
                        .create_policy(account, Rules { minimum_age, ..rules })
                        .await,
                );
            }
            Self::SimplePasswords => {
                let complex = false;
                return Some(domain.create_policy(account, Rules { complex, ..rules }).await);
            }
            Self::PasswordExpired => {
                let maximum_age = 1;
                return Some(
                    domain
                        .create_policy(account, Rules { maximum_age, ..rules })
                        .await,
                );
            }
            Self::PolicyUnreadable => {
                let minimum_length = 30;
                let policy = domain
                    .create_policy(
                        account,
                        Rules {
                            minimum_length,
                            ..rules
                        },
                    )
                    .await;
                domain.hide(&policy.dn).await;
                return Some(policy);
            }
        }
        None
    }
}

/// A connector for one account after another.
struct Pairs {
    site: Site,
    process: PipelineProcess,
}

impl Pairs {
    async fn new(domain: &TestDomain, scope: Option<&str>) -> Self {
        let mut site = Site::of(domain, domain.create_account().await).await;
        if let Some(scope) = scope {
            scope.clone_into(&mut site.rig.scope);
        }
        let process = site.start_process().await;
        Self { site, process }
    }

    fn take(&mut self, account: TestAccount) {
        self.site.rig.anchor = account.anchor;
        self.site.account = account;
    }

    /// Checks, then writes, and holds the two together. Returns what the operation ended with.
    async fn compare(
        &mut self,
        kind: OperationKind,
        current: &str,
        new: &str,
        what: &str,
    ) -> Vec<ReasonCode> {
        let spec = EventSpec {
            current: (kind == OperationKind::Change).then(|| current.to_owned()),
            new: Some(new.to_owned()),
            ..self.site.spec(kind, 1)
        };
        let check = self.process.pipeline.check(self.site.rig.sign_check(&spec));
        let check = check.await.unwrap();
        let told: Vec<ReasonCode> = check.reasons.iter().map(|reason| reason.code()).collect();
        let unseen: Vec<ReasonCode> = check.not_checked().collect();
        let report = self.site.carry_out(&mut self.process, &spec).await;
        let outcome = report.outcome.as_ref().unwrap();
        let ended: Vec<ReasonCode> = outcome.reasons.iter().map(|reason| reason.code()).collect();
        let shown = |codes: &[ReasonCode]| codes.iter().copied().map(name).collect::<Vec<_>>().join(", ");
        let all = format!(
            "{what}, {kind}: ended {:?} with [{}]; the check said [{}] and did not see [{}]",
            outcome.code(),
            shown(&ended),
            shown(&told),
            shown(&unseen)
        );
        if outcome.code() == OutcomeCode::Applied {
            assert!(told.is_empty(), "{all}");
        } else {
            assert!(!ended.is_empty(), "{all}");
            let is_said = |reason: &ReasonCode| told.contains(reason) || unseen.contains(reason);
            assert!(ended.iter().all(is_said), "{all}");
        }
        ended
    }
}

const KINDS: [OperationKind; 3] = [
    OperationKind::Change,
    OperationKind::SelfReset,
    OperationKind::AdminReset,
];

#[tokio::test]
async fn what_an_operation_ends_with_the_check_has_told_or_says_that_it_cannot_see() {
    let domain = TestDomain::from_environment().await;
    let unit = domain.create_unit().await;
    let mut in_scope = Pairs::new(&domain, None).await;
    let mut in_unit = Pairs::new(&domain, Some(&unit.dn)).await;
    for state in STATES {
        for kind in KINDS {
            let account = if matches!(state, State::OutOfScope | State::WithoutRights) {
                domain.create_account_in(&unit.dn, "").await
            } else {
                domain.create_account().await
            };
            let _kept = state.prepare(&domain, &account).await;
            let pairs = if state == State::WithoutRights {
                &mut in_unit
            } else {
                &mut in_scope
            };
            pairs.take(account);
            let ended = pairs.compare(kind, OLD, NEW, &format!("{state:?}")).await;
            if (state, kind) == (State::CannotChange, OperationKind::Change) {
                let expected = [ReasonCode::UserCannotChangePassword];
                assert_eq!(ended, expected, "the state is what it is to be");
            }
        }
    }
    drop((in_scope, in_unit));
}

#[tokio::test]
async fn passwords_that_only_active_directory_can_refuse_are_listed_as_unseen() {
    let domain = TestDomain::from_environment().await;
    let mut pairs = Pairs::new(&domain, None).await;
    let rows = [
        ("history", FIRST_PASSWORD, OLD),
        ("another table's classes", "tidal lantern€€", OLD),
        ("wrong current password", NEW, "Wrong-Harbour-99"),
        ("too short", "aA1!", OLD),
    ];
    for (what, new, current) in rows {
        for kind in KINDS {
            pairs.take(domain.create_account().await);
            pairs.compare(kind, current, new, what).await;
        }
    }
}

#[tokio::test]
async fn a_check_sees_that_a_change_is_denied() {
    let domain = TestDomain::from_environment().await;
    let site = Site::of(&domain, domain.create_account().await).await;
    State::CannotChange.prepare(&domain, &site.account).await;
    let process = site.start_process().await;
    let check = |kind| process.pipeline.check(site.rig.sign_check(&site.spec(kind, 1)));
    let denied = check(OperationKind::Change).await.unwrap();
    let told: Vec<ReasonCode> = denied.reasons.iter().map(|reason| reason.code()).collect();
    assert_eq!(told, [ReasonCode::UserCannotChangePassword]);
    let allowed = check(OperationKind::SelfReset).await.unwrap();
    assert!(allowed.reasons.is_empty(), "{:?}", allowed.reasons);
    let anchor = domain.create_account().await;
    let rights = site.directory.read_rights(anchor.anchor).await.unwrap();
    assert_eq!(
        rights.change_password,
        groundwire_connector::ad::Permission::Granted
    );
}
