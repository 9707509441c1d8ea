//! What kind of failure an error is to whoever caused it.

/// What can be done about a failure. The edge makes a gRPC code of it; nobody else needs to know of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The request or a frame is malformed: only another one can succeed.
    Malformed,
    /// Not for this caller.
    Forbidden,
    /// Something else has to be so first.
    Premature,
    /// Too much at once: later.
    TooOften,
    /// What was due did not come in time.
    Overdue,
    /// The peer broke it off.
    BrokenOff,
    /// Something newer took its place.
    Replaced,
    /// It passes: the same again later.
    Passing,
    /// A defect on our side.
    Defect,
}
