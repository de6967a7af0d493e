//! Locks existing objects: of a resumed upload, or of a pack that was stored without a lock.

use super::http::Http;
use super::s3::{Mode, Retention};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use object_store::aws::AmazonS3;
use object_store::client::{HttpRequestBody, HttpService as _};
use object_store::path::Path as Key;
use object_store::signer::{SignedUrlOptions, Signer as _};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// Attempts of one request; the pause doubles.
const ATTEMPTS: u32 = 6;
const VALID: Duration = Duration::from_mins(5);

/// S3's GetObjectRetention and PutObjectRetention, which the crate lacks: it only signs the requests.
#[derive(Debug)]
pub struct Lock {
    pub signer: Arc<AmazonS3>,
    pub http: Http,
    pub retention: Retention,
    pub pause: Duration,
}

/// The next step for an object that may already be locked.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It is not locked, or not for as long.
    Lock,
    /// Its lock is at least the requested one.
    Leave,
    /// The requested lock would be weaker.
    Refuse(String),
}

impl Retention {
    /// A lock is never shortened or weakened: S3 would refuse it, but other servers would not.
    fn after(&self, held: Option<&Self>) -> Step {
        let Some(held) = held else { return Step::Lock };
        let is_longer = self.until > held.until;
        let is_stronger = self.mode == Mode::Compliance && held.mode == Mode::Governance;
        let is_weaker = self.mode == Mode::Governance && held.mode == Mode::Compliance;
        let refuse = |why: &str| {
            let (mode, until) = (held.mode.name().to_lowercase(), held.until());
            Step::Refuse(format!("its lock is in {mode} mode until {until}, and {why}"))
        };
        match (is_longer, is_stronger, is_weaker) {
            (true, _, false) => Step::Lock,
            (false, false, _) => Step::Leave,
            (true, _, true) => refuse("governance mode would weaken it"),
            (false, true, _) if self.until == held.until => Step::Lock,
            (false, true, _) => refuse("an earlier end would shorten it"),
        }
    }
}

impl Lock {
    /// Locks an object, unless its lock is already as long. The error says why it cannot be locked.
    pub async fn put(&self, key: &Key) -> Result<(), String> {
        let held = self.held(key).await?;
        match self.retention.after(held.as_ref()) {
            Step::Leave => Ok(()),
            Step::Refuse(why) => Err(why),
            Step::Lock => match self.asked(key, Method::PUT, &self.document()).await? {
                answer if answer.status.is_success() => Ok(()),
                answer => Err(answer.text),
            },
        }
    }

    /// The object's current lock.
    async fn held(&self, key: &Key) -> Result<Option<Retention>, String> {
        let answer = self.asked(key, Method::GET, "").await?;
        // S3 returns this code for an object without a lock.
        if answer.text.contains("NoSuchObjectLockConfiguration") {
            return Ok(None);
        }
        if !answer.status.is_success() {
            return Err(answer.text);
        }
        let Some((mode, until)) = answer.lock() else { return Ok(None) };
        let mode = [Mode::Governance, Mode::Compliance].into_iter().find(|known| known.name() == mode);
        match (mode, until.parse()) {
            (Some(mode), Ok(until)) => Ok(Some(Retention { mode, until })),
            _ => Err("its lock is of a kind that this program does not know".to_owned()),
        }
    }

    fn document(&self) -> String {
        format!(
            "<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>{}</Mode><RetainUntilDate>{}\
             </RetainUntilDate></Retention>",
            self.retention.mode.name(),
            self.retention.until()
        )
    }

    /// Retries until the answer is final.
    async fn asked(&self, key: &Key, method: Method, body: &str) -> Result<Answer, String> {
        let mut attempt = 0;
        loop {
            let (is_passing, problem) = match self.ask(key, method.clone(), body).await? {
                Ok(answer) if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    (true, answer.text)
                }
                Ok(answer) => return Ok(answer),
                Err(problem) => (true, problem),
            };
            attempt += 1;
            if !is_passing || attempt == ATTEMPTS {
                return Err(problem);
            }
            tokio::time::sleep(self.pause * 2_u32.pow(attempt)).await;
        }
    }

    /// The inner error is transient.
    async fn ask(&self, key: &Key, method: Method, body: &str) -> Result<Result<Answer, String>, String> {
        let sum = HeaderValue::from_str(&STANDARD.encode(Sha256::digest(body))).expect("base64 is plain text");
        let name = HeaderName::from_static("x-amz-checksum-sha256");
        let is_put = method == Method::PUT;
        let mut options = SignedUrlOptions::new().with_query([("retention", "")]);
        if is_put {
            options = options.with_signed_header(name.clone(), sum.clone());
        }
        let url = self.signer.signed_url_opts(method.clone(), key, VALID, &options).await;
        let url = url.map_err(|error| error.to_string())?;
        let mut request = Request::builder().method(method).uri(url.as_str());
        if is_put {
            request = request.header(name, sum);
        }
        let request = request.body(HttpRequestBody::from(body.to_owned())).map_err(|error| error.to_string())?;
        let answer = match self.http.call(request).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.into_body().bytes().await;
        let read = body.map(|body| Answer { status, headers, text: String::from_utf8_lossy(&body).into_owned() });
        Ok(read.map_err(|error| error.to_string()))
    }
}

/// A server's response.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    /// Mode and end of a lock from S3's answer, or from the headers of a server that returns the object instead.
    fn lock(&self) -> Option<(String, String)> {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let part = |name: &str| -> Option<String> {
            let rest = self.text.split_once(&format!("<{name}>"))?.1;
            Some(rest.split_once(&format!("</{name}>"))?.0.trim().to_owned())
        };
        let is_document = self.text.trim_start().starts_with('<') && self.text.contains("<Retention");
        let document = || Some((part("Mode")?, part("RetainUntilDate")?));
        let headers = || Some((header("x-amz-object-lock-mode")?, header("x-amz-object-lock-retain-until-date")?));
        if is_document { document() } else { headers() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_never_shortened_or_weakened() {
        let lock = |mode, day: &str| Retention { mode, until: format!("{day}T23:59:59Z").parse().unwrap() };
        let (governance, compliance) = (Mode::Governance, Mode::Compliance);
        let wanted = |mode| lock(mode, "2030-06-30");
        let step = |mode, held: Option<Retention>| match wanted(mode).after(held.as_ref()) {
            Step::Lock => "lock",
            Step::Leave => "leave",
            Step::Refuse(_) => "refuse",
        };
        for (mode, held, expected) in [
            (governance, None, "lock"),
            (governance, Some(lock(governance, "2029-01-01")), "lock"),
            (governance, Some(lock(governance, "2031-01-01")), "leave"),
            (governance, Some(wanted(governance)), "leave"),
            (governance, Some(lock(compliance, "2031-01-01")), "leave"),
            (governance, Some(lock(compliance, "2029-01-01")), "refuse"),
            (compliance, Some(lock(governance, "2029-01-01")), "lock"),
            (compliance, Some(wanted(governance)), "lock"),
            (compliance, Some(lock(governance, "2031-01-01")), "refuse"),
            (compliance, Some(lock(compliance, "2031-01-01")), "leave"),
            (compliance, Some(lock(compliance, "2029-01-01")), "lock"),
        ] {
            assert_eq!(step(mode, held), expected, "{mode:?} over {held:?}");
        }
    }
}
