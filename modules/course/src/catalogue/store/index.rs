//! The words by which listed courses are found.

use std::collections::{BTreeMap, BTreeSet};

use kernel::CourseId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
};

use crate::domain::search::{IN_LESSON_TITLE, is_forgiven, variants};
use crate::entity::{search_typo, search_word};
use crate::error::Error;

/// A statement of more rows would have more parameters than SQLite takes.
const ROWS: usize = 1000;
/// The turn in which the index changes.
const TURN: i64 = 0x6770_5f69_6e64_6578;

/// Makes a course found by these words, each with its points, and by no others.
pub(super) async fn put(
    db: &impl ConnectionTrait,
    course: CourseId,
    words: BTreeMap<String, i32>,
) -> Result<(), Error> {
    use search_word::{ActiveModel, Column, Entity};

    // The variants of a word belong to every course that has it: one course must not delete what another one is
    // about to rely on.
    database::take_turn(db, TURN).await?;

    let known: Vec<(String, i32)> = Entity::find()
        .select_only()
        .columns([Column::Word, Column::Points])
        .filter(Column::CourseId.eq(course.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    let gone: Vec<&String> = known
        .iter()
        .filter(|(word, points)| words.get(word) != Some(points))
        .map(|(word, _)| word)
        .collect();
    for some in gone.chunks(ROWS) {
        Entity::delete_many()
            .filter(Column::CourseId.eq(course.uuid()))
            .filter(Column::Word.is_in(some.iter().map(|word| word.as_str())))
            .exec(db)
            .await?;
    }
    let known: BTreeSet<&(String, i32)> = known.iter().collect();
    let new: Vec<(String, i32)> = words
        .into_iter()
        .filter(|pair| !known.contains(pair))
        .collect();
    for some in new.chunks(ROWS) {
        let rows = some.iter().map(|(word, points)| ActiveModel {
            course_id: Set(course.uuid()),
            word: Set(word.clone()),
            points: Set(*points),
        });
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    insert_variants(db, &new).await?;
    delete_unused_variants(db, &gone).await
}

/// Lets words be found with a typo; those of lesson texts are too many for that.
async fn insert_variants(db: &impl ConnectionTrait, words: &[(String, i32)]) -> Result<(), Error> {
    let forgiven = words
        .iter()
        .filter(|(word, points)| *points >= IN_LESSON_TITLE && is_forgiven(word));
    let rows: Vec<_> = forgiven
        .flat_map(|(word, _)| {
            variants(word)
                .into_iter()
                .map(|variant| search_typo::ActiveModel {
                    variant: Set(variant),
                    word: Set(word.clone()),
                })
        })
        .collect();
    for some in rows.chunks(ROWS) {
        let known = OnConflict::columns([search_typo::Column::Variant, search_typo::Column::Word])
            .do_nothing()
            .to_owned();
        search_typo::Entity::insert_many(some.to_vec())
            .on_conflict(known)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Forgets the variants of words that no course has any more.
async fn delete_unused_variants(db: &impl ConnectionTrait, words: &[&String]) -> Result<(), Error> {
    for some in words.chunks(ROWS) {
        let used = search_word::Entity::find()
            .select_only()
            .expr(Expr::val(1))
            .filter(
                Expr::col((search_word::Entity, search_word::Column::Word))
                    .equals((search_typo::Entity, search_typo::Column::Word)),
            )
            .into_query();
        let delete = Query::delete()
            .from_table(search_typo::Entity)
            .and_where(
                Expr::col((search_typo::Entity, search_typo::Column::Word))
                    .is_in(some.iter().map(|word| word.as_str())),
            )
            .and_where(Expr::exists(used).not())
            .to_owned();
        db.execute(&delete).await?;
    }
    Ok(())
}
