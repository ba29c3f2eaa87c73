//! Two charts by the number of entries: nanoseconds for a hit, and bytes for an entry.
//!
//! By hand, as it is a dozen lines. Colours follow the reader's light or dark scheme.

use std::fmt::Write as _;

use two_tier_cache_figures::short;

use super::in_process::{NAMES, Size};

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 240.0;
/// Around the lines, for the text.
const MARGIN: f64 = 44.0;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600}\
.g{stroke:#8c959f;stroke-opacity:.4}path{fill:none;stroke-width:2}\
.c0{stroke:#d9622b}.c1{stroke:#9aa4ae}.c2{stroke:#5b8db8}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}}";

type Values = fn(&Size) -> [f64; 3];

pub fn svg(sizes: &[Size]) -> String {
    let mut body = String::new();
    let charts: [(&str, Values); 2] =
        [("hit, ns", |size| size.hit), ("bytes per entry besides its value", |size| size.bytes)];
    for (left, (title, values)) in [0.0, WIDTH].into_iter().zip(charts) {
        chart(&mut body, sizes, left, title, values);
    }
    for (at, name) in NAMES.iter().enumerate() {
        let x = MARGIN + 160.0 * at as f64;
        let _ = write!(
            body,
            "<path class=\"c{at}\" d=\"M{x} {0}h20\"/><text x=\"{1}\" y=\"{2}\">{name}</text>",
            HEIGHT + 16.0,
            x + 26.0,
            HEIGHT + 20.0
        );
    }
    let (width, height) = (2.0 * WIDTH, HEIGHT + 32.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

fn chart(body: &mut String, sizes: &[Size], left: f64, title: &str, values: Values) {
    let most = sizes.iter().flat_map(values).fold(1.0, f64::max);
    let (bottom, top) = (HEIGHT - MARGIN, MARGIN);
    // The sizes are powers of ten, so they stand at equal distances.
    let steps = sizes.len().saturating_sub(1).max(1) as f64;
    let x = |at: usize| left + MARGIN + at as f64 / steps * (WIDTH - 2.0 * MARGIN);
    let y = |value: f64| bottom - value / most * (bottom - top);
    let _ = writeln!(
        body,
        "<text class=\"t\" x=\"{}\" y=\"20\">{title}</text><path class=\"g\" d=\"M{} {bottom}H{}\"/>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        left + MARGIN,
        left + MARGIN,
        left + WIDTH - MARGIN,
        left + MARGIN - 6.0,
        y(most) + 4.0,
        short(most)
    );
    for (at, size) in sizes.iter().enumerate() {
        let (entries, under) = (size.entries, bottom + 18.0);
        let _ = writeln!(
            body,
            "<text x=\"{}\" y=\"{under}\" text-anchor=\"middle\">{entries}</text>",
            x(at)
        );
    }
    for which in 0..NAMES.len() {
        let points = sizes.iter().enumerate().map(|(at, size)| (x(at), y(values(size)[which])));
        let points: Vec<String> = points.map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let _ = writeln!(body, "<path class=\"c{which}\" d=\"M{}\"/>", points.join("L"));
    }
}
