//! What is left of a request when its answer is made.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Response, Uri};

use super::settings::Settings;
use crate::answer::{Asker, Grpc, finish};
use crate::cookie::TokenCookie;
use crate::observe::{Circumstances, Event, observe_about};
use crate::rejection::Rejection;
use crate::request::{Presence, RequestHead, SavedHead, is_navigation};
use crate::verify::{Source, Trusted};

/// What is left of a request when its answer is made.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use http::Response;
/// use keycard::gate::Reply;
///
/// fn leave(reply: Reply, response: Response<Bytes>) -> Response<Bytes> {
///     // Refusals of guards and handlers become answers, cookies that are of no use are removed.
///     reply.finish(response)
/// }
/// ```
pub struct Reply {
    settings: Arc<Settings>,
    source: Option<Source>,
    trust: Option<Arc<Trusted>>,
    since: Option<Instant>,
    /// Cookies that the answer removes.
    stale: Vec<TokenCookie>,
    grpc: Option<Grpc>,
    /// Where a browser wanted to go, if it can be sent to a login page.
    page: Option<Uri>,
    /// All of the request, if a function of the application wants to see it.
    head: Option<Box<SavedHead>>,
}

impl Reply {
    pub(super) fn new(
        settings: &Arc<Settings>,
        head: RequestHead<'_>,
        source: Option<Source>,
        trust: Option<Arc<Trusted>>,
        stale: Vec<TokenCookie>,
        since: Option<Instant>,
    ) -> Self {
        let answers = &settings.answers;
        let to_login = answers.login_page.is_some() && is_navigation(head);
        Self {
            settings: Arc::clone(settings),
            source,
            trust,
            since,
            stale,
            grpc: Grpc::of(head),
            page: to_login.then(|| settings.entry.without_tokens(head.uri())),
            head: answers
                .hook
                .is_some()
                .then(|| Box::new(SavedHead::save(head))),
        }
    }

    /// Has the answer remove a cookie that counts as absent.
    pub(super) fn remove(&mut self, cookie: Option<TokenCookie>) {
        self.stale.extend(cookie);
    }

    pub(super) fn observe_wait(&self) {
        observe_about(&Event::Waits, &self.circumstances());
    }

    pub(super) fn observe_pass(&mut self, presence: &Presence) {
        let event = match presence {
            Presence::Verified(token) => {
                // A guard or a handler may refuse it yet, and somebody may want to know whose it was.
                if self.since.is_some() {
                    self.trust = Some(Arc::clone(token.trusted()));
                }
                Event::Accepted
            }
            Presence::Anonymous => Event::Anonymous,
        };
        observe_about(&event, &self.circumstances());
    }

    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            source: self.source.map(Source::name),
            trust: self.trust.as_deref().map(Trusted::name),
            since: self.since,
        }
    }

    /// Makes the answer to a request that the service inside has not seen.
    pub fn refuse(&self, rejection: &Rejection) -> Response<Bytes> {
        let mut response = self.render(rejection);
        self.set_headers(response.headers_mut());
        response
    }

    /// Turns what the service inside returned into the answer.
    ///
    /// A response that a guard, an extractor or a [`Rejection`] of a handler made becomes the answer of the
    /// refusal, with the headers that others have added; every other one stays as it is. Cookies that will
    /// never be good are removed, and answers to requests with a cookie say `Cache-Control: private` if they
    /// say nothing about it.
    pub fn finish<B: From<Bytes>>(&self, response: Response<B>) -> Response<B> {
        let mut response = finish(response, |rejection| self.render(rejection));
        self.set_headers(response.headers_mut());
        response
    }

    fn render(&self, rejection: &Rejection) -> Response<Bytes> {
        observe_about(&Event::Refused(rejection), &self.circumstances());
        let asker = Asker {
            grpc: self.grpc,
            page: self.page.as_ref(),
            head: self.head.as_ref().map(|saved| saved.head()),
        };
        self.settings.answers.render(rejection, &asker)
    }

    fn set_headers(&self, headers: &mut HeaderMap) {
        let in_header = matches!(self.source, None | Some(Source::Header));
        if !in_header && !says_who_may_keep_it(headers) {
            // A shared cache must not show one visitor the page of another, and only Authorization
            // keeps it from storing an answer (RFC 9111, section 3.5; RFC 6750, section 2.3).
            headers.append(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        for cookie in &self.stale {
            let mut set = headers.get_all(SET_COOKIE).iter();
            // The service inside may just have stored a new one.
            if !set.any(|value| cookie.is_set_by(value)) {
                headers.append(SET_COOKIE, cookie.clear().header_value());
                // A cache that kept this would log out everybody.
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
        }
    }
}

/// Tells whether a handler has thought of shared caches, which a bare `max-age` does not show, nor does
/// `must-revalidate`.
fn says_who_may_keep_it(headers: &HeaderMap) -> bool {
    const WORDS: [&str; 4] = ["private", "no-store", "public", "s-maxage"];
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let texts = lines.filter_map(|value| value.to_str().ok());
    let mut directives = texts.flat_map(|text| text.split(','));
    directives.any(|directive| {
        let word = directive.split('=').next().unwrap_or_default().trim();
        WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
    })
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
