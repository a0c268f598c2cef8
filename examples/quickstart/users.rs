//! Who may log in, and what each of them may do.

use std::sync::Arc;

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use serde::{Deserialize, Serialize};

/// A user as the database of the hotel would have it.
pub struct User {
    pub id: &'static str,
    pub scopes: &'static str,
    pub profile: Profile,
    password_hash: &'static str,
}

/// What goes into the token besides the registered claims.
#[derive(Clone, Deserialize, Serialize)]
pub struct Profile {
    pub name: String,
    pub role: String,
    /// Guests have a room; those who work here do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<u32>,
}

#[derive(Deserialize)]
pub struct Credentials {
    pub user: String,
    password: String,
}

#[derive(Clone)]
pub struct Users {
    all: Arc<[User]>,
}

/// Checked when there is no such user, so that an answer takes as long as for one that exists.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbCwg$Mk8oSdf3LHAzNgc7YYDsgbSDQDpIHJlk11ZPA2r2wZM";

impl Users {
    pub fn new() -> Self {
        let user = |id, name: &str, role: &str, room, scopes, password_hash| User {
            id,
            scopes,
            profile: Profile {
                name: name.to_owned(),
                role: role.to_owned(),
                room,
            },
            password_hash,
        };
        Self {
            all: [
                user(
                    "anna",
                    "Anna Heron",
                    "guest",
                    Some(7),
                    "minibar:order",
                    "$argon2id$v=19$m=19456,t=2,p=1$YW5uYXMgc2FsdCBmb3Ig$ipLwkqMWCf5yTEEXJtl1gjVQZv/qq1bJpJ1Y8JYzHqc",
                ),
                user(
                    "ben",
                    "Ben Bell",
                    "clerk",
                    None,
                    "minibar:order guests:read",
                    "$argon2id$v=19$m=19456,t=2,p=1$YmVucyBzYWx0IGZvciBo$dTg6q0KmWFi9XlTlEd6b6ivilQfTN7LR72tuds8UdPo",
                ),
                user(
                    "carla",
                    "Carla Corner",
                    "manager",
                    None,
                    "minibar:order guests:read prices:write",
                    "$argon2id$v=19$m=19456,t=2,p=1$Y2FybGFzIHNhbHQgZm9y$aXGBVFOILq/PgzY94kuxeG1DmoRaJBUJM2qyoATfA+A",
                ),
            ]
            .into(),
        }
    }

    /// Returns the user with these credentials. Slow on purpose: call it where blocking is allowed.
    pub fn check(&self, credentials: &Credentials) -> Option<&User> {
        let user = self.all.iter().find(|user| user.id == credentials.user);
        let hash = user.map_or(NOBODY, |user| user.password_hash);
        let hash = PasswordHash::new(hash).ok()?;
        Argon2::default()
            .verify_password(credentials.password.as_bytes(), &hash)
            .ok()?;
        user
    }

    /// Returns the names of all guests with their rooms.
    pub fn guests(&self) -> impl Iterator<Item = &Profile> {
        self.all
            .iter()
            .map(|user| &user.profile)
            .filter(|profile| profile.room.is_some())
    }
}
