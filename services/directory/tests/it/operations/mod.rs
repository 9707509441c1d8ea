//! Operations over a real log, against a scripted connector at the port.

mod checks;
mod flows;
mod identity;
mod refusals;
mod restart;
mod secrets;
mod spans;
mod tasks;
mod time;
