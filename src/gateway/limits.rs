//! Rate limits in memory: by person, or by address where no token is shown.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, web};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use kernel::UserId;
use rest::MaybeCaller;

use crate::config::LimitSettings;

const WINDOW: u32 = 60;
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
const EMPTY: HeaderValue = HeaderValue::from_static("");

type Limiter =
    RateLimiter<Bucket, DashMapStateStore<Bucket>, DefaultClock, StateInformationMiddleware>;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Bucket {
    Person(UserId),
    Address(IpAddr),
}

/// The buckets of this instance.
#[derive(Clone)]
pub struct RateLimits {
    general: Arc<Limited>,
    auth: Arc<Limited>,
}

struct Limited {
    policy: HeaderValue,
    name: &'static str,
    quota: u32,
    limiter: Limiter,
}

impl RateLimits {
    /// Empty buckets of the configured sizes.
    pub fn new(settings: &LimitSettings) -> Self {
        Self {
            general: Arc::new(Limited::new("user", settings.requests_per_minute)),
            auth: Arc::new(Limited::new("auth", settings.auth_requests_per_minute)),
        }
    }

    /// Forgets who has not called for a while, so that memory stays bounded.
    pub fn forget_idle(&self) {
        self.general.limiter.retain_recent();
        self.auth.limiter.retain_recent();
    }
}

impl Limited {
    fn new(name: &'static str, per_minute: u32) -> Self {
        let quota = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
        let policy = format!("\"{name}\";q={quota};w={WINDOW}");
        Self {
            policy: HeaderValue::try_from(policy).unwrap_or(EMPTY),
            name,
            quota: quota.get(),
            limiter: RateLimiter::keyed(Quota::per_minute(quota))
                .with_middleware::<StateInformationMiddleware>(),
        }
    }

    /// What is left, or how long to wait.
    fn take(&self, bucket: Bucket) -> Result<u32, Duration> {
        match self.limiter.check_key(&bucket) {
            Ok(state) => Ok(state.remaining_burst_capacity()),
            Err(until) => Err(until.wait_time_from(DefaultClock::default().now())),
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
        let missing = u64::from(self.quota.saturating_sub(left));
        (missing * u64::from(WINDOW)).div_ceil(u64::from(self.quota))
    }
}

/// Middleware: counts each request of the API and tells what is left.
///
/// # Errors
/// 429 when nothing is left; those of the inner service.
pub async fn limit_rate<B: MessageBody>(
    limits: web::Data<RateLimits>,
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if !req.path().starts_with("/api/") {
        return next.call(req).await;
    }
    let auth = req.path().starts_with("/api/v1/auth/");
    let limited = if auth { &limits.auth } else { &limits.general };
    let (http_request, payload) = req.parts_mut();
    let caller = MaybeCaller::from_request(http_request, payload).await;
    let bucket = match caller {
        Ok(MaybeCaller(Some(caller))) if !auth => Bucket::Person(caller.user_id),
        _ => Bucket::Address(household(req.peer_addr())),
    };
    let left = limited.take(bucket).map_err(|wait| {
        let refused = rest::Error::new(
            StatusCode::TOO_MANY_REQUESTS,
            "request.rate_limited",
            "too many requests in a short time; wait as long as Retry-After says",
        )
        .with_retry_after(wait);
        let headers = limited.headers(0).into_iter();
        headers.fold(refused, |error, (name, value)| {
            error.with_header(name, value)
        })
    })?;
    let mut res = next.call(req).await?;
    for (name, value) in limited.headers(left) {
        res.headers_mut().insert(name, value);
    }
    Ok(res)
}

/// An IPv6 household has a /64; counting single addresses would count nothing.
fn household(peer: Option<SocketAddr>) -> IpAddr {
    match peer.map(|peer| peer.ip()) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        Some(address) => address,
        None => Ipv4Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Bucket, Limited, household};

    #[test]
    fn a_quota_is_used_up_and_tells_how_long_to_wait() {
        let limited = Limited::new("user", 3);
        let first = Bucket::Address(Ipv4Addr::LOCALHOST.into());
        let second = Bucket::Address(Ipv4Addr::BROADCAST.into());
        let left: Vec<_> = (0..3).map(|_| limited.take(first).ok()).collect();
        assert_eq!(left, [Some(2), Some(1), Some(0)]);
        let wait = limited.take(first).expect_err("nothing is left");
        assert!(wait.as_secs() <= 20 && !wait.is_zero(), "{wait:?}");
        assert!(
            limited.take(second).is_ok(),
            "another caller is not touched"
        );
        assert_eq!(limited.reset(0), 60);
        assert_eq!(limited.reset(3), 0);
    }

    #[test]
    fn addresses_of_one_ipv6_household_share_a_bucket() {
        let [first, second, other] = [
            "[2001:db8:1:2::1]:80",
            "[2001:db8:1:2:ffff::9]:81",
            "[2001:db8:1:3::1]:80",
        ]
        .map(|peer| household(peer.parse().ok()));
        assert_eq!(first, second);
        assert_ne!(first, other);
    }
}
