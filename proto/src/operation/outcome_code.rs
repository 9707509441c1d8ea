//! How an operation ended.

use super::words::words;

words! {
    /// How an operation ended.
    OutcomeCode {
        /// AD accepted it.
        Applied = "APPLIED",
        /// It was refused; nothing was written.
        Rejected = "REJECTED",
        /// It could not be carried out; nothing was written.
        Failed = "FAILED",
        /// Its time passed; nothing was written.
        Expired = "EXPIRED",
        /// A newer one took its place; nothing was written.
        Superseded = "SUPERSEDED",
        /// The caller cancelled it before delivery; nothing was written.
        Cancelled = "CANCELLED",
        /// It could not be found out whether it was written.
        Unknown = "UNKNOWN",
    }
}
