//! What went wrong with a command, as far as it matters here.

use std::fmt;

use redis::RedisError;

/// A command that the server did not carry out. Its text holds no key, value or credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandError {
    pub(crate) kind: Kind,
    text: String,
}

/// What a failed command says about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The connection is gone, or speaks something else.
    Lost,
    /// The server answers, but cannot work now: it loads, is a replica, or runs a script.
    Unready,
    /// The server did not take this command; the connection is well.
    Refused,
    /// The scripts are not there: the server forgot them.
    NoScript,
    /// It was not sent: a failed invalidation covers its key.
    Dirty,
}

impl CommandError {
    pub(crate) fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// A reply of another shape than the command has.
    pub(crate) fn unexpected(command: &str) -> Self {
        Self::new(Kind::Lost, format!("an unexpected reply to {command}"))
    }

    pub(crate) fn is_no_script(&self) -> bool {
        self.kind == Kind::NoScript
    }

    /// Whether the key holds something else than the command is for.
    pub(crate) fn is_wrong_type(&self) -> bool {
        self.kind == Kind::Refused && self.text == "WRONGTYPE"
    }
}

impl From<RedisError> for CommandError {
    fn from(error: RedisError) -> Self {
        let code = code(&error);
        let kind = match code {
            Some("NOSCRIPT") => Kind::NoScript,
            Some("READONLY" | "MASTERDOWN" | "LOADING" | "BUSY" | "CLUSTERDOWN" | "UNBLOCKED") => {
                Kind::Unready
            }
            Some(_) => Kind::Refused,
            None => Kind::Lost,
        };
        // A server's text may quote the arguments of a command; its code does not.
        let text = match code {
            Some(code) => code.to_owned(),
            None => error.to_string(),
        };
        Self { kind, text }
    }
}

/// The code of an error of the server.
///
/// Before version 7 all errors of commands in scripts have the code `ERR`; their own stands in the
/// text, behind the place in the script: `… @user_script: 1: -READONLY You can't …`. Since version 7
/// that is so of missing permissions only, and in words.
fn code(error: &RedisError) -> Option<&str> {
    let inner = || {
        let text = error.detail()?.strip_prefix("Error running script")?;
        let (_, error) = text.split_once(": -")?;
        let code = error.split(' ').next()?;
        code.bytes().all(|byte| byte.is_ascii_uppercase()).then_some(code)
    };
    let forbidden = || {
        let text = error.detail()?;
        let forbidden = text.starts_with("The user executing the script can't run")
            || text.starts_with("ACL failure in script");
        forbidden.then_some("NOPERM")
    };
    match error.code()? {
        "ERR" => inner().or_else(forbidden).or(Some("ERR")),
        code => Some(code),
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(reply: &str) -> CommandError {
        let reply = redis::parse_redis_value(format!("-{reply}\r\n").as_bytes()).unwrap();
        reply.extract_error().unwrap_err().into()
    }

    #[test]
    fn the_code_tells_the_kind_and_is_all_that_is_kept() {
        let in_script = "ERR Error running script (call to f_12): @user_script:9: ";
        for (reply, kind, text) in [
            ("NOSCRIPT No matching script.", Kind::NoScript, "NOSCRIPT"),
            ("READONLY You can't write against a replica.", Kind::Unready, "READONLY"),
            ("LOADING secret", Kind::Unready, "LOADING"),
            ("OOM secret", Kind::Refused, "OOM"),
            ("ERR unknown command 'secret'", Kind::Refused, "ERR"),
            ("ERR unknown command: -READONLY", Kind::Refused, "ERR"),
            (&format!("{in_script}@user_script: 9: -READONLY x"), Kind::Unready, "READONLY"),
            (&format!("{in_script}@user_script: 9: -OOM x"), Kind::Refused, "OOM"),
            ("ERR ACL failure in script: No permissions x", Kind::Refused, "NOPERM"),
            ("ERR The user executing the script can't run this x", Kind::Refused, "NOPERM"),
            (&format!("{in_script}attempt to call a nil value"), Kind::Refused, "ERR"),
            (&format!("{in_script}: -secret x"), Kind::Refused, "ERR"),
        ] {
            let error = error(reply);
            assert_eq!((error.kind, &*error.to_string()), (kind, text), "{reply}");
        }
    }
}
