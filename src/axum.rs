//! What axum needs to see: extractors, and what can be returned from a handler.
//!
//! Behind the feature `axum`, which is on by default.
//!
//! - Extractors: [`Claims`], [`SharedClaims`] and [`VerifiedToken`], each also as `Option` and as
//!   `Result<_, Rejection>`.
//! - A handler can return a [`Rejection`], an [`IssueError`], a [`CookieError`], a [`SignedToken`], and a [`SetCookie`] beside
//!   something else.
//! - [`claims_endpoint`] tells a front end what it may know.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use axum::routing::{MethodRouter, any};
use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, Entry, PRAGMA, RETRY_AFTER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::answer::{bare, keep_nowhere};
use crate::cookie::{CookieError, SetCookie};
use crate::grammar::whole_seconds;
use crate::issue::{IssueError, SignedToken};
use crate::keys::SigningError;
use crate::numeric_date::NumericDate;
use crate::observe::{Event, Sparingly, observe};
use crate::rejection::{Rejection, RejectionKind};
use crate::request::Presence;
use crate::resource::ResourceMetadata;
use crate::verify::VerifiedToken;

/// Extractor that hands a handler the claims of the token as its own type.
///
/// Two handlers behind one layer may ask for two types. `Option<Claims<T>>` is `None` for anonymous
/// requests, which an [optional](crate::JwtLayer::optional) layer lets through, and
/// `Result<Claims<T>, Rejection>` leaves every case to the handler.
///
/// # Examples
///
/// ```
/// use keycard::Claims;
///
/// #[derive(serde::Deserialize)]
/// struct Guest { sub: String, room: u32 }
///
/// async fn room(Claims(guest): Claims<Guest>) -> String {
///     format!("{} sleeps in {}", guest.sub, guest.room)
/// }
/// ```
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a handler takes it apart")]
pub struct Claims<T>(pub T);

/// Extractor that decodes the claims once per token and type, and shares them.
///
/// For claims that several extractors and guards ask for, or that are large.
///
/// # Examples
///
/// ```
/// use keycard::axum::SharedClaims;
///
/// #[derive(serde::Deserialize)]
/// struct Guest { sub: String, room: u32 }
///
/// async fn room(guest: SharedClaims<Guest>) -> String {
///     format!("{} sleeps in {}", guest.sub, guest.room)
/// }
/// ```
pub struct SharedClaims<T>(Arc<T>);

impl<T> SharedClaims<T> {
    /// Returns the shared claims.
    pub fn into_inner(self) -> Arc<T> {
        self.0
    }
}

impl<T> Deref for SharedClaims<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for SharedClaims<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

// Claims are personal data; a type of the application may print its own.
impl<T> fmt::Debug for Claims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims([redacted])")
    }
}

impl<T> fmt::Debug for SharedClaims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedClaims([redacted])")
    }
}

fn optional<T>(parts: &Parts) -> Result<Option<&VerifiedToken>, Rejection> {
    Presence::token_of(&parts.extensions, type_name::<T>())
}

fn required<T>(parts: &Parts) -> Result<&VerifiedToken, Rejection> {
    optional::<T>(parts)?.ok_or_else(|| RejectionKind::NoCredential.into())
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(required::<Self>(parts)?.claims()?))
    }
}

impl<S: Sync, T: DeserializeOwned> OptionalFromRequestParts<S> for Claims<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        let token = optional::<Self>(parts)?;
        Ok(token.map(VerifiedToken::claims).transpose()?.map(Self))
    }
}

impl<S: Sync, T> FromRequestParts<S> for SharedClaims<T>
where
    T: DeserializeOwned + Any + Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(required::<Self>(parts)?.shared_claims()?))
    }
}

impl<S: Sync, T> OptionalFromRequestParts<S> for SharedClaims<T>
where
    T: DeserializeOwned + Any + Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        let token = optional::<Self>(parts)?;
        Ok(token
            .map(VerifiedToken::shared_claims)
            .transpose()?
            .map(Self))
    }
}

impl<S: Sync> FromRequestParts<S> for VerifiedToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        required::<Self>(parts).cloned()
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for VerifiedToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        optional::<Self>(parts).map(Option::<&Self>::cloned)
    }
}

/// Returns a handler that tells the page which of the claims it may know, what the scopes are, and
/// when the token expires: what a front end needs to decide what to show.
///
/// The answer is JSON with `claims`, `scopes` and `exp`, and says `Cache-Control: no-store`. Claims
/// that the token lacks are left out. It carries no authority: a page that shows a button too many has
/// a button that is refused.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use keycard::axum::claims_endpoint;
/// use keycard::{JwtLayer, testing};
///
/// let app: Router = Router::new()
///     .route("/session", get(claims_endpoint(["name", "room"])))
///     .layer(JwtLayer::new(testing::issuer().verifier()));
/// ```
pub fn claims_endpoint<I>(
    names: I,
) -> impl Fn(VerifiedToken) -> Ready<ClaimsAnswer> + Clone + Send + Sync + 'static
where
    I: IntoIterator<Item: Into<String>>,
{
    let names: Arc<[String]> = names.into_iter().map(Into::into).collect();
    move |token| {
        ready(ClaimsAnswer {
            names: Arc::clone(&names),
            token,
        })
    }
}

/// The answer of [`claims_endpoint`].
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use keycard::VerifiedToken;
/// use keycard::axum::{ClaimsAnswer, claims_endpoint};
///
/// static VISITS: AtomicU64 = AtomicU64::new(0);
///
/// // The same answer from a handler that does something else first.
/// async fn session(token: VerifiedToken) -> ClaimsAnswer {
///     VISITS.fetch_add(1, Ordering::Relaxed);
///     claims_endpoint(["name", "room"])(token).await
/// }
/// ```
#[derive(Debug)]
pub struct ClaimsAnswer {
    names: Arc<[String]>,
    token: VerifiedToken,
}

impl IntoResponse for ClaimsAnswer {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            claims: Map<String, Value>,
            scopes: Vec<Cow<'a, str>>,
            exp: Option<NumericDate>,
        }
        let claims = match self.token.claims_named(&self.names) {
            Ok(claims) => claims,
            Err(error) => return Rejection::from(error).into_response(),
        };
        let body = Body {
            claims,
            scopes: self.token.scopes().collect(),
            exp: self.token.expires_at(),
        };
        private_json(&body)
    }
}

/// Answers with JSON that nobody is to keep.
fn private_json(body: &impl Serialize) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    match serde_json::to_vec(body) {
        Ok(body) => (headers, body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The response carries the rejection to the layer, which makes the answer. Where no layer stands around the
/// handler, it stays what it is here: the default answer, and nothing in the log.
impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        bare(self, None)
    }
}

impl IntoResponse for IssueError {
    fn into_response(self) -> Response {
        let code = match self {
            Self::InvalidScope => "invalid_scope",
            _ => "invalid_request",
        };
        let mut response = not_issued(&self, self.is_fault_of_input(), code);
        if let Self::Signing(SigningError::Unavailable(outage)) = self {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            let seconds = whole_seconds(outage.retry_after()).max(1);
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl IntoResponse for CookieError {
    fn into_response(self) -> Response {
        not_issued(&self, self.is_fault_of_input(), "invalid_request")
    }
}

impl ResourceMetadata {
    /// Returns what stands at the [`path`](Self::path) of the metadata, for [`Router::route`](axum::Router::route).
    ///
    /// It has to be public: add it after the [`JwtLayer`](crate::JwtLayer), and to the outermost router, as the path is
    /// that of the host. A router that is merged instead would bring a fallback of its own, which nobody guards. A resource
    /// with a segment that begins with `:` or `*` needs a router
    /// [`without_v07_checks`](axum::Router::without_v07_checks); others panic at start-up.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::{Router, routing::post};
    /// use keycard::resource::ResourceMetadata;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let builder = testing::issuer().verifier_builder();
    /// let verifier = builder.audience("https://rooms.example/mcp").build()?;
    /// let metadata =
    ///     ResourceMetadata::builder("https://rooms.example/mcp").verifier(&verifier).build()?;
    /// let app: Router = Router::new()
    ///     .route("/mcp", post(async || "tools"))
    ///     .layer(JwtLayer::new(verifier).resource_metadata(&metadata))
    ///     .route(metadata.path(), metadata.route());
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn route<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let metadata = self.clone();
        any(move |method: Method| ready(metadata.response(&method).map(Body::from)))
    }
}

/// The client learns that it was its input, and nothing else of what the application asked for (RFC 6749, section
/// 5.2).
/// An error has nothing else to count in.
static BY_INPUT: Sparingly = Sparingly::after(1000);

fn not_issued(error: &dyn fmt::Display, by_input: bool, code: &'static str) -> Response {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
        error_description: &'static str,
    }
    // Whoever types into a form of login causes this one.
    let count = if by_input { BY_INPUT.pick() } else { Some(1) };
    if let Some(count) = count {
        observe(&Event::NotIssued {
            error,
            by_input,
            count,
        });
    }
    if !by_input {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let body = Body {
        error: code,
        error_description: "no token can be issued for this",
    };
    (StatusCode::BAD_REQUEST, private_json(&body)).into_response()
}

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = parts.headers_mut();
        // Neither a token nor the removal of one is for more than one visitor.
        keep_nowhere(headers);
        // RFC 6265bis, section 4.1.1: the same cookie stands there once, as the last said.
        if let Entry::Occupied(values) = headers.entry(SET_COOKIE) {
            let (name, values) = values.remove_entry_mult();
            let others: Vec<_> = values.filter(|value| !self.is_same_cookie(value)).collect();
            for value in others {
                headers.append(&name, value);
            }
        }
        for value in self.header_values() {
            headers.append(SET_COOKIE, value.clone());
        }
        Ok(parts)
    }
}

impl IntoResponse for SetCookie {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl IntoResponse for SignedToken {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            access_token: &'a str,
            token_type: &'static str,
            expires_in: u64,
        }
        let body = Body {
            access_token: self.as_str(),
            token_type: "Bearer",
            expires_in: self.lifetime().as_secs(),
        };
        observe(&Event::TokenHandedOut);
        // RFC 6749, section 5.1: whoever keeps copies of answers must not keep this one.
        private_json(&body)
    }
}
