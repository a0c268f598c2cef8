//! The guide: how keycard works, in chapters to read from first to last.
//!
//! | chapter | says |
//! | --- | --- |
//! | 1. [Requests](requests) | where the layer stands, which steps a request goes through, who else can run them |
//! | 2. [Sources](sources) | where a token is found: header, cookie, elsewhere, nowhere |
//! | 3. [Keys](keys) | which keys there are, how they are loaded, how one replaces another |
//! | 4. [Trusts](trusts) | what a token has to say: issuers, audience, `typ`, claims; Keycloak, Entra ID and others |
//! | 5. [Guards](guards) | who may do what: scopes, roles, owners, rules |
//! | 6. [Cookies](cookies) | login, logout, other sites, front ends on another origin |
//! | 7. [Answers](answers) | what a refusal looks like, how to change it, how to find out why; gRPC |
//! | 8. [Proxies](proxies) | what stands around the layer: a proxy, one that asks, CORS, logs |
//! | 9. [Metrics](metrics) | what is counted, under which names, for Prometheus and its like |
//! | 10. [Testing](testing) | how to test a guarded handler, and how to move the time |
//! | 11. [Recipes](recipes) | the user behind a token, the bearer in the log, an envelope around login, sockets that end with their token, tenants, a key that survives, unknown paths, development without a login, ID tokens and their like |
//! | 12. [Limits](limits) | what a token cannot do, revocation, numbers |
//! | 13. [Migration](migration) | from an extractor with `jsonwebtoken::decode` |
//!
//! The [first page](crate) has the smallest server, and a table that finds one thing at once. A service that takes the
//! tokens of somebody else needs chapters 1 to 5; one that logs people in needs 6 as well. Whoever has used
//! `jsonwebtoken` in an axum application may begin with 13. Each chapter ends with a link to the next.
// Chapters name what the feature brings; without it there is nothing to link to.
#![cfg_attr(not(feature = "axum"), allow(rustdoc::broken_intra_doc_links))]

mod chapters;

pub use self::chapters::{
    answers, cookies, guards, keys, limits, metrics, migration, proxies, recipes, requests,
    sources, testing, trusts,
};
