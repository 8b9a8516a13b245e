-- Counts a request by GCRA, with the clock of this server.
-- KEYS[1] whose request it is; ARGV[1] how many a minute.
-- Answers how many are left, or -1 and how many milliseconds to wait.
local quota = tonumber(ARGV[1])
local every = math.max(math.floor(60000000 / quota), 1)
local room = every * quota
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
-- The key holds when the quota is whole again, in microseconds. What is no such time, or one that
-- no request could have led to, is a fresh start and is written over.
local stored = redis.pcall('GET', KEYS[1])
local whole = type(stored) == 'string' and tonumber(stored) or now
if not (whole >= now and whole <= now + room) then
    whole = now
end
local after = whole + every - now
if after > room then
    return {-1, math.ceil((after - room) / 1000)}
end
redis.call('SET', KEYS[1], string.format('%.0f', now + after), 'PX', math.ceil(after / 1000))
return {math.floor((room - after) / every), 0}
