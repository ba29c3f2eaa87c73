//! The Redis backend keeps every rule that the in-process store keeps.

use std::time::Duration;

use two_tier_cache::redis::RedisBackend;
use two_tier_cache::testing::conformance;
use two_tier_cache_test_servers::RedisServer;

#[tokio::test]
async fn the_redis_backend_conforms() {
    let server = RedisServer::start();
    let backend = RedisBackend::lazy(&server.url()).unwrap();
    // The suite names the keys it wants to age; this ages all of them at once.
    conformance::run(&backend, async |time| age(&server, time)).await;
}

/// Lets time pass for every key of the suite: the clock of a server cannot be moved, so its times
/// are moved the other way.
fn age(server: &RedisServer, time: Duration) {
    if time < Duration::from_millis(100) {
        // Little enough to wait for it. It is for what cannot be moved: it is under a checksum.
        return std::thread::sleep(time);
    }
    let script = r"
        local by = tonumber(ARGV[1])
        for _, key in ipairs(redis.call('KEYS', 'conformance:*')) do
          local bytes, left = redis.call('GET', key), redis.call('PTTL', key) - by
          if left <= 0 then
            redis.call('DEL', key)
          else
            if bytes:sub(5, 8) == 'FFFF' then
              local function earlier(at)
                local moment = struct.unpack('<I8', bytes, at + 1)
                redis.call('SETRANGE', key, at, struct.pack('<I8', math.max(moment - by, 0)))
              end
              earlier(8)
              for at = 16, #bytes - 24, 24 do
                earlier(at + 16)
              end
            end
            redis.call('PEXPIRE', key, left)
          end
        end
        return 'aged'";
    let millis = time.as_millis().to_string();
    assert_eq!(server.command(&["EVAL", script, "0", &millis]).text(), "aged");
}
