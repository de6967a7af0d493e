//! Rewrites a PDF with object streams (PDF 1.5 and later, allowed in PDF/A-3).
//!
//! A tagged table has an object for each of its cells; the exporter writes them
//! out in plain text, which makes the structure of a sheet thirty times as large
//! as its content. Packed and deflated, the file shrinks to about an eighth.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::fmt::Write as _;
use std::io::Write as _;

/// Objects a stream: readers unpack a stream to get at one object.
const PER_STREAM: usize = 200;

/// The place of an object in the new file.
#[derive(Clone, Copy)]
enum Place {
    Free,
    At(usize),
    In { stream: usize, index: usize },
}

/// The same document, smaller; `None` if the file is not of the shape that our exporter writes.
pub(super) fn compact(pdf: &[u8]) -> Option<Vec<u8>> {
    let old = Table::parse(pdf)?;
    let mut places = vec![Place::Free; old.count];
    let mut out = pdf.get(..*old.sorted.first().map(|(offset, _)| offset)?)?.to_vec();
    let mut plain = Vec::new();
    for (position, &(offset, number)) in old.sorted.iter().enumerate() {
        let end = old.sorted.get(position + 1).map_or(old.start, |next| next.0);
        let object = pdf.get(offset..end)?.trim_ascii();
        let body = object.strip_prefix(format!("{number} 0 obj").as_bytes())?.strip_suffix(b"endobj")?.trim_ascii();
        if body.ends_with(b"endstream") {
            places[number] = Place::At(out.len());
            out.extend_from_slice(object);
            out.extend_from_slice(b"\n\n");
        } else {
            plain.push((number, body));
        }
    }
    for group in plain.chunks(PER_STREAM) {
        let stream = places.len();
        for (index, (number, _)) in group.iter().enumerate() {
            places[*number] = Place::In { stream, index };
        }
        places.push(Place::At(out.len()));
        write_group(&mut out, stream, group)?;
    }
    write_table(&mut out, &mut places, old.trailer)?;
    Some(out)
}

/// The old file's cross-reference table.
struct Table<'a> {
    /// Objects by offset.
    sorted: Vec<(usize, usize)>,
    /// Object numbers given, the free zero included.
    count: usize,
    /// Where the table starts.
    start: usize,
    /// The trailer's entries but for `/Size`.
    trailer: &'a str,
}

impl<'a> Table<'a> {
    fn parse(pdf: &'a [u8]) -> Option<Self> {
        let tail = pdf.get(pdf.len().saturating_sub(64)..)?;
        let at = tail.windows(9).rposition(|window| window == b"startxref")?;
        let start: usize = str::from_utf8(&tail[at + 9..]).ok()?.split_ascii_whitespace().next()?.parse().ok()?;
        let text = pdf.get(start..)?.strip_prefix(b"xref\n0 ")?;
        let eol = text.iter().position(|byte| *byte == b'\n')?;
        let count: usize = str::from_utf8(&text[..eol]).ok()?.trim().parse().ok()?;
        let entries = text.get(eol + 1..eol + 1 + 20 * count)?;
        let mut sorted = Vec::with_capacity(count);
        for (number, entry) in entries.chunks(20).enumerate() {
            if entry.get(17) == Some(&b'n') {
                sorted.push((str::from_utf8(&entry[..10]).ok()?.parse().ok()?, number));
            }
        }
        sorted.sort_unstable();
        let trailer = str::from_utf8(&text[eol + 1 + 20 * count..]).ok()?.trim().strip_prefix("trailer")?.trim();
        let trailer = trailer.strip_prefix("<<")?.split("startxref").next()?.trim().strip_suffix(">>")?;
        let trailer = trailer.trim().strip_prefix(&format!("/Size {count}"))?;
        Some(Self { sorted, count, start, trailer })
    }
}

fn write_group(out: &mut Vec<u8>, number: usize, group: &[(usize, &[u8])]) -> Option<()> {
    let (mut index, mut bodies) = (String::new(), Vec::new());
    for (object, body) in group {
        write!(index, "{object} {} ", bodies.len()).ok()?;
        bodies.extend_from_slice(body);
        bodies.push(b'\n');
    }
    let first = index.len();
    let entries = format!("/Type/ObjStm/N {}/First {first}", group.len());
    write_stream(out, number, &entries, &[index.as_bytes(), &bodies].concat())
}

/// The cross-reference stream, which is an object itself, and the end of the file.
fn write_table(out: &mut Vec<u8>, places: &mut Vec<Place>, trailer: &str) -> Option<()> {
    let (number, start) = (places.len(), out.len());
    places.push(Place::At(start));
    let mut rows = Vec::with_capacity(places.len() * 7);
    for place in places.iter() {
        let (kind, wide, narrow) = match *place {
            Place::Free => (0, 0, u16::MAX),
            Place::At(offset) => (1, u32::try_from(offset).ok()?, 0),
            Place::In { stream, index } => (2, u32::try_from(stream).ok()?, u16::try_from(index).ok()?),
        };
        rows.push(kind);
        rows.extend_from_slice(&wide.to_be_bytes());
        rows.extend_from_slice(&narrow.to_be_bytes());
    }
    write_stream(out, number, &format!("/Type/XRef/W[1 4 2]/Size {}{trailer}", places.len()), &rows)?;
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    Some(())
}

fn write_stream(out: &mut Vec<u8>, number: usize, entries: &str, content: &[u8]) -> Option<()> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).ok()?;
    let packed = encoder.finish().ok()?;
    let head = format!("{number} 0 obj\n<<{entries}/Filter/FlateDecode/Length {}>>\nstream\n", packed.len());
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&packed);
    out.extend_from_slice(b"\nendstream\nendobj\n\n");
    Some(())
}
