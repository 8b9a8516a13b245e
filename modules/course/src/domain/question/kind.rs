//! The kinds of questions: their words, and who grades the answers to each.

/// The kind of a question, which is that of its answers too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuestionKind {
    SingleChoice,
    MultipleChoice,
    TrueFalse,
    Numeric,
    ShortText,
    Ordering,
    Matching,
    CodeOutput,
    Cloze,
    Essay,
    Code,
}

/// Who says how much of an answer is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grader {
    /// This process, while the answer is handed in.
    Machine,
    /// Somebody of the staff, from the grading queue.
    Staff,
}

impl QuestionKind {
    /// The one place that says so of each kind.
    pub(crate) fn grader(self) -> Grader {
        match self {
            Self::SingleChoice
            | Self::MultipleChoice
            | Self::TrueFalse
            | Self::Numeric
            | Self::ShortText
            | Self::Ordering
            | Self::Matching
            | Self::CodeOutput
            | Self::Cloze => Grader::Machine,
            Self::Essay | Self::Code => Grader::Staff,
        }
    }

    /// The word that stands for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::SingleChoice => "single_choice",
            Self::MultipleChoice => "multiple_choice",
            Self::TrueFalse => "true_false",
            Self::Numeric => "numeric",
            Self::ShortText => "short_text",
            Self::Ordering => "ordering",
            Self::Matching => "matching",
            Self::CodeOutput => "code_output",
            Self::Cloze => "cloze",
            Self::Essay => "essay",
            Self::Code => "code",
        }
    }
}
