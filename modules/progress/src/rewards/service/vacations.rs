//! Days that learners set aside.

use database::idempotency;
use kernel::{FieldFault, Operation, Outcome, UserId};

use super::super::request::CreateVacation;
use super::super::view::VacationList;
use super::Service;
use crate::domain::{MAX_AHEAD, Vacation, VacationRefusal, check_vacation};
use crate::error::{Error, TimeError};
use crate::learners;

impl Service {
    /// The vacations of a learner.
    pub(crate) async fn vacations(&self, learner: UserId) -> Result<VacationList, Error> {
        let learner = learners::find_or_new(self.database.read(), learner).await?;
        Ok(VacationList::of(&learner, self.env.now()))
    }

    /// Sets days aside for a learner.
    pub(crate) async fn announce(
        &self,
        learner: UserId,
        request: &CreateVacation,
        operation: &Operation,
    ) -> Result<Outcome<VacationList>, Error> {
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            let learner = learners::lock(&txn, learner).await?;
            let mut learner = learner.ok_or(Error::UserErased)?;
            let wanted = Vacation {
                from: request.from,
                to: request.to,
                facts: learners::count_facts(&txn, learner.id).await?,
                sequence: learner.sequence,
            };
            check_vacation(&learner.vacations, &wanted, now).map_err(refused)?;
            learner.announce(wanted);
            learners::update(&txn, &learner).await?;
            let list = VacationList::of(&learner, now);
            let kept = idempotency::keep(&txn, operation, list).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }
}

fn refused(refusal: VacationRefusal) -> TimeError {
    let (field, code, message) = match refusal {
        VacationRefusal::TooManyDays { year } => return TimeError::TooManyVacationDays { year },
        VacationRefusal::EndsBeforeItBegins => {
            ("/to", "vacation", "must not be before `from`".to_owned())
        }
        VacationRefusal::Begun => (
            "/from",
            "vacation",
            "must be a day that has not begun anywhere in the world".to_owned(),
        ),
        VacationRefusal::TooFarAhead => (
            "/to",
            "vacation",
            format!("must be at most {MAX_AHEAD} days ahead"),
        ),
        VacationRefusal::NothingNew => (
            "/from",
            "vacation",
            "all these days are vacations already".to_owned(),
        ),
    };
    TimeError::VacationInvalid(vec![FieldFault::new(field, code, message)])
}
