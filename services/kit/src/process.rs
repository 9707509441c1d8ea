//! What a process does about itself before anything else.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// The kernel refused to forbid core dumps.
#[derive(Debug, thiserror::Error)]
#[error("core dumps could not be disabled: {0}")]
pub struct HardenError(#[from] rustix::io::Errno);

/// Forbids core dumps and reading of this process's memory by other processes of the same user: passwords and keys
/// are in it. Call it first in `main`.
///
/// # Errors
/// [`HardenError`] if the kernel says no; a service must not start then.
pub fn harden() -> Result<(), HardenError> {
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn a_hardened_process_leaves_no_core_dump() {
        harden().unwrap();
        assert_eq!(
            getrlimit(Resource::Core),
            Rlimit {
                current: Some(0),
                maximum: Some(0)
            }
        );
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
