//! Many at once, an account each: operations per second against bare modifies per second. Rounds of the two alternate,
//! so that both see the same machine.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;

use super::environment::Environment;
use super::figures::{Distribution, as_f64, head, page};
use super::floor::Floor;
use super::subject::Subject;
use super::{Kind, fresh_password};

/// Writes by each worker in one round.
const WRITES_IN_A_ROUND: usize = 10;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was written.
    pub kind: Kind,
    /// By how many at once.
    pub at_once: usize,
    /// How many writes of each.
    pub writes: usize,
    /// Operations per second, end to end.
    pub groundwire_per_second: f64,
    /// Bare modifies per second.
    pub bare_per_second: f64,
    /// The first over the second: above 1 is faster than the floor.
    pub ratio: f64,
    /// Latency of one operation under this load, in ms.
    pub groundwire_ms: Distribution,
    /// Latency of one bare modify under this load, in ms.
    pub bare_ms: Distribution,
}

struct Worker {
    account: String,
    target: String,
    current: String,
    subject: Subject,
    floor: Floor,
}

#[derive(Default)]
struct Side {
    busy: Duration,
    latencies: Vec<Duration>,
}

impl Side {
    fn per_second(&self) -> f64 {
        as_f64(self.latencies.len()) / self.busy.as_secs_f64()
    }
}

/// Runs `rounds` of each, after one of each that does not count; `progress` is told how many rounds are done.
///
/// # Errors
/// Whatever keeps a write from being applied.
pub async fn run(
    environment: &Environment,
    kind: Kind,
    at_once: usize,
    rounds: usize,
    progress: impl Fn(usize),
) -> anyhow::Result<Report> {
    let mut workers = hire(environment, at_once).await?;
    let (mut whole, mut bare) = (Side::default(), Side::default());
    for number in 0..=rounds {
        for turn in 0..2 {
            let end_to_end = (number + turn) % 2 == 0;
            let began = Instant::now();
            let (back, latencies) = round(workers, kind, end_to_end).await?;
            let busy = began.elapsed();
            workers = back;
            let side = if end_to_end { &mut whole } else { &mut bare };
            if number > 0 {
                side.busy += busy;
                side.latencies.extend(latencies);
            }
        }
        progress(number);
    }
    Ok(Report {
        kind,
        at_once,
        writes: whole.latencies.len(),
        groundwire_per_second: whole.per_second(),
        bare_per_second: bare.per_second(),
        ratio: whole.per_second() / bare.per_second(),
        groundwire_ms: Distribution::of(&whole.latencies),
        bare_ms: Distribution::of(&bare.latencies),
    })
}

async fn hire(environment: &Environment, at_once: usize) -> anyhow::Result<Vec<Worker>> {
    let subject = Subject::open(environment)?;
    let mut administrator = Floor::open(environment, &environment.administrator).await?;
    let mut workers = Vec::with_capacity(at_once);
    for number in 1..=at_once {
        let account = format!("bench{number:02}");
        let mut floor = Floor::open(environment, &environment.service).await?;
        let target = floor.target(&account).await?;
        let current = fresh_password();
        administrator.put_back(&target, &current).await?;
        workers.push(Worker {
            account,
            target,
            current,
            subject: subject.clone(),
            floor,
        });
    }
    Ok(workers)
}

async fn round(
    workers: Vec<Worker>,
    kind: Kind,
    end_to_end: bool,
) -> anyhow::Result<(Vec<Worker>, Vec<Duration>)> {
    let mut tasks = JoinSet::new();
    for mut worker in workers {
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(WRITES_IN_A_ROUND);
            for _ in 0..WRITES_IN_A_ROUND {
                let began = Instant::now();
                worker.write(kind, end_to_end).await?;
                latencies.push(began.elapsed());
            }
            anyhow::Ok((worker, latencies))
        });
    }
    let (mut back, mut all) = (Vec::new(), Vec::new());
    while let Some(done) = tasks.join_next().await {
        let (worker, latencies) = done??;
        back.push(worker);
        all.extend(latencies);
    }
    Ok((back, all))
}

impl Worker {
    async fn write(&mut self, kind: Kind, end_to_end: bool) -> anyhow::Result<()> {
        let new = fresh_password();
        let (account, current) = (&self.account, &self.current);
        match (end_to_end, kind) {
            (true, Kind::Change) => {
                self.subject.change(account, current, &new).await?;
            }
            (true, Kind::Reset) => {
                self.subject.reset(account, &new).await?;
            }
            (false, Kind::Change) => self.floor.change(&self.target, current, &new).await?,
            (false, Kind::Reset) => self.floor.reset(&self.target, &new).await?,
        }
        self.current = new;
        Ok(())
    }
}

impl Report {
    /// For people, in 80 columns.
    #[must_use]
    pub fn text(&self) -> String {
        let (writes, kind, at_once) = (self.writes, self.kind.plural(), self.at_once);
        page(&[
            format!("{writes} {kind}, {at_once} at once, beside as many bare LDAPS modifies"),
            format!("end to end {:>27.1} a second", self.groundwire_per_second),
            format!("bare LDAPS modifies {:>18.1} a second", self.bare_per_second),
            format!("ratio {:>32.3}", self.ratio),
            String::new(),
            head("latency under this load, in ms"),
            self.groundwire_ms.line("end to end", 2),
            self.bare_ms.line("bare LDAPS modify", 2),
        ])
    }
}
