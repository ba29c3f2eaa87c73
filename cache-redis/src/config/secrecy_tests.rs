use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::RedisConfig;

/// Where people put passwords, rightly and wrongly. What can only be read as a host or a port is
/// not among them.
const PLACES: [&str; 17] = [
    "redis://user:{}@host:6379/0",
    "redis://:{}@host",
    "redis://{}@host",
    "redis://{}:{}@host?client_name=x",
    "redis://host:6379/{}",
    "redis://host:6379?password={}",
    "rediss://user:{}@host:6379/0?ca=/no/such/file",
    "valkey://user:{}@host/x",
    "http://user:{}@host",
    "redis://user:{}@host:port",
    "redis://user:{}@host#insecure",
    "redis://user:{}@",
    "redis://:{}@/0",
    "user:{}@host:6379",
    "unix:///run/redis.sock?user=user&pass={}",
    "unix:///run/redis.sock?pass={}&db=1&x=y",
    "unix://user:{}@/run/redis.sock",
];

/// Pieces that no message of ours has, held together by what people forget to encode.
fn password() -> impl Strategy<Value = Vec<String>> {
    let piece = "[QXZ][QXZ0-9]{5,9}";
    let glue =
        select(vec!["@", "/", "#", "?", ":", "%", "%4", "&", "=", "+", " ", "\\", "é", "[", "]"]);
    (vec((piece, glue), 0..4), piece).prop_map(|(parts, last)| {
        let mut password = Vec::new();
        for (piece, glue) in parts {
            password.extend([piece, glue.to_owned()]);
        }
        password.push(last);
        password
    })
}

/// Fails if a piece of the password is in the text, in whatever case.
fn holds_nothing_of(text: &str, password: &[String]) -> Result<(), TestCaseError> {
    let text = text.to_lowercase();
    for piece in password.iter().filter(|piece| piece.len() >= 6) {
        prop_assert!(!text.contains(&piece.to_lowercase()), "{piece} is in {text}");
    }
    Ok(())
}

fn encoded(password: &str) -> String {
    password.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn nothing_shows_a_password(place in select(&PLACES[..]), password in password()) {
        let url = place.replace("{}", &password.concat());
        match RedisConfig::from_url(&url) {
            Ok(config) => {
                holds_nothing_of(&format!("{config:?} {config:#?} {}", config.endpoint()), &password)?;
            }
            Err(error) => holds_nothing_of(&format!("{error} {error:?}"), &password)?,
        }
    }

    #[test]
    fn an_encoded_password_arrives_as_it_was(password in password()) {
        let password = password.concat();
        for place in ["redis://u:{}@host:6379/0", "unix:///s?db=1&pass={}&user=u"] {
            let config = RedisConfig::from_url(&place.replace("{}", &encoded(&password)))?;
            prop_assert_eq!(config.password.as_ref().unwrap().reveal(), &password);
            prop_assert_eq!(config.username.as_ref().unwrap().reveal(), "u");
        }
    }

    #[test]
    fn any_text_is_a_configuration_or_an_error(text in "(redis|unix|rediss)?(://|:)?\\PC{0,40}") {
        let _ = RedisConfig::from_url(&text).is_ok();
    }
}
