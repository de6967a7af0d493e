//! The order of the lines: kinds of parties one below the other, within a kind and among the
//! roles each near the middle of those it is tied to, so that few ties cross.

use crate::pack::register::Drawn;

/// Lines from the top; halves where the shorter side is centred.
pub type Place = f64;

pub struct Places {
    pub left: Vec<Place>,
    pub right: Vec<Place>,
    pub headings: Vec<(Place, &'static str)>,
    lines: usize,
}

impl Places {
    /// Lines of the longer side.
    pub fn lines(&self) -> usize {
        self.lines
    }
}

/// Sweeps from side to side; more of them change nothing that an eye would see.
const SWEEPS: usize = 6;

pub fn places(drawn: &Drawn) -> Places {
    let mut left_order: Vec<usize> = (0..drawn.left.len()).collect();
    let mut right_order: Vec<usize> = (0..drawn.right.len()).collect();
    let mut to_right: Vec<Vec<usize>> = vec![Vec::new(); drawn.left.len()];
    let mut to_left: Vec<Vec<usize>> = vec![Vec::new(); drawn.right.len()];
    for tie in &drawn.ties {
        to_right[tie.left].push(tie.right);
        to_left[tie.right].push(tie.left);
    }
    // Kinds keep their order; ties only order lines within a kind.
    let sections: Vec<usize> = drawn
        .left
        .iter()
        .scan((0, ""), |(number, last), node| {
            if node.section != *last {
                *number += 1;
                *last = node.section;
            }
            Some(*number)
        })
        .collect();
    let (mut left, mut headings) = stack(drawn, &left_order);
    for _ in 0..SWEEPS {
        sort(&mut right_order, &to_left, &left, |_| 0);
        let right = centred(&right_order, 0.0);
        sort(&mut left_order, &to_right, &right, |at| sections[at]);
        (left, headings) = stack(drawn, &left_order);
    }
    sort(&mut right_order, &to_left, &left, |_| 0);
    let tall = left.len() + headings.len();
    let lines = tall.max(right_order.len());
    let right = centred(&right_order, (lines - right_order.len()) as f64 / 2.0);
    let shift = (lines - tall) as f64 / 2.0;
    for place in &mut left {
        *place += shift;
    }
    for (place, _) in &mut headings {
        *place += shift;
    }
    Places { left, right, headings, lines }
}

/// Orders by section, then by the mean place of those on the other side; what is not tied keeps to the end.
fn sort(order: &mut [usize], ties: &[Vec<usize>], other: &[Place], section: impl Fn(usize) -> usize) {
    let mean = |at: usize| {
        let of = &ties[at];
        if of.is_empty() { f64::MAX } else { of.iter().map(|&to| other[to]).sum::<f64>() / of.len() as f64 }
    };
    order.sort_by(|&one, &two| {
        section(one).cmp(&section(two)).then(mean(one).total_cmp(&mean(two))).then(one.cmp(&two))
    });
}

fn centred(order: &[usize], shift: f64) -> Vec<Place> {
    let mut places = vec![0.0; order.len()];
    for (line, &at) in order.iter().enumerate() {
        places[at] = line as f64 + shift;
    }
    places
}

/// Parties below the headings of their kinds.
fn stack(drawn: &Drawn, order: &[usize]) -> (Vec<Place>, Vec<(Place, &'static str)>) {
    let mut places = vec![0.0; order.len()];
    let mut headings = Vec::new();
    let mut line = 0_usize;
    let mut last = "";
    for &at in order {
        let section = drawn.left[at].section;
        if section != last {
            headings.push((line as f64, section));
            line += 1;
            last = section;
        }
        places[at] = line as f64;
        line += 1;
    }
    (places, headings)
}
