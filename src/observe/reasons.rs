//! What a refusal is called in labels, and what it is answered with.

use crate::error::Reason;
use crate::rejection::RejectionKind;

/// What the answer to a refusal is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answered {
    /// 401: come again, with another token.
    Challenge,
    /// 403: another token does not help, or would have to allow more.
    Forbid,
    /// It is not about who somebody is.
    Neither,
}

/// Says what the answer is, whatever a login page, a proxy, gRPC or the application makes of it.
pub(super) const fn answered(kind: RejectionKind) -> Answered {
    match kind {
        RejectionKind::NoCredential
        | RejectionKind::InvalidToken(_)
        | RejectionKind::InsufficientUserAuthentication => Answered::Challenge,
        RejectionKind::InsufficientScope
        | RejectionKind::Forbidden
        | RejectionKind::CrossSite
        | RejectionKind::DevelopmentCookie => Answered::Forbid,
        RejectionKind::InvalidRequest(_)
        | RejectionKind::Unavailable(_)
        | RejectionKind::MissingLayer => Answered::Neither,
    }
}

/// Names a refusal, with one name for all that say a text of their own.
pub(super) const fn reason_name(kind: RejectionKind) -> &'static str {
    match kind {
        RejectionKind::NoCredential => "no_credential",
        RejectionKind::InvalidRequest(_) => "invalid_request",
        RejectionKind::InvalidToken(reason) => token_reason(reason),
        RejectionKind::InsufficientScope => "insufficient_scope",
        RejectionKind::InsufficientUserAuthentication => "insufficient_user_authentication",
        RejectionKind::Forbidden => "forbidden",
        RejectionKind::CrossSite => "cross_site",
        RejectionKind::DevelopmentCookie => "development_cookie",
        RejectionKind::Unavailable(_) => "unavailable",
        RejectionKind::MissingLayer => "missing_layer",
    }
}

const fn token_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::TooLong => "too_long",
        Reason::Form => "form",
        Reason::Encoding => "encoding",
        Reason::Json => "json",
        Reason::Header => "header",
        Reason::Critical => "critical",
        Reason::Type => "type",
        Reason::Algorithm => "algorithm",
        Reason::UnknownKey => "unknown_key",
        Reason::Signature => "signature",
        Reason::ClaimType => "claim_type",
        Reason::MissingClaim => "missing_claim",
        Reason::Expired => "expired",
        Reason::ExpiresTooLate => "expires_too_late",
        Reason::LifetimeTooLong => "lifetime_too_long",
        Reason::TooOld => "too_old",
        Reason::NotYetValid => "not_yet_valid",
        Reason::IssuedInTheFuture => "issued_in_the_future",
        Reason::Issuer => "issuer",
        Reason::Audience => "audience",
        Reason::Binding => "binding",
        Reason::Revoked => "revoked",
        Reason::Payload => "payload",
        Reason::Check(_) => "check",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::rejection::Rejection;

    use super::*;

    #[test]
    fn the_guide_has_each_name_once() {
        let source = include_str!("reasons.rs");
        let (source, _) = source.split_once("mod tests").unwrap();
        let names = source.split("=> \"").skip(1);
        let names: Vec<_> = names.filter_map(|rest| rest.split('"').next()).collect();
        let distinct: BTreeSet<_> = names.iter().copied().collect();
        assert_eq!(names.len(), distinct.len());

        let guide = include_str!("../guide/metrics.md");
        let (_, table) = guide.split_once("| `reason` |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        let first_cells = table.lines().filter_map(|row| row.split('|').nth(1));
        let listed = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
        let mut listed: Vec<_> = listed.filter(|name| *name != "none").collect();
        listed.sort_unstable();
        assert_eq!(listed, distinct.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_challenge_is_a_401_and_a_forbid_a_403() {
        for kind in [
            RejectionKind::NoCredential,
            RejectionKind::InvalidRequest("two tokens"),
            RejectionKind::InvalidToken(Reason::Expired),
            RejectionKind::InvalidToken(Reason::Check("not today")),
            RejectionKind::InsufficientScope,
            RejectionKind::InsufficientUserAuthentication,
            RejectionKind::Forbidden,
            RejectionKind::CrossSite,
            RejectionKind::DevelopmentCookie,
            RejectionKind::Unavailable(crate::error::Outage::new(std::time::Duration::ZERO)),
            RejectionKind::MissingLayer,
        ] {
            let status = Rejection::new(kind).to_response().status();
            let expected = match status.as_u16() {
                401 => Answered::Challenge,
                403 => Answered::Forbid,
                _ => Answered::Neither,
            };
            assert_eq!(answered(kind), expected, "{kind:?}");
        }
    }
}
