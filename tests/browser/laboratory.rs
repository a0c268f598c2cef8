//! The page where a token can be changed.

use crate::browser::Browser;
use crate::hotel::{Hotel, cookie};

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

    browser.click("#flip").await;
    browser.wait_for_text("#verdict", "Refused").await;
    assert_ne!(browser.evaluate(token).await, sample);
}
