//! The guide: how keycard works, in chapters to read from first to last.
//!
//! | chapter | says |
//! | --- | --- |
//! | 1. [Requests](requests) | where the layer stands, which steps a request goes through, who else can run them |
//! | 2. [Sources](sources) | where a token is found: header, cookie, elsewhere, nowhere |
//! | 3. [Keys](keys) | which keys there are, how they are loaded, how one replaces another |
//! | 4. [Remote](remote) | keys that an issuer publishes: where they are fetched, outages, Kubernetes, what the log says |
//! | 5. [Trusts](trusts) | what a token has to say: issuers, audience, `typ`, claims; Keycloak, Entra ID and others |
//! | 6. [Guards](guards) | who may do what: scopes, roles, owners, rules |
//! | 7. [Cookies](cookies) | login, logout, other sites, front ends on another origin |
//! | 8. [Answers](answers) | what a refusal looks like, how to change it, how to find out why; gRPC |
//! | 9. [Proxies](proxies) | what stands around the layer: a proxy, one that asks, CORS, logs |
//! | 10. [Metrics](metrics) | what is counted, under which names, for Prometheus and its like |
//! | 11. [Testing](testing) | how to test a guarded handler, and how to move the time |
//! | 12. [Recipes](recipes) | the user behind a token, the bearer in the log, an envelope around login, sockets that end with their token, tenants, a key that survives, unknown paths, development without a login, ID tokens and their like |
//! | 13. [Limits](limits) | what a token cannot do, revocation, numbers |
//! | 14. [Migration](migration) | from an extractor with `jsonwebtoken::decode` |
//!
//! The [first page](crate) has the smallest server, and a table that finds one thing at once. A service that takes the
//! tokens of somebody else needs chapters 1 to 6; one that logs people in needs 7 as well. Whoever has used
//! `jsonwebtoken` in an axum application may begin with 14. Each chapter ends with a link to the next.
// Chapters name what these features bring; without them there is nothing to link to.
#![cfg_attr(
    not(all(feature = "axum", feature = "remote")),
    allow(rustdoc::broken_intra_doc_links)
)]

mod chapters;

pub use self::chapters::{
    answers, cookies, guards, keys, limits, metrics, migration, proxies, recipes, remote, requests,
    sources, testing, trusts,
};
