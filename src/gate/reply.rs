//! What is left of a request when its answer is made.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};

use super::settings::Settings;
use crate::answer::{AnswerBody, Asker, Grpc, finish, in_header, in_terms_of, keep_nowhere};
use crate::cookie::{SetCookie, is_same_cookie};
use crate::observe::{Circumstances, Event, Speaker, observe, observe_about};
use crate::rejection::Rejection;
use crate::request::{
    ForwardAuth, Hint, Identity, Original, Page, Presence, Proxy, RequestHead, SavedHead,
};
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
    /// Who was let in. A guard or a handler may refuse the request yet.
    identity: Option<Identity>,
    /// Whether somebody was let in, with a token or without.
    let_in: bool,
    since: Option<Instant>,
    /// Cookies that the answer removes.
    stale: Vec<SetCookie>,
    grpc: Option<Grpc>,
    /// If a proxy asks.
    question: Option<Box<Question>>,
    /// Where a browser wanted to go, if it can be sent to a login page.
    page: Option<Page>,
    /// All of the request, if a function of the application wants to see it.
    head: Option<Box<SavedHead>>,
}

/// What a proxy asks about.
#[derive(Default)]
struct Question {
    original: Option<Original>,
    /// Where the application is, for browsers.
    origin: Option<String>,
}

impl Reply {
    /// For a question that cannot be understood.
    pub(super) fn to_question(settings: &Arc<Settings>, since: Option<Instant>) -> Self {
        Self {
            settings: Arc::clone(settings),
            source: None,
            trust: None,
            identity: None,
            let_in: false,
            since,
            stale: Vec::new(),
            grpc: None,
            question: Some(Box::default()),
            page: None,
            head: None,
        }
    }

    pub(super) fn new(
        settings: &Arc<Settings>,
        head: RequestHead<'_>,
        source: Option<Source>,
        trust: Option<Arc<Trusted>>,
        stale: Vec<SetCookie>,
        since: Option<Instant>,
    ) -> Self {
        let answers = &settings.answers;
        let clean = |uri: &Uri| settings.entry.without_tokens(uri);
        let page = answers.login_page.as_ref();
        let address = match settings.entry.forward_auth {
            // The request that is asked about came to the proxy and not to a router.
            Some(_) => head.uri(),
            None => head.address_in_browser(),
        };
        let page = page.and_then(|_| Page::of(head, address, clean));
        Self {
            settings: Arc::clone(settings),
            source,
            trust,
            identity: None,
            let_in: false,
            since,
            stale,
            grpc: Grpc::of(head),
            question: None,
            page,
            head: answers
                .hook
                .is_some()
                .then(|| Box::new(SavedHead::save(head))),
        }
    }

    pub(super) fn asked_about(&mut self, original: Original) {
        // A proxy looks at the status of HTTP, which gRPC does not use.
        self.grpc = None;
        self.question = Some(Box::new(Question {
            origin: original.origin(),
            original: Some(original),
        }));
    }

    /// Leaves in a request what the service inside is to find. If a proxy asks, it becomes the
    /// request that it asks about.
    pub(crate) fn enter<B>(&mut self, request: &mut Request<B>, presence: Presence) {
        let question = self.question.as_mut();
        if let Some(original) = question.and_then(|question| question.original.take()) {
            (*request.method_mut(), *request.uri_mut()) = original.into_parts();
            #[cfg(feature = "axum")]
            keep_address(request);
        }
        request.extensions_mut().insert(presence);
    }

    /// Has the answer remove a cookie that counts as absent.
    pub(super) fn remove(&mut self, cookie: Option<SetCookie>) {
        self.stale.extend(cookie);
    }

    pub(super) fn observe_wait(&self) {
        observe_about(&Event::Waits, &self.circumstances());
    }

    pub(super) fn observe_pass(&mut self, presence: &Presence) {
        let event = match presence {
            Presence::Verified(token) => {
                self.identity = Some(Identity::new(token));
                Event::Accepted
            }
            Presence::Anonymous => Event::Anonymous,
        };
        observe_about(&event, &self.circumstances());
        self.let_in = true;
    }

    fn circumstances(&self) -> Circumstances<'_> {
        let identity = self.identity.as_ref().map(Identity::trusted);
        let trusted = identity.or(self.trust.as_deref());
        Circumstances {
            source: self.source.map(Source::name),
            trust: trusted.map(Trusted::shared_name),
            since: self.since,
            speaker: if self.let_in {
                Speaker::Inside
            } else {
                Speaker::Door
            },
            ..Circumstances::default()
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
    /// say nothing about it. An [`Identity`] in its extensions says who was let in.
    pub fn finish<B: AnswerBody>(&self, response: Response<B>) -> Response<B> {
        let mut response = finish(response, |rejection| self.render(rejection));
        // A layer further in may have answered already, and not known that a proxy asks.
        if response.extensions().get::<Rejection>().is_some() {
            self.translate(&mut response);
        }
        let extensions = response.extensions_mut();
        // A layer further in knows better.
        if let Some(identity) = self
            .identity
            .as_ref()
            .filter(|_| Identity::of(extensions).is_none())
        {
            extensions.insert(identity.clone());
        }
        self.set_headers(response.headers_mut());
        if self.question.is_some() {
            // To a HEAD that is asked about, a router inside gives a length and no body: the question is a GET.
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        if response.status().is_success() {
            self.name_user(&mut response);
        }
        response
    }

    fn render(&self, rejection: &Rejection) -> Response<Bytes> {
        observe_about(&Event::Refused(rejection), &self.circumstances());
        let asker = Asker {
            grpc: self.grpc,
            page: self.page.as_ref(),
            head: self.head.as_ref().map(|saved| saved.head()),
        };
        if let Some(event) = self.hint() {
            observe(&event);
        }
        let mut response = self.settings.answers.render(rejection, &asker);
        self.translate(&mut response);
        response
    }

    /// Makes a refusal one that the proxy understands, if one asks.
    fn translate<B>(&self, response: &mut Response<B>) {
        if let (Some(question), Some(proxy)) = (&self.question, self.proxy()) {
            in_terms_of(proxy, question.origin.as_deref(), response);
        }
    }

    /// A browser that is at the login page already cannot be sent there.
    fn hint(&self) -> Option<Event<'static>> {
        let login_page = self.settings.answers.login_page.as_deref()?;
        let is_there = self.page.as_ref()?.is(login_page);
        is_there.then(|| self.settings.entry.hints.event(Hint::LoginPage))?
    }

    fn proxy(&self) -> Option<Proxy> {
        let forward_auth = self.settings.entry.forward_auth.as_ref();
        forward_auth.map(ForwardAuth::proxy)
    }

    /// Tells the proxy who it lets in: whom the rules inside have seen.
    fn name_user<B>(&self, response: &mut Response<B>) {
        let forward_auth = self.settings.entry.forward_auth.as_ref();
        if let Some(forward_auth) = forward_auth {
            // An empty one too: some proxies keep what the client sent where there is none.
            let user = Identity::of(response.extensions()).and_then(Identity::subject);
            let user = user.map(in_header);
            let user = user.unwrap_or_else(|| HeaderValue::from_static(""));
            response.headers_mut().insert(forward_auth.user(), user);
        }
    }

    fn set_headers(&self, headers: &mut HeaderMap) {
        let in_header = matches!(self.source, None | Some(Source::Header));
        if !in_header && !says_who_may_keep_it(headers) {
            // A shared cache must not show one visitor the page of another, and only Authorization
            // keeps it from storing an answer (RFC 9111, section 3.5; RFC 6750, section 2.3).
            headers.append(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        if self.stale.is_empty() {
            return;
        }
        let set: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
        for removal in self.stale.iter().flat_map(SetCookie::header_values) {
            // The service inside may just have stored a new one.
            if !set.iter().any(|value| is_same_cookie(removal, value)) {
                headers.append(SET_COOKIE, removal.clone());
                // A cache that kept this would log out everybody.
                keep_nowhere(headers);
            }
        }
    }
}

/// A router of axum around has kept the address of the question.
#[cfg(feature = "axum")]
fn keep_address<B>(request: &mut Request<B>) {
    let address = axum::extract::OriginalUri(request.uri().clone());
    request.extensions_mut().insert(address);
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
