//! An enum of the contract, written once: its values and the word of each.

/// Not a value of the contract, or one of a newer peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a value that this version knows")]
pub struct UnknownWord;

/// Makes an enum with `ALL`, `as_str`, `Display`, `FromStr` (case is ignored: people write these words in
/// configuration), the stored form (serde: the word, exactly) and the conversions to and from the generated enum of the
/// same name. That match has no catch-all arm: a value that is in the `.proto` file and not here does not compile.
macro_rules! words {
    (
        $(#[$doc:meta])+
        $name:ident {
            $($(#[$value_doc:meta])+ $value:ident = $word:literal,)+
        }
    ) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$value_doc])+ #[serde(rename = $word)] $value,)+
        }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in records, rows, configuration, metrics, spans and logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::operation::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|value| value.as_str().eq_ignore_ascii_case(text));
                found.ok_or($crate::operation::UnknownWord)
            }
        }

        impl From<$name> for $crate::operation::v1::$name {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$value => Self::$value,)+
                }
            }
        }

        /// As the field of a message.
        impl From<$name> for i32 {
            fn from(value: $name) -> Self {
                $crate::operation::v1::$name::from(value).into()
            }
        }

        /// From the field of a message.
        impl TryFrom<i32> for $name {
            type Error = $crate::operation::UnknownWord;

            fn try_from(field: i32) -> Result<Self, Self::Error> {
                match $crate::operation::v1::$name::try_from(field) {
                    $(Ok($crate::operation::v1::$name::$value) => Ok(Self::$value),)+
                    Ok($crate::operation::v1::$name::Unspecified) | Err(_) => Err($crate::operation::UnknownWord),
                }
            }
        }

        #[cfg(test)]
        mod words {
            use super::$name;
            use crate::operation::v1;

            #[test]
            fn every_value_survives_its_word_its_record_and_the_wire() {
                for value in $name::ALL {
                    assert_eq!(value.as_str().parse(), Ok(value));
                    assert_eq!(value.as_str().to_uppercase().parse(), Ok(value));
                    assert_eq!(value.as_str().to_lowercase().parse(), Ok(value));
                    let stored = serde_json::to_string(&value).unwrap();
                    assert_eq!(stored, format!("\"{value}\""));
                    assert_eq!(serde_json::from_str::<$name>(&stored).unwrap(), value);
                    assert_eq!($name::try_from(i32::from(value)), Ok(value));
                    // The word is the contract's, in the case that this word is written in.
                    let name = v1::$name::from(value).as_str_name();
                    assert!(name.ends_with(&format!("_{}", value.as_str().to_uppercase())), "{name}");
                }
            }

            #[test]
            fn what_is_not_set_or_newer_is_no_value() {
                let beyond = i32::try_from($name::ALL.len()).unwrap() + 1;
                for field in [-1, 0, beyond, i32::MAX] {
                    assert!($name::try_from(field).is_err(), "{field}");
                }
                for text in ["", "UNSPECIFIED", "unknown word"] {
                    assert!(text.parse::<$name>().is_err(), "{text}");
                    assert!(serde_json::from_str::<$name>(&format!("\"{text}\"")).is_err(), "{text}");
                }
            }
        }
    };
}

pub(super) use words;
