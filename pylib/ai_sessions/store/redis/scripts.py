"""The Lua scripts: each is one step on one session, or on the list of names.

All scripts on a session take its keys in the order of `keys.Place.all`, those on the list of names
in that of `keys.Names.all`; the first argument of those on a session is the schema we know. An
answer is a list that begins with a word. Facts are told as one JSON list of fields and values: that
is less work for a client than as many answers.
"""

import hashlib

from ai_sessions.lazy_dataclasses import dataclass

#: Schema of the keys: a session with a higher one is left alone.
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the name the server knows it by."""

    text: str
    sha: str


def _script(*parts: str) -> Script:
    text = "".join(parts)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


#: `there(name)`: nil, or why a script cannot work on the session of that name.
_SESSION = """
local log, ids, facts, meta, turn = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function newer()
  local v = redis.call('HGET', meta, 'v')
  if v and tonumber(v) > tonumber(ARGV[1]) then return {'newer', v} end
end

local function there(name)
  local has = redis.call('HMGET', meta, 'v', 'name', 'discarded_at')
  if not has[1] then return {'absent'} end
  if tonumber(has[1]) > tonumber(ARGV[1]) then return {'newer', has[1]} end
  if has[2] ~= name or has[3] then return {'moved'} end
end

local function last()
  return redis.call('LLEN', log) - 1
end
"""

#: `greater(a, b)`: of two JSON values; texts byte by byte, as `<` would ask the locale.
_GREATER = """
local function greater(a, b)
  if tonumber(a) and tonumber(b) then return tonumber(a) > tonumber(b) end
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x > y end
  end
  return #a > #b
end
"""

#: `apply(ops, seq)`: steps of `sums.steps`; `too_large(entries)`: a sum that would not fit.
_APPLY = """
local function answered(id)
  local calling = redis.call('HGET', facts, 'f:calling')
  if not calling then return end
  local of = cjson.decode(calling).id
  if of == nil or of == id then redis.call('HDEL', facts, 'f:calling') end
end

local function apply(ops, seq)
  for _, op in ipairs(ops) do
    local kind, field, value = op[1], op[2], op[3]
    if kind == '+' then
      redis.call('HINCRBY', facts, field, value)
    elseif kind == '=' then
      redis.call('HSET', facts, field, value)
    elseif kind == '#' then
      redis.call('HSET', facts, field, seq)
    elseif kind == '-' then
      redis.call('HDEL', facts, field)
    elseif kind == '1' then
      local has = redis.call('HGET', facts, field)
      if not has or has == '""' then redis.call('HSET', facts, field, value) end
    elseif kind == '>' then
      local has = redis.call('HGET', facts, field)
      if not has or greater(value, has) then redis.call('HSET', facts, field, value) end
    elseif kind == 'g' then
      redis.call('HINCRBY', meta, 'grown', 1)
    elseif kind == '?' then
      answered(field)
    end
  end
end

local function too_large(entries)
  local sums, fields = {}, {}
  for _, one in ipairs(entries) do
    for _, op in ipairs(one.ops) do
      if op[1] == '+' then
        if not sums[op[2]] then sums[op[2]] = 0; table.insert(fields, op[2]) end
        sums[op[2]] = sums[op[2]] + tonumber(op[3])
      end
    end
  end
  for first = 1, #fields, 1000 do
    local part = {unpack(fields, first, math.min(first + 999, #fields))}
    for i, has in ipairs(redis.call('HMGET', facts, unpack(part))) do
      if tonumber(has or 0) + sums[part[i]] >= 9.2e18 then return part[i] end
    end
  end
end
"""

#: name, expect, turn, uid, grown ('' for any), first line, its steps ('' for none); then id, line
#: and steps of each entry. -> ok, whether `calling` is another one, edition, last, facts
WRITE = _script(
    _SESSION,
    _GREATER,
    _APPLY,
    """
local name, expect, lease, uid, grown = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local why = there(name)
local absent = why and why[1] == 'absent'
if why and not (absent and ARGV[7] ~= '' and uid == '' and lease == '') then return why end
if lease ~= '' and redis.call('GET', turn) ~= lease then return {'lost'} end
if uid ~= '' then
  local is = redis.call('HGET', facts, 'f:uid')
  if is ~= uid then return {'another', is} end
end

local fresh, seen = {}, {}
for i = 9, #ARGV, 3 do
  local id = ARGV[i]
  if not seen[id] and redis.call('HEXISTS', ids, id) == 0 then
    seen[id] = true
    table.insert(fresh, {id = id, line = ARGV[i + 1], ops = cjson.decode(ARGV[i + 2])})
  end
end
local seq = absent and 0 or last()
if #fresh > 0 and expect ~= '' and tonumber(expect) ~= seq then return {'changed', seq} end
if grown ~= '' and (redis.call('HGET', meta, 'grown') or '0') ~= grown then return {'again'} end
local large = too_large(fresh)
if large then return {'large', large} end

if absent then
  redis.call('HSET', meta, 'v', ARGV[1], 'name', name, 'edition', 0)
  redis.call('RPUSH', log, ARGV[7])
  apply(cjson.decode(ARGV[8]), 0)
end
local calling = redis.call('HGET', facts, 'f:calling')
for _, one in ipairs(fresh) do
  seq = seq + 1
  redis.call('RPUSH', log, one.line)
  redis.call('HSET', ids, one.id, seq)
  apply(one.ops, seq)
end
local differs = redis.call('HGET', facts, 'f:calling') ~= calling
return {'ok', differs and 1 or 0, redis.call('HGET', meta, 'edition'), seq,
  cjson.encode(redis.call('HGETALL', facts))}
""",
)

#: -> absent, newer, or: ok, name, µs of when it was discarded or '', edition, last, facts, grown
LOOK = _script(
    _SESSION,
    """
local why = newer()
if why then return why end
local has = redis.call('HMGET', meta, 'name', 'discarded_at', 'edition', 'grown')
if not has[1] then return {'absent'} end
local all = cjson.encode(redis.call('HGETALL', facts))
return {'ok', has[1], has[2] or '', has[3], last(), all, has[4] or '0'}
""",
)

#: name, who, ms -> ok, the turn as it is held; or busy, the turn of who has it
TAKE_TURN = _script(
    _SESSION,
    """
local why = there(ARGV[2])
if why then return why end
local held = redis.call('GET', turn)
if held then return {'busy', held} end
local mine = redis.call('HINCRBY', meta, 'fence', 1) .. ' ' .. ARGV[3]
redis.call('SET', turn, mine, 'PX', ARGV[4])
return {'ok', mine}
""",
)

#: the turn, ms -> ok or lost
KEEP_TURN = _script(
    _SESSION,
    """
if redis.call('GET', turn) ~= ARGV[2] then return {'lost'} end
redis.call('PEXPIRE', turn, ARGV[3])
return {'ok'}
""",
)

#: the turn -> ok
END_TURN = _script(
    _SESSION,
    """
if redis.call('GET', turn) == ARGV[2] then redis.call('DEL', turn) end
return {'ok'}
""",
)

#: old name, new name, uid or '' -> ok, busy, another, moved
RENAME = _script(
    _SESSION,
    """
local why = there(ARGV[2])
if why then return why end
local is = redis.call('HGET', facts, 'f:uid')
if ARGV[4] ~= '' and is ~= ARGV[4] then return {'another', is} end
local held = redis.call('GET', turn)
if held then return {'busy', held} end
redis.call('HSET', meta, 'name', ARGV[3])
return {'ok'}
""",
)

#: name, unused since or '' (JSON), expect, µs -> ok, busy, used, changed
DISCARD = _script(
    _SESSION,
    _GREATER,
    """
local why = there(ARGV[2])
if why then return why end
local held = redis.call('GET', turn)
if held then return {'busy', held} end
if ARGV[3] ~= '' and greater(redis.call('HGET', facts, 'f:last_used') or '""', ARGV[3]) then
  return {'used'}
end
if ARGV[4] ~= '' and tonumber(ARGV[4]) ~= last() then return {'changed', last()} end
redis.call('HSET', meta, 'discarded_at', ARGV[5])
return {'ok'}
""",
)

#: name that it gets -> ok, absent: not in the trash
RESTORE = _script(
    _SESSION,
    """
local why = newer()
if why then return why end
if redis.call('HDEL', meta, 'discarded_at') == 0 then return {'absent'} end
redis.call('HSET', meta, 'name', ARGV[2])
return {'ok'}
""",
)

#: µs now, µs before -> ok, or kept
PURGE = _script(
    _SESSION,
    """
local why = newer()
if why then return why end
local at = redis.call('HGET', meta, 'discarded_at')
if not at or math.min(tonumber(at), tonumber(ARGV[2])) >= tonumber(ARGV[3]) then
  return {'kept'}
end
redis.call('UNLINK', log, ids, facts, meta, turn)
return {'ok'}
""",
)

#: edition, last, how many entries; number and line of each; fields and values of the facts
#: -> ok, busy; again: it is another one by now
REWRITE = _script(
    _SESSION,
    """
local why = newer()
if why then return why end
local held = redis.call('GET', turn)
if held then return {'busy', held} end
if redis.call('HGET', meta, 'edition') ~= ARGV[2] or last() ~= tonumber(ARGV[3]) then
  return {'again'}
end
local facts_at = 5 + 2 * tonumber(ARGV[4])
for i = 5, facts_at - 1, 2 do redis.call('LSET', log, ARGV[i], ARGV[i + 1]) end
redis.call('DEL', facts)
for i = facts_at, #ARGV, 2 do redis.call('HSET', facts, ARGV[i], ARGV[i + 1]) end
redis.call('HINCRBY', meta, 'edition', 1)
redis.call('HINCRBY', meta, 'grown', 1)
return {'ok'}
""",
)

_NAMES = """
local places, trash, changed, gone = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local count, list, writing = KEYS[5], KEYS[6], KEYS[7]
"""

#: name, id, what it may replace -> the id that has the name now, in doubt or not
CLAIM = _script(
    _NAMES,
    """
local has = redis.call('HGET', places, ARGV[1])
if has and has ~= ARGV[3] then return {has} end
redis.call('HSET', places, ARGV[1], ARGV[2] .. '?')
return {ARGV[2] .. '?'}
""",
)

#: name, id, what is known of it: '?' (in doubt), '' (it is there) or '-' (it is not)
SETTLE = _script(
    _NAMES,
    """
local has = redis.call('HGET', places, ARGV[1])
if has ~= ARGV[2] and has ~= ARGV[2] .. '?' then return {'another'} end
if ARGV[3] == '-' then
  redis.call('HDEL', places, ARGV[1])
else
  redis.call('HSET', places, ARGV[1], ARGV[2] .. ARGV[3])
end
return {'ok'}
""",
)

#: the write, names: they may change from now on
BEGIN = _script(
    _NAMES,
    """
for i = 2, #ARGV do redis.call('SADD', writing, ARGV[i] .. '/' .. ARGV[1]) end
return {'ok'}
""",
)

#: the write, names: what there was to change in them has changed
END = _script(
    _NAMES,
    """
for i = 2, #ARGV do
  local name = ARGV[i]
  redis.call('SREM', writing, name .. '/' .. ARGV[1])
  local number = redis.call('INCR', count)
  if redis.call('HEXISTS', places, name) == 1 then
    redis.call('ZADD', changed, number, name)
    redis.call('ZREM', gone, name)
  else
    redis.call('ZADD', gone, number, name)
    redis.call('ZREM', changed, name)
  end
end
return {'ok'}
""",
)

#: name for a new list, list and number of the last look -> list, number, changed, gone, writing;
#: changed and gone are of everything when the last look was at another list
CHANGES = _script(
    _NAMES,
    """
redis.call('SETNX', list, ARGV[1])
local of, number = redis.call('GET', list), redis.call('GET', count) or '0'
local open = redis.call('SMEMBERS', writing)
if of ~= ARGV[2] or tonumber(ARGV[3]) > tonumber(number) then
  return {of, number, 'all', {}, open}
end
local since = '(' .. ARGV[3]
return {of, number, redis.call('ZRANGEBYSCORE', changed, since, '+inf'),
  redis.call('ZRANGEBYSCORE', gone, since, '+inf'), open}
""",
)

#: id, name: it may be in the trash from now on; name '': it is not any more
TRASH = _script(
    _NAMES,
    """
if ARGV[2] == '' then
  redis.call('HDEL', trash, ARGV[1])
else
  redis.call('HSET', trash, ARGV[1], redis.call('INCR', count) .. ' ' .. ARGV[2])
end
return {'ok'}
""",
)

EVERY = (
    *(WRITE, LOOK, TAKE_TURN, KEEP_TURN, END_TURN, RENAME, DISCARD, RESTORE, PURGE, REWRITE),
    *(CLAIM, SETTLE, BEGIN, END, CHANGES, TRASH),
)
