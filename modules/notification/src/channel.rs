//! By which ways a message reaches a person.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::message::{Category, MessageType};

/// A way to reach a person.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum Channel {
    /// The inbox that the API serves; being there is all that it takes.
    InApp,
    /// A mail.
    Email,
}

impl Channel {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InApp => "in_app",
            Self::Email => "email",
        }
    }

    /// Whether something has to leave the house, so that a delivery keeps track of it.
    pub(crate) fn needs_delivery(self) -> bool {
        self != Self::InApp
    }
}

/// Decides by which channels a message goes. Everything lies in the inbox; a mail is for what
/// somebody would be sorry to miss.
pub(crate) fn channels(category: Category, message_type: MessageType) -> &'static [Channel] {
    let mailed = match category {
        Category::Security | Category::Account | Category::Achievement => true,
        Category::Progress => message_type == MessageType::CourseCompleted,
        Category::Course | Category::Announcement | Category::Reminder => false,
    };
    if mailed {
        &[Channel::InApp, Channel::Email]
    } else {
        &[Channel::InApp]
    }
}
