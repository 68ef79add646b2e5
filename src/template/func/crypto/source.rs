//! Random numbers for the libraries that make keys: a seed of the run's, stretched.

use std::convert::Infallible;

use rsa::rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};

use crate::template::{CallError, Run};

/// A stream of digests of a seed and a counter. It cannot fail, where the run's source could.
pub(super) struct Source {
    seed: [u8; 32],
    counter: u64,
}

impl Source {
    /// A stream from a seed that the run draws for `function`.
    pub(super) fn of(run: &mut Run<'_>, function: &'static str) -> Result<Self, CallError> {
        let mut seed = [0; 32];
        run.random(function, &mut seed)?;
        Ok(Self { seed, counter: 0 })
    }

    fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        let mut digest = Sha256::new();
        digest.update(self.seed);
        digest.update(self.counter.to_le_bytes());
        digest.finalize().into()
    }
}

impl TryRng for Source {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.block();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let block = self.block();
        let (bytes, _) = block.split_first_chunk().unwrap_or((&[0; 8], &[]));
        Ok(u64::from_le_bytes(*bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            let block = self.block();
            for (byte, random) in chunk.iter_mut().zip(block) {
                *byte = random;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for Source {}
