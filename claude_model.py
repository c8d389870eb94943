# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
# A copy of this file needs these two lines, not the LICENSE file.
"""Find the current ID of a Claude model by family, version, alias or ID, using the Models API.

    >>> import claude_model
    >>> claude_model.resolve("sonnet").id
    'claude-sonnet-5-5'

One file, standard library only: copy it into your repository as it is. Upstream, with tests and
a GitHub Action: https://github.com/OWNER/claude-model

usage: python -m claude_model [options] NAME [NAME ...]
       python -m claude_model --list [--json] [--offline] [--timeout S]

Print the ID of each Claude model that a NAME means: a family (sonnet), a
version (opus-4.8), a model ID or an alias.

Without the API, as in: $ python -m claude_model --offline sonnet
  --offline          use the built-in catalogue: no network, no API key
  --fallback ID      print this ID, unchecked, if the API cannot be reached
Retirement, as in: $ python -m claude_model --min-days-left 30 claude-opus-4-8
  --min-days-left N  refuse a model that retires in fewer than N days
  --upgrade          replace a refused model by the newest of its family
Output, as in: $ python -m claude_model --json --timeout 5 "Opus 4.8" haiku
  --json             print each model as the API sent it, one JSON object a line
  --list             print a table of the models in use
  --timeout S        time limit for the whole run, in seconds (default: 30)
  --version          print the version
  --help, -h         print this help

Environment: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL,
ANTHROPIC_CUSTOM_HEADERS, HTTPS_PROXY, HTTP_PROXY, NO_PROXY.
Exit codes: 0 success; 1 unknown, retired or refused model; 2 bad argument,
setting or credential; 3 no usable answer from the API; 130 Ctrl-C.
"""

from __future__ import annotations

import functools
import json
import math
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone

if sys.version_info < (3, 9):  # Python 3.7 and 3.8 can parse this file, but not run it.
    kind = SystemExit if __name__ == "__main__" else ImportError
    raise kind(f"error: claude_model requires Python 3.9 or newer, not {sys.version.split()[0]}")

TYPE_CHECKING = False  # Type checkers treat this name as true; importing typing takes milliseconds.
if TYPE_CHECKING:
    from typing import Any
    from urllib.request import Request
__all__ = [
    "APIError", "CATALOGUE", "CATALOGUE_DATE", "ClaudeModelError", "Client", "CredentialError",
    "Model", "ModelNotFoundError", "ModelRetiredError", "match", "resolve",
]  # fmt: skip
__version__ = "1.1.0"

_MAX_MODELS, _MAX_PAGES = 5_000, 100  # Of a list: it can be searched in a fraction of a second.
_MAX_NEAR, _MAX_COMPARED = 300, 40  # Models, and characters of each, to suggest near names from.
_MAX_BODY_BYTES = 2 * 2**20  # Thousands of models; decoding this much takes under half a second.
_MAX_DEPTH = 64  # Levels of nested JSON; the API uses fewer than ten.
_MAX_LENGTH = 200  # Characters of a name, an ID or another text field.
_MAX_SHOWN = 500  # Characters of a server's text in one message.
_MAX_SECONDS = 86_400  # Of a time limit: a day. Sockets and threads overflow far above it.
_TRANSIENT = {408, 409, 429, *range(500, 1000)}  # HTTP statuses that a retry may change.
_MIN_SECRET_LENGTH = 8  # Characters: a shorter credential is a dummy and may be part of any word.
_STALE_DAYS = 90  # An older catalogue has probably missed a release.
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# Patterns, compiled where they are first used: most runs need only some of them.
_ID = r"[A-Za-z0-9][A-Za-z0-9._:/@+\[\]-]{0,199}"  # Nothing that a shell or a template expands.
_LONG_INTEGER = rb"[0-9]{4301}"  # Rejected by Python since 3.9.14; before, it takes minutes.
_DATE_IN_ID = r"(?<!\d)\d{8}(?!\d)"
_TIMESTAMP = r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?"
_HEADER = r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([\t\x20-\x7e]*)"
_LOOPBACK = r"(localhost|127(\.\d+){3}|\[::1\])(:\d+)?"
_PROXY = r"(?:http://)?((?:[^/]*@)?(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?)/?"


class ClaudeModelError(Exception):
    """The base of this module's errors. A bad argument or setting is a ValueError instead."""


class ModelNotFoundError(ClaudeModelError, LookupError):
    """No model, or more than one, matches `name`; `suggestions` are up to three names that do."""

    def __init__(self, message: str, *, name: str = "", suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.name, self.suggestions = name, suggestions


class ModelRetiredError(ClaudeModelError):
    """`model` is retired, or retires too soon; `successor` is its replacement, None without one."""

    def __init__(self, message: str, *, model: Model | None = None, successor: Model | None = None):
        super().__init__(message)
        self.model, self.successor = model, successor


class CredentialError(ClaudeModelError):
    """The API key or token is missing, malformed, or refused by the server (401 or 403)."""


class _MissingCredentialError(CredentialError):  # Also used by entrypoint.py.
    """There is no API key or token."""


class APIError(ClaudeModelError):
    """The API could not be reached, or its response is an error or not usable.

    `status` is the HTTP status, None without a response; `type` and `request_id` are the API's.
    """

    def __init__(self, message: str, *, status: int | None = None, type: str | None = None,
                 request_id: str | None = None) -> None:  # fmt: skip
        super().__init__(message)
        self.status, self.type, self.request_id = status, type, request_id


class _NoAnswerError(APIError):
    """The API could not be asked, or sent nothing usable: the errors that a fallback covers."""


@dataclass(frozen=True)
class Model:
    """A model, with the field names of the Models API; None means that the server sent no value.

    Timestamps are RFC 3339 strings, limits are in tokens, and `raw` is the object as it was sent.
    """

    id: str
    display_name: str = ""
    created_at: str | None = None
    type: str = "model"
    line: str | None = None
    lifecycle: str | None = None
    deprecated_at: str | None = None
    retires_at: str | None = None
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    capabilities: dict[str, Any] | None = field(default=None, hash=False, repr=False)
    raw: dict[str, Any] = field(default_factory=dict, hash=False, repr=False)


# The type that each field must have. The first nine fields are the columns of the catalogue.
_FIELD_TYPES: dict[str, type] = {
    "id": str, "display_name": str, "created_at": str, "line": str, "lifecycle": str,
    "deprecated_at": str, "retires_at": str, "max_input_tokens": int, "max_tokens": int,
    "type": str, "capabilities": dict,
}  # fmt: skip


def _parse_model(sent: object) -> Model | None:
    """Return the model in a JSON value, None without a valid ID. A malformed field is left out."""
    if not isinstance(sent, dict) or not _is_id(sent.get("id")):
        return None
    fields = {"display_name": sent["id"]}
    for name, expected in _FIELD_TYPES.items():
        value = sent.get(name)
        # Not isinstance: in Python, true and false are integers too.
        if type(value) is expected and (expected is not str or _is_text(value)):
            fields[name] = value
    return Model(**fields, raw=sent)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(_ID, value) is not None


def _is_text(value: object) -> bool:
    """Return whether a value is text that is safe to print and short enough to search."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_LENGTH and value.isprintable()


def _is_token(text: object) -> bool:  # Also used by entrypoint.py.
    """Return whether a header can carry a value as one word: printable ASCII without spaces."""
    return isinstance(text, str) and re.fullmatch(r"[\x21-\x7e]+", text) is not None


# The models known on this date, newest release first. None means unknown, never a guess.
CATALOGUE_DATE = "2026-11-23"
_ROWS: tuple[tuple[object, ...], ...] = (
    ("claude-fable-5-2", "Claude Fable 5.2", None, "fable", "active", None, None, 1_000_000, 128_000),
    ("claude-haiku-5-5", "Claude Haiku 5.5", "2026-10-07T18:00:00Z", "haiku", "active", None, None, 1_000_000, 128_000),
    ("claude-sonnet-5-5", "Claude Sonnet 5.5", None, "sonnet", "active", None, None, 1_000_000, 128_000),
    ("claude-opus-5-5", "Claude Opus 5.5", None, "opus", "active", None, None, 1_000_000, 128_000),
    ("claude-fable-5-1", "Claude Fable 5.1", None, "fable", "active", None, None, 1_000_000, 128_000),
    ("claude-opus-5", "Claude Opus 5", "2026-07-24T00:00:00Z", "opus", "active", None, None, 1_000_000, 128_000),
    ("claude-sonnet-5", "Claude Sonnet 5", "2026-06-29T00:00:00Z", "sonnet", "active", None, None, 1_000_000, 128_000),
    ("claude-fable-5", "Claude Fable 5", "2026-06-07T00:00:00Z", "fable", "active", None, None, 1_000_000, 128_000),
    ("claude-opus-4-8", "Claude Opus 4.8", "2026-05-28T00:00:00Z", "opus", "active", None, None, 1_000_000, 128_000),
    ("claude-opus-4-7", "Claude Opus 4.7", "2026-04-14T00:00:00Z", "opus", "active", None, None, 1_000_000, 128_000),
    ("claude-sonnet-4-6", "Claude Sonnet 4.6", "2026-02-17T00:00:00Z", "sonnet", "active", None, None, 1_000_000, 128_000),
    ("claude-opus-4-6", "Claude Opus 4.6", "2026-02-04T00:00:00Z", "opus", "active", None, None, 1_000_000, 128_000),
    ("claude-opus-4-5-20251101", "Claude Opus 4.5", "2025-11-24T00:00:00Z", "opus", "active", None, None, 200_000, 64_000),
    ("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "2025-10-15T00:00:00Z", "haiku", "active", None, None, 200_000, 64_000),
    ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "2025-09-29T00:00:00Z", "sonnet", "deprecated", "2026-09-30T00:00:00Z", "2026-11-30T00:00:00Z", 1_000_000, 64_000),
    ("claude-opus-4-1-20250805", "Claude Opus 4.1", "2025-08-05T00:00:00Z", "opus", "retired", "2026-06-05T00:00:00Z", "2026-08-05T00:00:00Z", 200_000, 32_000),
    ("claude-opus-4-20250514", "Claude Opus 4", "2025-05-22T00:00:00Z", "opus", "retired", None, "2026-06-15T00:00:00Z", 200_000, 32_000),
    ("claude-sonnet-4-20250514", "Claude Sonnet 4", "2025-05-22T00:00:00Z", "sonnet", "retired", None, "2026-06-15T00:00:00Z", 1_000_000, 64_000),
    ("claude-3-7-sonnet-20250219", "Claude Sonnet 3.7", "2025-02-24T00:00:00Z", "sonnet", "retired", "2025-10-28T00:00:00Z", "2026-02-19T00:00:00Z", None, None),
    ("claude-3-5-haiku-20241022", "Claude Haiku 3.5", "2024-10-22T00:00:00Z", "haiku", "retired", "2025-12-19T00:00:00Z", "2026-02-19T00:00:00Z", None, None),
    ("claude-3-5-sonnet-20241022", None, None, "sonnet", "retired", None, "2025-10-28T00:00:00Z", None, None),
    ("claude-3-5-sonnet-20240620", None, None, "sonnet", "retired", None, "2025-10-28T00:00:00Z", None, None),
    ("claude-3-haiku-20240307", "Claude Haiku 3", "2024-03-07T00:00:00Z", "haiku", "retired", None, "2026-04-20T00:00:00Z", None, None),
    ("claude-3-opus-20240229", "Claude Opus 3", "2024-02-29T00:00:00Z", "opus", "retired", "2025-06-30T00:00:00Z", "2026-01-05T00:00:00Z", None, None),
    ("claude-3-sonnet-20240229", None, None, "sonnet", "retired", "2025-01-21T00:00:00Z", "2025-07-21T00:00:00Z", None, None),
)  # fmt: skip
CATALOGUE = tuple(filter(None, (_parse_model(dict(zip(_FIELD_TYPES, row))) for row in _ROWS)))


def match(name: str, models: Iterable[Model]) -> Model:
    """Return the one of `models` that a name means: by exact ID, else by words, else by line.

    Words ignore case, punctuation, "claude" and "latest": `Opus 4.8`, `opus-4.8`. A line, such as
    `opus`, means its newest active model, else its newest deprecated one. Raises ModelNotFoundError
    if no model, or more than one, matches, and ValueError for what no model can be called. No I/O.
    """
    name, listed = _check_name(name), _ModelList(models)
    model = listed.find(name)
    if model is None:
        raise listed.not_found(name)
    return model


def resolve(
    name: str, *, upgrade: bool = False, min_days_left: int | None = None, offline: bool = False
) -> Model:
    """Return the model that a name means, as `Client().resolve` does.

    With `offline`, the built-in catalogue answers instead of the API, without network and key. A
    UserWarning tells if it is over 90 days old.
    """
    name, call = _check_name(name), _Call(_warn, upgrade=upgrade, min_days_left=min_days_left)
    return _resolve(name, _Catalogue(call) if offline else _API(Client(), call), call)


@dataclass(frozen=True)
class Client:
    """How to ask the Models API.

    Omitted arguments default to the environment, read once per call: ANTHROPIC_API_KEY (sent as
    `x-api-key`), ANTHROPIC_AUTH_TOKEN (sent as `Authorization: Bearer`; the key wins if both are
    set) and ANTHROPIC_BASE_URL, which alone receives them. ANTHROPIC_CUSTOM_HEADERS adds headers;
    the proxy is the one that urllib finds. `timeout`, in seconds, bounds a whole method call, with
    the `max_retries` retries of each request. Every method raises CredentialError, APIError, and
    ValueError for a bad argument or setting, and warns of a credential sent over plain http.
    """

    api_key: str | None = field(default=None, repr=False)
    auth_token: str | None = field(default=None, repr=False)
    base_url: str | None = None
    version: str = "2023-06-01"
    betas: tuple[str, ...] = ()
    timeout: float = 30.0
    max_retries: int = 2

    def __post_init__(self) -> None:
        _check_seconds("timeout", self.timeout)
        _check_count("max_retries", self.max_retries)
        for value in (self.version, *self.betas):
            if not _is_token(value):
                raise ValueError(f"version and betas must be ASCII without spaces, not {value!r}")
        if self.base_url:
            _base_url(self, _Call(_warn))  # Raises before a repr could show a password in it.

    def get_model(self, model_id: str) -> Model:
        """Return the model with an ID or alias; ModelNotFoundError if the API answers 404."""
        model_id = _check_name(model_id)
        model = _API(self, _Call(_warn)).get(model_id)
        if model is None:
            raise ModelNotFoundError(f"unknown model {model_id!r}", name=model_id)
        return model

    def list_models(self, lifecycle: Iterable[str] = ()) -> list[Model]:
        """Return all models of `GET /v1/models` in the API's order; by default, those in use.

        `lifecycle` may hold "active", "deprecated" and "retired".
        """
        stages = tuple(lifecycle)
        if not set(stages) <= {"active", "deprecated", "retired"}:
            raise ValueError(f"lifecycle may hold active, deprecated and retired, not {stages!r}")
        return _API(self, _Call(_warn)).list_models(stages)

    def resolve(
        self, name: str, *, upgrade: bool = False, min_days_left: int | None = None
    ) -> Model:
        """Return the model that a name means: an ID or alias, the words of its name, or a line.

        A model that is retired, or retires in fewer than `min_days_left` days from today (UTC), is
        refused; with `upgrade`, the newest model of its line that is not refused replaces it.
        UserWarnings tell of that, of a deprecated model, and of what could not be checked. Raises
        ModelNotFoundError if no model, or more than one, matches, and ModelRetiredError for a
        refused model without `upgrade` or without a replacement.
        """
        name, call = _check_name(name), _Call(_warn, upgrade=upgrade, min_days_left=min_days_left)
        return _resolve(name, _API(self, call), call)


def _check_seconds(name: str, value: Any) -> None:
    if type(value) not in (int, float) or not 0 < value <= _MAX_SECONDS:
        raise ValueError(f"{name} must be above 0 and up to {_MAX_SECONDS} seconds, not {value!r}")


def _check_count(name: str, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} must be a whole number, 0 or more, not {value!r}")


def _check_name(name: str) -> str:
    """Return a name without surrounding whitespace; raise ValueError if no model can have it."""
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _MAX_LENGTH:
        expected = f"1 to {_MAX_LENGTH} characters, such as 'sonnet' or 'opus-4.8'"
        raise ValueError(f"a model name must have {expected}, not {_shown(repr(name))}")
    name = name.strip()
    if any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in name):
        raise ValueError(f"model name contains a control character: {name!r}")
    return name


def _words(text: str) -> list[str]:
    """Return the words of a name: the letters sorted, then the numbers in order ("4.8 opus")."""
    words = re.findall(r"[^\W\d_]+|\d+", text.lower())
    letters = [word for word in _letters(words) if word not in ("claude", "latest")]
    return sorted(letters) + [word for word in words if word.isdecimal()]


def _letters(words: Iterable[str]) -> list[str]:
    return [word for word in words if not word.isdecimal()]


def _bare_id(model: Model) -> str:
    """Return the ID without the provider that a gateway writes before it (`anthropic/`)."""
    return model.id.rpartition("/")[2]


def _model_words(model: Model) -> list[str]:
    """Return the words of the display name, or of the ID if the server sends no name of its own."""
    is_own_name = model.display_name not in (model.id, _bare_id(model))
    words = _words(model.display_name) if is_own_name else []
    # Up to the date: what Bedrock writes after it (`-v1:0`) is a revision, not a version.
    return words or _words(re.split(_DATE_IN_ID, _bare_id(model))[0])


def _in_use(models: Iterable[Model]) -> list[Model]:
    """Return the active models, or the deprecated ones if none is active."""
    models = list(models)
    active = [m for m in models if m.lifecycle in ("active", None)]  # None: not sent.
    return active or [m for m in models if m.lifecycle == "deprecated"]


class _ModelList:
    """A list of models, with the rules for names that need the whole list."""
    def __init__(self, models: Iterable[Model]) -> None:
        by_id: dict[str, Model] = {}
        for model in models:
            by_id.setdefault(model.id, model)
        self.models = list(by_id.values())
        self._words = {model.id: _model_words(model) for model in self.models}
        # Only if a server sends no line for any model do words of the names stand in.
        self._has_lines = any(model.line for model in self.models)
        self._lines = {m.id: self._line_names(m, self._words[m.id]) for m in self.models}
        dates = [date for date in (_parse_time(m.created_at) for m in self.models) if date]
        # The API lists the newest first, which places models without a date too. Equal dates prove
        # nothing: LiteLLM sends the same one for every model.
        self._is_newest_first = len(set(dates)) > 1 and dates == sorted(dates, reverse=True)

    def find(self, name: str) -> Model | None:
        """Return the model with this ID, else with these words, else the newest of this line."""
        exact, words = [model for model in self.models if model.id == name], _words(name)
        if exact or not words:
            return exact[0] if exact else None
        namesakes = [model for model in self.models if self._words[model.id] == words]
        of_line = [model for model in self.models if words in self._lines[model.id]]
        newest = self.newest(_in_use(namesakes) or namesakes or _in_use(of_line))
        if len(newest) > 1:
            ids = tuple(model.id for model in newest)
            message = f"{name!r} is ambiguous; use {_shown(' or '.join(ids))}"
            raise ModelNotFoundError(message, name=name, suggestions=ids[:3])
        return newest[0] if newest else None

    def newest(self, candidates: Iterable[Model]) -> list[Model]:
        """Return the newest candidate in a list; several if nothing tells them apart, or none."""
        ids = {model.id for model in candidates}  # A look-up by ID may know less than the list.
        listed = [model for model in self.models if model.id in ids]
        if self._is_newest_first or not listed:
            return listed[:1]
        newest = max(map(self._age, listed))
        return [model for model in listed if self._age(model) == newest]

    def _age(self, model: Model) -> tuple[datetime, list[tuple[int, str]], list[str]]:
        """Return what orders models by release: the date, then the version, then the ID's date."""
        numbers = [word.lstrip("0") for word in self._words[model.id] if word.isdecimal()]
        version = [(len(number), number) for number in numbers]  # int() refuses 4,301 digits.
        return _parse_time(model.created_at) or _EPOCH, version, re.findall(_DATE_IN_ID, model.id)

    def same_line(self, model: Model) -> list[Model]:
        """Return the other models of a model's line; none if its line is not known."""
        line = self._line_names(model, _model_words(model))
        others = [other for other in self.models if other.id != model.id]
        return [other for other in others if line and self._lines[other.id] == line]

    def _line_names(self, model: Model, words: list[str]) -> list[list[str]]:
        """Return the words of each name that a model's line may be called by."""
        if self._has_lines:
            return [_words(model.line)] if model.line else []
        letters = _letters(words) or _letters(_words(_bare_id(model)))
        return [[word] for word in letters]

    def not_found(self, name: str) -> ModelNotFoundError:
        """Return the error for a name that nothing matches, with up to three that are near it."""
        from difflib import SequenceMatcher
        by_age = sorted(self.models, key=self._age, reverse=True)
        models = (self.models if self._is_newest_first else by_age)[:_MAX_NEAR]
        known = {tuple(_words(model.line)): model.line for model in models if model.line}
        for model in models:
            known.setdefault(tuple(self._words[model.id]), model.id)
        words = _words(name)
        wanted, ratios = " ".join(words)[:_MAX_COMPARED], dict.fromkeys(known.values(), 0.0)
        for other, answer in known.items():
            # A name without a version, such as "sonet", is as close to every version.
            compared = " ".join(_letters(other) if words == _letters(words) else other)
            ratios[answer] = SequenceMatcher(None, wanted, compared[:_MAX_COMPARED]).ratio()
        # The sort is stable, so the newest stays first. 0.6 is what difflib calls close.
        best = sorted(ratios, key=lambda answer: -ratios[answer])[:3]
        near = tuple(answer for answer in best if ratios[answer] >= 0.6)
        advice = f"; did you mean {near[0]!r}?" if near else ""
        advice += f" (also: {', '.join(near[1:])})" if near[1:] else ""
        return ModelNotFoundError(f"unknown model {name!r}{advice}", name=name, suggestions=near)


def _parse_time(timestamp: str | None) -> datetime | None:
    """Return an RFC 3339 timestamp in UTC, to the second; None if unreadable or an epoch value."""
    found = re.fullmatch(_TIMESTAMP, timestamp, re.ASCII) if timestamp else None
    if not found:
        return None
    zone = "+00:00" if found[3] in (None, "Z", "z") else found[3]
    try:
        parsed = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00:00'}{zone}")
        parsed = parsed.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed > _EPOCH else None


def _days_left(timestamp: str | None) -> int | None:
    """Return the days from today (UTC) to a timestamp, negative if it is past."""
    parsed = _parse_time(timestamp)
    return (parsed.date() - datetime.now(timezone.utc).date()).days if parsed else None


def _retirement(model: Model) -> str:
    """Return when a model retires: "retires on 2027-01-31, in 30 days"."""
    parsed, days = _parse_time(model.retires_at), _days_left(model.retires_at)
    date = parsed.date() if parsed else "an unknown date"
    if model.lifecycle == "retired" or days is None:
        return f"{'retired' if model.lifecycle == 'retired' else 'retires'} on {date}"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"retires on {date}, in {count}" if days >= 0 else f"was due on {date}, {count} ago"


def _facts(model: Model) -> tuple[Model, str]:
    """Return the model or, if its server sends no lifecycle, what the catalogue has of it."""
    if model.lifecycle is None and not _parse_time(model.retires_at):
        for row in CATALOGUE:
            if row.id == _bare_id(model):
                return row, f" according to the built-in catalogue of {CATALOGUE_DATE}"
    return model, ""


def _refusal(model: Model, call: _Call) -> str | None:
    """Return why a model is refused, None if it is not. A past date alone means overdue."""
    if model.lifecycle == "retired":
        return f"{model.id} {_retirement(model)}"
    facts, according = _facts(model)
    days, minimum = _days_left(facts.retires_at), call.min_days_left
    if minimum is None or days is None or days >= minimum:
        return None
    return f"{model.id} {_retirement(facts)}{according} (minimum: {minimum})"


@dataclass(eq=False, repr=False)
class _Call:  # Also used by entrypoint.py.
    """What one call asks for, since when, and how its entry point reports and names its options."""
    report: Callable[[str, str], None]  # Takes "warning" or "note", and a message.
    option: Callable[[str], str] = str  # Takes the library's name of an option.
    use: Callable[[str], str] = "pass {}=True".format  # The same; says how to set it to true.
    upgrade: bool = False
    min_days_left: int | None = None
    fallback: str | None = None
    start: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.min_days_left is not None:
            _check_count(self.option("min_days_left"), self.min_days_left)
        if self.fallback is not None and not _is_id(self.fallback):
            raise ValueError(f"{self.option('fallback')} must be a model ID, not {self.fallback!r}")

    @staticmethod
    def number(text: str) -> Any:
        """Return the number in a text, or the text itself, for a check to reject."""
        for kind in (int, float):
            with suppress(ValueError):
                return kind(text)
        return text


def _warn(level: str, message: str) -> None:
    if level == "warning":
        warnings.warn(message, stacklevel=4)  # Where a public function is called.


def _answer(  # Also used by entrypoint.py.
    names: Sequence[str], make_source: Callable[[], _API | _Catalogue], call: _Call
) -> tuple[list[tuple[str, Model, str]], list[ClaudeModelError]]:
    """Return each name with its model and source, and the errors of the names without a model."""
    names, fallback = [_check_name(name) for name in names], call.fallback
    if fallback is not None and len(names) > 1:
        raise ValueError(f"{call.option('fallback')} works with one model only (got {len(names)})")
    answers: list[tuple[str, Model, str]] = []
    errors: list[ClaudeModelError] = []
    try:
        source = make_source()
        for name in names:
            try:
                answers.append((name, _resolve(name, source, call), source.name))
            except (ModelNotFoundError, ModelRetiredError) as error:
                errors.append(error)
    except (_NoAnswerError, _MissingCredentialError) as error:
        if fallback is None:
            raise
        call.report("warning", f"{error}; using the fallback {fallback}, unchecked")
        answers = [(names[0], Model(fallback, fallback, raw={"id": fallback}), "fallback")]
    return answers, errors


def _resolve(name: str, source: _API | _Catalogue, call: _Call) -> Model:
    """Return the model that a name means or, with `upgrade`, its replacement if it is refused."""
    model = source.get(name) if name.startswith("claude-") else None
    model = model or source.in_use.find(name) or source.retired.find(name)
    if model is None:
        raise source.in_use.not_found(name)
    refusal = _refusal(model, call)
    if refusal:
        successor, advice = _successor(model, source, lambda other: not _refusal(other, call))
        if successor is None or not call.upgrade:
            advice += f", or {call.use('upgrade')}" if successor else ""
            raise ModelRetiredError(f"{refusal}; {advice}", model=model, successor=successor)
        call.report("warning", f"{refusal}; upgraded to {successor.id}")
        model = successor
    facts, according = _facts(model)
    if facts.lifecycle in ("deprecated", "retired"):
        status = "is deprecated and " if facts.lifecycle == "deprecated" else ""
        _, advice = _successor(model, source, lambda o: o.lifecycle != "deprecated", newer=True)
        call.report("warning", f"{model.id} {status}{_retirement(facts)}{according}; {advice}")
    if call.min_days_left is not None and not (model.lifecycle or _parse_time(facts.retires_at)):
        reason = f"neither the server nor the catalogue of {CATALOGUE_DATE} has a retirement date"
        message = f"{call.option('min_days_left')} could not be checked for {model.id}: {reason}"
        call.report("warning", message)
    return model


def _successor(
    model: Model, source: _API | _Catalogue, accepts: Callable[[Model], bool], newer: bool = False
) -> tuple[Model | None, str]:
    """Return the newest accepted model of a model's line, with `newer` a newer one, and advice."""
    try:
        listed = source.in_use
    except (APIError, CredentialError) as error:  # What is known of `model` stays true.
        return None, f"its replacement could not be looked up ({error})"
    others = _in_use(filter(accepts, listed.same_line(model)))
    newest = listed.newest([*others, model] if newer else others)
    if not newest or any(other.id == model.id for other in newest):
        return None, f"no {'newer ' if newer else ''}replacement in its line; choose another model"
    successor = newest[0] if len(newest) == 1 else None  # From two providers, none is chosen.
    return successor, f"use {_shown(' or '.join(other.id for other in newest))}"


class _Catalogue:  # Also used by entrypoint.py.
    """The built-in catalogue as a source of models. It never answers without saying so."""
    name = "catalogue"

    def __init__(self, call: _Call) -> None:
        catalogue, days = f"built-in catalogue of {CATALOGUE_DATE}", _days_left(CATALOGUE_DATE) or 0
        call.report("note", f"using the {catalogue} instead of the API")
        if -days > _STALE_DAYS:
            call.report("warning", f"the {catalogue} is {-days} days old; update claude_model")
        self.in_use = _ModelList(model for model in CATALOGUE if model.lifecycle != "retired")
        self.retired = _ModelList(model for model in CATALOGUE if model.lifecycle == "retired")

    def get(self, model_id: str) -> Model | None:
        return next((model for model in CATALOGUE if model.id == model_id), None)


@dataclass(eq=False, repr=False)
class _Response:
    """A response, or what stands for it, without the secrets that a server may echo."""
    status: int | None  # None if no HTTP response came.
    text: str  # For messages: the body, or why no response came.
    headers: Mapping[str, str] = field(default_factory=dict)  # By lower-case name, ready to show.
    is_json: bool = False
    value: Any = None  # Of a JSON body.
    can_retry: bool = False  # If no response came.


class _API:  # Also used by entrypoint.py.
    """The Models API as a source of models. With `url`, another server, without the credential."""
    name = "api"

    def __init__(self, client: Client, call: _Call, url: str = "", setting: str = "") -> None:
        self._client, self._call, self._deadline = client, call, call.start + client.timeout
        self._headers, self.credential = ({}, "") if url else _headers(client, call)
        self.url, self._setting = (url, setting) if url else _base_url(client, call)
        scheme, _, host = self.url.split("/")[:3]
        self.peer = host  # What messages call the server.
        try:  # In a thread, because it may look up names.
            proxy = _call_in_thread(lambda: _find_proxy(scheme[:-1], host), self._deadline)
        except OSError as error:
            raise self.error(self._failure(error, ())) from None
        self._proxies = {scheme[:-1]: f"http://{proxy}"} if proxy else {}
        self.peer += f" via proxy {proxy.rpartition('@')[2]}" if proxy else ""
        is_loopback = scheme == "http:" and re.fullmatch(_LOOPBACK, host, re.IGNORECASE)
        self.is_private = scheme == "https:" or bool(is_loopback and not proxy)  # Nobody listens.
        if self._headers and not self.is_private:
            call.report("warning", f"plain http sends the credential unencrypted to {self.peer}")

    @functools.cached_property
    def in_use(self) -> _ModelList:
        return _ModelList(self.list_models(()))

    @functools.cached_property
    def retired(self) -> _ModelList:
        try:
            models = self.list_models(("retired",))
        except (APIError, CredentialError) as error:
            if isinstance(error, _NoAnswerError):
                raise
            models = []  # A server that rejects the filter has none to tell of.
        return _ModelList(model for model in models if model.lifecycle == "retired")

    def get(self, model_id: str) -> Model | None:
        """Return the model with an ID or alias, None if the API answers 404."""
        from urllib.parse import quote
        if model_id in (".", ".."):
            raise ValueError(f"{model_id!r} is not a model ID: in a URL, it means another path")
        response = self._get(f"/v1/models/{quote(model_id, safe='')}")
        if response.status == 404:
            return None
        model = _parse_model(self._value(response))
        if model is None:
            raise self.error(response, "not a model")
        return model

    def list_models(self, lifecycle: tuple[str, ...]) -> list[Model]:
        """Return the models of every page, without the rows that have no valid ID."""
        from urllib.parse import urlencode
        query = [("limit", "1000"), *(("lifecycle[]", stage) for stage in lifecycle)]
        models: list[Model] = []
        rows, cursors = 0, [""]
        while True:
            after = [("after_id", cursors[-1])] if cursors[-1] else []
            response = self._get(f"/v1/models?{urlencode(query + after)}")
            page = self._value(response)
            if not isinstance(page, dict) or not isinstance(page.get("data"), list):
                raise self.error(response, "not a list of models")
            rows += len(page["data"])
            is_last = page.get("has_more") is not True
            if rows > _MAX_MODELS or (len(cursors) >= _MAX_PAGES and not is_last):
                raise self.error(response, f"over {_MAX_MODELS} models or {_MAX_PAGES} pages")
            models += filter(None, map(_parse_model, page["data"]))
            if is_last:
                break
            cursor = page.get("last_id")
            if not _is_text(cursor) or cursor in cursors:
                raise self.error(response, "has_more without a new last_id")
            cursors.append(str(cursor))
        if not models and (rows or not lifecycle):
            raise self.error(response, "no valid model ID" if rows else "the model list is empty")
        return models

    def _get(self, path: str) -> _Response:
        from urllib.request import Request
        secrets = [v for name, v in self._headers.items() if not name.startswith("anthropic-")]
        secrets += [value.split()[-1] for value in secrets]  # A token without its "Bearer".
        secrets.sort(key=len, reverse=True)
        return self.send(lambda: Request(self.url + path, headers=self._headers), secrets)

    def _value(self, response: _Response) -> Any:
        """Return the JSON value of a response; raise an error if it has none."""
        if response.status == 200 and response.is_json:
            return response.value
        problem = f"not JSON: {response.text}" if response.status == 200 else ""
        no_list = f"this server does not list models; {self._call.use('offline')}"
        raise self.error(response, problem, self.credential, no_list)

    def send(self, make_request: Callable[[], Request], secrets: Sequence[str]) -> _Response:
        """Return the response, after retries. Each takes a new request: urllib changes it."""
        attempt = 0
        while True:
            exchange = functools.partial(self._exchange, make_request(), secrets)
            try:
                response: _Response = _call_in_thread(exchange, self._deadline)
            except OSError as error:
                response = self._failure(error, secrets)
            wait = _seconds_to_wait(response, attempt)
            is_last = attempt >= self._client.max_retries
            if wait is None or is_last or time.monotonic() + wait >= self._deadline:
                return response
            time.sleep(wait)
            attempt += 1

    def _exchange(self, request: Request, secrets: Sequence[str]) -> _Response:
        """Send a request and read the response: all I/O with servers happens here."""
        from http.client import HTTPException
        from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler
        request.add_header("accept", "application/json")
        request.add_header("user-agent", f"claude_model/{__version__}")
        opener = OpenerDirector()  # Follows no redirect: nothing is sent to a second address.
        opener.add_handler(ProxyHandler(self._proxies))
        opener.add_handler(HTTPHandler(debuglevel=0))  # The default of http.client may print all.
        if request.type == "https":
            import ssl
            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python 3.9 allows older ones.
            opener.add_handler(HTTPSHandler(debuglevel=0, context=context))
        body, piece, seconds = bytearray(), b" ", self._deadline - time.monotonic()
        try:
            with opener.open(request, timeout=max(0.001, seconds)) as response:
                while piece and len(body) <= _MAX_BODY_BYTES:
                    piece = response.read1(2**16)
                    body += piece
                    if time.monotonic() >= self._deadline:
                        raise TimeoutError  # So that an abandoned thread ends with the next piece.
                if not piece and response.length:
                    raise OSError("the connection was closed before the end of the response")
        except (OSError, HTTPException, ValueError) as error:
            return self._failure(error, secrets)
        headers = {n.lower(): _shown(_redact(v, secrets)) for n, v in response.headers.items()}
        encoding = headers.get("content-encoding", "identity")
        if encoding != "identity":
            text = f"compressed with {encoding}, which was not requested"
        elif len(body) > _MAX_BODY_BYTES:
            text = f"larger than {_MAX_BODY_BYTES // 2**20} MiB"
        elif re.search(_LONG_INTEGER, body):
            text = "an integer with too many digits"
        else:
            try:
                value = _clean(json.loads(body.decode("utf-8")), secrets)
                return _Response(response.status, _shown(json.dumps(value)), headers, True, value)
            except (ValueError, RecursionError):
                text = _body_text(body.decode("utf-8", "replace"), secrets)
        return _Response(response.status, text, headers)

    def _failure(self, error: Exception, secrets: Sequence[str]) -> _Response:
        """Return what stands for the response if there is none."""
        import socket
        from http.client import HTTPException, InvalidURL
        cause = getattr(error, "reason", error)  # urllib wraps most in a URLError.
        reason = _shown(_redact(getattr(cause, "strerror", None) or str(cause), secrets))
        setting, can_retry = f", {self._setting}" if self._setting else "", False
        check = f"check the network{setting} and the proxy settings"
        if getattr(cause, "verify_message", None):
            text = _certificate_problem(cause)
        elif isinstance(cause, (TimeoutError, socket.timeout)) and cause.errno is None:
            text = f"timed out after {self._client.timeout:g} s"
            text += f"; retry, or raise {self._call.option('timeout')}"
        elif reason.startswith("Tunnel connection failed: "):
            text = f"the proxy refused to connect ({reason[26:]}); "
            text += "set its user and password" if " 407" in reason else "ask its administrator"
        elif isinstance(cause, OSError):
            text, can_retry = f"connection failed ({reason}); {check}", True
        elif isinstance(cause, HTTPException) and not isinstance(cause, InvalidURL):
            text = f"invalid or incomplete HTTP response ({type(cause).__name__}); {check}"
            can_retry = True
        else:  # Its own text may hold a password.
            text = f"not a valid address; {check}"
        return _Response(None, f"{self.peer}: {text}", can_retry=can_retry)

    def error(self, response: _Response, problem: str = "", check: str = "", not_found: str = ""
              ) -> ClaudeModelError:  # fmt: skip
        """Return the error for a response that is not usable; `check` names the credential."""
        from urllib.parse import urljoin, urlsplit
        status, setting = response.status, self._setting or "the proxy settings"
        if status is None:
            return _NoAnswerError(response.text)
        body = response.value if isinstance(response.value, dict) else {}
        sent = body["error"] if isinstance(body.get("error"), dict) else {}
        kind, message = (_shown(str(sent.get(key) or "")) for key in ("type", "message"))
        request_id = _shown(str(response.headers.get("request-id", body.get("request_id")) or ""))
        request = f" (request {request_id})" if request_id else ""
        facts: Any = {"status": status, "type": kind or None, "request_id": request_id or None}
        if status < 300:
            problem = problem or f"status {status}, {response.text}"
            text = f"unexpected response from {self.peer}: {problem}{request}; check {setting}"
            return _NoAnswerError(text, **facts)
        text = f"{self.peer}: {status} {kind}".rstrip() + f": {message or response.text}{request}"
        if status in (401, 403):
            other = "a proxy, filter or gateway sent this, not the API"
            return CredentialError(f"{text}; {f'check {check}' if kind else other}")
        advice, is_transient = "", status in _TRANSIENT
        if status < 400:
            location, target = response.headers.get("location", ""), "no valid address"
            with suppress(ValueError):
                parts = urlsplit(urljoin(self.url, location))
                if location:
                    target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
            advice = f"it redirects to {target}, which is not followed; check {setting}"
        elif status == 400 and kind != "invalid_request_error":  # From a gateway, not the API.
            advice = f"check {check} and {setting}"
        elif status == 404:
            advice = not_found or f"check {setting}"
        elif status == 407:
            advice = "set the user and password of the proxy"
        elif is_transient:
            is_final = response.headers.get("x-should-retry") == "false"
            advice = "retrying does not help" if is_final else "try again later"
        error_class = _NoAnswerError if is_transient or status == 407 else APIError
        return error_class(f"{text}; {advice}" if advice else text, **facts)


def _headers(client: Client, call: _Call) -> tuple[dict[str, str], str]:
    """Return the headers of a request, and which credential to check if the server refuses it."""
    custom = _custom_headers(os.environ.get("ANTHROPIC_CUSTOM_HEADERS", ""))
    headers = {"anthropic-version": client.version, **custom}
    if client.betas:
        headers["anthropic-beta"] = ",".join(client.betas)
    key, token = call.option("api_key"), call.option("auth_token")
    given = {key: client.api_key, token: client.auth_token}
    if "x-api-key" not in custom:  # As in the official SDK, a custom header beats a variable.
        given["ANTHROPIC_API_KEY"] = os.environ.get("ANTHROPIC_API_KEY")
        if "authorization" not in custom:
            given["ANTHROPIC_AUTH_TOKEN"] = os.environ.get("ANTHROPIC_AUTH_TOKEN")
    found = {name: value.strip() for name, value in given.items() if value and value.strip()}
    if found:
        used, *unused = found
        _check_credential(used, found[used])
        if used in (key, "ANTHROPIC_API_KEY"):
            headers["x-api-key"] = found[used]
        else:
            headers["authorization"] = f"Bearer {found[used]}"
        return headers, f"{used} ({' and '.join(unused)} not used)" if unused else used
    if "x-api-key" in custom or "authorization" in custom:
        return headers, "ANTHROPIC_CUSTOM_HEADERS"
    message = f"no API key found; set ANTHROPIC_API_KEY, or {call.use('offline')}"
    raise _MissingCredentialError(message)


def _check_credential(name: str, value: str) -> None:
    if not _is_token(value):  # http.client would reject it too, in an error that shows the value.
        problem = "contains whitespace or a non-ASCII character"
        raise CredentialError(f"{name} {problem}; was it pasted with a line break?")


def _custom_headers(lines: str) -> dict[str, str]:
    """Return the headers by lower-case name. No error shows a value: any may be a secret."""
    headers = {}
    for number, line in enumerate(lines.split("\n"), start=1):
        place = f"line {number} of ANTHROPIC_CUSTOM_HEADERS"
        found = re.fullmatch(_HEADER, line.strip()) if line.strip() else None
        if line.strip() and not found:
            raise CredentialError(f"{place} is not `Name: value` in ASCII; fix or remove it")
        if found and found[2]:  # An empty header is an unset one, like an empty variable.
            name, value = found[1].lower(), found[2]
            headers[name] = value
            if name == "authorization":
                value = value.partition(" ")[2].strip(" ") or value  # Without "Bearer".
            if name in ("authorization", "x-api-key"):
                _check_credential(place, value)
    return headers


def _base_url(client: Client, call: _Call) -> tuple[str, str]:  # Also used by entrypoint.py.
    """Return the base URL without a final `/` or `/v1`, and the setting it is from, or ""."""
    from urllib.parse import urlsplit
    setting = call.option("base_url") if client.base_url else "ANTHROPIC_BASE_URL"
    url = (client.base_url or os.environ.get("ANTHROPIC_BASE_URL", "")).strip()
    if not url:
        return "https://api.anthropic.com", ""
    if any(mark in url for mark in "@?#"):  # It may be a password, so no message shows it.
        raise ValueError(f"{setting} must not contain a user, password, query or fragment (@ ? #)")
    with suppress(ValueError):
        parts = urlsplit(url if _is_token(url) else "")
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
            return f"{parts.scheme}://{parts.netloc}{path}", setting
    raise ValueError(f"{setting} must be an http:// or https:// URL, not {_shown(repr(url))}")


def _find_proxy(scheme: str, host: str) -> str | None:
    """Return the proxy that urllib finds, as `user:password@host:port`; show no other kind."""
    from urllib.request import getproxies, proxy_bypass
    proxy = getproxies().get(scheme)
    if not proxy or proxy_bypass(host):
        return None
    found = re.fullmatch(_PROXY, proxy, re.IGNORECASE)
    if not found:
        raise ValueError(f"{scheme}_proxy: only http://[user:password@]host[:port] is supported")
    return found[1]


def _call_in_thread(function: Callable[[], Any], deadline: float) -> Any:
    """Return what a function returns, raise what it raises, or TimeoutError at the deadline."""
    # Nothing else bounds a name lookup, or a server that drips bytes. A late thread is abandoned.
    import threading
    outcome: list[Any] = []
    def work() -> None:
        try:
            outcome.extend((function(), None))
        except BaseException as error:  # Even a bug is raised where the caller can see it.
            outcome.extend((None, error))
    thread = threading.Thread(target=work, name="claude_model", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # No thread can be started.
        raise OSError(str(error)) from None
    while thread.is_alive() and time.monotonic() < deadline:
        # In slices: on Windows, Ctrl-C cannot interrupt a join.
        thread.join(min(0.1, max(0.0, deadline - time.monotonic())))
    result, failure = outcome or (None, TimeoutError())
    if failure:
        raise failure
    return result


def _clean(value: Any, secrets: Sequence[str], depth: int = 0) -> Any:
    """Return a JSON value without secrets; raise ValueError for NaN, or nesting that overflows."""
    if depth > _MAX_DEPTH or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("not JSON, or nested too deeply")
    if isinstance(value, dict):
        items = value.items()
        return {_redact(key, secrets): _clean(item, secrets, depth + 1) for key, item in items}
    if isinstance(value, list):
        return [_clean(item, secrets, depth + 1) for item in value]
    return _redact(value, secrets) if isinstance(value, str) else value


def _redact(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[credential]") if len(secret) >= _MIN_SECRET_LENGTH else text
    return text


def _body_text(body: str, secrets: Sequence[str]) -> str:
    """Return what a message shows of a body that is not JSON: the title, if it is an HTML page."""
    text = re.sub(r"\\u00([2-7][0-9A-Fa-f])", lambda escape: chr(int(escape[1], 16)), body)
    text = _redact(text, secrets)[:20_000]  # In this order, or a part of a secret could be left.
    if not re.match(r"\s*<(!doctype|html|head)", text, re.IGNORECASE):
        return _shown(text) or "empty body"
    title = re.search(r"<title[^>]{0,99}>([^<]{1,500})", text, re.IGNORECASE)
    return f"HTML page {_shown(title[1])!r}" if title else "HTML page without a title"


def _shown(text: str) -> str:
    """Return the beginning of a server's text as one line without control characters."""
    line = _one_line(text[: 4 * _MAX_SHOWN])  # Enough: folding whitespace shortens it.
    return line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 3] + "..."


def _one_line(text: str) -> str:  # Also used by entrypoint.py.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _certificate_problem(error: Any) -> str:
    """Return the flaw of a certificate and its remedy. The codes are OpenSSL's X509_V_ERR_*."""
    code, bundle = error.verify_code, os.environ.get("SSL_CERT_FILE")
    advice = "ask whoever runs this server for a valid certificate"
    if code in (9, 10):  # Not yet valid, or expired.
        advice = "check the clock of this machine"
    elif code in (62, 64):  # Another host name or IP address.
        advice = "check the host name in the base URL"
    elif code in (2, 18, 19, 20, 21):  # An unknown or incomplete authority.
        advice = "if you trust this server, set SSL_CERT_FILE to its CA bundle"
        if bundle and not (os.path.isfile(bundle) and os.access(bundle, os.R_OK)):
            advice = f"SSL_CERT_FILE is {_shown(repr(bundle))}, which is not a readable file"
    return f"certificate verification failed ({_shown(error.verify_message)}); {advice}"


def _seconds_to_wait(response: _Response, attempt: int) -> float | None:
    """Return the seconds to wait before a retry, None for no retry, as the official SDK does."""
    can_retry = response.can_retry if response.status is None else response.status in _TRANSIENT
    should_retry = response.headers.get("x-should-retry")
    if should_retry in ("true", "false") and response.status != 407:  # It may lock an account.
        can_retry = should_retry == "true"
    if not can_retry:
        return None
    for name, seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", response.headers.get(name, "")):
            return float(response.headers[name]) * seconds
    from random import random  # Here, because the import takes milliseconds.
    return min(0.5 * 2.0 ** min(attempt, 4), 8.0) * (1 - 0.25 * random())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `--help` lists options and exit codes."""
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # Of the output: errors of the network are APIErrors.
        # Windows reports a closed pipe as EINVAL. It means a reader who has read enough.
        is_closed = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == 22)
        if not is_closed:
            _say("error", f"the output could not be written: {error.strerror or error}")
        if sys.stdout is not None:  # Keep the interpreter from trying again when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0 if is_closed else 2
    except (ClaudeModelError, ValueError) as error:
        _say("error", str(error))
        return 3 if isinstance(error, APIError) else 2


def _run(argv: Sequence[str]) -> int:
    import getopt  # argparse would take a tenth of the time of a whole run.
    long_options = "offline fallback= min-days-left= upgrade json list timeout= version help"
    try:
        given, names = getopt.gnu_getopt(list(argv), "h", long_options.split())
    except getopt.GetoptError as error:
        raise ValueError(f"{error}; see --help") from None
    options = dict(given)
    if "--help" in options or "-h" in options:
        usage, name = (__doc__ or "").partition("usage: ")[1:], os.path.basename(sys.argv[0])
        command = "python -m claude_model" if __spec__ else f"python {name}"
        command = "claude-model" if name.startswith("claude-model") else command
        return _write(["".join(usage).rstrip().replace("python -m claude_model", command)])
    if "--version" in options:
        return _write([f"claude_model {__version__}"])
    is_list = "--list" in options
    if not names and not is_list:
        raise ValueError("no model name given; see --help")
    if is_list and (names or not options.keys() <= {"--list", "--json", "--offline", "--timeout"}):
        raise ValueError("--list takes no model name, only --json, --offline and --timeout")
    seconds = _Call.number(options.get("--timeout", "30"))
    _check_seconds("--timeout", seconds)
    days = _Call.number(options["--min-days-left"]) if "--min-days-left" in options else None
    call = _Call(_say, lambda option: f"--{option.replace('_', '-')}", "pass --{}".format,
                 "--upgrade" in options, days, options.get("--fallback"))  # fmt: skip
    def make_source() -> _API | _Catalogue:
        return _Catalogue(call) if "--offline" in options else _API(Client(timeout=seconds), call)
    if is_list:
        models = make_source().in_use.models
    else:
        answers, errors = _answer(names, make_source, call)
        for problem in errors:
            is_unlike_all = isinstance(problem, ModelNotFoundError) and not problem.suggestions
            _say("error", f"{problem}; see --list" if is_unlike_all else str(problem))
        if errors:
            return 1
        models = [model for _, model, _ in answers]
    if "--json" in options:
        return _write(json.dumps(model.raw) for model in models)
    return _write(_table(models) if is_list else [model.id for model in models])


def _table(models: Iterable[Model]) -> list[str]:
    """Return the lines of a table of 80 columns, more if an ID needs them; "-" is unknown."""
    rows = [["ID", "line", "lifecycle", "released", "retires", "context"]]
    for model in models:
        tokens = model.max_input_tokens or 0
        context = f"{tokens // 10**6}M" if tokens >= 10**6 else f"{tokens // 1000}k"
        dates = [_parse_time(timestamp) for timestamp in (model.created_at, model.retires_at)]
        texts = [model.line, model.lifecycle, *dates, context if tokens else None]
        rows.append([model.id, *(str(text or "-")[:10] for text in texts)])
    widths = [max(map(len, column)) for column in zip(*rows)]
    widths[0] = min(widths[0], 80 - sum(2 + width for width in widths[1:]))
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _say(level: str, message: str) -> None:
    if sys.stderr is not None:  # It is None if it was closed, and print would use stdout.
        with suppress(OSError):
            print(f"{level}: {_one_line(message)}", file=sys.stderr)


def _write(lines: Iterable[str]) -> int:
    """Print the lines and return 0; raise OSError if not all of them could be written."""
    if sys.stdout is None:
        raise OSError("standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    # Without the interpreter's orderly shutdown, which takes a sixth of the time of a run.
    os._exit(main())
