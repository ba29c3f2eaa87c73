//! What follows the `?` of a URL.

use two_tier_cache_backend::ConfigError;

/// The parameters of a URL, decoded.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// Reads `name=value&name=value`, where every name is one of `known`.
    pub(super) fn parse(query: &str, known: &[&'static str]) -> Result<Self, ConfigError> {
        let mut given = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let Some(name) = known.iter().copied().find(|known| *known == name) else {
                let after_password = given.iter().any(|(name, _)| *name == "pass");
                return Err(unknown(part, after_password, known));
            };
            if given.iter().any(|(other, _)| *other == name) {
                return Err(mistake(&format!("gives the parameter `{name}` twice")));
            }
            given.push((name, decode(value)?));
        }
        Ok(Self(given))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }
}

/// Names the parameter only where it cannot be a piece of a password.
fn unknown(part: &str, after_password: bool, known: &[&str]) -> ConfigError {
    let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if after_password {
        return mistake(&format!(
            "has an unknown parameter after `pass`: known are {known}; `&` in a password is `%26`"
        ));
    }
    let name = part.split_once('=').map(|(name, _)| name).filter(|name| is_name(name));
    mistake(&match name {
        Some(name) => format!("has the unknown parameter `{name}`: known are {known}"),
        None => format!("has an unknown parameter: known are {known}; `?` in a password is `%3F`"),
    })
}

fn is_name(text: &str) -> bool {
    text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte))
}

/// Decodes `%40`. A `+` stays a `+`: passwords hold them.
pub(super) fn decode(text: &str) -> Result<String, ConfigError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = match (byte, after) {
            (b'%', &[high, low, ref after @ ..]) => (hexadecimal(high, low)?, after),
            (b'%', _) => return Err(not_encoded()),
            _ => (byte, after),
        };
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8(decoded).map_err(|_| mistake("decodes to what is not UTF-8"))
}

fn hexadecimal(high: u8, low: u8) -> Result<u8, ConfigError> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match (digit(high), digit(low)) {
        (Some(high), Some(low)) => Ok(high * 16 + low),
        _ => Err(not_encoded()),
    }
}

fn not_encoded() -> ConfigError {
    mistake("has a `%` without two hexadecimal digits after it: a `%` itself is `%25`")
}

/// An error about the URL; the text never quotes what may be a piece of a password.
pub(super) fn mistake(text: &str) -> ConfigError {
    ConfigError::new(format!("the Redis URL {text}"))
}
