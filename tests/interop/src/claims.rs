//! The claims that all tokens here are about.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

pub(crate) const ISSUER: &str = "https://desk.example";
pub(crate) const AUDIENCE: &str = "https://rooms.example";

/// How long a token lives.
pub(crate) const LIFETIME: Duration = Duration::from_secs(900);

/// A claims set: registered claims, and those of the application.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
    #[serde(flatten)]
    pub(crate) stay: Stay,
}

/// What only the application knows about: a number, text that is not ASCII, a list, a truth value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Stay {
    pub(crate) room: u32,
    pub(crate) guests: Vec<String>,
    pub(crate) breakfast: bool,
}

impl Claims {
    /// Returns claims that everybody accepts now.
    pub(crate) fn good() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self {
            iss: ISSUER.to_owned(),
            sub: "anna".to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now.as_secs(),
            exp: (now + LIFETIME).as_secs(),
            stay: Stay {
                room: 7,
                guests: vec!["Anna".to_owned(), "Zo\u{eb} \"Ж\" \u{1f511}".to_owned()],
                breakfast: true,
            },
        }
    }

    pub(crate) fn with_issuer(mut self, issuer: &str) -> Self {
        issuer.clone_into(&mut self.iss);
        self
    }

    pub(crate) fn with_audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.aud);
        self
    }

    /// Moves the whole life of the token into the past.
    pub(crate) fn ago(mut self, duration: Duration) -> Self {
        self.iat -= duration.as_secs();
        self.exp -= duration.as_secs();
        self
    }
}
