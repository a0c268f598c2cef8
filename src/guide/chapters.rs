//! The chapters, each a module of nothing but its page.

#[doc = include_str!("requests.md")]
pub mod requests {}

#[doc = include_str!("sources.md")]
pub mod sources {}

#[doc = include_str!("keys.md")]
pub mod keys {}

#[doc = include_str!("remote.md")]
pub mod remote {}

#[doc = include_str!("trusts.md")]
pub mod trusts {}

#[doc = include_str!("guards.md")]
pub mod guards {}

#[doc = include_str!("cookies.md")]
pub mod cookies {}

#[doc = include_str!("answers.md")]
pub mod answers {}

#[doc = include_str!("proxies.md")]
pub mod proxies {}

#[doc = include_str!("metrics.md")]
#[cfg_attr(
    feature = "remote",
    doc = "[`Failure::name`]: crate::remote::Failure::name"
)]
#[cfg_attr(
    not(feature = "remote"),
    doc = "[`Failure::name`]: crate::guide::metrics"
)]
pub mod metrics {}

#[doc = include_str!("testing.md")]
// Without the feature there is only this page to link to.
#[cfg_attr(feature = "testing", doc = "[kit]: crate::testing")]
#[cfg_attr(not(feature = "testing"), doc = "[kit]: crate::guide::testing")]
pub mod testing {}

#[doc = include_str!("recipes.md")]
pub mod recipes {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("migration.md")]
pub mod migration {}
