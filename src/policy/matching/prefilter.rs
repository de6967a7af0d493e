//! A bigram filter: the letters and pairs of adjacent letters of a text. A text that lacks one of the pattern's cannot
//! match, so most of the action table is ruled out without matching.

use super::Symbol;

/// One bit for each letter; pairs share the remaining bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LetterFilter(u128);

const SINGLE: u32 = 40;

impl LetterFilter {
    /// The filter of a text, or of the literal parts of a pattern without variables.
    pub fn of_text(text: &str) -> Self {
        Self::collect(text.bytes().map(|byte| (!matches!(byte, b'*' | b'?')).then_some(u32::from(byte))))
    }

    /// The filter of a pattern's literal parts.
    pub fn of_symbols(symbols: &[Symbol]) -> Self {
        // As bytes, so that both constructors agree.
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
        Self::collect(all.into_iter())
    }

    /// Unknown symbols separate neighbors.
    fn collect(bytes: impl Iterator<Item = Option<u32>>) -> Self {
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

    /// The union of both filters.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the other filter's bits are all set.
    pub fn contains(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }
}
