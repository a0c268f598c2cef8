//! Answers: what a refusal looks like to a client.
//!
//! | why | HTTP | challenge | gRPC |
//! | --- | --- | --- | --- |
//! | no token | 401 | `Bearer`, with `realm`, and `scope` if a guard asks for one | 16 |
//! | a malformed request | 400 | `error="invalid_request"` | 16 |
//! | a bad token | 401 | `error="invalid_token"` | 16 |
//! | a scope is missing | 403 | `error="insufficient_scope"`, and the scopes that would do | 7 |
//! | the login is too weak or too old | 401 | `error="insufficient_user_authentication"`, `acr_values`, `max_age` | 16 |
//! | a role, an owner, a claim | 403 | `realm` only | 7 |
//! | another site | 403 | none | 7 |
//! | an outage of ours | 503 and `Retry-After` | none | 14 |
//! | no layer | 500 | none | 13 |
//!
//! A 401, as it goes over the wire, for a token that expired and for no token at all:
//!
//! ```text
//! HTTP/1.1 401 Unauthorized
//! content-type: application/json
//! cache-control: no-store
//! www-authenticate: Bearer error="invalid_token"
//!
//! {"error":"invalid_token","error_description":"the token expired"}
//! ```
//!
//! ```text
//! HTTP/1.1 401 Unauthorized
//! content-type: application/json
//! cache-control: no-store
//! www-authenticate: Bearer realm="token"
//!
//! {"error":"unauthorized","error_description":"a token is required"}
//! ```
//!
//! To change it: [`JwtLayer::on_rejection`](crate::JwtLayer::on_rejection) makes another answer,
//! [`realm`](crate::JwtLayer::realm) names one in the challenge, [`login_page`](crate::JwtLayer::login_page) sends browsers
//! there, and [`explain`](crate::JwtLayer::explain) tells the reason while you develop.
//!
//! A [`Rejection`] says more than a client may know: it goes to the log, and to the extensions of the response. The
//! [chapter on answers](crate::guide::answers) has examples.

mod body;
mod caches;
mod challenge;
mod grpc;
mod question;
mod render;
mod table;

pub use self::body::AnswerBody;
pub use crate::rejection::{Rejection, RejectionKind};

pub(crate) use self::caches::keep_nowhere;
pub(crate) use self::challenge::is_realm;
pub(crate) use self::grpc::Grpc;
pub(crate) use self::question::{in_header, in_terms_of};
pub(crate) use self::render::{Answers, Asker, bare, finish};
