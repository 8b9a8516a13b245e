//! The endpoints of certificates.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use kernel::{Fault, Kind};
use rest::{AuthenticatedUser, Instructor, Json, List, NoFilter, Op, Path, Routes};

use super::page;
use super::request::{CertificatePath, RevokeCertificate, UpdateCertificate};
use super::service::Service;
use super::view::{CertificateView, RevocationList};

/// Anybody may keep it, and has to ask whether it still is so.
const PUBLIC: &str = "public, no-cache";
/// The page and the picture run no script and load nothing from elsewhere.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What a certificate looks like may change with the release.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_my_certificates)
        .service(get_certificate)
        .service(get_certificate_image)
        .service(get_certificate_document)
        .service(get_certificate_credential)
        .service(get_certificate_credential_status)
        .service(update_my_certificate)
        .service(revoke_certificate)
        .service(reinstate_certificate);
}

/// List certificates of the current user
///
/// The newest come first. You get one when you complete a course.
#[utoipa::path(tag = "certificates", params(rest::Paging),
    responses((status = 200, description = "A page of your certificates.", body = rest::Paged<CertificateView>)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/certificates")]
async fn list_my_certificates(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(learner.0.user_id, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Check a certificate
///
/// For anybody who has its number. Browsers that prefer `text/html` get a page. Case, hyphens and spaces do not matter,
/// and a number with a mistyped character has a code of its own: `progress.certificate_code_mistyped`.
#[utoipa::path(tag = "certificates",
    params(CertificatePath),
    responses((status = 200, description = "The certificate, valid or revoked.", body = CertificateView,
        headers(("ETag" = String, description = "Changes with the certificate.")))),
    security(()))]
#[get("/progress/certificates/{code}")]
async fn get_certificate(
    service: web::Data<Service>,
    path: Path<CertificatePath>,
    request: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let found = service.find(&path.code).await;
    if !prefers_page(&request) {
        let json = serde_json::to_vec(&found?).unwrap_or_default();
        return Ok(varying(for_everybody("application/json", json)));
    }
    let fault = match found {
        Ok(certificate) => {
            let html = page::of_certificate(&certificate).into_bytes();
            return Ok(varying(for_everybody("text/html; charset=utf-8", html)));
        }
        Err(fault) if fault.kind() == Kind::NotFound => fault,
        Err(fault) => return Err(fault.into()),
    };
    let html = page::of_fault(&fault, service.settings());
    let mut response = HttpResponse::NotFound()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html);
    guard(&mut response);
    Ok(varying(response))
}

/// Get a certificate as a picture
#[utoipa::path(tag = "certificates",
    params(CertificatePath),
    responses((status = 200, description = "The picture.", content((String = "image/svg+xml")),
        headers(("ETag" = String, description = "Changes with the certificate.")))),
    security(()))]
#[get("/progress/certificates/{code}/image")]
async fn get_certificate_image(
    service: web::Data<Service>,
    path: Path<CertificatePath>,
) -> Result<HttpResponse, rest::Error> {
    let svg = service.image(&path.code).await?;
    Ok(for_everybody("image/svg+xml", svg.into_bytes()))
}

/// Get a certificate as a document
///
/// One page, A4 across. A name in a script that the fonts of certificates lack (they have Latin, Greek, and Cyrillic) is
/// shown by the picture and the page alone, and the document says so.
#[utoipa::path(tag = "certificates",
    params(CertificatePath),
    responses((status = 200, description = "The document.", content((Vec<u8> = "application/pdf")),
        headers(("ETag" = String, description = "Changes with the certificate."),
            ("Content-Disposition" = String, description = "The name of its file.")))),
    security(()))]
#[get("/progress/certificates/{code}/document")]
async fn get_certificate_document(
    service: web::Data<Service>,
    path: Path<CertificatePath>,
    request: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let certificate = service.find(&path.code).await?;
    let facts = serde_json::to_vec(&certificate).unwrap_or_default();
    let etag = format!("\"{RELEASE}-{}\"", rest::fingerprint(&facts));
    let mut response = match rest::is_known(&request, &etag) {
        // The answer is turned into a 304 without its body, which need not be drawn.
        true => HttpResponse::Ok().content_type("application/pdf").finish(),
        false => {
            let pdf = service.document(&certificate).await?;
            HttpResponse::Ok().content_type("application/pdf").body(pdf)
        }
    };
    let name = format!("inline; filename=\"certificate-{}.pdf\"", certificate.code);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(PUBLIC));
    for (header, value) in [(header::ETAG, etag), (header::CONTENT_DISPOSITION, name)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    }
    Ok(response)
}

/// Get a certificate as a credential
///
/// A signed credential (Open Badges 3.0, a VC-JWT with EdDSA) for wallets. Its key is in `/.well-known/jwks.json` under
/// the `kid` of its header. Whether it was revoked is said at the address in `credentialStatus`.
#[utoipa::path(tag = "certificates",
    params(CertificatePath),
    responses((status = 200, description = "The credential.", content((String = "application/vc+jwt")),
        headers(("ETag" = String, description = "Changes with the certificate.")))),
    security(()))]
#[get("/progress/certificates/{code}/credential")]
async fn get_certificate_credential(
    service: web::Data<Service>,
    path: Path<CertificatePath>,
) -> Result<HttpResponse, rest::Error> {
    let credential = service.credential(&path.code).await?;
    Ok(for_everybody("application/vc+jwt", credential.into_bytes()))
}

/// Get the status of a credential
///
/// A list of revoked credentials (1EdTech Revocation List) that has this one alone, or nothing.
#[utoipa::path(tag = "certificates",
    params(CertificatePath),
    responses((status = 200, description = "The list.", body = RevocationList,
        headers(("ETag" = String, description = "Changes with the certificate.")))),
    security(()))]
#[get("/progress/certificates/{code}/credential/status")]
async fn get_certificate_credential_status(
    service: web::Data<Service>,
    path: Path<CertificatePath>,
) -> Result<HttpResponse, rest::Error> {
    let revoked = RevocationList::of(&service.find(&path.code).await?);
    let json = serde_json::to_vec(&revoked).unwrap_or_default();
    Ok(for_everybody("application/json", json))
}

/// Update a certificate of the current user
///
/// Says whether anybody who has its number can check it. As long as nobody can, its page, picture, document, and credential
/// do not exist, not even for you; it stays in your list, and you can change that again.
#[utoipa::path(tag = "certificates", request_body = UpdateCertificate,
    params(CertificatePath),
    responses((status = 200, description = "The certificate.", body = CertificateView)),
    security(("bearer" = ["progress:write"])))]
#[patch("/progress/certificates/{code}")]
async fn update_my_certificate(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    path: Path<CertificatePath>,
    body: Json<UpdateCertificate>,
) -> Result<HttpResponse, rest::Error> {
    let updated = service.publish(learner.0.user_id, &path.code, body.0.public);
    Ok(rest::ok(&updated.await?))
}

/// Revoke a certificate
///
/// For those who may change the course. It says from now on that it is not valid, everywhere; the reason is shown to its
/// learner and the staff alone. Revoking it again replaces the reason.
#[utoipa::path(tag = "certificates", request_body = RevokeCertificate,
    params(CertificatePath),
    responses((status = 200, description = "The revoked certificate.", body = CertificateView)),
    security(("bearer" = ["courses:write"])))]
#[post("/progress/certificates/{code}/revoke")]
async fn revoke_certificate(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<CertificatePath>,
    body: Json<RevokeCertificate>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let revoked = service.revoke(&author.0, &path.code, &body.0.reason, &operation.0);
    Ok(rest::ok(&revoked.await?))
}

/// Reinstate a revoked certificate
///
/// For those who may change the course. It is valid again, as if it had never been revoked.
#[utoipa::path(tag = "certificates",
    params(CertificatePath),
    responses((status = 200, description = "The valid certificate.", body = CertificateView)),
    security(("bearer" = ["courses:write"])))]
#[post("/progress/certificates/{code}/reinstate")]
async fn reinstate_certificate(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<CertificatePath>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let reinstated = service
        .reinstate(&author.0, &path.code, &operation.0)
        .await?;
    Ok(rest::ok(&reinstated))
}

fn for_everybody(content_type: &'static str, body: Vec<u8>) -> HttpResponse {
    let etag = format!("\"{}\"", rest::fingerprint(&body));
    let mut response = HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CACHE_CONTROL, PUBLIC))
        .insert_header((header::ETAG, etag))
        .body(body);
    guard(&mut response);
    response
}

fn guard(response: &mut HttpResponse) {
    let policy = HeaderValue::from_static(POLICY);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
}

fn varying(mut response: HttpResponse) -> HttpResponse {
    let accept = HeaderValue::from_static("Accept");
    response.headers_mut().insert(header::VARY, accept);
    response
}

/// Whether somebody looks at the answer in a browser.
fn prefers_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
