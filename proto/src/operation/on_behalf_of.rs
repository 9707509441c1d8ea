//! On whose behalf an app asks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::v1;

/// On whose behalf an app asks, as the app says. It is personal, so it stands in the erasable part of records only and
/// never shows in a `Debug`.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OnBehalfOf {
    /// Who is at the keyboard, as the app knows them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The address they came from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_address: String,
    /// How they were identified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authentication_methods: Vec<String>,
}

impl fmt::Debug for OnBehalfOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnBehalfOf([personal])")
    }
}

impl From<OnBehalfOf> for v1::OnBehalfOf {
    fn from(person: OnBehalfOf) -> Self {
        Self {
            subject: person.subject,
            client_address: person.client_address,
            authentication_methods: person.authentication_methods,
        }
    }
}

impl From<v1::OnBehalfOf> for OnBehalfOf {
    fn from(wire: v1::OnBehalfOf) -> Self {
        Self {
            subject: wire.subject,
            client_address: wire.client_address,
            authentication_methods: wire.authentication_methods,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_survives_the_wire_and_never_shows() {
        let person = OnBehalfOf {
            subject: "anna".to_owned(),
            client_address: "192.0.2.7".to_owned(),
            authentication_methods: vec!["otp".to_owned()],
        };
        assert_eq!(OnBehalfOf::from(v1::OnBehalfOf::from(person.clone())), person);
        let shown = format!("{person:?} {person:#?}");
        assert!(!shown.contains("anna") && !shown.contains("192") && !shown.contains("otp"));
    }

    #[test]
    fn what_is_empty_is_not_stored() {
        assert_eq!(serde_json::to_string(&OnBehalfOf::default()).unwrap(), "{}");
    }
}
