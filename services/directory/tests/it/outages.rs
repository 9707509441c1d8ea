//! The database is frozen, gone without a word, restarted or failed over: what each caller is answered, and when, and how
//! soon work goes on. A forwarder stands between the directory and its Postgres.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use groundwire_kit::testing::Forwarder;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::account_service_client::AccountServiceClient;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use tokio::time::{Instant, sleep_until, timeout};
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

use crate::api::{Served, with_token};
use crate::database::{SERVICE, TestDatabase};

/// How many connections the pool may have.
const PLACES: usize = 16;
/// How many call at once: more than that.
const CALLERS: usize = 64;
/// Each calls no more often than this: it is to be answered, and not to keep the machine busy.
const PACE: Duration = Duration::from_millis(100);
const CALLERS_DEADLINE: Duration = Duration::from_secs(3);
/// What a busy machine may add to an answer's time.
const SLACK: Duration = Duration::from_millis(500);
const HEALED_WITHIN: Duration = Duration::from_secs(2);
/// A statement on a connection that is gone without a word is given up after two seconds; then work goes on.
const NOTICED_WITHIN: Duration = Duration::from_secs(2);

/// A caller's answers: codes with the reasons in their details, and the longest wait.
#[derive(Debug, Default)]
struct Answers {
    by_code: BTreeMap<String, u32>,
    longest: Duration,
    last_success: Option<Instant>,
}

impl Answers {
    fn add<T>(&mut self, began: Instant, answer: &Result<T, Status>) {
        let word = match answer {
            Ok(_) => {
                self.last_success = Some(Instant::now());
                "OK".to_owned()
            }
            Err(status) => {
                let details = status.get_error_details();
                let reason = details
                    .error_info()
                    .map_or("no reason", |info| info.reason.as_str());
                format!("{:?}/{reason}", status.code())
            }
        };
        *self.by_code.entry(word).or_default() += 1;
        self.longest = self.longest.max(began.elapsed());
    }

    fn merge(mut self, other: Self) -> Self {
        for (word, count) in other.by_code {
            *self.by_code.entry(word).or_default() += count;
        }
        self.longest = self.longest.max(other.longest);
        self.last_success = self.last_success.max(other.last_success);
        self
    }
}

#[derive(Clone)]
struct Callers {
    tenant: String,
    channel: Channel,
}

impl Callers {
    fn of(served: &Served) -> Self {
        Self {
            tenant: served.tenant.clone(),
            channel: served.api_channel(),
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = with_token(message, "operator");
        let tenant = self.tenant.parse().unwrap();
        request.metadata_mut().insert("groundwire-tenant-id", tenant);
        request.set_timeout(CALLERS_DEADLINE);
        request
    }

    /// One call of each kind of read in turn.
    async fn read(&self, turn: usize) -> Result<(), Status> {
        let (mut accounts, mut tenants) = (
            AccountServiceClient::new(self.channel.clone()),
            TenantServiceClient::new(self.channel.clone()),
        );
        match turn % 4 {
            0 => accounts
                .list_accounts(self.request(api::ListAccountsRequest::default()))
                .await
                .map(drop),
            1 => tenants
                .list_connectors(self.request(api::ListConnectorsRequest::default()))
                .await
                .map(drop),
            2 => tenants
                .get_writeback_settings(self.request(api::GetWritebackSettingsRequest::default()))
                .await
                .map(drop),
            _ => tenants
                .get_writeback_status(self.request(api::GetWritebackStatusRequest::default()))
                .await
                .map(drop),
        }
    }

    /// As many as there are callers read again and again until then.
    async fn read_until(&self, end: Instant) -> Answers {
        let callers = (0..CALLERS).map(|caller| {
            let callers = self.clone();
            tokio::spawn(async move {
                let mut answers = Answers::default();
                for turn in caller.. {
                    if Instant::now() >= end {
                        break;
                    }
                    let began = Instant::now();
                    answers.add(began, &callers.read(turn).await);
                    sleep_until(began + PACE).await;
                }
                answers
            })
        });
        let answers = join_all(callers).await;
        answers
            .into_iter()
            .map(Result::unwrap)
            .reduce(Answers::merge)
            .unwrap()
    }

    /// How long until a call of each kind succeeds.
    async fn healed_after(&self) -> Duration {
        let began = Instant::now();
        let succeeding = async {
            for turn in 0..4 {
                while self.read(turn).await.is_err() {}
            }
        };
        timeout(Duration::from_secs(60), succeeding).await.unwrap();
        began.elapsed()
    }
}

async fn behind() -> (Forwarder, Served) {
    let database = TestDatabase::new().await;
    let forwarder = database.forwarder().await;
    let served = Served::behind(&forwarder, database).await;
    (forwarder, served)
}

fn assert_typed(answers: &Answers) {
    assert!(answers.longest < CALLERS_DEADLINE + SLACK, "{answers:?}");
    for word in answers.by_code.keys() {
        let typed = [
            "OK",
            "Unavailable/STORE_UNAVAILABLE",
            "DeadlineExceeded/REQUEST_EXPIRED",
        ];
        assert!(typed.contains(&word.as_str()), "{word}: {answers:?}");
    }
}

/// All connections that the pool may have can be in use at once.
async fn assert_whole(forwarder: &Forwarder, callers: &Callers) {
    let answers = callers.read_until(Instant::now() + Duration::from_secs(2)).await;
    assert_eq!(answers.by_code.keys().collect::<Vec<_>>(), ["OK"], "{answers:?}");
    assert_eq!(forwarder.established(), PLACES, "places of the pool");
}

/// As many as the server knows of, where it was told that the others are gone.
async fn assert_no_session_is_left_behind(served: &Served) {
    let sessions: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
    )
    .bind("groundwire-directory")
    .fetch_one(&served.database.superuser)
    .await
    .unwrap();
    assert_eq!(usize::try_from(sessions).unwrap(), PLACES);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_frozen_every_caller_is_answered_in_time_and_then_the_pool_is_whole() {
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    callers.read_until(Instant::now() + Duration::from_secs(1)).await;
    let thaw = Instant::now() + Duration::from_secs(10);
    forwarder.freeze();
    let (answers, ()) = tokio::join!(callers.read_until(thaw), async {
        sleep_until(thaw).await;
        forwarder.heal();
    });
    let healed_after = callers.healed_after().await;
    println!("frozen for 10 s: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < HEALED_WITHIN, "{healed_after:?}");
    assert_whole(&forwarder, &callers).await;
    assert_no_session_is_left_behind(&served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_gone_without_a_word_are_noticed_and_replaced_within_seconds() {
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    let end = Instant::now() + Duration::from_secs(8);
    let (answers, healed_after) = tokio::join!(callers.read_until(end), async {
        sleep_until(end - Duration::from_secs(6)).await;
        forwarder.black_hole();
        callers.healed_after().await
    });
    println!("black hole: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < NOTICED_WITHIN + HEALED_WITHIN, "{healed_after:?}");
    assert_whole(&forwarder, &callers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_or_refuses_is_told_as_away_and_work_goes_on_when_it_is_back() {
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    let back = Instant::now() + Duration::from_secs(4);
    let (answers, ()) = tokio::join!(callers.read_until(back), async {
        sleep_until(back - Duration::from_secs(3)).await;
        forwarder.refuse();
        forwarder.cut();
        sleep_until(back).await;
        forwarder.heal();
    });
    let healed_after = callers.healed_after().await;
    println!("refusing for 3 s: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < HEALED_WITHIN, "{healed_after:?}");
    assert_whole(&forwarder, &callers).await;
    assert_no_session_is_left_behind(&served).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failover_the_server_behind_the_same_name_is_used() {
    let (forwarder, served) = Box::pin(behind()).await;
    let callers = Callers::of(&served);
    // The same database at another address: the old one answers nothing any more.
    let server = served.database.options(SERVICE);
    let standby = Forwarder::start(server.get_host(), server.get_port()).await;
    let end = Instant::now() + Duration::from_secs(8);
    let (answers, healed_after) = tokio::join!(callers.read_until(end), async {
        sleep_until(end - Duration::from_secs(6)).await;
        forwarder.point_at("127.0.0.1", standby.address().port());
        forwarder.black_hole();
        callers.healed_after().await
    });
    println!("failed over: {answers:?}, healed after {healed_after:?}");
    assert_typed(&answers);
    assert!(healed_after < NOTICED_WITHIN + HEALED_WITHIN, "{healed_after:?}");
    assert!(standby.established() > 0, "nothing went to the new server");
    assert_whole(&forwarder, &callers).await;
}
