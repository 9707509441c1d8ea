//! Measures the running system beside the floor (`make bench`). Results on standard output, progress on standard error.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for people")]

use clap::{Parser, Subcommand};
use groundwire_tests::bench::environment::Environment;
use groundwire_tests::bench::{Kind, concurrent, pairs};

#[derive(Parser)]
#[command(name = "groundwire-bench", version, about, max_term_width = 80)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// What to write.
    #[arg(long, global = true, value_enum, default_value_t = Kind::Change)]
    kind: Kind,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// One at a time: each operation beside a bare LDAPS modify of the same kind on the same account.
    Pairs {
        /// How many pairs.
        #[arg(long, default_value_t = 1000)]
        pairs: usize,
        /// On which account. Its password is replaced.
        #[arg(long, default_value = "bench01")]
        account: String,
    },
    /// Many at once, on the accounts bench01, bench02 …: operations a second against bare modifies a second.
    Concurrent {
        /// How many.
        #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=8))]
        at_once: u8,
        /// Rounds of 10 writes by each.
        #[arg(long, default_value_t = 10)]
        rounds: usize,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { command, kind, json } = Arguments::parse();
    let environment = Environment::read()?;
    match command {
        Command::Pairs { pairs, account } => {
            let progress = told_in_tenths(pairs, "pairs");
            let report = pairs::run(&environment, kind, &account, pairs, progress).await?;
            print(json, &report, &report.text())
        }
        Command::Concurrent { at_once, rounds } => {
            let progress = told_in_tenths(rounds, "rounds");
            let report = concurrent::run(&environment, kind, at_once.into(), rounds, progress).await?;
            print(json, &report, &report.text())
        }
    }
}

fn told_in_tenths(all: usize, what: &'static str) -> impl Fn(usize) {
    let step = (all / 10).max(1);
    move |done| {
        if done > 0 && done % step == 0 {
            eprintln!("-- {done} of {all} {what}");
        }
    }
}

fn print(json: bool, report: &impl serde::Serialize, text: &str) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print!("{text}");
    }
    Ok(())
}
