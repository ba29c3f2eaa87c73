//! What a bench has measured: kept in a file, shown as tables and plots, and held against the bars.
//!
//! Both the benches beside the peers and those of compile times write with it, so the index page has
//! one source. It has no dependency: the file is lines with tabs, the plot is text.

mod bar;
mod figure;
mod file;
mod page;
mod part;
mod plot;
mod spread;
mod table;

pub use bar::Bar;
pub use figure::{Figure, Role, Row};
pub use page::index;
pub use part::Part;
pub use spread::{Spread, short};
pub use table::aligned;
