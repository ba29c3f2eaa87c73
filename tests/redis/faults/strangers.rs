//! Something else than Redis answers.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use two_tier_cache::{HealthState, Invalidation};
use two_tier_cache_test_servers::RedisServer;

use crate::service::Service;
use crate::support::Db;

/// Listens on a port of its own and answers each connection on a thread, until the program ends.
fn listen(answer: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            // The other side may have hung up already.
            thread::spawn(move || answer(stream?));
        }
    });
    url
}

/// How somebody answers who is not Redis.
#[derive(Debug, Clone, Copy)]
enum Stranger {
    /// Speaks first, and is not to be understood.
    Garbage,
    Http,
    /// Answers everything as if it were done, and so nothing as it should.
    Ok,
    /// Names a length that nobody has the memory for.
    Endless,
    /// Takes the connection and closes it.
    Closing,
}

impl Stranger {
    fn answer(self, mut stream: &TcpStream) -> io::Result<()> {
        let mut request = [0; 4096];
        match self {
            Self::Garbage => stream.write_all(b"\xff\x00\r\n\x80*9\r\n")?,
            Self::Http => {
                let _asked = stream.read(&mut request)?;
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?;
            }
            Self::Ok => {
                while stream.read(&mut request)? > 0 {
                    stream.write_all(&b"+OK\r\n".repeat(20))?;
                }
            }
            Self::Endless => {
                let _asked = stream.read(&mut request)?;
                stream.write_all(b"$9223372036854775807\r\nab")?;
            }
            Self::Closing => return Ok(()),
        }
        // Hangs up when the other side does.
        while stream.read(&mut request)? > 0 {}
        Ok(())
    }
}

#[tokio::test]
async fn a_stranger_at_the_port_is_an_outage() {
    use Stranger::{Closing, Endless, Garbage, Http, Ok};
    for stranger in [Garbage, Http, Ok, Endless, Closing] {
        let url = listen(move |stream| stranger.answer(&stream));
        let db = Db::new();
        let service = Service::patient(&url, &db);
        service.goes_without().await;
        for _ in 0..2 {
            assert_eq!((service.read(7).await, db.loads()), (1, 1), "{stranger:?}");
        }
        assert_eq!(service.invalidate(7).await, Invalidation::Queued, "{stranger:?}");
        let reason = service.reason();
        assert!(!reason.is_empty() && !reason.contains("panicked"), "{stranger:?}: {reason}");
        assert_eq!(service.state(), HealthState::Down, "{stranger:?}");
    }
}

/// Passes everything on to a server and back, but for commands on one key: those it answers itself.
fn interrupt(client: &TcpStream, port: u16, words: &[u8]) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", port))?;
    let back = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _broken = io::copy(&mut &back.0, &mut &back.1);
        back.1.shutdown(Shutdown::Both)
    });
    let (mut client, mut server) = (client, &server);
    let mut request = vec![0; 65_536];
    loop {
        let length = client.read(&mut request)?;
        if length == 0 {
            return server.shutdown(Shutdown::Both);
        }
        if request[..length].windows(5).any(|at| at == b"row:7") {
            client.write_all(words)?;
        } else {
            server.write_all(&request[..length])?;
        }
    }
}

#[tokio::test]
async fn a_reply_of_another_kind_costs_a_connection_and_no_call() {
    for words in [
        b":1\r\n".as_slice(),
        b"+OK\r\n",
        b"*1\r\n$1\r\nx\r\n",
        b"%1\r\n+a\r\n+b\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        b"\xff\xfe\xfd\r\n",
        b">2\r\n+invalidate\r\n*-1\r\n+OK\r\n",
        b"-\r\n",
        b"$-2\r\n",
    ] {
        let (server, db) = (RedisServer::start(), Db::new());
        let port = server.port();
        let url = listen(move |client| interrupt(&client, port, words));
        let service = Service::hasty(&url, &db);
        let shown = String::from_utf8_lossy(words);
        for _ in 0..3 {
            db.add();
            assert_eq!(service.read(7).await, db.row(), "{shown:?}");
            let _outcome = service.invalidate(7).await;
        }
        assert!(!service.reason().contains("panicked"), "{shown:?}: {}", service.reason());
    }
}
