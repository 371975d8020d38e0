"""Entry point for other programs and browsers: sessions over HTTP. No rule lives here."""
