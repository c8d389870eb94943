# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Name a Claude model by line, version or ID and get the model ID that the Models API serves.

    >>> import claude_model
    >>> claude_model.resolve("sonnet").id
    'claude-sonnet-5-5'

    $ python -m claude_model sonnet
    claude-sonnet-5-5

One file, standard library only, Python 3.9 or newer: copy it into your repository as it is.
Upstream, with tests and a GitHub Action: https://github.com/OWNER/claude-model
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone

TYPE_CHECKING = False  # Type checkers know the name; importing `typing` for it costs milliseconds.
if TYPE_CHECKING:
    import urllib.request
    from typing import Any

__all__ = [
    "APIError", "CATALOGUE", "CATALOGUE_DATE", "ClaudeModelError", "Client", "CredentialError", "Model",
    "ModelNotFoundError", "ModelRetiredError", "match", "resolve",
]  # fmt: skip
__version__ = "1.0.0"

_DEFAULT_BASE_URL = "https://api.anthropic.com"
_PAGE_MODELS = 1000  # The most that the API lists at once, so that one request is the rule.
_MAX_PAGES = 100
_MAX_MODELS = 5_000  # Few enough to be searched at once, however a server fills its pages.
_MAX_BODY_BYTES = 8 * 2**20  # Some thousand models with all their capabilities.
_MAX_VALUES = 200_000  # In one body: few enough to be decoded at once, which no time limit could interrupt.
_MAX_DIGITS = 4300  # Of an integer, as in Python since 3.9.14: before, one of 8 MiB takes minutes to read.
_READ_BYTES = 2**16
_MAX_NAME = 200  # Characters.
_MAX_SHOWN = 500  # Characters of a server's text in one message.
_MAX_TIMEOUT_SECONDS = 86_400  # A day; sockets and threads overflow far above it.
_FIRST_WAIT_SECONDS, _MAX_DOUBLINGS = 0.5, 4  # Between retries: up to 8 seconds, as the official SDK waits.
_MIN_SECRET = 8  # Characters: a shorter credential is a dummy, and may be a part of any word.
_STALE_DAYS = 90  # A catalogue older than this has probably missed a release.
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_OWN_HEADERS = {"accept": "application/json", "user-agent": f"claude_model/{__version__}"}

# Patterns are strings here, and compiled where they are first used: most runs need few of them.
_HEADER = r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([\t\x20-\x7e]*)"
_THIS_MACHINE = r"http://(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(/|$)"
_TIMESTAMP = r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9:]{8})(?:\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?"

_Words = tuple[tuple[str, ...], tuple[str, ...]]  # The letters and the numbers in a name.
_Report = Callable[[str, str], None]  # Takes "warning" or "note", and a sentence.
_LogIn = Callable[["Client", float], "Client"]  # Takes a client and a deadline; returns one with a credential.


class ClaudeModelError(Exception):
    """The base of this module's errors; a bad argument alone is a plain ValueError."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        vars(self).update(facts)


class ModelNotFoundError(ClaudeModelError, LookupError):
    """No model is called `name`; `suggestions` are up to three names near it."""

    name: str = ""
    suggestions: tuple[str, ...] = ()


class ModelRetiredError(ClaudeModelError):
    """`model` is retired, or retires too soon; `successor` is the one to use, None without one."""

    model: Model | None = None
    successor: Model | None = None


class CredentialError(ClaudeModelError):
    """The credential is missing, malformed, or refused by the API (401 or 403)."""

    _missing: bool = False


class APIError(ClaudeModelError):
    """The API could not be asked, or gave an answer of no use.

    `status` is the HTTP status, None where no HTTP answer came; `type` and `request_id` are the API's own.
    """

    status: int | None = None
    type: str | None = None
    request_id: str | None = None


@dataclass(frozen=True)
class Model:
    """A model as the Models API describes it, by the API's own field names; None is unknown.

    Timestamps are RFC 3339 strings, limits count tokens. `raw` is the object as it was sent.
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


# What a field must be to count as sent, in the order of a catalogue row.
_KINDS: dict[str, type] = {
    "id": str, "display_name": str, "created_at": str, "line": str, "lifecycle": str, "deprecated_at": str,
    "retires_at": str, "max_input_tokens": int, "max_tokens": int, "type": str, "capabilities": dict,
}  # fmt: skip


def _model(sent: object) -> Model | None:
    """Return the model that was sent; None for what has no usable `id`, and so is no model."""
    if not isinstance(sent, dict) or not _is_id(sent.get("id")):
        return None
    # Not isinstance: in Python, true and false are integers too.
    fields = {key: sent[key] for key, kind in _KINDS.items() if type(sent.get(key)) is kind and sent[key] != ""}
    return Model(**{"display_name": sent["id"], **fields}, raw=sent)


def _is_ascii_token(value: Any) -> bool:
    """Tell whether `value` is what a header can carry: ASCII without white space or control characters."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != "" and " " not in value


def _is_id(value: Any) -> bool:
    """Tell whether `value` is one printable token, as every model ID is, that no command takes for an option."""
    is_token = isinstance(value, str) and value.isprintable() and " " not in value
    return is_token and 0 < len(value) <= _MAX_NAME and not value.startswith("-")


# What was known on this day, newest release first. None is unknown, never guessed.
CATALOGUE_DATE = "2026-11-23"
# fmt: off
_CATALOGUE_ROWS: tuple[tuple[object, ...], ...] = (
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
)
# fmt: on
CATALOGUE: tuple[Model, ...] = tuple(filter(None, (_model(dict(zip(_KINDS, row))) for row in _CATALOGUE_ROWS)))


def match(name: str, models: Iterable[Model]) -> Model:
    """Return the one of `models` that `name` means: an exact ID, a model's words, or a line. No I/O.

    Words count without case, punctuation, "claude" and "latest": `Opus 4.8`, `opus-4.8`. A line, `opus`, means
    its newest active model, or the newest deprecated one where none is active. What is found may be retired.

    Raises ValueError for a name that is empty, over 200 characters or holds a control character, and
    ModelNotFoundError where nothing matches.
    """
    name, models = _checked_name(name), tuple(models)
    model = _search(name, models)
    if model is None:
        raise _not_found(name, models)
    return model


def resolve(name: str, *, upgrade: bool = False, min_days_left: int | None = None) -> Model:
    """Return the model that `name` means: `Client().resolve(name)`, with its options and errors."""
    return Client().resolve(name, upgrade=upgrade, min_days_left=min_days_left)


@dataclass(frozen=True)
class Client:
    """How to ask the Models API. What is not given comes from the environment, at each call.

    `api_key`, `auth_token` and `base_url` take the place of ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN and
    ANTHROPIC_BASE_URL; ANTHROPIC_CUSTOM_HEADERS adds headers. `timeout` is in seconds and bounds a whole
    `get_model`, a whole `resolve`, or one page of `list_models`, with all its retries.

    Every method raises CredentialError, APIError, and ValueError for a bad argument or setting, and warns
    (UserWarning) where plain http would carry the credential to another machine.
    """

    api_key: str | None = field(default=None, repr=False)
    auth_token: str | None = field(default=None, repr=False)
    base_url: str | None = None
    version: str = "2023-06-01"
    betas: tuple[str, ...] = ()
    timeout: float = 30.0
    max_retries: int = 2

    def __post_init__(self) -> None:
        if type(self.timeout) not in (int, float) or not 0 < self.timeout <= _MAX_TIMEOUT_SECONDS:
            allowed = f"above 0 and up to {_MAX_TIMEOUT_SECONDS} seconds"
            raise ValueError(f"timeout must be a number {allowed}, not {self.timeout!r}")
        _check_count("max_retries", self.max_retries)
        for value in (self.version, *self.betas):
            if not _is_ascii_token(value):
                raise ValueError(f"version and betas must be ASCII without white space, not {value!r}")
        if self.base_url:
            _base_url(self)  # Before a repr could show what is wrong with it.

    def get_model(self, model_id: str) -> Model:
        """Return what `GET /v1/models/{model_id}` answers for an ID or an alias; it may be retired.

        Raises ModelNotFoundError where the answer is 404.
        """
        return _get_model(self, _checked_name(model_id))

    def list_models(self, lifecycle: Iterable[str] = ()) -> Iterator[Model]:
        """Return an iterator over what `GET /v1/models` lists: every page, as needed, in the API's order.

        `lifecycle` holds any of "active", "deprecated" and "retired"; without it the API lists the first two,
        and an empty list is an APIError.
        """
        stages = tuple(lifecycle)
        if not set(stages) <= {"active", "deprecated", "retired"}:
            raise ValueError(f"lifecycle holds active, deprecated or retired, not {stages!r}")
        return _list_models(self, stages)

    def resolve(self, name: str, *, upgrade: bool = False, min_days_left: int | None = None) -> Model:
        """Return the model that `name` means: an ID or alias, a model's words, or a line.

        A model that is retired, or that retires fewer than `min_days_left` days from today (UTC), is refused;
        with `upgrade`, the newest model of its line that is not refused is returned in its place.

        Raises ModelNotFoundError where nothing matches, and ModelRetiredError for a refused model without
        `upgrade` or without a successor.
        """
        return _resolve(name, _Source(self), upgrade, min_days_left)[0]


def _check_count(what: str, value: object) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"{what} must be a whole number, 0 or more, not {value!r}")


def _checked_name(name: str) -> str:
    """Return `name` trimmed; ValueError for what can be no name."""
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"a model name is needed, such as 'sonnet' or 'opus-4.8', not {name!r}")
    name = name.strip()
    if len(name) > _MAX_NAME:
        raise ValueError(f"a model name has at most {_MAX_NAME} characters, not {len(name)}")
    # Lone surrogates too, since UTF-8 has none.
    if any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in name):
        raise ValueError(f"a model name holds no control characters: {name!r}")
    return name


def _spelling(text: str) -> list[str]:
    """Return the words of a name: lower-case runs of letters and digits, less those that tell nothing."""
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in ("claude", "latest")]


def _words(text: str) -> _Words:
    """Return the words of a name, equal for names that mean the same: letters sorted, numbers in order."""
    words = _spelling(text)
    letters = sorted(word for word in words if not word.isdecimal())
    return tuple(letters), tuple(word for word in words if word.isdecimal())


def _model_words(model: Model) -> _Words:
    """Return the words of the display name; where none was sent, of the ID less its date."""
    words = _words(model.display_name)
    if model.display_name != model.id and any(words):
        return words
    letters, numbers = _words(model.id)
    return letters, tuple(number for number in numbers if len(number) != 8)


def _line_of(models: Iterable[Model]) -> Callable[[Model], list[_Words]]:
    """Return the function that tells the words which name a model's line, none where it has no line.

    A line is what the server says it is. Only where it says so of no model at all (an older server, a
    gateway) do the words of letters in the display name, or else in the ID, stand in.
    """
    if any(model.line for model in models):
        return lambda model: [_words(model.line)] if model.line else []

    def guessed(model: Model) -> list[_Words]:
        names = (_spelling(text) for text in (model.display_name, model.id))
        words = [[word for word in name if word.isalpha()] for name in names]
        return [_words(word) for word in words[0] or words[1]]

    return guessed


def _search(name: str, models: Sequence[Model]) -> Model | None:
    """Return the model that `name` means: by its ID, else by its words, else by its line."""
    for model in models:
        if model.id == name:
            return model
    words = _words(name)
    if not any(words):
        return None
    namesakes = [model for model in models if _model_words(model) == words]
    if namesakes:
        return _newest(_in_use(namesakes) or namesakes, models)
    line_of = _line_of(models)
    return _newest(_in_use(model for model in models if words in line_of(model)), models)


def _in_use(models: Iterable[Model]) -> list[Model]:
    """Return the active models, or the deprecated ones where none is active."""
    models = list(models)
    # A server that sends no lifecycle lists what it serves.
    active = [model for model in models if model.lifecycle in ("active", None)]
    return active or [model for model in models if model.lifecycle == "deprecated"]


def _newest(candidates: Sequence[Model], models: Iterable[Model]) -> Model | None:
    """Return the candidate released last, None without candidates; `models` is the list they are from."""
    if not candidates:
        return None
    released = [moment for moment in (_moment(model.created_at) for model in models) if moment]
    if len(released) > 1 and released == sorted(released, reverse=True):
        return candidates[0]  # The list stands newest first, so it places unknown dates too.

    def age(model: Model) -> tuple[datetime, list[tuple[int, str]], list[str]]:
        # By length and then by digits, 10 is above 9, and a number of any length is no trouble.
        numbers = [number.lstrip("0") for number in _model_words(model)[1]]
        version = [(len(number), number) for number in numbers]
        dates_in_id = [number for number in _words(model.id)[1] if len(number) == 8]
        return _moment(model.created_at) or _EPOCH, version, dates_in_id

    return max(candidates, key=age)


def _moment(timestamp: str | None) -> datetime | None:
    """Return an RFC 3339 timestamp in UTC, to the second; None where it is unknown.

    An epoch value stands for an unknown date, and so does what cannot be read.
    """
    found = re.fullmatch(_TIMESTAMP, timestamp) if timestamp else None
    if found is None:
        return None
    day, clock, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00:00'}{zone}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return moment if moment > _EPOCH else None


def _day(timestamp: str | None) -> str | None:
    moment = _moment(timestamp)
    return moment.date().isoformat() if moment else None


def _days_left(timestamp: str | None) -> int | None:
    """Return the days from today (UTC) to `timestamp`, negative where it is past; None where unknown."""
    moment = _moment(timestamp)
    return (moment.date() - datetime.now(timezone.utc).date()).days if moment else None


def _retirement(model: Model) -> str:
    """Say when a model retires: `retires on 2027-01-31 (days left: 30)`."""
    days = _days_left(model.retires_at)
    if days is None:
        return "retires on a day that is not known"
    verb = "retires" if days >= 0 else "was to retire"
    return f"{verb} on {_day(model.retires_at)} (days left: {days})"


def _refusal(model: Model, min_days_left: int | None) -> str | None:
    """Say why `model` is not to be used; None where it may be.

    `lifecycle` alone says what is retired: on any other model, a past date is one that is overdue.
    """
    if model.lifecycle == "retired":
        return f"{model.id} retired on {_day(model.retires_at) or 'a day that is not known'}"
    days = _days_left(model.retires_at)
    if min_days_left is not None and days is not None and days < min_days_left:
        return f"{model.id} {_retirement(model)}, and at least {min_days_left} are asked for"
    return None


def _successor(model: Model, source: _Source, min_days_left: int | None = None) -> tuple[Model | None, str]:
    """Return the newest other model of the same line that is not refused; else None, and why there is none."""
    try:
        models = source.models()
    except (APIError, CredentialError) as error:
        return None, f"its successor is not known ({error})"  # What was said of `model` stays true.
    line_of = _line_of(models)
    line = line_of(model)
    others = [other for other in models if line and line_of(other) == line and other.id != model.id]
    successor = _newest(_in_use(other for other in others if not _refusal(other, min_days_left)), models)
    return successor, "no other model of its line will do: choose one of another line"


def _not_found(name: str, models: Iterable[Model]) -> ModelNotFoundError:
    """Return the error that names up to three models or lines that are called nearly `name`."""
    import difflib

    near: dict[str, str] = {}
    for model in models:
        near.setdefault("-".join(_spelling(model.display_name or model.id)), model.id)
    lines = {model.line for model in models if model.line and _is_id(model.line)}
    near.update(("-".join(_spelling(line)), line) for line in sorted(lines))
    close = difflib.get_close_matches("-".join(_spelling(name)), near, n=3)
    suggestions = tuple(near[spelling] for spelling in close)
    remedy = f"near it: {', '.join(suggestions)}" if suggestions else "`python -m claude_model --list` shows all"
    return ModelNotFoundError(f"no model is called {name!r}; {remedy}", name=name, suggestions=suggestions)


class _Source:
    """What answers one call: the API, within one time limit and each list fetched once, or the catalogue."""

    def __init__(self, client: Client, *, offline: bool = False, log_in: _LogIn | None = None) -> None:
        self.name = "catalogue" if offline else "api"
        self._deadline = time.monotonic() + client.timeout
        self._client = log_in(client, self._deadline) if log_in and not offline else client
        self._lists: dict[str, list[Model]] = {}  # By lifecycle; "" is the models in use.
        if offline:
            self._lists = {"": [model for model in CATALOGUE if model.lifecycle != "retired"], "retired": [*CATALOGUE]}

    def get(self, model_id: str) -> Model | None:
        if self.name == "catalogue":
            return None  # Its lists alone find IDs, and aliases by their words.
        try:
            return _get_model(self._client, model_id, self._deadline)
        except ModelNotFoundError:
            return None

    def models(self, lifecycle: str = "") -> list[Model]:
        if lifecycle not in self._lists:
            stages = (lifecycle,) if lifecycle else ()
            self._lists[lifecycle] = list(_list_models(self._client, stages, self._deadline))
        return self._lists[lifecycle]

    def retired(self) -> list[Model]:
        try:
            return [model for model in self.models("retired") if model.lifecycle == "retired"]
        except (APIError, CredentialError) as error:
            if _is_unanswered(error):
                raise
            return []  # A server that refuses the filter has no retired models to tell of.


def _resolve(name: str, source: _Source, upgrade: bool, min_days_left: int | None) -> tuple[Model, str | None]:
    """Return the model that `name` means or, where it is refused, its successor and the refusal.

    Raises ModelNotFoundError, and ModelRetiredError for a refused model that is not upgraded.
    """
    name = _checked_name(name)
    if min_days_left is not None:
        _check_count("min_days_left", min_days_left)
    model = source.get(name) if name.startswith("claude-") else None
    model = model or _search(name, source.models()) or _search(name, source.retired())
    if model is None:
        raise _not_found(name, source.models())
    refusal = _refusal(model, min_days_left)
    if refusal is None:
        return model, None
    successor, remedy = _successor(model, source, min_days_left)
    if successor and upgrade:
        return successor, refusal
    if successor:
        remedy = f"use {successor.id}, the newest of its line, or let `upgrade` choose it"
    raise ModelRetiredError(f"{refusal}; {remedy}", model=model, successor=successor)


def _answer(
    names: Sequence[str], client: Client, report: _Report, *, offline: bool, fallback: str | None,
    upgrade: bool, min_days_left: int | None, log_in: _LogIn | None = None,
) -> list[tuple[str, Model, str]]:  # fmt: skip
    """Return each name with its model and "api", "catalogue" or "fallback", or raise the first error.

    This is the path that the command line and the action share.
    """
    names = [_checked_name(name) for name in names]
    if fallback is not None and not _is_id(fallback):
        raise ValueError(f"a fallback is one model ID, not {fallback!r}")
    if fallback is not None and len(names) > 1:
        raise ValueError(f"a fallback answers for one name, not for {len(names)}; ask for each by itself")
    try:
        source = _source(client, offline, report, log_in)
        resolved = [_resolve(name, source, upgrade, min_days_left) for name in names]
    except (APIError, CredentialError) as error:
        if fallback is None or not _is_unanswered(error):
            raise
        report("warning", f"{error}; answered by the fallback {fallback}, unverified")
        return [(names[0], Model(fallback, fallback, raw={"id": fallback}), "fallback")]
    for model, refusal in resolved:
        if refusal:
            report("warning", f"{refusal}; upgraded to {model.id}")
        if model.lifecycle == "deprecated":
            newest, _ = _successor(model, source)
            advice = f"; the newest of its line is {newest.id}" if newest else ""
            report("warning", f"{model.id} is deprecated and {_retirement(model)}{advice}")
    return [(name, model, source.name) for name, (model, _) in zip(names, resolved)]


def _source(client: Client, offline: bool, report: _Report, log_in: _LogIn | None = None) -> _Source:
    """Return what is to answer; the catalogue never does so silently."""
    if offline:
        report("note", f"the built-in catalogue of {CATALOGUE_DATE} answers, not the API")
        age = -(_days_left(CATALOGUE_DATE) or 0)
        if age > _STALE_DAYS:
            report("warning", f"the built-in catalogue is {age} days old; update claude_model, or ask the API")
    return _Source(client, offline=offline, log_in=log_in)


def _is_unanswered(error: APIError | CredentialError) -> bool:
    """Tell whether the API could not be asked, or answered nothing that is an answer."""
    if isinstance(error, CredentialError):
        return error._missing
    # Below 300, the status is a success, and what came with it is not.
    return error.status is None or error.status < 300 or _is_transient(error.status)


def _is_transient(status: int) -> bool:
    return status in (408, 409, 429) or status >= 500


def _get_model(client: Client, model_id: str, deadline: float | None = None) -> Model:
    from urllib.parse import quote

    if model_id in (".", ".."):
        raise ValueError(f"{model_id!r} is no model ID: in a URL it leads to another address")
    try:
        sent = _send(_request(client, f"/v1/models/{quote(model_id, safe='')}"), deadline)
    except APIError as error:
        if error.status != 404:
            raise
        raise ModelNotFoundError(f"no model is called {model_id!r}", name=model_id) from None
    model = _model(sent)
    if model is None:
        raise _misshapen("a model", sent)
    return model


def _list_models(client: Client, lifecycle: tuple[str, ...], deadline: float | None = None) -> Iterator[Model]:
    """Yield the models of every page. Without a deadline, each page has the client's timeout."""
    from urllib.parse import urlencode

    query = [("limit", str(_PAGE_MODELS)), *(("lifecycle[]", stage) for stage in lifecycle)]
    cursors: list[str] = []
    count = 0
    for _ in range(_MAX_PAGES):
        after = [("after_id", cursor) for cursor in cursors[-1:]]
        page = _send(_request(client, f"/v1/models?{urlencode(query + after)}"), deadline)
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise _misshapen("a list of models", page)
        count += len(page["data"])
        if count > _MAX_MODELS:
            break
        for sent in page["data"]:
            model = _model(sent)
            if model is None:
                raise _misshapen("a model in its list", sent)
            yield model
        if page.get("has_more") is not True:
            if not count and not lifecycle:
                raise _misshapen("a model in its list", page)
            return
        cursor = page.get("last_id")
        if not isinstance(cursor, str) or cursor in cursors:
            raise _misshapen("a new last_id for the next page", cursor)
        cursors.append(cursor)
    limits = f"{_MAX_PAGES} pages or {_MAX_MODELS} models"
    raise APIError(f"the API's list has over {limits}; check the base URL", status=200)


def _misshapen(expected: str, sent: object) -> APIError:
    message = f"the API answered without {expected}: {_shown(json.dumps(sent))}"
    return APIError(f"{message}; check the base URL", status=200)


@dataclass(eq=False, repr=False)
class _Request:
    """A request, and what sending it takes."""

    url: str
    headers: Mapping[str, str]  # By lower-case name.
    secrets: Sequence[str]  # What is shown nowhere, whatever a server sends back.
    credential: str  # What to check where the server refuses it.
    client: Client  # For its timeout and its retries.
    data: bytes | None = None


def _request(client: Client, path: str) -> _Request:
    """Return the request for `path` as the client, or else the environment, says."""
    base_url = _base_url(client)
    if not _is_private(base_url):
        warnings.warn(f"{base_url} is plain http: the credential travels unencrypted", stacklevel=1)
    headers, credential = _headers(client)
    secrets = (headers.get("x-api-key", ""), *headers.get("authorization", "").split()[-1:])
    return _Request(base_url + path, headers, secrets, credential, client)


def _base_url(client: Client) -> str:
    """Return the base URL without a final `/` or `/v1`; ValueError for what is none."""
    from urllib.parse import urlsplit

    base_url = (client.base_url or os.environ.get("ANTHROPIC_BASE_URL", "")).strip() or _DEFAULT_BASE_URL
    if any(mark in base_url for mark in "@?#"):  # It may hold a password, and is not repeated.
        raise ValueError("the base URL must hold no user, password, query or fragment (no @, ? or #)")
    try:
        parts = urlsplit(base_url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not _is_ascii_token(base_url):
        raise ValueError(f"the base URL must be an http or https address, not {base_url!r}")
    path = parts.path.rstrip("/")
    path = path[: -len("/v1")].rstrip("/") if path.endswith("/v1") else path
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_private(url: str) -> bool:
    """Tell whether nobody on the way can read what is sent: by https, or on this machine."""
    return not url.startswith("http:") or re.match(_THIS_MACHINE, url, re.IGNORECASE) is not None


def _headers(client: Client) -> tuple[dict[str, str], str]:
    """Return the headers of a request, and the name of what holds the credential among them.

    Raises CredentialError where there is none, or a malformed one.
    """
    env = os.environ.get
    custom = _custom_headers(env("ANTHROPIC_CUSTOM_HEADERS", ""))
    headers = {"anthropic-version": client.version, **custom, **_OWN_HEADERS}
    if client.betas:
        headers["anthropic-beta"] = ",".join(client.betas)
    for name, header, value in (
        ("api_key", "x-api-key", client.api_key),
        ("auth_token", "authorization", client.auth_token),
        ("ANTHROPIC_API_KEY", "x-api-key", env("ANTHROPIC_API_KEY")),
        ("ANTHROPIC_AUTH_TOKEN", "authorization", env("ANTHROPIC_AUTH_TOKEN")),
    ):
        value = (value or "").strip()
        if value and name.isupper() and header in custom:
            break  # As in the official SDK, a custom header beats the variable for the same header.
        if value:
            _check_credential(name, value)
            headers[header] = f"Bearer {value}" if header == "authorization" else value
            return headers, name
    if "x-api-key" not in custom and "authorization" not in custom:
        remedy = "set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, or use --offline for the built-in catalogue"
        raise CredentialError(f"there is no credential to ask the API with; {remedy}", _missing=True)
    return headers, "ANTHROPIC_CUSTOM_HEADERS"


def _check_credential(name: str, value: str) -> None:
    # http.client would refuse it as well, in an error that holds the value.
    if not _is_ascii_token(value):
        flaw = "white space, a control character or one that is not ASCII"
        raise CredentialError(f"{name} has {flaw} inside, as after a bad paste; set it again")


def _custom_headers(lines: str) -> dict[str, str]:
    """Return the headers by lower-case name. No error shows a value: any may be a secret."""
    headers = {}
    for number, line in enumerate(lines.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"line {number} of ANTHROPIC_CUSTOM_HEADERS"
        found = re.fullmatch(_HEADER, line.strip())
        if not found:
            raise CredentialError(f"{where} is not `Name: value` in plain ASCII; mend or remove it")
        name, value = found[1].lower(), found[2]
        if not value:
            continue  # An empty header is an unset one, as an empty variable is.
        if name == "x-api-key":
            _check_credential(where, value)
        if name == "authorization":
            _check_credential(where, value.split(" ", 1)[-1].strip(" "))  # What follows the scheme.
        headers[name] = value
    return headers


@dataclass(eq=False, repr=False)
class _Response:
    """What came of a request, without the credential that a server may echo."""

    status: int | None  # None where no HTTP answer came.
    peer: str  # The host that was asked, and the proxy before it.
    text: str = ""  # A body that is not JSON or, without a status, why there is none: fit to show.
    value: Any = None  # A body that is JSON.
    headers: Mapping[str, str] = field(default_factory=dict)  # By lower-case name.
    is_final: bool = False  # Without a status: asking again is of no use.


def _send(request: _Request, deadline: float | None = None, renew: Callable[[], _Request] | None = None) -> Any:
    """Return the JSON value that answers the request, after retries where they make sense.

    `renew` makes the request of each retry, where one cannot be sent twice.

    Raises CredentialError for 401 and 403, and APIError for any other answer but 200, for one that is not
    JSON or over 8 MiB, and for none by the deadline.
    """
    if deadline is None:
        deadline = time.monotonic() + request.client.timeout
    attempt = 0
    while True:
        response = _fetch(request, deadline)
        if response.status == 200 and not response.text:
            return response.value
        wait = _seconds_to_wait(response, attempt)
        if wait is None or attempt >= request.client.max_retries or time.monotonic() + wait >= deadline:
            raise _error(response, request)
        time.sleep(wait)
        attempt += 1
        request = renew() if renew else request


def _fetch(request: _Request, deadline: float) -> _Response:
    """Send the request once and return what came of it by the deadline.

    A socket's timeout bounds a single read, and nothing bounds a name look-up. So a thread does the work,
    and is left behind when it is late.
    """
    import threading
    from urllib.request import Request

    message = Request(request.url, request.data, dict(request.headers))
    outcome: list[_Response | BaseException] = []

    def work() -> None:
        try:
            outcome.append(_exchange(message, request, deadline))
        except BaseException as error:  # A bug: let it surface where the caller is.
            outcome.append(error)

    thread = threading.Thread(target=work, name="claude_model", daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if not outcome:
        return _failure(TimeoutError(), message, request)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _exchange(message: urllib.request.Request, request: _Request, deadline: float) -> _Response:
    """Send the message and read its answer: all the I/O with servers that this module does."""
    from http.client import HTTPException, IncompleteRead
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

    # No other handler: a redirect comes back as an answer, so nothing is ever sent to a second address.
    opener = OpenerDirector()
    opener.add_handler(ProxyHandler())
    opener.add_handler(HTTPHandler())
    try:
        if message.type == "https":
            import ssl

            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python 3.9 would speak TLS 1.0 as well.
            opener.add_handler(HTTPSHandler(context=context))
        with opener.open(message, timeout=max(0.001, deadline - time.monotonic())) as answer:
            body = bytearray()
            while len(body) <= _MAX_BODY_BYTES and (piece := answer.read1(_READ_BYTES)):
                body += piece
                if time.monotonic() >= deadline:
                    raise TimeoutError  # So that a thread that was left behind ends with the next piece.
            if not piece and answer.length:
                raise IncompleteRead(b"", answer.length)
    except (OSError, HTTPException, ValueError) as error:
        return _failure(error, message, request)
    sent, text = _decoded(bytes(body), request.secrets)
    headers = {name.lower(): _redacted(value, request.secrets) for name, value in answer.headers.items()}
    return _Response(answer.status, _peer(message, request), text, sent, headers)


def _decoded(body: bytes, secrets: Sequence[str]) -> tuple[Any, str]:
    """Return the JSON value of a body and "", or else None and what to show of it; no secret is in either."""
    if len(body) > _MAX_BODY_BYTES:
        return None, f"over {_MAX_BODY_BYTES} bytes"
    if sum(map(body.count, (b"[", b"{", b","))) > _MAX_VALUES:  # Each value but the first stands behind one of these.
        return None, f"over {_MAX_VALUES} values"
    try:
        # Written again, it has no escapes for a secret to hide in, and no NaN, which JSON does not know.
        value = json.loads(body.decode("utf-8"), parse_int=_integer)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return json.loads(_redacted(text, [json.dumps(secret)[1:-1] for secret in secrets])), ""
    except (ValueError, RecursionError):
        return None, _shown(_redacted(body.decode("utf-8", "replace"), secrets)) or "an empty body"


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError("an integer of too many digits")
    return int(digits)


def _redacted(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "[credential]") if len(secret) >= _MIN_SECRET else text
    return text


def _shown(text: str) -> str:
    """Return the beginning of a server's text as one line without control characters."""
    line = _one_line(text[: 4 * _MAX_SHOWN])  # Enough: folding white space shortens it.
    return line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 3] + "..."


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _peer(message: urllib.request.Request, request: _Request) -> str:
    host = request.url.split("/")[2]
    # urllib puts the address of a proxy, less its password, in the place of the host.
    return host if message.host == host else f"{host} through the proxy {message.host}"


def _failure(error: Exception, message: urllib.request.Request, request: _Request) -> _Response:
    """Return the response that stands for an exception of the exchange."""
    import socket
    from http.client import HTTPException, InvalidURL
    from urllib.error import URLError

    peer, is_final = _peer(message, request), True
    cause = error.reason if isinstance(error, URLError) else error
    flaw = getattr(cause, "verify_message", None)
    if flaw:
        remedy = "if it is right, name the file of its authority in SSL_CERT_FILE"
        text = f"the certificate of {peer} is refused ({_shown(flaw)}); {remedy}"
    elif isinstance(cause, (TimeoutError, socket.timeout)) and cause.errno is None:
        text = f"{peer} gave no full answer within {request.client.timeout:g} s; try again, or allow more"
    elif isinstance(cause, OSError):
        reason = _shown(_redacted(cause.strerror or str(cause), request.secrets))
        text = f"could not reach {peer} ({reason}); check the network, the base URL and the proxy settings"
        is_final = False
    elif isinstance(cause, HTTPException) and not isinstance(cause, InvalidURL):
        text = f"the answer of {peer} is no whole HTTP ({type(cause).__name__}); check the base URL"
        is_final = False
    else:  # A malformed address. Its text is not shown: it may hold the password of a proxy.
        text = "could not reach the API: the base URL or a proxy setting is no valid address"
    return _Response(None, peer, text, is_final=is_final)


def _seconds_to_wait(response: _Response, attempt: int) -> float | None:
    """Return the seconds to wait before asking again, None for not again, as the official SDK does it."""
    if response.status is None:
        is_worth_it = not response.is_final
    else:
        told = response.headers.get("x-should-retry")
        is_worth_it = told == "true" or (told != "false" and _is_transient(response.status))
    if not is_worth_it:
        return None
    for name, seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", response.headers.get(name, "")):
            return float(response.headers[name]) * seconds
    wait = _seconds_until(response.headers.get("retry-after", ""))
    if wait >= 0:
        return wait
    from random import random

    return _FIRST_WAIT_SECONDS * 2.0 ** min(attempt, _MAX_DOUBLINGS) * (1 - 0.25 * random())


def _seconds_until(http_date: str) -> float:
    """Return the seconds from now to an HTTP date, negative where it is past or is none."""
    from email.utils import parsedate_to_datetime

    try:
        return (parsedate_to_datetime(http_date) - datetime.now(timezone.utc)).total_seconds()
    except (TypeError, ValueError, IndexError, OverflowError):
        return -1.0


def _error(response: _Response, request: _Request) -> ClaudeModelError:
    """Return the error that a response of no use stands for."""
    status, value = response.status, response.value
    if status is None:
        return APIError(response.text)
    sent = value if isinstance(value, dict) else {}
    error = sent["error"] if isinstance(sent.get("error"), dict) else {}
    facts = (error.get("type"), error.get("message"), response.headers.get("request-id", sent.get("request_id")))
    type, message, request_id = (_shown(fact) if isinstance(fact, str) else None for fact in facts)
    message = message or response.text or _shown(json.dumps(value))
    said = f"{response.peer} answered {status}{f' {type}' if type else ''}: {message}"
    said += f" (request {request_id})" if request_id else ""
    if status in (401, 403):
        return CredentialError(f"{said}; check {request.credential}")
    if status == 200:
        said += "; that cannot be read as JSON, so check the base URL"
    elif 300 <= status < 400:
        target = re.match("(?:https?:)?//(?:[^/?#]*@)?([^/?#@]+)", response.headers.get("location", ""), re.IGNORECASE)
        host = _shown(target[1]) if target else "no other host"
        said += f"; it redirects to {host}, and redirects are not followed; check the base URL"
    elif status == 404:
        said += "; check the base URL"
    elif status == 407:
        said += "; the proxy setting needs a user and a password"
    elif _is_transient(status):
        said += "; try again later"
    return APIError(said, status=status, type=type, request_id=request_id)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0 is an answer, 1 asks for another model, 2 for a better call, credential or output, 3 for a later try;
    130 is Ctrl-C.
    """
    try:
        with _warnings_to(_say):
            lines = _run(sys.argv[1:] if argv is None else argv)
        _write(lines)
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # That is a reader who has read enough.
            _say("error", f"the answer cannot be written: {error.strerror or error}")
        if sys.stdout is not None:  # Keep the interpreter from trying again as it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0 if isinstance(error, BrokenPipeError) else 2
    except (ClaudeModelError, ValueError) as error:
        _say("error", str(error))
        if isinstance(error, (ModelNotFoundError, ModelRetiredError)):
            return 1
        return 3 if isinstance(error, APIError) else 2


_HELP = """\
usage: python -m claude_model [OPTION ...] NAME [NAME ...]
       python -m claude_model [OPTION ...] --list

Print the model ID that each NAME means, as the Models API knows it. A NAME is a line (sonnet), a version
(opus-4.8), an ID or an alias.

  --list             print a table of the models in use
  --json             print each model as the API sent it, one JSON object a line
  --offline          answer from the built-in catalogue, without the API
  --fallback ID      print this ID, unverified, where the API cannot be asked
  --upgrade          print the newest of its line for a model that is refused
  --min-days-left N  refuse a model that retires in fewer than N days
  --timeout S        seconds for the whole run (default: 30)
  --version          print the version
  --help, -h         print this help

The credential is in ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN. Exit codes: 0 answered, 1 choose another
model, 2 mend the call or the credential, 3 try later."""
_OPTIONS = ("list", "json", "offline", "fallback=", "upgrade", "min-days-left=", "timeout=", "version", "help")


def _run(argv: Sequence[str]) -> list[str]:
    """Return the lines that the command line prints for its arguments."""
    import getopt  # argparse would take a tenth of the time of a whole run.

    try:
        given, names = getopt.gnu_getopt(list(argv), "h", _OPTIONS)
    except getopt.GetoptError as error:
        raise ValueError(f"{error}; see --help") from None
    options = dict(given)
    if "--help" in options or "-h" in options:
        return [_HELP]
    if "--version" in options:
        return [f"claude_model {__version__}"]
    if not names and "--list" not in options:
        raise ValueError("name one model or more, or use --list; see --help")
    if "--list" in options and (names or not options.keys() <= {"--list", "--json", "--offline", "--timeout"}):
        raise ValueError("--list takes no name, and goes with --json, --offline and --timeout alone; see --help")
    client = Client(timeout=_number("--timeout", options.get("--timeout", "30"), float))
    offline, days = "--offline" in options, options.get("--min-days-left")
    if "--list" in options:
        models = _source(client, offline, _say).models()
    else:
        answers = _answer(
            names,
            client,
            _say,
            offline=offline,
            fallback=options.get("--fallback"),
            upgrade="--upgrade" in options,
            min_days_left=None if days is None else _number("--min-days-left", days, int),
        )
        models = [model for _, model, _ in answers]
    if "--json" in options:
        return [json.dumps(model.raw) for model in models]
    return _table(models) if "--list" in options else [model.id for model in models]


def _number(what: str, text: str, kind: Callable[[str], float]) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{what} must be a number, not {text!r}") from None


@contextmanager
def _warnings_to(report: _Report) -> Iterator[None]:
    """Send this module's warnings to `report`, whatever else the interpreter was told to do with them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = lambda message, *_: report("warning", str(message))
        yield


def _table(models: Sequence[Model]) -> list[str]:
    """Return the lines of an aligned table; `-` is unknown."""
    rows: list[Sequence[object]] = [
        ("ID", "name", "line", "lifecycle", "released", "retires", "tokens in", "tokens out")
    ]
    for model in models:
        released, retires = _day(model.created_at), _day(model.retires_at)
        limits = (model.max_input_tokens, model.max_tokens)
        rows.append((model.id, model.display_name, model.line, model.lifecycle, released, retires, *limits))
    cells = [["-" if cell is None else _shown(str(cell)) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]


def _say(level: str, text: str) -> None:
    if sys.stderr is not None:  # None is a closed one, and would print to stdout.
        with suppress(OSError):
            print(f"{level}: {_one_line(text)}", file=sys.stderr)


def _write(lines: Iterable[str]) -> None:
    """Print the lines; OSError where they do not all get out."""
    if sys.stdout is None:
        raise OSError("standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        print(line.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


if __name__ == "__main__":
    # Leave at once: all is written, a late thread may still wait for its server, and to take the interpreter
    # down in good order is a sixth of the time of a run.
    os._exit(main())
