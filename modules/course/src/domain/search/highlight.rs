//! What was looked for, marked in a text that has it.

use super::{SearchWord, is_typo, is_unspaced, words};

/// How many passages are marked in one text.
const MOST_MARKED: usize = 10;
/// How many characters are shown before the first that is marked, where a text is cut.
const SHOWN_BEFORE: usize = 30;

/// A text as HTML with `mark` around what was looked for, cut to `longest` characters; `None` when it has nothing of
/// it.
pub(crate) fn marked(text: &str, wanted: &[SearchWord], longest: usize) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let hits = hits(&letters, wanted);
    let first = hits.iter().position(|hit| *hit)?;
    let begin = match letters.len() > longest {
        true => first.saturating_sub(SHOWN_BEFORE),
        false => 0,
    };
    let end = letters.len().min(begin + longest);
    let (mut html, mut marks, mut inside) = (String::new(), 0, false);
    if begin > 0 {
        html.push('…');
    }
    for (letter, hit) in letters[begin..end].iter().zip(&hits[begin..end]) {
        if *hit && !inside && marks < MOST_MARKED {
            html.push_str("<mark>");
            (inside, marks) = (true, marks + 1);
        } else if !*hit && inside {
            html.push_str("</mark>");
            inside = false;
        }
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            letter => html.push(*letter),
        }
    }
    if inside {
        html.push_str("</mark>");
    }
    if end < letters.len() {
        html.push('…');
    }
    Some(html)
}

/// Which characters of a text belong to what was looked for.
fn hits(letters: &[char], wanted: &[SearchWord]) -> Vec<bool> {
    let is_hit = |piece: &[char]| {
        let found = words(&piece.iter().collect::<String>());
        let fits = |wanted: &SearchWord| {
            let near = |word: &String| wanted.forgives() && is_typo(word, &wanted.word);
            found.iter().any(|word| wanted.fits(word) || near(word))
        };
        wanted.iter().any(fits)
    };
    let mut hits = vec![false; letters.len()];
    let mut from = 0;
    while from < letters.len() {
        let run = is_unspaced(letters[from]);
        let ends = |letter: &char| letter.is_whitespace() || is_unspaced(*letter) != run;
        let length = letters[from..].iter().position(ends);
        let to = length.map_or(letters.len(), |length| from + length);
        if to == from {
            from += 1;
            continue;
        }
        if run {
            for place in from..to {
                for end in [place + 1, place + 2] {
                    if end <= to && is_hit(&letters[place..end]) {
                        hits[place..end].fill(true);
                    }
                }
            }
        } else if is_hit(&letters[from..to]) {
            hits[from..to].fill(true);
        }
        from = to;
    }
    hits
}
