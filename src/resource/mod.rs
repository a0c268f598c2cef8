//! What a protected resource says of itself, so that clients find out where to get a token (RFC 9728).
//!
//! A client that knows nothing but the address of a server, as those of the Model Context Protocol do, asks for a page
//! and is refused. The challenge names the metadata, and the metadata names the issuers:
//!
//! ```text
//! HTTP/1.1 401 Unauthorized
//! www-authenticate: Bearer resource_metadata="https://rooms.example/.well-known/oauth-protected-resource"
//! ```
//!
//! # Examples
//!
//! One resource with the issuers of its verifier:
//!
//! ```
//! use axum::{Router, routing::get};
//! use keycard::resource::ResourceMetadata;
//! use keycard::{JwtLayer, testing};
//!
//! let verifier = testing::issuer().verifier(); // its audience is https://rooms.example
//! let metadata = ResourceMetadata::builder("https://rooms.example").verifier(&verifier).build()?;
//! let app: Router = Router::new()
//!     .route("/room", get(async || "room 7"))
//!     .layer(JwtLayer::new(verifier).resource_metadata(&metadata))
//!     .route(metadata.path(), metadata.route()); // public: added after the layer
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything by hand, for a server without axum:
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use keycard::resource::ResourceMetadata;
//!
//! let metadata = ResourceMetadata::builder("https://rooms.example/mcp")
//!     .authorization_server("https://desk.example")
//!     .scopes(["rooms:read", "minibar:write"])
//!     .name("Rooms")
//!     .documentation("https://rooms.example/docs")
//!     .build()?;
//! let serve = |request: &Request<()>| -> Option<Response<Bytes>> {
//!     let is_asked_for = request.uri().path() == metadata.path();
//!     is_asked_for.then(|| metadata.response(request.method()))
//! };
//! let request = Request::get("/.well-known/oauth-protected-resource/mcp").body(())?;
//! assert_eq!(serve(&request).unwrap().status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod identifier;
mod metadata;

pub use self::builder::ResourceMetadataBuilder;
pub use self::metadata::ResourceMetadata;
