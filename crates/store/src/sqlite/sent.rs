//! How many rows travel to SQLite in one statement: numbers as JSON for `json_each`, everything written by others as bytes beside it.
//!
//! Text goes as bytes with an offset because JSON's way through SQLite ends a string at its first NUL.

/// Rows for one statement.
#[derive(Debug)]
pub(super) struct Rows {
    json: String,
    bytes: Vec<u8>,
}

impl Rows {
    pub(super) fn none() -> Self {
        // SQLite's substr gives NULL for an empty blob, so the blob is never empty.
        Self { json: String::from("["), bytes: vec![0] }
    }

    /// Starts a row; it ends when the value is dropped.
    pub(super) fn row(&mut self) -> Row<'_> {
        if self.json.len() > 1 {
            self.json.push(',');
        }
        self.json.push('[');
        Row { rows: self, first: true }
    }

    /// A row of one number.
    pub(super) fn number(&mut self, value: i64) {
        if self.json.len() > 1 {
            self.json.push(',');
        }
        push_number(&mut self.json, value);
    }

    /// A row of one word of ours or configured name.
    pub(super) fn word(&mut self, word: &str) {
        if self.json.len() > 1 {
            self.json.push(',');
        }
        self.json.push('"');
        self.json.push_str(word);
        self.json.push('"');
    }

    /// Bytes that belong to no place in a row: the statement knows their size.
    pub(super) fn append(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// A row that is a piece of text or bytes: offset and length in one number.
    pub(super) fn span(&mut self, piece: &[u8]) {
        let from = self.bytes.len() + 1;
        self.bytes.extend_from_slice(piece);
        let span = ((from as u64) << 24) | (piece.len() as u64 & 0xff_ffff);
        self.number(span.cast_signed());
    }

    pub(super) fn weight(&self) -> usize {
        self.json.len() + self.bytes.len()
    }

    pub(super) fn into_parts(mut self) -> (String, Vec<u8>) {
        self.json.push(']');
        (self.json, self.bytes)
    }
}

/// One row being written.
pub(super) struct Row<'a> {
    rows: &'a mut Rows,
    first: bool,
}

impl Row<'_> {
    fn comma(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.rows.json.push(',');
        }
    }

    pub(super) fn number(&mut self, value: i64) -> &mut Self {
        self.comma();
        push_number(&mut self.rows.json, value);
        self
    }

    pub(super) fn maybe(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.null(),
        }
    }

    fn null(&mut self) -> &mut Self {
        self.comma();
        self.rows.json.push_str("null");
        self
    }

    /// A word of ours or a configured name: letters, digits and `-_.` alone.
    pub(super) fn word(&mut self, word: &str) -> &mut Self {
        self.comma();
        self.rows.json.push('"');
        self.rows.json.push_str(word);
        self.rows.json.push('"');
        self
    }

    /// Bytes: two places in the row, offset and length.
    pub(super) fn bytes(&mut self, piece: &[u8]) -> &mut Self {
        let from = self.rows.bytes.len();
        self.rows.bytes.extend_from_slice(piece);
        self.place(from)
    }

    /// Text, or nothing: two places in the row.
    pub(super) fn maybe_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.bytes(text.as_bytes()),
            None => self.null().null(),
        }
    }

    /// A value as JSON text: two places in the row.
    pub(super) fn json(&mut self, value: &impl serde::Serialize) -> Result<&mut Self, serde_json::Error> {
        let from = self.rows.bytes.len();
        serde_json::to_writer(&mut self.rows.bytes, value)?;
        Ok(self.place(from))
    }

    /// A value as JSON text, or nothing: two places in the row.
    pub(super) fn maybe_json<T: serde::Serialize>(
        &mut self,
        value: Option<&T>,
    ) -> Result<&mut Self, serde_json::Error> {
        match value {
            Some(value) => self.json(value),
            None => Ok(self.null().null()),
        }
    }

    /// Sixteen bytes, or nothing: one place in the row.
    pub(super) fn digest(&mut self, digest: Option<&[u8; 16]>) -> &mut Self {
        let Some(digest) = digest else { return self.null() };
        let from = self.rows.bytes.len();
        self.rows.bytes.extend_from_slice(digest);
        self.number(from as i64 + 1)
    }

    fn place(&mut self, from: usize) -> &mut Self {
        let length = self.rows.bytes.len() - from;
        self.number(from as i64 + 1).number(length as i64)
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.rows.json.push(']');
    }
}

/// By hand, because a batch holds tens of thousands of numbers, and `write!` took a third of the time to encode one.
fn push_number(json: &mut String, value: i64) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    let mut rest = value.unsigned_abs();
    while first == digits.len() || rest > 0 {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if value < 0 {
        json.push('-');
    }
    json.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_everybody_writes_them() {
        let mut rows = Rows::none();
        let mut expected = Vec::new();
        for value in [0, 7, -1, 10, 1_800_000_000_000, i64::MAX, i64::MIN] {
            rows.number(value);
            expected.push(value.to_string());
        }
        assert_eq!(rows.into_parts().0, format!("[{}]", expected.join(",")));
    }

    #[test]
    fn bytes_lie_beside_the_row_and_the_first_byte_is_nobodys() {
        let mut rows = Rows::none();
        rows.row().number(5).bytes(b"ab").maybe_text(None).word("open");
        rows.row().bytes(b"").digest(None);
        let (json, bytes) = rows.into_parts();
        assert_eq!(json, r#"[[5,2,2,null,null,"open"],[4,0,null]]"#);
        assert_eq!(bytes, b"\0ab");
    }
}
