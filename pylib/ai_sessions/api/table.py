"""Every route of the server. Adding one is a line in the list of its module."""

from __future__ import annotations

from ai_sessions.api import actions, metrics
from ai_sessions.api.documents import with_documents
from ai_sessions.api.openai import table as openai
from ai_sessions.api.site import table as site
from ai_sessions.api.v1 import (
    chat,
    events,
    export,
    family,
    features,
    memory,
    messages,
    models,
    runs,
    sessions,
    usage,
)

ROUTES = with_documents(
    (
        *metrics.ROUTES,
        *actions.ROUTES,
        *sessions.ROUTES,
        *messages.ROUTES,
        *family.ROUTES,
        *memory.ROUTES,
        *chat.ROUTES,
        *features.ROUTES,
        *runs.ROUTES,
        *events.ROUTES,
        *usage.ROUTES,
        *export.ROUTES,
        *models.ROUTES,
        *openai.ROUTES,
        *site.ROUTES,
    )
)
