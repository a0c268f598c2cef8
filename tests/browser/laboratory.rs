//! The page where a token can be changed.

use serde_json::json;

use crate::answer::reach;
use crate::browser::Browser;
use crate::hotel::{Hotel, cookie};

/// What is marked as changed, and in which element.
const MARKED: &str = "[...document.querySelectorAll('#parts mark, pre mark')]
    .map(mark => [mark.closest('[id]').id, mark.textContent])";

#[tokio::test]
async fn the_laboratory_accepts_its_sample_and_refuses_it_once_a_byte_is_changed() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    hotel.log_in(&browser, "anna").await;
    let own = cookie(&browser).await.unwrap();

    browser.open(hotel.url("/card")).await;
    browser.wait_for_text("#verdict", "Accepted").await;
    let token = "document.querySelector('#token').value";
    let sample = browser.evaluate(token).await;
    assert_eq!(sample.as_str().unwrap().split('.').count(), 3);
    // What the cookie hides from scripts no page may show.
    assert_ne!(sample, own["value"]);

    assert_eq!(browser.evaluate(MARKED).await, json!([]));
    browser
        .wait_for_text("#changed", "Nothing is changed")
        .await;
    browser.wait_for_text("#key", "P-256").await;

    browser.click("#flip").await;
    browser.wait_for_text("#verdict", "Refused").await;
    assert_ne!(browser.evaluate(token).await, sample);
    let marked = browser.evaluate(MARKED).await;
    // Seven is now eight, which are one or two characters of base64url.
    assert_eq!(marked[1], json!(["payload", "8"]));
    assert_eq!(marked[0][0], "parts");
    assert!((1..=2).contains(&marked[0][1].as_str().unwrap().len()));
    browser.wait_for_text("#changed", "7 is now 8").await;

    browser.write("#token", "A").await;
    browser
        .wait_for_text("#changed", "the payload, the signature")
        .await;
    reach(&browser, "#restore").await;
    browser.click("#restore").await;
    browser.wait_for_text("#verdict", "Accepted").await;
    assert_eq!(browser.evaluate(MARKED).await, json!([]));
}
