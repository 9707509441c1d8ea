//! Distinguished names (RFC 4514): a total parser, an escaper, and "lies under" on parsed names, never on text: in
//! text `CN=x\,OU=Staff,OU=Other` ends like one that lies in `OU=Staff,…` when the comma is escaped the wrong way.

use std::fmt;
use std::str::FromStr;

/// A parsed distinguished name, most specific part first, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DistinguishedName {
    parts: Vec<RelativeName>,
}

/// One level: usually one `type=value`, more if joined by `+`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RelativeName {
    pairs: Vec<(String, String)>,
}

/// Why a text is not a distinguished name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidName {
    /// A part without `=`, or without a type before it.
    #[error("a part without a type")]
    NoType,
    /// A backslash followed by neither a special character nor two hexadecimal digits.
    #[error("a broken escape")]
    BrokenEscape,
    /// A character that has to be escaped and is not.
    #[error("an unescaped special character")]
    Unescaped,
    /// A value in the `#hex` form, which Active Directory never writes.
    #[error("values in #hex form are not supported")]
    HexValue,
    /// Escaped bytes that are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
}

impl DistinguishedName {
    /// Whether this name is `base` or lies under it. Types and values are compared without regard to case, runs of
    /// spaces count as one (RFC 4518; Active Directory does the same).
    #[must_use]
    pub fn lies_in(&self, base: &Self) -> bool {
        self.parts.len() >= base.parts.len()
            && self
                .parts
                .iter()
                .rev()
                .zip(base.parts.iter().rev())
                .all(|(part, of_base)| part.folded() == of_base.folded())
    }

    /// The value of the first part: the object's own name.
    #[must_use]
    pub fn first_value(&self) -> Option<&str> {
        self.parts
            .first()
            .and_then(|part| part.pairs.first())
            .map(|(_, value)| value.as_str())
    }

    /// How many levels it has. The empty name has none.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.parts.len()
    }
}

impl RelativeName {
    fn folded(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = self
            .pairs
            .iter()
            .map(|(name, value)| (name.to_lowercase(), fold(value)))
            .collect();
        pairs.sort();
        pairs
    }
}

fn fold(value: &str) -> String {
    value
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

impl FromStr for DistinguishedName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        let mut pairs = Vec::new();
        let mut rest = text;
        if text.trim().is_empty() {
            return Ok(Self { parts });
        }
        loop {
            let (name, after) = rest.split_once('=').ok_or(InvalidName::NoType)?;
            let name = name.trim();
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
            if name.is_empty() || !name.bytes().all(legal) {
                return Err(InvalidName::NoType);
            }
            let (value, separator, after) = take_value(after)?;
            pairs.push((name.to_owned(), value));
            if separator != Some('+') {
                parts.push(RelativeName {
                    pairs: std::mem::take(&mut pairs),
                });
            }
            if separator.is_none() {
                return Ok(Self { parts });
            }
            rest = after;
        }
    }
}

/// Takes one value up to an unescaped separator. Returns the value, the separator and what follows it.
fn take_value(text: &str) -> Result<(String, Option<char>, &str), InvalidName> {
    let text = text.trim_start_matches(' ');
    if text.starts_with('#') {
        return Err(InvalidName::HexValue);
    }
    let mut bytes = Vec::new();
    // Everything up to here was escaped or is not a space: trailing spaces after it are not part of the value.
    let mut kept = 0;
    let mut chars = text.char_indices();
    while let Some((at, character)) = chars.next() {
        match character {
            ',' | ';' | '+' => {
                bytes.truncate(kept);
                let value = String::from_utf8(bytes).map_err(|_| InvalidName::NotUtf8)?;
                return Ok((value, Some(character), &text[at + 1..]));
            }
            '\\' => {
                let (_, first) = chars.next().ok_or(InvalidName::BrokenEscape)?;
                if let Some(high) = first.to_digit(16) {
                    let low = chars.next().and_then(|(_, second)| second.to_digit(16));
                    let byte = low.and_then(|low| u8::try_from(high * 16 + low).ok());
                    bytes.push(byte.ok_or(InvalidName::BrokenEscape)?);
                } else if " \"#+,;<=>\\".contains(first) {
                    bytes.extend(first.encode_utf8(&mut [0; 4]).as_bytes());
                } else {
                    return Err(InvalidName::BrokenEscape);
                }
                kept = bytes.len();
            }
            '"' | '<' | '>' | '\0' => return Err(InvalidName::Unescaped),
            ' ' => bytes.push(b' '),
            other => {
                bytes.extend(other.encode_utf8(&mut [0; 4]).as_bytes());
                kept = bytes.len();
            }
        }
    }
    bytes.truncate(kept);
    let value = String::from_utf8(bytes).map_err(|_| InvalidName::NotUtf8)?;
    Ok((value, None, ""))
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, part) in self.parts.iter().enumerate() {
            if level > 0 {
                formatter.write_str(",")?;
            }
            for (index, (name, value)) in part.pairs.iter().enumerate() {
                let plus = if index > 0 { "+" } else { "" };
                write!(formatter, "{plus}{name}={}", escape_value(value))?;
            }
        }
        Ok(())
    }
}

/// Escapes a value for use in a distinguished name (RFC 4514 section 2.4). Control characters are written as
/// hexadecimal pairs, so the result can stand in a log line or a text column.
#[must_use]
pub fn escape_value(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 8);
    let last = value.char_indices().next_back().map_or(0, |(at, _)| at);
    for (at, character) in value.char_indices() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=' => {
                escaped.push('\\');
                escaped.push(character);
            }
            ' ' | '#' if at == 0 => {
                escaped.push('\\');
                escaped.push(character);
            }
            ' ' if at == last => escaped.push_str("\\ "),
            control if control.is_ascii_control() => {
                escaped.push_str(&format!("\\{:02X}", u32::from(control)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> DistinguishedName {
        text.parse().unwrap()
    }

    #[test]
    fn scope_is_decided_on_parts_and_not_on_text() {
        let staff = name("OU=Staff,DC=corp,DC=example");
        assert!(name("CN=Ann,OU=Staff,DC=corp,DC=example").lies_in(&staff));
        assert!(name("cn=Ann , ou=STAFF, dc=Corp,dc=EXAMPLE").lies_in(&staff));
        assert!(name("OU=Staff,DC=corp,DC=example").lies_in(&staff));
        assert!(name(r"CN=a\,b,OU=In\+ner,OU=Staff,DC=corp,DC=example").lies_in(&staff));
        assert!(!name("CN=Ann,OU=Other Staff,DC=corp,DC=example").lies_in(&staff));
        assert!(!name(r"CN=Ann\,OU=Staff,DC=corp,DC=example").lies_in(&staff));
        assert!(!name("DC=corp,DC=example").lies_in(&staff));
        assert!(!name("CN=Ann,OU=Staff,DC=corp,DC=example,DC=org").lies_in(&staff));
    }

    #[test]
    fn values_of_other_scripts_compare_without_case() {
        assert!(name("CN=a,OU=ИТ-Отдел,DC=x").lies_in(&name("OU=ит-отдел,DC=x")));
        assert!(name("CN=a,OU=Two  Spaces,DC=x").lies_in(&name("OU=two spaces,DC=x")));
    }

    #[test]
    fn every_odd_character_is_understood() {
        let odd = name(r#"CN=\ a\,\+\"\\\<\>\;\=\/#ü\ ,DC=x"#.replace("\\/", "/").as_str());
        assert_eq!(odd.parts[0].pairs[0].1, " a,+\"\\<>;=/#ü ");
        assert_eq!(name(&odd.to_string()), odd);
        assert_eq!(name(r"CN=L\C3\BC\0A").parts[0].pairs[0].1, "Lü\n");
        assert_eq!(name("CN=a+SN=b,DC=x").depth(), 2);
        assert!(name("SN=B+CN=A,DC=x").lies_in(&name("cn=a+sn=b,dc=x")));
        assert_eq!(name("").depth(), 0);
    }

    #[test]
    fn broken_names_are_errors() {
        let parse = |text: &str| text.parse::<DistinguishedName>().unwrap_err();
        assert_eq!(parse("Ann"), InvalidName::NoType);
        assert_eq!(parse("CN=a,"), InvalidName::NoType);
        assert_eq!(parse("=a"), InvalidName::NoType);
        assert_eq!(parse(r"CN=a\"), InvalidName::BrokenEscape);
        assert_eq!(parse(r"CN=a\z"), InvalidName::BrokenEscape);
        assert_eq!(parse(r"CN=a\4"), InvalidName::BrokenEscape);
        assert_eq!(parse("CN=#04024869"), InvalidName::HexValue);
        assert_eq!(parse(r"CN=\FF"), InvalidName::NotUtf8);
        assert_eq!(parse("CN=a<b"), InvalidName::Unescaped);
    }

    proptest! {
        #[test]
        fn any_value_survives_escaping(value in ".*", other in "\\PC*") {
            let text = format!("CN={},OU={},DC=x", escape_value(&value), escape_value(&other));
            let parsed = name(&text);
            prop_assert_eq!(&parsed.parts[0].pairs[0].1, &value);
            prop_assert_eq!(&parsed.parts[1].pairs[0].1, &other);
            prop_assert_eq!(name(&parsed.to_string()), parsed);
        }

        #[test]
        fn any_text_is_a_name_or_an_error(text: String) {
            if let Ok(parsed) = text.parse::<DistinguishedName>() {
                prop_assert_eq!(name(&parsed.to_string()), parsed);
            }
        }
    }
}
