"""Models as the API sends them, and timestamps relative to today."""

import datetime

import claude_model


def row(model_id, name=None, line=None, lifecycle="active", **fields):
    """Return a model as the API sends it; a field that is None here is left out."""
    sent = {"type": "model", "id": model_id, "display_name": name, "line": line}
    sent = {**sent, "lifecycle": lifecycle, **fields}
    return {key: value for key, value in sent.items() if value is not None}


# fmt: off
OPUS_5 = row("claude-opus-5", "Claude Opus 5", "opus", created_at="2026-07-24T00:00:00Z", max_tokens=128000)
SONNET_5 = row("claude-sonnet-5", "Claude Sonnet 5", "sonnet", created_at="2026-06-29T00:00:00Z")
OPUS_48 = row("claude-opus-4-8", "Claude Opus 4.8", "opus", created_at="2026-05-28T00:00:00Z")
HAIKU_45 = row("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "haiku", created_at="2025-10-15T00:00:00Z")
SONNET_45 = row("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "deprecated",
                created_at="2025-09-29T00:00:00Z", retires_at="2099-01-01T00:00:00Z")
SONNET_4 = row("claude-sonnet-4-20250514", "Claude Sonnet 4", "sonnet", "retired",
               created_at="2025-05-22T00:00:00Z", retires_at="2026-06-15T00:00:00Z")
# fmt: on


def models(*rows):
    """Return models of (id, display_name, line, lifecycle, created_at), shorter rows ending early."""
    fields = ("id", "display_name", "line", "lifecycle", "created_at")
    return [claude_model.Model(**dict(zip(fields, row))) for row in rows]


def in_days(days):
    """Return a timestamp of the day that is so many days from today (UTC)."""
    day = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days)
    return f"{day}T00:00:00Z"
