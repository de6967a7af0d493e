//! Many texts held against one pattern at once, a bit for each text.
//!
//! The texts of a block are turned: for each place and each letter, a bit for
//! every text that has the letter there. A pattern's partial matches are bits
//! too, so one step advances a whole block: a hostile pattern costs what its
//! letters and the longest text cost, however many texts nearly match.

use super::{Glob, Symbol, counted, letters};

/// Words of a block, a bit for each text: some processors take several at once.
const WORDS: usize = 4;
type Row = [u64; WORDS];
const NONE: u8 = u8::MAX;

/// Texts of characters and unknown characters.
#[derive(Debug)]
pub(crate) struct Slices {
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    /// For each place the texts that are longer.
    present: Vec<Row>,
    /// For each ASCII character the number of its rows, if some text has it.
    numbers: Box<[u8; 128]>,
    /// For each character a row a place.
    rows: Vec<Row>,
    all: Row,
}

/// A pattern's elements by place, ready for all blocks.
struct Steps {
    /// Stars before each place, and behind the last.
    stars: Vec<bool>,
    /// What the place takes: a character, or any.
    takes: Vec<Option<u8>>,
}

impl Slices {
    /// Of plain texts.
    pub fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let texts: Vec<Vec<Symbol>> = texts.map(|text| letters(text).collect()).collect();
        Self::of(&texts)
    }

    /// Of texts whose symbols are ASCII characters, and `One` for what is not known.
    pub fn of(texts: &[Vec<Symbol>]) -> Self {
        Self { blocks: texts.chunks(64 * WORDS).map(Block::of).collect() }
    }

    /// A bit for each of the texts that the pattern takes, those of the numbers asked for among them; a block
    /// without such is left out.
    pub fn taken(&self, pattern: &Glob, asked: std::ops::Range<usize>) -> Vec<u64> {
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
    /// None where the pattern has what no text has.
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

    /// The rows of each of the pattern's places; none if a letter of the pattern is in no text.
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
            // Nothing is farther than the number of characters so far.
            let farthest = last.min(place + 1);
            count += farthest + 1;
            for at in (0..=farthest).rev() {
                let mut next = state[at];
                if !steps.stars[at] {
                    // What has ended stays where it is.
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
        /// All at once gives what one by one does.
        #[test]
        fn agrees_with_the_glob(pattern in "[ab*?é:]{0,9}", texts in proptest::collection::vec("[ab:_]{0,9}", 0..600)) {
            let glob = Glob::new(symbols(&pattern, Version::V2012));
            // An underscore stands for an unknown character.
            let texts: Vec<Vec<Symbol>> = texts.iter().map(|text| text.chars().map(|letter| match letter {
                '_' => Symbol::One,
                letter => Symbol::Char(letter),
            }).collect()).collect();
            let taken = Slices::of(&texts).taken(&glob, 0..texts.len());
            for (at, text) in texts.iter().enumerate() {
                let one = glob.accepts(text.iter().cloned());
                prop_assert_eq!(taken[at / 64] >> (at % 64) & 1 == 1, one, "{} {:?}", pattern, text);
            }
        }
    }
}
