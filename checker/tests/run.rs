//! The program itself: a short run is clean, and has everything in it.

#![allow(clippy::unwrap_used, reason = "a failed test panics")]

use std::process::Command;

fn run(args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_two-tier-cache-checker")).args(args).output();
    let output = output.unwrap();
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (output.status.success(), text)
}

#[test]
fn a_short_run_is_clean_and_has_everything_in_it() {
    for seed in ["1", "2"] {
        let (well, text) = run(&["--seconds", "6", "--seed", seed]);
        assert!(well, "{text}");
        assert!(text.ends_with("violations: 0\n"), "{text}");
        for name in [
            "commits",
            "dropped-read",
            "dropped-write",
            "failed-load",
            "fences",
            "hit",
            "invalidations applied",
            "invalidations dropped",
            "loads",
            "many",
            "panicked-load",
            "pattern",
            "reads",
            "refresh",
            "rejected-fill",
            "shared",
            "writes dropped or panicked",
            "writes returned",
        ] {
            assert!(
                text.lines().any(|line| line.trim_end().ends_with(&format!("  {name}"))),
                "{name}:\n{text}"
            );
        }
    }
}

#[test]
fn a_mistake_on_the_command_line_is_explained() {
    for (args, said) in [
        (&["--second", "6"][..], "`--second` is not understood"),
        (&["--seconds"], "`--seconds` needs a value"),
        (&["--seed", "zero"], "`--seed` takes a number above zero; found `zero`"),
        (&["--mutants"], "there are no mutants in this build; run `cargo xtask mutants`"),
    ] {
        let (well, text) = run(args);
        assert!(!well && text.contains(said), "{args:?}: {text}");
    }
}
