//! A writer that is killed between its commit and its invalidation.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::process::World;
use crate::worker::FENCE_TTL;

/// What a loaded machine adds.
const SLACK: Duration = Duration::from_secs(10);

#[test]
fn a_writer_that_is_killed_after_its_commit_leaves_nothing_stale() {
    let world = World::new();
    let (mut dies, lives) = (world.process(), world.process());
    world.db.write("7");
    assert_eq!(lives.tell("get 7"), "1");
    let _never = dies.start("fenced 7 gate");
    dies.tell("reached gate");
    let committed = Instant::now();
    assert_eq!(world.db.read("7"), 2, "it has committed");
    dies.kill();
    // From the commit on; and nothing is cached while it may still be writing.
    assert_eq!(lives.tell("get 7"), "2");
    if committed.elapsed() < FENCE_TTL / 2 {
        assert_eq!(lives.tell("exists 7"), "false");
    }
    while lives.tell("exists 7") == "false" {
        assert!(committed.elapsed() < FENCE_TTL + SLACK, "its fence does not run out");
        assert_eq!(lives.tell("get 7"), "2");
        sleep(Duration::from_millis(20));
    }
    assert_eq!(lives.tell("get 7"), "2");
}

/// The same without a fence: this is what fences are for.
#[test]
fn without_a_fence_the_older_row_would_stay() {
    let world = World::new();
    let (mut dies, lives) = (world.process(), world.process());
    world.db.write("7");
    assert_eq!(lives.tell("get 7"), "1");
    dies.tell("write 7");
    dies.kill();
    sleep(FENCE_TTL);
    assert_eq!(lives.tell("get 7"), "1");
}

/// Two writers of one key: the one that finishes leaves the fence of the one that was killed.
#[test]
fn a_writer_that_finishes_leaves_the_fence_of_one_that_was_killed() {
    let world = World::new();
    let (mut dies, lives) = (world.process(), world.process());
    world.db.write("7");
    // Before it is placed, so that it stands for at least its time from here.
    let fenced = Instant::now();
    let _never = dies.start("fenced 7 gate");
    dies.tell("reached gate");
    let other = lives.start("fenced 7 other");
    lives.tell("reached other");
    lives.tell("open other");
    assert_eq!(other.get(), "3");
    dies.kill();
    assert_eq!(lives.tell("get 7"), "3");
    // The first call has not been let store it, nor is any other while the fence stands.
    let cached = lives.tell("exists 7");
    if fenced.elapsed() < FENCE_TTL {
        assert_eq!(cached, "false", "the fence of the killed writer is gone");
    }
    sleep(FENCE_TTL);
    assert_eq!((lives.tell("get 7"), lives.tell("exists 7")), ("3".into(), "true".into()));
}
