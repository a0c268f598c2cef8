//! What the hotel writes down.

use crate::browser::Browser;
use crate::hotel::Hotel;

#[tokio::test]
async fn each_line_of_the_log_names_the_request() {
    let Some(browser) = Browser::chromium().await else {
        return;
    };
    let hotel = Hotel::open(600);
    hotel.log_in(&browser, "anna").await;
    let refused = "fetch('/guests?whose=secret').then(answer => answer.status)";
    assert_eq!(browser.evaluate(refused).await, 403);
    let why = hotel.log_line("request refused kind=InsufficientScope");
    let answer = hotel.log_line("status=403");
    for line in [why, answer] {
        assert!(line.contains("method=GET path=/guests"), "{line}");
        assert!(!line.contains("secret"), "{line}");
    }

    let ordered = "fetch('/minibar', {method: 'POST'}).then(answer => answer.status)";
    assert_eq!(browser.evaluate(ordered).await, 200);
    let line = hotel.log_line("path=/minibar");
    assert!(
        line.contains("method=POST") && line.contains("status=200"),
        "{line}"
    );
}
