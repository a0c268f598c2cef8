//! Requests with tokens, as clients and browsers send them.

use http::header::{AUTHORIZATION, COOKIE};
use http::request::Builder;
use http::{HeaderValue, Request};

use crate::cookie::TokenCookie;
use crate::issue::SignedToken;

/// Starts a `GET` with this token in its `Authorization` header.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let token = testing::issuer().token("anna").sign()?;
/// let request = testing::get("/room", &token).header("accept", "text/html").body(())?;
/// assert!(request.headers()["authorization"].is_sensitive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn get(path: &str, token: &SignedToken) -> Builder {
    Request::get(path).header(AUTHORIZATION, bearer(token))
}

/// Starts a `POST` with this token in its `Authorization` header.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let token = testing::issuer().token("anna").sign()?;
/// let request = testing::post("/minibar", &token).body("lemonade")?;
/// assert_eq!(request.method(), "POST");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn post(path: &str, token: &SignedToken) -> Builder {
    Request::post(path).header(AUTHORIZATION, bearer(token))
}

/// Starts a `GET` as the browser sends it that opens this page and has the cookie.
///
/// # Examples
///
/// ```
/// use keycard::{TokenCookie, testing};
///
/// let cookie = TokenCookie::new("session")?;
/// let token = testing::issuer().token("anna").sign()?;
/// let request = testing::get_with_cookie("/room", &cookie, &token).body(())?;
/// assert_eq!(request.headers()["sec-fetch-mode"], "navigate");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn get_with_cookie(path: &str, cookie: &TokenCookie, token: &SignedToken) -> Builder {
    of_browser(Request::get(path), cookie, token)
}

/// Starts a `POST` as a browser sends it for a form of this site, with the cookie.
///
/// # Examples
///
/// ```
/// use keycard::{TokenCookie, testing};
///
/// let cookie = TokenCookie::new("session")?;
/// let token = testing::issuer().token("anna").sign()?;
/// let own = testing::post_with_cookie("/minibar", &cookie, &token).body("drink=lemonade")?;
/// let mut forged = own.clone();
/// forged.headers_mut().insert("sec-fetch-site", "cross-site".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn post_with_cookie(path: &str, cookie: &TokenCookie, token: &SignedToken) -> Builder {
    of_browser(Request::post(path), cookie, token)
        .header("content-type", "application/x-www-form-urlencoded")
}

fn of_browser(builder: Builder, cookie: &TokenCookie, token: &SignedToken) -> Builder {
    let line = format!("{}={}", cookie.name(), token.as_str());
    builder
        .header(COOKIE, sensitive(&line))
        .header("host", "localhost")
        .header("accept", "text/html,*/*;q=0.8")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
}

/// Returns the value of an `Authorization` header with this token.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let token = testing::issuer().token("anna").sign()?;
/// assert!(testing::bearer(&token).to_str()?.starts_with("Bearer eyJ"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bearer(token: &SignedToken) -> HeaderValue {
    sensitive(&format!("Bearer {}", token.as_str()))
}

fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("a token is ASCII");
    value.set_sensitive(true);
    value
}
