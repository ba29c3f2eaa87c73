//! All that one bench has measured.

use std::fs;
use std::io;
use std::path::Path;

use crate::bar::Bar;
use crate::figure::Figure;
use crate::{file, page, plot, table};

/// All that one bench has measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// Its name on the command line, and that of its files.
    pub name: String,
    /// The head of its page.
    pub title: String,
    /// What is measured, and who is compared.
    pub about: String,
    /// Where, how much, and against which versions.
    pub machine: String,
    /// The measurements.
    pub figures: Vec<Figure>,
    /// What they are held against.
    pub bars: Vec<Bar>,
}

impl Part {
    /// The tables, then the bars.
    #[must_use]
    pub fn text(&self) -> String {
        let figures = self.figures.iter();
        let tables =
            figures.map(|figure| format!("## {}\n\n{}\n", figure.title, table::of_figure(figure)));
        let bars = table::of_bars(&self.bars);
        format!("{}\n\n{}## Bars\n\n{bars}", self.machine, tables.collect::<String>())
    }

    /// The bars that were missed.
    pub fn missed(&self) -> impl Iterator<Item = &Bar> {
        self.bars.iter().filter(|bar| !bar.met)
    }

    /// Writes `<name>.md`, `<name>.svg` and `<name>.tsv` into a directory.
    ///
    /// # Errors
    ///
    /// If the files cannot be written.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        fs::write(dir.join(format!("{}.md", self.name)), page::of_part(self))?;
        self.write_plot_and_samples(dir)
    }

    /// The same without the page, for a part that writes its own.
    ///
    /// # Errors
    ///
    /// If the files cannot be written.
    pub fn write_plot_and_samples(&self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        self.draw(dir)?;
        fs::write(dir.join(format!("{}.tsv", self.name)), file::text(self))
    }

    /// Draws the plot alone, `<name>.svg`.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn draw(&self, dir: &Path) -> io::Result<()> {
        fs::write(dir.join(format!("{}.svg", self.name)), plot::svg(&self.figures))
    }

    /// Reads what [`write`](Self::write) kept.
    ///
    /// # Errors
    ///
    /// If there is no such file, or it is another kind of file.
    pub fn read(dir: &Path, name: &str) -> io::Result<Self> {
        file::part(&fs::read_to_string(dir.join(format!("{name}.tsv")))?)
    }
}
