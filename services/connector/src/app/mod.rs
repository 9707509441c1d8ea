//! Puts the connector together and keeps it going: `serve`.
//!
//! Promises: the configuration is checked whole before anything is bound or dialled; nothing listens but the audit API
//! and the metrics endpoint, where they are configured; whatever was accepted before a stop is finished within the grace;
//! a part that dies takes the process with it, so that somebody notices.

mod bind;
mod controller;
mod link_state_reporter;
mod parts;
mod pipeline_work;
mod serve;

pub use bind::{BindError, bind};
pub use parts::{StartError, guardrails, ldaps_settings, scope};
pub use pipeline_work::PipelineWork;
pub use serve::{Serving, serve, start};
