"""What clients of OpenAI's API reach."""

from __future__ import annotations

from ai_sessions.api.openai import completions, models

ROUTES = (*completions.ROUTES, *models.ROUTES)
