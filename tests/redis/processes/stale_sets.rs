//! The stale-set race between processes: a load of the old row in one, a write with its
//! invalidation in another, then the fill of the load.

use super::process::{Process, Times, World};
use super::{LONG, SHORT};

/// The ways to invalidate key 7.
const WAYS: [&str; 3] = ["invalidate 7", "pattern 7", "pattern *"];

/// What each process reads, one after the other.
fn read(processes: &[&Process]) -> Vec<String> {
    processes.iter().map(|process| process.tell("get 7")).collect()
}

#[test]
fn a_load_begun_before_the_write_of_another_process_does_not_fill() {
    for invalidate in WAYS {
        let world = World::new();
        let [loads, writes, reads] = [(); 3].map(|()| world.process());
        world.db.write("7");
        let loading = loads.start("get 7 held gate");
        loads.tell("reached gate");
        assert_eq!(writes.write("7", invalidate), 2);
        loads.tell("open gate");
        assert_eq!(loading.get(), "1", "it began before the write");
        assert_eq!(loads.tell("exists 7"), "false", "its fill is rejected");
        assert_eq!(read(&[&loads, &writes, &reads]), ["2", "2", "2"], "{invalidate}");
        assert_eq!(world.db.loads("7"), 2, "the new row is loaded once, for all");
    }
}

#[test]
fn a_call_after_the_write_of_another_process_does_not_wait_for_an_older_load_that_hangs() {
    for invalidate in WAYS {
        let world = World::new();
        let times = Times { lease_wait: Some(SHORT), ..Times::default() };
        let (loads, writes) = (world.process_with(times), world.process());
        world.db.write("7");
        let loading = loads.start("get 7 held gate");
        loads.tell("reached gate");
        writes.write("7", invalidate);
        assert_eq!(read(&[&loads, &writes]), ["2", "2"], "{invalidate}");
        assert!(loading.is_open(), "the older load still hangs");
        loads.tell("open gate");
        assert_eq!(loading.get(), "1");
        assert_eq!(read(&[&loads, &writes]), ["2", "2"], "{invalidate}");
        assert_eq!(world.db.loads("7"), 2);
    }
}

#[test]
fn a_call_after_the_write_of_another_process_does_not_take_what_an_older_load_brings() {
    for invalidate in WAYS {
        let world = World::new();
        let times = Times { lease_wait: Some(LONG), ..Times::default() };
        let (loads, writes) = (world.process_with(times), world.process());
        world.db.write("7");
        let before = loads.start("crowd 20 7 held gate");
        loads.tell("reached gate");
        loads.tell("misses 20");
        writes.write("7", invalidate);
        let after = loads.start("crowd 20 7");
        loads.tell("misses 40");
        loads.tell("open gate");
        assert_eq!(after.get(), "{2}", "{invalidate}");
        before.get();
        assert_eq!(read(&[&loads, &writes]), ["2", "2"], "{invalidate}");
    }
}

#[test]
fn a_load_does_not_fill_over_what_another_process_has_set() {
    let world = World::new();
    let (loads, sets) = (world.process(), world.process());
    world.db.write("7");
    let loading = loads.start("get 7 held gate");
    loads.tell("reached gate");
    let row = sets.tell("write 7");
    assert_eq!(sets.tell(&format!("set 7 {row}")), "true");
    assert_eq!(read(&[&loads, &sets]), ["2", "2"], "also while the load goes on");
    loads.tell("open gate");
    assert_eq!(loading.get(), "1");
    assert_eq!(read(&[&loads, &sets]), ["2", "2"]);
    assert_eq!(world.db.loads("7"), 1, "nobody but the older load had to ask the database");
}
