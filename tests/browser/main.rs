//! The quickstart as people see it: in a real browser, which keeps the cookie, sends it where it should and
//! runs the pages of others.

mod browser;
mod chromium;
#[path = "../shared/example.rs"]
mod example;
mod firefox;
mod hotel;
mod process;
#[path = "../shared/skip.rs"]
mod skip;
mod stranger;

mod answer;
mod cross_site;
mod expiry;
mod frames;
mod laboratory;
mod log;
mod login;
mod looks;
mod lost;
mod scopes;
