//! The quickstart, run as its reader runs it, and its pages used as a person uses them.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::browser::{Browser, ENTER};
use crate::example::example;
use crate::process::Running;

/// The name of the cookie that carries the token.
pub const COOKIE: &str = "__Host-hotel";

/// A running hotel that closes with the test.
pub struct Hotel {
    origin: String,
    server: Running,
}

impl Hotel {
    /// Starts a hotel whose tokens live for some seconds.
    pub fn open(lifetime: u32) -> Self {
        Self::open_at(0, lifetime)
    }

    /// Starts a hotel on a port; 0 is any free one.
    pub fn open_at(port: u16, lifetime: u32) -> Self {
        let server = Running::start(
            Command::new(example("quickstart"))
                .env("LIFETIME", lifetime.to_string())
                .env("PORT", port.to_string())
                .env_remove("DEVELOPMENT")
                .stderr(Stdio::piped()),
        );
        let address = server.word_after("http://");
        let host = address.split('/').next().unwrap();
        Self {
            origin: format!("http://{host}"),
            server,
        }
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Waits for a line of the log with a text in it, past those before.
    pub fn log_line(&self, text: &str) -> String {
        self.server.line_with(text)
    }

    /// Opens the first page, is led to the login page, and logs in there.
    pub async fn log_in(&self, browser: &Browser, user: &str) {
        browser.open(self.url("/")).await;
        browser.wait_for_path("/login").await;
        fill_in(browser, user, password(user)).await;
        browser.wait_for_path("/").await;
        browser.wait_until(&is_named(user)).await;
    }
}

fn password(user: &str) -> &'static str {
    match user {
        "anna" => "turquoise-heron",
        "ben" => "brass-bell",
        "carla" => "corner-office",
        _ => panic!("nobody is called {user}"),
    }
}

/// Types into the login form, and sends it with the Enter key.
pub async fn fill_in(browser: &Browser, user: &str, password: &str) {
    browser.wait_until("document.querySelector('#login')").await;
    for (field, text) in [("user", user), ("password", password)] {
        let field = format!("#login input[name={field}]");
        let empty = format!("document.querySelector('{field}').value = ''");
        browser.evaluate(&empty).await;
        browser.write(&field, text).await;
    }
    browser.write("#login input[name=password]", ENTER).await;
}

/// An expression that is true when the page greets a user.
pub fn is_named(user: &str) -> String {
    format!("document.querySelector('#name')?.textContent.toLowerCase().includes('{user}')")
}

/// The cookie that carries the token, as the browser holds it for the page's origin.
pub async fn cookie(browser: &Browser) -> Option<Value> {
    let cookies = browser.cookies().await;
    assert!(cookies.len() <= 1, "{cookies:?}");
    cookies.into_iter().find(|cookie| cookie["name"] == COOKIE)
}
