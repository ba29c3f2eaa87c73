//! What `cargo xtask bench` was asked for.

use crate::failure::{Failure, Outcome};

/// Who measures a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The program in `benches`.
    Peers,
    Compile,
    Build,
}

/// In the order of the index page.
pub(super) const PARTS: [(&str, Part); 10] = [
    ("hits", Part::Peers),
    ("throughput", Part::Peers),
    ("redis", Part::Peers),
    ("stampede", Part::Peers),
    ("freshness", Part::Peers),
    ("near", Part::Peers),
    ("faults", Part::Peers),
    ("growth", Part::Peers),
    ("compile", Part::Compile),
    ("build", Part::Build),
];

/// The parts, and how to measure them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// None for the index page alone.
    pub(super) parts: Vec<&'static str>,
    pub(super) options: Options,
}

/// How to measure. `None` leaves a number to the part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) quick: bool,
    pub(super) write: bool,
    pub(super) check: bool,
    pub(super) rounds: Option<usize>,
    /// Of `compile`.
    pub(super) functions: Option<usize>,
    /// Of `faults`.
    seconds: Option<usize>,
}

impl Request {
    /// Reads the words after `bench`.
    pub(crate) fn parse(words: &[String]) -> Outcome<Self> {
        let (mut parts, mut options, mut only_index) = (Vec::new(), Options::default(), false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => options.quick = true,
                "--write" => options.write = true,
                "--check" => options.check = true,
                "--rounds" => options.rounds = Some(count(word, words.next())?),
                "--functions" => options.functions = Some(count(word, words.next())?),
                "--seconds" => options.seconds = Some(count(word, words.next())?),
                "index" => only_index = true,
                name => parts.push(part(name)?),
            }
        }
        if parts.is_empty() && !only_index {
            parts = PARTS.map(|(name, _)| name).to_vec();
        }
        options.fit(&parts)?;
        Ok(Self { parts, options })
    }
}

impl Options {
    /// An option that no part of these has would be passed over in silence.
    fn fit(&self, parts: &[&str]) -> Outcome {
        let own =
            [(self.functions, "--functions", "compile"), (self.seconds, "--seconds", "faults")];
        for (given, option, part) in own {
            if given.is_some() && !parts.contains(&part) {
                return Err(Failure::Usage(format!("`{option}` is an option of `bench {part}`")));
            }
        }
        Ok(())
    }

    /// As told, or the one or the other.
    pub(super) fn rounds(&self, quick: usize, full: usize) -> usize {
        self.rounds.unwrap_or(if self.quick { quick } else { full })
    }

    /// For the program in `benches`.
    pub(super) fn words(&self, part: &str) -> Vec<String> {
        let flags = [(self.quick, "--quick"), (self.write, "--write"), (self.check, "--check")];
        let mut words: Vec<String> =
            flags.iter().filter(|(given, _)| *given).map(|(_, word)| (*word).to_owned()).collect();
        let seconds = self.seconds.filter(|_| part == "faults");
        for (number, word) in [(self.rounds, "--rounds"), (seconds, "--seconds")] {
            words.extend(
                number.map(|number| [word.to_owned(), number.to_string()]).into_iter().flatten(),
            );
        }
        words
    }
}

fn part(name: &str) -> Outcome<&'static str> {
    let known = PARTS.iter().map(|(part, _)| *part);
    known.clone().find(|part| *part == name).ok_or_else(|| {
        let known: Vec<&str> = known.collect();
        Failure::Usage(format!("there is no bench `{name}`, only {}", known.join(", ")))
    })
}

/// The number after an option. With zero there is nothing to measure.
fn count(option: &str, word: Option<&String>) -> Outcome<usize> {
    let number = word.and_then(|word| word.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| Failure::Usage(format!("`{option}` takes a number above zero")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(line: &str) -> Outcome<Request> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Request::parse(&words)
    }

    #[test]
    fn no_part_means_all() {
        let all = request("--quick").unwrap();
        assert_eq!(all.parts.len(), PARTS.len());
        assert_eq!((all.options.rounds(1, 7), all.options.write), (1, false));
        assert_eq!(request("index").unwrap().parts, [""; 0]);
    }

    #[test]
    fn a_part_is_told_how_much_to_measure() {
        let Request { parts, options } =
            request("compile --rounds 3 --write --functions 8").unwrap();
        assert_eq!(parts, ["compile"]);
        assert_eq!((options.rounds(1, 7), options.functions, options.write), (3, Some(8), true));
        let options = request("faults hits --seconds 3 --check").unwrap().options;
        assert_eq!(options.words("faults"), ["--check", "--seconds", "3"]);
        assert_eq!(options.words("hits"), ["--check"]);
    }

    #[test]
    fn a_mistake_is_a_usage_error() {
        let lines = ["hit", "compile 7", "--rounds", "--rounds 0", "--functions many"];
        for line in lines.into_iter().chain(["hits --seconds 3", "faults --functions 8"]) {
            assert_eq!(request(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
