//! For tests: a clock that moves when told to, a backend that stores bytes, and the suite that
//! every backend passes.

mod clock;
pub mod conformance;
mod encoded;

pub use clock::ManualClock;
pub use encoded::EncodedBackend;
