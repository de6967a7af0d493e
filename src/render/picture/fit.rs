//! Text cut to a width, by estimate: the font that a reader has is not known here.

/// Size of the text in the picture.
const SIZE: f64 = super::FONT;

/// Width of a letter in hundredths of the text's size, a little more than most fonts take.
fn width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' | ' ' | 'I' => 32.0,
        'f' | 't' | 'r' | '-' | '(' | ')' | '/' | '[' | ']' => 42.0,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 96.0,
        'A'..='Z' => 69.0,
        ' '..='~' => 61.0,
        '\u{80}'..='\u{2FF}' => 64.0,
        // East Asian letters and signs are square.
        _ => 105.0,
    }
}

fn text_width(text: &str) -> f64 {
    text.chars().map(width).sum::<f64>() * SIZE / 100.0
}

/// How much of the room a name's end gets: names often differ there.
pub const TAIL: f64 = 0.35;

/// The text, cut where it would be wider than `room`; `tail` is the share that its end keeps.
pub fn fit(text: &str, room: f64, tail: f64) -> String {
    if text_width(text) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let room = room - SIZE;
    let take = |share: f64, letters: &mut dyn Iterator<Item = &char>| -> usize {
        let mut left = room * share * 100.0 / SIZE;
        letters
            .take_while(|letter| {
                left -= width(**letter);
                left >= 0.0
            })
            .count()
    };
    let head = take(1.0 - tail, &mut letters.iter());
    let tail = take(tail, &mut letters.iter().rev());
    let (head, tail): (String, String) =
        (letters[..head].iter().collect(), letters[letters.len() - tail..].iter().collect());
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_both_ends_and_its_room() {
        assert_eq!(fit("app", 100.0, TAIL), "app");
        let long = format!("deploy-{}-production", "x".repeat(80));
        let cut = fit(&long, 200.0, TAIL);
        assert!(cut.starts_with("deploy-") && cut.ends_with("-production") && cut.contains('…'), "{cut}");
        assert!(text_width(&cut) <= 200.0 + SIZE);
        assert!(fit("3 roles: a-very-long-name, another-very-long-name", 120.0, 0.0).ends_with('…'));
        assert!(fit(&"名".repeat(200), 200.0, TAIL).chars().count() < 20);
    }
}
