//! What is counted of what happens. No label has anything that a stranger can choose: sources and trusts are called as
//! the operator called them, and all else is one of few words.

use std::sync::Arc;

use metrics::SharedString;

use super::event::{Circumstances, Event, Speaker};
use super::reasons::{Answered, answered, reason_name};
use super::series::{self, increment, record};
use crate::rejection::{Rejection, RejectionKind};

/// The value of a label that does not apply.
const NONE: SharedString = SharedString::const_str("none");

/// Counts what happened, if it is something to count.
pub(super) fn count(event: &Event<'_>, about: &Circumstances<'_>) {
    match event {
        Event::Built => series::describe(),
        Event::Accepted => decided("accepted", "none", about),
        Event::Anonymous => decided("anonymous", "none", about),
        Event::Refused(rejection) => refused(rejection, about),
        Event::Waits => {
            let labels = [("source", source(about)), ("trust", trust(about))];
            increment(series::WAITS, labels);
        }
        Event::Waited { outcome } => waited(outcome, about),
        Event::CookieStored => increment(series::SIGN_INS, [("source", "cookie".into())]),
        Event::CookieCleared => increment(series::SIGN_OUTS, [("source", "cookie".into())]),
        #[cfg(feature = "axum")]
        Event::TokenHandedOut => increment(series::SIGN_INS, [("source", "header".into())]),
        #[cfg(feature = "remote")]
        Event::KeysFetched { .. } | Event::KeysNotFetched { .. } | Event::SeedUsed { .. } => {
            super::count_keys::count(event);
        }
        // These say more of something that is counted, or tell the operator to change something.
        Event::CookieIgnored(_)
        | Event::AnotherSite { .. }
        | Event::Hint { .. }
        | Event::Unasked { .. }
        | Event::UnreadQuestion { .. }
        | Event::OddGrants(_)
        | Event::DevelopmentCookie { .. }
        | Event::NoLayer { .. }
        | Event::SecretEndsWithLine
        | Event::KeyOfOtherUse { .. }
        | Event::KeySkipped { .. } => {}
        #[cfg(feature = "axum")]
        Event::NotIssued { .. } => {}
        #[cfg(feature = "remote")]
        Event::KeysOnOtherHost { .. } | Event::NoRuntime { .. } | Event::SeedTrouble { .. } => {}
    }
}

fn decided(outcome: &'static str, reason: &'static str, about: &Circumstances<'_>) {
    let Some(took) = about.elapsed() else {
        return;
    };
    let labels = [
        ("outcome", outcome.into()),
        ("reason", reason.into()),
        ("source", source(about)),
        ("trust", trust(about)),
    ];
    record(series::AUTHENTICATE, labels, took);
}

fn refused(rejection: &Rejection, about: &Circumstances<'_>) {
    let reason = reason_name(rejection.kind());
    let (is_decision, is_answer) = match about.speaker {
        Speaker::Verifier => (true, false),
        Speaker::Door => (true, true),
        Speaker::Inside => (false, true),
    };
    if is_decision {
        let outcome = match rejection.kind() {
            RejectionKind::Unavailable(_) => "unavailable",
            _ => "refused",
        };
        decided(outcome, reason, about);
    }
    let name = match answered(rejection.kind()) {
        Answered::Challenge => series::CHALLENGES,
        Answered::Forbid => series::FORBIDS,
        Answered::Neither => return,
    };
    if is_answer {
        let labels = [
            ("reason", reason.into()),
            ("source", source(about)),
            ("trust", trust(about)),
        ];
        increment(name, labels);
    }
}

fn waited(outcome: &'static str, about: &Circumstances<'_>) {
    if let Some(took) = about.elapsed() {
        let labels = [("outcome", outcome.into()), ("trust", trust(about))];
        record(series::WAIT, labels, took);
    }
}

fn source(about: &Circumstances<'_>) -> SharedString {
    about.source.map_or(NONE, SharedString::const_str)
}

fn trust(about: &Circumstances<'_>) -> SharedString {
    // A label can share the name, and so takes no memory.
    let name = about.trust.map(Arc::clone);
    name.map_or(NONE, SharedString::from_shared)
}
