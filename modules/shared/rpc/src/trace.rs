//! The trace of the request on whose behalf a call is made (W3C Trace Context).

use tonic::metadata::{AsciiMetadataValue, MetadataMap};

tokio::task_local! {
    static PARENT: String;
}

const KEY: &str = "traceparent";

/// Does `work` on behalf of the request with this `traceparent`: every call that it makes to
/// another process carries it.
pub async fn traced<F: Future>(traceparent: String, work: F) -> F::Output {
    PARENT.scope(traceparent, work).await
}

/// Adds the trace of the request that is being answered, if one is.
pub(crate) fn carry(metadata: &mut MetadataMap) {
    let parent = PARENT.try_with(|parent| AsciiMetadataValue::try_from(parent.as_str()));
    if let Ok(Ok(parent)) = parent {
        metadata.insert(KEY, parent);
    }
}

/// The span in which a question is answered.
pub(crate) fn span(request: &tonic::codegen::http::Request<()>) -> tracing::Span {
    let parent = request.headers().get(KEY);
    let parent = parent.and_then(|value| value.to_str().ok());
    let trace = parent.and_then(|parent| parent.split('-').nth(1));
    tracing::info_span!(
        "question",
        rpc.method = request.uri().path(),
        trace.id = trace
    )
}
