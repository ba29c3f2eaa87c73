-- RELEASE(token): gives a lease or refresh back, if it still stands.
local token = ARGV[1]

local state, head = look()
if state == 'L' and token_at(head, 8) == token then
  redis.call('UNLINK', KEYS[1])
elseif state == 'V' and token_at(head, 48) == token then
  redis.call('SETRANGE', KEYS[1], 48, ('\0'):rep(24))
end
return 1
