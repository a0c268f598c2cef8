//! Addresses where nothing is, or nothing for this user: no way out of the hotel.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::hotel::Hotel;

/// Opens an address by hand, and goes back from the page that comes.
async fn is_a_page_of_the_hotel(browser: &Browser, hotel: &Hotel, path: &str, status: u16) {
    browser.open(hotel.url(path)).await;
    browser.wait_for_text(".brand", "Hotel Heron").await;
    browser
        .wait_for_text("main .status", &status.to_string())
        .await;
    assert_eq!(browser.status().await, status, "{path}");
    assert_eq!(
        browser
            .evaluate("location.pathname + location.search")
            .await,
        path
    );
    browser.click("#back").await;
    browser.wait_for_path("/").await;
}

/// What a script gets instead of the page.
async fn answer(browser: &Browser, path: &str) -> Value {
    let answer = format!(
        "fetch('{path}').then(async answer => [answer.status, answer.headers.get('content-type'), await answer.text()])"
    );
    browser.evaluate(&answer).await
}

async fn every_wrong_turn_has_a_way_back(browser: &Browser, hotel: &Hotel) {
    hotel.log_in(browser, "anna").await;
    is_a_page_of_the_hotel(browser, hotel, "/sauna", 404).await;
    is_a_page_of_the_hotel(browser, hotel, "/guests?from=%3Cb%3E%22", 403).await;
    // It has a door, but none to look at.
    is_a_page_of_the_hotel(browser, hotel, "/prices", 405).await;
}

#[tokio::test]
async fn who_is_lost_sees_a_page_of_the_hotel_and_finds_back() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    every_wrong_turn_has_a_way_back(&browser, &hotel).await;
    // A form that is refused leads to a page, too.
    let form = "(() => {
        const form = document.createElement('form');
        [form.method, form.action] = ['post', '/prices'];
        document.body.append(form);
        form.submit();
    })()";
    browser.evaluate(form).await;
    browser.wait_for_text("main .status", "403").await;
    browser.click("#back").await;
    browser.wait_for_path("/").await;

    // Scripts get what they got before.
    assert_eq!(answer(&browser, "/sauna").await, json!([404, null, ""]));
    let refused = answer(&browser, "/guests").await;
    assert_eq!(
        [&refused[0], &refused[1]],
        [&json!(403), &json!("application/json")]
    );
    assert!(refused[2].as_str().unwrap().contains("insufficient_scope"));
}

#[tokio::test]
async fn who_is_lost_in_firefox_finds_back_all_the_same() {
    let Some(browser) = Browser::firefox().await else {
        return;
    };
    every_wrong_turn_has_a_way_back(&browser, &Hotel::open(600)).await;
}

#[tokio::test]
async fn who_may_not_see_a_page_can_come_back_to_it_as_somebody_who_may() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    hotel.log_in(&browser, "anna").await;
    browser.open(hotel.url("/guests")).await;
    browser.click("#other").await;
    assert_eq!(browser.wait_for_path("/login").await, "/guests");
}

#[tokio::test]
async fn a_stranger_to_the_hotel_is_told_that_nothing_is_there() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    browser.open(hotel.url("/sauna")).await;
    browser.wait_for_text("h1", "no such room").await;
    browser.click("#back").await;
    assert_eq!(browser.wait_for_path("/login").await, "/");
}
