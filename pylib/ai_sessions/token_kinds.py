"""The kinds of tokens that are counted and priced: one list for journals, sums, prices, exports.

Light on imports: checkpoints are added up with it.
"""

#: Kind, as journals and price tables call it -> its name in `Usage`, in sums and in exports.
FIELDS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "reasoning": "reasoning_tokens",
}
#: Parts of another kind that only their price sets apart; reports leave them out.
PARTS = ("cache_write_1h_tokens",)
REPORTED = tuple(name for name in FIELDS.values() if name not in PARTS)
