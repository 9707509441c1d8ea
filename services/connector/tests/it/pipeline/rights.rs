//! Every right that the service account may lack, on the real domain controller: it is named, and the command that is told
//! mends it.

use groundwire_connector::domain::OperationKind;
use groundwire_proto::gateway::v1::OutcomeReport;
use groundwire_proto::operation::v1::{OperationFlags, OutcomeCode, Reason};

use crate::ad::administrator::TestObject;
use crate::ad::rig::TestDomain;
use crate::pipeline::event_spec::EventSpec;
use crate::pipeline::process::{PipelineProcess, code_and_reasons, warnings};
use crate::pipeline::real_dc::Site;
use crate::pipeline::rig::NEW;

const USER: &str = "bf967aba-0de6-11d0-a285-00aa003049e2";
const RESET: (&str, &str) = ("CR", "00299570-246d-11d0-a768-00aa006e0529");
const PWD_LAST_SET: (&str, &str) = ("WP", "bf967a0a-0de6-11d0-a285-00aa003049e2");
const LOCKOUT_TIME: (&str, &str) = ("WP", "28630ebf-41d5-11d1-a9c1-0000f80367c1");
const MARKER: (&str, &str) = ("WP", "f5446328-8b6e-498d-95a8-211748d5acdc");
const EVERYTHING: [(&str, &str); 4] = [RESET, PWD_LAST_SET, LOCKOUT_TIME, MARKER];
const MARKER_WORDS: &str = "write msDS-cloudExtensionAttribute20";
const OTHER: &str = "Quieter-Window-19";

/// An account in a unit of its own, on which the service account lacks some rights.
struct Lacking {
    site: Site,
    process: PipelineProcess,
    domain: TestDomain,
    sid: String,
    sequence: u64,
    // Goes after the account in it.
    unit: TestObject,
}

impl Lacking {
    async fn rights(missing: &[(&str, &str)]) -> Self {
        let domain = TestDomain::from_environment().await;
        let (unit, sid) = (domain.create_unit().await, domain.service_sid().await);
        for right in EVERYTHING.iter().filter(|right| !missing.contains(right)) {
            let (access, guid) = right;
            let entry = format!("(OA;CIIO;{access};{guid};{USER};{sid})");
            domain.add_entry(&unit.dn, &entry).await;
        }
        let account = domain.create_account_in(&unit.dn, "").await;
        let mut site = Site::of(&domain, account).await;
        site.rig.scope.clone_from(&unit.dn);
        let process = site.start_process().await;
        Self {
            site,
            process,
            domain,
            sid,
            sequence: 0,
            unit,
        }
    }

    async fn carry_out(&mut self, spec: EventSpec) -> OutcomeReport {
        self.sequence += 1;
        let spec = EventSpec {
            sequence: self.sequence,
            ..spec
        };
        self.site.carry_out(&mut self.process, &spec).await
    }

    fn spec(&self, kind: OperationKind) -> EventSpec {
        self.site.spec(kind, 0)
    }

    /// Does what the command says: grants the entry that it names, on the unit, to the service account.
    async fn run_command_of(&self, reason: &Reason) {
        let command = &reason.fields["samba_command"];
        let (_, entry) = command.split_once("--sddl=\"").unwrap();
        let entry = entry
            .trim_end_matches('"')
            .replace("<SID of the account>", &self.sid);
        self.domain.add_entry(&self.unit.dn, &entry).await;
    }
}

fn reason(report: &OutcomeReport) -> Reason {
    report.outcome.as_ref().unwrap().reasons[0].clone()
}

#[tokio::test]
async fn the_right_that_is_missing_is_named_and_its_command_mends_it() {
    use OperationKind::{AdminReset, Change, RequireChange, SelfReset, Unlock};
    let rows = [
        (AdminReset, RESET, "Reset Password"),
        (SelfReset, MARKER, MARKER_WORDS),
        (Change, MARKER, MARKER_WORDS),
        (Unlock, LOCKOUT_TIME, "write lockoutTime"),
        (Unlock, MARKER, MARKER_WORDS),
        (RequireChange, PWD_LAST_SET, "write pwdLastSet"),
    ];
    for (kind, missing, named) in rows {
        let mut lacking = Lacking::rights(&[missing]).await;
        let spec = lacking.spec(kind);
        let refused = lacking.carry_out(spec.clone()).await;
        assert_eq!(
            code_and_reasons(&refused),
            (OutcomeCode::Failed, vec!["RIGHT_MISSING"]),
            "{kind} without {named}"
        );
        assert_eq!(reason(&refused).fields["right"], named, "{kind}");
        lacking.run_command_of(&reason(&refused)).await;
        let again = lacking
            .carry_out(EventSpec {
                operation: EventSpec::new(kind).operation,
                ..spec
            })
            .await;
        assert_eq!(
            code_and_reasons(&again),
            (OutcomeCode::Applied, vec![]),
            "{kind} after the command for {named}"
        );
    }
}

#[tokio::test]
async fn two_missing_rights_are_mended_by_what_is_told_one_after_the_other() {
    let mut lacking = Lacking::rights(&[RESET, MARKER]).await;
    for named in [MARKER_WORDS, "Reset Password"] {
        let spec = lacking.spec(OperationKind::SelfReset);
        let refused = lacking.carry_out(spec).await;
        assert_eq!(reason(&refused).fields["right"], named);
        lacking.run_command_of(&reason(&refused)).await;
    }
    let spec = lacking.spec(OperationKind::SelfReset);
    let report = lacking.carry_out(spec).await;
    assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
    assert!(lacking.site.account.binds_with(NEW).await);
}

#[tokio::test]
async fn what_could_not_go_with_a_password_tells_the_command_that_lets_it() {
    for (missing, flag, warning) in [
        (
            PWD_LAST_SET,
            OperationFlags {
                must_change_at_next_logon: true,
                ..OperationFlags::default()
            },
            "MUST_CHANGE_FLAG_NOT_SET",
        ),
        (
            LOCKOUT_TIME,
            OperationFlags {
                unlock: true,
                ..OperationFlags::default()
            },
            "TRIES_NOT_CLEARED",
        ),
    ] {
        let mut lacking = Lacking::rights(&[missing]).await;
        lacking.site.account.binds_with("Wrong-Harbour-99").await;
        let spec = EventSpec {
            flags: flag,
            ..lacking.spec(OperationKind::AdminReset)
        };
        let report = lacking.carry_out(spec.clone()).await;
        assert_eq!(code_and_reasons(&report), (OutcomeCode::Applied, vec![]));
        assert_eq!(warnings(&report), [warning]);
        let told = report.outcome.as_ref().unwrap().warnings[0].clone();
        lacking.run_command_of(&told).await;
        let again = lacking
            .carry_out(EventSpec {
                operation: EventSpec::new(OperationKind::AdminReset).operation,
                new: Some(OTHER.to_owned()),
                ..spec
            })
            .await;
        assert_eq!(code_and_reasons(&again), (OutcomeCode::Applied, vec![]));
        assert!(warnings(&again).is_empty(), "{warning}: {:?}", warnings(&again));
    }
}

#[tokio::test]
async fn the_advice_for_a_protection_that_was_left_behind_mends_it() {
    let site = Site::new().await;
    let mut process = site.start_process().await;
    site.account.set_attribute("adminCount", b"1").await;
    let refused = site
        .carry_out(&mut process, &site.spec(OperationKind::SelfReset, 1))
        .await;
    assert_eq!(code_and_reasons(&refused).1, ["ACCOUNT_PROTECTION_STALE"]);
    let advice = &reason(&refused).admin_message;
    assert!(advice.contains("-Clear adminCount"), "{advice}");
    site.account.set_attribute("adminCount", b"").await;
    let again = site
        .carry_out(&mut process, &site.spec(OperationKind::SelfReset, 2))
        .await;
    assert_eq!(code_and_reasons(&again), (OutcomeCode::Applied, vec![]));
}
