//! Randomness that can fail without a panic: bytes are taken from the system first, then handed to HPKE.

use std::convert::Infallible;

use aws_lc_rs::rand;
use hpke::rand_core::{TryCryptoRng, TryRng};
use zeroize::{Zeroize, Zeroizing};

/// The operating system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct RandomnessUnavailable;

/// Bytes that nobody can guess, wiped when dropped.
///
/// # Errors
/// [`RandomnessUnavailable`] if the system gives no randomness.
pub fn fresh_bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, RandomnessUnavailable> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(bytes.as_mut()).map_err(|_| RandomnessUnavailable)?;
    Ok(bytes)
}

/// Hands out bytes that were fetched before. One encapsulation takes 32; if ever more are taken, it notes that,
/// and whoever owns it throws the result away.
pub(crate) struct PreparedRandom {
    bytes: Zeroizing<[u8; 32]>,
    used: usize,
    exhausted: bool,
}

impl PreparedRandom {
    pub(crate) fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self {
            bytes,
            used: 0,
            exhausted: false,
        }
    }

    pub(crate) fn was_enough(&self) -> bool {
        !self.exhausted
    }

    fn take(&mut self, buffer: &mut [u8]) {
        let available = &mut self.bytes[self.used..];
        if buffer.len() > available.len() {
            self.exhausted = true;
            buffer.fill(0);
            return;
        }
        let (handed_out, _) = available.split_at_mut(buffer.len());
        buffer.copy_from_slice(handed_out);
        handed_out.zeroize();
        self.used += buffer.len();
    }
}

impl TryRng for PreparedRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.take(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.take(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        self.take(buffer);
        Ok(())
    }
}

impl TryCryptoRng for PreparedRandom {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_handed_out_once_and_a_lack_is_noted() {
        let mut random = PreparedRandom::new(Zeroizing::new([7; 32]));
        let mut buffer = [0; 32];
        let Ok(()) = random.try_fill_bytes(&mut buffer);
        assert_eq!(buffer, [7; 32]);
        assert!(random.was_enough());
        let Ok(word) = random.try_next_u32();
        assert_eq!(word, 0);
        assert!(!random.was_enough());
    }

    #[test]
    fn fresh_bytes_differ() {
        assert_ne!(fresh_bytes::<16>().unwrap(), fresh_bytes().unwrap());
    }
}
