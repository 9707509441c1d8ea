//! Complexity as Active Directory judges it (MS-SAMR 3.1.1.7.2 and Microsoft's page on the policy): characters of at
//! least 3 of 5 classes, and no names of the account in the password. The copies made here are wiped.

use unicode_general_category::{GeneralCategory, get_general_category};
use zeroize::Zeroizing;

/// How many of the five classes are needed.
pub const CLASSES_REQUIRED: u32 = 3;

/// The five classes, in the words that reasons use.
pub const CLASS_NAMES: [&str; 5] = ["upper_case", "lower_case", "digits", "symbols", "other_letters"];

/// Names and tokens shorter than this are not looked for.
const SHORTEST_NAME: usize = 3;

/// The class of a character, as an index into [`CLASS_NAMES`], or `None`: spaces, currency signs other than `$`,
/// digits of other scripts and whatever is no letter count for nothing.
#[must_use]
pub fn class_of(character: char) -> Option<usize> {
    match character {
        'A'..='Z' => Some(0),
        'a'..='z' => Some(1),
        '0'..='9' => Some(2),
        symbol if symbol.is_ascii_punctuation() => Some(3),
        ascii if ascii.is_ascii() => None,
        other => {
            let category = get_general_category(other);
            if matches!(
                category,
                GeneralCategory::UppercaseLetter | GeneralCategory::TitlecaseLetter
            ) {
                Some(0)
            } else if category == GeneralCategory::LowercaseLetter {
                Some(1)
            } else if matches!(
                category,
                GeneralCategory::OtherLetter | GeneralCategory::ModifierLetter
            ) {
                Some(4)
            } else {
                None
            }
        }
    }
}

/// Whether the password has characters of enough classes.
#[must_use]
pub fn has_enough_classes(password: &str) -> bool {
    let mut seen = [false; CLASS_NAMES.len()];
    for character in password.chars() {
        if let Some(class) = class_of(character) {
            seen[class] = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() >= CLASSES_REQUIRED as usize
}

/// A password prepared for looking for names in it. No `Debug`.
pub struct Folded(Zeroizing<Vec<char>>);

impl Folded {
    #[must_use]
    pub fn new(password: &str) -> Self {
        // The exact capacity: a vector that grows leaves unwiped copies behind.
        let mut folded = Zeroizing::new(Vec::with_capacity(password.chars().count()));
        folded.extend(password.chars().map(fold));
        Self(folded)
    }

    /// Whether it contains the `sAMAccountName`.
    #[must_use]
    pub fn contains_account_name(&self, name: &str) -> bool {
        self.contains(name)
    }

    /// Whether it contains any token of the `displayName`.
    #[must_use]
    pub fn contains_display_name(&self, name: &str) -> bool {
        let separator = |character: char| matches!(character, ',' | '.' | '-' | '_' | ' ' | '#' | '\t');
        name.split(separator).any(|token| self.contains(token))
    }

    fn contains(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().map(fold).collect();
        name.len() >= SHORTEST_NAME && self.0.windows(name.len()).any(|window| window == name)
    }
}

/// One character without its case, one to one like Windows' table. The dotless i and the long s would become the
/// plain letters in Unicode's table, and do not in Windows'.
fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_uppercase();
    }
    if matches!(character, 'ı' | 'ſ') {
        return character;
    }
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}

#[cfg(test)]
mod tests;
