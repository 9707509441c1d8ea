//! Who may read the audit log: static tokens, of which only the SHA-256 is kept.

use std::path::{Path, PathBuf};

use groundwire_kit::bearer::{TokenEntry, TokenFileError, TokenTable};
use groundwire_kit::grpc::{Access, CallLayer, CallMetrics, Callers, Methods};
use groundwire_kit::telemetry::LineLimit;
use groundwire_proto::audit::v1::audit_service_server::SERVICE_NAME;
use groundwire_proto::methods;
use tonic::{Request, Status};

use super::status::ApiError;

const AUDITOR: &str = "auditor";

/// The auditors' tokens.
pub struct AuditTokens {
    table: TokenTable<Auditor>,
    lines: LineLimit,
}

/// Somebody who may read the audit log. There are no differences between them yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auditor;

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable { path: PathBuf, error: std::io::Error },
    /// The file is not what it should be. Its values are not repeated.
    #[error(transparent)]
    Malformed(#[from] TokenFileError),
    /// The file names nobody, so nobody could read the log.
    #[error("{0} holds no [[token]] table")]
    Empty(PathBuf),
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
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, TokensError> {
        let table = TokenTable::parse(path, text, check)?;
        if table.is_empty() {
            return Err(TokensError::Empty(path.to_owned()));
        }
        Ok(Self {
            table,
            lines: LineLimit::default(),
        })
    }

    /// The layer around the audit API, which lets through who carries one of the tokens.
    #[must_use]
    pub fn layer(self, metrics: CallMetrics) -> CallLayer<Self> {
        let methods = Methods::open().with(methods::of(SERVICE_NAME), Access::Authenticated);
        CallLayer::new(methods, self, metrics)
    }
}

impl Callers for AuditTokens {
    type Caller = Auditor;

    fn authenticate(&self, head: &Request<()>) -> Result<Auditor, Status> {
        let auditor = self.table.caller_of(head.metadata());
        let auditor = auditor.ok_or(ApiError::Unauthenticated)?;
        Ok(*auditor)
    }

    fn role(&self, _: &Auditor) -> &'static str {
        AUDITOR
    }

    fn record_refusal(&self, method: &'static str, caller: Option<&Auditor>, name: &'static str) {
        let is_auditor = caller.is_some();
        if let Some(left_out) = self.lines.admit() {
            tracing::info!(
                method,
                name,
                is_auditor,
                left_out,
                "a call of the audit API was refused"
            );
        }
    }
}

fn check(entry: TokenEntry) -> Result<Auditor, &'static str> {
    if entry.role != AUDITOR {
        return Err("`role` must be auditor");
    }
    if entry.tenant.is_some() {
        return Err("`tenant`: the audit log is that of one tenant, so auditors have none");
    }
    Ok(Auditor)
}

#[cfg(test)]
mod tests {
    use groundwire_envelope::Fingerprint;
    use groundwire_kit::testing::LogLines;

    use super::*;

    fn parse(text: &str) -> Result<AuditTokens, TokensError> {
        AuditTokens::parse(Path::new("tokens.toml"), text)
    }

    fn file(role: &str) -> String {
        let hash = Fingerprint::of(b"s3cret");
        format!("[[token]]\nsubject = \"ann\"\nrole = \"{role}\"\nsha256 = \"{hash}\"\n")
    }

    fn admits(tokens: &AuditTokens, header: Option<&str>) -> bool {
        let mut request = Request::new(());
        if let Some(header) = header {
            request
                .metadata_mut()
                .insert("authorization", header.parse().unwrap());
        }
        tokens.authenticate(&request).is_ok()
    }

    #[test]
    fn only_a_known_token_is_admitted() {
        let tokens = parse(&file("auditor")).unwrap();
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert!(admits(&tokens, Some(&format!("{scheme} s3cret"))), "{scheme}");
        }
        for header in [None, Some("Bearer other"), Some("s3cret"), Some("Basic s3cret")] {
            assert!(!admits(&tokens, header), "{header:?}");
        }
    }

    #[test]
    fn a_flood_of_refusals_is_no_flood_of_lines() {
        let tokens = parse(&file("auditor")).unwrap();
        let logged = LogLines::default();
        let listening = logged.listen();
        for number in 0..1_000 {
            tokens.record_refusal("method", None, format!("REASON-{number}").leak());
        }
        drop(listening);
        let lines = logged.lines().into_iter().filter(|line| line.contains("REASON-"));
        assert_eq!(lines.count(), 60);
    }

    #[test]
    fn another_role_or_another_shape_is_refused() {
        let with_tenant = file("auditor") + "tenant = \"00000000-0000-0000-0000-000000000001\"\n";
        for text in [
            file("operator"),
            with_tenant,
            "token = 1".to_owned(),
            "token = []".to_owned(),
            String::new(),
        ] {
            assert!(parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_of_the_release_before_is_read_with_a_warning() {
        let log = LogLines::default();
        let listening = log.listen();
        let tokens = parse(&file("auditor").replace("subject", "name")).unwrap();
        drop(listening);
        assert!(admits(&tokens, Some("Bearer s3cret")));
        assert!(log.lines().iter().any(|line| line.contains("subject")), "{log:?}");
    }
}
