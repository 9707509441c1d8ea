//! The methods that a server serves, and what each asks of its caller before its message is read.

use std::collections::HashMap;

use super::BodyLimits;

/// What the metrics call a method that is not served: callers choose paths, so these share one label.
pub const UNKNOWN_METHOD: &str = "unknown";

/// What is read in a call that anybody may make: names of services, files and symbols. A tool asks reflection for hundreds of
/// these in one call.
const OPEN_LIMITS: BodyLimits = BodyLimits {
    message: 4 * 1024,
    body: 64 * 1024,
};

/// The methods of health and reflection (grpc.health.v1; grpc.reflection.v1 and v1alpha), which every server has. Where one
/// is switched off, the server itself says so.
const OPEN_METHODS: [&str; 5] = [
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/List",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// What a method asks of its caller before its message is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The caller is known by its headers or its certificate, or is refused.
    Authenticated,
    /// The credential is in the one message itself, so a message of so many bytes is read from anybody.
    CredentialInMessage {
        /// The longest message that is read, in bytes.
        max_message: usize,
    },
    /// Anybody may call: health and reflection. Not worth a span.
    Open(BodyLimits),
}

/// The methods of a server, by their paths.
#[derive(Debug, Clone)]
pub struct Methods(HashMap<&'static str, Access>);

impl Methods {
    /// Health and reflection alone, open to anybody.
    #[must_use]
    pub fn open() -> Self {
        Self(OPEN_METHODS.map(|name| (name, Access::Open(OPEN_LIMITS))).into())
    }

    /// These methods too, named `package.Service/Method`. One that is named again gets this access.
    #[must_use]
    pub fn with(mut self, names: impl IntoIterator<Item = &'static str>, access: Access) -> Self {
        self.0.extend(names.into_iter().map(|name| (name, access)));
        self
    }

    /// The method at this path; `None` if it is not served.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<(&'static str, Access)> {
        let (name, access) = self.0.get_key_value(path.strip_prefix('/')?)?;
        Some((name, *access))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_path_of_a_served_method_is_found() {
        let methods = Methods::open().with(["a.B/C"], Access::Authenticated);
        assert_eq!(methods.find("/a.B/C"), Some(("a.B/C", Access::Authenticated)));
        for path in [
            "a.B/C", "//a.B/C", "/a.B/C/", "/a.B/c", "/a.B/%43", "/a.B/D", "/", "",
        ] {
            assert_eq!(methods.find(path), None, "{path}");
        }
    }
}
