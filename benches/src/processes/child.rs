//! The other side: a process of the service.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

use crate::contenders::{Contender, NEAR, ON_REDIS};
use crate::stampede::callers;

/// Makes the contender, and does what the lines of its input say.
pub fn run(name: &str, url: &str) -> Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let entrant = NEAR.iter().chain(ON_REDIS).find(|entrant| entrant.name == name);
    let entrant = *entrant.with_context(|| format!("there is no contender `{name}`"))?;
    let contender = runtime.block_on(entrant.make(url))?;
    let mut child = Child { contender, loading: None };
    say("ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        say(&runtime.block_on(child.answer(&words))?)?;
    }
    Ok(())
}

fn say(line: &str) -> Result<()> {
    println!("{line}");
    Ok(std::io::stdout().flush()?)
}

struct Child {
    contender: Contender,
    /// A read that goes on.
    loading: Option<JoinHandle<Result<u64>>>,
}

impl Child {
    async fn answer(&mut self, words: &[&str]) -> Result<String> {
        let (cache, db) = (&self.contender.cache, &self.contender.db);
        let done = || "done".to_owned();
        match *words {
            ["delay", millis] => db.set_delay(Duration::from_millis(millis.parse()?)),
            ["write", version] => db.set_version(version.parse()?),
            ["forget", id] => cache.forget(id.parse()?).await?,
            ["read", id] => return Ok(cache.version(id.parse()?).await?.to_string()),
            ["begin", id] => {
                let (cache, id) = (Arc::clone(cache), id.parse()?);
                self.loading = Some(tokio::spawn(async move { cache.version(id).await }));
            }
            ["end"] => {
                let loading = self.loading.take().context("nothing was begun")?;
                return Ok(loading.await??.to_string());
            }
            // So many callers at once: how many loads, how long.
            ["stampede", id, count] => {
                let (loads, begun) = (db.loads(), Instant::now());
                callers(&self.contender, id.parse()?, count.parse()?).await?;
                let (loads, took) = (db.loads() - loads, begun.elapsed());
                return Ok(format!("{loads} {}", took.as_micros()));
            }
            _ => bail!("`{}` is not understood", words.join(" ")),
        }
        Ok(done())
    }
}
