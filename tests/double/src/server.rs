//! The server: a thread of its own, so that any test can start one.

use crate::account::Account;
use crate::answer::organization::Organization;
use crate::answer::{Asked, Desk};
use crate::faults::Faults;
use crate::http;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Whoever answers requests and remembers them.
pub trait Answers: Send + Sync {
    /// What was asked so far, in order of arrival.
    fn asked(&self) -> Vec<Asked>;
    /// The answer, and how long to wait before.
    fn answer(&self, request: &http::Request) -> (http::Reply, Duration);
}

/// A running double. It stops when it is dropped.
pub struct Double {
    address: SocketAddr,
    desk: Arc<dyn Answers>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Double {
    /// Serves `account` on a free port of 127.0.0.1.
    pub fn start(account: Account, faults: Faults) -> Self {
        Self::start_on(account, faults, 0).expect("127.0.0.1 has a free port")
    }

    /// Serves `account` on a port of 127.0.0.1; 0 is any free one.
    pub fn start_on(account: Account, faults: Faults, port: u16) -> std::io::Result<Self> {
        Self::serve(Arc::new(Desk::new(account, faults)), port)
    }

    /// Serves an organization on a free port of 127.0.0.1.
    pub fn organization(organization: Organization) -> Self {
        Self::organization_on(organization, 0).expect("127.0.0.1 has a free port")
    }

    /// The same on a port; 0 is any free one.
    pub fn organization_on(organization: Organization, port: u16) -> std::io::Result<Self> {
        Self::serve(Arc::new(organization), port)
    }

    fn serve(desk: Arc<dyn Answers>, port: u16) -> std::io::Result<Self> {
        let listener = StdListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let served = Arc::clone(&desk);
        let thread = std::thread::spawn(move || {
            runtime.block_on(accept(listener, served, stopped));
            // Connections that still wait (a slow answer) end with the runtime.
            drop(runtime);
        });
        Ok(Self { address, desk, stop, thread: Some(thread) })
    }

    /// `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked so far, in order of arrival.
    pub fn requests(&self) -> Vec<Asked> {
        self.desk.asked()
    }

    /// Ends the server and every connection.
    pub fn stop(&mut self) {
        // No receiver means that the thread has ended already.
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the server shows in the requests that it did not answer.
            let _ = thread.join();
        }
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn accept(listener: StdListener, desk: Arc<dyn Answers>, mut stopped: watch::Receiver<bool>) {
    let listener = TcpListener::from_std(listener).expect("the listener is bound and non-blocking");
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            connection = listener.accept() => {
                if let Ok((stream, _)) = connection {
                    tokio::spawn(serve(stream, Arc::clone(&desk)));
                }
            }
        }
    }
}

async fn serve(stream: TcpStream, desk: Arc<dyn Answers>) {
    let mut pending = Vec::new();
    // A broken connection is the client's affair; there is nobody here to tell.
    while let Ok(Some(request)) = http::read(&stream, &mut pending).await {
        let (reply, delay) = desk.answer(&request);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let close = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        match http::write(&stream, &reply).await {
            Ok(true) if !close => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;
    use crate::generate;
    use std::io::{Read as _, Write as _};
    use std::time::Duration;

    fn ask(double: &Double, action: &str) -> (String, bool) {
        let mut stream = std::net::TcpStream::connect(double.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let body = format!("Action={action}&Version=2010-05-08");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AK/20260930/us-east-1/iam/aws4_request, Signature=0\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let whole = stream.read_to_end(&mut answer).is_ok();
        (String::from_utf8_lossy(&answer).into_owned(), whole)
    }

    fn promised_and_sent(answer: &str) -> (usize, usize) {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        (length.parse().unwrap(), body.len())
    }

    #[test]
    fn serves_remembers_and_stops() {
        let mut double = Double::start(generate::tidy_startup(), Faults::none().date("Wed, 30 Sep 2026 06:00:00 GMT"));
        let (answer, _) = ask(&double, "GetAccountSummary");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\nx-amzn-RequestId: "), "{answer}");
        assert!(
            answer.contains("Date: Wed, 30 Sep 2026 06:00:00 GMT") && answer.contains("<key>AccountMFAEnabled</key>")
        );
        let (promised, sent) = promised_and_sent(&answer);
        assert_eq!(promised, sent);
        assert_eq!(double.requests()[0].action, "GetAccountSummary");
        double.stop();
        assert!(std::net::TcpStream::connect(double.address).is_err());
    }

    #[test]
    fn faults_break_the_body_on_the_wire() {
        let faults = Faults::none()
            .with(Fault::truncated_body("ListUsers"))
            .with(Fault::reset_mid_body("ListRoles"))
            .with(Fault::not_xml("GetAccountSummary", 502))
            .with(Fault::malformed_body("ListAccountAliases"))
            .with(Fault::hang_up("ListSAMLProviders"));
        let double = Double::start(generate::tidy_startup(), faults);
        let (promised, sent) = promised_and_sent(&ask(&double, "ListUsers").0);
        assert!(sent < promised && sent > 0);
        let (answer, whole) = ask(&double, "ListRoles");
        assert!(!whole || !answer.contains("</ListRolesResponse>"));
        assert!(ask(&double, "GetAccountSummary").0.starts_with("HTTP/1.1 502 Bad Gateway"));
        let malformed = ask(&double, "ListAccountAliases").0;
        let (promised, sent) = promised_and_sent(&malformed);
        assert!(promised == sent && !malformed.contains("</ListAccountAliasesResponse>"));
        assert_eq!(ask(&double, "ListSAMLProviders").0, "");
        assert_eq!(double.requests().iter().map(|asked| asked.status).collect::<Vec<_>>(), [200, 200, 502, 200, 0]);
    }
}
