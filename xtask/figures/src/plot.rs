//! Bars for medians with whiskers from the least to the most, as an SVG.
//!
//! Written by hand: it is a dozen rectangles, and a plotting crate would be the largest dependency of
//! this workspace's tools. Colours and text follow the reader's light or dark scheme.

use std::fmt::Write as _;

use crate::figure::{Figure, Role, Row};
use crate::spread::short;

const WIDTH: f64 = 860.0;
/// Left of it stand the names, right of `RIGHT` the figures.
const LEFT: f64 = 260.0;
const RIGHT: f64 = 760.0;
const LINE: f64 = 22.0;
const HEAD: f64 = 48.0;
/// From here on a logarithmic axis shows more than a straight one.
const WIDE: f64 = 12.0;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}\
.n{fill:#57606a}.ours{fill:#d9622b}.peer{fill:#5b8db8}.floor{fill:#9aa4ae}\
.w{stroke:#24292f;stroke-width:1.2}.g{stroke:#8c959f;stroke-opacity:.3}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.n{fill:#9da7b1}.w{stroke:#e6edf3}}";

pub(crate) fn svg(figures: &[Figure]) -> String {
    let (mut body, mut top) = (String::new(), 0.0);
    for figure in figures.iter().filter(|figure| !figure.rows.is_empty()) {
        top = chart(&mut body, figure, top);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\" \
         height=\"{top}\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

/// Draws a figure below `top`, and returns where it ends.
fn chart(body: &mut String, figure: &Figure, top: f64) -> f64 {
    let axis = Axis::of(figure);
    let kind = if axis.logarithmic { ", logarithmic" } else { "" };
    let (title, unit) = (escaped(&figure.title), escaped(&figure.unit));
    let _ = writeln!(
        body,
        "<text x=\"8\" y=\"{}\"><tspan class=\"t\">{title}</tspan><tspan class=\"n\"> ({unit}{kind})\
         </tspan></text>",
        top + 22.0,
    );
    let bottom = top + HEAD + f64::from(u32::try_from(figure.rows.len()).unwrap_or(0)) * LINE;
    for tick in axis.ticks() {
        let (at, from) = (axis.x(tick), top + HEAD - 4.0);
        let _ = writeln!(
            body,
            "<line class=\"g\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{from}\" y2=\"{bottom}\"/>\
             <text class=\"n\" x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            from - 3.0,
            short(tick),
        );
    }
    let mut middle = top + HEAD + LINE / 2.0;
    for row in &figure.rows {
        line(body, row, &axis, middle);
        middle += LINE;
    }
    bottom + 12.0
}

/// A name, its bar, its whiskers, its median.
fn line(body: &mut String, row: &Row, axis: &Axis, middle: f64) {
    let (name, class) = (escaped(&row.contender), row.role.word());
    let weight = if row.role == Role::Ours { " class=\"t\"" } else { "" };
    let base = middle + 4.5;
    let _ = write!(
        body,
        "<text{weight} x=\"{}\" y=\"{base:.1}\" text-anchor=\"end\">{name}</text>",
        LEFT - 8.0
    );
    let Some(spread) = row.spread() else {
        let _ = writeln!(body);
        return;
    };
    let [median, min, max] = [spread.median, spread.min, spread.max].map(|value| axis.x(value));
    let _ = writeln!(
        body,
        "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\" rx=\"2\"/>\
         <path class=\"w\" d=\"M{min:.1} {middle:.1}H{max:.1}M{min:.1} {:.1}v6M{max:.1} {:.1}v6\"/>\
         <text class=\"n\" x=\"{:.1}\" y=\"{base:.1}\">{}</text>",
        middle - 7.0,
        (median - LEFT).max(1.0),
        middle - 3.0,
        middle - 3.0,
        median.max(max) + 6.0,
        short(spread.median),
    );
}

/// From a value to its place.
struct Axis {
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Axis {
    fn of(figure: &Figure) -> Self {
        let spreads: Vec<_> = figure.rows.iter().filter_map(Row::spread).collect();
        let least = spreads.iter().map(|spread| spread.min).fold(f64::INFINITY, f64::min);
        let most = spreads.iter().map(|spread| spread.max).fold(0.0, f64::max);
        if least > 0.0 && most / least > WIDE {
            // A bar must have a length, so the axis starts below the least.
            return Self { from: (least / 2.0).log10(), to: most.log10(), logarithmic: true };
        }
        Self { from: 0.0, to: if most > 0.0 { most } else { 1.0 }, logarithmic: false }
    }

    fn x(&self, value: f64) -> f64 {
        let value = if self.logarithmic { value.log10() } else { value };
        LEFT + (value - self.from) / (self.to - self.from) * (RIGHT - LEFT)
    }

    /// The powers of ten, or four quarters.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        #[allow(clippy::cast_possible_truncation)] // an exponent of ten
        let powers = (self.from.ceil() as i32)..=(self.to.floor() as i32);
        let straight = (1..=4).map(|quarter| self.to * f64::from(quarter) / 4.0);
        let ticks: Vec<f64> = if self.logarithmic {
            powers.map(|power| 10f64.powi(power)).collect()
        } else {
            straight.collect()
        };
        ticks.into_iter()
    }
}

fn escaped(text: &str) -> String {
    // Of Markdown, which an image is not.
    let text = text.replace('`', "");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(samples: &[(&str, f64)]) -> Figure {
        let mut figure = Figure::new("a < b", "ns", None);
        for (name, sample) in samples {
            figure.add(name, Role::Peer, *sample);
        }
        figure
    }

    #[test]
    fn the_axis_is_logarithmic_where_figures_lie_far_apart() {
        assert!(!Axis::of(&figure(&[("a", 1.0), ("b", 3.0)])).logarithmic);
        assert!(Axis::of(&figure(&[("a", 1.0), ("b", 300.0)])).logarithmic);
        assert!(!Axis::of(&figure(&[("a", 0.0), ("b", 300.0)])).logarithmic);
    }

    #[test]
    fn the_plot_has_a_bar_for_each_and_escapes_its_text() {
        let svg = svg(&[figure(&[("a", 1.0), ("b", 3.0)]), Figure::new("empty", "", None)]);
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains("a &lt; b") && !svg.contains("empty"), "{svg}");
    }
}
