//! Which listed courses have all words that are looked for, and how well they fit.

use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, Func, JoinType, Order, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::domain::SearchWord;
use crate::domain::search::{IN_LESSON_TITLE, is_typo, variants};
use crate::entity::search_typo;
use crate::entity::search_word::{Column, Entity};
use crate::error::Error;

const HITS: &str = "hits";
/// The column of a joined list by which it is sorted by relevance.
pub(super) const SCORE: (&str, &str) = (HITS, "score");
/// How many places of longer words are looked at, so that a short beginning costs no more than a common word.
const MOST_LONGER: u64 = 20_000;
/// How many words with a typo in common are looked for.
const MOST_TYPOS: usize = 50;

/// A statement with the id and the score of each course that has all `words`; `None` when there are none.
pub(super) async fn matching_courses(
    db: &impl ConnectionTrait,
    words: &[SearchWord],
) -> Result<Option<SelectStatement>, Error> {
    let mut all: Option<SelectStatement> = None;
    for word in words {
        let points = points(db, word).await?;
        all = Some(match all {
            None => points,
            Some(mut before) => before.union(UnionType::All, points).take(),
        });
    }
    let count = i64::try_from(words.len()).unwrap_or(i64::MAX);
    Ok(all.map(|all| {
        let score = Func::sum(Expr::col("points"));
        Query::select()
            .expr_as(Expr::col("course_id"), "found_id")
            .expr_as(Expr::from(score).cast_as("bigint"), "score")
            .from_subquery(all, "word_hits")
            .group_by_col("course_id")
            .and_having(Expr::cust("COUNT(*)").eq(count))
            .take()
    }))
}

/// Keeps of `select` what is found.
pub(super) fn join<E: EntityTrait>(select: &mut Select<E>, hits: SelectStatement, id: E::Column) {
    let on = Expr::col((HITS, "found_id")).equals(id.as_column_ref());
    QuerySelect::query(select).join_subquery(JoinType::InnerJoin, hits, Alias::new(HITS), on);
}

/// The courses that have a word, with the most points that it gives in each: a whole word counts twice.
async fn points(db: &impl ConnectionTrait, wanted: &SearchWord) -> Result<SelectStatement, Error> {
    let whole = Condition::all().add(Expr::col(Column::Word).eq(&wanted.word));
    let mut found = given(whole.clone(), 2);
    if !wanted.whole {
        let longer = beginning(&wanted.word);
        if wanted.forgives() && !any(db, Condition::any().add(whole).add(longer.clone())).await? {
            let meant = meant(db, &wanted.word).await?;
            found = given(Condition::all().add(Column::Word.is_in(meant)), 1);
        } else {
            let some = given(longer, 1)
                .order_by(Column::Word, Order::Asc)
                .order_by(Column::CourseId, Order::Asc)
                .limit(MOST_LONGER)
                .take();
            let some = Query::select()
                .columns(["course_id", "points"])
                .from_subquery(some, "longer")
                .take();
            found = found.union(UnionType::All, some).take();
        }
    }
    Ok(Query::select()
        .column("course_id")
        .expr_as(Func::max(Expr::col("points")), "points")
        .from_subquery(found, "given")
        .group_by_col("course_id")
        .take())
}

/// The points of the words that fit, times `factor`.
fn given(fits: Condition, factor: i32) -> SelectStatement {
    Query::select()
        .column(Column::CourseId)
        .expr_as(Expr::col(Column::Points).mul(factor), "points")
        .from(Entity)
        .cond_where(fits)
        .take()
}

/// The longer words that begin like this one, by the order of the index. Those of lesson texts are too many.
fn beginning(word: &str) -> Condition {
    let beyond = format!("{word}\u{10FFFF}");
    Condition::all()
        .add(Expr::col(Column::Word).gt(word))
        .add(Expr::col(Column::Word).lt(beyond))
        // In the statement itself, so that the partial index is used.
        .add(Expr::cust(format!("points >= {IN_LESSON_TITLE}")))
}

async fn any(db: &impl ConnectionTrait, fits: Condition) -> Result<bool, Error> {
    let found: Option<String> = Entity::find()
        .select_only()
        .column(Column::Word)
        .filter(fits)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// The words that somebody may have meant who typed this one with a typo.
async fn meant(db: &impl ConnectionTrait, word: &str) -> Result<Vec<String>, Error> {
    let near: Vec<String> = search_typo::Entity::find()
        .select_only()
        .column(search_typo::Column::Word)
        .distinct()
        .filter(search_typo::Column::Variant.is_in(variants(word)))
        .order_by_asc(search_typo::Column::Word)
        .limit(1000)
        .into_tuple()
        .all(db)
        .await?;
    let meant = near.into_iter().filter(|known| is_typo(known, word));
    Ok(meant.take(MOST_TYPOS).collect())
}
