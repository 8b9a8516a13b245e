//! Handing over lists of records that may be longer than one event should be: piece by piece.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How much JSON a piece holds; a record that is larger makes a piece of its own.
const MOST: usize = 1 << 20;

/// Where the next piece begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The list.
    pub list: String,
    /// The key of the last record of it that was handed over; nothing at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

impl Place {
    /// The key after which the list goes on.
    pub fn after<K: DeserializeOwned>(&self) -> Option<K> {
        let key = self.after.clone()?;
        serde_json::from_value(key).ok()
    }
}

/// A record with the key that orders its list.
pub type Keyed = (Value, Value);

/// A piece that is being filled: its maker reads the page that is wanted, and gives it, until nothing
/// more is wanted.
#[derive(Debug)]
pub struct Piece {
    lists: Vec<&'static str>,
    part: Map<String, Value>,
    size: usize,
    place: Option<Place>,
    full: bool,
}

impl Piece {
    /// How many records a page has at most.
    pub const ROWS: u64 = 50;

    /// A piece of these lists, which are named in the order of the alphabet; the first one, or the
    /// one that begins at `from`.
    pub fn begin(lists: Vec<&'static str>, from: Option<Place>) -> Self {
        debug_assert!(lists.is_sorted(), "an archive joins pieces by this order");
        let first = lists.first().map(|list| Place {
            list: (*list).to_owned(),
            after: None,
        });
        Self {
            lists,
            part: Map::new(),
            size: 0,
            place: from.or(first),
            full: false,
        }
    }

    /// The list whose next records are wanted, in the order of their keys.
    pub fn wanted(&self) -> Option<&Place> {
        self.place.as_ref().filter(|_| !self.full)
    }

    /// Takes what fits of the records that were wanted; no records are the end of their list.
    pub fn take(&mut self, records: Vec<Keyed>) {
        let Some(mut place) = self.place.take() else {
            return;
        };
        let list = self
            .part
            .entry(place.list.clone())
            .or_insert_with(|| Value::Array(Vec::new()));
        if records.is_empty() {
            self.place = self.following(&place.list);
            return;
        }
        for (key, record) in records {
            let size = record.to_string().len();
            if self.size > 0 && self.size + size > MOST {
                self.full = true;
                break;
            }
            self.size += size;
            place.after = Some(key);
            if let Value::Array(list) = list {
                list.push(record);
            }
        }
        self.place = Some(place);
    }

    /// A JSON object with a list per kind of record, and where the next piece begins if there is one.
    pub fn finish(self) -> (Value, Option<Place>) {
        (Value::Object(self.part), self.place)
    }

    fn following(&self, list: &str) -> Option<Place> {
        let at = self.lists.iter().position(|name| *name == list)?;
        self.lists.get(at + 1).map(|list| Place {
            list: (*list).to_owned(),
            after: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Each record of `few` and `many` in pieces; the key is the place in the list.
    fn pieces(few: &[Value], many: &[Value]) -> Vec<Value> {
        let mut made = Vec::new();
        let mut from = None;
        loop {
            let mut piece = Piece::begin(vec!["few", "many"], from);
            while let Some(place) = piece.wanted() {
                let list = if place.list == "few" { few } else { many };
                let begin = place.after::<usize>().map_or(0, |last| last + 1);
                let page = list.iter().enumerate().skip(begin).take(3);
                piece.take(page.map(|(at, value)| (json!(at), value.clone())).collect());
            }
            let (part, next) = piece.finish();
            made.push(part);
            from = next;
            if from.is_none() {
                return made;
            }
        }
    }

    fn joined(pieces: &[Value], list: &str) -> Vec<Value> {
        let lists = pieces.iter().filter_map(|piece| piece[list].as_array());
        lists.flatten().cloned().collect()
    }

    #[test]
    fn pieces_hold_each_record_once_in_order_and_are_bounded() {
        let few: Vec<_> = (0..4).map(|number| json!(number)).collect();
        let long = |number| json!({ "number": number, "text": "x".repeat(300_000) });
        let many: Vec<_> = (0..10).map(long).collect();
        let made = pieces(&few, &many);
        assert_eq!(joined(&made, "few"), few);
        assert_eq!(joined(&made, "many"), many);
        assert_eq!(made.len(), 4, "three long ones each, and the last");
        assert!(
            made.iter()
                .all(|piece| piece.to_string().len() <= MOST + 100)
        );
        assert_eq!(pieces(&[], &[]), [json!({ "few": [], "many": [] })]);
    }

    #[test]
    fn a_record_that_is_larger_than_a_piece_stands_alone() {
        let huge = json!("x".repeat(2 * MOST));
        let many = [json!(1), huge.clone(), json!(2)];
        let made = pieces(&[], &many);
        assert_eq!(made.len(), 3);
        assert_eq!(made[1]["many"], json!([huge]));
    }
}
