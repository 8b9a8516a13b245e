//! Handing an export out piece by piece, as fast as it is taken, so that none is held as a whole.

use std::collections::VecDeque;
use std::sync::Arc;

use database::Database;
use database::saga;
use kernel::{OnePerUser, SagaId, Turn, UserId};
use tokio::sync::Semaphore;

use super::archive::Archive;
use super::steps::{PARTS, piece_step};
use crate::error::Error;

/// An archive on its way to its user.
pub(crate) struct Download {
    database: Database,
    packing: Arc<Semaphore>,
    export: SagaId,
    steps: VecDeque<Step>,
    archive: Option<Box<Archive>>,
    _turn: Turn,
}

enum Step {
    Begin(&'static str),
    /// The step of the saga that has the piece.
    Piece(String),
    End,
}

impl Download {
    /// The archive of an export, which is whole, unless its user is downloading one already.
    pub(super) fn begin(
        database: &Database,
        downloading: &OnePerUser,
        packing: &Arc<Semaphore>,
        user: UserId,
        (export, is_done): (SagaId, impl Fn(&str) -> bool),
    ) -> Result<Self, Error> {
        let turn = downloading.begin(user);
        Ok(Self {
            database: database.clone(),
            packing: Arc::clone(packing),
            export,
            steps: steps(is_done),
            archive: Some(Box::new(Archive::begin()?)),
            _turn: turn.ok_or(Error::Downloading)?,
        })
    }

    /// The next bytes of the archive; none at its end.
    ///
    /// # Errors
    /// When a piece cannot be read or packed, because the export has just expired or the database fails.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        while let Some(mut archive) = self.archive.take() {
            match self.steps.pop_front() {
                Some(Step::Begin(module)) => archive.begin_part(module)?,
                Some(Step::Piece(step)) => {
                    let db = self.database.read();
                    let piece = saga::find_result(db, self.export, &step).await?;
                    let piece = piece.ok_or(Error::NoExport)?;
                    // It takes a processor; between its pieces, the exports of others have their turn.
                    let _turn = self.packing.acquire().await.map_err(Error::internal)?;
                    archive = add(archive, piece).await?;
                }
                Some(Step::End) => archive.end_part()?,
                None => return Ok(Some(archive.finish()?)),
            }
            let packed = archive.take();
            self.archive = Some(archive);
            if !packed.is_empty() {
                return Ok(Some(packed));
            }
        }
        Ok(None)
    }
}

/// What makes an archive, in order; the last piece of a part stands for the part as a whole.
fn steps(is_done: impl Fn(&str) -> bool) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    for module in PARTS {
        steps.push_back(Step::Begin(module));
        let pieces = (0..).map(|number| piece_step(module, number));
        steps.extend(pieces.take_while(|step| is_done(step)).map(Step::Piece));
        steps.extend([Step::Piece(module.to_owned()), Step::End]);
    }
    steps
}

async fn add(mut archive: Box<Archive>, piece: String) -> Result<Box<Archive>, Error> {
    let added = tokio::task::spawn_blocking(move || archive.add(&piece).map(|()| archive));
    added.await.map_err(Error::internal)?
}
