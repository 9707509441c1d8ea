//! The databases frozen, gone without a word, restarted, at another address: what each caller is answered and when, and how
//! soon work goes on after it healed, without a restart. Each scenario prints a line for the table of faults.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use groundwire_proto::directory::v1::ListAccountsRequest;
use groundwire_proto::operation::v1::OutcomeCode;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::world::{As, INITIAL, World, code_of, fresh_password};

const CALLERS: usize = 16;
/// What a caller waits, and what a busy machine may add.
const DEADLINE: Duration = Duration::from_secs(3);
const SLACK: Duration = Duration::from_millis(750);
/// How long a fault lasts.
const FAULT: Duration = Duration::from_secs(10);
/// How soon work goes on after it healed.
const RESUMED: Duration = Duration::from_secs(2);

/// Answers by code and reason, and the longest wait for one.
#[derive(Debug, Default)]
struct Answers {
    by_word: BTreeMap<String, u32>,
    longest: Duration,
}

impl Answers {
    fn add<T>(&mut self, begun: Instant, answer: &Result<T, Status>) {
        let word = match answer {
            Ok(_) => "OK".to_owned(),
            Err(status) => {
                let details = status.get_error_details();
                let reason = details
                    .error_info()
                    .map_or("no reason", |info| info.reason.as_str());
                format!("{:?} {reason}", status.code())
            }
        };
        *self.by_word.entry(word).or_default() += 1;
        self.longest = self.longest.max(begun.elapsed());
    }

    fn merge(mut self, other: Self) -> Self {
        for (word, count) in other.by_word {
            *self.by_word.entry(word).or_default() += count;
        }
        self.longest = self.longest.max(other.longest);
        self
    }

    /// Every answer is typed and came in time.
    fn check(&self) {
        assert!(self.longest < DEADLINE + SLACK, "{self:?}");
        for word in self.by_word.keys() {
            let is_typed = word == "OK"
                || ["Unavailable ", "DeadlineExceeded "]
                    .iter()
                    .any(|code| word.starts_with(code) && !word.ends_with("no reason"));
            assert!(is_typed, "{word}: {self:?}");
        }
    }

    #[expect(clippy::print_stdout, reason = "the line is what the scenario is run for")]
    fn print(&self, fault: &str, resumed: Duration) {
        let words: Vec<String> = self
            .by_word
            .iter()
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        println!(
            "| {fault} | {} | {:.1} s | {:.2} s |",
            words.join(", "),
            self.longest.as_secs_f64(),
            resumed.as_secs_f64()
        );
    }
}

async fn read(world: &World) -> Result<(), Status> {
    let request = world.request(As::Helpdesk, DEADLINE, ListAccountsRequest::default());
    world.accounts().list_accounts(request).await.map(drop)
}

/// Reads by all callers, and one that asks for changes, until then.
async fn call_until(world: &World, account: &str, end: Instant) -> Answers {
    let reading = (0..CALLERS).map(async |_| {
        let mut answers = Answers::default();
        while Instant::now() < end {
            let begun = Instant::now();
            answers.add(begun, &read(world).await);
            let next = begun + Duration::from_millis(100);
            tokio::time::sleep_until(next.into()).await;
        }
        answers
    });
    let changing = async {
        let mut answers = Answers::default();
        while Instant::now() < end {
            let begun = Instant::now();
            answers.add(begun, &change(world, account).await.map(drop));
            let next = begun + Duration::from_millis(500);
            tokio::time::sleep_until(next.into()).await;
        }
        answers
    };
    let (read, changed) = tokio::join!(join_all(reading), changing);
    read.into_iter().fold(changed, Answers::merge)
}

async fn change(world: &World, account: &str) -> Result<OutcomeCode, Status> {
    let new = fresh_password();
    let id = Uuid::new_v4();
    let operation = world
        .change_as(As::App, id, DEADLINE, account, INITIAL, &new)
        .await?;
    let has_ended = operation.outcome.is_some();
    Ok(if has_ended {
        code_of(&operation)
    } else {
        OutcomeCode::Unspecified
    })
}

/// Brings a fault about, calls while it lasts, heals it, and waits until a read succeeds.
async fn suffer(world: &World, account: &str, fault: &str, begin: impl FnOnce(), heal: impl FnOnce()) {
    begin();
    let answers = call_until(world, account, Instant::now() + FAULT).await;
    heal();
    let healed = Instant::now();
    while read(world).await.is_err() {
        assert!(
            healed.elapsed() < Duration::from_secs(60),
            "{fault}: no read succeeds"
        );
    }
    let resumed = healed.elapsed();
    answers.print(fault, resumed);
    answers.check();
    assert!(resumed < RESUMED, "{fault}: {resumed:?}");
    recover(world, account).await;
}

/// Whatever became of the changes: the password is the first one again, and a change is applied.
async fn recover(world: &World, account: &str) {
    world.wait_ready().await;
    let begun = Instant::now();
    loop {
        world.dc.put_back(account, INITIAL).await;
        if matches!(change(world, account).await, Ok(OutcomeCode::Applied)) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no change is applied");
    }
}

#[tokio::test]
async fn while_the_directorys_database_is_frozen_every_answer_is_typed_and_in_time() {
    let world = World::ready().await;
    let account = world.account().await;
    let freeze = || world.docker("pause", "directory-db");
    let thaw = || world.docker("unpause", "directory-db");
    suffer(&world, &account, "directory's database frozen", freeze, thaw).await;
}

#[tokio::test]
async fn while_the_directorys_database_is_gone_without_a_word_every_answer_is_typed_and_in_time() {
    let world = World::ready().await;
    let account = world.account().await;
    let network = world.network_of("directory-db");
    let drop_packets = || world.disconnect("directory-db", &network);
    let connect = || world.connect("directory-db", &network);
    suffer(
        &world,
        &account,
        "directory's database black-holed",
        drop_packets,
        connect,
    )
    .await;
}

#[tokio::test]
async fn when_the_directorys_database_restarts_the_directory_need_not() {
    let world = World::ready().await;
    let account = world.account().await;
    let kill = || world.kill("directory-db");
    let start = || {
        world.start("directory-db");
        world.wait_healthy("directory-db");
    };
    suffer(&world, &account, "directory's database restarted", kill, start).await;
}

#[tokio::test]
async fn when_the_directorys_database_fails_over_to_another_address_the_directory_follows() {
    let world = World::ready().await;
    let account = world.account().await;
    let network = world.network_of("directory-db");
    let before = world.address_of("directory-db", &network);
    let fail = || {
        world.disconnect("directory-db", &network);
        // Somebody else has the address now, and answers nothing at it.
        world.connect("connector-db", &network);
    };
    let fail_over = || world.connect("directory-db", &network);
    suffer(
        &world,
        &account,
        "directory's database failed over",
        fail,
        fail_over,
    )
    .await;
    let after = world.address_of("directory-db", &network);
    world.disconnect("connector-db", &network);
    assert_ne!(after, before);
}

#[tokio::test]
async fn while_the_audit_store_is_frozen_or_gone_without_a_word_nothing_waits_for_it() {
    let world = World::ready().await;
    let account = world.account().await;
    let freeze = || world.docker("pause", "connector-db");
    let thaw = || world.docker("unpause", "connector-db");
    suffer(&world, &account, "audit store frozen", freeze, thaw).await;
    let network = world.network_of("connector-db");
    let drop_packets = || world.disconnect("connector-db", &network);
    let connect = || world.connect("connector-db", &network);
    suffer(&world, &account, "audit store black-holed", drop_packets, connect).await;
}

#[test]
fn an_answer_without_a_reason_is_found() {
    let mut answers = Answers::default();
    answers.add(Instant::now(), &Err::<(), _>(Status::new(Code::Unavailable, "")));
    assert!(std::panic::catch_unwind(|| answers.check()).is_err());
}
