-- ACQUIRE(token, lease, mode, id): asks for the right to fill. The mode is '' for an absent key
-- only, 'id' also over the value with that id, 'all' over every value and lease.
local token, lease, mode, id = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local BUSY, FOREIGN, HELD, REFRESH, VALUE, WON = 0, 1, 2, 3, 4, 5

-- Leases the refresh of a value whose soft expiry has passed, unless another does it.
local function refresh(head)
  local soft_expiry, time = number_at(head, 32), now()
  local idle = token_at(head, 48) == ('\0'):rep(16) or number_at(head, 64) <= time
  if soft_expiry == 0 or soft_expiry > time or not idle then
    return false
  end
  redis.call('SETRANGE', KEYS[1], 48, token .. struct.pack('<I8', time + lease))
  return true
end

local state, head = look()
if state == 'X' then
  return FOREIGN
elseif state == 'L' and mode ~= 'all' then
  if token_at(head, 8) == token then
    return WON
  end
  -- A lease always runs out, also after somebody took its expiry away.
  if redis.call('PTTL', KEYS[1]) < 0 then
    redis.call('PEXPIRE', KEYS[1], lease)
  end
  return BUSY
elseif state == 'T' and redis.call('PTTL', KEYS[1]) >= 0 then
  return HELD
elseif state == 'F' then
  local time = now()
  local hold, writers = read_fence(time)
  if #writers > 0 or hold > time then
    return HELD
  end
elseif state == 'V' or state == 'U' then
  local rejected = mode == 'all' or (mode == 'id' and token_at(head, 8) == id)
  if not rejected then
    local bytes = redis.call('GET', KEYS[1])
    return { state == 'V' and refresh(head) and REFRESH or VALUE, bytes }
  end
end
redis.call('SET', KEYS[1], MAGIC .. 'LLLL' .. token, 'PX', lease)
return WON
