//! The names of optional behaviours, as `Welcome` and `Hello` carry them.

/// The directory understands `NotTaken`, `Hello.open_operations_unknown` and `OpenOperation.secret_gone`. To one that does
/// not, none of them is sent: a frame that it does not know would end the stream.
pub const NOT_TAKEN: &str = "not_taken";
