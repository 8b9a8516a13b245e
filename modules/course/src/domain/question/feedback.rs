//! What the author tells learners about the options that they chose.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answer, ChoiceOption, Ids, Question};

/// What is said of an option that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct OptionFeedback {
    /// The id of the option.
    #[schema(max_length = 20)]
    pub(crate) choice: String,
    /// What is said, in Markdown.
    #[schema(max_length = 2000)]
    pub(crate) text: String,
}

/// What the author says of each option that `answer` chose; of the others it says nothing.
pub(crate) fn feedback(question: &Question, answer: &Answer, ids: Ids<'_>) -> Vec<OptionFeedback> {
    let (options, chosen) = match (question, answer) {
        (Question::SingleChoice(choices), Answer::SingleChoice(given)) => {
            (&choices.options, std::slice::from_ref(&given.choice))
        }
        (Question::MultipleChoice(choices), Answer::MultipleChoice(given)) => {
            (&choices.options, given.choices.as_slice())
        }
        _ => return Vec::new(),
    };
    let said = options.iter().filter_map(|option: &ChoiceOption| {
        let text = option.feedback.clone()?;
        let choice = ids.of("option", &option.text);
        chosen
            .contains(&choice)
            .then_some(OptionFeedback { choice, text })
    });
    said.collect()
}
