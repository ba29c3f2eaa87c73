//! One round: processes, a server, a database, and faults, from one seed.

use std::env;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use fastrand::Rng;
use tempfile::TempDir;
use two_tier_cache_test_servers::{Proxy, RedisServer};

use crate::clock::now;
use crate::database::Database;
use crate::faults::{Kind, disturb_line, disturb_server};
use crate::history::{Fault, History};
use crate::worker;

/// What a process gets to end by itself.
const PATIENCE: Duration = Duration::from_mins(1);

/// The processes of a round, and what is between them.
struct Round {
    dir: TempDir,
    server: RedisServer,
    seed: u64,
    mutant: Option<String>,
    seats: Vec<Seat>,
    started: usize,
    history: History,
}

/// The place of a process: when it is killed, another one takes it.
struct Seat {
    line: Proxy,
    process: usize,
    child: Child,
}

/// Plays a round, with this mistake switched on in all processes, and returns its history.
pub(crate) fn play(
    processes: usize,
    seed: u64,
    seconds: u64,
    mutant: Option<&str>,
) -> Result<History> {
    let mut round = Round::begin(processes, seed, mutant)?;
    let mut rng = Rng::with_seed(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        sleep(Duration::from_millis(rng.u64(20..400)));
        round.disturb(&mut rng)?;
    }
    round.end()
}

impl Round {
    fn begin(processes: usize, seed: u64, mutant: Option<&str>) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            Database::open(&dir.path().join("rows.db")).await?.create().await
        })?;
        let server = RedisServer::start();
        let (seats, history) = (Vec::new(), History { near: is_near(seed), ..History::default() });
        let mutant = mutant.map(str::to_owned);
        let mut round = Self { dir, server, seed, mutant, seats, started: 0, history };
        for _ in 0..processes {
            let line = Proxy::to(round.server.port());
            let (process, child) = round.start(&line)?;
            round.seats.push(Seat { line, process, child });
        }
        Ok(round)
    }

    /// Starts a process at the end of this line.
    fn start(&mut self, line: &Proxy) -> Result<(usize, Child)> {
        let process = self.started;
        self.started += 1;
        let (database, log) = (self.dir.path().join("rows.db"), self.log(process));
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(process as u64);
        let failover = if self.is_strict() { "strict" } else { "bounded" };
        let url = format!("{}?failover={failover}", line.url());
        let near = if self.history.near { "near" } else { "far" };
        let orders = format!("{url} {} {} {seed} {near}", database.display(), log.display());
        let mut command = Command::new(env::current_exe()?);
        command.env(worker::ORDERS, orders).stdin(Stdio::piped());
        if let Some(mutant) = &self.mutant {
            command.env("TWO_TIER_CACHE_MUTANT", mutant);
        }
        let child = command.spawn()?;
        Ok((process, child))
    }

    /// Every other round treats failovers strictly, and restarts the server from older dumps.
    fn is_strict(&self) -> bool {
        self.seed.is_multiple_of(2)
    }

    fn log(&self, process: usize) -> PathBuf {
        self.dir.path().join(format!("{process}.log"))
    }

    /// Makes a fault, or two at once, and ends them.
    fn disturb(&mut self, rng: &mut Rng) -> Result<()> {
        let kind = Kind::choose(rng, self.is_strict());
        let seat = rng.usize(0..self.seats.len());
        let time = Duration::from_millis(rng.u64(20..900));
        let begun = now();
        match kind {
            Kind::ProcessKilled => self.kill(seat)?,
            Kind::ProcessStopped => self.seats[seat].stop(time)?,
            _ => {
                let also = (rng.u32(0..4) == 0).then(|| Kind::choose_of_line(rng));
                let (line, mut fork) = (&self.seats[seat].line, rng.fork());
                thread::scope(|scope| {
                    scope.spawn(|| disturb_server(&self.server, kind, time));
                    disturb_line(line, kind, time, &mut fork);
                    if let Some(also) = also {
                        disturb_line(line, also, time / 2, &mut fork);
                    }
                });
                let ended = now();
                self.history.faults.extend(also.map(|kind| Fault { kind, begun, ended }));
            }
        }
        self.history.faults.push(Fault { kind, begun, ended: now() });
        Ok(())
    }

    /// Kills a process as the kernel does it; another takes its place.
    fn kill(&mut self, seat: usize) -> Result<()> {
        let killed = &mut self.seats[seat];
        self.history.killed.push((killed.process, now()));
        killed.child.kill()?;
        killed.child.wait()?;
        // Its successor has a line of its own.
        let line = Proxy::to(self.server.port());
        let (process, child) = self.start(&line)?;
        self.seats[seat] = Seat { line, process, child };
        Ok(())
    }

    /// Ends all processes, and reads what they noted.
    fn end(mut self) -> Result<History> {
        for mut seat in std::mem::take(&mut self.seats) {
            seat.end()?;
        }
        let mut history = std::mem::take(&mut self.history);
        for process in 0..self.started {
            let log = self.log(process);
            // One that was killed as it started has none.
            if log.exists() {
                history.add(process, &log)?;
            }
        }
        history.sort();
        Ok(history)
    }
}

/// Of four rounds, the processes of two keep values near: one of them treats failovers strictly.
fn is_near(seed: u64) -> bool {
    seed % 4 >= 2
}

impl Seat {
    /// The process stands still for a while, as one whose machine is suspended.
    fn stop(&self, time: Duration) -> Result<()> {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a pid")?;
        kill_process(pid, Signal::STOP)?;
        sleep(time);
        Ok(kill_process(pid, Signal::CONT)?)
    }

    fn end(&mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let began = Instant::now();
        while self.child.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                self.child.kill()?;
                anyhow::bail!("process {} does not end", self.process);
            }
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}
