//! One fetch: metadata if it is needed, then the keys. What it learned on the way is kept for the next.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use http::{HeaderValue, Response, StatusCode};
use url::Url;

use super::address::{shortened, shown};
use super::error::{Failure, RemoteError};
use super::fetch::FetchRequest;
use super::freshness::retry_after;
use super::metadata::{self, Metadata};
use super::settings::Settings;
use crate::keys::KeySet;
use crate::observe::{Event, observe};

/// How long the address of the keys is taken from the same metadata.
const METADATA_FRESH: Duration = Duration::from_secs(24 * 3600);

const KEY_TYPES: HeaderValue =
    HeaderValue::from_static("application/jwk-set+json, application/json");
const METADATA_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// What a fetch brought.
pub(super) struct Loaded {
    /// The keys; nothing if they are those of the last time.
    pub(super) changed: Option<KeySet>,
    /// For how long they are good.
    pub(super) fresh: Duration,
}

/// Why a fetch brought nothing, and for how long the other side wants to be left alone.
pub(super) struct Failed {
    pub(super) error: RemoteError,
    pub(super) pause: Option<Duration>,
}

impl From<RemoteError> for Failed {
    fn from(error: RemoteError) -> Self {
        Self { error, pause: None }
    }
}

/// Fetches, and remembers what makes the next fetch smaller.
#[derive(Default)]
pub(super) struct Courier {
    found: Option<Found>,
    last: Option<Seen>,
}

/// Where the keys are by the metadata, and since when that is known.
struct Found {
    url: Url,
    since: Duration,
}

/// What the keys were read from the last time.
struct Seen {
    url: Url,
    entity_tag: Option<HeaderValue>,
    /// For how long it said that they are good.
    said: Option<Duration>,
    digest: Box<[u8]>,
}

impl Courier {
    /// Fetches the keys. `held` tells whether those of the last time are still at hand, and `is_called` whether somebody
    /// misses one of them.
    pub(super) async fn fetch(
        &mut self,
        settings: &Settings,
        held: bool,
        is_called: bool,
    ) -> Result<Loaded, Failed> {
        if !held {
            self.last = None;
        }
        let place = &settings.place;
        if let (Some(url), true) = (&place.keys, place.metadata.is_empty()) {
            return self.fetch_keys(settings, url).await;
        }
        // Gone until there are keys at that address, also where nobody answers in time: they may have moved.
        let found = match self.found.take() {
            Some(found) if found.is_good(settings, is_called) => found,
            old => Found::by_metadata(settings, old).await?,
        };
        let loaded = self.fetch_keys(settings, &found.url).await?;
        self.found = Some(found);
        Ok(loaded)
    }

    async fn fetch_keys(&mut self, settings: &Settings, url: &Url) -> Result<Loaded, Failed> {
        let last = self.last.as_ref().filter(|last| last.url == *url);
        let tag = last.and_then(|last| last.entity_tag.clone());
        let asked_with_tag = tag.is_some();
        let answer = ask(settings, url, KEY_TYPES, tag).await?;
        let freshness = &settings.numbers.freshness;
        let mut said = freshness.said(answer.headers());
        if answer.status() == StatusCode::NOT_MODIFIED && asked_with_tag {
            // RFC 9111, section 4.3.4: what it does not say anew is as before.
            if let Some(last) = &mut self.last {
                last.said = said.or(last.said);
                said = last.said;
            }
            let fresh = said.unwrap_or(freshness.usual);
            let changed = None;
            return Ok(Loaded { changed, fresh });
        }
        if is_about_the_request(answer.status())
            && let Some(last) = &mut self.last
        {
            // Perhaps about the tag, which would be sent for ever.
            last.entity_tag = None;
        }
        demand_success(settings, url, &answer)?;
        let last = self.last.as_ref().filter(|last| last.url == *url);
        demand_json(
            url,
            answer.headers(),
            &["application/jwk-set+json", "application/json"],
        )?;
        let digest = digest(&SHA256, answer.body()).as_ref().into();
        let changed = match last {
            Some(last) if last.digest == digest => None,
            _ => Some(read_keys(settings, url, answer.body())?),
        };
        self.last = Some(Seen {
            url: url.clone(),
            entity_tag: answer.headers().get(ETAG).cloned(),
            said,
            digest,
        });
        let fresh = said.unwrap_or(freshness.usual);
        Ok(Loaded { changed, fresh })
    }
}

impl Found {
    /// Tells whether it need not be asked for. Whoever misses a key may miss it because the keys have moved, and those of
    /// before are still there.
    fn is_good(&self, settings: &Settings, is_called: bool) -> bool {
        let most = if is_called {
            METADATA_FRESH.min(settings.numbers.freshness.usual)
        } else {
            METADATA_FRESH
        };
        self.age(settings) < most
    }

    fn age(&self, settings: &Settings) -> Duration {
        settings.timer.elapsed().saturating_sub(self.since)
    }

    /// Asks the metadata. What was found before will do if there is none.
    async fn by_metadata(settings: &Settings, old: Option<Self>) -> Result<Self, Failed> {
        let since = settings.timer.elapsed();
        let metadata = match (fetch_metadata(settings).await, old) {
            (Ok(metadata), _) => metadata,
            (Err(_), Some(old)) if old.age(settings) < METADATA_FRESH => return Ok(old),
            (Err(failed), _) => return Err(failed),
        };
        let place = &settings.place;
        let url = match &place.keys {
            Some(url) => url.clone(),
            None => metadata.key_address(&settings.plain_http)?,
        };
        if url.host() != metadata.url.host() {
            observe(&Event::KeysOnOtherHost {
                source: place.name(),
                host: &shortened(url.host_str().unwrap_or_default()),
            });
        }
        Ok(Self { url, since })
    }
}

fn is_about_the_request(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS
}

/// Asks each address for metadata in turn. Only one that has none there leads to the next: an outage is one.
async fn fetch_metadata(settings: &Settings) -> Result<Metadata, Failed> {
    let mut first_error = None;
    for url in &settings.place.metadata {
        let answer = ask(settings, url, METADATA_TYPE, None).await?;
        let read = demand_success(settings, url, &answer).and_then(|()| {
            demand_json(url, answer.headers(), &["application/json"])?;
            let metadata = Metadata::read(url, answer.body())?;
            Ok(metadata)
        });
        match read {
            Ok(metadata) => {
                metadata.demand_issuer(settings.place.issuer.as_deref())?;
                return Ok(metadata);
            }
            Err(failed) if !leads_on(failed.error.failure()) => return Err(failed),
            Err(failed) => first_error = first_error.or(Some(failed)),
        }
    }
    // With the first address, which most issuers have, and what is wrong with it.
    let failed = first_error.unwrap_or_else(|| RemoteError::configuration("no address").into());
    let Failed { error, pause } = failed;
    let sentence = format!(
        "{error}. There is no metadata at {}: is the issuer written as the iss of its tokens, with its path? If the \
         metadata is elsewhere, say so with discovery_url, and if there is none, where the keys are with jwks_url",
        match settings.place.metadata.len() {
            1 => "this address".to_owned(),
            number => format!("{number} addresses"),
        }
    );
    let error = RemoteError::new(error.failure(), sentence);
    Err(Failed { error, pause })
}

/// Tells whether an answer says no more than that this is the wrong address: many a server has a page for each.
const fn leads_on(failure: Failure) -> bool {
    match failure {
        Failure::Status(status) => status < 500 && status != 429,
        Failure::ContentType | Failure::Malformed | Failure::Redirect => true,
        _ => false,
    }
}

async fn ask(
    settings: &Settings,
    url: &Url,
    types: HeaderValue,
    tag: Option<HeaderValue>,
) -> Result<Response<Bytes>, Failed> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, types);
    if let Some(tag) = tag {
        headers.insert(IF_NONE_MATCH, tag);
    }
    // Metadata can name any address, and the token is for none but those of the operator.
    if let Some(file) = &settings.bearer_token
        && settings.place.is_configured(url)
    {
        headers.insert(AUTHORIZATION, super::bearer::read(file).await?);
    }
    let request = FetchRequest {
        url: url.as_str().into(),
        headers,
        max_bytes: settings.numbers.body,
    };
    let answer = settings.fetch.fetch(&request).await.map_err(|error| {
        let sentence = format!(
            "{} cannot be fetched: {error}{}",
            shown(url),
            advice(error.failure(), &error.to_string())
        );
        RemoteError::new(error.failure(), sentence)
    })?;
    if answer.body().len() > settings.numbers.body {
        let sentence = format!("{} is longer than max_body_bytes", shown(url));
        return Err(RemoteError::new(Failure::TooLong, sentence).into());
    }
    Ok(answer)
}

fn advice(failure: Failure, cause: &str) -> &'static str {
    match failure {
        Failure::Certificate if cause.contains("not valid for name") => {
            ". Name the address by a name that the certificate is for"
        }
        Failure::Connection if cause.contains("InvalidContentType") => {
            ". Does somebody speak http there, without TLS?"
        }
        Failure::Certificate => {
            ". If it comes from an authority of your own, name that with certificate_authority"
        }
        Failure::TooLong => ". See max_body_bytes",
        _ => "",
    }
}

/// Whoever keeps the door shut wants a token, or another one.
fn advice_about(status: StatusCode, settings: &Settings, url: &Url) -> &'static str {
    if status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN {
        return "";
    }
    match (&settings.bearer_token, settings.place.is_configured(url)) {
        (None, _) => ": if it wants a token, name its file with bearer_token_file",
        (Some(_), true) => ", and has seen the token of bearer_token_file",
        (Some(_), false) => {
            ", and has not seen the token of bearer_token_file, as only the metadata names this host: if it may see it, \
             name the address with jwks_url"
        }
    }
}

fn demand_success(settings: &Settings, url: &Url, answer: &Response<Bytes>) -> Result<(), Failed> {
    let status = answer.status();
    if status == StatusCode::OK {
        return Ok(());
    }
    let pause = retry_after(answer.headers(), settings.timer.now());
    if status.is_redirection() {
        let sentence = format!(
            "{} redirects (status {}), which is not followed: configure the address where it ends",
            shown(url),
            status.as_u16()
        );
        let error = RemoteError::new(Failure::Redirect, sentence);
        return Err(Failed { error, pause });
    }
    let sentence = format!(
        "{} answers with status {}{}",
        shown(url),
        status.as_u16(),
        advice_about(status, settings, url)
    );
    let error = RemoteError::new(Failure::Status(status.as_u16()), sentence);
    Err(Failed { error, pause })
}

fn demand_json(url: &Url, headers: &HeaderMap, types: &[&str]) -> Result<(), RemoteError> {
    let found = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let found = String::from_utf8_lossy(found.unwrap_or_default());
    let media_type = found.split(';').next().unwrap_or_default().trim();
    if types.iter().any(|one| media_type.eq_ignore_ascii_case(one)) {
        return Ok(());
    }
    let shown_type: String = media_type.chars().take(60).collect();
    let advice = if media_type.eq_ignore_ascii_case("text/html") {
        ": this is a page for people"
    } else {
        ""
    };
    let sentence = format!(
        "{} is of type {shown_type:?}, and not {}{advice}",
        shown(url),
        types.join(" or ")
    );
    Err(RemoteError::new(Failure::ContentType, sentence))
}

fn read_keys(settings: &Settings, url: &Url, body: &[u8]) -> Result<KeySet, RemoteError> {
    let text = std::str::from_utf8(body).map_err(|_| metadata::malformed(url, "not UTF-8"))?;
    let most = settings.numbers.keys;
    let keys = settings.reader.clone().max_keys(most).read(text);
    let keys = keys.map_err(|error| match error {
        crate::keys::KeyError::TooManyKeys { found } => {
            let sentence = format!("{} has {found} keys: see max_keys", shown(url));
            RemoteError::new(Failure::TooManyKeys, sentence)
        }
        crate::keys::KeyError::Malformed(problem) => metadata::malformed(url, problem),
        error => metadata::malformed(url, &format!("no JWK Set: {error}")),
    })?;
    if !keys.is_empty() {
        return Ok(keys);
    }
    let sentence = match keys.count_skipped() {
        (0, _) => format!("{} is a set without a key", shown(url)),
        (skipped, reasons) => format!(
            "{} has no key that can be used; {skipped} cannot: {}",
            shown(url),
            reasons.join("; ")
        ),
    };
    Err(RemoteError::new(Failure::NoKeys, sentence))
}
