//! What the macros accept, and what they say to everything else.
//!
//! The messages are part of the product: a person reads each `.stderr` before it is blessed.

#[test]
fn accepts_and_refuses() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
