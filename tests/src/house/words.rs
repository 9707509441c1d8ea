//! Holds how the product's code is worded.

use std::fs;

use super::{contains_name, root, rust_files};

/// A doc comment of two words or fewer says what the name beside it says already.
const FEWEST_WORDS: usize = 3;

/// The crates whose code is the product.
const PRODUCT: &[&str] = &[
    "proto/src",
    "services/envelope/src",
    "services/eventlog/src",
    "services/kit/src",
    "services/directory/src",
    "services/connector/src",
    "services/cli/src",
];

/// Words that say nothing of the field, with how often each may stand in the product's code: gRPC, LDAP and event sourcing
/// have a word for what is meant (reported, requested, a frame came).
const DIALECT: &[&str] = &["told", "asked", "wanted", "heard"];
const MOST_OF_A_WORD: usize = 20;

#[test]
fn the_words_of_the_field_are_used_in_place_of_a_dialect() {
    for word in DIALECT {
        let mut lines = Vec::new();
        for file in PRODUCT.iter().flat_map(|folder| rust_files(&root().join(folder))) {
            let text = fs::read_to_string(&file).unwrap();
            let used = text
                .lines()
                .enumerate()
                .filter(|(_, line)| contains_name(line, word));
            lines.extend(used.map(|(index, _)| format!("{}:{}", file.display(), index + 1)));
        }
        assert!(
            lines.len() <= MOST_OF_A_WORD,
            "`{word}` {} times:\n{}",
            lines.len(),
            lines.join("\n")
        );
    }
}

#[test]
fn a_doc_comment_is_a_sentence_or_is_not_there() {
    let mut short = Vec::new();
    for file in PRODUCT.iter().flat_map(|folder| rust_files(&root().join(folder))) {
        let text = fs::read_to_string(&file).unwrap();
        short.extend(
            doc_comments(&text)
                .filter(|(_, words)| *words < FEWEST_WORDS)
                .map(|(line, _)| format!("{}:{line}", file.display())),
        );
    }
    assert!(
        short.is_empty(),
        "doc comments of two words or fewer:\n{}",
        short.join("\n")
    );
}

#[test]
fn the_reader_of_doc_comments_counts_the_words_of_whole_comments() {
    let text = "/// The port.\nfn a() {}\n\n    /// A longer\n    /// one.\n    // Not one.\nfn b() {}\n";
    assert_eq!(doc_comments(text).collect::<Vec<_>>(), [(1, 2), (4, 3)]);
}

/// Each doc comment of an item: its first line, and how many words it has.
fn doc_comments(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut comments: Vec<(usize, usize)> = Vec::new();
    let mut within = false;
    for (index, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix("///") {
            Some(words) => {
                if !within {
                    comments.push((index + 1, 0));
                }
                within = true;
                if let Some((_, count)) = comments.last_mut() {
                    *count += words.split_whitespace().count();
                }
            }
            None => within = false,
        }
    }
    comments.into_iter()
}
