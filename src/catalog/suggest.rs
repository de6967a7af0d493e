//! "Did you mean …?"

use strsim::osa_distance;

/// The candidate that a misspelt word most likely meant, if one is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count().min(word.chars().count()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `did you mean x? …`, or only what follows.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    match nearest(word, candidates) {
        Some(candidate) => format!("did you mean {candidate}? {otherwise}"),
        None => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let words = ["active", "created", "age_days"];
        assert_eq!(nearest("aktive", words), Some("active"));
        assert_eq!(nearest("age_day", words), Some("age_days"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("kye", ["key", "as_of"]), Some("key"), "swapped letters are one mistake");
    }
}
