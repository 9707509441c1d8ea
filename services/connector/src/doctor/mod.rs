//! `doctor`: checks what the connector needs and says what it found, and only that.

mod checks;
mod report;

pub use checks::examine;
pub use report::{Finding, Report, Verdict};
