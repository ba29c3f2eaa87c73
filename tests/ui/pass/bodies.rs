#![deny(warnings)]
#![forbid(unsafe_code)]

use std::num::ParseIntError;
use std::time::Duration;

use two_tier_cache::two_tier_cached;

const TTL: Duration = Duration::from_secs(60);

#[two_tier_cached(prefix = "questions", ttl = TTL)]
async fn questions(text: String) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let first: u64 = text.parse()?;
    let second = parsed(&text).await?;
    if first == second {
        return Ok(first);
    }
    Err("two numbers".into())
}

async fn parsed(text: &str) -> Result<u64, ParseIntError> {
    text.parse()
}

#[two_tier_cached(prefix = "absent", ttl = TTL)]
async fn absent(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    number.checked_sub(1)
}

#[two_tier_cached(prefix = "returns", ttl = TTL)]
async fn returns(id: u64) -> Result<u64, String> {
    let doubled = id * 2;
    return Ok(doubled);
}

#[two_tier_cached(prefix = "returns.nothing", ttl = TTL)]
async fn returns_nothing(id: u64) {
    if id == 1 {
        return;
    }
    parsed("1").await.map(drop).unwrap_or_default();
}

#[two_tier_cached(prefix = "fails", ttl = TTL)]
async fn fails(id: u64) -> Result<u64, String> {
    panic!("no {id}")
}

#[two_tier_cached(prefix = "todo", ttl = TTL)]
async fn unfinished(id: u64) -> u64 {
    todo!("{id}")
}

#[two_tier_cached(prefix = "loops", ttl = TTL)]
async fn loops(id: u64) -> u64 {
    let mut count = 0;
    loop {
        count += 1;
        if count > id {
            return count;
        }
    }
}

#[two_tier_cached(prefix = "branches", ttl = TTL)]
async fn branches(id: u64) -> Result<u64, String> {
    match id {
        0 => return Err("none".to_owned()),
        _ => return Ok(id),
    }
}

#[two_tier_cached(prefix = "nested", ttl = TTL)]
async fn nested(mut id: u64) -> Result<u64, String> {
    let inner = async {
        if id == 0 {
            return Err("none".to_owned());
        }
        Ok(1)
    };
    id = inner.await?;
    let add = |other: u64| -> u64 { return id + other };
    Ok(add(1))
}

/// The braces of a body on one line are the user's.
#[rustfmt::skip]
#[two_tier_cached(prefix = "line", ttl = TTL)]
async fn on_one_line(id: u64) -> u64 { id + 1 }

#[two_tier_cached(prefix = "empty", ttl = TTL)]
async fn empty() {}

fn main() {
    drop(on_one_line(1));
    drop(questions("x".to_owned()));
    drop(invalidate_questions("x"));
    drop(absent("x"));
    drop(returns(1));
    drop(returns_nothing(1));
    drop(fails(1));
    drop(unfinished(1));
    drop(loops(1));
    drop(branches(1));
    drop(nested(1));
    drop(empty());
    drop(invalidate_empty());
}
