"""Sessions in Redis, for a team that has outgrown one machine: the promises of `store.contract`.

A session's data lies in five keys that share a hash slot; each verb on it is one Lua script:

    P:{s:<id>}:log    list    one JSON line for each entry; its index is its number (`seq`)
    P:{s:<id>}:ids    hash    id of an entry -> its number, for ever: none is added twice
    P:{s:<id>}:facts  hash    what the entries add up to, as `totals.effects` tells it: `sums`
    P:{s:<id>}:meta   hash    v (schema), name, edition (times rewritten), grown (times facts of
                              the conversation changed), fence (last turn given), discarded_at
                              (µs since 1970)
    P:{s:<id>}:turn   text    number of the turn and who has it; expires when its heart stops

`<id>` is made for the place, so that a rename, the trash and a return move no data. `P` is the
prefix. Only turns expire by themselves: history is money.

What spans sessions lies outside their slots, in one of its own:

    P:{names}:places   hash   name -> id of the place; with a `?` behind it while it is in doubt
    P:{names}:trash    hash   id of a place -> number, name: what may have been discarded
    P:{names}:changed  zset   name -> number of its last change; `gone` the same for names that went
    P:{names}:count    number of the last change; `list`: which list of changes this is
    P:{names}:writing  set    `<name>/<write>` of writes whose change has no number yet

A session's own `meta` decides what is so; the rest says where to look, and is written first: a name
in doubt is looked at, and a name without data, or with data that says otherwise, counts as none. So
whoever is killed between two scripts leaves nothing that misleads. A change is told from before its
script runs (`writing`) until a number is given to it, so that who follows misses none. No verb
scans the keys of the server.

Safe at once: a repeated script changes nothing, as entries have ids, so a client that got no answer
asks again.
"""

from ai_sessions.store.redis.store import RedisStore

__all__ = ["RedisStore"]
