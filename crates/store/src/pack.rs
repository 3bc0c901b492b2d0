//! Bodies are kept byte for byte, but packed where that helps: the single writer's bytes bound the whole service, so that a third of
//! the bytes is three times the hooks. Packing runs on the request's own task, before the batch.

use std::cell::RefCell;
use std::io::Read;

use bytes::Bytes;

use crate::record::Packing;

/// Below this many bytes zstd's frame eats what it saves.
const WORTH_PACKING: usize = 512;
/// Level 1: 20 µs for 10 KB; higher levels cost several times that for a few percent.
const LEVEL: i32 = 1;

thread_local! {
    /// A compressor holds about a megabyte of tables; building one for each body would cost more than the packing.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

/// Packs a body when that makes it smaller; else it stays as it is.
#[must_use]
pub fn pack(body: &[u8]) -> (Packing, Bytes) {
    if body.len() >= WORTH_PACKING
        && let Some(packed) = COMPRESSOR.with_borrow_mut(|kept| compress(kept, body))
        && packed.len() < body.len()
    {
        return (Packing::Zstd, Bytes::from(packed));
    }
    (Packing::Plain, Bytes::copy_from_slice(body))
}

fn compress(kept: &mut Option<zstd::bulk::Compressor<'static>>, body: &[u8]) -> Option<Vec<u8>> {
    if kept.is_none() {
        *kept = zstd::bulk::Compressor::new(LEVEL).ok();
    }
    kept.as_mut()?.compress(body).ok()
}

/// The body as it came, `length` bytes long.
///
/// # Errors
/// In words, when the stored bytes are not what was packed.
pub fn unpack(packing: Packing, length: u32, stored: &[u8]) -> Result<Bytes, String> {
    let body = match packing {
        Packing::Plain => Bytes::copy_from_slice(stored),
        Packing::Zstd => {
            let mut body = Vec::with_capacity(length as usize);
            let decoder = zstd::stream::read::Decoder::new(stored).map_err(|error| error.to_string())?;
            // One byte more than promised is enough to see that the row lies; a broken row never fills the memory.
            decoder.take(u64::from(length) + 1).read_to_end(&mut body).map_err(|error| error.to_string())?;
            Bytes::from(body)
        }
    };
    if body.len() == length as usize {
        Ok(body)
    } else {
        Err(format!("the body has {} bytes where {length} were written", body.len()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn every_body_comes_back_byte_for_byte() {
        let long = "{\"title\":\"it broke\"}".repeat(400).into_bytes();
        let noise: Vec<u8> = (0_u32..4_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for body in [b"".to_vec(), b"\0".to_vec(), b"{}".to_vec(), vec![0xff, 0xfe, 0, 1], long, noise] {
            let (packing, packed) = pack(&body);
            assert_eq!(unpack(packing, body.len() as u32, &packed).unwrap(), body);
            assert!(packed.len() <= body.len());
        }
    }

    #[test]
    fn a_row_that_lies_about_its_length_is_refused() {
        let body = vec![b'a'; 5_000];
        let (packing, packed) = pack(&body);
        assert_eq!(packing, Packing::Zstd);
        assert!(unpack(packing, 4_999, &packed).is_err());
        assert!(unpack(packing, 5_001, &packed).is_err());
        assert!(unpack(Packing::Zstd, 5, b"hello").is_err());
    }
}
