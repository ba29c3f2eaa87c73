-- INVALIDATE(writer, settle): removes what stands there, and holds the key for `settle`. With a
-- writer it is FINISH, which also ends the fence of that writer.
local writer, settle = ARGV[1], tonumber(ARGV[2])
local FOREIGN, APPLIED, UNSETTLED = 0, 1, 2

-- Every path but that of a foreign key writes, if only to no effect: a server that has become a
-- replica must refuse, not say that there was nothing to do.
local state = look()
if state == 'X' then
  return FOREIGN
elseif state == 'T' then
  -- Without an expiry, which somebody took away, and without `settle`, this removes it.
  redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), settle))
  return APPLIED
elseif state == 'F' then
  local time = now()
  local hold, writers = read_fence(time, writer)
  if settle > 0 then
    hold = math.max(hold, time + settle)
  end
  if #writers == 0 and hold <= time then
    redis.call('UNLINK', KEYS[1])
    return APPLIED
  end
  local bytes, stands = fence_bytes(hold, writers, time)
  -- Without memory a server refuses `SET`, but not to a script that has already written. Should
  -- it refuse all the same, the fence as it was keeps out all that it should, if not for as long.
  redis.call('PEXPIRE', KEYS[1], stands)
  return redis.pcall('SET', KEYS[1], bytes, 'PX', stands).err and UNSETTLED or APPLIED
end
if settle == 0 then
  redis.call('UNLINK', KEYS[1])
  return APPLIED
elseif not redis.pcall('SET', KEYS[1], MAGIC .. 'TTTT', 'PX', settle).err then
  return APPLIED
end
-- There is no memory for a tombstone. Whatever else was wrong fails this too.
redis.call('UNLINK', KEYS[1])
return UNSETTLED
