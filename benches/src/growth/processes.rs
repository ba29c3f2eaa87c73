//! More and more processes on one Redis, each with many tasks that hit.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use two_tier_cache::CacheManager;
use two_tier_cache::redis::RedisBackend;
use two_tier_cache_figures::short;
use two_tier_cache_test_servers::RedisServer;

use super::cpu;
use super::histogram::Histogram;
use super::row::{Chance, Ours, load_row};
use super::table::Table;

const COUNTS: [usize; 4] = [1, 2, 4, 8];
const TASKS: u64 = 32;
const KEYS: u64 = 10_000;

/// One of the processes. It does what the lines of its input say, and ends with it.
struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(url: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["growth-child", "hits", url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let output = BufReader::new(child.stdout.take().context("a pipe was asked for")?);
        let mut process = Self { child, output };
        ensure!(process.answer()? == "ready", "a process is not ready");
        Ok(process)
    }

    fn tell(&mut self, line: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("a pipe was asked for")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Unless we fail it has nothing to do any more.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

pub async fn measure(time: Duration) -> Result<Table> {
    let server = RedisServer::start();
    let caches = CacheManager::builder().backend(RedisBackend::lazy(&server.url())?).build()?;
    let ours = Ours::new(caches, 256);
    for id in 0..KEYS {
        load_row(&ours, id).await;
    }
    let mut table = Table::new(&[
        "processes",
        "tasks",
        "hits/s, all",
        "p50, µs",
        "p99, µs",
        "CPU of Redis, cores",
        "CPU of the processes, cores",
        "CPU of the processes, µs per hit",
    ]);
    for count in COUNTS {
        round(&mut table, &server, count, time)?;
    }
    Ok(table)
}

fn round(table: &mut Table, server: &RedisServer, count: usize, time: Duration) -> Result<()> {
    let start = |_| Process::start(&server.url());
    let mut processes = (0..count).map(start).collect::<Result<Vec<_>>>()?;
    let used = |processes: &[Process]| -> Result<(Duration, Duration)> {
        let own = processes.iter().map(|process| cpu::time_of(process.child.id()));
        Ok((cpu::time_of(server.pid())?, own.sum::<Result<Duration>>()?))
    };
    let (before, begun) = (used(&processes)?, Instant::now());
    for process in &mut processes {
        process.tell(&time.as_millis().to_string())?;
    }
    let mut histogram = Histogram::default();
    for process in &mut processes {
        histogram.merge(&process.answer()?.parse()?);
    }
    let (wall, after) = (begun.elapsed().as_secs_f64(), used(&processes)?);
    let (redis, own) = ((after.0 - before.0).as_secs_f64(), (after.1 - before.1).as_secs_f64());
    let hits = histogram.count() as f64;
    table.row(&[
        &count.to_string(),
        &(count as u64 * TASKS).to_string(),
        &format!("{:.0}", hits / wall),
        &short(histogram.quantile(0.5)),
        &short(histogram.quantile(0.99)),
        &short(redis / wall),
        &short(own / wall),
        &short(own * 1e6 / hits),
    ]);
    Ok(())
}

/// What connections cost that nobody uses: each asks the server four times a second whether it is well.
pub async fn idle(time: Duration) -> Result<Table> {
    let mut table = Table::new(&["connections", "CPU of Redis, cores", "µs a second for each"]);
    let server = RedisServer::start();
    let mut all = Vec::new();
    for count in [1, 10, 100, 400] {
        while all.len() < count {
            let backend = RedisBackend::lazy(&server.url())?;
            let caches = CacheManager::builder().backend(backend).build()?;
            caches.ready(Duration::from_secs(5)).await;
            all.push(caches);
        }
        let (before, begun) = (cpu::main_thread_of(server.pid())?, Instant::now());
        tokio::time::sleep(time).await;
        let used = (cpu::main_thread_of(server.pid())? - before).as_secs_f64();
        let share = used / begun.elapsed().as_secs_f64();
        let each = share * 1e6 / count as f64;
        table.row(&[&count.to_string(), &format!("{share:.4}"), &short(each)]);
    }
    Ok(table)
}

/// What each process does: waits for a line with a time, and hits for so long.
pub fn run_child(url: &str) -> Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let caches = CacheManager::builder().backend(RedisBackend::lazy(url)?).build()?;
    let ours = Arc::new(Ours::new(caches, 256));
    runtime.block_on(hits(&ours, Duration::from_millis(100)))?;
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let time = Duration::from_millis(line?.parse()?);
        println!("{}", runtime.block_on(hits(&ours, time))?.line());
    }
    Ok(())
}

async fn hits(ours: &Arc<Ours>, time: Duration) -> Result<Histogram> {
    let (mut tasks, begun) = (JoinSet::new(), Instant::now());
    for task in 0..TASKS {
        let ours = Arc::clone(ours);
        tasks.spawn(async move {
            let mut chance = Chance::new(u64::from(std::process::id()) * TASKS + task);
            let mut histogram = Histogram::default();
            while begun.elapsed() < time {
                let since = Instant::now();
                load_row(&ours, chance.below(KEYS)).await;
                histogram.add(since.elapsed());
            }
            histogram
        });
    }
    let mut all = Histogram::default();
    while let Some(histogram) = tasks.join_next().await {
        all.merge(&histogram?);
    }
    // A read that outlasted its budget has loaded.
    ensure!(ours.loads() * 100 <= all.count().max(100), "{} loads", ours.loads());
    Ok(all)
}
