//! Clock, answers and requests in any order, against a model that is simple enough to be believed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use http::Response;
use keycard::Algorithm::ES256;
use keycard::clock::{ManualClock, Timer};
use keycard::keys::BoxFuture;
use keycard::remote::{Failure, Fetch, FetchError, FetchRequest, RemoteKeys};
use keycard::verify::VerifyError;
use keycard::{Issuer, SigningKey, Verifier};
use proptest::prelude::*;

use super::server::{new_key, set};
use crate::support::{ROOMS, clock};

const IDP: &str = "https://idp.example";
const FRESH: u64 = 600;
const STALE: u64 = 900;
const WINDOW: u64 = 30;

/// Keys that the issuer may publish, and a token of each.
static KEYS: LazyLock<Vec<(SigningKey, String)>> = LazyLock::new(|| {
    let keys = (0..5).map(|_| new_key(ES256));
    let with_token = keys.map(|key| {
        let issuer = Issuer::builder(key.clone()).issuer(IDP).audience(ROOMS);
        let issuer = issuer
            .with_clock(clock())
            .lifetime(Duration::from_secs(1 << 30));
        let token = issuer.build().unwrap().token("anna").sign().unwrap();
        (key, token.as_str().to_owned())
    });
    with_token.collect()
});

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    Pass(u64),
    Publish(BTreeSet<usize>),
    Break,
    Heal,
    Request(usize),
    Reload,
}

fn event() -> impl Strategy<Value = Event> {
    let key = 0..KEYS.len();
    prop_oneof![
        2 => (1_u64..40).prop_map(Event::Pass),
        2 => (1_u64..700).prop_map(Event::Pass),
        2 => proptest::collection::btree_set(key.clone(), 1..4).prop_map(Event::Publish),
        1 => Just(Event::Break),
        1 => Just(Event::Heal),
        8 => key.prop_map(Event::Request),
        1 => Just(Event::Reload),
    ]
}

/// The other side.
#[derive(Default)]
struct Idp {
    published: BTreeSet<usize>,
    is_broken: bool,
    asked: usize,
}

#[derive(Clone, Default)]
struct Client(Arc<Mutex<Idp>>);

impl Fetch for Client {
    fn fetch<'a>(
        &'a self,
        _: &'a FetchRequest,
    ) -> BoxFuture<'a, Result<Response<Bytes>, FetchError>> {
        let mut idp = self.0.lock().unwrap();
        idp.asked += 1;
        let keys: Vec<&SigningKey> = idp.published.iter().map(|key| &KEYS[*key].0).collect();
        let answer = if idp.is_broken {
            Err(FetchError::new(Failure::Connection, "nobody is there"))
        } else {
            let answer = Response::builder().header("content-type", "application/json");
            Ok(answer.body(set(&keys).into()).unwrap())
        };
        Box::pin(async { answer })
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Outcome {
    In,
    NoSuchKey,
    Outage,
}

/// What is to be expected, counted in seconds.
#[derive(Default)]
struct Model {
    now: u64,
    held: Option<(BTreeSet<usize>, u64)>,
    has_failed: bool,
    spent: Vec<u64>,
    missing: HashMap<usize, u64>,
    fetches: usize,
}

impl Model {
    fn fetch(&mut self, idp: &Client) {
        let idp = idp.0.lock().unwrap();
        self.fetches += 1;
        self.has_failed = idp.is_broken;
        if !idp.is_broken {
            self.held = Some((idp.published.clone(), self.now));
        }
    }

    fn usable(&self) -> Option<&BTreeSet<usize>> {
        let (keys, since) = self.held.as_ref()?;
        (self.now < since + FRESH + STALE).then_some(keys)
    }

    fn request(&mut self, key: usize, idp: &Client) -> Outcome {
        let Some(keys) = self.usable() else {
            return Outcome::Outage;
        };
        if keys.contains(&key) {
            return Outcome::In;
        }
        let (now, is_recent) = (self.now, |then: &u64| self.now - then < WINDOW);
        let spent = self.spent.iter().filter(|then| is_recent(then)).count();
        if !self.missing.get(&key).is_some_and(is_recent) && spent < 2 {
            self.spent.push(now);
            self.fetch(idp);
            if self.usable().is_some_and(|keys| keys.contains(&key)) {
                return Outcome::In;
            }
            if !self.has_failed {
                self.missing.insert(key, now);
            }
        }
        if self.has_failed {
            Outcome::Outage
        } else {
            Outcome::NoSuchKey
        }
    }
}

struct Tried {
    idp: Client,
    clock: ManualClock,
    keys: RemoteKeys,
    verifier: Verifier,
    model: Model,
}

impl Tried {
    async fn new() -> Self {
        let (idp, clock) = (Client::default(), clock());
        idp.0.lock().unwrap().published.insert(0);
        let keys = RemoteKeys::builder(IDP)
            .jwks_url(format!("{IDP}/keys"))
            .fetch(idp.clone())
            .with_clock(clock.clone())
            .stale_for(Duration::from_secs(STALE))
            .connect()
            .await
            .unwrap();
        let verifier = Verifier::builder(keys.clone()).audience(ROOMS);
        let verifier = verifier
            .with_clock(crate::support::clock())
            .build()
            .unwrap();
        let mut model = Model::default();
        model.fetch(&idp);
        Self {
            idp,
            clock,
            keys,
            verifier,
            model,
        }
    }

    async fn happens(&mut self, event: Event) {
        match event {
            Event::Pass(seconds) => {
                let due = self.keys.state().next_fetch();
                let passed = Duration::from_secs(seconds);
                self.clock.advance(passed);
                self.model.now += seconds;
                if passed >= due {
                    self.model.fetch(&self.idp);
                }
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
            }
            Event::Publish(keys) => self.idp.0.lock().unwrap().published = keys,
            Event::Break => self.idp.0.lock().unwrap().is_broken = true,
            Event::Heal => self.idp.0.lock().unwrap().is_broken = false,
            Event::Reload => {
                self.model.fetch(&self.idp);
                assert_eq!(self.keys.reload().await.is_err(), self.model.has_failed);
            }
            Event::Request(key) => {
                let expected = self.model.request(key, &self.idp);
                let outcome = match self.verifier.verify(&*KEYS[key].1).await {
                    Ok(_) => Outcome::In,
                    Err(VerifyError::Unavailable(_)) => Outcome::Outage,
                    Err(_) => Outcome::NoSuchKey,
                };
                assert_eq!(outcome, expected);
            }
        }
        assert_eq!(
            self.idp.0.lock().unwrap().asked,
            self.model.fetches,
            "fetches"
        );
        let state = self.keys.state();
        assert_eq!(state.status().is_usable(), self.model.usable().is_some());
        assert_eq!(state.last_error().is_some(), self.model.has_failed);
        assert_eq!(self.clock.elapsed().as_secs(), self.model.now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_in_any_order(events in proptest::collection::vec(event(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut tried = Tried::new().await;
            for event in events {
                tried.happens(event).await;
            }
        });
    }
}
