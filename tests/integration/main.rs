//! keycard as its users see it: over HTTP wherever HTTP is involved, with real keys and real tokens.

#![allow(
    clippy::cast_precision_loss,
    reason = "the times of tests are small numbers"
)]

#[path = "../shared/example.rs"]
mod example;
#[path = "../shared/provider.rs"]
mod openid_provider;
mod recorder;
#[path = "../shared/skip.rs"]
mod skip;
mod support;

mod allocation;
mod attack;
mod bodies;
mod browsers;
mod claims;
mod composition;
mod cookie_attributes;
mod cookie_lines;
mod cookie_parts;
mod cookies;
mod corpus;

mod cross_site;
mod debug;
mod examples;
mod extractors;
mod foreign;
mod form;
mod forward_auth;
mod gates;
mod grants;
mod grpc;
mod guards;
mod hints;
mod hooks;
mod house;
mod identity;
mod issuing;
mod key_errors;
mod key_forms;
mod key_sets;
mod keys;
mod kinds;
mod leaks;
mod load_balancer;
mod logs;
mod metrics;
mod ml_dsa;
mod one_reading;
mod order;
mod properties;
mod provider;
mod proxies;
mod published_keys;
mod readiness;
mod refusals;
mod remote;
mod repository;
mod resource_metadata;
mod rfc;
mod seams;
mod secrets;
mod servers;
mod signers;
mod sources;
mod stand_ins;
mod step_up;
mod testing_kit;
mod trusts;
mod types;
mod verified;
mod wire;
mod withdrawal;
mod wycheproof;
