//! The wrong current passwords that this connector's own records count, for accounts of which Active Directory does not
//! show its count.

use super::parts::PipelineParts;
use crate::ad::AccountReading;
use crate::audit::AuditError;
use crate::domain::{FileTime, OperationKind, RecordedTries};
use crate::policy::lockout::{needs_recorded_tries, window};

/// What was recorded within the window in which a wrong password counts; `None` where nobody needs to know.
pub(super) async fn read_recorded_tries(
    parts: &PipelineParts,
    kind: OperationKind,
    reading: &AccountReading,
) -> Result<Option<RecordedTries>, AuditError> {
    if kind != OperationKind::Change || !needs_recorded_tries(&reading.account) {
        return Ok(None);
    }
    let now = FileTime::from_unix_micros(parts.clock.unix_us());
    let since = now.minus(window(&reading.policy));
    let tries = parts.audit.recorded_tries(reading.account.anchor, since).await?;
    Ok(Some(tries))
}
