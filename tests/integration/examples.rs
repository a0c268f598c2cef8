//! The examples do what they print, each run as its reader runs it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::example::example;
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
    let mut child = Command::new(example(name))
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
/// promised after its `#`.
fn follow(lines: &[String]) {
    let promised: Vec<&str> = lines
        .iter()
        .filter(|line| line.contains("curl -i"))
        .map(|line| &line.split("# ").nth(1).unwrap()[..3])
        .collect();
    assert!(promised.len() >= 3);
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
