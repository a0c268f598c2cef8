//! From a rejection to a response.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, AGE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, EXPIRES, Entry,
    LAST_MODIFIED, LINK, LOCATION, REFRESH, RETRY_AFTER, SET_COOKIE, TRANSFER_ENCODING, VARY,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;

use super::body::AnswerBody;
use super::caches::forget_targeted;
use super::challenge::{Said, challenge};
use super::grpc::{Grpc, trailers_only};
use super::table::{Row, row_of};
use crate::grammar::{QUERY_VALUE, whole_seconds};
use crate::observe::{Event, Sparingly, observe};
use crate::rejection::{Note, Rejection, RejectionKind};
use crate::request::{Page, RequestHead};

/// A function of the application that makes the answer itself.
pub(super) type Hook = Arc<dyn Fn(&Rejection, RequestHead<'_>) -> Response<Bytes> + Send + Sync>;

/// How a layer answers.
#[derive(Clone, Default)]
pub(crate) struct Answers {
    pub(crate) realm: Option<Box<str>>,
    pub(crate) resource_metadata: Option<Box<str>>,
    pub(crate) explain: bool,
    pub(crate) hook: Option<Hook>,
    pub(crate) login_page: Option<Box<str>>,
}

/// Who gets the answer.
pub(crate) struct Asker<'a> {
    pub(crate) grpc: Option<Grpc>,
    /// The page that a browser wants to show.
    pub(crate) page: Option<&'a Page>,
    /// There if the hook needs it.
    pub(crate) head: Option<RequestHead<'a>>,
}

/// The body of a refusal.
#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: &'a str,
}

impl Answers {
    /// Makes the answer to a request.
    pub(crate) fn render(&self, rejection: &Rejection, asker: &Asker<'_>) -> Response<Bytes> {
        let mut response = if let Some(to_login) = self.to_login(rejection, asker.page) {
            to_login
        } else if let (Some(hook), Some(head)) = (&self.hook, asker.head) {
            let mut response = hook(rejection, head);
            // Some status codes would be kept without a word.
            let headers = response.headers_mut();
            if !headers.contains_key(CACHE_CONTROL) {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            response
        } else if let Some(grpc) = asker.grpc {
            self.respond_to_grpc(rejection, grpc)
        } else {
            self.respond(rejection)
        };
        let extensions = response.extensions_mut();
        extensions.insert(rejection.clone());
        // A hook may have made its answer of a rejection.
        extensions.remove::<Unanswered>();
        response
    }

    /// Sends a browser without a good token to the login page, unless that is where it is.
    fn to_login(&self, rejection: &Rejection, page: Option<&Page>) -> Option<Response<Bytes>> {
        let (login_page, page) = (self.login_page.as_deref()?, page?);
        if !rejection.kind().login_helps() {
            return None;
        }
        let login_page = with_demands(login_page, rejection);
        let location = HeaderValue::try_from(page.to_login(&login_page)?).ok()?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SEE_OTHER;
        let headers = response.headers_mut();
        headers.insert(LOCATION, location);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Some(response)
    }

    fn respond_to_grpc(&self, rejection: &Rejection, grpc: Grpc) -> Response<Bytes> {
        let row = row_of(rejection.kind());
        let message = self.description(rejection, row.description);
        let mut response = trailers_only(grpc, &row, &message);
        if grpc == Grpc::Web {
            self.explain_status(response.headers_mut(), &row, rejection);
        }
        response
    }

    fn respond(&self, rejection: &Rejection) -> Response<Bytes> {
        let row = row_of(rejection.kind());
        let body = Body {
            error: row.error,
            error_description: &self.description(rejection, row.description),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = row.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.explain_status(headers, &row, rejection);
        response
    }

    /// Writes the headers that belong to a status of HTTP.
    fn explain_status(&self, headers: &mut HeaderMap, row: &Row, rejection: &Rejection) {
        let said = Said {
            realm: self.realm.as_deref(),
            scope: rejection.scope(),
            acr_values: rejection.acr_values(),
            max_age: rejection.max_age(),
            resource_metadata: self.resource_metadata.as_deref(),
        };
        if let Some(challenge) = challenge(row, &said) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let RejectionKind::Unavailable(outage) = rejection.kind() {
            // RFC 9110, section 10.2.3: whole seconds. None would mean "at once".
            let seconds = whole_seconds(outage.retry_after()).max(1);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }

    fn description(&self, rejection: &Rejection, public: &'static str) -> Cow<'static, str> {
        if self.explain {
            Cow::Owned(rejection.to_string())
        } else {
            Cow::Borrowed(public)
        }
    }
}

/// Tells the login page what the login has to be like, by the names that OpenID Connect has for it.
fn with_demands<'a>(login_page: &'a str, rejection: &Rejection) -> Cow<'a, str> {
    let mut address = Cow::Borrowed(login_page);
    let age = rejection.max_age().map(|age| age.as_secs().to_string());
    let demands = [
        ("acr_values", rejection.acr_values()),
        ("max_age", age.as_deref()),
    ];
    for (name, value) in demands {
        if let Some(value) = value {
            let separator = if address.contains('?') { '&' } else { '?' };
            let value = utf8_percent_encode(value, QUERY_VALUE);
            address = Cow::Owned(format!("{address}{separator}{name}={value}"));
        }
    }
    address
}

impl Rejection {
    /// Makes the answer with everything at its default: status, challenge, `Retry-After`, JSON body. A
    /// start for [`JwtLayer::on_rejection`](crate::JwtLayer::on_rejection). It knows nothing of the layer's realm.
    pub fn to_response(&self) -> Response<Bytes> {
        Answers::default().respond(self)
    }
}

/// Stands beside a rejection whose answer the layer has yet to make.
#[derive(Clone, Copy)]
struct Unanswered;

/// The response carries the rejection out to the layer or the gate, which makes the answer.
///
/// For services without axum, where `?` on [`VerifiedToken::require`](crate::VerifiedToken::require) needs it.
impl<B: AnswerBody> From<Rejection> for Response<B> {
    fn from(rejection: Rejection) -> Self {
        bare(rejection, None)
    }
}

/// Without a layer there is nothing else to count in, and all routes of all applications count here.
static WITHOUT_LAYER: Sparingly = Sparingly::after(1000);

/// Makes the response that carries a rejection out to the layer.
///
/// It is a whole answer with everything at its default, should there be no layer.
pub(crate) fn bare<B: AnswerBody>(rejection: Rejection, grpc: Option<Grpc>) -> Response<B> {
    if let Some(Note::WantedBy(wanted_by)) = rejection.note()
        && let Some(count) = WITHOUT_LAYER.pick()
    {
        observe(&Event::NoLayer { wanted_by, count });
    }
    let answers = Answers::default();
    let mut response = match grpc {
        Some(grpc) => answers.respond_to_grpc(&rejection, grpc),
        None => answers.respond(&rejection),
    };
    response.extensions_mut().insert(rejection);
    response.extensions_mut().insert(Unanswered);
    response.map(B::from_bytes)
}

/// What a handler or a layer said of the body that is not sent, of how long it may be kept, and of where
/// to find another one.
const OF_THE_BODY: [HeaderName; 28] = [
    ACCEPT_RANGES,
    AGE,
    CACHE_CONTROL,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_RANGE,
    CONTENT_TYPE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    LINK,
    LOCATION,
    REFRESH,
    RETRY_AFTER,
    TRANSFER_ENCODING,
    WWW_AUTHENTICATE,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    // Servers in front read these as "send that file instead".
    HeaderName::from_static("x-accel-redirect"),
    HeaderName::from_static("x-lighttpd-send-file"),
    HeaderName::from_static("x-sendfile"),
    // What a handler wanted to become of a page that nobody gets, and of a call that was not made.
    HeaderName::from_static("clear-site-data"),
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
];

/// Replaces a response that carries a rejection by the answer; leaves every other one alone.
///
/// Headers that layers in between have set stay, except those that describe the body.
pub(crate) fn finish<B: AnswerBody>(
    response: Response<B>,
    render: impl FnOnce(&Rejection) -> Response<Bytes>,
) -> Response<B> {
    let extensions = response.extensions();
    let answer = match (extensions.get::<Rejection>(), extensions.get()) {
        (Some(rejection), Some(Unanswered)) => render(rejection),
        _ => return response,
    };
    let (mut parts, _) = response.into_parts();
    parts.extensions.remove::<Unanswered>();
    let (mut answer, body) = answer.into_parts();
    for name in OF_THE_BODY {
        parts.headers.remove(name);
    }
    forget_targeted(&mut parts.headers);
    parts.status = answer.status;
    // These say more when there are several of them.
    for name in [SET_COOKIE, VARY] {
        if let Entry::Occupied(values) = answer.headers.entry(&name) {
            for value in values.remove_entry_mult().1 {
                parts.headers.append(&name, value);
            }
        }
    }
    parts.headers.extend(answer.headers);
    parts.extensions.extend(answer.extensions);
    Response::from_parts(parts, B::from_bytes(body))
}
