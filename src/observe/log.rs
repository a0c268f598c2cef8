//! The lines of the log. None shows a token, a key or the value of a claim; what a client sent is cut.

use std::fmt::Display;
use std::time::Duration;

use http::HeaderValue;
use http::header::ORIGIN;

use super::event::{Circumstances, Event, OddGrants};
use super::macros::line;
use super::sparingly::Sparingly;
use crate::grammar::SEC_FETCH_SITE;
use crate::rejection::{Note, Rejection};

/// How much a line shows of a header.
const SHOWN: usize = 100;

/// How many characters a line has of what was expected.
const MOST_EXPECTED: usize = 300;

/// Tells the log what happened.
pub(super) fn tell(event: &Event<'_>, about: &Circumstances<'_>) {
    match event {
        // A good request leaves no line, and a login is the affair of the application.
        Event::Accepted
        | Event::Anonymous
        | Event::CookieStored
        | Event::CookieCleared
        | Event::Built => {}
        #[cfg(feature = "axum")]
        Event::TokenHandedOut => {}
        Event::Refused(rejection) => refused(rejection, about),
        Event::Waits => waits(about),
        Event::Waited { outcome } => waited(outcome, about),
        Event::CookieIgnored(reason) => {
            line!(DEBUG, reason = %reason, "a bad cookie counts as absent");
        }
        Event::OddGrants(odd) => odd_grants(odd, about),
        Event::AnotherSite { .. } => another_site(event),
        Event::Hint { sentence, count } => hint(sentence, *count),
        Event::Unasked { header, count } => unasked(header, *count),
        Event::UnreadQuestion { count } => unread_question(*count),
        Event::DevelopmentCookie { count } => development_cookie(*count),
        Event::NoLayer { wanted_by, count } => no_layer(wanted_by, *count),
        Event::SecretEndsWithLine => secret_ends_with_line(),
        Event::KeyOfOtherUse { index } => key_of_other_use(*index),
        Event::KeySkipped { index, error } => key_skipped(*index, error),
        #[cfg(feature = "axum")]
        Event::NotIssued {
            error,
            by_input,
            count,
        } => not_issued(error, *by_input, *count),
        #[cfg(feature = "remote")]
        Event::KeysFetched { .. }
        | Event::KeysNotFetched { .. }
        | Event::KeysOnOtherHost { .. }
        | Event::NoRuntime { .. }
        | Event::SeedUsed { .. }
        | Event::SeedTrouble { .. } => super::keys::tell(event),
    }
}

/// Whoever has one good token can send it again and again.
static BY_A_GOOD_TOKEN: Sparingly = Sparingly::after(1000);

fn refused(rejection: &Rejection, about: &Circumstances<'_>) {
    warn_of(rejection);
    line!(DEBUG,
        kind = ?rejection.kind(),
        reason = %rejection,
        claim = rejection.claim(),
        expected = rejection.expected().map(cut),
        rule = rejection.rule().map(cut),
        source = about.source,
        trust = about.trust(),
        micros = about.elapsed().map(whole_micros),
        "request refused"
    );
}

/// Says what only the operator can mend.
fn warn_of(rejection: &Rejection) {
    let Some(note @ (Note::Unfit(_) | Note::Impossible(_))) = rejection.note() else {
        return;
    };
    let Some(count) = BY_A_GOOD_TOKEN.pick() else {
        return;
    };
    if let Note::Unfit(unfit) = note {
        line!(
            WARN,
            wanted = unfit.wanted,
            path = unfit.path,
            problem = unfit.problem,
            count = count,
            "the payload of a verified token does not fit the type of the handler"
        );
        return;
    }
    line!(
        WARN,
        count = count,
        "a rule has a part that nobody can satisfy, such as an ill-formed scope"
    );
}

fn odd_grants(odd: &OddGrants<'_>, about: &Circumstances<'_>) {
    line!(DEBUG,
        what = odd.what,
        claim = odd.claim,
        found = %odd.found,
        wanted = odd.wanted,
        trust = about.trust(),
        "a claim that scopes or roles are read from has another shape, and grants none"
    );
}

fn waits(about: &Circumstances<'_>) {
    line!(
        DEBUG,
        source = about.source,
        trust = about.trust(),
        "the token names a key that is not known yet, and waits for the key source"
    );
}

fn waited(outcome: &str, about: &Circumstances<'_>) {
    line!(
        DEBUG,
        outcome = outcome,
        trust = about.trust(),
        micros = about.elapsed().map(whole_micros),
        "a token has waited for the key source"
    );
}

fn hint(sentence: &str, count: u64) {
    line!(
        WARN,
        count = count,
        hint = sentence,
        "something seems to be wired wrong"
    );
}

fn unasked(header: &str, count: u64) {
    line!(
        WARN,
        header = header,
        count = count,
        "a question without this header: have the proxy set it, and nobody else reach this address"
    );
}

fn unread_question(count: u64) {
    line!(
        WARN,
        count = count,
        "a request with a cookie says in X-Original- or X-Forwarded- headers that it is about another method or \
         address, and these are not looked at: if a proxy asks here whether a request may pass, use \
         JwtLayer::forward_auth, else forged requests pass"
    );
}

fn no_layer(wanted_by: &str, count: u64) {
    line!(
        ERROR,
        wanted_by = wanted_by,
        count = count,
        "no JwtLayer around this route: add `.layer(JwtLayer::new(verifier))` to the router, \
         after its routes and guards"
    );
}

fn development_cookie(count: u64) {
    line!(
        ERROR,
        count = count,
        "a cookie of the development mode is in use on a host that is not loopback: build the \
         TokenCookie without dangerous_development"
    );
}

fn secret_ends_with_line() {
    line!(
        WARN,
        "a secret ends with a line break, which is part of it: the other side has to have it too"
    );
}

fn key_of_other_use(index: usize) {
    line!(
        DEBUG,
        index = index,
        "a key of a JWK Set is for something else"
    );
}

fn key_skipped(index: usize, error: &dyn Display) {
    line!(WARN, index = index, error = %error, "a key of a JWK Set is not used");
}

#[cfg(feature = "axum")]
fn not_issued(error: &dyn Display, by_input: bool, count: u64) {
    if by_input {
        line!(WARN, error = %error, count = count, "no token could be issued for this input");
        return;
    }
    line!(ERROR, error = %error, "no token could be issued");
}

fn another_site(event: &Event<'_>) {
    let Event::AnotherSite {
        method,
        path,
        headers,
        expected,
        refused,
        count,
    } = event
    else {
        return;
    };
    let or_none = |bytes: Option<&[u8]>| bytes.map_or_else(|| "none".to_owned(), shorten);
    let shown = |name| or_none(headers.get(name).map(HeaderValue::as_bytes));
    line!(WARN,
        refused = refused,
        method = ?shorten(method.as_str().as_bytes()),
        path = ?shorten(path.as_bytes()),
        origin = ?shown(ORIGIN),
        sec_fetch_site = ?shown(SEC_FETCH_SITE),
        compared_with = ?or_none(*expected),
        count = count,
        "another site caused this request; if it is this one, name its origin with CrossSite::public_origin, or let \
         the proxy in front hand on Host and Origin as they are; if it is another one of yours, name it with \
         CrossSite::trust"
    );
}

/// What a log line shows of a header: it comes from a client.
fn shorten(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..SHOWN).unwrap_or(bytes)).into_owned()
}

/// Shortens what an operator has written, as long lists help nobody. A rule may be made of what a client sent.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_EXPECTED) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

fn whole_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Tells whether somebody reads lines at debug level: some take work to write.
pub(crate) fn listens() -> bool {
    #[cfg(feature = "tracing")]
    let listens = tracing::enabled!(target: "keycard", tracing::Level::DEBUG);
    #[cfg(not(feature = "tracing"))]
    let listens = false;
    listens
}
