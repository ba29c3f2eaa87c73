//! What a server answers, in the second version of its protocol.

use std::io::{self, BufRead, Read};

/// An answer of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A short text such as `OK`.
    Status(String),
    /// An error, with its code as the first word.
    Error(String),
    /// A number.
    Int(i64),
    /// Bytes, or nothing.
    Bulk(Option<Vec<u8>>),
    /// A list. A list that is nothing is [`Reply::Bulk`] with `None`.
    Array(Vec<Self>),
}

impl Reply {
    /// A status, or bytes that are text.
    ///
    /// # Panics
    ///
    /// If it is something else.
    #[must_use]
    #[track_caller]
    pub fn text(self) -> String {
        match self {
            Self::Status(text) => text,
            Self::Bulk(Some(bytes)) => String::from_utf8(bytes).expect("a text"),
            other => panic!("not a text: {other:?}"),
        }
    }

    /// A number.
    ///
    /// # Panics
    ///
    /// If it is something else.
    #[must_use]
    #[track_caller]
    pub fn int(self) -> i64 {
        match self {
            Self::Int(number) => number,
            other => panic!("not a number: {other:?}"),
        }
    }

    /// The bytes of a key that is there.
    ///
    /// # Panics
    ///
    /// If it is something else, or nothing.
    #[must_use]
    #[track_caller]
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Bulk(Some(bytes)) => bytes,
            other => panic!("not bytes: {other:?}"),
        }
    }

    /// The elements of a list.
    ///
    /// # Panics
    ///
    /// If it is something else.
    #[must_use]
    #[track_caller]
    pub fn array(self) -> Vec<Self> {
        match self {
            Self::Array(elements) => elements,
            other => panic!("not a list: {other:?}"),
        }
    }

    /// The text of an error.
    ///
    /// # Panics
    ///
    /// If it is something else.
    #[must_use]
    #[track_caller]
    pub fn error(self) -> String {
        match self {
            Self::Error(text) => text,
            other => panic!("not an error: {other:?}"),
        }
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Bulk(None))
    }

    /// Whether it is an error with this code, such as `OOM`.
    #[must_use]
    pub fn is_error(&self, code: &str) -> bool {
        matches!(self, Self::Error(text) if text.split(' ').next() == Some(code))
    }

    /// Reads one answer.
    pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Self> {
        let line = read_line(reader)?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(|| malformed(&line))?;
        let number = || rest.parse::<i64>().map_err(|_| malformed(&line));
        match kind {
            "+" => Ok(Self::Status(rest.to_owned())),
            "-" => Ok(Self::Error(rest.to_owned())),
            ":" => Ok(Self::Int(number()?)),
            "$" | "*" => match (usize::try_from(number()?), kind) {
                (Err(_), _) => Ok(Self::Bulk(None)),
                (Ok(length), "$") => Ok(Self::Bulk(Some(read_bytes(reader, length)?))),
                (Ok(count), _) => (0..count).map(|_| Self::read(reader)).collect(),
            },
            _ => Err(malformed(&line)),
        }
    }
}

/// The elements of a list become the list.
impl FromIterator<Self> for Reply {
    fn from_iter<I: IntoIterator<Item = Self>>(elements: I) -> Self {
        Self::Array(elements.into_iter().collect())
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    match line.strip_suffix(b"\r\n") {
        Some(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn read_bytes(reader: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length + 2];
    reader.read_exact(&mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}

fn malformed(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not an answer of Redis: {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_and_nothing_more() {
        let answers = "+OK\r\n-ERR no\r\n:-7\r\n$4\r\na\r\nb\r\n$-1\r\n*-1\r\n*2\r\n:1\r\n*0\r\n";
        let mut reader = answers.as_bytes();
        let expected = [
            Reply::Status("OK".into()),
            Reply::Error("ERR no".into()),
            Reply::Int(-7),
            Reply::Bulk(Some(b"a\r\nb".to_vec())),
            Reply::Bulk(None),
            Reply::Bulk(None),
            Reply::Array(vec![Reply::Int(1), Reply::Array(Vec::new())]),
        ];
        for reply in expected {
            assert_eq!(Reply::read(&mut reader).unwrap(), reply);
        }
        assert_eq!(Reply::read(&mut reader).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn an_answer_that_is_cut_off_is_an_error() {
        for answer in ["+OK", "$4\r\nab", "*2\r\n:1\r\n", "?\r\n", "\r\n"] {
            assert!(Reply::read(&mut answer.as_bytes()).is_err(), "{answer:?}");
        }
    }
}
