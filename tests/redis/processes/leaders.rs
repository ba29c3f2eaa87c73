//! One load for all processes: how they share it, and what becomes of them when it takes long or its
//! process dies.

use std::thread::sleep;
use std::time::Duration;

use super::LONG;
use super::process::{Times, World};

#[test]
fn a_thousand_calls_in_four_processes_share_one_load() {
    let world = World::new();
    let times = Times { lease_wait: Some(LONG), ..Times::default() };
    let processes = [(); 4].map(|()| world.process_with(times));
    world.db.write("7");
    let crowd = |process: &super::process::Process| process.start("crowd 250 7 held gate");
    let answers = processes.each_ref().map(crowd);
    // A miss has looked, and goes on to join a flight; the load ends when all have looked.
    for process in &processes {
        process.tell("misses 250");
    }
    for process in &processes {
        process.tell("open gate");
    }
    for answer in answers {
        assert_eq!(answer.get(), "{1}");
    }
    assert_eq!(world.db.loads("7"), 1);
}

#[test]
fn calls_go_on_when_the_process_that_loads_for_them_is_killed() {
    let world = World::new();
    // They would wait for long; it is the lease of the dead that ends.
    let lease_ttl = Some(Duration::from_millis(300));
    let times = Times { lease_ttl, lease_wait: Some(LONG), ..Times::default() };
    let (mut dies, lives) = (world.process_with(times), world.process_with(times));
    world.db.write("7");
    let _never = dies.start("get 7 held gate");
    dies.tell("reached gate");
    let waiting = lives.start("crowd 20 7");
    lives.tell("misses 20");
    assert_eq!(world.db.loads("7"), 1, "they wait");
    dies.kill();
    assert_eq!(waiting.get(), "{1}");
    assert_eq!(world.db.loads("7"), 2, "one of them loads for all");
    assert_eq!(lives.tell("exists 7"), "true", "and fills");
}

#[test]
fn a_load_of_four_leases_fills_and_is_shared() {
    let world = World::new();
    let times = Times {
        lease_ttl: Some(Duration::from_secs(1)),
        lease_wait: Some(LONG),
        ..Times::default()
    };
    let [loads, waits] = [(); 2].map(|()| world.process_with(times));
    world.db.write("7");
    let loading = loads.start("get 7 held gate");
    loads.tell("reached gate");
    let waiting = waits.start("crowd 20 7");
    sleep(Duration::from_secs(4));
    loads.tell("open gate");
    assert_eq!((loading.get(), waiting.get()), ("1".to_owned(), "{1}".to_owned()));
    assert_eq!(waits.tell("exists 7"), "true");
    assert_eq!(world.db.loads("7"), 1);
}

#[test]
fn by_default_a_load_of_ten_seconds_fills_and_is_shared() {
    let world = World::new();
    let [loads, waits] = [(); 2].map(|()| world.process());
    world.db.write("7");
    let loading = loads.start("get 7 held gate");
    loads.tell("reached gate");
    // Five leases, and more than others would wait from the start.
    sleep(Duration::from_secs(8));
    let waiting = waits.start("crowd 20 7");
    waits.tell("misses 20");
    sleep(Duration::from_secs(2));
    loads.tell("open gate");
    assert_eq!((loading.get(), waiting.get()), ("1".to_owned(), "{1}".to_owned()));
    assert_eq!(waits.tell("exists 7"), "true");
    assert_eq!(world.db.loads("7"), 1);
}
