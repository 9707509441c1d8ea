//! One at a time, in pairs: an operation end to end, and a bare modify of the same kind on the same account. Which of
//! the two comes first alternates, so that neither has the other's caches for itself.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::environment::Environment;
use super::figures::{Distribution, head, page};
use super::floor::Floor;
use super::subject::{Stages, Subject};
use super::{Kind, fresh_password};

/// Pairs that are run before those that count: connections, caches, prepared statements.
const WARM_UP: usize = 20;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was written.
    pub kind: Kind,
    /// On which account.
    pub account: String,
    /// How often.
    pub pairs: usize,
    /// From the call to the answer, in ms, measured by the caller.
    pub groundwire_ms: Distribution,
    /// The bare modify, in ms.
    pub bare_ms: Distribution,
    /// The first over the second.
    pub ratio: Distribution,
    /// What the first took longer, pair by pair, in ms.
    pub difference_ms: Distribution,
    /// The stages as the outcomes tell them, in ms.
    pub stages_ms: Vec<(String, Distribution)>,
}

/// Runs them; `progress` is told how many pairs are done.
///
/// # Errors
/// Whatever keeps a write from being applied: a bench of refusals would measure something else.
pub async fn run(
    environment: &Environment,
    kind: Kind,
    account: &str,
    pairs: usize,
    progress: impl Fn(usize),
) -> anyhow::Result<Report> {
    let mut subject = Subject::open(environment)?;
    let mut floor = Floor::open(environment, &environment.service).await?;
    let target = floor.target(account).await?;
    let mut current = fresh_password();
    Floor::open(environment, &environment.administrator)
        .await?
        .put_back(&target, &current)
        .await?;

    let mut whole = Vec::with_capacity(pairs);
    let mut bare = Vec::with_capacity(pairs);
    let mut stages = Stages::default();
    for number in 0..WARM_UP + pairs {
        let counts = number >= WARM_UP;
        for turn in 0..2 {
            let new = fresh_password();
            let began = Instant::now();
            if (number + turn) % 2 == 0 {
                let outcome = match kind {
                    Kind::Change => subject.change(account, &current, &new).await?,
                    Kind::Reset => subject.reset(account, &new).await?,
                };
                if counts {
                    whole.push(began.elapsed());
                    stages.add(&outcome);
                }
            } else {
                match kind {
                    Kind::Change => floor.change(&target, &current, &new).await?,
                    Kind::Reset => floor.reset(&target, &new).await?,
                }
                if counts {
                    bare.push(began.elapsed());
                }
            }
            current = new;
        }
        if counts {
            progress(number + 1 - WARM_UP);
        }
    }
    Ok(report(kind, account, &whole, &bare, stages))
}

fn report(kind: Kind, account: &str, whole: &[Duration], bare: &[Duration], stages: Stages) -> Report {
    let (groundwire_ms, bare_ms) = (Distribution::of(whole), Distribution::of(bare));
    let longer = whole.iter().zip(bare);
    let longer = longer.map(|(whole, bare)| (whole.as_secs_f64() - bare.as_secs_f64()) * 1e3);
    Report {
        kind,
        account: account.to_owned(),
        pairs: whole.len(),
        groundwire_ms,
        bare_ms,
        ratio: groundwire_ms.over(&bare_ms),
        difference_ms: Distribution::of_milliseconds(longer.collect()),
        stages_ms: stages.distributions(),
    }
}

impl Report {
    /// For people, in 80 columns.
    #[must_use]
    pub fn text(&self) -> String {
        let (pairs, kind, account) = (self.pairs, self.kind.plural(), &self.account);
        let mut lines = vec![
            format!("{pairs} {kind} of {account}, one at a time, each beside a bare LDAPS modify"),
            head("in ms"),
            self.groundwire_ms.line("end to end", 2),
            self.bare_ms.line("bare LDAPS modify", 2),
            self.difference_ms.line("difference within a pair", 2),
            self.ratio.line("ratio", 3),
            String::new(),
            head("stages, as the outcomes tell"),
        ];
        let stages = self.stages_ms.iter();
        lines.extend(stages.map(|(name, stage)| stage.line(&format!("  {name}"), 3)));
        page(&lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_how_much_longer_it_takes() {
        let of = |milliseconds: &[u64]| -> Vec<Duration> {
            milliseconds.iter().copied().map(Duration::from_millis).collect()
        };
        let report = report(
            Kind::Change,
            "bench01",
            &of(&[33, 36]),
            &of(&[30, 30]),
            Stages::default(),
        );
        assert!((report.ratio.p50 - 1.1).abs() < 1e-9);
        assert!((report.difference_ms.p95 - 6.0).abs() < 1e-9);
        assert!(report.text().lines().all(|line| line.chars().count() <= 80));
    }
}
