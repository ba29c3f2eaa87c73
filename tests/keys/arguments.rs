//! Whatever form an argument of a sibling has, it names the key of the function's own type.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use proptest::prelude::*;
use two_tier_cache::{CacheKey, KeyArg, KeyWriter};

use crate::text::text_of;
use crate::{cases, tricky_text};

/// A `G` that stands for a `T`.
struct Given<G, T: ?Sized>(G, PhantomData<T>);

impl<G: KeyArg<T>, T: ?Sized> CacheKey for Given<G, T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        self.0.write_key_arg(key);
    }
}

/// Checks the text of every given form for every wanted type.
macro_rules! names {
    ($expected:expr; $wanted:tt; $given:tt) => {
        names!(@types $expected; $wanted; $given)
    };
    (@types $expected:expr; [$($wanted:ty),+ $(,)?]; $given:tt) => {
        $(names!(@forms $expected; $wanted; $given);)+
    };
    (@forms $expected:expr; $wanted:ty; [$($given:expr),+ $(,)?]) => {
        $({
            let given = Given::<_, $wanted>($given, PhantomData);
            let what = concat!(stringify!($given), " for ", stringify!($wanted));
            assert_eq!(text_of(&given), $expected, "{what}");
        })+
    };
}

#[derive(Clone, CacheKey)]
struct UserId(u64);

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn every_form_of_a_text_stands_for_every_other(text in tricky_text(5)) {
        let expected = text_of(text.as_str());
        let str = text.as_str();
        let cow = Cow::Borrowed(str);
        let (boxed, rc, arc) = (Box::<str>::from(str), Rc::<str>::from(str), Arc::<str>::from(str));
        names!(expected; [str, String, Cow<'_, str>, Box<str>, Rc<str>, Arc<str>]; [
            str, &str, text.clone(), &text, &&text, cow.clone(), &cow,
            boxed.clone(), &boxed, rc.clone(), &rc, arc.clone(), &arc,
        ]);
    }

    #[test]
    fn every_form_of_a_sequence_stands_for_every_other(ids: [u64; 3]) {
        let expected = text_of(&ids);
        let (slice, vec) = (&ids[..], ids.to_vec());
        let (boxed, rc, arc) =
            (Box::<[u64]>::from(slice), Rc::<[u64]>::from(slice), Arc::<[u64]>::from(slice));
        names!(expected; [[u64], [u64; 3], Vec<u64>, Box<[u64]>, Rc<[u64]>, Arc<[u64]>]; [
            slice, ids, &ids, vec.clone(), &vec,
            boxed.clone(), &boxed, rc.clone(), &rc, arc.clone(), &arc,
        ]);
    }
}

#[test]
fn whoever_owns_a_value_it_names_the_same_key() {
    let id = UserId(7);
    let (boxed, rc, arc) = (Box::new(id.clone()), Rc::new(id.clone()), Arc::new(id.clone()));
    names!("user:7"; [UserId]; [id.clone(), &id, &&id, &boxed, &rc, &arc]);
    names!("user:7"; [Box<UserId>]; [&id, boxed.clone(), &boxed]);
    names!("user:7"; [Rc<UserId>]; [&id, rc.clone(), &rc]);
    names!("user:7"; [Arc<UserId>]; [&id, arc.clone(), &arc]);
}

#[test]
fn an_option_stands_for_itself_by_value_or_by_reference() {
    let name = Some("ada".to_owned());
    names!("user:ada"; [Option<String>]; [name.clone(), &name, &&name]);
    names!("user:ada"; [Option<&str>]; [name.as_deref(), &name.as_deref(), Some("ada")]);
    names!("user:%-"; [Option<String>, Option<&str>, Option<u64>]; [None, &None]);
}
