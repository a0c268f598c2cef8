//! The cross-site check as a layer, for login and logout.

use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::GuardFuture;
use crate::answer::{AnswerBody, Grpc};
use crate::observe::{Circumstances, Event, Speaker, observe, observe_about};
use crate::rejection::{Rejection, RejectionKind};
use crate::request::{CrossSite, Presence, RequestHead, Site, mark_sensitive};

impl<S> Layer<S> for CrossSite {
    type Service = CrossSiteService<S>;

    fn layer(&self, inner: S) -> CrossSiteService<S> {
        CrossSiteService {
            inner,
            cross_site: self.clone(),
        }
    }
}

/// Service that refuses requests which another site caused. Made by [`CrossSite`].
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use keycard::CrossSite;
/// use keycard::guard::CrossSiteService;
/// use tower::Layer;
///
/// let login: CrossSiteService<Router> = CrossSite::new().layer(Router::new());
/// ```
#[derive(Clone, Debug)]
pub struct CrossSiteService<S> {
    inner: S,
    cross_site: CrossSite,
}

impl<S, B, RB> Service<Request<B>> for CrossSiteService<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
    RB: AnswerBody,
{
    type Response = Response<RB>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        mark_sensitive(request.headers_mut(), &[]);
        let head = RequestHead::of(&request);
        let grpc = Grpc::of(head);
        let site = self.cross_site.check(head);
        if let Some(event) = self.cross_site.event(site, head) {
            observe(&event);
        }
        match site {
            Site::Own | Site::Reported => GuardFuture::calling(self.inner.call(request)),
            Site::Foreign => {
                let rejection = RejectionKind::CrossSite.into();
                // A layer around tells what it answers.
                if Presence::of(request.extensions()).is_none() {
                    tell(&rejection);
                }
                GuardFuture::refused(rejection, grpc)
            }
        }
    }
}

/// Tells the window of a refusal that nobody else knows of.
fn tell(rejection: &Rejection) {
    let about = Circumstances {
        speaker: Speaker::Inside,
        ..Circumstances::default()
    };
    observe_about(&Event::Refused(rejection), &about);
}
