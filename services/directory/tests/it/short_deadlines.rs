//! The truth about a deadline, through the API: what callers with little time learn while the database stalls, held
//! against what the log has when everything has come to its end.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::testing::wait_until;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use groundwire_proto::gateway::v1::{
    Credit, OutcomeReport, PasswordEventPayload, Received, SyncedAccount, attach_request, attach_response,
};
use groundwire_proto::operation::v1 as proto;
use parking_lot::Mutex;
use prost::Message as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::api::{Served, with_token};
use crate::database::{TestDatabase, soon};
use crate::gateway::fake_connector::ConnectorStream;
use crate::operations::rig::applied;
use crate::operations::tasks::lock_log;

const APP: &str = "self_service_app";
const ACCOUNTS: usize = 4;
const CALLERS: usize = 6;
/// Requests, unless the variable says how many: 10,000 for a measurement.
const REQUESTS: usize = 2_000;
const REQUESTS_VARIABLE: &str = "GROUNDWIRE_TEST_SHORT_DEADLINES";

/// What a caller learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Learned {
    NothingRecorded,
    NotKnown,
    /// Its own clock was faster than any answer.
    CutOff,
    Answered,
    /// Another error, which says that there is no operation.
    Refused,
}

fn random(below: u64) -> u64 {
    Uuid::new_v4().as_u64_pair().0 % below
}

fn account(number: usize) -> SyncedAccount {
    SyncedAccount {
        anchor: Uuid::from_u128(0x4000_0000 + u128::try_from(number).unwrap()).to_string(),
        user_principal_name: format!("person{number}@corp.example"),
        sam_account_name: format!("person{number}"),
        display_name: format!("Person {number}"),
        enabled: true,
    }
}

/// An unlock: sealing would take most of the time of a request in a build for tests.
fn request(id: Uuid, number: usize, within: Duration) -> tonic::Request<api::UnlockAccountRequest> {
    let name = proto::account_name::Name::UserPrincipalName(account(number).user_principal_name);
    let message = api::UnlockAccountRequest {
        operation_id: id.to_string(),
        account: Some(proto::AccountName { name: Some(name) }),
        ..api::UnlockAccountRequest::default()
    };
    let mut request = with_token(message, APP);
    request.set_timeout(within);
    request
}

/// Takes every event and reports at once that it was written, in no time: admission refuses nobody for the queue.
async fn play_connector(mut stream: ConnectorStream) {
    stream
        .send(attach_request::Frame::Credit(Credit { events: 1_000 }))
        .await;
    loop {
        let next = stream.until(|frame| {
            let attach_response::Frame::PasswordEvent(event) = frame else {
                return None;
            };
            Some(event)
        });
        let Ok(event) = next.await else { return };
        let event = PasswordEventPayload::decode(event.event.unwrap().payload.as_slice()).unwrap();
        let received = Received {
            operation_id: event.operation_id.clone(),
            attempt: event.attempt,
            ..Received::default()
        };
        let mut outcome = applied(&event);
        outcome.durations[0].duration = Some(prost_types::Duration {
            seconds: 0,
            nanos: 10_000,
        });
        let report = OutcomeReport {
            operation_id: event.operation_id,
            outcome: Some(outcome),
            ..OutcomeReport::default()
        };
        for frame in [
            attach_request::Frame::Received(received),
            attach_request::Frame::Outcome(report),
            attach_request::Frame::Credit(Credit { events: 1 }),
        ] {
            stream.send(frame).await;
        }
    }
}

/// Holds the log's table for random times, as a checkpoint, a fail-over or a lock does.
async fn stall(database: &TestDatabase, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let lock = lock_log(database, "EXCLUSIVE").await;
        tokio::time::sleep(Duration::from_millis(20 + random(130))).await;
        lock.rollback().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10 + random(50))).await;
    }
}

fn learned(answer: Result<tonic::Response<api::UnlockAccountResponse>, Status>) -> Learned {
    let status = match answer {
        Ok(_) => return Learned::Answered,
        Err(status) => status,
    };
    match status.get_details_error_info().map(|info| info.reason).as_deref() {
        Some("REQUEST_EXPIRED") => Learned::NothingRecorded,
        Some("RECORDING_UNKNOWN") => Learned::NotKnown,
        Some(_) => Learned::Refused,
        // Of the client's own timer, or of the server's, which keeps the same time.
        None => {
            assert!(
                matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded),
                "{status}"
            );
            Learned::CutOff
        }
    }
}

async fn operations_in_log(database: &TestDatabase) -> HashSet<Uuid> {
    let recorded: Vec<Uuid> = sqlx::query_scalar(
        "SELECT (convert_from(body, 'UTF8')::jsonb ->> 'operation_id')::uuid FROM eventlog.records
         WHERE event_type = 'OperationRequested'",
    )
    .fetch_all(&database.superuser)
    .await
    .unwrap();
    recorded.into_iter().collect()
}

async fn allow_unlock(served: &Served) {
    let mut tenants = TenantServiceClient::new(served.api_channel());
    soon(tenants.update_writeback_settings(unlock_setting(served)))
        .await
        .unwrap();
}

fn unlock_setting(served: &Served) -> tonic::Request<api::UpdateWritebackSettingsRequest> {
    served.operator(api::UpdateWritebackSettingsRequest {
        settings: Some(api::WritebackSettings {
            self_service_unlock: true,
            ..api::WritebackSettings::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["self_service_unlock".to_owned()],
        }),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the test is run is said in the environment"
)]
fn requests() -> usize {
    std::env::var(REQUESTS_VARIABLE).map_or(REQUESTS, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_learns_that_nothing_was_recorded_is_right_for_ever() {
    let served = Arc::new(Served::new().await);
    let (_connector, stream) = served.connector_of((0..ACCOUNTS).map(account).collect()).await;
    let connector = tokio::spawn(play_connector(stream));
    allow_unlock(&served).await;
    // The connection is made, and the pace of the connector is known: until then admission takes it for a DC's.
    let mut passwords = served.passwords();
    for number in 0..60 {
        let first = request(Uuid::new_v4(), number % ACCOUNTS, Duration::from_secs(20));
        soon(passwords.unlock_account(first)).await.unwrap();
    }
    let stop = CancellationToken::new();
    let stalling = tokio::spawn({
        let (served, stop) = (Arc::clone(&served), stop.clone());
        async move { stall(&served.database, &stop).await }
    });
    let all = requests();
    let calls: Arc<Mutex<BTreeMap<Learned, Vec<Uuid>>>> = Arc::default();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (mut passwords, calls) = (passwords.clone(), Arc::clone(&calls));
        callers.spawn(async move {
            for number in (caller..all).step_by(CALLERS) {
                let (id, within) = (Uuid::new_v4(), Duration::from_millis(1 + random(60)));
                let answer = passwords
                    .unlock_account(request(id, number % ACCOUNTS, within))
                    .await;
                calls.lock().entry(learned(answer)).or_default().push(id);
            }
        });
    }
    while let Some(done) = callers.join_next().await {
        done.unwrap();
    }
    stop.cancel();
    stalling.await.unwrap();
    // A mailbox is taken in order: when the last request of an account is answered, those before it are settled.
    for number in 0..ACCOUNTS {
        let last = request(Uuid::new_v4(), number, Duration::from_secs(20));
        soon(passwords.unlock_account(last)).await.unwrap();
    }
    let recorded = operations_in_log(&served.database).await;
    let calls = std::mem::take(&mut *calls.lock());
    let count = |what| calls.get(&what).map_or(0, Vec::len);
    let in_log = |what| {
        let ids = calls.get(&what).into_iter().flatten();
        ids.filter(|id| recorded.contains(id)).count()
    };
    println!("{all} requests with deadlines from 1 to 60 ms while the database stalls:");
    for what in [
        Learned::NothingRecorded,
        Learned::NotKnown,
        Learned::CutOff,
        Learned::Answered,
        Learned::Refused,
    ] {
        println!("{what:?}: {}, of these recorded: {}", count(what), in_log(what));
    }
    assert_eq!(in_log(Learned::NothingRecorded), 0);
    assert_eq!(in_log(Learned::Refused), 0);
    assert_eq!(in_log(Learned::Answered), count(Learned::Answered));
    // Beside other tests a busy machine lets few answers come in time; a measurement has it to itself.
    let least = if all == REQUESTS { all / 40 } else { all / 5 };
    assert!(
        count(Learned::NothingRecorded) >= least,
        "too few to say anything"
    );
    assert!(count(Learned::NotKnown) > 0, "nothing was in doubt");
    connector.abort();
}

#[tokio::test]
async fn a_command_that_is_cut_while_it_is_recorded_is_not_known_and_no_refusal() {
    let served = Served::new().await;
    let lock = lock_log(&served.database, "EXCLUSIVE").await;
    let mut tenants = TenantServiceClient::new(served.api_channel());
    let mut update = unlock_setting(&served);
    update.set_timeout(Duration::from_millis(600));
    let cut = soon(tenants.update_writeback_settings(update)).await.unwrap_err();
    assert_eq!(cut.code(), Code::Unavailable);
    assert_eq!(cut.get_details_error_info().unwrap().reason, "RECORDING_UNKNOWN");
    lock.rollback().await.unwrap();
    wait_until("the settings are changed after all", async || {
        let get = served.operator(api::GetWritebackSettingsRequest {});
        let settings = tenants.get_writeback_settings(get).await.unwrap().into_inner();
        settings.settings.unwrap().self_service_unlock
    })
    .await;
    let refused: i64 =
        sqlx::query_scalar("SELECT count(*) FROM eventlog.records WHERE event_type = 'AttemptRefused'")
            .fetch_one(&served.database.superuser)
            .await
            .unwrap();
    assert_eq!(refused, 0, "it was audited as a refusal");
}
