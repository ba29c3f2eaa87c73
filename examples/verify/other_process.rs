//! A second process with a cache of its own on the same Redis, and what both of them load from.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines, stdin},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::sleep,
};
use two_tier_cache::{CacheManager, TwoTierCache};
use two_tier_cache_examples::cache;

use crate::Run;

/// Makes this program the other process. Not for people.
pub(crate) const OPTION: &str = "--other-process";

/// A source for two processes: a file with the value, and one with a line per load.
pub(crate) struct Source {
    /// Removed when the check is over, by the process that made it.
    directory: TempDir,
    load_time: Duration,
}

impl Source {
    pub(crate) fn new(load_time: Duration) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("two-tier-cache-").tempdir()?;
        fs::write(directory.path().join("value"), "first")?;
        fs::write(directory.path().join("loads"), "")?;
        Ok(Self { directory, load_time })
    }

    /// How often it was asked, by whom ever.
    pub(crate) fn loads(&self) -> io::Result<usize> {
        Ok(fs::read_to_string(self.directory.path().join("loads"))?.lines().count())
    }
}

/// The source as one process sees it: through its cache.
pub(crate) struct Sources {
    cache: TwoTierCache<String>,
    run: String,
    directory: PathBuf,
    load_time: Duration,
}

impl Sources {
    pub(crate) fn new(caches: &CacheManager, run: &str, source: &Source) -> Self {
        Self {
            cache: caches.cache("verify").build(),
            run: run.to_owned(),
            directory: source.directory.path().to_owned(),
            load_time: source.load_time,
        }
    }

    pub(crate) async fn get(&self, group: &str) -> io::Result<String> {
        let load = || async {
            // Appended whole, whoever else writes.
            let mut loads = OpenOptions::new().append(true).open(self.directory.join("loads"))?;
            loads.write_all(b"load\n")?;
            sleep(self.load_time).await;
            fs::read_to_string(self.directory.join("value"))
        };
        self.cache.get(&(&self.run, group), load).await
    }

    /// Writes, then invalidates. Says how that ended.
    pub(crate) async fn write(&self, group: &str, value: &str) -> io::Result<String> {
        fs::write(self.directory.join("value"), value)?;
        Ok(format!("{:?}", self.cache.invalidate(&(&self.run, group)).await))
    }
}

/// The other process, from this one.
pub(crate) struct Other {
    /// Killed when dropped.
    _child: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Other {
    /// Starts it and waits until it has connected.
    pub(crate) async fn start(run: &Run, source: &Source) -> anyhow::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args([OPTION, &run.id, &source.load_time.as_millis().to_string()]);
        command.arg(source.directory.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().context("starting the other process")?;
        let questions = child.stdin.take().context("its standard input")?;
        let answers = BufReader::new(child.stdout.take().context("its standard output")?).lines();
        let mut other = Self { _child: child, questions, answers };
        other.answer().await?;
        Ok(other)
    }

    /// Has it do something and says what came of it.
    pub(crate) async fn ask(&mut self, question: &str) -> anyhow::Result<String> {
        self.questions.write_all(format!("{question}\n").as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> anyhow::Result<String> {
        self.answers.next_line().await?.context("the other process has ended")
    }
}

/// Is the other process, until standard input ends.
pub(crate) async fn serve(mut args: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let (Some(run), Some(millis), Some(directory)) = (args.next(), args.next(), args.next()) else {
        bail!("{OPTION} is for this program's own use");
    };
    let caches = CacheManager::from_env()?;
    let sources = Sources {
        cache: caches.cache("verify").build(),
        run,
        directory: directory.into(),
        load_time: Duration::from_millis(millis.parse()?),
    };
    // The first use connects.
    sources.cache.exists(&"first").await;
    println!("ready");
    let mut questions = BufReader::new(stdin()).lines();
    while let Some(question) = questions.next_line().await? {
        let answer = match question.split(' ').collect::<Vec<_>>()[..] {
            ["get", group] => sources.get(group).await?,
            ["write", group, value] => sources.write(group, value).await?,
            _ => bail!("unknown question {question:?}"),
        };
        println!("{answer}");
    }
    cache::shutdown(&caches).await;
    Ok(())
}
