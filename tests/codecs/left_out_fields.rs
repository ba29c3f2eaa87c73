//! Fields that `serde` leaves out: where position alone tells fields apart, the next field would be
//! read in their place.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Shelves, cases, letters, run};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sparse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    a: Option<u8>,
    b: u8,
    c: Vec<u8>,
}

fn expected(value: &Sparse) -> &'static str {
    if value.a.is_some() { "MJPB" } else { "MJMM" }
}

#[tokio::test]
async fn every_small_value_with_a_left_out_field_hits_under_every_codec() {
    let shelves = Shelves::new();
    let numbers = [0, 1, 2, 3, 0x80, 0xC0, 0xFF];
    let mut lists = vec![vec![]];
    for first in numbers {
        lists.push(vec![first]);
        lists.extend(numbers.map(|second| vec![first, second]));
    }
    for a in numbers.map(Some).into_iter().chain([None]) {
        for b in numbers {
            for c in &lists {
                let value = Sparse { a, b, c: c.clone() };
                assert_eq!(shelves.letters(&value).await, expected(&value), "{value:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn every_value_with_a_left_out_field_hits_under_every_codec(
        values in vec((any::<Option<u8>>(), any::<u8>(), vec(any::<u8>(), 0..40)), 1..8)
    ) {
        run(async {
            let shelves = Shelves::new();
            for (a, b, c) in values {
                let value = Sparse { a, b, c };
                assert_eq!(shelves.letters(&value).await, expected(&value), "{value:?}");
            }
        });
    }

    #[test]
    fn left_out_fields_deep_inside_a_value_are_found(
        values in vec((any::<Option<u8>>(), any::<u8>(), any::<bool>()), 0..6)
    ) {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        enum Event {
            Moved {
                #[serde(default, skip_serializing_if = "Option::is_none")]
                from: Option<u8>,
                to: u8,
            },
            Inner(Box<Sparse>),
        }
        let sparse = values.iter().any(|(a, ..)| a.is_none());
        let event = |(a, b, moved)| if moved {
            Event::Moved { from: a, to: b }
        } else {
            Event::Inner(Box::new(Sparse { a, b, c: vec![b] }))
        };
        let events: Vec<Event> = values.into_iter().map(event).collect();
        let served = run(letters(Some((events, 7_u8))));
        prop_assert_eq!(served, if sparse { "MJMM" } else { "MJPB" });
    }
}

/// A field that is never written, before, between and after fields that are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Hidden {
    #[serde(default, skip_serializing)]
    first: u8,
    b: u8,
    #[serde(default, skip_serializing)]
    middle: Vec<u8>,
    c: Vec<u8>,
    #[serde(default, skip_serializing)]
    last: Option<u8>,
}

/// The same with one such field, at the end: what follows it is what would be read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct HiddenLast {
    c: Vec<u8>,
    #[serde(default, skip_serializing)]
    last: u8,
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_field_that_is_never_written_keeps_positional_codecs_out(
        b: u8, c in vec(0_u8..4, 0..6)
    ) {
        let value = Hidden { b, c: c.clone(), ..Hidden::default() };
        prop_assert_eq!(run(letters(value)), "MJMM");
        let value = HiddenLast { c, last: 0 };
        prop_assert_eq!(run(letters(vec![value.clone(), value])), "MJMM");
    }
}

#[tokio::test]
async fn a_field_that_is_neither_written_nor_read_is_no_obstacle() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Skipping {
        a: u8,
        #[serde(skip)]
        scratch: Option<u8>,
        b: u8,
    }
    assert_eq!(letters(Skipping { a: 1, scratch: None, b: 2 }).await, "MJPB");
}

#[tokio::test]
async fn a_flattened_part_goes_to_the_codecs_with_names() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Outer {
        id: u8,
        #[serde(flatten)]
        inner: Sparse,
    }
    let inner = Sparse { a: Some(1), b: 2, c: vec![3] };
    assert_eq!(letters(Outer { id: 0, inner }).await, "MJMM");
    let inner = Sparse { a: None, b: 2, c: vec![3] };
    assert_eq!(letters(Outer { id: 0, inner }).await, "MJMM");
}

/// Fields without names that are left out move the others, in every format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Unnamed(
    #[serde(default, skip_serializing_if = "Option::is_none")] Option<u8>,
    #[serde(default)] u8,
);

#[tokio::test]
async fn a_left_out_field_without_a_name_never_moves_the_others() {
    assert_eq!(letters(Unnamed(Some(1), 2)).await, "MJPB");
    for value in [Unnamed(None, 5), Unnamed(None, 0)] {
        // `letters` asserts that the second call returns the same value.
        letters(vec![value.clone(), Unnamed(Some(3), 4), value]).await;
    }
    assert_eq!(letters(Unnamed(None, 5)).await, "----");
}
