//! Bars for medians with whiskers from the least to the most, as an SVG.
//!
//! Written by hand: it is a dozen rectangles, and a plotting crate would be the largest dependency of
//! this workspace's tools. It reads on a light and on a dark page.

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

/// A scheme cannot be asked for: an image is shown in the one of its page, and knows that of the system.
/// The greys are between black and white.
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#737d88}.t{font-weight:600}\
rect{fill-opacity:.65}.ours{fill:#e8590c}.peer{fill:#4c8fc7}.floor{fill:#9aa4ae}\
.w{stroke:#737d88;stroke-width:1.6;fill:none}.g{stroke:#8c959f;stroke-opacity:.3}";

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
        "<text x=\"8\" y=\"{}\"><tspan class=\"t\">{title}</tspan><tspan dx=\"6\">({unit}{kind})\
         </tspan></text>",
        top + 22.0,
    );
    let bottom = top + HEAD + f64::from(u32::try_from(figure.rows.len()).unwrap_or(0)) * LINE;
    for tick in axis.ticks() {
        let (at, from) = (axis.x(tick), top + HEAD - 4.0);
        let _ = writeln!(
            body,
            "<line class=\"g\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{from}\" y2=\"{bottom}\"/>\
             <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            from - 3.0,
            label(tick),
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
         <text x=\"{:.1}\" y=\"{base:.1}\">{}</text>",
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

    /// The powers of ten, or round steps.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        let exponent = if self.logarithmic { 0.0 } else { self.to.log10().floor() };
        let power = 10f64.powf(exponent);
        let step = match self.to / power {
            _ if self.logarithmic => 1.0,
            leading if leading < 2.0 => power / 2.0,
            leading if leading < 5.0 => power,
            _ => power * 2.0,
        };
        let (upto, logarithmic) = (self.to, self.logarithmic);
        // Nought needs no line: the bars begin there.
        let first = if logarithmic { self.from.ceil() } else { 1.0 };
        (0..20u32)
            .map(move |at| (first + f64::from(at)) * step)
            .take_while(move |tick| *tick <= upto)
            .map(move |tick| if logarithmic { 10f64.powf(tick) } else { tick })
    }
}

/// A round number without the zeros that say nothing.
fn label(tick: f64) -> String {
    let text = format!("{tick:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
    fn ticks_are_round() {
        let ticks =
            |samples: &[(&str, f64)]| Axis::of(&figure(samples)).ticks().collect::<Vec<_>>();
        assert_eq!(ticks(&[("a", 3.0), ("b", 25.8)]), [10.0, 20.0]);
        assert_eq!(ticks(&[("a", 1.5), ("b", 7.3)]), [2.0, 4.0, 6.0]);
        assert_eq!(ticks(&[("a", 30.0), ("b", 2_000.0)]), [100.0, 1_000.0]);
    }

    #[test]
    fn the_plot_has_a_bar_for_each_and_escapes_its_text() {
        let svg = svg(&[figure(&[("a", 1.0), ("b", 3.0)]), Figure::new("empty", "", None)]);
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains("a &lt; b") && !svg.contains("empty"), "{svg}");
    }
}
