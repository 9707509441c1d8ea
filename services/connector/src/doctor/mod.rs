//! `doctor`: checks what the connector needs and says what it found, and only that. `healthcheck`: asks the running
//! service whether it is ready.

mod checks;
mod health;
mod report;

pub use checks::examine;
pub use health::{HealthError, healthcheck};
pub use report::{Finding, Report, Verdict};
