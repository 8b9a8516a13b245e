//! What somebody may have meant who wrote a word that means nothing.

use strsim::damerau_levenshtein;

/// "; did you mean …?", or nothing when no word is near.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, known) {
        Some(meant) => format!("; did you mean {meant}?"),
        None => String::new(),
    }
}

/// The known word that differs least, by at most a third of its letters; separators do not count.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = letters(word);
    let rated = known.into_iter().map(|known| {
        let letters = letters(known);
        let differ = damerau_levenshtein(&word, &letters);
        (differ, letters.chars().count(), known)
    });
    let near = rated.filter(|(differ, length, _)| *differ <= (length / 3).min(3));
    let (_, _, known) = near.min_by_key(|(differ, ..)| *differ)?;
    Some(known)
}

/// The setting that a key may mean: one that is written alike, or of the same name elsewhere.
pub(super) fn nearest_key<'a>(key: &str, known: &'a [String]) -> Option<&'a str> {
    let known = known.iter().map(String::as_str);
    let near = nearest(key, known.clone());
    near.or_else(|| {
        let name = key.rsplit('.').next().filter(|name| name.len() > 3)?;
        let mut alike = known.filter(|known| known.ends_with(&format!(".{name}")));
        let only = alike.next()?;
        alike.next().is_none().then_some(only)
    })
}

fn letters(word: &str) -> String {
    let letters = word.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).take(100).collect()
}
