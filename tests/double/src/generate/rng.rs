//! Chance without chance: an xorshift generator with a fixed seed.

/// A sequence of numbers that is the same everywhere and always.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Seeded by text, so that adding one thing does not change the others.
    pub fn of(text: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mut rng = Self::new(text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv));
        rng.next();
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("smaller than a usize")
    }

    /// A number in `start..=end`.
    pub fn between(&mut self, start: i64, end: i64) -> i64 {
        start + i64::try_from(self.next() % (end - start + 1).unsigned_abs()).expect("smaller than an i64")
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// `count` different elements, or all, in the order of the list.
    pub fn some<'a, T>(&mut self, from: &'a [T], count: usize) -> Vec<&'a T> {
        let mut left = count.min(from.len());
        let mut rest = from.len();
        let mut taken = Vec::new();
        for element in from {
            if self.below(rest) < left {
                taken.push(element);
                left -= 1;
            }
            rest -= 1;
        }
        taken
    }
}

/// A unique id in AWS's form: prefix and 17 characters of Base32.
pub fn id(prefix: &str, about: &str) -> String {
    let mut rng = Rng::of(&format!("{prefix}:{about}"));
    let letters = (0..17).map(|_| char::from(*rng.pick(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")));
    std::iter::once(prefix.to_owned()).chain(letters.map(String::from)).collect()
}

/// `digits` lower-case hexadecimal digits.
pub fn hex(about: &str, digits: usize) -> String {
    let mut rng = Rng::of(about);
    (0..digits).map(|_| char::from(*rng.pick(b"0123456789abcdef"))).collect()
}
