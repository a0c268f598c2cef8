//! Tokens and keys that go back and forth between keycard and two other JWT libraries: `jsonwebtoken`
//! on AWS-LC, and `jwt-simple` on cryptography in plain Rust, which shares no code with keycard's.

mod agreement;
mod claims;
mod conversions;
mod differential;
mod key_forms;
mod keys;
mod ml_dsa;
mod party;
mod refused_keys;
mod shapes;
mod with_jsonwebtoken;
mod with_jwt_simple;
mod written;
