//! What can be asked for.

use serde::{Deserialize, Serialize};

/// What is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// The person proves the current password and sets a new one.
    Change,
    /// The person forgot the password and was identified in another way.
    SelfReset,
    /// A helpdesk or administrator sets a new password.
    AdminReset,
    /// The lockout is cleared.
    Unlock,
    /// The password must be changed at the next logon.
    RequireChange,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Change,
        Self::SelfReset,
        Self::AdminReset,
        Self::Unlock,
        Self::RequireChange,
    ];

    /// True for the kinds that carry a secret. While they wait, a newer one takes their place; the others queue.
    #[must_use]
    pub const fn sets_password(self) -> bool {
        match self {
            Self::Change | Self::SelfReset | Self::AdminReset => true,
            Self::Unlock | Self::RequireChange => false,
        }
    }

    /// As in events, rows and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change => "CHANGE",
            Self::SelfReset => "SELF_RESET",
            Self::AdminReset => "ADMIN_RESET",
            Self::Unlock => "UNLOCK",
            Self::RequireChange => "REQUIRE_CHANGE",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What goes with an administrator's reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Flags {
    /// The person must change the new password at the next logon.
    pub must_change_at_next_logon: bool,
    /// Also unlock.
    pub unlock: bool,
    /// Write although the account is disabled.
    pub allow_disabled: bool,
}

/// On whose behalf an app asks, as it tells: personal, so it is in the erasable part of records only.
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

impl std::fmt::Debug for OnBehalfOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnBehalfOf([personal])")
    }
}
