//! What is expected of an answer.

use keycard::JwtLayer;

use crate::support::{NO_TOKEN, layer, token};
use crate::wire::{Field, Reply, Server, bearer};

/// The one right answer to a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    In,
    /// 401, and not a word about why.
    InvalidToken,
    /// 400: the request is malformed.
    InvalidRequest,
    /// 401: there is no token in it.
    NoToken,
    /// hyper does not hand it on, and calls it malformed or ends the stream.
    NotHttp,
    /// hyper does not hand it on, at least in HTTP/2: 431, which a client that is still writing may
    /// not get to read.
    TooLarge,
    /// The same in HTTP/2, while in HTTP/1.1 it is ours to refuse with this status.
    TooLargeForHttp2(u16),
}

impl Expected {
    fn check(self, replies: &[Reply; 2], what: &str) {
        let answer = |status, challenge: Option<&str>| Reply::Answer {
            status,
            challenge: challenge.map(str::to_owned),
        };
        let expected = match self {
            Self::In => answer(200, None),
            Self::InvalidToken => answer(401, Some(r#"Bearer error="invalid_token""#)),
            Self::InvalidRequest => answer(400, Some(r#"Bearer error="invalid_request""#)),
            Self::NoToken => answer(401, Some(NO_TOKEN)),
            Self::NotHttp => {
                let found = [replies[0].status(), replies[1].status()];
                assert_eq!(found, [Some(400), None], "{what}");
                return;
            }
            Self::TooLarge => {
                for reply in replies {
                    assert!(
                        matches!(reply.status(), None | Some(431)),
                        "{what}: {reply:?}"
                    );
                }
                return;
            }
            Self::TooLargeForHttp2(status) => {
                assert_eq!(replies[0].status(), Some(status), "{what}");
                assert!(matches!(replies[1].status(), None | Some(431)), "{what}");
                return;
            }
        };
        for reply in replies {
            assert_eq!(*reply, expected, "{what}");
        }
    }
}

/// Sends requests one after the other, and a good one at the end.
pub(super) async fn check(layer: JwtLayer, cases: Vec<(String, Vec<Field>, Expected)>) {
    assert!(cases.len() > 3);
    let server = Server::start(layer).await;
    for (what, fields, expected) in cases {
        expected.check(&server.ask(&fields).await, &what);
    }
    let good = server.ask(&[bearer(token("a"))]).await;
    Expected::In.check(&good, "a good token after all of it");
}

/// Sends tokens in the header, one after the other.
pub(super) async fn check_tokens(cases: Vec<(String, String, Expected)>) {
    let cases = cases
        .into_iter()
        .map(|(what, token, expected)| (what, vec![bearer(token)], expected));
    check(layer(), cases.collect()).await;
}
