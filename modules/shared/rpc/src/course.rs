//! [`CourseApi`] from one process to another.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::course::{
    Admission, CompletionRule, CourseApi, OutlineExercise, OutlineLesson, OutlinePrerequisite,
    OutlineSection, OutlineView,
};
use kernel::{CourseId, Failure, UserId};
use tonic::{Request, Response, Status};

use crate::channel::{Instances, LARGEST, Peer};
use crate::fault::{garbled, parsed, refused, to_failure, to_status};
use crate::proto;
use crate::proto::course_client::CourseClient;
use crate::proto::course_server::{Course, CourseServer};

const MODULE: &str = "course";

/// The course module of another process.
#[derive(Debug, Clone)]
pub struct RemoteCourse(Instances<CourseClient<tonic::transport::Channel>>);

impl RemoteCourse {
    /// Calls the module at `peers`, which are its instances.
    pub fn new(peers: Vec<Peer>) -> Self {
        let client = |channel| CourseClient::new(channel).max_decoding_message_size(LARGEST);
        Self(Instances::new(peers, client))
    }
}

#[async_trait]
impl CourseApi for RemoteCourse {
    async fn outline(&self, course: CourseId) -> Result<Option<OutlineView>, Failure> {
        let course = course.to_string();
        let reply = self.0.call(
            proto::OutlineRequest { course },
            |mut client, request| async move { client.outline(request).await },
        );
        let reply = reply.await.map_err(|status| to_failure(MODULE, &status))?;
        reply.outline.map(read).transpose()
    }

    async fn admit(
        &self,
        course: CourseId,
        user: UserId,
        invitation_code: Option<&str>,
    ) -> Result<Admission, Failure> {
        let request = proto::AdmitRequest {
            course: course.to_string(),
            user: user.to_string(),
            invitation_code: invitation_code.map(str::to_owned),
        };
        let call =
            |mut client: CourseClient<_>, request| async move { client.admit(request).await };
        let reply = self.0.call(request, call).await;
        let reply = reply.map_err(|status| to_failure(MODULE, &status))?;
        Ok(Admission {
            staff: reply.staff,
            editor: reply.editor,
            invited: reply.invited,
        })
    }
}

fn read(outline: proto::Outline) -> Result<OutlineView, Failure> {
    let sections = outline.sections.into_iter().map(read_section);
    let prerequisites = outline.prerequisites.into_iter().map(|course| {
        Ok(OutlinePrerequisite {
            course_id: parsed(MODULE, &course.course_id)?,
            title: course.title,
        })
    });
    Ok(OutlineView {
        course_id: parsed(MODULE, &outline.course_id)?,
        version: outline.version,
        slug: outline.slug,
        title: outline.title,
        invite_only: outline.invite_only,
        prerequisites: prerequisites.collect::<Result<_, Failure>>()?,
        tags: outline.tags,
        sections: sections.collect::<Result<_, _>>()?,
    })
}

fn read_section(section: proto::OutlineSection) -> Result<OutlineSection, Failure> {
    let lessons = section.lessons.into_iter().map(read_lesson);
    Ok(OutlineSection {
        id: parsed(MODULE, &section.id)?,
        title: section.title,
        lessons: lessons.collect::<Result<_, _>>()?,
    })
}

fn read_lesson(lesson: proto::OutlineLesson) -> Result<OutlineLesson, Failure> {
    let completion = match lesson.completion() {
        proto::CompletionRule::Read => CompletionRule::Read,
        proto::CompletionRule::Exercises => CompletionRule::Exercises,
        proto::CompletionRule::Unspecified => return Err(garbled(MODULE)),
    };
    let exercises = lesson.exercises.into_iter().map(|exercise| {
        Ok(OutlineExercise {
            id: parsed(MODULE, &exercise.id)?,
            title: exercise.title,
            points: exercise.points,
        })
    });
    Ok(OutlineLesson {
        id: parsed(MODULE, &lesson.id)?,
        title: lesson.title,
        minutes: lesson.minutes,
        completion,
        exercises: exercises.collect::<Result<_, Failure>>()?,
    })
}

/// The course module of this process, for others.
pub(crate) fn server(api: Arc<dyn CourseApi>) -> CourseServer<Answering> {
    CourseServer::new(Answering(api)).max_decoding_message_size(LARGEST)
}

pub(crate) struct Answering(Arc<dyn CourseApi>);

#[async_trait]
impl Course for Answering {
    async fn outline(
        &self,
        request: Request<proto::OutlineRequest>,
    ) -> Result<Response<proto::OutlineReply>, Status> {
        let course = request.into_inner().course.parse();
        let course = course.map_err(|_| refused("course"))?;
        let outline = self.0.outline(course).await;
        let outline = outline.map_err(|failure| to_status(&failure))?;
        let outline = outline.map(write);
        Ok(Response::new(proto::OutlineReply { outline }))
    }

    async fn admit(
        &self,
        request: Request<proto::AdmitRequest>,
    ) -> Result<Response<proto::AdmitReply>, Status> {
        let request = request.into_inner();
        let course = request.course.parse().map_err(|_| refused("course"))?;
        let user = request.user.parse().map_err(|_| refused("user"))?;
        let code = request.invitation_code.as_deref();
        let admission = self.0.admit(course, user, code).await;
        let admission = admission.map_err(|failure| to_status(&failure))?;
        Ok(Response::new(proto::AdmitReply {
            staff: admission.staff,
            editor: admission.editor,
            invited: admission.invited,
        }))
    }
}

fn write(outline: OutlineView) -> proto::Outline {
    let prerequisites = outline.prerequisites.into_iter();
    let prerequisites = prerequisites.map(|course| proto::OutlinePrerequisite {
        course_id: course.course_id.to_string(),
        title: course.title,
    });
    proto::Outline {
        course_id: outline.course_id.to_string(),
        version: outline.version,
        slug: outline.slug,
        title: outline.title,
        sections: outline.sections.into_iter().map(write_section).collect(),
        invite_only: outline.invite_only,
        prerequisites: prerequisites.collect(),
        tags: outline.tags,
    }
}

fn write_section(section: OutlineSection) -> proto::OutlineSection {
    proto::OutlineSection {
        id: section.id.to_string(),
        title: section.title,
        lessons: section.lessons.into_iter().map(write_lesson).collect(),
    }
}

fn write_lesson(lesson: OutlineLesson) -> proto::OutlineLesson {
    let completion = match lesson.completion {
        CompletionRule::Read => proto::CompletionRule::Read,
        CompletionRule::Exercises => proto::CompletionRule::Exercises,
    };
    let exercises = lesson.exercises.into_iter();
    let exercises = exercises.map(|exercise| proto::OutlineExercise {
        id: exercise.id.to_string(),
        title: exercise.title,
        points: exercise.points,
    });
    proto::OutlineLesson {
        id: lesson.id.to_string(),
        title: lesson.title,
        minutes: lesson.minutes,
        completion: completion.into(),
        exercises: exercises.collect(),
    }
}
