//! What is left of a password when the words of its user and of the platform are taken away.

use kernel::text;
use unicode_normalization::UnicodeNormalization;

/// What everybody thinks of here.
const OF_THE_PLATFORM: [&str; 8] = [
    "gopro", "password", "passwort", "login", "learn", "learning", "platform", "course",
];
/// Words that join a name to a sentence: each adds letters, and nothing that is hard to guess.
const JOINING: [&str; 24] = [
    "a", "am", "an", "and", "at", "by", "for", "from", "hello", "here", "i", "im", "in", "is",
    "it", "me", "my", "name", "of", "on", "secret", "the", "this", "user",
];
/// Shorter words occur in others too often; of scripts that write words with few letters, two do.
const SHORTEST: usize = 3;
const SHORTEST_ELSEWHERE: usize = 2;

/// The words of a user, from their username, address and name, and those of the platform: each
/// part, and the parts joined.
pub(super) fn words(own: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = OF_THE_PLATFORM.map(str::to_owned).to_vec();
    for text in own {
        let lower = text.nfkc().collect::<String>().to_lowercase();
        for side in lower.split('@') {
            let parts = side.split(|letter: char| !letter.is_alphanumeric());
            words.extend(parts.map(str::to_owned));
            words.push(
                side.chars()
                    .filter(|letter| letter.is_alphanumeric())
                    .collect(),
            );
        }
    }
    words.retain(|word| word.chars().count() >= shortest(word.is_ascii()));
    words.sort_unstable();
    words.dedup();
    words
}

fn shortest(is_ascii: bool) -> usize {
    match is_ascii {
        true => SHORTEST,
        false => SHORTEST_ELSEWHERE,
    }
}

/// What is left of a password without `words`, however they are written; `None` when none is in it.
pub(super) fn remainder(password: &str, words: &[String]) -> Option<String> {
    // Letters of another width or shape are the same letters (UAX #15, form KC).
    let letters: Vec<char> = password.nfkc().collect();
    let mut left: Vec<bool> = vec![true; letters.len()];
    // What stands between letters does not hide a word, and neither does a letter that is doubled.
    let sound: Vec<Sound> = letters.iter().enumerate().filter_map(sound_of).collect();
    let mut patterns: Vec<Vec<char>> = words
        .iter()
        .map(|word| word.chars().map(plain).collect())
        .collect();
    patterns.extend(patterns.clone().into_iter().map(|mut word| {
        word.reverse();
        word
    }));
    take_away(&mut left, &sound, patterns.clone());
    for pattern in &mut patterns {
        pattern.dedup();
    }
    patterns.retain(|pattern| pattern.len() >= shortest(pattern.iter().all(char::is_ascii)));
    take_away(&mut left, &single(sound), patterns);
    if left.iter().all(|left| *left) {
        return None;
    }
    let kept = letters.iter().zip(&left);
    let rest: String = kept
        .map(|(letter, left)| if *left { *letter } else { ' ' })
        .collect();
    let parts = rest
        .split(|letter: char| letter.is_whitespace() || letter.is_ascii_punctuation())
        .filter(|part| !part.is_empty() && !JOINING.contains(&&*part.to_lowercase()));
    Some(parts.collect::<Vec<_>>().join(" "))
}

/// A letter that is meant, and the first and last place where it stands.
struct Sound {
    first: usize,
    last: usize,
    letter: char,
}

fn sound_of((place, letter): (usize, &char)) -> Option<Sound> {
    let letter = plain(*letter);
    letter.is_alphanumeric().then_some(Sound {
        first: place,
        last: place,
        letter,
    })
}

/// Each letter once where it stands several times in a row.
fn single(sound: Vec<Sound>) -> Vec<Sound> {
    let mut runs: Vec<Sound> = Vec::new();
    for next in sound {
        match runs.last_mut() {
            Some(run) if run.letter == next.letter => run.last = next.last,
            _ => runs.push(next),
        }
    }
    runs
}

/// Notes what is part of a word as not left.
fn take_away(left: &mut [bool], sound: &[Sound], mut patterns: Vec<Vec<char>>) {
    // The longest first, so that a name is gone as a whole before its parts are looked for.
    patterns.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for pattern in &patterns {
        for window in sound.windows(pattern.len()) {
            let same = window
                .iter()
                .zip(pattern)
                .all(|(found, wanted)| left[found.first] && found.letter == *wanted);
            if let (true, [first, .., last]) = (same, window) {
                left[first.first..=last.last].fill(false);
            }
        }
    }
}

/// The letter that is meant: without case and accents, and what stands for it in passwords as the
/// letter itself.
fn plain(letter: char) -> char {
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    match text::without_accent(lower) {
        '1' | '!' | '|' | 'l' => 'i',
        '0' => 'o',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        // Letters of other scripts that look the same.
        'ı' | 'і' | 'ι' => 'i',
        'а' | 'α' => 'a',
        'е' | 'ε' => 'e',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'у' => 'y',
        'х' | 'χ' => 'x',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::{remainder, words};

    const OWN: [&str; 3] = ["ada.lovelace", "a.byron@analytical.example.org", "Àda King"];

    fn left(password: &str) -> Option<String> {
        remainder(password, &words(&OWN))
    }

    #[test]
    fn a_word_is_found_however_it_is_written() {
        for (password, rest) in [
            ("ada.lovelace-2026-", "2026"),
            ("AdaLovelace1815", "1815"),
            ("4d4-l0v3l4c3", ""),
            ("ecalevol.ada!", ""),
            ("a-d-a l_o_v_e_l_a_c_e", ""),
            ("àdà is my name", ""),
            ("byron at analytical", ""),
            ("g0pr0-GoPro-go-pro-7", "7"),
            ("ＡＤＡ ｌｏｖｅｌａｃｅ 2026", "2026"),
            ("k\u{131}ng and \u{430}d\u{430}", ""),
            ("aaddaa loovveellaaccee", ""),
            ("Learning platform 2026", "2026"),
            ("my password, correct horse", "correct horse"),
            ("king of the hill and ada", "hill"),
        ] {
            assert_eq!(left(password).as_deref(), Some(rest), "{password}");
        }
        assert_eq!(left("correct horse battery staple"), None);
    }

    #[test]
    fn short_parts_of_a_name_are_no_words_of_its_user() {
        let words = words(&["al", "al@io.example", "李明"]);
        assert_eq!(remainder("all the ions", &words), None);
        assert_eq!(remainder("李明 2026", &words).as_deref(), Some("2026"));
    }
}
