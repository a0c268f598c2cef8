//! Tests that need more than Rust.

/// Says that a test cannot run here for want of a tool. In CI that is a failure.
pub fn skip(why: &str) {
    assert!(
        std::env::var_os("CI").is_none(),
        "in CI nothing is skipped: {why}"
    );
    eprintln!("skipped: {why}");
}
