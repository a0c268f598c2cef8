//! The token that opens the door to the keys, as in a Kubernetes cluster.

use std::path::Path;

use http::HeaderValue;

use super::error::{Failure, RemoteError};

/// Reads it anew each time, as it is replaced every hour or so by whoever wrote it.
pub(super) async fn read(file: &Path) -> Result<HeaderValue, RemoteError> {
    let path = file.to_owned();
    let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await;
    let error = |problem: &dyn std::fmt::Display| {
        let sentence = format!("the bearer token in {}: {problem}", file.display());
        RemoteError::new(Failure::BearerToken, sentence)
    };
    let text = match text {
        Ok(Ok(text)) => text,
        Ok(Err(problem)) => return Err(error(&problem)),
        Err(_) => return Err(error(&"nobody reads it any more")),
    };
    let value = HeaderValue::try_from(format!("Bearer {}", text.trim()));
    let mut value = value.map_err(|_| error(&"has a character that no token has"))?;
    if text.trim().is_empty() {
        return Err(error(&"is empty"));
    }
    value.set_sensitive(true);
    Ok(value)
}
