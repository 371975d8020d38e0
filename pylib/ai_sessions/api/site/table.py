"""All pages, and what they load."""

from __future__ import annotations

from ai_sessions.api.site import context, features, login, overview, session, sessions, static

ROUTES = (
    *static.ROUTES,
    *login.ROUTES,
    *overview.ROUTES,
    *sessions.ROUTES,
    *session.ROUTES,
    *context.ROUTES,
    *features.ROUTES,
)
