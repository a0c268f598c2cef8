//! Browsers that go to a page, and the way back to it after login.

use std::borrow::Cow;
use std::fmt;

use http::header::{ACCEPT, CONTENT_TYPE, REFERER};
use http::uri::PathAndQuery;
use http::{HeaderName, Method, Uri};
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Deserializer};

use super::credential::tokens_in;
use super::cross_site::is_host;
use super::head::RequestHead;
use crate::grammar::{QUERY_VALUE, SEC_FETCH_MODE, SEC_FETCH_SITE};

const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// Longer ways back are forgotten.
const MAX_BYTES: usize = 2048;

/// Longer addresses are not read.
const MAX_REFERER: usize = 8 * 1024;

/// The media types that a form can have.
const FORMS: [&[u8]; 3] = [
    b"application/x-www-form-urlencoded",
    b"multipart/form-data",
    b"text/plain",
];

/// How much is read of a header that lists or names media types.
const MAX_MEDIA_TYPES: usize = 512;

/// A page that a browser goes to, rather than a script that asks for data.
pub(crate) struct Page {
    /// Where it is in the browser, as far as that shows.
    at: Uri,
    /// Where to go after login, if there is anywhere.
    back: Option<Uri>,
}

impl Page {
    /// Returns the page that a request opens, whose address is this one in the browser. `clean` takes the tokens out of
    /// an address.
    pub(crate) fn of(
        head: RequestHead<'_>,
        address: &Uri,
        clean: impl Fn(&Uri) -> Uri,
    ) -> Option<Self> {
        let back = match *head.method() {
            Method::GET if is_visit(head) => Some(clean(address)),
            // What was in the form is lost. The page that it stands on is there still.
            Method::POST if is_form(head) => own_referer(head).as_ref().map(clean),
            _ => return None,
        };
        let at = address.clone();
        Some(Self { at, back })
    }

    /// Tells whether this is the login page.
    pub(crate) fn is(&self, login_page: &str) -> bool {
        let login_path = login_page.split('?').next().unwrap_or_default();
        let seen = self.at.path();
        // Somebody may have taken the beginning of the path away, and then the redirect would never end.
        let has_next = |query| tokens_in(query, "next").next().is_some();
        seen == login_path || login_path.ends_with(seen) && self.at.query().is_some_and(has_next)
    }

    /// Returns the address of the login page with the way back, unless that is the page.
    pub(crate) fn to_login(&self, login_page: &str) -> Option<String> {
        if self.is(login_page) {
            return None;
        }
        let path = self.back.as_ref().and_then(Uri::path_and_query);
        let back = ReturnPath::new(path.map_or("/", PathAndQuery::as_str));
        Some(back.appended_to(login_page))
    }
}

/// Tells whether a browser opens an address.
fn is_visit(head: RequestHead<'_>) -> bool {
    match head.headers().get(SEC_FETCH_MODE) {
        Some(mode) if mode == "navigate" => true,
        // A service worker hands on the request of a page with settings of its own, and it is none by name
        // any more. A script that asks for data does not ask for HTML.
        Some(mode) => mode == "same-origin" && wants_html(head),
        None => wants_html(head) && !is_script(head),
    }
}

/// Tells whether a browser sends a form, and shows the answer as a page.
fn is_form(head: RequestHead<'_>) -> bool {
    if let Some(mode) = head.headers().get(SEC_FETCH_MODE) {
        return mode == "navigate";
    }
    let content_type = media_types(head, &CONTENT_TYPE);
    let media_type = content_type.and_then(|it| it.split(|byte| *byte == b';').next());
    let is_form = media_type.is_some_and(|it| FORMS.contains(&it.trim_ascii()));
    is_form && wants_html(head) && !is_script(head)
}

fn wants_html(head: RequestHead<'_>) -> bool {
    media_types(head, &ACCEPT).is_some_and(accepts_html)
}

/// Returns the beginning of a header that has media types: a stranger may have sent a very long one.
fn media_types<'a>(head: RequestHead<'a>, name: &HeaderName) -> Option<&'a [u8]> {
    let value = head.headers().get(name)?.as_bytes();
    Some(value.get(..MAX_MEDIA_TYPES).unwrap_or(value))
}

/// What libraries for scripts say, as browsers without `Sec-Fetch-Mode` do not.
fn is_script(head: RequestHead<'_>) -> bool {
    head.headers().contains_key(X_REQUESTED_WITH)
}

/// Returns the page of this site that a form was sent from.
fn own_referer(head: RequestHead<'_>) -> Option<Uri> {
    let referer = head.headers().get(REFERER)?.as_bytes();
    let is_short = referer.len() <= MAX_REFERER;
    let referer = is_short.then(|| Uri::try_from(referer).ok())??;
    let origin = format!("{}://{}", referer.scheme()?, referer.authority()?);
    let site = head.headers().get(SEC_FETCH_SITE);
    let is_own = match site {
        Some(site) => site == "same-origin",
        None => is_host(head, origin.as_bytes()),
    };
    is_own.then_some(referer)
}

/// Tells whether one of the first media ranges is `text/html`; what browsers send begins with it.
fn accepts_html(accepted: &[u8]) -> bool {
    accepted.split(|byte| *byte == b',').any(|range| {
        let media_type = range.split(|byte| *byte == b';').next();
        media_type.is_some_and(|name| name.trim_ascii().eq_ignore_ascii_case(b"text/html"))
    })
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
    path.len() <= MAX_BYTES
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(fits)
        && !hides_two_slashes(path)
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
    fn of_a_long_header_the_beginning_is_read() {
        let is_form = |content_type: &str| {
            let request = http::Request::post("/")
                .header(ACCEPT, "text/html")
                .header(CONTENT_TYPE, content_type);
            is_form(RequestHead::of(&request.body(()).unwrap()))
        };
        assert!(is_form("multipart/form-data; boundary=x"));
        assert!(is_form(&format!("text/plain;{}", "x".repeat(1_000))));
        assert!(is_form(&format!("{}text/plain", " ".repeat(500))));
        assert!(!is_form(&format!("{}text/plain", " ".repeat(503))));
        assert!(!is_form("application/json"));
    }

    #[test]
    fn the_way_back_is_one_parameter() {
        let back = ReturnPath::new("/rooms?floor=3&x=%20");
        assert_eq!(
            back.appended_to("/login"),
            "/login?next=/rooms%3Ffloor%3D3%26x%3D%2520"
        );
        let front = ReturnPath::new("/");
        assert_eq!(front.appended_to("/login?a=b"), "/login?a=b&next=/");
    }
}
