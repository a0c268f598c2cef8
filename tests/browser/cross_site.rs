//! Pages of other origins cannot act with the cookie of somebody who is logged in.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::hotel::{COOKIE, Hotel, cookie, is_named};
use crate::stranger::Stranger;

/// Another site: the cookie stays at home, `SameSite` sees to that.
const ANOTHER_SITE: &str = "localhost";
/// The hotel's own host, on another port: to a browser the same site, so the cookie comes along.
const ANOTHER_PORT: &str = "127.0.0.1";

const LIFETIME: u32 = 600;
const ANNA: &str = "{user: 'anna', password: 'turquoise-heron', next: '/'}";

/// A script that sends a form, as if a user had pressed its button.
fn form(address: &str, fields: &str) -> String {
    format!(
        "const form = document.createElement('form');
        form.method = 'post';
        form.action = '{address}';
        for (const [name, value] of Object.entries({fields})) {{
            const input = document.createElement('input');
            [input.name, input.value] = [name, value];
            form.append(input);
        }}
        document.body.append(form);
        form.submit();"
    )
}

/// A script that posts with cookies and does not need to read the answer. The title says when it came.
fn fetch(address: &str, fields: &str) -> String {
    format!(
        "const body = new URLSearchParams({fields});
        fetch('{address}', {{method: 'POST', mode: 'no-cors', credentials: 'include', body}})
            .finally(() => document.title = 'done');"
    )
}

/// A script that opens a WebSocket. The title becomes its first message, or that there is none.
fn socket(address: &str) -> String {
    let address = address.replacen("http", "ws", 1);
    format!(
        "const socket = new WebSocket('{address}');
        socket.onmessage = event => document.title = event.data;
        socket.onerror = () => document.title = 'refused';
        socket.onopen = () => socket.send('ring');"
    )
}

async fn stranger(hotel: &Hotel) -> Stranger {
    Stranger::open([
        ("/form/prices", form(&hotel.url("/prices"), "{}")),
        ("/form/minibar", form(&hotel.url("/minibar"), "{}")),
        ("/form/logout", form(&hotel.url("/logout"), "{}")),
        ("/form/login", form(&hotel.url("/login"), ANNA)),
        ("/fetch/prices", fetch(&hotel.url("/prices"), "{}")),
        ("/fetch/minibar", fetch(&hotel.url("/minibar"), "{}")),
        ("/fetch/logout", fetch(&hotel.url("/logout"), "{}")),
        ("/fetch/login", fetch(&hotel.url("/login"), ANNA)),
        ("/socket", socket(&hotel.url("/bell"))),
        ("/link", format!("location = '{}'", hotel.url("/"))),
    ])
    .await
}

/// An expression for what a lemonade costs: what shows whether somebody has raised the prices.
const LEMONADE: &str = "fetch('/minibar', {method: 'POST'}).then(answer => answer.text())";

/// The statuses of the answers to requests for an address, in order, among the events of `DevTools`.
fn statuses(events: &[Value], address: &str) -> Vec<Value> {
    let of = |method: &'static str| {
        let mine = move |event: &&Value| event["method"] == method;
        events.iter().filter(mine).map(|event| &event["params"])
    };
    of("Network.requestWillBeSent")
        .filter(|sent| sent["request"]["url"] == address && sent["request"]["method"] == "POST")
        .filter_map(|sent| {
            of("Network.responseReceivedExtraInfo")
                .find(|came| came["requestId"] == sent["requestId"])
                .map(|came| came["statusCode"].clone())
        })
        .collect()
}

/// Opens a page that sends a form, and returns the status of the hotel's answer.
async fn submit(browser: &Browser, hotel: &Hotel, page: &str, path: &str) -> Value {
    browser.events().await;
    browser.open(page).await;
    let hotel_origin = json!(hotel.origin());
    browser
        .wait_until(&format!(
            "location.origin === {hotel_origin} && document.readyState === 'complete'"
        ))
        .await;
    status(browser, hotel, path).await
}

/// Opens a page that fetches, and returns the status of the hotel's answer, which the page cannot see.
async fn fetched(browser: &Browser, hotel: &Hotel, page: &str, path: &str) -> Value {
    browser.events().await;
    browser.open(page).await;
    browser.wait_until("document.title === 'done'").await;
    status(browser, hotel, path).await
}

async fn status(browser: &Browser, hotel: &Hotel, path: &str) -> Value {
    let events = browser.events().await;
    let statuses = statuses(&events, &hotel.url(path));
    assert_eq!(statuses.len(), 1, "{path}: {statuses:?}");
    statuses[0].clone()
}

/// Has a manager who is logged in visit every page of a stranger. `guarded` is the status of an action that the
/// token in the cookie guards, `words` how Chromium words it for a WebSocket.
async fn nothing_happens(host: &str, guarded: u16, words: &str) {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    let stranger = stranger(&hotel).await;
    hotel.log_in(&browser, "carla").await;
    let before = cookie(&browser).await.unwrap();
    let price = browser.evaluate(LEMONADE).await;
    assert!(price.as_str().unwrap().contains("4 crowns"), "{price}");

    // Without the cookie nobody knows whose the form is, and its answer is shown: the login page.
    let form = if guarded == 401 { 303 } else { guarded };
    for (path, form, expected) in [
        ("/prices", form, guarded),
        ("/minibar", form, guarded),
        // Nothing stands before these but the check of the origin.
        ("/login", 403, 403),
        ("/logout", 403, 403),
    ] {
        let page = stranger.url(host, &format!("/form{path}"));
        let came = submit(&browser, &hotel, &page, path).await;
        assert_eq!(came, form, "form {path}");
        let page = stranger.url(host, &format!("/fetch{path}"));
        let came = fetched(&browser, &hotel, &page, path).await;
        assert_eq!(came, expected, "fetch {path}");
    }
    browser.console().await;
    browser.open(stranger.url(host, "/socket")).await;
    browser.wait_until("document.title === 'refused'").await;
    let console = browser.console().await.join("\n");
    assert!(console.contains(words), "{console}");

    browser.open(hotel.url("/")).await;
    browser.wait_until(&is_named("carla")).await;
    assert_eq!(cookie(&browser).await.unwrap()["value"], before["value"]);
    assert_eq!(browser.evaluate(LEMONADE).await, price);
}

#[tokio::test]
async fn a_page_of_another_site_cannot_act() {
    nothing_happens(ANOTHER_SITE, 401, "HTTP Authentication failed").await;
}

#[tokio::test]
async fn a_page_of_another_port_of_the_same_host_cannot_act() {
    nothing_happens(ANOTHER_PORT, 403, "response code: 403").await;
}

#[tokio::test]
async fn the_same_scripts_act_in_the_page_of_the_hotel() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    hotel.log_in(&browser, "carla").await;
    browser.events().await;

    let script = |script: String| format!("(() => {{ {script} }})()");
    let post = script(fetch(&hotel.url("/prices"), "{}"));
    browser.evaluate(&post).await;
    browser.wait_until("document.title === 'done'").await;
    assert_eq!(status(&browser, &hotel, "/prices").await, 200);

    browser.evaluate(&script(socket(&hotel.url("/bell")))).await;
    browser.wait_until("document.title === 'ding'").await;

    let post = script(form(&hotel.url("/prices"), "{}"));
    browser.evaluate(&post).await;
    browser.wait_for_path("/prices").await;
    assert_eq!(browser.status().await, 200);
    browser.wait_for_text("body", "6 crowns").await;

    browser.open(hotel.url("/")).await;
    browser.wait_until(&is_named("carla")).await;
    browser
        .evaluate(&script(form(&hotel.url("/login"), ANNA)))
        .await;
    browser.wait_until(&is_named("anna")).await;
    browser
        .evaluate(&script(form(&hotel.url("/logout"), "{}")))
        .await;
    browser.wait_for_path("/login").await;
    assert_eq!(cookie(&browser).await, None);
}

#[tokio::test]
async fn a_page_of_another_origin_logs_nobody_in() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    let stranger = stranger(&hotel).await;
    for host in [ANOTHER_SITE, ANOTHER_PORT] {
        for page in ["/form/login", "/fetch/login"] {
            let address = stranger.url(host, page);
            let came = if page.starts_with("/form") {
                submit(&browser, &hotel, &address, "/login").await
            } else {
                fetched(&browser, &hotel, &address, "/login").await
            };
            assert_eq!(came, 403, "{address}");
            browser.open(hotel.url("/")).await;
            assert_eq!(browser.wait_for_path("/login").await, "/");
            assert_eq!(cookie(&browser).await, None, "{COOKIE} from {address}");
        }
    }
}

#[tokio::test]
async fn a_link_from_another_origin_arrives_logged_in() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(LIFETIME);
    let stranger = stranger(&hotel).await;
    hotel.log_in(&browser, "carla").await;
    for host in [ANOTHER_SITE, ANOTHER_PORT] {
        browser.open(stranger.url(host, "/link")).await;
        browser.wait_until(&is_named("carla")).await;
    }
}
