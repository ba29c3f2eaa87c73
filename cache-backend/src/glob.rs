//! Globs over the decoded text of keys.
//!
//! The language is the one of Redis' `KEYS`: `*` any text, `?` one character, `[abc]`, `[a-z]`,
//! `[^a]`, and `\` before a character that is meant literally. One matcher decides for every
//! backend, on text without escapes, so that a pattern means what its author reads.

use std::fmt;

use crate::key::{decoded, is_digested};

/// A pattern that stays inside one prefix.
///
/// Its `Debug` form hides the pattern, which may hold personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    /// `namespace:prefix:`, compared literally.
    scope: String,
    pattern: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Token {
    AnyText,
    AnyChar,
    Char(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// A pattern for what stands behind `scope`, which is `namespace:prefix:`.
    #[must_use]
    pub fn new(scope: String, pattern: &str) -> Self {
        Self { scope, pattern: parse(pattern) }
    }

    /// The pattern that matches exactly these parts, given as they are stored, with their escapes.
    #[must_use]
    pub fn literally(parts: &str) -> String {
        Self::escape(&decoded(parts))
    }

    /// A pattern that matches exactly this text: what a user typed can stand in a pattern.
    ///
    /// Everything that has a meaning in a pattern gets a `\` in front, inside of a class as well as
    /// outside. A key is matched as it reads, so a `:` in `text` stands for itself and for the one
    /// between two parts alike.
    ///
    /// ```
    /// use two_tier_cache_backend::Glob;
    ///
    /// let name = "what*";
    /// let pattern = format!("{}:*", Glob::escape(name));
    /// assert_eq!(pattern, r"what\*:*");
    ///
    /// let glob = Glob::new("user:".into(), &pattern);
    /// assert!(glob.matches("user:what*:de"));
    /// assert!(!glob.matches("user:whatever:de"));
    /// ```
    #[must_use]
    pub fn escape(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        text.chars().for_each(|char| escape_into(&mut escaped, char));
        escaped
    }

    /// `namespace:prefix:`, with which every key that can match starts.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Whether the glob covers this key.
    ///
    /// Of a key that was cut to a digest only the beginning is known; it counts as covered if some
    /// text with that beginning would be. Invalidating a value too many is harmless, one too few
    /// is not.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        let Some(parts) = key.strip_prefix(self.scope.as_str()) else {
            return false;
        };
        let text: Vec<char> = decoded(parts).chars().collect();
        matches(&self.pattern, &text, is_digested(parts))
    }

    /// A pattern for Redis' `SCAN`, which covers every key that [`matches`](Self::matches) does,
    /// and more.
    ///
    /// Redis sees keys as they are stored, escapes and digests included, so beyond the scope it is
    /// given only a beginning that reads the same either way: not a `:`, which may stand for itself
    /// or for an escape, and not past what a cut key keeps.
    #[must_use]
    pub fn widened(&self) -> String {
        let mut widened = String::with_capacity(self.scope.len() + 2 * HEAD_CHARS);
        let head = self.pattern.iter().map_while(|token| match token {
            Token::Char(char) if stands_for_itself(*char) => Some(*char),
            _ => None,
        });
        for char in self.scope.chars().chain(head.take(HEAD_CHARS)) {
            escape_into(&mut widened, char);
        }
        widened.push('*');
        widened
    }
}

/// Writes one character so that a pattern means it literally.
fn escape_into(pattern: &mut String, char: char) {
    if matches!(char, '*' | '?' | '[' | ']' | '\\' | '^' | '-') {
        pattern.push('\\');
    }
    pattern.push(char);
}

/// How much of a pattern goes into [`Glob::widened`]: less than what is left of a key that is cut.
const HEAD_CHARS: usize = 64;

/// Whether a character is never escaped in a key, nor part of an escape.
fn stands_for_itself(char: char) -> bool {
    !matches!(char, ':' | '%' | char::REPLACEMENT_CHARACTER) && !char.is_control()
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({}…)", self.scope)
    }
}

fn parse(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '*' if tokens.last() == Some(&Token::AnyText) => continue,
            '*' => Token::AnyText,
            '?' => Token::AnyChar,
            '[' => class(&mut chars),
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            other => Token::Char(other),
        });
    }
    tokens
}

/// Reads a class up to its `]`, or to the end of a pattern that forgets it, as Redis does.
fn class(chars: &mut std::str::Chars<'_>) -> Token {
    let mut rest = chars.clone();
    let negated = rest.next() == Some('^');
    if negated {
        *chars = rest;
    }
    let mut ranges = Vec::new();
    while let Some(char) = chars.next().filter(|&char| char != ']') {
        let first = if char == '\\' { chars.next().unwrap_or('\\') } else { char };
        let mut ahead = chars.clone();
        let last = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) if last != ']' => {
                *chars = ahead;
                last
            }
            _ => first,
        };
        ranges.push((first.min(last), first.max(last)));
    }
    Token::Class { negated, ranges }
}

/// Greedy matching that goes back to the last `*` only, which is enough for globs and linear in
/// the length of the text for each `*`.
fn matches(pattern: &[Token], text: &[char], cut: bool) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut star = None;
    loop {
        if at == text.len() && cut {
            return true;
        }
        match pattern.get(token) {
            Some(Token::AnyText) => {
                star = Some((token, at));
                token += 1;
            }
            Some(one) if at < text.len() && accepts(one, text[at]) => {
                token += 1;
                at += 1;
            }
            None if at == text.len() => return true,
            _ => match &mut star {
                Some((star_token, star_at)) if *star_at < text.len() => {
                    *star_at += 1;
                    (token, at) = (*star_token + 1, *star_at);
                }
                _ => return false,
            },
        }
    }
}

fn accepts(token: &Token, char: char) -> bool {
    match token {
        Token::AnyText | Token::AnyChar => true,
        Token::Char(wanted) => *wanted == char,
        Token::Class { negated, ranges } => {
            ranges.iter().any(|&(first, last)| (first..=last).contains(&char)) != *negated
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> Glob {
        Glob::new("user:".into(), pattern)
    }

    #[test]
    fn the_language_is_that_of_redis() {
        for (pattern, yes, no) in [
            ("42:*", "user:42:de", "user:421:de"),
            ("*:de", "user:42:de", "user:42:den"),
            ("a?c", "user:abc", "user:ac"),
            ("[a-c]x", "user:bx", "user:dx"),
            ("[^a]x", "user:bx", "user:ax"),
            (r"\*", "user:*", "user:x"),
            (r"[\]]", "user:]", "user:["),
            ("*a*b*", "user:xxaxxbxx", "user:xxbxxaxx"),
            ("", "user:", "user:a"),
        ] {
            assert!(glob(pattern).matches(yes), "{pattern} should match {yes}");
            assert!(!glob(pattern).matches(no), "{pattern} should not match {no}");
        }
    }

    #[test]
    fn an_escaped_key_is_matched_as_it_reads() {
        assert!(glob("domain.com:*").matches("user:domain.com%3Ax"));
        assert!(glob("50%").matches("user:50%25"));
    }

    #[test]
    fn a_glob_stays_inside_its_prefix() {
        assert!(!glob("*").matches("users:1"));
        assert!(!glob("*").matches("user2:1"));
    }

    #[test]
    fn a_scan_sees_the_scope_and_the_literal_head() {
        let widened = |scope: &str, pattern| Glob::new(scope.into(), pattern).widened();
        for (pattern, head) in [
            ("", "*"),
            ("*", "*"),
            ("42", "42*"),
            ("42:*", "42*"),
            ("domain.com:*", "domain.com*"),
            ("50%", "50*"),
            ("a\u{7f}b", "a*"),
            ("a?b", "a*"),
            ("[a]b", "*"),
            (r"a\*-b", r"a\*\-b*"),
            ("größe*", "größe*"),
        ] {
            assert_eq!(widened("user:", pattern), format!("user:{head}"), "{pattern}");
        }
        let scope = r"a*b?[c]\^-:";
        assert_eq!(widened(scope, "x"), r"a\*b\?\[c\]\\\^\-:x*");
        assert_eq!(widened("user:", &"é".repeat(100)), format!("user:{}*", "é".repeat(64)));
    }

    #[test]
    fn a_cut_key_is_covered_when_its_beginning_fits() {
        let cut = format!("user:tenant7:{}%#{}", "a".repeat(400), "0".repeat(32));
        for pattern in ["*", "tenant7:*", "tenant7:*zzz", "tenant?:a*"] {
            assert!(glob(pattern).matches(&cut), "{pattern}");
        }
        for pattern in ["tenant8:*", "tenant7:b*", "tenant7:a"] {
            assert!(!glob(pattern).matches(&cut), "{pattern}");
        }
    }
}
