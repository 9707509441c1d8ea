//! Distinguished names (RFC 4514): a total parser, an escaper, and "lies under" on parsed names, never on text: in
//! text `CN=x\,OU=Staff,OU=Other` ends like one that lies in `OU=Staff,…` when the comma is escaped the wrong way.
//!
//! Domain controllers do not all write what RFC 4514 allows (Samba writes `\?`), and an account must not become
//! unreadable by its name: [`DistinguishedName::read`] takes any text. Only what a person wrote into the configuration is
//! refused where it is no name.

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
    pairs: Vec<Pair>,
}

/// One `type=value`. The type is empty where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Pair {
    kind: String,
    value: String,
}

/// Why a text is not a distinguished name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a part without a type")]
pub struct InvalidName;

impl DistinguishedName {
    /// Reads a name as a domain controller writes it. Total: an escape that it does not know is the character itself, and
    /// a part without a type is a value of no type, which lies in no unit that has one.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut pairs = Vec::new();
        let mut rest = Some(text).filter(|text| !text.trim_matches(' ').is_empty());
        while let Some(text) = rest {
            let (pair, separator) = split_at_separator(text);
            pairs.push(Pair::read(pair));
            let ends_part = separator.is_none_or(|(separator, _)| separator != '+');
            if ends_part {
                parts.push(RelativeName {
                    pairs: std::mem::take(&mut pairs),
                });
            }
            rest = separator.map(|(_, after)| after);
        }
        Self { parts }
    }

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
            .map(|pair| pair.value.as_str())
    }

    /// How many levels it has. The empty name has none.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.parts.len()
    }
}

impl FromStr for DistinguishedName {
    type Err = InvalidName;

    /// As [`Self::read`], but a part without a type is an error: what a person writes without one is a mistake.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = Self::read(text);
        let mut pairs = name.parts.iter().flat_map(|part| &part.pairs);
        if pairs.any(|pair| pair.kind.is_empty()) {
            return Err(InvalidName);
        }
        Ok(name)
    }
}

impl RelativeName {
    fn folded(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = self
            .pairs
            .iter()
            .map(|pair| (pair.kind.to_lowercase(), fold(&pair.value)))
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

/// Splits off what stands before the first separator that is neither escaped nor in quotation marks. Returns it, and
/// the separator with what follows it.
fn split_at_separator(text: &str) -> (&str, Option<(char, &str)>) {
    let quoted = text
        .split_once('=')
        .and_then(|(kind, value)| is_type(kind).then(|| quoted_value(value)).flatten())
        .map_or(0, |(_, rest)| text.len() - rest.len());
    let mut characters = text.char_indices().skip_while(|(at, _)| *at < quoted);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            ',' | ';' | '+' => return (&text[..at], Some((character, &text[at + 1..]))),
            _ => {}
        }
    }
    (text, None)
}

fn is_type(kind: &str) -> bool {
    let kind = kind.trim_matches(' ');
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    !kind.is_empty() && kind.bytes().all(legal)
}

impl Pair {
    /// Reads `type=value`. What has no type is a value.
    fn read(text: &str) -> Self {
        match text.split_once('=') {
            Some((kind, value)) if is_type(kind) => Self {
                kind: kind.trim_matches(' ').to_owned(),
                value: read_value(value),
            },
            // As `Display` writes a value of no type.
            Some((kind, value)) if kind.trim_matches(' ').is_empty() => Self {
                kind: String::new(),
                value: read_value(value),
            },
            Some(_) | None => Self {
                kind: String::new(),
                value: unescape(text.trim_start_matches(' ')),
            },
        }
    }
}

/// The three forms of a value: in quotation marks (RFC 1779, not written since), `#` and the hexadecimal digits of its
/// BER form, and the usual one with escapes.
fn read_value(text: &str) -> String {
    let text = text.trim_start_matches(' ');
    if let Some((value, rest)) = quoted_value(text)
        && rest.trim_matches(' ').is_empty()
    {
        return value;
    }
    let hexadecimal = text
        .strip_prefix('#')
        .and_then(|digits| hex::decode(digits.trim_end_matches(' ')).ok());
    if let Some(value) = hexadecimal.as_deref().and_then(ber_string) {
        return value;
    }
    unescape(text)
}

/// A value in quotation marks, and what follows them. `None` where there are none, or no closing one.
fn quoted_value(text: &str) -> Option<(String, &str)> {
    let inner = text.trim_start_matches(' ').strip_prefix('"')?;
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '"' => return Some((unescape_all(&inner[..at]), &inner[at + 1..])),
            _ => {}
        }
    }
    None
}

/// The text of a BER element of any string type with a short length: what RFC 4514 writes after `#`.
fn ber_string(bytes: &[u8]) -> Option<String> {
    /// UTF8String, OCTET STRING, PrintableString, TeletexString, IA5String.
    const TEXTS: [u8; 5] = [0x0C, 0x04, 0x13, 0x14, 0x16];
    let (tag, rest) = bytes.split_first()?;
    let (length, value) = rest.split_first()?;
    if !TEXTS.contains(tag) || *length > 0x7F || usize::from(*length) != value.len() {
        return None;
    }
    String::from_utf8(value.to_vec()).ok()
}

/// Undoes the escapes; spaces at the end that are not escaped are no part of the value.
fn unescape(text: &str) -> String {
    let trimmed = text.trim_end_matches(' ');
    let backslashes = trimmed.len() - trimmed.trim_end_matches('\\').len();
    // An odd number of them: the last one escapes the first of the spaces.
    let kept = trimmed.len() + usize::from(backslashes % 2 == 1 && trimmed.len() < text.len());
    unescape_all(&text[..kept])
}

/// Undoes the escapes: `\` and two hexadecimal digits are a byte, `\` and anything else is that character, and a `\` at
/// the end is itself. Bytes that are not UTF-8 become U+FFFD.
fn unescape_all(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escaped)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let pair = escaped.get(..2).and_then(|digits| hex::decode(digits).ok());
        rest = match (pair, escaped.chars().next()) {
            (Some(pair), _) => {
                bytes.extend(pair);
                &escaped[2..]
            }
            (None, Some(character)) => {
                let (literal, after) = escaped.split_at(character.len_utf8());
                bytes.extend(literal.as_bytes());
                after
            }
            (None, None) => {
                bytes.push(b'\\');
                escaped
            }
        };
    }
    bytes.extend(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, part) in self.parts.iter().enumerate() {
            if level > 0 {
                formatter.write_str(",")?;
            }
            for (index, pair) in part.pairs.iter().enumerate() {
                let plus = if index > 0 { "+" } else { "" };
                write!(formatter, "{plus}{}={}", pair.kind, escape_value(&pair.value))?;
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
mod tests;
