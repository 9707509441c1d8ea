//! Who may read the audit log: static tokens, of which only the SHA-256 is kept. They are long and random, so a plain
//! hash cannot be searched.

use std::path::{Path, PathBuf};

use groundwire_envelope::Fingerprint;
use serde::Deserialize;
use tonic::{Request, Status};

use super::status::ApiError;

const AUDITOR: &str = "auditor";

/// The tokens' hashes.
pub struct AuditTokens(Vec<Fingerprint>);

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not what it should be. Its content is not repeated.
    #[error("{path} does not hold [[token]] tables with name, role = \"auditor\" and sha256")]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokensFile {
    token: Vec<TokenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    #[serde(rename = "name")]
    _name: String,
    role: String,
    sha256: String,
}

impl AuditTokens {
    /// Reads the file.
    ///
    /// # Errors
    /// [`TokensError`]; a role that is not known is refused rather than left out.
    pub fn load(path: &Path) -> Result<Self, TokensError> {
        let text = std::fs::read_to_string(path).map_err(|error| TokensError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        Self::parse(&text).ok_or_else(|| TokensError::Malformed {
            path: path.to_owned(),
        })
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let file: TokensFile = toml::from_str(text).ok()?;
        let hashes = file.token.iter().map(|entry| {
            let is_auditor = entry.role == AUDITOR;
            entry.sha256.parse().ok().filter(|_| is_auditor)
        });
        hashes.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Lets a request through that carries one of the tokens.
    pub(super) fn admit(&self, request: Request<()>) -> Result<Request<()>, Status> {
        let token = request
            .metadata()
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        // What is compared are hashes: how far two of them agree tells nothing about the token.
        let is_known = token.is_some_and(|token| self.0.contains(&Fingerprint::of(token.trim().as_bytes())));
        if is_known {
            Ok(request)
        } else {
            Err(ApiError::Unauthenticated.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(role: &str) -> String {
        let hash = Fingerprint::of(b"s3cret");
        format!("[[token]]\nname = \"ann\"\nrole = \"{role}\"\nsha256 = \"{hash}\"\n")
    }

    fn admits(tokens: &AuditTokens, header: Option<&str>) -> bool {
        let mut request = Request::new(());
        if let Some(header) = header {
            request
                .metadata_mut()
                .insert("authorization", header.parse().unwrap());
        }
        tokens.admit(request).is_ok()
    }

    #[test]
    fn only_a_known_token_is_admitted() {
        let tokens = AuditTokens::parse(&file("auditor")).unwrap();
        assert!(admits(&tokens, Some("Bearer s3cret")));
        for header in [None, Some("Bearer other"), Some("s3cret"), Some("Basic s3cret")] {
            assert!(!admits(&tokens, header), "{header:?}");
        }
    }

    #[test]
    fn another_role_or_another_shape_is_refused() {
        for text in [file("operator"), "token = 1".to_owned(), String::new()] {
            assert!(AuditTokens::parse(&text).is_none(), "{text}");
        }
    }
}
