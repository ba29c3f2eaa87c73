//! How cost grows: with the entries of the process, with the keys in Redis, with the processes on it.

mod cpu;
mod glob;
mod histogram;
mod in_process;
mod near;
mod overhead;
mod page;
mod plot;
mod processes;
mod reader;
mod row;
mod server;
mod table;
mod writes;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::runtime::Runtime;

use self::in_process::Size;
use self::page::Section;
use crate::options::Options;

/// `--only` takes a part of the name of a section.
pub fn run(options: &Options) -> Result<ExitCode> {
    let mut sections = Vec::new();
    let mut sizes = Vec::new();
    for (name, measure) in SECTIONS.iter().filter(|(name, _)| name.contains(&options.only)) {
        let section = measure(options, &mut sizes).with_context(|| *name)?;
        println!("{section}");
        sections.push(section);
    }
    if options.write {
        if sections.len() < SECTIONS.len() {
            bail!("a page has all sections: no `--only` with `--write`");
        }
        page::write(&sections, &sizes, options.quick)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One of the processes that a run starts.
pub fn run_child(words: &[&str]) -> Result<ExitCode> {
    match *words {
        ["entries", entries, rounds] => in_process::run_child(entries.parse()?, rounds.parse()?)?,
        ["hits", url] => processes::run_child(url)?,
        _ => bail!("a child does `entries` or `hits`"),
    }
    Ok(ExitCode::SUCCESS)
}

type Measure = fn(&Options, &mut Vec<Size>) -> Result<Section>;

const SECTIONS: [(&str, Measure); 8] = [
    ("entries", entries),
    ("patterns", patterns),
    ("memory", memory),
    ("writes", writes),
    ("near, memory", near_memory),
    ("near, messages", near_messages),
    ("processes", many_processes),
    ("idle", idle),
];

fn counts(options: &Options) -> &'static [u64] {
    if options.quick { &[1_000, 10_000, 100_000] } else { &[1_000, 10_000, 100_000, 1_000_000] }
}

fn entries(options: &Options, sizes: &mut Vec<Size>) -> Result<Section> {
    let rounds = options.rounds(3, 5);
    for entries in counts(options) {
        sizes.push(in_process::measure(*entries, rounds)?);
    }
    Ok(Section::new(page::ENTRIES, &in_process::table(sizes)))
}

fn patterns(options: &Options, _: &mut Vec<Size>) -> Result<Section> {
    let counts = counts(options).iter();
    let all = counts.map(|entries| glob::measure(*entries, 3)).collect::<Result<Vec<_>>>()?;
    Ok(Section::new(page::PATTERNS, &glob::table(&all)))
}

fn memory(options: &Options, _: &mut Vec<Size>) -> Result<Section> {
    let entries = if options.quick { 20_000 } else { 100_000 };
    let table = Runtime::new()?.block_on(overhead::measure(entries))?;
    Ok(Section::new(page::MEMORY, &table))
}

fn writes(options: &Options, _: &mut Vec<Size>) -> Result<Section> {
    let (counts, rounds): (_, u64) =
        if options.quick { ([10_000, 100_000], 2) } else { ([100_000, 1_000_000], 5) };
    let mut table = writes::table();
    for keys in counts {
        Runtime::new()?.block_on(writes::measure(&mut table, keys, rounds))?;
    }
    Ok(Section::new(page::WRITES, &table))
}

fn near_memory(options: &Options, _: &mut Vec<Size>) -> Result<Section> {
    let entries = if options.quick { 20_000 } else { 100_000 };
    let table = Runtime::new()?.block_on(near::memory(entries))?;
    Ok(Section::new(page::NEAR_MEMORY, &table))
}

fn near_messages(options: &Options, _: &mut Vec<Size>) -> Result<Section> {
    let table = Runtime::new()?.block_on(near::messages(options.rounds(2, 5)))?;
    Ok(Section::new(page::NEAR_MESSAGES, &table))
}

fn many_processes(options: &Options, _: &mut Vec<Size>) -> Result<Section> {
    let time = Duration::from_secs(if options.quick { 1 } else { 5 });
    let table = Runtime::new()?.block_on(processes::measure(time))?;
    Ok(Section::new(page::PROCESSES, &table))
}

fn idle(options: &Options, _: &mut Vec<Size>) -> Result<Section> {
    let time = Duration::from_secs(if options.quick { 2 } else { 5 });
    Ok(Section::new(page::IDLE, &Runtime::new()?.block_on(processes::idle(time))?))
}
