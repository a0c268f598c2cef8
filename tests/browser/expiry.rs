//! Tokens that end: by time, by logout, by a new key.

use std::net::TcpListener;

use crate::browser::Browser;
use crate::hotel::{Hotel, cookie, fill_in, is_named};

#[tokio::test]
async fn an_expired_token_leads_to_login_and_then_to_the_page_one_wanted() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(3);
    hotel.log_in(&browser, "anna").await;
    let refused = "fetch('/session').then(answer => answer.status === 401)";
    browser.wait_until(refused).await;

    browser.open(hotel.url("/card")).await;
    assert_eq!(browser.wait_for_path("/login").await, "/card");
    fill_in(&browser, "anna", "turquoise-heron").await;
    browser.wait_for_path("/card").await;
}

/// The page is open, its token expires, and a form is sent from it.
#[tokio::test]
async fn a_form_that_is_sent_too_late_leads_to_login_and_back_to_its_page() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(3);
    hotel.log_in(&browser, "anna").await;
    browser.open(hotel.url("/card")).await;
    let refused = "fetch('/session').then(answer => answer.status === 401)";
    browser.wait_until(refused).await;
    let form = "(() => { const form = document.createElement('form'); form.method = 'post'; \
                form.action = '/minibar'; document.body.append(form); form.submit(); })()";
    browser.evaluate(form).await;
    assert_eq!(browser.wait_for_path("/login").await, "/card");
    fill_in(&browser, "anna", "turquoise-heron").await;
    browser.wait_for_path("/card").await;
}

#[tokio::test]
async fn logout_removes_the_cookie() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    hotel.log_in(&browser, "anna").await;
    assert!(cookie(&browser).await.is_some());

    browser.click("form#logout button").await;
    browser.wait_for_path("/login").await;
    assert_eq!(cookie(&browser).await, None);
    browser.open(hotel.url("/")).await;
    assert_eq!(browser.wait_for_path("/login").await, "/");
    // Nor does the page come back out of the browser's own cache.
    browser.back().await;
    browser
        .wait_until("document.readyState === 'complete'")
        .await;
    assert_eq!(
        browser
            .evaluate(&format!("Boolean({})", is_named("anna")))
            .await,
        false
    );
}

#[tokio::test]
async fn a_cookie_from_before_a_restart_with_a_new_key_locks_nobody_out() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let port = free_port();
    let hotel = Hotel::open_at(port, 600);
    hotel.log_in(&browser, "anna").await;
    let stale = cookie(&browser).await.unwrap();
    drop(hotel);

    let hotel = Hotel::open_at(port, 600);
    assert_eq!(cookie(&browser).await.unwrap()["value"], stale["value"]);
    hotel.log_in(&browser, "anna").await;
    assert_ne!(cookie(&browser).await.unwrap()["value"], stale["value"]);
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}
