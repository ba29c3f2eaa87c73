//! A client such as a test has it, which the harness knows nothing of.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};

use two_tier_cache_test_servers::Reply;

pub(crate) fn ok() -> Reply {
    Reply::Status("OK".to_owned())
}

/// What a call says when it panics.
pub(crate) fn panic_text<T>(call: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(_) => panic!("no panic"),
        Err(panic) => panic.downcast_ref::<String>().unwrap().clone(),
    }
}

/// A connection under test, over any kind of stream. It understands answers without lists.
pub(crate) struct Plain<S> {
    stream: BufReader<S>,
}

impl Plain<TcpStream> {
    pub(crate) fn tcp(port: u16) -> Self {
        Self::new(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap())
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        self.stream.get_ref()
    }
}

impl<S: Read + Write> Plain<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub(crate) fn command(&mut self, args: &[&str]) -> Reply {
        self.try_command(args).unwrap()
    }

    pub(crate) fn try_command(&mut self, args: &[&str]) -> std::io::Result<Reply> {
        self.send(args)?;
        self.receive()
    }

    pub(crate) fn send(&mut self, args: &[&str]) -> std::io::Result<()> {
        let mut request = format!("*{}\r\n", args.len());
        for arg in args {
            request.extend(["$", &arg.len().to_string(), "\r\n", arg, "\r\n"]);
        }
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.stream.get_mut().flush()
    }

    pub(crate) fn receive(&mut self) -> std::io::Result<Reply> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let (kind, rest) = line.trim_end().split_at(1);
        Ok(match kind {
            "+" => Reply::Status(rest.to_owned()),
            "-" => Reply::Error(rest.to_owned()),
            ":" => Reply::Int(rest.parse().unwrap()),
            "$" => match rest.parse::<usize>() {
                Err(_) => Reply::Bulk(None),
                Ok(length) => {
                    let mut bytes = vec![0; length + 2];
                    self.stream.read_exact(&mut bytes)?;
                    bytes.truncate(length);
                    Reply::Bulk(Some(bytes))
                }
            },
            _ => panic!("{line}"),
        })
    }
}
