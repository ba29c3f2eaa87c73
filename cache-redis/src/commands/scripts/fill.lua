-- FILL(token, bytes, ttl): stores a value if the lease or refresh of its token still stands.
local token, bytes, ttl = ARGV[1], ARGV[2], ARGV[3]

local state, head = look()
if not may_fill(state, head, token) then
  return 0
end
redis.call('SET', KEYS[1], bytes, 'PX', ttl)
return 1
