//! Patterns as a list of what they mean, how that is written, and a matcher too simple to be wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// One thing that a pattern says.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    AnyText,
    AnyChar,
    Char(char),
    Class { negated: bool, members: Vec<Member> },
}

/// What a class holds.
#[derive(Debug, Clone)]
pub(crate) enum Member {
    Char(char),
    Range(char, char),
}

/// Few characters, so that patterns and texts meet; all that are special in patterns or keys.
fn chars() -> impl Strategy<Value = char> {
    select("aaabbc:*?[]^-\\%\n3é".chars().collect::<Vec<_>>())
}

pub(crate) fn covered_text() -> impl Strategy<Value = String> {
    vec(chars(), 0..6).prop_map(String::from_iter)
}

pub(crate) fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let letter = || select(vec!['a', 'b', 'c']);
    let member = prop_oneof![
        chars().prop_map(Member::Char),
        (letter(), letter()).prop_map(|(first, last)| Member::Range(first, last)),
    ];
    let class = (any::<bool>(), vec(member, 0..4))
        .prop_map(|(negated, members)| Piece::Class { negated, members });
    let piece = prop_oneof![
        3 => Just(Piece::AnyText),
        2 => Just(Piece::AnyChar),
        4 => chars().prop_map(Piece::Char),
        3 => class,
    ];
    vec(piece, 0..6)
}

/// The pattern as text.
pub(crate) fn written(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::AnyText => text.push('*'),
            Piece::AnyChar => text.push('?'),
            Piece::Char(char) => {
                if "*?[\\".contains(*char) {
                    text.push('\\');
                }
                text.push(*char);
            }
            Piece::Class { negated, members } => {
                text.push_str(if *negated { "[^" } else { "[" });
                for member in members {
                    match member {
                        Member::Char(char) => text.extend(['\\', *char]),
                        Member::Range(first, last) => text.extend([*first, '-', *last]),
                    }
                }
                text.push(']');
            }
        }
    }
    text
}

/// Whether a pattern covers a text: tries every length for every `*`.
pub(crate) fn covers(pieces: &[Piece], text: &[char]) -> bool {
    let Some((piece, pieces)) = pieces.split_first() else {
        return text.is_empty();
    };
    if matches!(piece, Piece::AnyText) {
        return (0..=text.len()).any(|taken| covers(pieces, &text[taken..]));
    }
    text.split_first().is_some_and(|(char, text)| accepts(piece, *char) && covers(pieces, text))
}

fn accepts(piece: &Piece, char: char) -> bool {
    match piece {
        Piece::AnyText | Piece::AnyChar => true,
        Piece::Char(wanted) => *wanted == char,
        Piece::Class { negated, members } => {
            let is_member = members.iter().any(|member| match member {
                Member::Char(wanted) => *wanted == char,
                Member::Range(a, b) => (a.min(b)..=a.max(b)).contains(&&char),
            });
            is_member != *negated
        }
    }
}
