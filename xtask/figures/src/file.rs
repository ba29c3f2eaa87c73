//! A part as lines with tabs, so that pages can be made again without measuring again.

use std::fmt::Write as _;
use std::io;

use crate::bar::Bar;
use crate::figure::{Figure, Role, Row};
use crate::part::Part;

pub(crate) fn text(part: &Part) -> String {
    let Part { name, title, about, machine, figures, bars } = part;
    let mut text = format!("part\t{name}\ntitle\t{title}\nabout\t{about}\nmachine\t{machine}\n");
    for Figure { title, unit, base, rows } in figures {
        let _ = writeln!(text, "figure\t{title}\t{unit}\t{}", base.as_deref().unwrap_or("-"));
        for row in rows {
            let samples: Vec<String> =
                row.samples.iter().map(|sample| format!("{sample:.4}")).collect();
            let (role, samples) = (row.role.word(), samples.join(" "));
            let _ = writeln!(text, "row\t{role}\t{}\t{samples}", row.contender);
        }
    }
    for bar in bars {
        let Bar { property, floor, best_peer, ours, bar: wanted, .. } = bar;
        let cells = [property, floor, best_peer, ours, wanted].map(String::as_str).join("\t");
        let _ = writeln!(text, "bar\t{cells}\t{}", bar.verdict());
    }
    text
}

pub(crate) fn part(text: &str) -> io::Result<Part> {
    let mut part = Part::default();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        add(&mut part, &cells)
            .ok_or_else(|| io::Error::other(format!("not understood: {line}")))?;
    }
    Ok(part)
}

fn add(part: &mut Part, cells: &[&str]) -> Option<()> {
    match *cells {
        ["part", name] => name.clone_into(&mut part.name),
        ["title", title] => title.clone_into(&mut part.title),
        ["about", about] => about.clone_into(&mut part.about),
        ["machine", machine] => machine.clone_into(&mut part.machine),
        ["figure", title, unit, base] => {
            part.figures.push(Figure::new(title, unit, Some(base).filter(|base| *base != "-")));
        }
        ["row", role, contender, samples] => {
            let (role, _) = *Role::ALL.iter().find(|(_, word)| *word == role)?;
            let samples =
                samples.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
            let rows = &mut part.figures.last_mut()?.rows;
            rows.push(Row { contender: contender.to_owned(), role, samples });
        }
        ["bar", property, floor, best_peer, ours, bar, verdict] => part.bars.push(Bar {
            property: property.to_owned(),
            floor: floor.to_owned(),
            best_peer: best_peer.to_owned(),
            ours: ours.to_owned(),
            bar: bar.to_owned(),
            met: verdict == "met",
        }),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let mut figure = Figure::new("a hit", "ns", Some("floor"));
        figure.add("floor", Role::Floor, 1.5);
        figure.add("floor", Role::Floor, 2.0);
        figure.add("ours", Role::Ours, 3.25);
        let word = str::to_owned;
        let bar = Bar {
            property: word("hit"),
            floor: word("1"),
            best_peer: word("2"),
            ours: word("3"),
            bar: word("≤ 4"),
            met: true,
        };
        let part = Part {
            name: word("hits"),
            title: word("Hits"),
            about: word("All of them."),
            machine: word("2 cores"),
            figures: vec![figure, Figure::new("another", "", None)],
            bars: vec![bar],
        };
        assert_eq!(super::part(&text(&part)).unwrap(), part);
    }

    #[test]
    fn another_file_is_refused() {
        assert!(part("{}").unwrap_err().to_string().contains("{}"));
    }
}
