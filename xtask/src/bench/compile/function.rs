//! The functions that every contender has: what the repository layer of a service looks like.

use std::fmt::Write as _;

use super::contender::Contender;

/// A read function over `db: &Db`.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The arguments after `db`, with what a caller passes for each.
    args: &'static str,
    call: &'static str,
    pub(super) returns: &'static str,
    body: &'static str,
    /// What the peer is told about the key, because it cannot leave out `db` otherwise.
    pub(super) key: Key,
    /// The same where a key must be `Display`.
    pub(super) text_key: Key,
}

/// The type of a key, and its value made from the arguments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) ty: &'static str,
    pub(super) value: &'static str,
}

const ID: Key = Key { ty: "u64", value: "id" };
const TENANT: Key = Key { ty: "u64", value: "tenant" };
const EMAIL: Key = Key { ty: "String", value: "email.to_owned()" };

/// The functions of one module; further modules have the same.
pub(super) const FUNCTIONS: [Function; 8] = [
    Function {
        name: "find",
        args: "id: u64",
        call: "1",
        returns: "Result<Option<Row>, Error>",
        body: "let rows = db.query(\"select * from rows where id = $1\", &[&id]).await?;\n    \
               Ok(rows.first().map(Row::read))",
        key: ID,
        text_key: ID,
    },
    Function {
        name: "load",
        args: "id: u64",
        call: "1",
        returns: "Result<Row, Error>",
        body: "let rows = db.query(\"select * from rows where id = $1\", &[&id]).await?;\n    \
               rows.first().map(Row::read).ok_or_else(|| Error(format!(\"no row {id}\")))",
        key: ID,
        text_key: ID,
    },
    Function {
        name: "find_by_email",
        args: "email: &str",
        call: "\"a@b.c\"",
        returns: "Result<Option<Row>, Error>",
        body: "let rows = db.query(\"select * from rows where email = $1\", &[&email]).await?;\n    \
               Ok(rows.first().map(Row::read))",
        key: EMAIL,
        text_key: EMAIL,
    },
    Function {
        name: "list",
        args: "tenant: u64",
        call: "1",
        returns: "Result<Vec<Row>, Error>",
        body: "let rows = db.query(\"select * from rows where tenant = $1\", &[&tenant]).await?;\n    \
               Ok(rows.iter().map(Row::read).collect())",
        key: TENANT,
        text_key: TENANT,
    },
    Function {
        name: "search",
        args: "tenant: u64, status: Option<&str>",
        call: "1, None",
        returns: "Result<Vec<Row>, Error>",
        body: "let sql = \"select * from rows where tenant = $1 and status = $2\";\n    \
               let rows = db.query(sql, &[&tenant, &status]).await?;\n    \
               Ok(rows.iter().map(Row::read).collect())",
        key: Key { ty: "(u64, Option<String>)", value: "(tenant, status.map(str::to_owned))" },
        text_key: Key { ty: "String", value: "format!(\"{tenant}:{status:?}\")" },
    },
    Function {
        name: "load_shared",
        args: "tenant: u64, name: &str",
        call: "1, \"a\"",
        returns: "Result<Arc<Row>, Error>",
        body: "let sql = \"select * from rows where tenant = $1 and name = $2\";\n    \
               let rows = db.query(sql, &[&tenant, &name]).await?;\n    \
               let row = rows.first().map(Row::read);\n    \
               row.map(Arc::new).ok_or_else(|| Error(format!(\"no row {name}\")))",
        key: Key { ty: "(u64, String)", value: "(tenant, name.to_owned())" },
        text_key: Key { ty: "String", value: "format!(\"{tenant}:{name:?}\")" },
    },
    Function {
        name: "names",
        args: "tenant: u64",
        call: "1",
        returns: "Result<Vec<String>, Error>",
        body: "let rows = db.query(\"select name from rows where tenant = $1\", &[&tenant]).await?;\n    \
               Ok(rows.iter().map(|columns| columns.text(2)).collect())",
        key: TENANT,
        text_key: TENANT,
    },
    Function {
        name: "count",
        args: "tenant: u64",
        call: "1",
        returns: "usize",
        body: "let rows = db.query(\"select 1 from rows where tenant = $1\", &[&tenant]).await;\n    \
               rows.map_or(0, |rows| rows.len())",
        key: TENANT,
        text_key: TENANT,
    },
];

/// The database and the error, once in each crate.
const DATABASE: &str = r#"
#[derive(Debug, Clone)]
pub struct Error(pub String);

pub struct Db;

pub struct Columns(Vec<String>);

impl Columns {
    pub fn text(&self, at: usize) -> String {
        self.0[at].clone()
    }
}

impl Db {
    pub async fn query(
        &self,
        sql: &str,
        args: &[&(dyn std::fmt::Debug + Sync)],
    ) -> Result<Vec<Columns>, Error> {
        Err(Error(format!("{sql} {args:?}")))
    }
}
"#;

/// The value type of a module.
const ROW: &str = r"
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Row {
    pub id: u64,
    pub tenant: u64,
    pub name: String,
    pub email: Option<String>,
    pub tags: Vec<String>,
    pub active: bool,
}

impl Row {
    pub fn read(columns: &Columns) -> Self {
        Self {
            id: 0,
            tenant: 1,
            name: columns.text(2),
            email: Some(columns.text(3)),
            tags: vec![columns.text(4)],
            active: true,
        }
    }
}
";

/// The module and the function that the function number `index` of a crate is.
pub(super) fn place(index: usize) -> (String, &'static Function) {
    (format!("rows_{}", index / FUNCTIONS.len()), &FUNCTIONS[index % FUNCTIONS.len()])
}

/// How many of `count` functions a contender puts its attribute on.
pub(super) fn annotated(contender: Contender, count: usize) -> usize {
    (0..count).filter(|index| contender.takes(place(*index).1)).count()
}

/// The text of one function.
pub(super) fn source(contender: Contender, module: &str, function: &Function) -> String {
    let Function { name, args, returns, body, .. } = function;
    let attribute = if contender.takes(function) {
        contender.attribute(module, function)
    } else {
        String::new()
    };
    format!("\n{attribute}pub async fn {name}(db: &Db, {args}) -> {returns} {{\n    {body}\n}}\n")
}

/// The text of a module with the functions it is given.
fn module(contender: Contender, module: &str, functions: &[&Function]) -> String {
    let mut text = contender.prelude().to_owned();
    text.push_str("#[allow(unused_imports)]\nuse crate::{Arc, Columns, Db, Error};\n");
    text.push_str(ROW);
    let mut calls = String::new();
    for function in functions {
        text.push_str(&source(contender, module, function));
        let _ = writeln!(calls, "    let _ = {}(db, {}).await;", function.name, function.call);
    }
    let _ = write!(text, "\npub async fn call_all(db: &Db) {{\n{calls}}}\n");
    text
}

/// The text of a program with `count` functions.
///
/// Its calls are behind a pointer that is `Send`, as the handlers of a web framework are. Without a
/// call the bodies would be checked but not compiled.
pub(super) fn program(contender: Contender, count: usize) -> String {
    let mut text = String::from(
        "#![allow(dead_code)]\n\nuse std::future::Future;\nuse std::pin::Pin;\nuse std::sync::Arc;\n",
    );
    text.push_str(DATABASE);
    let places: Vec<_> = (0..count).map(place).collect();
    let mut calls = String::new();
    for chunk in places.chunks(FUNCTIONS.len()) {
        let name = &chunk[0].0;
        let functions: Vec<&Function> = chunk.iter().map(|(_, function)| *function).collect();
        let module = module(contender, name, &functions);
        let _ = write!(text, "\npub mod {name} {{\n{module}}}\n");
        let _ = writeln!(calls, "        Box::pin({name}::call_all(db)),");
    }
    let _ = write!(
        text,
        "\npub fn calls(db: &Db) -> Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> {{\n    \
         vec![\n{calls}    ]\n}}\n\nfn main() {{\n{}    drop(calls(&Db));\n}}\n",
        contender.set_up()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "pub async fn find(db: &Db, id: u64) -> Result<Option<Row>, Error> {";

    fn attribute_of(contender: Contender, function: &Function) -> String {
        let source = source(contender, "rows_3", function);
        let (attribute, _) = source.split_once("pub async fn").unwrap();
        attribute.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Only the attribute may differ: all else must cancel out.
    #[test]
    fn all_contenders_get_the_same_function() {
        let plain = source(Contender::Plain, "rows_3", &FUNCTIONS[0]);
        assert!(plain.starts_with(&format!("\n{SIGNATURE}\n    let rows = db.query(")), "{plain}");
        for contender in Contender::ALL {
            for function in &FUNCTIONS {
                let plain = source(Contender::Plain, "rows_3", function);
                assert!(source(contender, "rows_3", function).ends_with(plain.trim_start()));
            }
        }
    }

    #[test]
    fn each_contender_gets_its_own_attribute() {
        let find = &FUNCTIONS[0];
        assert_eq!(attribute_of(Contender::Plain, find), "");
        let ours = "#[two_tier_cached(prefix = \"rows_3.find\", ttl = TTL, skip(db))]";
        assert_eq!(attribute_of(Contender::TwoTierCache, find), ours);
        assert_eq!(attribute_of(Contender::TwoTierCacheRedis, find), ours);
        assert_eq!(
            attribute_of(Contender::Cached, find),
            "#[cached(max_size = 10_000, ttl_secs = 300, key = \"u64\", convert = { id })]"
        );
        let redis = attribute_of(Contender::CachedRedis, find);
        assert!(
            redis.contains("cache_prefix_block = { \"rows_3.find\" }, key = \"u64\""),
            "{redis}"
        );
    }

    #[test]
    fn what_redis_of_the_peer_cannot_cache_stays_plain() {
        let count = FUNCTIONS.iter().find(|function| function.name == "count").unwrap();
        assert_eq!(attribute_of(Contender::CachedRedis, count), "");
        assert_eq!(annotated(Contender::CachedRedis, 200), 175);
        assert_eq!(annotated(Contender::TwoTierCacheRedis, 200), 200);
        assert_eq!(annotated(Contender::Plain, 200), 0);
    }

    #[test]
    fn a_program_has_as_many_functions_as_it_was_asked_for() {
        for count in [1, 8, 11] {
            let text = program(Contender::TwoTierCache, count);
            assert_eq!(text.matches("#[two_tier_cached(").count(), count);
            assert_eq!(text.matches("(db: &Db, ").count(), count);
            // Each is called, and each module that calls them is.
            assert_eq!(text.matches("let _ = ").count(), count);
            assert_eq!(text.matches("::call_all(db)").count(), count.div_ceil(8));
        }
    }
}
