//! An application in a frame of another site, whose cookie has to be `Partitioned`.

use axum::response::{Html, IntoResponse};
use axum::{Router, routing};
use keycard::cookie::{SameSite, TokenCookieBuilder};
use keycard::{CrossSite, JwtLayer, TokenCookie, VerifiedToken, testing};
use tokio::net::TcpListener;

use crate::browser::Browser;

/// Logs in from within the frame, asks who it is, drinks something, and tells the page around.
const FRAME: &str = "<!doctype html><script>
    const post = address => fetch(address, {method: 'POST'});
    (async () => {
        const before = (await fetch('/room')).status;
        const login = (await post('/login')).status;
        const room = await fetch('/room');
        const name = room.ok ? await room.text() : room.status;
        const minibar = (await post('/minibar')).status;
        parent.postMessage([before, login, name, minibar].join(' '), '*');
    })();
</script>";

/// Serves the application, and a page of another site with it in a frame. Returns the address of the page.
async fn open(cookie: TokenCookieBuilder) -> String {
    let cookie = cookie.build().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // To a browser, these two are two sites.
    let page = format!(
        "<!doctype html><title>loading</title>
        <script>onmessage = event => document.title = event.data</script>
        <iframe src='http://localhost:{port}/frame'></iframe>"
    );
    let issuer = testing::issuer();
    let room = async |token: VerifiedToken| token.subject().unwrap_or_default().into_owned();
    let protected = Router::new()
        .route("/room", routing::get(room))
        .route("/minibar", routing::post(async || "lemonade"))
        .layer(JwtLayer::new(issuer.verifier()).cookie(cookie.clone()));
    let login = async move || {
        let token = issuer.token("anna").sign().unwrap();
        cookie.set(&token).unwrap().into_response()
    };
    let app = protected
        .route("/login", routing::post(login).layer(CrossSite::new()))
        .route("/frame", routing::get(async || Html(FRAME)))
        .route("/", routing::get(async || Html(page)));
    tokio::spawn(async { axum::serve(listener, app).await });
    format!("http://127.0.0.1:{port}/")
}

async fn told_by_the_frame(browser: &Browser, cookie: TokenCookieBuilder) -> String {
    browser.open(open(cookie).await).await;
    browser.wait_until("document.title != 'loading'").await;
    let title = browser.evaluate("document.title").await;
    title.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_partitioned_cookie_is_kept_in_a_frame_of_another_site() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let framed = TokenCookie::builder("booking")
        .same_site(SameSite::None)
        .partitioned();
    assert_eq!(
        told_by_the_frame(&browser, framed).await,
        "401 200 anna 200"
    );
    // The usual one stays outside, whatever the browser thinks of cookies of third parties.
    assert_eq!(
        told_by_the_frame(&browser, TokenCookie::builder("stay")).await,
        "401 200 401 401"
    );
}
