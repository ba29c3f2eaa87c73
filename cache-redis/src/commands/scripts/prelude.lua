-- Stands in front of every script. All state of an entry is in KEYS[1]; `cache-backend/src/entry.rs`
-- describes its bytes. Times are milliseconds of this server's clock.

local MAGIC = '2tc1'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Offsets count from 0, as in the description of the bytes.
local function token_at(bytes, at)
  return bytes:sub(at + 1, at + 16)
end

local function number_at(bytes, at)
  return (struct.unpack('<I8', bytes, at + 1))
end

-- What stands under the key: A absent, L lease, V value, T tombstone, F fence, U unreadable,
-- X foreign. With it the first 72 bytes, if they are ours.
local function look()
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind == 'none' then
    return 'A'
  elseif kind ~= 'string' then
    return 'X'
  end
  local head = redis.call('GETRANGE', KEYS[1], 0, 71)
  if head:sub(1, 4) ~= MAGIC then
    return 'X'
  end
  local word, length = head:sub(5, 8), redis.call('STRLEN', KEYS[1])
  if word == 'LLLL' and length == 24 then
    return 'L', head
  elseif word == 'TTTT' and length == 8 then
    return 'T', head
  elseif word == 'FFFF' and length >= 40 and (length - 16) % 24 == 0 then
    return 'F', head
  elseif word:sub(1, 1) == 'V' and word:sub(3) == '\0\0' and length >= 72 then
    return 'V', head
  end
  return length >= 24 and 'U' or 'X', head
end

local function refreshes(head, token, time)
  return token_at(head, 48) == token and number_at(head, 64) > time
end

-- Whether this token may fill: it holds the lease of the key, or the refresh of its value.
local function may_fill(state, head, token)
  if state == 'L' then
    return token_at(head, 8) == token
  end
  return state == 'V' and refreshes(head, token, now())
end

-- The fence under the key: its hold, and the writers whose time is not over but for one, each as
-- { token, expiry }; then the expiry of that one.
local function read_fence(time, except)
  local bytes = redis.call('GET', KEYS[1])
  local writers, excepted = {}, 0
  for at = 16, #bytes - 24, 24 do
    local token, expiry = token_at(bytes, at), number_at(bytes, at + 16)
    if token == except then
      excepted = expiry
    elseif expiry > time then
      writers[#writers + 1] = { token, expiry }
    end
  end
  return number_at(bytes, 8), writers, excepted
end

-- The bytes of a fence, or of the tombstone that is left without writers; and how long they stand.
local function fence_bytes(hold, writers, time)
  local parts, latest = { MAGIC, 'FFFF', struct.pack('<I8', hold) }, hold
  for _, writer in ipairs(writers) do
    parts[#parts + 1] = writer[1] .. struct.pack('<I8', writer[2])
    latest = math.max(latest, writer[2])
  end
  local bytes = #writers > 0 and table.concat(parts) or MAGIC .. 'TTTT'
  -- Ten years are more than any hold; without a limit, damaged bytes could name a time that the
  -- server does not accept.
  return bytes, math.min(latest - time, 315360000000)
end

