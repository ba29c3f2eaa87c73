//! Mistakes of the scripts that can be switched on, see `mutant` in the backend crate.

use std::borrow::Cow;

/// The code of the script in this file, with the mutant that is switched on.
#[cfg(not(two_tier_cache_mutants))]
pub(super) fn script(_file: &str, code: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(code)
}

/// The code of the script in this file, with the mutant that is switched on.
#[cfg(two_tier_cache_mutants)]
pub(super) fn script(file: &str, code: &'static str) -> Cow<'static, str> {
    let on = |mutant: &&Mutant| two_tier_cache_backend::mutant(mutant.name);
    let Some(mutant) = MUTANTS.iter().filter(on).find(|mutant| file.ends_with(mutant.file)) else {
        return Cow::Borrowed(code);
    };
    assert!(code.contains(mutant.right), "{} is no longer in {file}", mutant.name);
    Cow::Owned(code.replace(mutant.right, mutant.wrong))
}

/// A line of a script, and a wrong one in its place.
#[cfg(any(two_tier_cache_mutants, test))]
struct Mutant {
    name: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
}

#[cfg(any(two_tier_cache_mutants, test))]
const MUTANTS: [Mutant; 6] = [
    // The lease is gone, and nobody else has one: so why not?
    Mutant {
        name: "fill-if-absent",
        file: "fill.lua",
        right: "if not may_fill(state, head, token) then",
        wrong: "if not may_fill(state, head, token) and state ~= 'A' then",
    },
    // A value may be replaced by a later one, whoever loaded it.
    Mutant {
        name: "blind-refresh",
        file: "fill.lua",
        right: "if not may_fill(state, head, token) then",
        wrong: "if not may_fill(state, head, token) and state ~= 'V' then",
    },
    Mutant {
        name: "first-writer-removes-fence",
        file: "invalidate.lua",
        right: "if #writers == 0 and hold <= time then",
        wrong: "if (#writers == 0 or writer ~= '') and hold <= time then",
    },
    Mutant {
        name: "glob-removes-fence",
        file: "invalidate.lua",
        right: "if #writers == 0 and hold <= time then",
        wrong: "if (#writers == 0 or writer == '') and hold <= time then",
    },
    // The clock of whoever asks, which is a minute fast.
    Mutant {
        name: "readers-clock",
        file: "acquire.lua",
        right: "local hold, writers = read_fence(time)",
        wrong: "time = time + 60000\n  local hold, writers = read_fence(time)",
    },
    Mutant {
        name: "late-finish-does-nothing",
        file: "invalidate.lua",
        right: "if state == 'X' then",
        wrong: "if state == 'X' or (writer ~= '' and state ~= 'F') then",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Else a mutant would be found missing only when somebody looks for it.
    #[test]
    fn every_line_that_a_mutant_replaces_is_there() {
        for Mutant { name, file, right, wrong } in MUTANTS {
            let code = match file {
                "acquire.lua" => include_str!("scripts/acquire.lua"),
                "fill.lua" => include_str!("scripts/fill.lua"),
                "invalidate.lua" => include_str!("scripts/invalidate.lua"),
                other => panic!("{name} is in no script: {other}"),
            };
            assert_eq!(code.matches(right).count(), 1, "{name}");
            assert_ne!(right, wrong, "{name}");
        }
    }
}
