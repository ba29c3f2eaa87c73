//! A day's traffic: many visits to few sites, few visits to many, and owners who change things
//! meanwhile.

use std::{cmp::Reverse, fmt, time::Duration};

use anyhow::{Context as _, ensure};
use fastrand::Rng;
use futures::{StreamExt as _, TryStreamExt as _};
use two_tier_cache_examples::{
    Db,
    config::WidgetConfig,
    seed,
    timing::{median, timed},
};

use crate::{
    admin::Admin,
    repository::{lookup_domain, search_domains},
    visit::open_page,
};

/// Visits that are served at the same time.
pub(crate) const AT_ONCE: usize = 16;
/// One visit in so many is an owner who looks for a domain of theirs.
const VISITS_PER_SEARCH: usize = 20;
/// An owner saves a new configuration once in so many visits.
const VISITS_PER_SAVE: usize = 200;
/// How much the popular sites are preferred; about 1 is usual on the web.
const SKEW: f64 = 0.99;

/// Who is visited how often: rank n gets visits in proportion to 1 / n^0.99 (Zipf).
pub(crate) struct Traffic {
    hosts: Vec<String>,
    /// Up to and including the host at the same place.
    cumulated: Vec<f64>,
    random: Rng,
}

impl Traffic {
    pub(crate) fn new(mut hosts: Vec<String>) -> Self {
        // The same day on every run.
        let mut random = Rng::with_seed(42);
        random.shuffle(&mut hosts);
        let mut sum = 0.0;
        let cumulated = (1_u32..)
            .take(hosts.len())
            .map(|rank| {
                sum += f64::from(rank).powf(-SKEW);
                sum
            })
            .collect();
        Self { hosts, cumulated, random }
    }

    /// The hosts of a day's visits. One in a hundred is somebody trying an unknown host.
    pub(crate) fn day(&mut self, visits: usize) -> Vec<String> {
        (0..visits)
            .map(|_| match self.random.u32(..100) {
                0 => format!("unknown-{}.example", self.random.u32(..10)),
                _ => self.host().to_owned(),
            })
            .collect()
    }

    /// What yesterday's access log says is popular, the most visited first.
    pub(crate) fn popular(&mut self, count: usize) -> Vec<String> {
        let mut visits = vec![0_u32; self.hosts.len()];
        for _ in 0..20_000 {
            visits[self.rank()] += 1;
        }
        let mut ranks: Vec<_> = (0..self.hosts.len()).collect();
        ranks.sort_by_key(|&rank| Reverse(visits[rank]));
        ranks.into_iter().take(count).map(|rank| self.hosts[rank].clone()).collect()
    }

    fn host(&mut self) -> &str {
        let rank = self.rank();
        &self.hosts[rank]
    }

    fn rank(&mut self) -> usize {
        let sum = self.cumulated.last().copied().unwrap_or_default();
        let place = self.random.f64() * sum;
        let rank = self.cumulated.partition_point(|&upto| upto <= place);
        rank.min(self.hosts.len() - 1)
    }
}

/// How a day went.
pub(crate) struct Day {
    visits: usize,
    saves: usize,
    stale: usize,
    took: Duration,
    /// How long the middle one of the visitors waited.
    wait: Duration,
}

/// Serves the visits while owners save configurations; every save is read back at once.
pub(crate) async fn run(db: &Db, admin: &Admin, hosts: &[String]) -> anyhow::Result<Day> {
    let saves = hosts.len() / VISITS_PER_SAVE;
    let (outcome, took) =
        timed(async { tokio::try_join!(serve(db, hosts), save(db, admin, saves)) }).await;
    let (waits, stale) = outcome?;
    Ok(Day { visits: hosts.len(), saves, stale, took, wait: median(waits) })
}

/// Says how long every visitor waited.
async fn serve(db: &Db, hosts: &[String]) -> anyhow::Result<Vec<Duration>> {
    futures::stream::iter(hosts.iter().enumerate())
        .map(async |(number, host)| {
            let (served, wait) = timed(serve_one(db, number, host)).await;
            served.map(|()| wait)
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn serve_one(db: &Db, number: usize, host: &str) -> anyhow::Result<()> {
    let page = open_page(db, host).await?;
    if let Some(page) = page
        && number.is_multiple_of(VISITS_PER_SEARCH)
    {
        let found = search_domains(db, page.domain.customer_config_id, "number", 0).await?;
        ensure!(!found.is_empty(), "the owner of {host} has domains");
    }
    Ok(())
}

/// Says how many of the saves could not be read back.
async fn save(db: &Db, admin: &Admin, saves: usize) -> anyhow::Result<usize> {
    let mut stale = 0;
    for number in 0..saves {
        let host = seed::host_name(1 + i64::try_from(number)? % seed::DOMAINS);
        let owner = lookup_domain(db, &host).await?.context("the seed has this domain")?;
        let owner = owner.customer_config_id;
        let title = format!("Saved as number {number}");
        let config = WidgetConfig { title, ..seed::widget_config(owner.0, 0) };
        admin.save_widget_config(owner, &config).await?;
        let page = open_page(db, &host).await?.context("the domain is still there")?;
        stale += usize::from(page.title != config.title);
    }
    Ok(stale)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.1?} for {} visits, median wait {:.1?}; {} saves read back at once, {} of them stale",
            self.took, self.visits, self.wait, self.saves, self.stale
        )
    }
}
