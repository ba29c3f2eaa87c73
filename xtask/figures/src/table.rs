//! Markdown tables that read well as they are.

use crate::bar::Bar;
use crate::figure::Figure;
use crate::spread::Spread;

/// Rows, the first of which is the head, with straight columns.
#[must_use]
pub fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..rows[0].len()).filter_map(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("| {cell:<width$} "));
        cells.collect::<String>() + "|\n"
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    let (head, body) = (line(&rows[0]), rows[1..].iter().map(|row| line(row)));
    format!("{head}|{}|\n{}", rule.join("|"), body.collect::<String>())
}

/// A figure: `median (min..max)`, and the same of the ratios.
pub(crate) fn of_figure(figure: &Figure) -> String {
    let shown =
        |spread: Option<Spread>| spread.map_or_else(|| "-".to_owned(), |all| all.to_string());
    let mut head = vec![String::new(), figure.unit.clone()];
    head.extend(figure.base.as_ref().map(|base| format!("over {base}")));
    let mut rows = vec![head];
    for row in &figure.rows {
        let mut cells = vec![row.contender.clone(), shown(row.spread())];
        let ratio = figure.base.as_ref().map(|base| figure.ratio(&row.contender, base));
        cells.extend(ratio.map(shown));
        rows.push(cells);
    }
    aligned(&rows)
}

/// The bars.
pub(crate) fn of_bars<'a>(bars: impl IntoIterator<Item = &'a Bar>) -> String {
    let head = Bar::HEAD.map(str::to_owned).to_vec();
    let rows: Vec<_> = [head].into_iter().chain(bars.into_iter().map(Bar::cells)).collect();
    aligned(&rows)
}
