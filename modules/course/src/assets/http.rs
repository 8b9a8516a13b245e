//! The edge of assets, and how one is sent.

use std::ops::Range;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use contracts::course_ref::CourseRef;
use kernel::Outcome;
use rest::{
    AuthenticatedUser, Body, IfMatchHash, Instructor, List, NoFilter, Op, OptionalIfMatchHash,
    Paged, Paging, Path, Query, Routes,
};

use super::AssetRecord;
use super::blobs::of_disk;
use super::request::UploadAsset;
use super::service::Service;
use super::view::AssetView;
use crate::domain::AssetKind;
use crate::domain::asset::Form;
use crate::domain::bounds::MAX_ASSET_BYTES;
use crate::error::Error;

/// No script of an asset runs, and it loads nothing.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_assets)
        .service(upload_asset)
        .service(delete_asset);
}

/// List assets of a course.
///
/// Those of the draft, for its staff.
#[utoipa::path(tag = "assets",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), Paging),
    responses((status = 200, description = "A page of assets, by name.", body = Paged<AssetView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/assets")]
pub(crate) async fn list_assets(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&caller.0, &course, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Upload an asset of a course.
///
/// The body is the file itself, of at most 10 MiB, whatever its `Content-Type`: the extension of its name and its
/// content say its type. Texts refer to it as `assets/` and its name, and learners get it once the course is
/// published. An asset of that name is replaced, with `If-Match` only if nobody has replaced it since you read it; the
/// same upload again changes nothing.
#[utoipa::path(tag = "assets",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), UploadAsset, OptionalIfMatchHash),
    request_body(content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, description = "The asset, of a name that there was.", body = AssetView),
        (status = 201, description = "The asset.", body = AssetView,
            headers(("Location" = String, description = "The URL of the asset.")))),
    extensions(("x-body-limit-bytes" = json!(MAX_ASSET_BYTES))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/assets")]
pub(crate) async fn upload_asset(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    query: Query<UploadAsset>,
    expected: OptionalIfMatchHash,
    operation: Op,
    mut body: Body,
) -> Result<HttpResponse, rest::Error> {
    let mut incoming = service.begin(&author.0, &course, &query.0.name).await?;
    while let Some(piece) = body.next(MAX_ASSET_BYTES).await? {
        incoming
            .write(&piece)
            .await
            .map_err(|error| Error::from(of_disk(error)))?;
    }
    let expected = expected.0.as_ref();
    let done = service.upload(&author.0, &operation.0, &course, expected, incoming);
    let (value, course, created) = done.await?;
    if !created {
        return Ok(rest::ok(&value));
    }
    let location = format!("/api/v1/courses/{course}/assets/{}", value.name);
    let replayed = false;
    Ok(rest::created(&location, &Outcome { value, replayed }))
}

/// Delete an asset of a course.
///
/// From the draft; published versions keep theirs.
#[utoipa::path(tag = "assets",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("name" = String, Path, description = "The name of the asset.", max_length = 100, pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$", example = "cover.svg"), IfMatchHash),
    responses((status = 204, description = "The asset was deleted.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/courses/{course}/assets/{name}")]
pub(crate) async fn delete_asset(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, String)>,
    expected: IfMatchHash,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let (course, name) = &*path;
    service
        .delete(&author.0, &operation.0, course, name, &expected.0)
        .await?;
    Ok(rest::no_content())
}

/// Who may keep an asset that was sent, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// Everybody gets it at this URL, until the course is published again.
    Everybody,
    /// At this URL it never changes, for whoever may read it.
    Fixed,
    /// It may be another one the next time.
    Asker,
}

impl Caching {
    fn header(self) -> &'static str {
        match self {
            Self::Everybody => "public, max-age=60, stale-while-revalidate=300",
            Self::Fixed => "private, max-age=31536000, immutable",
            Self::Asker => "private, no-cache",
        }
    }
}

/// An asset, or the part of it that is asked for.
///
/// # Errors
/// When there is no such part, or the store does not respond.
pub(crate) async fn serve(
    req: &HttpRequest,
    service: &Service,
    asset: &AssetRecord,
    caching: Caching,
) -> Result<HttpResponse, rest::Error> {
    let etag = format!("\"{}\"", asset.sha256);
    let form = AssetKind::of_media_type(&asset.media_type).map_or(Form::Download, |kind| kind.form);
    let disposition = match form {
        Form::Image | Form::Shown => "inline",
        Form::Download => "attachment",
    };
    let mut builder = HttpResponse::Ok();
    builder
        .insert_header((header::CACHE_CONTROL, caching.header()))
        .insert_header((header::VARY, "Authorization"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("{disposition}; filename=\"{}\"", asset.name),
        ))
        .content_type(asset.media_type.as_str());
    let length = u64::try_from(asset.bytes).unwrap_or(0);
    let open = async |part: Range<u64>| Ok::<_, rest::Error>(service.open(asset, part).await?);
    rest::file(req, &etag, length, builder, open).await
}
