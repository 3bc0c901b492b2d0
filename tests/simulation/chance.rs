//! Chance that repeats: the same seed gives the same numbers, on every machine and for ever.

/// Splitmix64: small, and good enough to wander through a space of stories.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub const fn seeded(seed: u64) -> Self {
        // Neighbouring seeds must not tell neighbouring stories.
        Self(seed.wrapping_mul(0xD129_0D1E_3B5F_2A4D) ^ 0x5851_F42D_4C95_7F2D)
    }

    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to just below `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        ((self.bits() as u128 * end as u128) >> 64) as u64
    }

    pub const fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    pub const fn percent(&mut self, chances: u64) -> bool {
        self.below(100) < chances
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let place = self.below(from.len() as u64);
        &from[usize::try_from(place).unwrap_or(0)]
    }

    /// A generator of its own, so that one part of a story can change without changing the rest.
    pub const fn fork(&mut self) -> Self {
        Self(self.bits())
    }
}
