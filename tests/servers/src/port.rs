//! Ports for servers that may go away and come back.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Below the ports that the system gives to outgoing connections: one of those could take the port
/// while its server is down, or a client that tries again and again could connect to itself.
/// No default port of a known server is in it.
const FIRST: u64 = 15_000;
const COUNT: u64 = 17_000;

/// Starts anywhere, so that test processes that run at once rarely meet.
static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(random() % COUNT));

/// A port that is free now, and that this process was not given before.
pub(crate) fn free_port() -> u16 {
    let mut candidates = (0..COUNT).map(|_| FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT);
    let free = candidates.find_map(|port| {
        let port = u16::try_from(port).ok()?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok().then_some(port)
    });
    free.expect("a free port on 127.0.0.1")
}

/// A number that is different in each process and call.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
