//! How often this thread has allocated, and how many bytes it holds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // In each thread its own: a shared one would be what alloc-heavy contenders wait for.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    // Below zero in a thread that frees what another has allocated.
    static HELD: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: all is left to the system's allocator; counting allocates nothing and cannot panic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        hold(bytes(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        hold(bytes(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        hold(bytes(size) - bytes(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        hold(-bytes(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(old, layout) }
    }
}

/// A thread that ends has no count any more.
fn count() {
    let _ended = COUNT.try_with(|count| count.set(count.get() + 1));
}

fn hold(change: i64) {
    let _ended = HELD.try_with(|held| held.set(held.get().wrapping_add(change)));
}

fn bytes(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Of this thread, from its start.
pub fn allocations() -> u64 {
    COUNT.with(Cell::get)
}

/// What this thread has asked for and not given back. What the system's allocator takes besides is not
/// in it.
pub fn bytes_held() -> i64 {
    HELD.with(Cell::get)
}
