#![deny(warnings, unsafe_op_in_unsafe_fn)]

use std::time::Duration;

use two_tier_cache::{invalidates, two_tier_cached};

#[two_tier_cached(prefix = "user", ttl = Duration::from_secs(60))]
async fn load(id: u64) -> u64 {
    id
}

#[invalidates(load(id), load(*result))]
async unsafe fn write(mut id: u64, row: *mut u64) -> u64 {
    id += 1;
    unsafe { *row += id };
    id
}

fn main() {
    drop(load(1));
    drop(unsafe { write(1, std::ptr::null_mut()) });
}
