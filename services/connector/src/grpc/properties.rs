//! What holds of the parsers of this module for any bytes (see [`crate::properties`]).

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a property tells that it does not hold"
)]

use std::path::Path;
use std::sync::LazyLock;

use groundwire_envelope::Fingerprint;
use groundwire_kit::grpc::Callers as _;
use tonic::Request;
use tonic::metadata::MetadataValue;

use super::AuditTokens;
use super::page_token::{PageToken, filters};

static TOKENS: LazyLock<AuditTokens> = LazyLock::new(|| {
    let hash = Fingerprint::of(b"s3cret");
    let file = format!("[[token]]\nsubject = \"ann\"\nrole = \"auditor\"\nsha256 = \"{hash}\"\n");
    AuditTokens::parse(Path::new("tokens.toml"), &file).unwrap()
});

/// A page token that is taken has one text, and is good for its own listing only.
pub fn page_token(bytes: &[u8]) {
    let (mine, other) = (filters(&["operation", "trace"]), filters(&["operation", ""]));
    let text = String::from_utf8_lossy(bytes);
    if let Some(after) = PageToken::decode(&text, mine) {
        assert_eq!(PageToken::after(after, mine).encode(), text);
        assert_eq!(PageToken::decode(&text, other), None);
    }
    if let Some(after) = bytes.first_chunk::<8>() {
        let after = u64::from_be_bytes(*after);
        let token = PageToken::after(after, mine).encode();
        assert_eq!(PageToken::decode(&token, mine), Some(after));
        assert_eq!(PageToken::decode(&token, other), None);
    }
}

/// No header but the one with the token is let through, whatever the case of its scheme.
pub fn bearer_token(bytes: &[u8]) {
    let Ok(value) = MetadataValue::try_from(bytes) else {
        return;
    };
    let mut request = Request::new(());
    request.metadata_mut().insert("authorization", value);
    let is_it = bytes.split_at_checked(7).is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case(b"Bearer ") && token.trim_ascii() == b"s3cret"
    });
    assert_eq!(TOKENS.authenticate(&request).is_ok(), is_it);
}
