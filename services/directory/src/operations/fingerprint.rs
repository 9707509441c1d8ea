//! What makes the same id the same operation: principal, account, kind and flags. The password is not part of it: it
//! must not be kept, nor anything that is made from it.

use aws_lc_rs::digest::{Context, SHA256};

use crate::domain::{AccountAnchor, OperationFlags, OperationKind, Principal};

/// SHA-256 (hex) over the length-prefixed parts.
pub(crate) fn fingerprint(
    principal: &Principal,
    anchor: AccountAnchor,
    kind: OperationKind,
    flags: OperationFlags,
) -> String {
    let mut hash = Context::new(&SHA256);
    let flags = [
        u8::from(flags.must_change_at_next_logon),
        u8::from(flags.unlock),
        u8::from(flags.allow_disabled),
    ];
    let anchor = anchor.uuid();
    let parts: [&[u8]; 5] = [
        principal.subject.as_bytes(),
        principal.role.name().as_bytes(),
        anchor.as_bytes(),
        kind.as_str().as_bytes(),
        &flags,
    ];
    for part in parts {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Role;

    /// It is stored: an operation that is asked for again is compared with what an earlier version recorded.
    #[test]
    fn the_fingerprint_of_the_same_operation_stays_the_same() {
        let principal = Principal {
            subject: "app-1".to_owned(),
            role: Role::Helpdesk,
            tenant: None,
        };
        let anchor = AccountAnchor::new(uuid::Uuid::from_u128(1));
        let flags = OperationFlags {
            must_change_at_next_logon: true,
            unlock: false,
            allow_disabled: true,
        };
        assert_eq!(
            fingerprint(&principal, anchor, OperationKind::AdminReset, flags),
            "1c62f261377a163d487dd631212c70da90ee5d24d2570137ef7f9885c40ef1df"
        );
    }
}
