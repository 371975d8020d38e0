"""Where sessions live: on disk, in memory (later: Redis). One contract, one test class."""
