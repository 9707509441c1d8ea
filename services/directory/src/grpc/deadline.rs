//! When an answer is due.

pub use groundwire_kit::grpc::answer_within;
