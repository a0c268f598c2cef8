//! The header of a token that is good.

use std::any::type_name;
use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use super::claims_error::ClaimsError;
use super::token::VerifiedToken;
use crate::algorithm::Algorithm;
use crate::json::{Node, Tape, Value, scan};
use crate::jws::{USUAL_NODES, base64url};

/// Headers nest at most this deep: no verifier builds that takes more.
const DEEPEST: usize = 128;

/// The header of a [`VerifiedToken`]: what its issuer says of the token itself.
///
/// It is as well signed as the payload, and read from the text of the token by whoever asks. Keys and addresses of keys
/// in it (`jwk`, `jku`, `x5c`, `x5u`) chose nothing. `Debug` shows the algorithm and nothing else.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// #[derive(serde::Deserialize)]
/// struct Kind<'a> { typ: &'a str }
///
/// let issuer = testing::issuer();
/// let token = issuer.verifier().verify_now(&issuer.token("anna").sign()?)?;
/// let header = token.header();
/// assert_eq!(header.token_type().as_deref(), Some("at+jwt"));
/// assert_eq!(header.parameters::<Kind>()?.typ, "at+jwt");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TokenHeader {
    text: String,
    nodes: Vec<Node>,
    algorithm: Algorithm,
}

impl VerifiedToken {
    /// Returns the header of the token: its `kid`, its `typ`, and any other parameter.
    ///
    /// A [`check`](super::VerifierBuilder::check) sees it too, as the token has it.
    ///
    /// # Examples
    ///
    /// A load balancer of AWS names itself in the header:
    ///
    /// ```
    /// use keycard::verify::{Reason, VerifierBuilder};
    ///
    /// const OURS: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/rooms/1";
    ///
    /// fn of_our_load_balancer(builder: VerifierBuilder) -> VerifierBuilder {
    ///     builder.check(|token| match token.header().text("signer").as_deref() {
    ///         Some(OURS) => Ok(()),
    ///         _ => Err(Reason::Check("signed by another load balancer")),
    ///     })
    /// }
    /// ```
    pub fn header(&self) -> TokenHeader {
        // It was read before, strictly, and stands in the text as it stood there.
        let (header, _) = self.text().split_once('.').unwrap_or_default();
        let bytes = base64url::decode(header.trim_end_matches('=').as_bytes());
        let text = String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
        let mut tape = Tape::<USUAL_NODES>::new();
        let nodes = match scan(&text, DEEPEST, &mut tape) {
            Ok(()) => tape.nodes().to_vec(),
            Err(_) => Vec::new(),
        };
        TokenHeader {
            text,
            nodes,
            algorithm: self.algorithm(),
        }
    }
}

impl TokenHeader {
    fn root(&self) -> Value<'_> {
        Value::root(&self.text, &self.nodes)
    }

    /// Returns `alg`: the algorithm of the signature.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns `kid`: what the issuer calls its key. It names a key and nobody, and is no secret of the issuer, but it
    /// may be one of a kind: in a log it tells tokens apart.
    pub fn key_id(&self) -> Option<Cow<'_, str>> {
        self.text("kid")
    }

    /// Returns `typ`: what kind of token it is, as the token has it, perhaps with `application/`.
    pub fn token_type(&self) -> Option<Cow<'_, str>> {
        self.text("typ")
    }

    /// Returns the parameter of this name, if it is a text.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.root().member(name)?.as_str()
    }

    /// Decodes the parameters into a type, which may borrow from the header.
    ///
    /// # Errors
    ///
    /// The header does not fit the type.
    pub fn parameters<'de, T: Deserialize<'de>>(&'de self) -> Result<T, ClaimsError> {
        T::deserialize(self.root()).map_err(|error| ClaimsError::in_header(type_name::<T>(), error))
    }
}

impl fmt::Debug for TokenHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenHeader")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
