//! End to end: the whole system in compose, through the public API, against a real Samba AD domain controller.
//!
//! `make test` starts the system and says in the environment where it is. The scenarios stop, pause and kill parts of
//! the one system they share, so they run one after another; each puts back what it took away.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what is wrong by ending"
)]

mod applied;
mod availability;
mod callers;
mod crashes;
mod database;
mod healing;
mod names;
mod records;
mod refused;
mod restores;
mod walls;
mod world;
