//! After a restore, of the directory or of the DC: what AD holds and what the log holds are not of one time.

use std::collections::HashMap;

use groundwire_directory::domain::{AccountAnchor, OperationKind};
use groundwire_directory::operations::Operations;
use groundwire_proto::gateway::v1::PasswordEventPayload;
use groundwire_proto::operation::v1 as proto;
use groundwire_proto::reasons::{Reason, ReasonCode};

use crate::operations::rig::{DirectoryRig, applied, code, new_account, report, wait_for_end};

/// The markers that AD holds, and what a connector makes of an event by them.
#[derive(Default)]
struct Markers(HashMap<String, (u64, String)>);

impl Markers {
    fn carry_out(&mut self, event: &PasswordEventPayload) -> proto::Outcome {
        match self.0.get(&event.account_anchor) {
            Some((sequence, by)) if *sequence >= event.sequence => {
                let reason = Reason::new(ReasonCode::Superseded)
                    .with("by", by)
                    .with("sequence", sequence);
                proto::Outcome {
                    code: proto::OutcomeCode::Superseded as i32,
                    attempt: event.attempt,
                    reasons: vec![reason.into()],
                    ..proto::Outcome::default()
                }
            }
            Some(_) | None => {
                let marker = (event.sequence, event.operation_id.clone());
                self.0.insert(event.account_anchor.clone(), marker);
                applied(event)
            }
        }
    }
}

/// How an operation on this account ends.
async fn reset(
    directory: &DirectoryRig,
    operations: &Operations,
    markers: &mut Markers,
    anchor: AccountAnchor,
) -> String {
    let spec = directory.spec(anchor, OperationKind::SelfReset);
    let mut following = spec.to(operations).await.unwrap();
    let event = directory.connector.next_event().await;
    let outcome = markers.carry_out(&event);
    report(operations, &directory.connector.who, &event, outcome).await;
    code(&*wait_for_end(&mut following).await).unwrap().to_owned()
}

#[tokio::test]
async fn after_a_restore_from_a_dump_the_next_operation_of_an_account_is_superseded_at_most_once() {
    let directory = DirectoryRig::new().await;
    let mut markers = Markers::default();
    // How many operations each lost.
    let accounts = [(new_account(), 0), (new_account(), 1), (new_account(), 5)];
    for (account, _) in accounts {
        let end = reset(&directory, &directory.operations, &mut markers, account).await;
        assert_eq!(end, "APPLIED");
    }
    let dump = directory.database.dump().await;
    let later = directory.restart().await;
    for (account, lost) in accounts {
        for _ in 0..lost {
            assert_eq!(reset(&directory, &later, &mut markers, account).await, "APPLIED");
        }
    }
    directory.database.restore_dump(&dump).await;
    let restored = directory.restart().await;
    for (account, lost) in accounts {
        let mut ends = Vec::new();
        while ends.last().is_none_or(|end| end != "APPLIED") {
            ends.push(reset(&directory, &restored, &mut markers, account).await);
        }
        let expected: &[&str] = if lost == 0 {
            &["APPLIED"]
        } else {
            &["SUPERSEDED", "APPLIED"]
        };
        assert_eq!(ends, expected, "{lost} were lost");
        let records = directory.records(account).await;
        let skips = records.iter().filter(|record| *record == "SequenceSkipped");
        // One that lost only one number was told of none that is still to come.
        assert_eq!(skips.count(), usize::from(lost > 1), "{lost} were lost");
    }
}

#[tokio::test]
async fn the_next_event_says_whether_what_was_applied_last_may_be_lost() {
    let directory = DirectoryRig::new().await;
    let account = new_account();
    let next = async || {
        let spec = directory.spec(account, OperationKind::SelfReset);
        let mut following = directory.request(spec).await.unwrap();
        let event = directory.connector.next_event().await;
        directory.report(&event, applied(&event)).await;
        wait_for_end(&mut following).await;
        (event.last_applied_sequence, event.last_applied_may_be_lost)
    };
    assert_eq!(next().await, (0, false));
    assert_eq!(next().await, (1, false));
    *directory.connector.lost_before_us.lock() = Some(directory.store.clock().unix_us());
    assert_eq!(next().await, (2, true));
    // That one is on the DC that the group goes on with.
    assert_eq!(next().await, (3, false));
}
