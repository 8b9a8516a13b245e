//! By which channels a message goes.

use crate::domain::{Category, Channel, MessageType};

/// The channels of a message besides the inbox, where everything lies. An email is for what somebody
/// would be sorry to miss.
pub(crate) fn channels(category: Category, message_type: MessageType) -> &'static [Channel] {
    match category {
        Category::Security | Category::Account | Category::Achievement => &[Channel::Email],
        Category::Course
            if matches!(
                message_type,
                MessageType::AnswerGraded
                    | MessageType::PublishFailed
                    | MessageType::LearnerRemoved
                    | MessageType::EnrollmentExpiring
                    | MessageType::EnrollmentExpired
            ) =>
        {
            &[Channel::Email]
        }
        Category::Progress
            if matches!(
                message_type,
                MessageType::CourseCompleted
                    | MessageType::CertificateRevoked
                    | MessageType::CertificateExpiring
                    | MessageType::CertificateReinstated
            ) =>
        {
            &[Channel::Email]
        }
        Category::Progress | Category::Course | Category::Announcement | Category::Reminder => &[],
    }
}
