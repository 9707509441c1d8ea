//! Bearer tokens: the `Authorization` header of a call, and the file that says whose tokens are taken.
//!
//! Both services read one form of file: `[[token]]` tables with `subject`, `role`, `tenant` (for roles that have one) and
//! `sha256`. Tokens are kept as SHA-256 only: a token has 128 bits or more of randomness, so its hash needs no salt, and
//! a look-up by hash tells an attacker nothing. An error names file, line and key; the values in
//! it are not repeated, since somebody may have written a token where its hash belongs.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use toml::Spanned;
use tonic::metadata::MetadataMap;

/// The token in an `Authorization` header. The scheme is compared without regard to case (RFC 9110, section 11.1).
#[must_use]
pub fn bearer_token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Who is known by which token.
pub struct TokenTable<C> {
    callers: HashMap<[u8; 32], C>,
}

/// Whom the file names, as it names them: what the roles are, and which of them have a tenant, the service decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenEntry {
    /// Whom the token was given to: an id, not a person's name.
    pub subject: String,
    /// What the subject may do.
    pub role: String,
    /// The tenant that it acts in.
    pub tenant: Option<String>,
}

/// Why a token file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: {problem}", file.display())]
pub struct TokenFileError {
    /// The file that was read.
    pub file: PathBuf,
    /// Where in it, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: TokenProblem,
}

/// What is wrong with a token file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// Not TOML, or it has other tables, keys or types than it should.
    #[error("there must be [[token]] tables with subject, role, tenant (where the role has one) and sha256")]
    Form,
    /// Nobody is named.
    #[error("`subject` is missing")]
    NoSubject,
    /// The key and the one that it replaces.
    #[error("`subject` and `name` are the same key: set `subject` alone")]
    TwoSubjects,
    /// A hash that is none.
    #[error("`sha256` must have 64 hexadecimal digits")]
    Hash,
    /// Two subjects with one token cannot be distinguished.
    #[error("`sha256` is that of another subject's token")]
    Repeated,
    /// The service knows no such role, or not with (or without) a tenant.
    #[error("{0}")]
    Entry(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    #[serde(default)]
    token: Vec<Spanned<EntryForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryForm {
    subject: Option<String>,
    /// What the connector's file called `subject` up to version 0.1.
    name: Option<String>,
    role: String,
    tenant: Option<String>,
    sha256: String,
}

impl<C> TokenTable<C> {
    /// Reads the text of a token file. `caller` makes of an entry what the service knows a caller by, or says what is
    /// wrong with the entry.
    ///
    /// # Errors
    /// [`TokenFileError`] for the first entry that is wrong.
    pub fn parse(
        file: &Path,
        text: &str,
        caller: impl Fn(TokenEntry) -> Result<C, &'static str>,
    ) -> Result<Self, TokenFileError> {
        let failed = |line: usize, problem: TokenProblem| TokenFileError {
            file: file.to_owned(),
            line,
            problem,
        };
        let form: FileForm = toml::from_str(text).map_err(|error| {
            failed(
                line_of(text, error.span().unwrap_or_default()),
                TokenProblem::Form,
            )
        })?;
        let mut callers = HashMap::new();
        for entry in form.token {
            let line = line_of(text, entry.span());
            let (hash, entry) =
                parse_entry(entry.into_inner(), file, line).map_err(|problem| failed(line, problem))?;
            let caller = caller(entry).map_err(|problem| failed(line, TokenProblem::Entry(problem)))?;
            if callers.insert(hash, caller).is_some() {
                return Err(failed(line, TokenProblem::Repeated));
            }
        }
        Ok(Self { callers })
    }

    /// True if the file names nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.callers.is_empty()
    }

    /// Whose token the `authorization` metadata of a call holds.
    #[must_use]
    pub fn caller_of(&self, metadata: &MetadataMap) -> Option<&C> {
        let header = metadata.get("authorization");
        self.caller(header.and_then(|value| value.to_str().ok()))
    }

    fn caller(&self, authorization: Option<&str>) -> Option<&C> {
        let token = bearer_token(authorization?)?;
        let hash: [u8; 32] = digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()?;
        self.callers.get(&hash)
    }
}

fn parse_entry(entry: EntryForm, file: &Path, line: usize) -> Result<([u8; 32], TokenEntry), TokenProblem> {
    let subject = match (entry.subject, entry.name) {
        (Some(subject), None) => subject,
        (None, Some(name)) => {
            tracing::warn!(
                file = %file.display(),
                line,
                "`name` of a token is called `subject` now; the next release does not read `name` any more"
            );
            name
        }
        (Some(_), Some(_)) => return Err(TokenProblem::TwoSubjects),
        (None, None) => return Err(TokenProblem::NoSubject),
    };
    let mut hash = [0; 32];
    hex::decode_to_slice(&entry.sha256, &mut hash).map_err(|_| TokenProblem::Hash)?;
    let entry = TokenEntry {
        subject,
        role: entry.role,
        tenant: entry.tenant,
    };
    Ok((hash, entry))
}

/// The line in which a part of the text begins.
fn line_of(text: &str, part: Range<usize>) -> usize {
    let before = text.get(..part.start).unwrap_or(text);
    1 + before.matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::LogLines;

    fn entry(keys: &str, token: &str) -> String {
        let hash = hex::encode(digest(&SHA256, token.as_bytes()));
        format!("[[token]]\n{keys}\nsha256 = \"{hash}\"\n")
    }

    fn parse(text: &str) -> Result<TokenTable<TokenEntry>, TokenFileError> {
        TokenTable::parse(Path::new("tokens.toml"), text, |entry| {
            if entry.role == "king" {
                Err("`role` must be auditor")
            } else {
                Ok(entry)
            }
        })
    }

    #[test]
    fn the_scheme_has_no_case_and_the_token_has() {
        for header in ["Bearer t", "bearer t", "BEARER t", "bEaReR  t "] {
            assert_eq!(bearer_token(header), Some("t"), "{header}");
        }
        for header in ["", "t", "Bearer", "Bearer ", "Basic t", "Bearert"] {
            assert_eq!(bearer_token(header), None, "{header}");
        }
        let tokens = parse(&entry("subject = \"ann\"\nrole = \"auditor\"", "s3cret")).unwrap();
        assert_eq!(tokens.caller(Some("BEARER s3cret")).unwrap().subject, "ann");
        for header in [None, Some("Bearer S3CRET"), Some("Bearer other"), Some("s3cret")] {
            assert!(tokens.caller(header).is_none(), "{header:?}");
        }
    }

    #[test]
    fn the_old_key_is_read_with_a_warning_that_says_the_new_one() {
        let log = LogLines::default();
        let listening = log.listen();
        let tokens = parse(&entry("subject = \"bob\"\nrole = \"auditor\"", "b")).unwrap();
        assert!(!tokens.is_empty() && log.lines().is_empty());
        let text = entry("name = \"ann\"\nrole = \"auditor\"", "a");
        let tokens = parse(&format!("\n{text}")).unwrap();
        drop(listening);
        assert_eq!(tokens.caller(Some("Bearer a")).unwrap().subject, "ann");
        let lines: Vec<String> = log.lines().into_iter().collect();
        let [line] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        assert!(line.starts_with("WARN"), "{line}");
        assert!(line.contains("line=2") && line.contains("tokens toml"), "{line}");
        assert!(line.contains("subject"), "{line}");
    }

    #[test]
    fn what_is_wrong_is_told_by_file_line_and_key_and_repeats_no_value() {
        let good = entry("subject = \"ann\"\nrole = \"auditor\"", "a");
        let hash = "0".repeat(63);
        for (text, line, key) in [
            (format!("{good}{good}"), 5, "sha256"),
            (
                format!("{good}[[token]]\nsubject = \"bob\"\nrole = \"auditor\"\nsha256 = \"{hash}\""),
                5,
                "sha256",
            ),
            (
                format!("{good}{}", entry("role = \"auditor\"", "b")),
                5,
                "subject",
            ),
            (
                entry("subject = \"bob\"\nname = \"s3cret\"\nrole = \"auditor\"", "b"),
                1,
                "subject",
            ),
            (entry("subject = \"bob\"\nrole = \"king\"", "b"), 1, "role"),
            (
                format!(
                    "{good}{}",
                    entry("subject = \"bob\"\nrole = \"auditor\"\ntoken = \"s3cret\"", "b")
                ),
                8,
                "sha256",
            ),
            (format!("{good}token = \"s3cret\"\n"), 5, "sha256"),
            ("token = \"s3cret\"".to_owned(), 1, "[[token]]"),
            ("\nrole = s3cret".to_owned(), 2, "[[token]]"),
        ] {
            let error = parse(&text).err().unwrap();
            let message = error.to_string();
            assert!(
                message.starts_with(&format!("tokens.toml:{line}: ")),
                "{message} for {text}"
            );
            assert!(message.contains(key), "{message} for {text}");
            assert!(!format!("{message} {error:?}").contains("s3cret"), "{message}");
            assert!(!message.contains(&hash), "{message}");
        }
        assert!(parse("").unwrap().is_empty());
    }
}
