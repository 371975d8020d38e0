"""Tables of quotas in the ledger's file.

They were added later: versions that do not know them leave them alone, and a ledger that was made
without them is given them when they are needed.
"""

_COLUMNS = {
    "quota_limit": "pool text, unit text, period text, rolling_s int, amount int, origin text,"
    " used int, resets_at int, shut_until int, at int, primary key(pool, unit, period, rolling_s)",
    "quota_closed": "pool text primary key, until int, why text, at int",
    "quota_model": "pool text primary key, state text",
    "tally": "model text primary key, requests int, tokens int, day_requests int, day_tokens int,"
    " avg_latency_ms real, success_rate real, last_used text",
    "tally_source": "source text primary key, at text",
}
#: Name -> the statement that makes it where it is not there.
TABLES = {
    name: f"create table if not exists {name}({columns}) without rowid"
    for name, columns in _COLUMNS.items()
}
