//! The scripts that make each operation on a key atomic.

use std::borrow::Cow;
use std::sync::LazyLock;

use redis::{Cmd, Pipeline, Value};

use crate::commands::mutants;
use crate::connect::connection::Connection;
use crate::error::CommandError;

/// A script, and the name that servers give it.
#[derive(Debug)]
pub(crate) struct Script {
    code: LazyLock<Cow<'static, str>>,
    hash: LazyLock<String>,
}

macro_rules! scripts {
    ($($name:ident = $file:literal,)*) => {
        $(pub(crate) static $name: Script = Script {
            code: LazyLock::new(|| mutants::script(
                $file,
                concat!(include_str!("scripts/prelude.lua"), include_str!($file)),
            )),
            hash: LazyLock::new(|| redis::Script::new(&$name.code).get_hash().to_owned()),
        };)*

        /// Every script, for a server that has none of them yet.
        static ALL: [&Script; [$($file),*].len()] = [$(&$name),*];
    };
}

scripts! {
    ACQUIRE = "scripts/acquire.lua",
    CLOCK = "scripts/clock.lua",
    FENCE = "scripts/fence.lua",
    FILL = "scripts/fill.lua",
    INVALIDATE = "scripts/invalidate.lua",
    RELEASE = "scripts/release.lua",
    RENEW = "scripts/renew.lua",
}

impl Script {
    /// A call on this key, to which the arguments are still to be added.
    pub(crate) fn on(&self, key: &str) -> Cmd {
        let mut call = self.call(1);
        call.arg(key);
        call
    }

    /// A call that concerns no key.
    pub(crate) fn alone(&self) -> Cmd {
        self.call(0)
    }

    fn call(&self, keys: usize) -> Cmd {
        let mut call = redis::cmd("EVALSHA");
        call.arg(self.hash.as_str()).arg(keys);
        call
    }
}

impl Connection {
    /// Gives the server all scripts, in one round trip.
    ///
    /// # Cancel safety
    ///
    /// Some of them may be there; they do nothing by themselves.
    pub(crate) async fn load_scripts(&self) -> Result<(), CommandError> {
        let mut commands = Pipeline::with_capacity(ALL.len());
        for script in ALL {
            commands.cmd("SCRIPT").arg("LOAD").arg(&**script.code);
        }
        let replies = self.send_all(&commands).await?;
        for (reply, script) in replies.into_iter().zip(ALL) {
            match reply.extract_error()? {
                Value::BulkString(hash) if hash == script.hash.as_bytes() => {}
                _ => return Err(CommandError::unexpected("SCRIPT LOAD")),
            }
        }
        Ok(())
    }

    /// Calls a script, which the server may have forgotten: a restart or `SCRIPT FLUSH` does that.
    pub(crate) async fn call(&self, script: &Cmd) -> Result<Value, CommandError> {
        match self.send(script).await {
            Err(error) if error.is_no_script() => {
                self.load_scripts().await?;
                self.send(script).await
            }
            other => other,
        }
    }

    /// Calls scripts at once. As [`call`](Self::call), with a reply or error for each.
    pub(crate) async fn call_all(&self, scripts: &[Cmd]) -> Result<Replies, CommandError> {
        let mut replies = self.send_each(scripts).await?;
        let forgotten: Vec<usize> = (0..replies.len())
            .filter(|&at| replies[at].as_ref().is_err_and(CommandError::is_no_script))
            .collect();
        if forgotten.is_empty() {
            return Ok(replies);
        }
        self.load_scripts().await?;
        let again: Vec<Cmd> = forgotten.iter().map(|&at| scripts[at].clone()).collect();
        for (at, reply) in forgotten.into_iter().zip(self.send_each(&again).await?) {
            replies[at] = reply;
        }
        Ok(replies)
    }

    async fn send_each(&self, commands: &[Cmd]) -> Result<Replies, CommandError> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command.clone());
        }
        let replies = self.send_all(&pipeline).await?;
        if replies.len() != commands.len() {
            return Err(CommandError::unexpected("a pipeline"));
        }
        Ok(replies.into_iter().map(|reply| Ok(reply.extract_error()?)).collect())
    }
}

/// One reply, or error of the server, for each command.
pub(crate) type Replies = Vec<Result<Value, CommandError>>;
