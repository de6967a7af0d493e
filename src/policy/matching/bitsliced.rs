//! Matches many texts against one pattern at once, one bit for each text (bit slicing).
//!
//! The texts of a block are transposed: for each position and letter, a bit for every text with that letter there.
//! Partial matches are bits too, so one step advances a whole block, and the cost depends on the pattern and the
//! longest text, not on how many texts nearly match.

use super::{Glob, Symbol, counted, letters};

/// Words of a block, one bit for each text; processors with SIMD handle several at once.
const WORDS: usize = 4;
type Row = [u64; WORDS];
const NONE: u8 = u8::MAX;

/// Transposed texts; they may contain unknown characters.
#[derive(Debug)]
pub(crate) struct BitslicedTexts {
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    /// For each position, the texts that are longer.
    present: Vec<Row>,
    /// For each ASCII character that occurs, the number of its rows.
    numbers: Box<[u8; 128]>,
    /// For each character, one row for each position.
    rows: Vec<Row>,
    all: Row,
}

/// A pattern's elements by position, for use with every block.
struct Steps {
    /// Whether a star precedes each position, and follows the last.
    stars: Vec<bool>,
    /// The character at the position, or any.
    takes: Vec<Option<u8>>,
}

impl BitslicedTexts {
    /// From plain texts.
    pub fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let texts: Vec<Vec<Symbol>> = texts.map(|text| letters(text).collect()).collect();
        Self::of_symbols(&texts)
    }

    /// From texts of ASCII characters, with `One` for unknown characters.
    pub fn of_symbols(texts: &[Vec<Symbol>]) -> Self {
        Self { blocks: texts.chunks(64 * WORDS).map(Block::of).collect() }
    }

    /// One bit for each text that the pattern matches. Blocks without a text in the range `asked` are skipped.
    pub fn matching(&self, pattern: &Glob, asked: std::ops::Range<usize>) -> Vec<u64> {
        let mut taken = vec![0; self.blocks.len() * WORDS];
        let Some(steps) = Steps::of(pattern) else { return taken };
        let first = asked.start / (64 * WORDS);
        let end = asked.end.div_ceil(64 * WORDS).min(self.blocks.len());
        let mut room = vec![[0; WORDS]; steps.stars.len()];
        for at in first..end {
            let found = self.blocks[at].taken(&steps, &mut room);
            taken[at * WORDS..(at + 1) * WORDS].copy_from_slice(&found);
        }
        taken
    }
}

impl Steps {
    /// `None` if the pattern has a character that no text has.
    fn of(pattern: &Glob) -> Option<Self> {
        let mut steps = Self { stars: vec![false], takes: Vec::new() };
        for symbol in pattern.symbols() {
            match symbol {
                Symbol::Any => *steps.stars.last_mut().expect("starts with one") = true,
                Symbol::One => steps.place(None),
                Symbol::Char(letter) if letter.is_ascii() => steps.place(Some(*letter as u8)),
                Symbol::Char(_) | Symbol::Variable(_) => return None,
            }
        }
        Some(steps)
    }

    fn place(&mut self, takes: Option<u8>) {
        self.takes.push(takes);
        self.stars.push(false);
    }
}

impl Block {
    fn of(texts: &[Vec<Symbol>]) -> Self {
        let places = texts.iter().map(Vec::len).max().unwrap_or(0);
        let mut block = Self {
            present: vec![[0; WORDS]; places],
            numbers: Box::new([NONE; 128]),
            rows: Vec::new(),
            all: [0; WORDS],
        };
        let mut count = 0;
        for (text, symbols) in texts.iter().enumerate() {
            set(&mut block.all, text);
            for (place, symbol) in symbols.iter().enumerate() {
                set(&mut block.present[place], text);
                let Symbol::Char(letter) = symbol else { continue };
                let number = &mut block.numbers[*letter as usize];
                if *number == NONE {
                    *number = count;
                    count += 1;
                    block.rows.resize(usize::from(count) * places, [0; WORDS]);
                }
                set(&mut block.rows[usize::from(*number) * places + place], text);
            }
        }
        block
    }

    /// The rows of each position of the pattern; `None` if no text has one of its letters.
    fn rows_of(&self, steps: &Steps) -> Option<Vec<&[Row]>> {
        let places = self.present.len();
        let rows = steps.takes.iter().map(|takes| match takes {
            None => Some(&self.present[..]),
            Some(letter) => {
                let number = self.numbers[usize::from(*letter)];
                (number != NONE).then(|| &self.rows[usize::from(number) * places..][..places])
            }
        });
        rows.collect()
    }

    fn taken(&self, steps: &Steps, state: &mut [Row]) -> Row {
        let Some(rows) = self.rows_of(steps) else { return [0; WORDS] };
        let last = rows.len();
        state.fill([0; WORDS]);
        state[0] = self.all;
        let mut count = 0;
        for (place, here) in self.present.iter().enumerate() {
            // No match is farther than the number of characters so far.
            let farthest = last.min(place + 1);
            count += farthest + 1;
            for at in (0..=farthest).rev() {
                let mut next = state[at];
                if !steps.stars[at] {
                    // Texts that have ended stay where they are.
                    for (word, here) in next.iter_mut().zip(here) {
                        *word &= !here;
                    }
                }
                if at > 0 {
                    let (before, takes) = (state[at - 1], &rows[at - 1][place]);
                    for word in 0..WORDS {
                        next[word] |= before[word] & takes[word];
                    }
                }
                state[at] = next;
            }
            if steps.stars[last] && state[last] == self.all {
                break;
            }
        }
        counted(count * WORDS);
        state[last]
    }
}

fn set(row: &mut Row, text: usize) {
    row[text / 64] |= 1 << (text % 64);
}

#[cfg(test)]
mod tests {
    use super::super::symbols;
    use super::*;
    use crate::policy::document::Version;
    use proptest::prelude::*;

    proptest! {
        /// Bit slicing agrees with matching one by one.
        #[test]
        fn agrees_with_the_glob(pattern in "[ab*?é:]{0,9}", texts in proptest::collection::vec("[ab:_]{0,9}", 0..600)) {
            let glob = Glob::new(symbols(&pattern, Version::V2012));
            // An underscore means an unknown character.
            let texts: Vec<Vec<Symbol>> = texts.iter().map(|text| text.chars().map(|letter| match letter {
                '_' => Symbol::One,
                letter => Symbol::Char(letter),
            }).collect()).collect();
            let taken = BitslicedTexts::of_symbols(&texts).matching(&glob, 0..texts.len());
            for (at, text) in texts.iter().enumerate() {
                let one = glob.accepts(text.iter().cloned());
                prop_assert_eq!(taken[at / 64] >> (at % 64) & 1 == 1, one, "{} {:?}", pattern, text);
            }
        }
    }
}
