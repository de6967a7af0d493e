//! What goes wrong, for which action, and how often.

use std::time::Duration;

/// How the double behaves apart from the account it serves.
#[derive(Clone, Debug)]
pub struct Faults {
    pub(crate) list: Vec<Fault>,
    pub(crate) page: usize,
    pub(crate) short_pages: bool,
    pub(crate) latency: Duration,
    pub(crate) in_progress: u32,
    pub(crate) report_ready: bool,
    pub(crate) date: Option<String>,
}

impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

impl Faults {
    /// Nothing goes wrong; pages as large as asked for, up to AWS's 1,000.
    pub fn none() -> Self {
        Self {
            list: Vec::new(),
            page: 1000,
            short_pages: false,
            latency: Duration::ZERO,
            in_progress: 0,
            report_ready: false,
            date: None,
        }
    }

    /// Adds a fault. Of several that apply to a request the first one added happens; slowness adds up.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.list.push(fault);
        self
    }

    /// Caps pages, whatever `MaxItems` asks for.
    #[must_use]
    pub fn page(mut self, entries: usize) -> Self {
        self.page = entries.max(1);
        self
    }

    /// Pages hold fewer entries than asked for, though more follow.
    #[must_use]
    pub fn short_pages(mut self) -> Self {
        self.short_pages = true;
        self
    }

    /// Every answer takes this long.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// `GenerateCredentialReport` says INPROGRESS so often between STARTED and COMPLETE.
    #[must_use]
    pub fn report_takes(mut self, polls: u32) -> Self {
        self.in_progress = polls;
        self
    }

    /// A credential report is cached already: COMPLETE at once.
    #[must_use]
    pub fn report_ready(mut self) -> Self {
        self.report_ready = true;
        self
    }

    /// The `Date` header, verbatim, in place of the machine's clock.
    #[must_use]
    pub fn date(mut self, date: &str) -> Self {
        self.date = Some(date.to_owned());
        self
    }
}

/// Something that goes wrong with one action, or with `*`.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(crate) action: String,
    pub(crate) kind: Kind,
    from: u32,
    until: u32,
    /// Once its action was asked, every request is hit.
    onward: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Deny,
    Error { status: u16, code: String, message: String },
    Truncated,
    Reset,
    HangUp,
    Malformed,
    NotXml(u16),
    Slow(Duration),
    RepeatedMarker,
    EmptyPage,
    Endless,
    Swapped,
    Foreign,
    OtherOperation,
    EmptyLists,
    Rewritten(fn(&mut Rewritten)),
}

/// An answer on its way, for a fault that changes it by hand.
#[derive(Debug)]
pub struct Rewritten {
    pub status: u16,
    pub body: Vec<u8>,
    /// The `x-amzn-ErrorType` header.
    pub error_code: Option<String>,
    /// The service speaks JSON, not XML.
    pub is_json: bool,
    pub action: String,
}

impl Fault {
    fn of(action: &str, kind: Kind) -> Self {
        Self { action: action.to_owned(), kind, from: 1, until: u32::MAX, onward: false }
    }

    /// Any error, in AWS's form.
    pub fn error(action: &str, status: u16, code: &str, message: &str) -> Self {
        Self::of(action, Kind::Error { status, code: code.to_owned(), message: message.to_owned() })
    }

    /// 403 `AccessDenied`, in AWS's words.
    pub fn deny(action: &str) -> Self {
        Self::of(action, Kind::Deny)
    }

    /// 400 `Throttling`.
    pub fn throttle(action: &str) -> Self {
        Self::error(action, 400, "Throttling", "Rate exceeded")
    }

    /// 500 `ServiceFailure` or 503 `ServiceUnavailable`.
    pub fn internal(action: &str, status: u16) -> Self {
        let code = if status == 503 { "ServiceUnavailable" } else { "ServiceFailure" };
        Self::error(
            action,
            status,
            code,
            "The request processing has failed because of an unknown error, exception or failure.",
        )
    }

    /// 403 `ExpiredToken`. With `.from(k)`: the session ends in mid-collection.
    pub fn expired_token(action: &str) -> Self {
        Self::error(action, 403, "ExpiredToken", "The security token included in the request is expired")
    }

    /// 403 `SignatureDoesNotMatch`, as for a wrong secret key.
    pub fn signature(action: &str) -> Self {
        let message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                       Access Key and signing method. Consult the service documentation for details.";
        Self::error(action, 403, "SignatureDoesNotMatch", message)
    }

    /// 403 `SignatureDoesNotMatch`, as for a request signed for another region.
    pub fn wrong_region(action: &str, signed_for: &str) -> Self {
        let message = format!("Credential should be scoped to a valid region, not '{signed_for}'. ");
        Self::error(action, 403, "SignatureDoesNotMatch", &message)
    }

    /// 410 `ReportExpired`.
    pub fn report_expired() -> Self {
        Self::error("GetCredentialReport", 410, "ReportExpired", "Unknown")
    }

    /// The body ends before its Content-Length, and the connection with it.
    pub fn truncated_body(action: &str) -> Self {
        Self::of(action, Kind::Truncated)
    }

    /// The connection is reset in the middle of the body.
    pub fn reset_mid_body(action: &str) -> Self {
        Self::of(action, Kind::Reset)
    }

    /// The connection ends without an answer.
    pub fn hang_up(action: &str) -> Self {
        Self::of(action, Kind::HangUp)
    }

    /// 200 with XML that breaks off, of the promised length.
    pub fn malformed_body(action: &str) -> Self {
        Self::of(action, Kind::Malformed)
    }

    /// A proxy's HTML page, with 200 or 502.
    pub fn not_xml(action: &str, status: u16) -> Self {
        Self::of(action, Kind::NotXml(status))
    }

    /// The answer takes this long.
    pub fn slow(action: &str, delay: Duration) -> Self {
        Self::of(action, Kind::Slow(delay))
    }

    /// Every page after the first leads to itself again.
    pub fn repeated_marker(action: &str) -> Self {
        Self::of(action, Kind::RepeatedMarker)
    }

    /// A page without entries that says more follow.
    pub fn empty_page(action: &str) -> Self {
        Self::of(action, Kind::EmptyPage)
    }

    /// Every page leads to another with the same entries, for ever.
    pub fn endless_pages(action: &str) -> Self {
        Self::of(action, Kind::Endless)
    }

    /// What the same operation answers about something else, where the account has another such answer.
    pub fn swapped(action: &str) -> Self {
        Self::of(action, Kind::Swapped)
    }

    /// The same answer of account 999988887777.
    pub fn foreign(action: &str) -> Self {
        Self::of(action, Kind::Foreign)
    }

    /// What another operation of the service answers, as if it were the answer to this one.
    pub fn other_operation(action: &str) -> Self {
        Self::of(action, Kind::OtherOperation)
    }

    /// The answer with nothing in its lists, and without a way to further pages.
    pub fn empty_lists(action: &str) -> Self {
        Self::of(action, Kind::EmptyLists)
    }

    /// Anything else.
    pub fn rewritten(action: &str, how: fn(&mut Rewritten)) -> Self {
        Self::of(action, Kind::Rewritten(how))
    }

    /// Only the first `requests` of the action.
    #[must_use]
    pub fn first(mut self, requests: u32) -> Self {
        self.until = requests;
        self
    }

    /// From request `number` of the action on (1 is the first; all actions count for `*`).
    #[must_use]
    pub fn from(mut self, number: u32) -> Self {
        self.from = number;
        self
    }

    /// From the first request of the action on, every request of any action.
    #[must_use]
    pub fn onward(mut self) -> Self {
        self.onward = true;
        self
    }

    /// Whether it goes on after its action was asked.
    pub(crate) fn goes_on<'a>(&self, mut asked: impl Iterator<Item = &'a String>) -> bool {
        self.onward && asked.any(|action| self.is_about(action))
    }

    fn is_about(&self, action: &str) -> bool {
        let bare = action.rsplit(':').next().unwrap_or(action);
        self.action == "*" || self.action == if self.action.contains(':') { action } else { bare }
    }

    /// `nth` is the action's count, `total` that of all actions.
    ///
    /// Where several services have an operation of that name, the fault may say which: `identitystore:ListUsers`.
    pub(crate) fn applies(&self, action: &str, nth: u32, total: u32) -> bool {
        let number = if self.action == "*" { total } else { nth };
        self.is_about(action) && (self.from..=self.until).contains(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_knows_its_turns() {
        let hits =
            |fault: &Fault, action: &str| (1..=5).filter(|n| fault.applies(action, *n, n + 10)).collect::<Vec<_>>();
        assert_eq!(hits(&Fault::throttle("ListUsers").first(2), "ListUsers"), [1, 2]);
        assert_eq!(hits(&Fault::throttle("ListUsers").from(4), "ListUsers"), [4, 5]);
        assert_eq!(hits(&Fault::throttle("ListUsers"), "ListRoles"), [0_u32; 0]);
        assert_eq!(hits(&Fault::expired_token("*").from(14), "ListRoles"), [4, 5]);
    }
}
