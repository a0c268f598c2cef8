//! The pages wide and narrow, light and dark, in `target/screenshots` for people to look at.

use std::fs;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::hotel::Hotel;

const PAGES: [(&str, &str); 4] = [
    ("login", "/login"),
    ("hotel", "/"),
    ("card", "/card"),
    ("lost", "/minibar"),
];
/// What is left of a common screen below the bars of a browser.
pub const LAPTOP: (u32, u32) = (1366, 650);
pub const SIZES: [(u32, u32); 3] = [LAPTOP, (390, 740), (320, 568)];

/// Makes the window look as large as this, and prefer this colour scheme.
pub async fn imitate(browser: &Browser, (width, height): (u32, u32), scheme: &str) {
    let metrics = json!({
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500,
    });
    browser
        .tools()
        .devtools("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
    browser
        .tools()
        .devtools("Emulation.setEmulatedMedia", json!({"features": features}))
        .await;
}

/// Saves the whole page, however long.
async fn photograph(browser: &Browser, name: &str) {
    let size = "[document.documentElement.scrollWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]";
    let size = browser.evaluate(size).await;
    let clip = json!({"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1});
    let parameters = json!({"clip": clip, "captureBeyondViewport": true});
    save(browser, name, parameters).await;
}

/// Saves what is in the window.
pub async fn photograph_window(browser: &Browser, name: &str) {
    save(browser, name, json!({})).await;
}

async fn save(browser: &Browser, name: &str, parameters: Value) {
    let picture = browser
        .tools()
        .devtools("Page.captureScreenshot", parameters)
        .await;
    let picture = BASE64_STANDARD
        .decode(picture["data"].as_str().unwrap())
        .unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("screenshots");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), picture).unwrap();
}

/// The colour behind the page: the body's own, or else the root's.
const BACKGROUND: &str = "[document.body, document.documentElement]
    .map(element => getComputedStyle(element).backgroundColor)
    .find(colour => colour !== 'rgba(0, 0, 0, 0)') ?? 'none'";

/// Texts with less contrast than WCAG AA asks for, each with its ratio. Disabled buttons need none, and the key
/// card's ground is a picture.
const PALE: &str = r"(() => {
    const channels = colour => colour.match(/[\d.]+/g).map(Number);
    const light = colour => {
        const [red, green, blue] = channels(colour).map(channel => {
            const part = channel / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const ground = element => {
        const own = getComputedStyle(element).backgroundColor;
        return (channels(own)[3] ?? 1) === 1 || !element.parentElement ? own : ground(element.parentElement);
    };
    const pale = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || element.closest('.keycard, :disabled, noscript')) continue;
        const style = getComputedStyle(element);
        const [one, other] = [light(style.color), light(ground(element))];
        const ratio = Math.max(one, other) / Math.min(one, other);
        const pixels = parseFloat(style.fontSize);
        const isLarge = pixels >= 24 || pixels >= 18.66 && style.fontWeight >= 700;
        if (ratio < (isLarge ? 3 : 4.5)) pale.push(`${texts.currentNode.data.trim()}: ${ratio}`);
    }
    return pale;
})()";

/// No text of the page that is shown is too pale to read.
pub async fn is_readable(browser: &Browser, what: &str) {
    assert_eq!(browser.evaluate(PALE).await, json!([]), "{what}");
}

/// Looks at one page in every size and scheme.
async fn look_at(browser: &Browser, hotel: &Hotel, name: &str, path: &str) {
    for size in SIZES {
        let mut backgrounds = Vec::new();
        for scheme in ["light", "dark"] {
            imitate(browser, size, scheme).await;
            browser.open(hotel.url(path)).await;
            browser
                .wait_until("document.fonts.status === 'loaded'")
                .await;
            assert_eq!(browser.wait_for_path(path).await, json!(null));
            let what = format!("{name}-{}-{scheme}", size.0);
            photograph(browser, &format!("{what}.png")).await;

            let root = "document.documentElement";
            let overflow = format!("{root}.scrollWidth - {root}.clientWidth");
            let overflow = browser.evaluate(&overflow).await;
            assert!(
                overflow.as_i64() <= Some(0),
                "{what}: {overflow} px too wide"
            );
            is_readable(browser, &what).await;
            backgrounds.push(browser.evaluate(BACKGROUND).await);
        }
        assert_ne!(backgrounds[0], backgrounds[1], "{name}: dark is as light");
    }
}

#[tokio::test]
async fn the_pages_fit_their_window_and_ask_nobody_else() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    // The browser's own first page makes requests as well.
    browser.open(hotel.url("/login")).await;
    browser.events().await;
    let (login, rest) = PAGES.split_first().unwrap();
    look_at(&browser, &hotel, login.0, login.1).await;
    hotel.log_in(&browser, "carla").await;
    for (name, path) in rest {
        look_at(&browser, &hotel, name, path).await;
    }

    let mut complaints: Vec<String> = browser.console().await;
    // That the lost are told so with a status is as it should be.
    complaints.retain(|line| !line.contains("/minibar - Failed to load resource"));
    assert!(complaints.is_empty(), "{complaints:#?}");
    let mut asked = 0;
    for event in browser.events().await {
        let url = match event["method"].as_str() {
            Some("Network.requestWillBeSent") => &event["params"]["request"]["url"],
            Some("Network.webSocketCreated") => &event["params"]["url"],
            _ => continue,
        };
        let url = url.as_str().unwrap();
        let here = [hotel.origin(), "data:", "about:"];
        assert!(here.iter().any(|here| url.starts_with(here)), "{url}");
        asked += 1;
    }
    assert!(asked >= PAGES.len() * SIZES.len() * 2, "{asked}");
}
