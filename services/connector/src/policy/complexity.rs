//! Complexity as Active Directory judges it (MS-SAMR 3.1.1.7.2 and Microsoft's page on the policy): characters of at
//! least 3 of 5 classes, and no names of the account in the password. The copies made here are wiped.
//!
//! Which class a character beyond ASCII has, and what it is without its case, stands in tables of the domain controller
//! that are neither published nor the same in every version. What all of them agree on is judged here; the rest is left
//! to the domain controller, so that nothing is refused here that it would take.

use zeroize::Zeroizing;

/// How many of the five classes are needed.
pub const CLASSES_REQUIRED: u32 = 3;

/// The five classes, in the words that reasons use.
pub const CLASS_NAMES: [&str; 5] = ["upper_case", "lower_case", "digits", "symbols", "other_letters"];

const UPPER_CASE: usize = 0;
const LOWER_CASE: usize = 1;
const DIGITS: usize = 2;
const SYMBOLS: usize = 3;
const OTHER_LETTERS: usize = 4;

/// Names and tokens shorter than this are not looked for.
const SHORTEST_NAME: usize = 3;

/// What can be said of a rule without the domain controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    Kept,
    Broken,
    /// Its own tables decide.
    LeftToController,
}

/// Where a character counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharacterClass {
    /// In the class of this index into [`CLASS_NAMES`].
    Certain(usize),
    /// In no class: ASCII that is no letter, digit or symbol.
    None,
    /// As a letter of some class or not at all, by the domain controller's tables.
    LeftToController,
}

/// The class of a character.
#[must_use]
pub fn class_of(character: char) -> CharacterClass {
    match character {
        'A'..='Z' => CharacterClass::Certain(UPPER_CASE),
        'a'..='z' => CharacterClass::Certain(LOWER_CASE),
        '0'..='9' => CharacterClass::Certain(DIGITS),
        symbol if symbol.is_ascii_punctuation() => CharacterClass::Certain(SYMBOLS),
        ascii if ascii.is_ascii() => CharacterClass::None,
        letter if is_letter_without_case(letter) => CharacterClass::Certain(OTHER_LETTERS),
        other => match case_of(other) {
            Some((Case::Upper, _)) => CharacterClass::Certain(UPPER_CASE),
            Some((Case::Lower, _)) => CharacterClass::Certain(LOWER_CASE),
            None => CharacterClass::LeftToController,
        },
    }
}

/// Whether the password has characters of enough classes.
#[must_use]
pub fn judge_classes(password: &str) -> Finding {
    let mut seen = [false; CLASS_NAMES.len()];
    let mut uncertain = 0;
    for character in password.chars() {
        match class_of(character) {
            CharacterClass::Certain(class) => seen[class] = true,
            CharacterClass::LeftToController => uncertain += 1,
            CharacterClass::None => {}
        }
    }
    let certain = seen.iter().filter(|seen| **seen).count();
    let more = [UPPER_CASE, LOWER_CASE, OTHER_LETTERS]
        .iter()
        .filter(|class| !seen[**class])
        .count();
    let required = CLASSES_REQUIRED as usize;
    if certain >= required {
        Finding::Kept
    } else if certain + more.min(uncertain) >= required {
        Finding::LeftToController
    } else {
        Finding::Broken
    }
}

/// Letters of scripts without case, of which every table says so: they are in Unicode since its first versions.
const fn is_letter_without_case(character: char) -> bool {
    matches!(
        character,
        'א'..='ת' | 'ء'..='غ' | 'ف'..='ي' | 'ก'..='ฮ' | 'ぁ'..='ん' | 'ァ'..='ヶ' | '一'..='龥' | '가'..='힣'
    )
}

#[derive(Clone, Copy)]
enum Case {
    Upper,
    Lower,
}

/// The case of a letter and its other form, for the alphabets of which every table says the same, where the two forms
/// belong to each other alone: not of the sharp s, the dotless i, the long s, the final sigma or the micro sign.
fn case_of(character: char) -> Option<(Case, char)> {
    let is_settled = matches!(character, 'À'..='ž' | 'Ά'..='ώ' | 'Ѐ'..='џ' | 'Ґ'..='ҿ');
    if !is_settled && !character.is_ascii_alphabetic() {
        return None;
    }
    let (upper, lower) = (
        single(character.to_uppercase())?,
        single(character.to_lowercase())?,
    );
    if lower != character && upper == character && single(lower.to_uppercase()) == Some(character) {
        Some((Case::Upper, lower))
    } else if upper != character && lower == character && single(upper.to_lowercase()) == Some(character) {
        Some((Case::Lower, upper))
    } else {
        None
    }
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// A password prepared for looking for names in it. No `Debug`.
pub struct Folded {
    /// Without the case that every table takes away.
    certain: Zeroizing<Vec<char>>,
    /// Without any case that a table might take away.
    possible: Zeroizing<Vec<char>>,
}

impl Folded {
    #[must_use]
    pub fn new(password: &str) -> Self {
        // The exact capacity: a vector that grows leaves unwiped copies behind.
        let folded = |fold: fn(char) -> char| {
            let mut folded = Zeroizing::new(Vec::with_capacity(password.chars().count()));
            folded.extend(password.chars().map(fold));
            folded
        };
        Self {
            certain: folded(fold_certainly),
            possible: folded(fold_possibly),
        }
    }

    /// Whether it holds the `sAMAccountName`: kept if it does not.
    #[must_use]
    pub fn judge_account_name(&self, name: &str) -> Finding {
        self.judge_names(std::iter::once(name))
    }

    /// Whether it holds any token of the `displayName`: kept if it does not.
    #[must_use]
    pub fn judge_display_name(&self, name: &str) -> Finding {
        let separator = |character: char| matches!(character, ',' | '.' | '-' | '_' | ' ' | '#' | '\t');
        self.judge_names(name.split(separator))
    }

    fn judge_names<'n>(&self, names: impl Iterator<Item = &'n str>) -> Finding {
        let mut finding = Finding::Kept;
        for name in names.filter(|name| name.chars().count() >= SHORTEST_NAME) {
            if holds(&self.certain, name, fold_certainly) {
                return Finding::Broken;
            }
            if holds(&self.possible, name, fold_possibly) {
                finding = Finding::LeftToController;
            }
        }
        finding
    }
}

fn holds(password: &[char], name: &str, fold: fn(char) -> char) -> bool {
    let name: Vec<char> = name.chars().map(fold).collect();
    password.windows(name.len()).any(|window| window == name)
}

/// One character without its case, where every table takes it away.
fn fold_certainly(character: char) -> char {
    match case_of(character) {
        Some((Case::Lower, upper)) => upper,
        Some((Case::Upper, _)) | None => character,
    }
}

/// One character without any case that some table may take away.
fn fold_possibly(character: char) -> char {
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

#[cfg(test)]
mod tests;
