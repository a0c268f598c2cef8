//! The answer is where one looks: in sight after each action, whatever the size of the window.

use crate::browser::Browser;
use crate::hotel::Hotel;
use crate::looks::{SIZES, imitate, is_readable, photograph_window};
use crate::scopes::press;

/// Scrolls to a button, as far as a person does who wants to press it.
pub async fn reach(browser: &Browser, selector: &str) {
    let scroll =
        format!("document.querySelector('{selector}').scrollIntoView({{block: 'nearest'}})");
    browser.evaluate(&scroll).await;
}

/// Tells whether all of an element is in the window, and nothing lies on it.
async fn is_in_sight(browser: &Browser, selector: &str, after: &str) {
    let place = format!(
        "(() => {{
            const place = document.querySelector('{selector}').getBoundingClientRect();
            const middle = [place.left + place.width / 2, place.top + place.height / 2];
            const top = document.elementFromPoint(...middle)?.closest('{selector}');
            return place.height > 0 && place.top >= 0 && place.bottom <= innerHeight && place.left >= 0
                && place.right <= innerWidth && top !== null
                || [place.top, place.bottom, innerHeight].join(' ');
        }})()"
    );
    assert_eq!(
        browser.evaluate(&place).await,
        true,
        "{selector} after {after}"
    );
}

/// Presses every button as a manager, the one for guests too.
async fn every_answer_is_in_sight(browser: &Browser, window: &str) {
    browser
        .wait_until("document.querySelector('button[data-action=bell]:enabled')")
        .await;
    for (action, answer) in [
        ("minibar", "lemonade"),
        ("guests", "Anna"),
        ("prices", "now"),
        ("bell", "ding"),
    ] {
        reach(browser, &format!("[data-action={action}]")).await;
        press(browser, action, answer).await;
        let after = format!("{action} {window}");
        is_in_sight(browser, ".answer", &after).await;
    }
    reach(browser, "[data-action=door] ~ .link").await;
    browser.click("[data-action=door] ~ .link").await;
    browser.wait_for_text("#result", "403").await;
    browser.wait_for_text("#asked", "POST /rooms/7/door").await;
    is_in_sight(browser, ".answer", &format!("the door {window}")).await;
}

#[tokio::test]
async fn each_answer_is_in_sight_of_its_button() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    hotel.log_in(&browser, "carla").await;
    for (size, scheme) in SIZES.into_iter().zip(["light", "dark", "light"]) {
        imitate(&browser, size, scheme).await;
        browser.open(hotel.url("/")).await;
        every_answer_is_in_sight(&browser, &format!("at {size:?}")).await;
        is_readable(&browser, scheme).await;
        photograph_window(&browser, &format!("answer-{}-{scheme}.png", size.0)).await;
    }
}

#[tokio::test]
async fn each_answer_is_in_sight_in_firefox_too() {
    let Some(browser) = Browser::firefox().await else {
        return;
    };
    let hotel = Hotel::open(600);
    hotel.log_in(&browser, "carla").await;
    every_answer_is_in_sight(&browser, "in Firefox").await;
}

#[tokio::test]
async fn the_verdict_is_in_sight_of_every_change() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    hotel.log_in(&browser, "anna").await;
    for (size, scheme) in SIZES.into_iter().zip(["light", "dark", "light"]) {
        imitate(&browser, size, scheme).await;
        browser.open(hotel.url("/card")).await;
        browser.wait_for_text("#verdict", "Accepted").await;
        reach(&browser, "#flip").await;
        let place = "document.querySelector('#flip').getBoundingClientRect().y";
        let before = browser.evaluate(place).await;
        browser.click("#flip").await;
        browser.wait_for_text("#verdict", "Refused").await;
        assert_eq!(browser.evaluate(place).await, before, "{size:?}");
        is_in_sight(&browser, ".verdict", &format!("a change at {size:?}")).await;
        is_readable(&browser, scheme).await;
        photograph_window(&browser, &format!("verdict-{}-{scheme}.png", size.0)).await;
        reach(&browser, "#restore").await;
        browser.click("#restore").await;
        browser.wait_for_text("#verdict", "Accepted").await;
        is_in_sight(&browser, ".verdict", &format!("a fresh one at {size:?}")).await;
        browser.write("#token", "A").await;
        browser.wait_for_text("#verdict", "Refused").await;
        is_in_sight(&browser, ".verdict", &format!("typing at {size:?}")).await;
    }
}

#[tokio::test]
async fn who_presses_after_expiry_finds_the_way_to_login_in_the_answer() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(3);
    hotel.log_in(&browser, "anna").await;
    // Shown before anything is pressed.
    browser.wait_for_text("#again", "expired").await;
    press(&browser, "minibar", "401").await;
    is_in_sight(&browser, "#again a", "expiry").await;
    browser.click("#again a").await;
    assert_eq!(browser.wait_for_path("/login").await, "/");
}
