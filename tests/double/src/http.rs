//! HTTP/1.1 over a TCP stream, by hand, so that a reply can also go wrong by hand.

use std::io::{Error, ErrorKind, Result};
use tokio::net::TcpStream;

/// A request, read whole.
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// How a reply reaches its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Whole,
    /// Half of the body, then an orderly end.
    Truncated,
    /// Half of the body, then a reset.
    Reset,
    /// Not at all.
    Nothing,
}

/// A reply.
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub request_id: String,
    /// The error's code, where the protocol has a header for it.
    pub error_code: Option<String>,
    pub date: String,
    pub body: Vec<u8>,
    pub delivery: Delivery,
}

/// Bytes of a request at most; IAM's are far smaller.
const LIMIT: usize = 1 << 20;

/// Reads the next request; `None` at the end of the connection. `pending` keeps bytes that came early.
pub async fn read(stream: &TcpStream, pending: &mut Vec<u8>) -> Result<Option<Request>> {
    loop {
        if let Some((request, length)) = parsed(pending)? {
            pending.drain(..length);
            return Ok(Some(request));
        }
        if pending.len() > LIMIT {
            return Err(Error::new(ErrorKind::InvalidData, "the request is too long"));
        }
        stream.readable().await?;
        let mut chunk = [0; 16 * 1024];
        match stream.try_read(&mut chunk) {
            Ok(0) => return Ok(None),
            Ok(length) => pending.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// The request at the start of `bytes` and its length, once all of it is there.
fn parsed(bytes: &[u8]) -> Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let invalid = |error: httparse::Error| Error::new(ErrorKind::InvalidData, error.to_string());
    let httparse::Status::Complete(start) = head.parse(bytes).map_err(invalid)? else {
        return Ok(None);
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers: Vec<(String, String)> =
        head.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    let (method, target) = (head.method.unwrap_or("GET").to_owned(), head.path.unwrap_or("/").to_owned());
    let mut request = Request { method, target, headers, body: Vec::new() };
    let length: usize = request.header("content-length").and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    let Some(body) = bytes.get(start..start + length.min(LIMIT)) else {
        return Ok(None);
    };
    body.clone_into(&mut request.body);
    Ok(Some((request, start + length)))
}

/// Writes a reply; says whether the connection lives on.
pub async fn write(stream: &TcpStream, reply: &Reply) -> Result<bool> {
    if reply.delivery == Delivery::Nothing {
        return Ok(false);
    }
    let reason = match reply.status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        410 => "Gone",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Unknown",
    };
    let head = format!(
        "HTTP/1.1 {} {reason}\r\nx-amzn-RequestId: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nDate: {}\r\n{}\r\n",
        reply.status,
        reply.request_id,
        reply.content_type,
        reply.body.len(),
        reply.date,
        reply.error_code.as_ref().map_or(String::new(), |code| format!("x-amzn-ErrorType: {code}\r\n"))
    );
    let cut = if reply.delivery == Delivery::Whole { reply.body.len() } else { reply.body.len() / 2 };
    send(stream, &[head.as_bytes(), &reply.body[..cut]].concat()).await?;
    if reply.delivery == Delivery::Reset {
        stream.set_zero_linger()?;
    }
    Ok(reply.delivery == Delivery::Whole)
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_when_it_is_whole() {
        let bytes = b"POST / HTTP/1.1\r\nContent-Length: 4\r\nHost: x\r\n\r\nabcdPOST";
        assert!(parsed(&bytes[..bytes.len() - 6]).unwrap().is_none());
        let (request, length) = parsed(bytes).unwrap().unwrap();
        assert_eq!(request.body, b"abcd");
        assert_eq!(request.header("HOST"), Some("x"));
        assert_eq!(&bytes[length..], b"POST");
        assert!(parsed(b"\x16\x03\x01 TLS").is_err());
    }
}
