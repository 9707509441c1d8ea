//! Who calls a directory while its database is ill, and what they are answered.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use groundwire_proto::directory::v1 as api;
use groundwire_proto::directory::v1::account_service_client::AccountServiceClient;
use groundwire_proto::directory::v1::tenant_service_client::TenantServiceClient;
use tokio::time::{Instant, sleep_until, timeout};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::api::{Served, with_token};

/// How many connections the pool may have.
pub(super) const PLACES: usize = 16;
/// How many call at once: more than that.
const CALLERS: usize = 64;
/// Each calls no more often than this: it is to be answered, and not to keep the machine busy.
const PACE: Duration = Duration::from_millis(100);
pub(super) const CALLERS_DEADLINE: Duration = Duration::from_secs(3);
/// What a busy machine may add to an answer's time.
pub(super) const SLACK: Duration = Duration::from_secs(1);
pub(super) const HEALED_WITHIN: Duration = Duration::from_secs(2);

/// A caller's answers: codes with the reasons in their details, and the longest wait.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) by_code: BTreeMap<String, u32>,
    pub(super) longest: Duration,
}

impl Answers {
    fn add<T>(&mut self, began: Instant, answer: &Result<T, Status>) {
        let word = match answer {
            Ok(_) => "OK".to_owned(),
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
        self
    }
}

#[derive(Clone)]
pub(super) struct Callers {
    tenant: String,
    channel: Channel,
}

impl Callers {
    pub(super) fn of(served: &Served) -> Self {
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
    async fn read(self, turn: usize) -> Result<(), Status> {
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
    pub(super) async fn read_until(&self, end: Instant) -> Answers {
        self.call_until(end, Self::read).await
    }

    /// The same with writes, each of which takes space.
    pub(super) async fn write_until(&self, end: Instant) -> Answers {
        self.call_until(end, Self::write).await
    }

    /// A new group.
    async fn write(self, _turn: usize) -> Result<(), Status> {
        let mut tenants = TenantServiceClient::new(self.channel.clone());
        let create = api::CreateConnectorGroupRequest {
            display_name: "x".repeat(100),
            connector_group_id: String::new(),
        };
        tenants
            .create_connector_group(self.request(create))
            .await
            .map(drop)
    }

    /// How long until a write succeeds.
    pub(super) async fn writes_after(&self) -> Duration {
        let began = Instant::now();
        let succeeding = async {
            while let Err(refused) = self.clone().write(0).await {
                assert_eq!(refused.code(), Code::Unavailable, "{refused}");
            }
        };
        timeout(Duration::from_secs(60), succeeding).await.unwrap();
        began.elapsed()
    }

    async fn call_until<F>(&self, end: Instant, call: fn(Self, usize) -> F) -> Answers
    where
        F: Future<Output = Result<(), Status>> + Send + 'static,
    {
        let callers = (0..CALLERS).map(|caller| {
            let callers = self.clone();
            tokio::spawn(async move {
                let mut answers = Answers::default();
                for turn in caller.. {
                    if Instant::now() >= end {
                        break;
                    }
                    let began = Instant::now();
                    answers.add(began, &call(callers.clone(), turn).await);
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
    pub(super) async fn healed_after(&self) -> Duration {
        let began = Instant::now();
        let succeeding = async {
            for turn in 0..4 {
                while self.clone().read(turn).await.is_err() {}
            }
        };
        timeout(Duration::from_secs(60), succeeding).await.unwrap();
        began.elapsed()
    }
}

/// Every answer came in time, with a reason that says that the store is away.
pub(super) fn assert_typed(answers: &Answers) {
    assert!(answers.longest < CALLERS_DEADLINE + SLACK, "{answers:?}");
    for word in answers.by_code.keys() {
        let typed = [
            "OK",
            "Unavailable/STORE_UNAVAILABLE",
            "Unavailable/RECORDING_UNKNOWN",
            "DeadlineExceeded/REQUEST_EXPIRED",
        ];
        assert!(typed.contains(&word.as_str()), "{word}: {answers:?}");
    }
}
