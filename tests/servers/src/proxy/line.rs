//! One connection through the proxy.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{Shared, Way};

/// The two ends of a connection.
#[derive(Debug)]
pub(super) struct Line {
    /// How many others were made before it.
    pub(super) number: usize,
    client: TcpStream,
    server: TcpStream,
    is_cut: AtomicBool,
    /// The server's end is closed, and the client is not told.
    is_stranded: AtomicBool,
}

impl Line {
    pub(super) fn between(client: TcpStream, server: TcpStream, number: usize) -> io::Result<Self> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (is_cut, is_stranded) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { number, client, server, is_cut, is_stranded })
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::SeqCst)
    }

    /// Closes both ends.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for end in [&self.client, &self.server] {
            // It may be closed already.
            let _closed = end.shutdown(Shutdown::Both);
        }
    }

    /// Closes the server's end alone.
    pub(super) fn strand(&self) {
        if !self.is_cut() {
            self.is_stranded.store(true, Ordering::SeqCst);
            let _closed = self.server.shutdown(Shutdown::Both);
        }
    }

    /// Carries bytes one way until the connection ends.
    pub(super) fn carry(&self, way: Way, shared: &Shared) {
        let ended = self.carry_all(way, shared).is_err();
        if self.is_stranded.load(Ordering::SeqCst) {
            return;
        }
        // The other way goes on until its end is reached too: what was sent is still to arrive.
        let towards = match way {
            Way::Commands => &self.server,
            Way::Replies => &self.client,
        };
        let _closed = towards.shutdown(Shutdown::Write);
        if ended || way == Way::Replies {
            self.cut();
        }
    }

    fn carry_all(&self, way: Way, shared: &Shared) -> io::Result<()> {
        let (mut from, mut to) = match way {
            Way::Commands => (&self.client, &self.server),
            Way::Replies => (&self.server, &self.client),
        };
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let length = from.read(&mut buffer)?;
            if length == 0 {
                return Ok(());
            }
            let faults = shared.wait(way, self);
            if self.is_stranded.load(Ordering::SeqCst) {
                continue;
            }
            thread::sleep(faults.delay);
            let mut piece = &buffer[..length];
            let cut = faults.cuts_replies_after.filter(|_| way == Way::Replies);
            if let Some(cut) = cut {
                piece = &piece[..cut.min(length)];
            }
            shared.count(way, piece.len());
            match faults.speed {
                None => to.write_all(piece)?,
                Some(speed) => {
                    for part in piece.chunks(speed) {
                        to.write_all(part)?;
                        thread::sleep(Duration::from_millis(1));
                    }
                }
            }
            if cut.is_some() {
                self.cut();
                return Ok(());
            }
        }
    }
}
