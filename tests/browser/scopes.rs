//! What a user may do, in the page and behind its back.

use serde_json::json;

use crate::browser::Browser;
use crate::hotel::Hotel;

const LIFETIME: u32 = 600;

/// An expression for the status that a request of the page's own script gets.
fn status_of(path: &str) -> String {
    format!("fetch('{path}', {{method: 'POST'}}).then(answer => answer.status)")
}

/// The actions whose buttons can be pressed.
async fn enabled(browser: &Browser) -> serde_json::Value {
    browser
        .wait_until("document.querySelector('button[data-action=minibar]:enabled')")
        .await;
    browser
        .evaluate("[...document.querySelectorAll('button[data-action]:enabled')].map(button => button.dataset.action)")
        .await
}

pub async fn press(browser: &Browser, action: &str, answer: &str) {
    browser
        .click(&format!("button[data-action={action}]"))
        .await;
    browser.wait_for_text("#result", answer).await;
}

#[tokio::test]
async fn every_button_works_for_the_manager() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    hotel.log_in(&browser, "carla").await;
    assert_eq!(
        enabled(&browser).await,
        json!(["minibar", "guests", "prices", "bell"])
    );
    press(&browser, "minibar", "4 crowns").await;
    press(&browser, "prices", "5 crowns").await;
    browser.wait_for_text("#result", "200").await;
    press(&browser, "minibar", "5 crowns").await;
    press(&browser, "guests", "Anna").await;
    press(&browser, "bell", "ding").await;
}

#[tokio::test]
async fn the_clerk_cannot_raise_prices_by_button_or_by_script() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    hotel.log_in(&browser, "ben").await;
    assert_eq!(
        enabled(&browser).await,
        json!(["minibar", "guests", "bell"])
    );
    press(&browser, "guests", "200").await;
    assert_eq!(browser.evaluate(&status_of("/prices")).await, 403);
    assert_eq!(browser.evaluate(&status_of("/minibar")).await, 200);
    press(&browser, "minibar", "4 crowns").await;
}

#[tokio::test]
async fn a_guest_opens_her_own_room_only() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    hotel.log_in(&browser, "anna").await;
    assert_eq!(enabled(&browser).await, json!(["door", "minibar", "bell"]));
    press(&browser, "door", "200").await;
    let next_door = status_of("/rooms/8/door");
    assert_eq!(browser.evaluate(&next_door).await, 403);
    let guests = "fetch('/guests').then(answer => answer.status)";
    assert_eq!(browser.evaluate(guests).await, 403);
}
