//! Browsers that go to a page, and the way back to it after login.

use std::borrow::Cow;
use std::fmt;

use http::header::ACCEPT;
use http::{HeaderName, HeaderValue, Method, Uri};
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Deserializer};

use super::head::RequestHead;
use crate::grammar::QUERY_VALUE;

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Longer ways back are forgotten.
const MAX_BYTES: usize = 2048;

/// How much of an `Accept` header is read.
const MAX_ACCEPT: usize = 512;

/// Tells whether a browser asks for a page to show, rather than a script for data.
pub(crate) fn is_navigation(head: RequestHead<'_>) -> bool {
    if head.method() != Method::GET {
        return false;
    }
    if let Some(mode) = head.headers().get(SEC_FETCH_MODE) {
        return mode == "navigate";
    }
    let accepted = head.headers().get(ACCEPT).map(HeaderValue::as_bytes);
    accepted.is_some_and(accepts_html)
}

/// Tells whether one of the first media ranges is `text/html`; what browsers send begins with it.
fn accepts_html(accepted: &[u8]) -> bool {
    let accepted = accepted.get(..MAX_ACCEPT).unwrap_or(accepted);
    accepted.split(|byte| *byte == b',').any(|range| {
        let media_type = range.split(|byte| *byte == b';').next();
        media_type.is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"text/html"))
    })
}

/// Returns the address of a login page with the way back to `uri`.
pub(crate) fn with_way_back(login_page: &str, uri: &Uri) -> String {
    let back = uri.path_and_query().map_or("/", |path| path.as_str());
    ReturnPath::new(back).appended_to(login_page)
}

/// Where to go after login: a path of this origin, and nothing else.
///
/// [`JwtLayer::login_page`](crate::JwtLayer::login_page) hands it to the login page as `next`, where
/// anybody can write anything into it. What is no path becomes `/`, so that the value can be followed
/// without a second look. In a page it is escaped like every other text.
///
/// # Examples
///
/// ```
/// use keycard::request::ReturnPath;
///
/// #[derive(serde::Deserialize)]
/// struct LoginQuery {
///     #[serde(default)]
///     next: ReturnPath,
/// }
///
/// assert_eq!(ReturnPath::new("/rooms?floor=3").as_str(), "/rooms?floor=3");
/// assert_eq!(ReturnPath::new("https://evil.example/").as_str(), "/");
/// assert_eq!(ReturnPath::new("//evil.example/").as_str(), "/");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReturnPath {
    path: Box<str>,
}

impl ReturnPath {
    /// Takes a path with its query, or `/` in place of anything else.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::request::ReturnPath;
    ///
    /// let next = ReturnPath::new("/rooms?floor=3");
    /// assert_eq!(next.as_str(), "/rooms?floor=3");
    /// assert_eq!(ReturnPath::new("javascript:alert(1)"), ReturnPath::default());
    /// ```
    pub fn new(path: &str) -> Self {
        let path = if is_own_path(path) { path } else { "/" };
        Self { path: path.into() }
    }

    /// Returns the path with its query.
    pub fn as_str(&self) -> &str {
        &self.path
    }

    /// Returns the address of a login page with this way back in its parameter `next`, as
    /// [`JwtLayer::login_page`](crate::JwtLayer::login_page) makes it.
    pub fn appended_to(&self, page: &str) -> String {
        let separator = if page.contains('?') { '&' } else { '?' };
        let next = utf8_percent_encode(&self.path, QUERY_VALUE).to_string();
        // Proxies have limits for a header.
        let next = if next.len() > MAX_BYTES { "/" } else { &next };
        format!("{page}{separator}next={next}")
    }
}

/// Browsers read `//host` and `/\host` as another host, and drop tabs and line ends before they look.
/// What could end an attribute of HTML they only send percent-encoded. Of `/.//host` they make `//host`, which
/// is no harm until a script of the page follows its own path.
pub(crate) fn is_own_path(path: &str) -> bool {
    let fits = |byte: u8| matches!(byte, 0x21..=0x7e) && !b"\\\"<>`".contains(&byte);
    path.starts_with('/')
        && !path.starts_with("//")
        && !hides_two_slashes(path)
        && path.len() <= MAX_BYTES
        && path.bytes().all(fits)
}

/// Tells whether the path has two slashes and a dot segment, which may bring them to its beginning.
fn hides_two_slashes(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_dot = |segment: &str| {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        dots == "." || dots == ".."
    };
    path.contains("//") && path.split('/').any(is_dot)
}

impl Default for ReturnPath {
    fn default() -> Self {
        Self::new("/")
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl<'de> Deserialize<'de> for ReturnPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = Cow::<str>::deserialize(deserializer)?;
        Ok(Self::new(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_this_origin_is_a_way_back() {
        for good in [
            "/",
            "/a",
            "/a/b?c=d&e=%2F",
            "/a#b",
            "/:x",
            "/a//b",
            "/./x",
            "/a/../b",
            "/...//x",
            "/a?b=/.//c",
        ] {
            assert_eq!(ReturnPath::new(good).as_str(), good);
        }
        for bad in [
            "",
            "a",
            "https://evil.example",
            "//evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "/.%2E//evil.example#b",
            "/a//../..//evil.example?b",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\\/evil.example",
            " /a",
            "/a b",
            "/é",
            "javascript:alert(1)",
            "/a\0",
            "/\"onfocus=x",
            "/<script>",
        ] {
            assert_eq!(ReturnPath::new(bad).as_str(), "/", "{bad:?}");
        }
        assert_eq!(
            ReturnPath::new(&format!("/{}", "a".repeat(2048))).as_str(),
            "/"
        );
    }

    #[test]
    fn the_way_back_is_one_parameter() {
        let uri = Uri::from_static("/rooms?floor=3&x=%20");
        assert_eq!(
            with_way_back("/login", &uri),
            "/login?next=/rooms%3Ffloor%3D3%26x%3D%2520"
        );
        assert_eq!(
            with_way_back("/login?a=b", &Uri::from_static("/")),
            "/login?a=b&next=/"
        );
    }
}
