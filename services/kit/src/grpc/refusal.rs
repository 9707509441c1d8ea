//! How the name of a refusal gets from a handler to the layer that records it.

use std::error::Error as _;
use std::sync::Arc;

use tonic::Status;

use super::code_name;

/// The name of a refusal, from a closed set. It travels as the source of a status, which is never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
struct RefusalName(&'static str);

/// The status, to be recorded by this name.
#[must_use]
pub fn refused_as(name: &'static str, mut status: Status) -> Status {
    status.set_source(Arc::new(RefusalName(name)));
    status
}

/// The name by which a refusal is recorded: the one that it was given, else its code's.
#[must_use]
pub fn refusal_name(status: &Status) -> &'static str {
    let given = status
        .source()
        .and_then(|source| source.downcast_ref::<RefusalName>());
    given.map_or_else(|| code_name(status.code()), |name| name.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_name_that_it_was_given_or_that_of_its_code() {
        let status = Status::unavailable("no connector is attached");
        assert_eq!(refusal_name(&status), "UNAVAILABLE");
        let status = refused_as("NO_CONNECTOR", status);
        assert_eq!(refusal_name(&status), "NO_CONNECTOR");
        let response = status.into_http::<()>();
        assert_eq!(
            refusal_name(response.extensions().get::<Status>().unwrap()),
            "NO_CONNECTOR"
        );
        let sent = format!("{:?}", response.headers());
        assert!(!sent.contains("NO_CONNECTOR"), "{sent}");
    }
}
