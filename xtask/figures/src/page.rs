//! The pages of the documentation.

use std::fmt::Write as _;

use crate::part::Part;
use crate::table::of_bars;

/// The page of a part.
pub(crate) fn of_part(part: &Part) -> String {
    let Part { name, title, about, .. } = part;
    format!(
        "# {title}\n\n`cargo xtask bench {name} --write` writes this page; the samples are in \
         [{name}.tsv]({name}.tsv). {about}\n\nFigures are the median (least..most) of the rounds. \
         Everybody takes a turn in each round, each round starts with another, and ratios are taken \
         within a round: ratios travel, nanoseconds do not.\n\n![{title}]({name}.svg)\n\n{}",
        part.text()
    )
}

/// The page that lists every bar, from the parts in the order to show them.
#[must_use]
pub fn index(parts: &[Part]) -> String {
    let mut text = "# Benchmarks\n\nThis cache beside its peers. `cargo xtask bench --write` measures \
                    everything and writes these pages; with the name of a part, that part. Each part \
                    is one run on one machine, in which all contenders take turns.\n\n"
        .to_owned();
    for part in parts {
        let Part { name, title, machine, .. } = part;
        let _ = writeln!(text, "- [{title}](benchmarks/{name}.md): {machine}");
    }
    text.push_str(
        "- [How cost grows](benchmarks/growth.md), and what that means: [scaling](scaling.md)\n",
    );
    text.push_str("\n## The bars\n\nWhy some are missed, and what was tried: [missed](benchmarks/missed.md).\n\n");
    text.push_str(&of_bars(parts.iter().flat_map(|part| &part.bars)));
    text
}
