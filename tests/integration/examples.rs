//! The examples do what they print, each run as its reader runs it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use keycard::Algorithm;
use keycard::testing::{AUDIENCE, Fault, Provider};
use serde_json::{Value, json};

use crate::example::example;
use crate::openid_provider;
use crate::support::skip;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts an example and reads what it prints up to the line that contains `last`.
fn start(name: &str, lifetime: &str, last: &str) -> (Running, Vec<String>) {
    start_with(name, &[], lifetime, last)
}

fn start_with(
    name: &str,
    arguments: &[&str],
    lifetime: &str,
    last: &str,
) -> (Running, Vec<String>) {
    let mut child = Command::new(example(name))
        .args(arguments)
        .env("LIFETIME", lifetime)
        .env_remove("PORT")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let running = Running(child);
    let mut lines = Vec::new();
    for line in output.lines() {
        let line = line.unwrap();
        let is_last = line.contains(last);
        lines.push(line);
        if is_last {
            return (running, lines);
        }
    }
    panic!("{name} stopped after printing {lines:?}");
}

/// Runs lines in one shell and compares the status that each `curl -i` prints with the one that is
/// promised after its `#`. Returns all that they print.
fn follow(lines: &[String]) -> String {
    let promised: Vec<&str> = lines
        .iter()
        .filter(|line| line.contains("curl -i"))
        .map(|line| &line.split("# ").nth(1).unwrap()[..3])
        .collect();
    assert!(promised.len() >= 2);
    let output = Command::new("sh")
        .arg("-c")
        .arg(lines.join("\n"))
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let came: Vec<&str> = output
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|response| &response[..3])
        .collect();
    assert_eq!(came, promised, "{output}");
    output
}

fn has_curl() -> bool {
    let found = Command::new("curl").arg("--version").output().is_ok();
    if !found {
        skip("curl is not installed: the lines that the examples print are not tried");
    }
    found
}

#[test]
fn the_lines_that_the_quickstart_prints_do_what_they_say() {
    if !has_curl() {
        return;
    }
    let (_server, lines) = start("quickstart", "5", "A token lives for");
    let shell: Vec<String> = lines
        .into_iter()
        .skip_while(|line| !line.starts_with("hotel="))
        .take_while(|line| !line.starts_with("A token lives"))
        .collect();
    assert_eq!(
        shell.iter().filter(|line| line.contains("curl -i")).count(),
        11
    );
    follow(&shell);
}

#[test]
fn the_lines_that_tower_only_prints_do_what_they_say() {
    if !has_curl() {
        return;
    }
    let (_server, lines) = start("tower_only", "5", "# 403");
    follow(&lines);
}

#[test]
fn the_lines_that_hyper_gate_prints_do_what_they_say() {
    if !has_curl() {
        return;
    }
    let (_server, lines) = start("hyper_gate", "5", "# 403");
    follow(&lines);
}

#[test]
fn an_adapter_for_another_framework_has_under_a_hundred_lines() {
    let source = include_str!("../../examples/hyper_gate.rs");
    assert!(source.lines().count() < 100);
    assert!(!source.contains("use tower") && !source.contains("use axum"));
}

#[test]
fn the_lines_that_cookie_login_prints_do_what_they_say() {
    if !has_curl() {
        return;
    }
    let (_server, lines) = start("cookie_login", "5", "rm $jar");
    follow(&lines);
}

#[test]
fn the_lines_that_forward_auth_prints_do_what_they_say() {
    if !has_curl() {
        return;
    }
    let (_server, lines) = start("forward_auth", "5", "nobody says");
    follow(&lines);
}

#[test]
fn the_lines_that_many_issuers_prints_do_what_they_say() {
    if !has_curl() {
        return;
    }
    let (_server, lines) = start("many_issuers", "5", "# 401");
    follow(&lines);
}

#[test]
fn login_with_a_cookie_costs_under_40_lines() {
    let source = include_str!("../../examples/cookie_login.rs");
    let mut added = 0;
    let mut inside = false;
    for line in source.lines().map(str::trim) {
        match line {
            "// +" => inside = true,
            "// -" => inside = false,
            _ if line.is_empty() || line.starts_with("//") => {}
            _ => added += usize::from(inside),
        }
    }
    assert!((20..40).contains(&added), "{added} lines");
}

#[test]
fn two_services_trust_one_desk() {
    let output = Command::new(example("two_services")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let doors = text.lines().filter(|line| line.contains("/door: ")).count();
    assert_eq!(doors, 2, "{text}");
}

#[test]
fn the_tests_of_an_application_print_what_they_saw() {
    let output = Command::new(example("testing_your_app")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let statuses: Vec<&str> = text.lines().map(|line| &line[..3]).collect();
    let expected = [
        "200", "403", "200", "401", "401", "200", "401", "200", "200", "200", "503", "200", "all",
    ];
    assert_eq!(statuses, expected, "{text}");
}

/// Runs the lines that the resource server printed, with a token in its place.
fn follow_with(token: &str, lines: &[String]) -> String {
    let mut shell = vec![format!("TOKEN={token}")];
    shell.extend(
        lines
            .iter()
            .filter(|line| line.starts_with("curl"))
            .cloned(),
    );
    follow(&shell)
}

#[test]
fn the_resource_server_shows_the_keys_of_any_issuer_and_serves_its_tokens() {
    if !has_curl() {
        return;
    }
    let idp = Provider::builder().path("/realms/hotel").start();
    let mut published: Value = serde_json::from_str(&idp.issuer().jwks()).unwrap();
    let good = published["keys"][0]["kid"].as_str().unwrap().to_owned();
    let others = [
        json!({"kty": "oct", "kid": "a\u{1b}[2Jb", "k": "c2VjcmV0"}),
        json!({"kty": "new", "kid": "c"}),
    ];
    published["keys"].as_array_mut().unwrap().extend(others);
    idp.break_with(Fault::KeySet(published.to_string()));

    let start = |arguments: &[&str]| start_with("resource_server", arguments, "5", "# 200");
    let (_server, lines) = start(&[&idp.url(), AUDIENCE]);
    let text = lines.join("\n");
    for part in [
        format!("{} publishes these keys:", idp.url()),
        format!("  taken:   \"{good}\" for ES256"),
        r#"  skipped: "a\u{1b}[2Jb", as "#.to_owned(),
        r#"  skipped: "c", as "#.to_owned(),
        "They are Fresh, and fetched again in ".to_owned(),
        format!("for {AUDIENCE} are let in, no others."),
    ] {
        assert!(text.contains(&part), "{part} is not in {text}");
    }
    let token = idp.token("anna").scope("room:open minibar:read");
    let answers = follow_with(token.sign().unwrap().as_str(), &lines);
    assert!(
        answers.ends_with(
            "subject: anna\nscopes: room:open minibar:read\naudiences: https://rooms.example\n"
        ),
        "{answers}"
    );

    // Whoever does not say for whom is told what that means.
    let (_server, lines) = start(&[&idp.url()]);
    assert!(lines.join("\n").contains("No audience was named"));
    let token = idp.token("anna").audience("https://spa.example");
    let answers = follow_with(token.sign().unwrap().as_str(), &lines);
    assert!(
        answers.contains("audiences: https://spa.example"),
        "{answers}"
    );
}

#[tokio::test]
async fn the_resource_server_serves_the_tokens_of_a_real_provider() {
    if !has_curl() {
        return;
    }
    let Some(provider) = openid_provider::Provider::start().await else {
        return;
    };
    for algorithm in [Algorithm::RS256, Algorithm::EdDSA] {
        let audience = openid_provider::Provider::audience(algorithm);
        let arguments = [provider.url(), &audience];
        let (_server, lines) = start_with("resource_server", &arguments, "5", "# 200");
        let token = provider.token(algorithm, "rooms:read").await;
        let answers = follow_with(&token, &lines);
        assert!(answers.contains("scopes: rooms:read"), "{answers}");
    }
}

#[test]
fn the_resource_server_says_why_it_does_not_start() {
    let run = |arguments: &[&str]| -> (Output, String) {
        let mut command = Command::new(example("resource_server"));
        let output = command.args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        (output, said)
    };
    let idp = Provider::start();
    idp.break_with(Fault::Refused);
    let url = idp.url();
    for (arguments, sentence) in [
        (&[][..], "usage: resource_server ISSUER [AUDIENCE]"),
        (
            &[&*url],
            "/.well-known/openid-configuration cannot be fetched: ",
        ),
        (&["http://idp.example"], "is not https"),
        (
            &["idp.example"],
            "write it whole, as in https://idp.example",
        ),
    ] {
        let (output, said) = run(arguments);
        assert!(!output.status.success() && output.stdout.is_empty());
        let last = said.lines().last().unwrap_or_default();
        assert!(last.contains(sentence), "{said}");
    }
}
