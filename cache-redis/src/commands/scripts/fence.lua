-- FENCE(writer, time): nothing is filled until this writer finishes, or its time is over.
local writer, duration = ARGV[1], tonumber(ARGV[2])

local state = look()
if state == 'X' then
  return 0
end
local time = now()
local hold, writers, until_now = 0, {}, 0
if state == 'T' then
  hold = time + math.max(redis.call('PTTL', KEYS[1]), 0)
elseif state == 'F' then
  hold, writers, until_now = read_fence(time, writer)
end
writers[#writers + 1] = { writer, math.max(until_now, time + duration) }
local bytes, stands = fence_bytes(hold, writers, time)
-- Without memory a server refuses `SET`, but not to a script that has already written.
if state == 'T' or state == 'F' then
  redis.call('PEXPIRE', KEYS[1], stands)
else
  redis.call('UNLINK', KEYS[1])
end
redis.call('SET', KEYS[1], bytes, 'PX', stands)
return 1
