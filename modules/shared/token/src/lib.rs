//! Signed tokens: the access and challenge tokens of this installation and the ID tokens of identity
//! providers. Knows no framework; sessions are checked elsewhere.

mod access;
mod challenge;
mod id_token;
mod jwt;
mod policy;
mod skew;

pub use access::{AccessClaims, open_access};
pub use challenge::{ChallengeClaims, open_challenge};
pub use id_token::{ExpectedIdToken, ID_TOKEN_ALGORITHMS, IdClaims, IdTokenFault, open_id_token};
pub use jwt::{LEEWAY_SECONDS, MAX_LENGTH, TokenClass};
pub use policy::{API_TOKEN_PREFIX, TokenPolicy};
