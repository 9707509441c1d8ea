//! The checks, in the order in which one rests on another. Nothing is written anywhere.

use std::time::Duration;

use groundwire_kit::clock::SystemClock;
use groundwire_kit::config::Loaded;
use groundwire_kit::database;
use tokio::sync::mpsc;

use super::report::{Report, Verdict};
use crate::ad::{AccountReading, ActiveDirectory as _, DomainController, LdapsDirectory, ListedAccount};
use crate::app::{ldaps_settings, scope};
use crate::audit::AuditLog;
use crate::config::Config;
use crate::domain::{AccountAnchor, NamedBy};
use crate::identity::{CertifiedKeys, ConnectorIdentity, GroupBundle, IdentityFolder};
use crate::policy::PolicyReading;
use crate::uplink::{Dialer, SyncFiles};

const DATABASE_DEADLINE: Duration = Duration::from_secs(5);
const LISTING_DEADLINE: Duration = Duration::from_secs(60);

/// Makes every check that can be made without writing.
pub async fn examine(loaded: &Loaded<Config>) -> Report {
    let mut report = Report::default();
    let config = &loaded.config;
    match loaded.check() {
        Ok(()) => report.add("configuration", Verdict::Well, "complete"),
        Err(error) => report.add("configuration", Verdict::Failed, error.to_string()),
    }
    let identity = examine_identity(config, &mut report);
    Box::pin(examine_directory(config, identity.as_ref(), &mut report)).await;
    Box::pin(examine_ad(config, &mut report)).await;
    Box::pin(examine_audit_store(config, identity.as_ref(), &mut report)).await;
    examine_sync(config, &mut report);
    report
}

fn examine_identity(config: &Config, report: &mut Report) -> Option<ConnectorIdentity> {
    const CHECK: &str = "identity";
    let folder = IdentityFolder::new(&config.identity.folder);
    if !folder.is_enrolled() {
        report.add(
            CHECK,
            Verdict::Warning,
            "not enrolled yet: a one-time token is needed",
        );
        return None;
    }
    let loaded = ConnectorIdentity::load(&folder.connector()).and_then(|identity| {
        GroupBundle::load(&folder.bundle())?;
        let keys = CertifiedKeys::load(&folder.sealing_keys())?;
        Ok((identity, keys.ids().count()))
    });
    match loaded {
        Ok((identity, keys)) => {
            let detail = format!("connector {}, {keys} sealing key(s)", identity.connector);
            report.add(CHECK, Verdict::Well, detail);
            Some(identity)
        }
        Err(error) => {
            report.add(CHECK, Verdict::Failed, error.to_string());
            None
        }
    }
}

async fn examine_directory(config: &Config, identity: Option<&ConnectorIdentity>, report: &mut Report) {
    const CHECK: &str = "directory: TLS 1.3";
    let Some(identity) = identity else {
        report.add(
            CHECK,
            Verdict::NotChecked,
            "needs the identity, which holds the gateway's CA",
        );
        return;
    };
    let trust = identity.gateway_trust();
    let dialer = match Dialer::new(&config.directory, trust, Some(identity.client_identity())) {
        Ok(dialer) => dialer,
        Err(error) => return report.add(CHECK, Verdict::Failed, error.to_string()),
    };
    match dialer.probe().await {
        Ok(()) => report.add(CHECK, Verdict::Well, config.directory.gateway_url.clone()),
        Err(error) => report.add(CHECK, Verdict::Failed, error.to_string()),
    }
}

async fn examine_ad(config: &Config, report: &mut Report) {
    const CHECK: &str = "domain controller: name, TLS, bind";
    let settings = match ldaps_settings(&config.ad) {
        Ok(settings) => settings,
        Err(error) => return report.add(CHECK, Verdict::Failed, error.to_string()),
    };
    let ad = LdapsDirectory::start(settings);
    match ad.domain_controller().await {
        Ok(controller) => {
            report.add(CHECK, Verdict::Well, controller.name.clone());
            examine_controller(&controller, report);
            examine_name(&ad, report).await;
        }
        Err(error) => return report.add(CHECK, Verdict::Failed, error.to_string()),
    }
    examine_lockout_sources(&ad, report).await;
    examine_accounts(config, &ad, report).await;
    report.add(
        "rights to write",
        Verdict::NotChecked,
        "Active Directory has no probe for them; SECURITY.md lists them",
    );
}

/// What is read at one domain controller must be written there: the name in the settings may lead to one only.
async fn examine_name(ad: &LdapsDirectory, report: &mut Report) {
    const CHECK: &str = "one domain controller behind ad.url";
    match ad.find_controllers().await {
        Ok(names) if names.len() > 1 => {
            let detail = format!("it leads to {}: name one of them", names.join(", "));
            report.add(CHECK, Verdict::Failed, detail);
        }
        Ok(names) => report.add(CHECK, Verdict::Well, names.join(", ")),
        Err(error) => report.add(CHECK, Verdict::Warning, error.to_string()),
    }
}

fn examine_controller(controller: &DomainController, report: &mut Report) {
    match controller.policy_hints {
        Some(hints) => report.add("policy hints", Verdict::Well, hints.oid()),
        None => report.add(
            "policy hints",
            Verdict::Failed,
            "not supported: resets are refused (they would skip history and minimum age)",
        ),
    }
    if controller.read_only {
        report.add(
            "writable",
            Verdict::Failed,
            "this is a read-only domain controller",
        );
    } else {
        report.add("writable", Verdict::Well, "not a read-only domain controller");
    }
}

/// Whether the numbers that keep people from being locked out are there for every account, and are the domain's.
async fn examine_lockout_sources(ad: &LdapsDirectory, report: &mut Report) {
    const POLICIES: &str = "fine-grained policies";
    const ROLE: &str = "PDC emulator";
    let sources = match ad.read_lockout_sources().await {
        Ok(sources) => sources,
        Err(error) => return report.add(ROLE, Verdict::Failed, error.to_string()),
    };
    if sources.reads_fine_grained_policies {
        report.add(POLICIES, Verdict::Well, "readable");
    } else {
        let detail = "the Password Settings Container is not readable: of accounts with such a policy the lockout is guessed";
        report.add(POLICIES, Verdict::Failed, detail);
    }
    match sources.is_pdc_emulator {
        Some(true) => report.add(ROLE, Verdict::Well, "wrong passwords of the whole domain are counted here"),
        Some(false) => report.add(
            ROLE,
            Verdict::Warning,
            "another domain controller is: badPwdCount is not replicated, so wrong passwords that others counted are \
             not seen and an account may lock",
        ),
        None => report.add(ROLE, Verdict::NotChecked, "fSMORoleOwner or dsServiceName is not readable"),
    }
}

/// Lists the scope, and reads the first account as an operation would.
async fn examine_accounts(config: &Config, ad: &LdapsDirectory, report: &mut Report) {
    const CHECK: &str = "accounts in scope";
    let scope = scope(&config.ad);
    let (pages, mut listed) = mpsc::channel::<Vec<ListedAccount>>(2);
    let first = async {
        let mut first = None;
        while let Some(page) = listed.recv().await {
            first = first.or_else(|| page.first().map(|account| account.anchor));
        }
        first
    };
    let both = async { tokio::join!(ad.list_accounts(&scope, pages), first) };
    match tokio::time::timeout(LISTING_DEADLINE, both).await {
        Err(_elapsed) => report.add(CHECK, Verdict::Failed, "not listed within a minute"),
        Ok((Err(error), _)) => report.add(CHECK, Verdict::Failed, error.to_string()),
        Ok((Ok(0), _)) => report.add(CHECK, Verdict::Failed, "none: wrong base, or no right to read"),
        Ok((Ok(count), first)) => {
            report.add(CHECK, Verdict::Well, count.to_string());
            if let Some(anchor) = first {
                examine_account(ad, anchor, report).await;
            }
        }
    }
}

async fn examine_account(ad: &LdapsDirectory, anchor: AccountAnchor, report: &mut Report) {
    const CHECK: &str = "attributes that may be read";
    let reading = match ad.read_account(anchor, &NamedBy::Anchor).await {
        Ok(reading) => reading,
        Err(error) => return report.add(CHECK, Verdict::Failed, error.to_string()),
    };
    let account = &reading.account;
    let missing: Vec<&str> = [
        ("objectSid", account.sid.is_none()),
        ("tokenGroups", account.token_groups.is_none()),
        ("userAccountControl", account.control.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, is_missing)| is_missing.then_some(name))
    .collect();
    if missing.is_empty() {
        report.add(
            CHECK,
            Verdict::Well,
            "what the guardrails need, on the first account listed",
        );
    } else {
        report.add(
            CHECK,
            Verdict::Failed,
            format!("not readable: {}", missing.join(", ")),
        );
    }
    let (verdict, detail) = judge_lockout_numbers(&reading);
    report.add("lockout numbers", verdict, detail);
}

/// Without these numbers the lockout shield holds by the lowest threshold that is usual, and people wait for no reason.
fn judge_lockout_numbers(reading: &AccountReading) -> (Verdict, String) {
    let account = &reading.account;
    let policy = match &reading.policy {
        PolicyReading::Known(policy) => policy,
        PolicyReading::Unreadable { pso } => {
            return (Verdict::Failed, format!("{pso} applies and is not readable"));
        }
    };
    let never_locks = policy.lockout_threshold == Some(0);
    let missing: Vec<&str> = [
        ("lockoutThreshold", policy.lockout_threshold.is_none()),
        (
            "lockOutObservationWindow",
            !never_locks && policy.lockout_window.is_none(),
        ),
        ("badPwdCount", account.bad_password_count.is_none()),
        ("badPasswordTime", account.bad_password_time.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, is_missing)| is_missing.then_some(name))
    .collect();
    if missing.is_empty() {
        (Verdict::Well, "readable, of the first account listed".to_owned())
    } else {
        (Verdict::Failed, format!("not readable: {}", missing.join(", ")))
    }
}

async fn examine_audit_store(config: &Config, identity: Option<&ConnectorIdentity>, report: &mut Report) {
    const CHECK: &str = "audit store";
    let pool = match database::pool(&config.database, "groundwire-connector doctor") {
        Ok(pool) => pool,
        Err(error) => return report.add(CHECK, Verdict::Failed, error.to_string()),
    };
    if let Err(error) = database::wait_until_ready(&pool, DATABASE_DEADLINE).await {
        return report.add(CHECK, Verdict::Failed, error.to_string());
    }
    report.add(CHECK, Verdict::Well, "answers, commits durably");
    const LOG: &str = "audit log";
    let Some(identity) = identity else {
        return report.add(LOG, Verdict::NotChecked, "needs the identity");
    };
    let opened = AuditLog::open(pool, identity.connector, std::sync::Arc::new(SystemClock)).await;
    let head = match opened {
        Ok(log) => log.head().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match head {
        Ok(head) => report.add(LOG, Verdict::Well, format!("{} records", head.position)),
        Err(problem) => report.add(LOG, Verdict::Failed, format!("{problem} (was `migrate` run?)")),
    }
}

fn examine_sync(config: &Config, report: &mut Report) {
    let state = SyncFiles::of(&IdentityFolder::new(&config.identity.folder)).state();
    if let Some(found) = state.held {
        let detail = format!("held back: the last listing had {found} accounts; see confirm-removals");
        report.add("account removals", Verdict::Warning, detail);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{AccountSnapshot, FileTime, Interval};
    use crate::policy::{EffectivePolicy, PolicySource};

    fn reading(account: AccountSnapshot, policy: PolicyReading) -> AccountReading {
        AccountReading {
            account,
            bears_name: true,
            policy,
            domain_controller: DomainController {
                domain_controllers: Some(1),
                name: "dc1".to_owned(),
                naming_context: String::new(),
                invocation_id: None,
                policy_hints: None,
                read_only: false,
            },
        }
    }

    #[test]
    fn a_lockout_number_that_cannot_be_read_fails_the_check() {
        let bare = AccountSnapshot::unknown(AccountAnchor::new(Uuid::nil()), "CN=a".to_owned());
        let account = AccountSnapshot {
            bad_password_count: Some(0),
            bad_password_time: Some(FileTime::ZERO),
            ..bare.clone()
        };
        let policy = |threshold, window: Option<u32>| {
            PolicyReading::Known(EffectivePolicy {
                lockout_threshold: threshold,
                lockout_window: window.map(Interval::from_seconds),
                ..EffectivePolicy::unknown(PolicySource::Domain)
            })
        };
        let unreadable = PolicyReading::Unreadable {
            pso: "CN=p".to_owned(),
        };
        let rows = [
            (&account, policy(Some(5), Some(600)), Verdict::Well),
            (&account, policy(Some(0), None), Verdict::Well),
            (&account, policy(Some(5), None), Verdict::Failed),
            (&account, policy(None, Some(600)), Verdict::Failed),
            (&account, unreadable, Verdict::Failed),
            (&bare, policy(Some(5), Some(600)), Verdict::Failed),
        ];
        for (account, policy, expected) in rows {
            let (verdict, detail) = judge_lockout_numbers(&reading(account.clone(), policy));
            assert_eq!(verdict, expected, "{detail}");
        }
    }
}
