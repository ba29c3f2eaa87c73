-- RENEW(token, lease): prolongs a lease or refresh that still stands.
local token, lease = ARGV[1], tonumber(ARGV[2])

local state, head = look()
if not may_fill(state, head, token) then
  return 0
elseif state == 'L' then
  redis.call('PEXPIRE', KEYS[1], lease)
else
  redis.call('SETRANGE', KEYS[1], 64, struct.pack('<I8', now() + lease))
end
return 1
