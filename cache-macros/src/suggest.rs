//! What somebody may have meant by a name that is none.

use proc_macro2::Ident;

/// The error for a name that is not one of `known`. `what` says what it should have been.
pub(crate) fn unknown(what: &str, given: &Ident, known: &[&str]) -> syn::Error {
    let text = given.to_string();
    let nearest = known.iter().min_by_key(|name| distance(&text, name));
    let hint = match nearest.filter(|name| distance(&text, name) <= 2) {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => String::new(),
    };
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let text = format!("unknown {what} `{text}`{hint} ({what}s: {})", names.join(", "));
    syn::Error::new(given.span(), text)
}

/// The Levenshtein distance: how many letters to insert, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    #[test]
    fn only_a_near_name_is_suggested() {
        let known = ["prefix", "manager", "jitter"];
        let hint = |name: &str| {
            unknown("option", &Ident::new(name, Span::call_site()), &known).to_string()
        };
        for (given, meant) in [("prefx", "prefix"), ("manger", "manager"), ("jiter", "jitter")] {
            assert!(hint(given).contains(&format!("; did you mean `{meant}`?")), "{given}");
        }
        assert!(!hint("compression").contains("did you mean"));
    }
}
