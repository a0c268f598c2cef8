//! Login, and what of it a page can see.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::browser::Browser;
use crate::hotel::{COOKIE, Hotel, cookie, fill_in, is_named};
use crate::looks::{LAPTOP, imitate};

const LIFETIME: u32 = 600;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

const ERROR_IS_SHOWN: &str =
    "Boolean(document.querySelector('#error')?.checkVisibility({visibilityProperty: true}))";

/// Where everything on the page is.
const PLACES: &str =
    "[...document.querySelectorAll('main, main *:not(.notice > *)')].map(element => {
    const place = element.getBoundingClientRect();
    const edges = [place.x, place.y, place.width, place.height];
    return [element.tagName, ...edges.map(Math.round)].join(' ');
})";

async fn error_is_shown(browser: &Browser) -> bool {
    browser.evaluate(ERROR_IS_SHOWN).await == true
}

async fn log_in_after_one_wrong_try(browser: &Browser, hotel: &Hotel) {
    browser.open(hotel.url("/")).await;
    assert_eq!(browser.wait_for_path("/login").await, "/");
    assert!(!error_is_shown(browser).await);
    let before = browser.evaluate(PLACES).await;
    assert!(before.as_array().unwrap().len() > 10);

    fill_in(browser, "anna", "turquoise-hero").await;
    browser
        .wait_until(&format!(
            "document.readyState === 'complete' && {ERROR_IS_SHOWN}"
        ))
        .await;
    assert_eq!(cookie(browser).await, None);
    assert_eq!(browser.status().await, 403);
    // Nothing has moved, the name is kept, and the password comes next.
    assert_eq!(browser.evaluate(PLACES).await, before);
    let fields = "[user.value, password.value, document.activeElement.id]";
    let fields = browser.evaluate(fields).await;
    assert_eq!(fields, json!(["anna", "", "password"]));

    fill_in(browser, "anna", "turquoise-heron").await;
    browser.wait_for_path("/").await;
    browser.wait_until(&is_named("anna")).await;
    let said = browser
        .evaluate("fetch('/session').then(answer => answer.json())")
        .await;
    assert_eq!(said["scopes"], json!(["minibar:order"]));
}

async fn the_cookie_is_as_promised(browser: &Browser) {
    let cookie = cookie(browser).await.unwrap();
    assert_eq!(cookie["name"], COOKIE);
    assert_eq!(cookie["httpOnly"], true);
    assert_eq!(cookie["secure"], true);
    assert_eq!(cookie["sameSite"], "Lax");
    assert_eq!(cookie["path"], "/");
    // A domain with a dot in front would send it to other hosts as well.
    assert_eq!(cookie["domain"], "127.0.0.1");
    let ahead = cookie["expiry"].as_i64().unwrap() - now();
    let lifetime = i64::from(LIFETIME);
    // Firefox rounds up.
    assert!((lifetime - 60..=lifetime + 1).contains(&ahead), "{ahead} s");
}

async fn no_script_sees_the_token(browser: &Browser) {
    assert_eq!(browser.evaluate("document.cookie").await, "");
    let cookie = cookie(browser).await.unwrap();
    let token = cookie["value"].as_str().unwrap();
    assert_eq!(token.split('.').count(), 3);
    for readable in [
        "JSON.stringify(localStorage)",
        "JSON.stringify(sessionStorage)",
        "indexedDB.databases().then(databases => JSON.stringify(databases))",
        "document.documentElement.outerHTML",
        "fetch('/session').then(answer => answer.text())",
        "location.href",
    ] {
        let text = browser.evaluate(readable).await;
        let text = text.as_str().unwrap();
        assert!(!text.contains(token), "{readable}");
        // How every JOSE header begins.
        assert!(!text.contains("eyJ"), "{readable}: {text}");
    }
}

#[tokio::test]
async fn a_user_logs_in_by_typing_and_no_script_sees_the_token() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    imitate(&browser, LAPTOP, "light").await;
    log_in_after_one_wrong_try(&browser, &hotel).await;
    the_cookie_is_as_promised(&browser).await;
    no_script_sees_the_token(&browser).await;
}

#[tokio::test]
async fn a_name_that_is_markup_comes_back_as_text() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    let name = r#""><b id=injected>{{next}}&lt;"#;
    browser.open(hotel.url("/login?next=/card")).await;
    fill_in(&browser, name, "brass-bell").await;
    browser.wait_until(ERROR_IS_SHOWN).await;
    assert_eq!(browser.evaluate("user.value").await, name);
    assert_eq!(
        browser
            .evaluate("document.querySelector('#injected')")
            .await,
        json!(null)
    );
    let next = "document.querySelector('[name=next]').value";
    assert_eq!(browser.evaluate(next).await, "/card");
}

#[tokio::test]
async fn a_user_of_firefox_logs_in_and_out_all_the_same() {
    let Some(browser) = Browser::firefox().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    log_in_after_one_wrong_try(&browser, &hotel).await;
    the_cookie_is_as_promised(&browser).await;
    no_script_sees_the_token(&browser).await;

    browser.click("form#logout button").await;
    browser.wait_for_path("/login").await;
    assert_eq!(cookie(&browser).await, None);
}
