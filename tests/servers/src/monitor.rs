//! A record of the commands that a server did.

use std::io;
use std::thread::{self, JoinHandle};

use crate::client::{Client, Connector};
use crate::port::random;
use crate::reply::Reply;

/// Records what clients ask the server to do, from its start to [`Monitor::stop`].
#[derive(Debug)]
#[must_use = "`stop` has the commands"]
pub struct Monitor {
    connector: Connector,
    /// The argument of the last command.
    marker: String,
    /// Whether the test uses the Unix socket and the harness TCP, and not the other way round.
    unix_socket: bool,
    lines: JoinHandle<io::Result<Vec<String>>>,
}

impl Monitor {
    #[track_caller]
    pub(crate) fn start(connector: Connector, unix_socket: bool) -> Self {
        let mut client = connector.client();
        let reply = client.command(&["MONITOR"]);
        assert_eq!(reply, Reply::Status("OK".to_owned()), "the server does not show its commands");
        let client = client.without_limit().expect("a connection to wait on");
        let marker = format!("end of monitor {:016x}", random());
        let last = marker.clone();
        let lines = thread::spawn(move || read_until(client, &last));
        Self { connector, marker, unix_socket, lines }
    }

    /// The commands since the start, in the order in which the server did them, each with its
    /// arguments. Bytes that are not UTF-8 are replaced.
    ///
    /// Complete: what the server answered before this call is in it. Without the commands of the
    /// harness, those that a script calls, and those that Redis shows nobody (`AUTH`, `HELLO`, and
    /// administration such as `CONFIG`). A command that the server refused is shown only if it was
    /// the command itself that failed.
    ///
    /// # Panics
    ///
    /// If the server has gone in between.
    #[must_use]
    #[track_caller]
    pub fn stop(self) -> Vec<Vec<String>> {
        self.connector.client().command(&["ECHO", &self.marker]);
        let lines = self.lines.join().expect("the thread of the monitor");
        let lines = lines.expect("a server that shows its commands to the end");
        let commands = lines.iter().map(|line| parse(line).expect("a line of MONITOR"));
        let commands = commands.filter(|(address, _)| is_of_the_test(address, self.unix_socket));
        commands.map(|(_, arguments)| arguments).collect()
    }
}

fn read_until(mut client: Client, marker: &str) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let Reply::Status(line) = client.receive()? else {
            return Err(io::Error::other("not a line of MONITOR"));
        };
        if line.contains(marker) {
            return Ok(lines);
        }
        lines.push(line);
    }
}

fn is_of_the_test(address: &str, unix_socket: bool) -> bool {
    address != "lua" && address.starts_with("unix:") == unix_socket
}

/// Takes `1339518083.1 [0 127.0.0.1:60866] "SET" "a key" "\x00"` apart: who, and what.
fn parse(line: &str) -> Option<(&str, Vec<String>)> {
    let (_time, rest) = line.split_once(" [")?;
    let (_database, rest) = rest.split_once(' ')?;
    let (address, mut rest) = rest.split_once("] ")?;
    let mut arguments = Vec::new();
    while !rest.is_empty() {
        let (argument, after) = unescape(rest.strip_prefix('"')?)?;
        arguments.push(argument);
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Some((address, arguments))
}

/// The text up to the closing quote, and what comes after that.
fn unescape(text: &str) -> Option<(String, &str)> {
    let mut bytes = Vec::new();
    let mut rest = text;
    loop {
        let (plain, after) = rest.split_at(rest.find(['"', '\\'])?);
        bytes.extend(plain.as_bytes());
        if let Some(after) = after.strip_prefix('"') {
            return Some((String::from_utf8_lossy(&bytes).into_owned(), after));
        }
        let (byte, length) = match after.as_bytes().get(1)? {
            b'n' => (b'\n', 2),
            b'r' => (b'\r', 2),
            b't' => (b'\t', 2),
            b'a' => (7, 2),
            b'b' => (8, 2),
            b'x' => (u8::from_str_radix(after.get(2..4)?, 16).ok()?, 4),
            other => (*other, 2),
        };
        bytes.push(byte);
        rest = after.get(length..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_what_the_client_sent() {
        let line = r#"1.5 [0 127.0.0.1:6] "SET" "a \"key\\" "\n\x00\xc3\xa9]" """#;
        let (address, arguments) = parse(line).unwrap();
        assert_eq!(address, "127.0.0.1:6");
        assert_eq!(arguments, ["SET", "a \"key\\", "\n\0é]", ""]);
    }

    #[test]
    fn a_line_that_is_not_understood_is_not_passed_over() {
        for line in ["", "1.5", r#"1.5 [0 lua] "GET"#, r#"1.5 [0 lua] "\x0"#, "1.5 [0 lua] GET"] {
            assert_eq!(parse(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_harness_and_scripts_are_left_out() {
        assert!(is_of_the_test("127.0.0.1:60866", false));
        assert!(is_of_the_test("unix:/tmp/socket", true));
        for unix_socket in [false, true] {
            assert!(!is_of_the_test("lua", unix_socket));
        }
        assert!(!is_of_the_test("unix:/tmp/socket", false));
        assert!(!is_of_the_test("127.0.0.1:60866", true));
    }
}
