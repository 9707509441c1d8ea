//! What the end-to-end tests, the demo and the benches need around the running system: a receiver of traces, the
//! tree that a trace is shown as, and measuring beside the floor. The scenarios are in `tests/e2e`.

pub mod bench;
pub mod otlp;
pub mod span_tree;

#[cfg(test)]
mod house;
#[cfg(test)]
mod settings;
