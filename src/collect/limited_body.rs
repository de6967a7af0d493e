//! A response body with a size limit, so that no server can exhaust memory.

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The default limit in bytes. A page of a thousand principals with all their policies has about twenty million.
pub const MOST: u64 = 64 << 20;

/// The start of the error message; `capture` recognizes the error by it.
pub const TOO_LONG: &str = "the answer is longer than";

/// A body that fails after `most` bytes.
pub struct LimitedBody {
    body: SdkBody,
    left: u64,
    most: u64,
}

impl LimitedBody {
    pub fn new(body: SdkBody, most: u64) -> Self {
        Self { body, left: most, most }
    }
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        let next = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &next
            && let Some(data) = frame.data_ref()
        {
            match this.left.checked_sub(data.len() as u64) {
                Some(left) => this.left = left,
                None => return Poll::Ready(Some(Err(format!("{TOO_LONG} {} MB", this.most >> 20).into()))),
            }
        }
        next
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    fn read_body(length: usize, most: u64) -> Result<u64, String> {
        let mut body = LimitedBody::new(SdkBody::from(vec![b'x'; length]), most);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut read = 0;
            while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
                let frame = frame.map_err(|error| error.to_string())?;
                read += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Ok(read)
        })
    }

    #[test]
    fn a_body_is_read_up_to_the_limit_and_no_further() {
        assert_eq!(read_body(1000, 1000), Ok(1000));
        assert!(read_body((1 << 20) + 1, 1 << 20).is_err_and(|error| error == "the answer is longer than 1 MB"));
        assert_eq!(read_body(0, 1000), Ok(0));
    }
}
