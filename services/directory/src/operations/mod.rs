//! Operations while they run: one task per account with open operations, which alone appends to the account's stream.

pub mod port;
