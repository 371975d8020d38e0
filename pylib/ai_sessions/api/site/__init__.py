"""Pages for a browser: statistics, sessions, features; no script runs in them."""
