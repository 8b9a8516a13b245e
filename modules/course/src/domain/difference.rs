//! What two states of a course say differently, part by part, field by field, and word by word.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a part of a course is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CoursePart)]
pub(crate) enum PartKind {
    /// The course itself.
    Course,
    /// A section.
    Section,
    /// A lesson.
    Lesson,
    /// An exercise.
    Exercise,
}

/// A part of a state, behind those that come before it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) kind: PartKind,
    pub(crate) id: Uuid,
    /// What it is in.
    pub(crate) parent: Option<Uuid>,
    pub(crate) title: String,
    pub(crate) fields: Map<String, Value>,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else, or stands elsewhere.
    Changed,
}

/// A part that is not the same.
#[derive(Debug, Clone)]
pub(crate) struct PartChange {
    pub(crate) kind: PartKind,
    pub(crate) id: Uuid,
    pub(crate) title: String,
    pub(crate) fate: ChangeKind,
    /// Whether it stands in another part, or elsewhere among the others.
    pub(crate) moved: bool,
    /// The fields that say something else: name, before, after.
    pub(crate) fields: Vec<(String, String, String)>,
}

/// Words that stayed, came, or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct WordChange {
    /// What became of them.
    pub(crate) change: WordChangeKind,
    /// The words, with what stands between them; a long passage that stayed is shortened by …
    #[schema(max_length = 20000)]
    pub(crate) text: String,
}

/// What became of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WordChangeKind {
    /// They stayed.
    Same,
    /// They are new.
    Added,
    /// They are gone.
    Removed,
}

/// How many words of a field are shown, in characters.
const MOST_SHOWN: usize = 20_000;
/// What is shown of a passage that stayed, before and behind each change, in characters.
const CONTEXT: usize = 60;

/// The parts that differ, in the order of the later state; behind them what is gone.
pub(crate) fn changes(before: &[Part], after: &[Part]) -> Vec<PartChange> {
    let known: HashMap<_, _> = before
        .iter()
        .map(|part| ((part.kind, part.id), part))
        .collect();
    let kept: HashSet<_> = after.iter().map(|part| (part.kind, part.id)).collect();
    let moved = moved(before, after);
    let mut changes: Vec<PartChange> = after
        .iter()
        .filter_map(|part| {
            let Some(old) = known.get(&(part.kind, part.id)) else {
                return Some(change(
                    part,
                    ChangeKind::Added,
                    false,
                    fields(&Map::new(), &part.fields),
                ));
            };
            let fields = fields(&old.fields, &part.fields);
            let moved = old.parent != part.parent || moved.contains(&(part.kind, part.id));
            let same = fields.is_empty() && !moved;
            (!same).then(|| change(part, ChangeKind::Changed, moved, fields))
        })
        .collect();
    let gone = before
        .iter()
        .filter(|part| !kept.contains(&(part.kind, part.id)));
    changes.extend(gone.map(|part| change(part, ChangeKind::Removed, false, Vec::new())));
    changes
}

fn change(
    part: &Part,
    fate: ChangeKind,
    moved: bool,
    fields: Vec<(String, String, String)>,
) -> PartChange {
    PartChange {
        kind: part.kind,
        id: part.id,
        title: part.title.clone(),
        fate,
        moved,
        fields,
    }
}

/// The fewest parts that have to move for the others to keep their order.
fn moved(before: &[Part], after: &[Part]) -> HashSet<(PartKind, Uuid)> {
    let order =
        |parts: &[Part]| -> Vec<_> { parts.iter().map(|part| (part.kind, part.id)).collect() };
    let (before, after) = (order(before), order(after));
    let common: HashSet<_> = intersection(&before, &after);
    let only = |order: Vec<(PartKind, Uuid)>| -> Vec<_> {
        order
            .into_iter()
            .filter(|part| common.contains(part))
            .collect()
    };
    let (before, after) = (only(before), only(after));
    let mut moved = HashSet::new();
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        if !matches!(op, DiffOp::Equal { .. }) {
            moved.extend(after[op.new_range()].iter().copied());
        }
    }
    moved
}

fn intersection<T: Hash + Eq + Copy>(one: &[T], other: &[T]) -> HashSet<T> {
    let one: HashSet<T> = one.iter().copied().collect();
    let both = other.iter().copied().filter(|item| one.contains(item));
    both.collect()
}

fn fields(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<(String, String, String)> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    differing
        .map(|name| {
            (
                name.clone(),
                shown(before.get(name)),
                shown(after.get(name)),
            )
        })
        .collect()
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// The words of two texts that stayed, came and went, and whether that is all of them. After `deadline` it is told
/// less exactly.
pub(crate) fn words(before: &str, after: &str, deadline: Instant) -> (Vec<WordChange>, bool) {
    let mut config = TextDiff::configure();
    config.deadline(deadline);
    let diff = config.diff_unicode_words(before, after);
    let mut runs: Vec<WordChange> = Vec::new();
    for word in diff.iter_all_changes() {
        let change = match word.tag() {
            ChangeTag::Equal => WordChangeKind::Same,
            ChangeTag::Insert => WordChangeKind::Added,
            ChangeTag::Delete => WordChangeKind::Removed,
        };
        match runs.last_mut() {
            Some(run) if run.change == change => run.text.push_str(word.value()),
            _ => runs.push(WordChange {
                change,
                text: word.value().to_owned(),
            }),
        }
    }
    let last = runs.len().saturating_sub(1);
    let (mut all, mut room) = (Vec::new(), MOST_SHOWN);
    for (index, mut run) in runs.into_iter().enumerate() {
        if run.change == WordChangeKind::Same {
            run.text = shortened(&run.text, index > 0, index < last);
        }
        let length = run.text.chars().count();
        if length > room {
            run.text = run.text.chars().take(room).collect();
            all.push(run);
            return (all, false);
        }
        room -= length;
        all.push(run);
    }
    (all, true)
}

/// A passage that stayed, with what is near the changes `before` and `behind` it.
fn shortened(text: &str, before: bool, behind: bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (head, tail) = (CONTEXT * usize::from(before), CONTEXT * usize::from(behind));
    if letters.len() <= head + tail + 1 {
        return text.to_owned();
    }
    let head: String = letters[..head].iter().collect();
    let tail: String = letters[letters.len() - tail..].iter().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{ChangeKind, Part, PartKind, WordChangeKind, changes, words};

    fn part(id: u128, parent: u128, body: Value) -> Part {
        Part {
            kind: PartKind::Lesson,
            id: Uuid::from_u128(id),
            parent: Some(Uuid::from_u128(parent)),
            title: format!("L{id}"),
            fields: body.as_object().unwrap().clone(),
        }
    }

    fn told(before: &[Part], after: &[Part]) -> Vec<(u128, ChangeKind, bool, Vec<String>)> {
        let changes = changes(before, after).into_iter();
        changes
            .map(|change| {
                let fields = change.fields.into_iter().map(|(name, ..)| name);
                (
                    change.id.as_u128(),
                    change.fate,
                    change.moved,
                    fields.collect(),
                )
            })
            .collect()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[test]
    fn parts_are_told_by_what_became_of_them() {
        let before = [
            part(1, 9, json!({ "title": "A", "points": 1 })),
            part(2, 9, json!({ "title": "B" })),
            part(3, 9, json!({ "title": "C" })),
            part(4, 9, json!({ "title": "D" })),
        ];
        let after = [
            part(3, 9, json!({ "title": "C" })),
            part(1, 9, json!({ "title": "A", "points": 2 })),
            part(5, 9, json!({ "title": "E" })),
            part(4, 8, json!({ "title": "D" })),
        ];
        assert_eq!(
            told(&before, &after),
            [
                (3, ChangeKind::Changed, true, vec![]),
                (1, ChangeKind::Changed, false, vec!["points".to_owned()]),
                (5, ChangeKind::Added, false, vec!["title".to_owned()]),
                (4, ChangeKind::Changed, true, vec![]),
                (2, ChangeKind::Removed, false, vec![]),
            ]
        );
        assert_eq!(told(&before, &before), []);
        // What is put in before others moves none of them.
        let mut longer = vec![part(7, 9, json!({}))];
        longer.extend(before.iter().cloned());
        assert_eq!(
            told(&before, &longer),
            [(7, ChangeKind::Added, false, vec![])]
        );
    }

    #[test]
    fn words_are_told_apart_in_every_script() {
        let told = |before, after| -> Vec<(WordChangeKind, String)> {
            let (words, all) = words(before, after, soon());
            assert!(all);
            words
                .into_iter()
                .map(|word| (word.change, word.text))
                .collect()
        };
        use WordChangeKind::{Added, Removed, Same};
        let text = |fate, text: &str| (fate, text.to_owned());
        assert_eq!(
            told("A slice is fine.", "A map is fine."),
            [
                text(Same, "A "),
                text(Removed, "slice"),
                text(Added, "map"),
                text(Same, " is fine."),
            ]
        );
        assert_eq!(
            told("学习编程", "学习写程"),
            [
                text(Same, "学习"),
                text(Removed, "编"),
                text(Added, "写"),
                text(Same, "程")
            ]
        );
        assert_eq!(told("", "new"), [text(Added, "new")]);
    }

    #[test]
    fn what_stayed_is_shortened_and_what_is_too_long_is_cut() {
        let long = "word ".repeat(100);
        let (told, all) = words(&format!("{long}old"), &format!("{long}new"), soon());
        assert!(all);
        assert!(
            told[0].text.starts_with('…') && told[0].text.chars().count() == 61,
            "{told:?}"
        );
        let (told, all) = words("", &"x ".repeat(50_000), soon());
        assert!(!all);
        assert_eq!(told[0].text.len(), super::MOST_SHOWN);
    }
}
