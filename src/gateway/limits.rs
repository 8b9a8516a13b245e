//! Rate limits: by user, or by address where no token is shown. Processes count together in the
//! shared cache, and each by itself while that does not answer.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, web};
use governor::RateLimiter;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use rest::MaybeCaller;

use super::bucket::Bucket;
use super::in_flight::{Held, InFlight, LARGE};
use crate::cache::{Cache, Counted};
use crate::config::LimitSettings;

const WINDOW: u32 = 60;
/// A caller may have this part of their requests of a minute in progress at once, or the least.
const AT_ONCE_OF_A_MINUTE: u32 = 20;
const LEAST_AT_ONCE: u32 = 32;
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
const EMPTY: HeaderValue = HeaderValue::from_static("");

type Limiter =
    RateLimiter<Bucket, DashMapStateStore<Bucket>, DefaultClock, StateInformationMiddleware>;

/// The buckets of all requests.
#[derive(Clone)]
pub struct RateLimits {
    general: Arc<Limited>,
    auth: Arc<Limited>,
}

/// The buckets of one policy: those in the cache, and those of this process alone.
struct Limited {
    cache: Cache,
    /// What the keys in the cache begin with.
    scope: String,
    together: Quota,
    alone: Quota,
    limiter: Limiter,
    in_flight: InFlight<Bucket>,
    at_once: u32,
}

/// How many requests a bucket takes a minute, and how that is reported.
struct Quota {
    name: &'static str,
    per_minute: NonZeroU32,
    policy: HeaderValue,
}

impl RateLimits {
    /// Buckets of the configured sizes; the processes of one `scope` count together.
    pub fn new(settings: &LimitSettings, cache: Cache, scope: &str) -> Self {
        let limited = |name, per_minute| {
            let alone = per_minute / settings.instances;
            let scope = format!("{scope}:{name}");
            Arc::new(Limited {
                cache: cache.clone(),
                scope,
                together: Quota::new(name, per_minute),
                alone: Quota::new(name, alone),
                limiter: limiter(alone),
                in_flight: InFlight::new(),
                at_once: (per_minute / AT_ONCE_OF_A_MINUTE).max(LEAST_AT_ONCE),
            })
        };
        Self {
            general: limited("user", settings.requests_per_minute),
            auth: limited("auth", settings.auth_requests_per_minute),
        }
    }

    /// Forgets who has not called for a while, so that memory stays bounded.
    pub fn forget_idle(&self) {
        self.general.limiter.retain_recent();
        self.auth.limiter.retain_recent();
    }
}

impl Limited {
    /// What is left or how long to wait, and by which quota.
    async fn take(&self, bucket: Bucket) -> (&Quota, Counted) {
        let per_minute = self.together.per_minute.get();
        let key = format_args!("{}:{bucket}", self.scope);
        match self.cache.count(key, per_minute).await {
            Some(counted) => (&self.together, counted),
            None => (&self.alone, self.take_alone(bucket)),
        }
    }

    fn take_alone(&self, bucket: Bucket) -> Counted {
        match self.limiter.check_key(&bucket) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(until) => Err(until.wait_time_from(DefaultClock::default().now())),
        }
    }
}

impl Quota {
    fn new(name: &'static str, per_minute: u32) -> Self {
        let per_minute = at_least_one(per_minute);
        let policy = format!("\"{name}\";q={per_minute};w={WINDOW}");
        Self {
            name,
            per_minute,
            policy: HeaderValue::try_from(policy).unwrap_or(EMPTY),
        }
    }

    /// `RateLimit-Policy` and `RateLimit`, as the draft of the HTTP fields says.
    fn headers(&self, left: u32) -> [(HeaderName, HeaderValue); 2] {
        let state = format!("\"{}\";r={left};t={}", self.name, self.reset(left));
        let state = HeaderValue::try_from(state).unwrap_or(EMPTY);
        [(POLICY, self.policy.clone()), (STATE, state)]
    }

    /// How long until the whole quota is there again, in seconds.
    fn reset(&self, left: u32) -> u64 {
        let quota = self.per_minute.get();
        let missing = u64::from(quota.saturating_sub(left));
        (missing * u64::from(WINDOW)).div_ceil(u64::from(quota))
    }
}

fn limiter(per_minute: u32) -> Limiter {
    RateLimiter::keyed(governor::Quota::per_minute(at_least_one(per_minute)))
        .with_middleware::<StateInformationMiddleware>()
}

fn at_least_one(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

/// What is counted: the API, and what is so large that compressing it takes a processor for long. The probes and the
/// pages of problems and accounts are small, and answer whoever has just been limited.
const COUNTED: [&str; 3] = ["/api/", "/docs/", "/openapi.json"];

/// Middleware: counts each request of the API and of its documents, and reports what is left.
///
/// # Errors
/// 429 when nothing is left; those of the inner service.
pub async fn limit_rate<B: MessageBody + 'static>(
    limits: web::Data<RateLimits>,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !COUNTED.iter().any(|path| req.path().starts_with(path)) {
        return Ok(next.call(req).await?.map_into_boxed_body());
    }
    let auth = req.path().starts_with("/api/v1/auth/");
    let limited = if auth { &limits.auth } else { &limits.general };
    let (http_request, payload) = req.parts_mut();
    let caller = MaybeCaller::from_request(http_request, payload).await;
    let bucket = match caller {
        Ok(MaybeCaller(Some(caller))) if !auth => Bucket::User(caller.user_id),
        _ => Bucket::of_address(rest::client_address(req.request())),
    };
    let (quota, counted) = limited.take(bucket).await;
    let left = counted.map_err(|wait| {
        let refused = rest::Error::new(
            StatusCode::TOO_MANY_REQUESTS,
            "request.rate_limited",
            "too many requests; try again after the seconds in Retry-After",
        )
        .with_retry_after(wait);
        let headers = quota.headers(0).into_iter();
        headers.fold(refused, |error, (name, value)| {
            error.with_header(name, value)
        })
    })?;
    let place = limited.in_flight.enter(bucket, limited.at_once);
    let place = place.ok_or_else(|| {
        rest::Error::new(
            StatusCode::TOO_MANY_REQUESTS,
            "request.concurrency_limit_exceeded",
            "too many of your requests are in progress at once; wait for some of them to finish",
        )
        .with_retry_after(Duration::from_secs(1))
    })?;
    let mut res = rest::on_behalf_of(bucket.to_string(), next.call(req)).await?;
    for (name, value) in quota.headers(left) {
        res.headers_mut().insert(name, value);
    }
    Ok(match res.response().body().size() {
        BodySize::Stream => res.map_body(|_, body| BoxBody::new(Held::new(body, place))),
        BodySize::Sized(size) if size > LARGE => {
            res.map_body(|_, body| BoxBody::new(Held::new(body, place)))
        }
        _ => res.map_into_boxed_body(),
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Bucket, RateLimits};
    use crate::cache::Cache;

    fn limits(instances: u32) -> RateLimits {
        let flags = [
            ("limits.requests_per_minute", "3".to_owned()),
            ("limits.instances", instances.to_string()),
        ];
        let settings = crate::config::load(None, &std::collections::BTreeMap::new(), &flags);
        let settings = settings.expect("valid settings");
        let cache = Cache::new(&settings.cache, &settings.tls).expect("no cache");
        RateLimits::new(&settings.limits, cache, "test")
    }

    #[tokio::test]
    async fn a_quota_is_used_up_and_reports_how_long_to_wait() {
        let limited = limits(1).general;
        let first = Bucket::IpAddress(Ipv4Addr::LOCALHOST.into());
        let second = Bucket::IpAddress(Ipv4Addr::BROADCAST.into());
        for left in [2, 1, 0] {
            assert_eq!(limited.take(first).await.1, Ok(left));
        }
        let (quota, counted) = limited.take(first).await;
        let wait = counted.expect_err("nothing is left");
        assert!(wait.as_secs() <= 20 && !wait.is_zero(), "{wait:?}");
        let (_, another) = limited.take(second).await;
        assert_eq!(another, Ok(2), "another caller is not touched");
        assert_eq!(quota.reset(0), 60);
        assert_eq!(quota.reset(3), 0);
    }

    #[tokio::test]
    async fn who_counts_alone_grants_a_part_of_the_limit_and_never_nothing() {
        let bucket = Bucket::IpAddress(Ipv4Addr::LOCALHOST.into());
        for instances in [3, 100] {
            let limited = limits(instances).general;
            assert_eq!(limited.take(bucket).await.1, Ok(0));
            let (quota, counted) = limited.take(bucket).await;
            assert!(counted.is_err());
            assert_eq!(quota.policy, "\"user\";q=1;w=60");
        }
    }

    #[test]
    fn addresses_of_one_ipv6_household_share_a_bucket() {
        let [first, second, other] = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"]
            .map(|client| Bucket::of_address(client.parse().ok()));
        assert_eq!(first, second);
        assert_ne!(first, other);
    }
}
