//! A cheap first look: which letters, and which pairs of neighbours, a text
//! has. A pattern's own must all be in whatever it matches, so most of the
//! table need not be held against a pattern letter by letter.

use super::Symbol;

/// A bit for each letter; pairs share the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Letters(u128);

const SINGLE: u32 = 40;

impl Letters {
    /// Of a text, or of what a pattern without variables writes out.
    pub fn of(text: &str) -> Self {
        Self::gathered(text.bytes().map(|byte| (!matches!(byte, b'*' | b'?')).then_some(u32::from(byte))))
    }

    /// Of what a pattern writes out.
    pub fn written_out(symbols: &[Symbol]) -> Self {
        // As bytes, so that both ways give the same.
        let mut buffer = [0; 4];
        let mut all = Vec::with_capacity(symbols.len());
        for symbol in symbols {
            match symbol {
                Symbol::Char(letter) => {
                    all.extend(letter.encode_utf8(&mut buffer).bytes().map(|byte| Some(u32::from(byte))));
                }
                _ => all.push(None),
            }
        }
        Self::gathered(all.into_iter())
    }

    /// What is not known parts neighbours.
    fn gathered(bytes: impl Iterator<Item = Option<u32>>) -> Self {
        let mut bits = 0_u128;
        let mut before = None;
        for byte in bytes {
            if let Some(byte) = byte {
                bits |= 1_u128 << (byte % SINGLE);
                if let Some(before) = before {
                    bits |= 1_u128 << (SINGLE + (before * 31 + byte) % (128 - SINGLE));
                }
            }
            before = byte;
        }
        Self(bits)
    }

    /// Both together.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of the other's are there.
    pub fn have(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }
}
