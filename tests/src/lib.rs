//! What the end-to-end tests, the demo and the benches need around the running system: a receiver of traces, and the
//! tree that a trace is shown as. The scenarios are in `tests/e2e`.

pub mod otlp;
pub mod span_tree;

#[cfg(test)]
mod house;
