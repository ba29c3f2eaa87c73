//! The cache on a real Redis: servers of their own, on private ports.

mod conformance;
