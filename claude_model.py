#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
# A copy of this file needs these lines, not the LICENSE file.
"""Find the current ID of a Claude model by family, version, alias or ID, using the Models API.

    >>> import claude_model
    >>> claude_model.resolve("sonnet").id
    'claude-sonnet-5-5'

    $ python -m claude_model sonnet
    claude-sonnet-5-5

One file, Python 3.9 or newer, standard library only: copy it into your repository as it is.
Upstream, with tests and a GitHub Action: https://github.com/OWNER/claude-model

For a review: what a name means is in `_read` and `_ModelList`, what is refused or warned of in
`_Resolver`. The credential is chosen in `_find_headers`, goes where `_exchange` sends it, the one
function that does I/O with servers, and is cut out of texts in `_clean`. What a status means is in
`_Server.error`, what is retried in `_Server._try`, and the exit codes are in `main`.
"""

from __future__ import annotations

if __name__ == "__main__":  # Before the imports, which cause half of the garbage collections.
    import atexit
    import gc

    gc.disable()  # They take a tenth of a run, and all memory is freed when it ends.
    atexit.register(getattr(gc, "freeze", int))

import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from functools import cached_property, lru_cache, partial
from io import TextIOWrapper
from typing import Any, NamedTuple, NoReturn, Optional, TextIO, Union

__all__ = [
    "CATALOGUE",
    "CATALOGUE_DATE",
    "APIError",
    "ClaudeModelError",
    "Client",
    "CredentialError",
    "MissingCredentialError",
    "Model",
    "ModelNotFoundError",
    "ModelRetiredError",
    "UnavailableError",
    "match",
    "resolve",
]
__version__ = "1.3.0"

_MAX_LENGTH = 200  # Characters of a name, an ID or another text field: matching stays fast.
_MAX_SECONDS = 86_400  # Of a time limit, a day: sockets and threads overflow far above it.
_MAX_BODY_BYTES = 4 * 2**20  # Of a response, and of all pages of a list together.
_MAX_MODELS = 5_000  # Of a list: to read and search it takes a second or two.
_MAX_PAGES = 100  # Of a list: a server may never end one.
_MAX_SHOWN = 300  # Characters of a server's text in one message.
_MAX_FAMILIES = 100  # Of a list, that are looked for in each name.
_MIN_SECRET_LENGTH = 16  # Characters. A shorter credential is a dummy, and part of many words.
_STALE_DAYS = 90  # An older catalogue has probably missed a release.
_CUSTOM_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"
_TRANSIENT = {408, 409, 429, *range(500, 600)} - {501}  # HTTP statuses that a retry may change.


class ClaudeModelError(Exception):
    """The base of this module's errors. A bad argument or setting is a ValueError instead.

    `reason` is the message without the advice on what to do.
    """

    def __init__(self, reason: str, advice: str = "", **attributes: object) -> None:
        super().__init__(f"{reason}; {advice}" if advice else reason)
        self.reason = reason
        vars(self).update(attributes)


class ModelNotFoundError(ClaudeModelError, LookupError):
    """No model, or more than one, matches `name`; `suggestions` are up to three names that do."""

    name: str = ""
    suggestions: tuple[str, ...] = ()


class ModelRetiredError(ClaudeModelError):
    """`model` is retired, or retires too soon; `successor` is its replacement, None without one."""

    model: Optional[Model] = None
    successor: Optional[Model] = None


class CredentialError(ClaudeModelError):
    """The API key or token is missing, malformed, or refused by the server (401 or 403)."""


class MissingCredentialError(CredentialError):
    """No API key or token is set."""


class APIError(ClaudeModelError):
    """The API could not be reached, or its response is an error or not usable.

    `status` is the HTTP status, None without a response; `type` and `request_id` are the API's.
    """

    status: Optional[int] = None
    type: Optional[str] = None
    request_id: Optional[str] = None


class UnavailableError(APIError):
    """No response came, one that cannot be used, or one with the status 407, 408, 409, 429 or 5xx."""


@dataclass(frozen=True)
class Model:
    """A model, with the field names of the Models API; None means that the server sent no value.

    Timestamps are RFC 3339 strings, limits are in tokens, `line` is the family, and `raw` is the
    object as it was sent.
    """

    id: str
    display_name: str = ""
    created_at: Optional[str] = None
    type: str = "model"
    line: Optional[str] = None
    lifecycle: Optional[str] = None
    deprecated_at: Optional[str] = None
    retires_at: Optional[str] = None
    max_input_tokens: Optional[int] = None
    max_tokens: Optional[int] = None
    capabilities: Optional[dict[str, Any]] = field(default=None, hash=False, repr=False)
    raw: dict[str, Any] = field(default_factory=dict, hash=False, repr=False)


_TEXTS = ("id", "display_name", "created_at", "line", "lifecycle", "deprecated_at", "retires_at")
_COLUMNS = {**dict.fromkeys(_TEXTS, str), "max_input_tokens": int, "max_tokens": int}
_FIELDS: dict[str, type] = {**_COLUMNS, "type": str, "capabilities": dict}


def _parse_model(sent: object) -> Optional[Model]:
    """Return the model in a JSON value, None without a valid ID. A malformed field is left out."""
    if not isinstance(sent, dict) or not _is_id(sent.get("id")):
        return None

    fields = {"display_name": sent["id"]}
    for name, expected in _FIELDS.items():
        value = sent.get(name)
        # Not isinstance: in Python, true and false are integers too.
        if type(value) is expected and (expected is not str or _is_text(value)):
            fields[name] = value
    return Model(**fields, raw=sent)


def _is_id(value: object) -> bool:
    """Return whether a value is a valid model ID: one word, which cannot be taken for an option."""
    pattern = r"[A-Za-z0-9][A-Za-z0-9._:/@+\[\]-]{0,199}"
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_text(value: object) -> bool:
    """Return whether a value is text that is safe to print and short enough to search."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_LENGTH and value.isprintable()


# The models known on this date, newest release first. None means unknown, never a guess.
CATALOGUE_DATE = "2026-11-27"
# fmt: off
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
    ("claude-opus-4-5-20251101", "Claude Opus 4.5", "2025-11-24T00:00:00Z", "opus", "deprecated", "2026-11-23T00:00:00Z", "2027-01-22T00:00:00Z", 200_000, 64_000),
    ("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "2025-10-15T00:00:00Z", "haiku", "active", None, None, 200_000, 64_000),
    ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "2025-09-29T00:00:00Z", "sonnet", "deprecated", "2026-09-30T00:00:00Z", "2026-11-30T00:00:00Z", 1_000_000, 64_000),
    ("claude-opus-4-1-20250805", "Claude Opus 4.1", "2025-08-05T00:00:00Z", "opus", "retired", "2026-06-05T00:00:00Z", "2026-08-05T00:00:00Z", 200_000, 32_000),
    ("claude-opus-4-20250514", "Claude Opus 4", "2025-05-22T00:00:00Z", "opus", "retired", "2026-04-14T00:00:00Z", "2026-06-15T00:00:00Z", 200_000, 32_000),
    ("claude-sonnet-4-20250514", "Claude Sonnet 4", "2025-05-22T00:00:00Z", "sonnet", "retired", "2026-04-14T00:00:00Z", "2026-06-15T00:00:00Z", 1_000_000, 64_000),
    ("claude-3-7-sonnet-20250219", "Claude Sonnet 3.7", "2025-02-24T00:00:00Z", "sonnet", "retired", "2025-10-28T00:00:00Z", "2026-02-19T00:00:00Z", None, None),
    ("claude-3-5-haiku-20241022", "Claude Haiku 3.5", "2024-10-22T00:00:00Z", "haiku", "retired", "2025-12-19T00:00:00Z", "2026-02-19T00:00:00Z", None, None),
    ("claude-3-5-sonnet-20241022", None, None, "sonnet", "retired", "2025-08-13T00:00:00Z", "2025-10-28T00:00:00Z", None, None),
    ("claude-3-5-sonnet-20240620", None, None, "sonnet", "retired", "2025-08-13T00:00:00Z", "2025-10-28T00:00:00Z", None, None),
    ("claude-3-haiku-20240307", "Claude Haiku 3", "2024-03-07T00:00:00Z", "haiku", "retired", "2026-02-19T00:00:00Z", "2026-04-20T00:00:00Z", None, None),
    ("claude-3-opus-20240229", "Claude Opus 3", "2024-02-29T00:00:00Z", "opus", "retired", "2025-06-30T00:00:00Z", "2026-01-05T00:00:00Z", None, None),
    ("claude-3-sonnet-20240229", None, None, "sonnet", "retired", "2025-01-21T00:00:00Z", "2025-07-21T00:00:00Z", None, None),
)
# fmt: on
CATALOGUE = tuple(filter(None, (_parse_model(dict(zip(_COLUMNS, row))) for row in _ROWS)))


def match(name: str, models: Iterable[Model]) -> Model:
    """Return the one of `models` that a name means, without I/O.

    That is the model with this ID; else one with the family, version, variant and date of the name;
    else, for a family alone, its newest active model, or deprecated one, or retired one. Raise
    ModelNotFoundError if no model, or more than one, matches, and ValueError for an invalid name.
    """
    name = _check_name(name)
    listed = _ModelList(models)
    found = listed.find(name)
    if found is None:
        raise listed.not_found(name)
    return found.model


def resolve(
    name: str, *, upgrade: bool = False, min_days_left: Optional[int] = None, offline: bool = False
) -> Model:
    """Return the model that a name means, as `Client().resolve` does, with the same errors.

    With `offline`, the built-in catalogue answers: no network, no key, a UserWarning after 90 days.
    """
    if not offline:
        return Client().resolve(name, upgrade=upgrade, min_days_left=min_days_left)
    return _Resolver(lambda: _Catalogue(_warn), _warn, upgrade, min_days_left).resolve(name)


@dataclass(frozen=True)
class Client:
    """How to ask the Models API.

    The credential is the first that is set of `api_key` (sent as `x-api-key`), `auth_token` (sent
    as `Authorization: Bearer`), such a header of ANTHROPIC_CUSTOM_HEADERS, ANTHROPIC_API_KEY and
    ANTHROPIC_AUTH_TOKEN; `base_url` defaults to ANTHROPIC_BASE_URL. They are read once per call.
    `timeout` is that of a method call, in seconds, with up to `max_retries` retries of a request;
    one operation, such as connecting, may take `timeout / (max_retries + 1)`.

    Every method raises CredentialError, APIError, and ValueError for a bad argument or setting,
    and warns (UserWarning) of a credential that is sent over plain http.
    """

    api_key: Optional[str] = field(default=None, repr=False)
    auth_token: Optional[str] = field(default=None, repr=False)
    base_url: Optional[str] = None
    version: str = "2023-06-01"
    betas: Sequence[str] = ()
    timeout: float = 30.0
    max_retries: int = 2

    def __post_init__(self) -> None:
        if type(self.timeout) not in (int, float) or not 0 < self.timeout <= _MAX_SECONDS:
            expected = f"above 0 and up to {_MAX_SECONDS}"
            raise ValueError(f"timeout must be {expected}, not {self.timeout!r}")
        _check_count("max_retries", self.max_retries)
        if self.base_url:
            _find_base_url(self.base_url)  # Raise here, before a repr shows a password in it.

    def get_model(self, model_id: str) -> Model:
        """Return the model with an ID or alias, from `GET /v1/models/{model_id}`.

        Raise ModelNotFoundError if the API answers 404, and the errors of the class.
        """
        return self._api().get(_check_name(model_id))

    def list_models(self, lifecycle: Iterable[str] = ()) -> list[Model]:
        """Return all models of `GET /v1/models`, in the API's order; by default, those in use.

        `lifecycle` may hold "active", "deprecated" and "retired". Raise the errors of the class.
        """
        return self._api().list_models(tuple(lifecycle))

    def resolve(
        self, name: str, *, upgrade: bool = False, min_days_left: Optional[int] = None
    ) -> Model:
        """Return the model that a name means: an ID or alias, a family with a version, or a family.

        A model that is retired, or retires in fewer than `min_days_left` days from today (UTC), is
        refused; with `upgrade`, the newest model of its family that is not refused replaces it.
        UserWarnings tell of that, of a deprecated model, and of what could not be checked. Raise
        ModelNotFoundError if no model, or more than one, matches, ModelRetiredError for a refused
        model without `upgrade` or without a replacement, and the errors of the class.
        """
        return _Resolver(self._api, _warn, upgrade, min_days_left).resolve(name)

    def _api(self) -> _API:
        return _API(self, _warn, _Deadline(self.timeout))


def _warn(level: str, message: str) -> None:
    """Report to the caller of the library: a warning at the line that calls it, and no notes."""
    depth = 1
    while sys._getframe(depth).f_globals.get("__name__") in (__name__, "functools"):
        depth += 1
    if level == "warning":
        warnings.warn(message, stacklevel=depth + 1)


def _check_count(name: str, value: object) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} must be a whole number, 0 or more, not {value!r}")


def _check_name(name: object) -> str:
    """Return a name without surrounding whitespace; raise ValueError if no model can have it."""
    text = name.strip() if isinstance(name, str) else ""
    is_clean = all(" " <= c < "\x7f" or "\x9f" < c < "\ud800" or c > "\udfff" for c in text)
    if not is_clean or not 0 < len(text) <= _MAX_LENGTH:
        expected = f"1 to {_MAX_LENGTH} characters, none of them a control character"
        raise ValueError(f"a model name must have {expected}, not {_clean(repr(name))}")
    return text


class _Reading(NamedTuple):
    """What the words of a name, a display name or an ID mean.

    | text                                      | family | version | variant    | date     |
    |-------------------------------------------|--------|---------|------------|----------|
    | opus, latest opus                         | opus   |         |            |          |
    | Opus 4.8, claude-opus-4-8, 4.8 opus       | opus   | 4, 8    |            |          |
    | claude-v4-5-sonnet, sonnet v4.5           | sonnet | 4, 5    |            |          |
    | claude-3-7-sonnet-20250219                | sonnet | 3, 7    |            | 20250219 |
    | bedrock/us.anthropic.claude-opus-4-6-v1:0 | opus   | 4, 6    |            |          |
    | Claude Opus 4.6 (1M context)              | opus   | 4, 6    | 1m context |          |
    """

    family: str
    version: tuple[int, ...]
    variant: tuple[str, ...]
    date: str
    is_claude: bool  # The text begins with "claude", after the provider.


# Only ASCII digits are digits; any other character that Python counts as a number is a letter here.
# "opus4" is two words, but "1m" is one. "v4" is a version or a revision, as is Bedrock's "v1:0".
_WORD = r"v[0-9]+(?::[0-9]+)?(?![^\W_])|[0-9]*[^\W0-9_]+|[0-9]+"
_REVISION = re.compile(r"v[0-9]+(:[0-9]+)?")
# Words around a family, which "|" stands for: a version is before it or, without one, after it.
_VERSION = r"v?([0-9]{1,2})(?: ([0-9]{1,2}))?"
_AROUND_FAMILY = rf"(?<!\S){_VERSION} \||\|(?: {_VERSION}(?!\S))?"


def _read(text: str, lines: Iterable[str] = (), *, is_typed: bool = False) -> _Reading:
    """Read a name, a display name or an ID. Nothing else looks at their words.

    The family is the first of `lines`, else the first word of letters. One or two numbers of one or
    two digits before it, else after it, are the version, eight digits are the date. A "v1" after
    either is a revision and means nothing, as "claude" does. All other words are the variant.
    """
    text = text.lower()
    if _is_id(text):  # Without the provider, as in `bedrock/us.anthropic.claude-opus-4-6-v1`.
        text = text.rpartition("/")[2].rpartition("anthropic.")[2]
    ignored = ("anthropic", "latest") if is_typed else ("anthropic",)
    words = [word for word in re.findall(_WORD, text) if word not in ignored]
    is_claude = words[:1] == ["claude"]

    # In "Pool 9: Claude Opus 4.5", two spaces keep the 9 from the family. "5 Claude Opus" is Opus 5.
    text = re.sub("(?<=[0-9]) claude(?= .*[0-9])", " ", f" {' '.join(words)} ")
    text = re.sub(" claude(?= )", "", text)
    line = next((line for line in lines if f" {line} " in text), "")
    family = line or next((word for word in text.split() if word.isalpha()), "")
    if family:
        text = text.replace(f" {family} ", " | ", 1)
    found = re.search(_AROUND_FAMILY, text)
    version = tuple(int(number) for number in found.groups() if number) if found else ()
    if version[1:] == (0,):  # 4.0 is 4.
        version = version[:1]

    before, after = (text[: found.start()], text[found.end() :]) if found else (text, "")
    variant: list[str] = []
    date = ""
    for part, is_after_version in ((before, False), (after, bool(version))):
        for word in part.split():
            if not date and len(word) == 8 and re.fullmatch("[0-9]+", word):
                date = word
            elif not (is_after_version or date) or not _REVISION.fullmatch(word):
                variant.append(word)
    return _Reading(family, version, tuple(sorted(variant)), date, is_claude)


class _Listed:
    """A model of a list: its readings, and what they say of it."""

    def __init__(self, model: Model, lines: Mapping[str, str]) -> None:
        self.model = model
        self.rank: tuple[Any, ...] = ()  # Set by the list: the best model has the highest.
        self.of_id = _read(model.id, lines.values())
        self.readings = [self.of_id]
        if model.display_name not in ("", model.id):
            self.readings.insert(0, _read(model.display_name, lines.values()))

        # Without lines, a local model that is only named after a Claude model has no family.
        families = [reading.family for reading in reversed(self.readings) if reading.is_claude]
        self.family = next(filter(None, families), "")
        if lines:
            self.family = lines.get(model.line or "", "")

        # A display name such as "GPT 5.6 Sol" says nothing of the model's own family.
        own = [reading for reading in self.readings if reading.family == self.family]
        self.version = next((reading.version for reading in own if reading.version), ())
        self.variant = own[-1].variant if own else self.of_id.variant

    def is_meant_by(self, asked: _Reading) -> bool:
        """Return whether a reading is what was asked for; a name without a date means any."""
        return any(r[:3] == asked[:3] and asked.date in ("", r.date) for r in self.readings)

    @cached_property
    def known(self) -> Model:
        """The model or, if its server says nothing of retirement, the catalogue's row for it."""
        if not self.model.lifecycle and not _day(self.model.retires_at):
            for reading, row in _rows_on(_today(), CATALOGUE).items():
                is_same = reading[:2] == (self.family, self.version)
                if is_same and (not self.of_id.date or reading.date in ("", self.of_id.date)):
                    return row
        return self.model

    @property
    def is_active(self) -> bool:
        return self.known.lifecycle in ("active", None)

    @property
    def days_left(self) -> Optional[int]:
        """The days from today (UTC) to retirement, negative if it is past, None if unknown."""
        day = _day(self.known.retires_at)
        return (day - _today()).days if day else None

    @property
    def retirement(self) -> str:
        """When the model retires, as messages say it: "retires on 2027-01-22, in 56 days"."""
        day = _day(self.known.retires_at) or "an unknown date"
        source = f" according to the built-in catalogue of {CATALOGUE_DATE}"
        if self.known.lifecycle == "retired":
            when = f"retired on {day}"
        elif self.days_left is None:
            when = f"retires on {day}"
        elif self.days_left < 0:
            when = f"was due to retire on {day}"
        else:
            when = f"retires on {day}, in {self.days_left} day{'s' * (self.days_left != 1)}"
        return when if self.known is self.model else f"{when}{source}"


class _ModelList:
    """Models, the best first, and the rules of which one a name means (`match`).

    A family is the `line` field or, where no model has one (an older server, a gateway), is read
    from names that begin with "claude". Active models come before deprecated and retired ones, and
    then the newest first. That is the order of a list that has lines and proves that it is sorted,
    as the API's is. Elsewhere, it is that of the versions: gateways send wrong dates.
    """

    def __init__(self, models: Iterable[Model]) -> None:
        unique: dict[str, Model] = {}
        for model in models:
            unique.setdefault(model.id, model)
        self.models = list(unique.values())
        lines = {m.line: " ".join(re.findall(_WORD, m.line.lower())) for m in self.models if m.line}
        longest_first = sorted(lines.items(), key=lambda item: len(item[1]), reverse=True)
        self._lines = dict(longest_first[:_MAX_FAMILIES])  # The words of each `line`.
        self._listed = [_Listed(model, self._lines) for model in self.models]

        days = [day for day in (_day(model.created_at) for model in self.models) if day]
        is_sorted = self._lines and len({*days}) > 1 and days == sorted(days, reverse=True)
        stages = {None: 3, "active": 3, "deprecated": 2, "retired": 0}
        known = _rows_on(_today(), CATALOGUE)
        for place, m in enumerate(self._listed):
            recency = (m.version, not m.variant, m.of_id in known, m.of_id.date)
            m.rank = (stages.get(m.model.lifecycle, 1), (-place,) if is_sorted else recency)
        self._listed.sort(key=lambda m: m.rank, reverse=True)

    def find(self, name: str) -> Optional[_Listed]:
        """Return the model that a name means, None for none; raise ModelNotFoundError for several."""
        exact = next((m for m in self._listed if m.model.id == name), None)
        if exact:
            return exact
        for other, parts in _OTHER_NAMES.items():
            if any(part in f"<{name.lower()}>" for part in parts):
                raise self.not_found(name, f"{name!r} is {other}, not a model of the Models API")

        asked = _read(name, self._lines.values(), is_typed=True)
        found = self.plain(asked.family)
        if asked.version or asked.variant or asked.date:
            found = [m for m in self._listed if m.is_meant_by(asked)]
        best = _best(found)
        if len(best) > 1:
            ids = tuple(m.model.id for m in best)
            reason, advice = f"{name!r} is ambiguous", f"use {_clean(' or '.join(ids))}"
            raise ModelNotFoundError(reason, advice, name=name, suggestions=ids[:3])
        return best[0] if best else None

    def plain(self, family: str) -> list[_Listed]:
        """Return what a family word means: a variant is only meant by its own name."""
        return [m for m in self._listed if m.family == family and family and not m.variant]

    def others(self, model: Model, *, only_newer: bool) -> list[_Listed]:
        """Return the other plain models of a model's family, or only the newer ones."""
        recency = next((m.rank[1] for m in self._listed if m.model.id == model.id), ())
        family = self.plain(_Listed(model, self._lines).family)
        newer = [m for m in family if m.rank[1] > recency] if only_newer else family
        return [m for m in newer if m.model.id != model.id]

    def not_found(self, name: str, reason: str = "") -> ModelNotFoundError:
        """Return the error for a name that nothing matches, with up to three suggestions.

        They are an active model of the version that was written, the family that is spelled most
        alike, and its newest models, none of them retired; of a family of variants, those.
        """
        from difflib import get_close_matches  # Here, because most runs need no suggestion.

        asked = _read(name, self._lines.values(), is_typed=True)
        families = sorted({m.family for m in self._listed if m.family})
        # At 0.6, the default, the word "inputs" of an expression is taken for opus.
        alike = get_close_matches(asked.family[:40], families[:_MAX_FAMILIES], 1, cutoff=0.7)
        listed = [m for m in self._listed if m.family in alike and m.model.lifecycle != "retired"]
        plain = [m for m in listed if not m.variant]
        usable = [m for m in plain if m.known.lifecycle != "retired"]
        names = [m.model.id for m in usable if asked.version == m.version != () and m.is_active]
        names += [*alike, *(m.model.id for m in usable)] if plain else [m.model.id for m in listed]
        suggestions = tuple(dict.fromkeys(names))[:3]

        advice = "the list has no family of Claude models"
        if suggestions:
            also = f" (also: {', '.join(suggestions[1:])})" if suggestions[1:] else ""
            advice = f"did you mean {suggestions[0]!r}?{also}"
        elif families:
            advice = f"the families are {_clean(', '.join(families))}"
        reason = reason or f"unknown model {name!r}"
        return ModelNotFoundError(reason, advice, name=name, suggestions=suggestions)


def _best(listed: list[_Listed]) -> list[_Listed]:
    """Return the first of a sorted list, and those that have the same rank."""
    return [m for m in listed if m.rank == listed[0].rank]


# What else a name may be, by a part of it; < and > are its ends.
_OTHER_NAMES = {
    "an unexpanded variable or expression": ("$",),
    "a pattern": ("*", "?"),
    "a setting of Claude Code": ("<default>", "<best>", "<inherit>", "<opusplan>"),
    "a name with [1m], a suffix that Claude Code takes after the ID": ("[1m]>",),
    "an ID of Amazon Bedrock": ("<arn:", "anthropic.claude-"),
    "an ID of Vertex AI": ("@20",),
}


def _today() -> date:
    return datetime.now(timezone.utc).date()


def _day(timestamp: Optional[str]) -> Optional[date]:
    """Return the day of a timestamp as it is written; None if unreadable or an epoch value."""
    found = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=T|$)", timestamp or "")
    try:
        day = date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
    return day if day and day.year > 1970 else None


@lru_cache(maxsize=1)
def _rows_on(today: date, catalogue: tuple[Model, ...]) -> dict[_Reading, Model]:
    """Return the catalogue by the readings of IDs; a row is retired from the day after its date."""
    past = {row.id for row in catalogue if (_day(row.retires_at) or today) < today}
    return {_read(m.id): replace(m, lifecycle="retired") if m.id in past else m for m in catalogue}


# Take what is to be told besides the result: a level, "warning" or "note", and a message.
_Report = Callable[[str, str], None]


@dataclass(eq=False, repr=False)
class _Resolver:  # Used by entrypoint.py.
    """Resolve names with one source of models, which is made when it is needed."""

    make_source: Callable[[], _Source]
    report: _Report
    upgrade: bool
    min_days_left: Optional[int]

    @cached_property
    def source(self) -> _Source:
        return self.make_source()

    def resolve_all(
        self, names: Iterable[str], fallback: Optional[str]
    ) -> tuple[list[tuple[str, Model, str]], list[ClaudeModelError]]:
        """Return each name with its model and where that is from, and the errors of other names.

        Raise what ends the whole call: ValueError, CredentialError and APIError.
        """
        names = [_check_name(name) for name in names]
        if fallback is not None:
            is_family = fallback.lower() in {row.line for row in CATALOGUE}
            if is_family or not _is_id(fallback) or len(names) > 1:
                raise ValueError(f"fallback must be a model ID for one name only, not {fallback!r}")

        answers = []
        errors: list[ClaudeModelError] = []
        try:
            for name in names:
                try:
                    answers.append((name, self.resolve(name), self.source.name))
                except (ModelNotFoundError, ModelRetiredError) as error:
                    errors.append(error)
        except (UnavailableError, MissingCredentialError) as error:
            if fallback is None:
                raise
            self.report("warning", f"{error.reason}: using the fallback {fallback}, unchecked")
            answers = [(names[0], Model(fallback, fallback, raw={"id": fallback}), "fallback")]
        return answers, errors

    def resolve(self, name: str) -> Model:
        """Return the model that a name means or, with `upgrade`, its replacement if refused."""
        name = _check_name(name)
        if self.min_days_left is not None:
            _check_count("min_days_left", self.min_days_left)

        found = self._find(name)
        model_id = found.model.id
        subject = model_id if name == model_id else f"{name!r} is {model_id}, which"
        refusal = self._refusal(found)
        if refusal:
            others, advice = self._replacements(found, only_newer=False)
            successor = others[0] if len(others) == 1 else None  # Of two providers, none is chosen.
            if not successor or not self.upgrade:
                model = successor.model if successor else None
                advice += ", or pass upgrade=True" if model else ""
                reason = f"{subject} {refusal}"
                raise ModelRetiredError(reason, advice, model=found.model, successor=model)
            self.report("warning", f"{subject} {refusal}; upgraded to {successor.model.id}")
            found, subject = successor, successor.model.id
        self._warn_of(found, subject)
        return found.model

    def _find(self, name: str) -> _Listed:
        model = self.source.look_up(name)
        if model and model.lifecycle:  # As the API's own has: a gateway may echo any name.
            return _Listed(model, {})

        found = self.source.in_use.find(name) or self.source.retired.find(name)
        if found is None:
            raise self.source.in_use.not_found(name)
        return found

    def _refusal(self, found: _Listed) -> str:
        """Return why a model is refused, "" if it is not."""
        days = found.days_left
        # A gateway may keep a model that the catalogue calls retired, as Amazon Bedrock does.
        is_strict = self.upgrade or self.min_days_left is not None or found.known is found.model
        if found.known.lifecycle == "retired" and is_strict:
            return found.retirement
        if self.min_days_left is None or days is None or days >= self.min_days_left:
            return ""
        return f"{found.retirement} (minimum: {self.min_days_left})"

    def _warn_of(self, found: _Listed, subject: str) -> None:
        """Report a deprecated model, and one of which nobody knows when it retires."""
        if found.known.lifecycle in ("deprecated", "retired"):
            _, advice = self._replacements(found, only_newer=True)
            status = "is deprecated and " if found.known.lifecycle == "deprecated" else ""
            self.report("warning", f"{subject} {status}{found.retirement}; {advice}")
        if self.min_days_left is not None and not found.model.lifecycle and found.days_left is None:
            what = "has no known retirement date, so that min_days_left could not be checked"
            self.report("warning", f"{subject} {what}")

    def _replacements(self, found: _Listed, *, only_newer: bool) -> tuple[list[_Listed], str]:
        """Return what may replace a refused model, or the newer active model, and the advice."""
        wanted = "newer active model" if only_newer else "replacement"
        try:
            others = self.source.in_use.others(found.model, only_newer=only_newer)
        except (APIError, CredentialError) as error:
            # The model itself was found; only the advice is missing.
            return [], f"its {wanted} could not be looked up ({error.reason})"
        best = _best([m for m in others if (m.is_active if only_newer else not self._refusal(m))])
        if best:
            return best, f"use {_clean(' or '.join(m.model.id for m in best))}"
        return [], f"no {wanted} in its family; choose another model"


class _Catalogue:  # Used by entrypoint.py.
    """The built-in catalogue as a source of models. It never answers without saying so."""

    name = "catalogue"

    def __init__(self, report: _Report) -> None:
        catalogue = f"the built-in catalogue of {CATALOGUE_DATE}"
        report("note", f"using {catalogue} instead of the API")
        days = (_today() - date.fromisoformat(CATALOGUE_DATE)).days
        if days > _STALE_DAYS:
            report("warning", f"{catalogue} is {days} days old; update claude_model")

        self._rows = _rows_on(_today(), CATALOGUE).values()
        self.in_use = _ModelList(row for row in self._rows if row.lifecycle != "retired")

    @cached_property
    def retired(self) -> _ModelList:
        return _ModelList(row for row in self._rows if row.lifecycle == "retired")

    def look_up(self, name: str) -> Optional[Model]:
        return None  # The lists have all that there is.


class _API:  # Used by entrypoint.py.
    """The Models API as a source of models."""

    name = "api"

    def __init__(self, client: Client, report: _Report, deadline: _Deadline) -> None:
        url, setting = _find_base_url(client.base_url)
        auth, headers = _find_headers(client)
        self.server = _Server(url, setting, headers, auth, report, deadline, client.max_retries)
        if not self.server.is_private:
            report("warning", f"plain http sends the credential unencrypted to {self.server.peer}")

    def get(self, model_id: str) -> Model:
        """Return the model with an ID or alias; raise ModelNotFoundError if the API answers 404."""
        from urllib.parse import quote

        if model_id in (".", ".."):
            raise ValueError(f"{model_id!r} is not a model ID: in a URL, it means another path")
        response = self.server.send(f"/v1/models/{quote(model_id, safe='')}")
        if response.status == 404:
            raise ModelNotFoundError(f"unknown model {model_id!r}", name=model_id)
        model = _parse_model(response.value)
        if model is None:
            raise self.server.error(response, f"not a model: {response.message}")
        return model

    def list_models(self, lifecycle: Sequence[str]) -> list[Model]:
        """Return the models of every page, without the rows that have no valid ID."""
        from urllib.parse import urlencode

        query = [("limit", "1000"), *(("lifecycle[]", stage) for stage in lifecycle)]
        cursor = ""
        rows: list[object] = []
        size = 0
        for _ in range(_MAX_PAGES):
            after = [("after_id", cursor)] if cursor else []
            response = self.server.send(f"/v1/models?{urlencode(query + after)}")
            page = response.value if isinstance(response.value, dict) else {}
            data = page.get("data", {})
            if not isinstance(data, (list, type(None))):
                flaw = f"not a list of models: {response.message}"
                raise self.server.error(response, flaw, is_list=True)

            rows += data or []
            size += response.size
            if len(rows) > _MAX_MODELS or size > _MAX_BODY_BYTES:
                break
            if page.get("has_more") is not True:
                models = [model for model in map(_parse_model, rows) if model]
                if models or (lifecycle and not rows):
                    return models
                raise self.server.error(response, "the model list is empty")
            if page.get("last_id") == cursor or not _is_text(page.get("last_id")):
                raise self.server.error(response, "has_more without a new last_id")
            cursor = page["last_id"]

        limits = f"{_MAX_MODELS} models, {_MAX_PAGES} pages or {_MAX_BODY_BYTES // 2**20} MiB"
        raise UnavailableError(f"{self.server.peer}: the model list has over {limits}")

    def look_up(self, name: str) -> Optional[Model]:
        """Return the model of a name that looks like an ID, None if this server does not tell."""
        self.server.check_time()  # To search lists for many names takes time, too.
        return self._answer(lambda: self.get(name)) if name.startswith("claude-") else None

    @cached_property
    def in_use(self) -> _ModelList:
        return _ModelList(self.list_models(()))

    @cached_property
    def retired(self) -> _ModelList:
        models = self._answer(lambda: self.list_models(("retired",))) or []
        return _ModelList(m for m in models if m.lifecycle == "retired")  # Gateways ignore filters.

    def _answer(self, question: Callable[[], Any]) -> Any:
        """Return an answer, None if the server has none; raise what other requests would repeat."""
        try:
            return question()
        except (ModelNotFoundError, APIError) as error:
            if isinstance(error, APIError) and error.status in {None, 407} | _TRANSIENT:
                raise
            return None


_Source = Union[_API, _Catalogue]


class _Deadline:  # Used by entrypoint.py.
    """A time limit, in seconds, that starts when it is made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def run(self, function: Callable[[], Any]) -> Any:
        """Return what a function returns, raise what it raises, or TimeoutError at the end.

        Its thread is abandoned then: nothing else bounds a DNS look-up, or a server that sends
        a byte at a time. It ends when the server does, or with the process.
        """
        import threading

        results: list[Any] = []
        failures: list[BaseException] = []

        def work() -> None:
            try:
                results.append(function())
            except BaseException as error:  # Even a bug is raised where the caller can see it.
                if self.left > 0:  # Else the caller is gone, and the error would hold its socket.
                    failures.append(error)

        thread = threading.Thread(target=work, name="claude_model", daemon=True)
        thread.start()
        while thread.is_alive() and self.left > 0:
            thread.join(min(0.1, max(0.0, self.left)))  # On Windows, Ctrl-C cannot end a join.

        if failures:
            raise failures.pop()  # A variable here would be a cycle of the error and this frame.
        if not results or self.left <= 0:  # At the deadline, `_exchange` stops inside a body.
            raise TimeoutError
        return results[0]


class _Response:
    """A response of a server. Its texts are made safe to show here, once; its value is as sent."""

    def __init__(self, secrets: list[str], status: int, headers: dict[str, str], body: bytes):
        self.status = status
        self.headers = headers  # By lower-case name, as sent.
        self.size = len(body)
        value, text = _decode(body)
        self.value: Any = value if status == 200 else None  # An error may repeat the key.

        sent = value if isinstance(value, dict) else {}
        error = sent["error"] if isinstance(sent.get("error"), dict) else {}
        self.type = _clean(error.get("type"), secrets) or None
        self.message = _clean(error.get("message") or text, secrets) or "empty body"
        request_id = headers.get("request-id") or sent.get("request_id")
        self.request_id = _clean(request_id, secrets) or None

        url = re.split("[?#]", headers.get("location", ""))[0]
        self.location = _clean(re.sub(r"//[^/]*@", "//", url), secrets) or "nowhere"


def _decode(body: bytes) -> tuple[Any, str]:
    """Return the JSON value of a body, None without one, and what messages show of the body."""
    import json

    if len(body) > _MAX_BODY_BYTES:
        return None, f"larger than {_MAX_BODY_BYTES // 2**20} MiB"
    try:
        text = body.decode("utf-8-sig")  # Without a byte order mark.
    except UnicodeDecodeError:
        return None, "not UTF-8 text"

    try:
        value = json.loads(text)
        json.dumps(value, allow_nan=False)  # What cannot be written again is no answer.
        return value, text
    except (ValueError, RecursionError):
        if not re.match(r"\s*<(!doctype|html|head)", text, re.IGNORECASE):
            return None, text
    title = re.search(r"<title[^>]{0,99}>([^<]{1,500})", text, re.IGNORECASE)
    return None, f"HTML page ({title[1] if title else 'without a title'})"


def _clean(text: object, secrets: Collection[str] = ()) -> str:
    """Return the beginning of an untrusted text on one line, without the secrets in it."""
    text = str(text or "")
    for secret in _parts_of_secrets(secrets):
        text = text.replace(secret, "[credential]")
    line = _one_line(text[: 4 * _MAX_SHOWN])  # Enough: folding whitespace shortens it.
    return line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 3] + "..."


def _parts_of_secrets(secrets: Iterable[str]) -> list[str]:  # Used by entrypoint.py.
    """Return secrets and the words in them, as after "Bearer", the longest first."""
    parts = {part for secret in secrets for part in (secret, *secret.split())}
    return sorted((p for p in parts if len(p) >= _MIN_SECRET_LENGTH), key=len, reverse=True)


def _one_line(text: str) -> str:  # Used by entrypoint.py.
    """Return a text without control characters, line breaks and characters that do not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@dataclass(eq=False, repr=False)
class _Server:  # Used by entrypoint.py.
    """A server: send requests until a deadline, with retries, and say what went wrong."""

    url: str
    setting: str  # Where the URL is from, "" for the API's own.
    headers: Mapping[str, str]
    credential: str  # Where the credential is from.
    report: _Report
    deadline: _Deadline
    max_retries: int
    new_body: Optional[Callable[[], bytes]] = None  # For each try: an identity token is used once.
    shows_text: bool = True  # Of responses: those of a login may hold a token.

    def __post_init__(self) -> None:
        from urllib.parse import unquote
        from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

        scheme, _, host = self.url.split("/")[:3]
        loopback = r"(localhost|127(\.[0-9]+){3}|\[::1\])(:[0-9]+)?"
        is_loopback = re.fullmatch(loopback, host, re.IGNORECASE) is not None
        proxies = {} if is_loopback else _find_proxies(scheme[:-1], host)
        self.peer = f"{host} via a proxy" if proxies else host  # As messages call it.
        self.is_private = scheme == "https:" or is_loopback  # Encrypted, or stays on this machine.
        self.secrets = [v for name, v in self.headers.items() if name != "anthropic-beta"]
        for proxy in proxies.values():
            self.secrets += re.split("[/:]", unquote(proxy.rpartition("@")[0]))

        # These handlers follow no redirect. The default debuglevel of http.client may print all.
        self._opener = OpenerDirector()
        self._opener.add_handler(ProxyHandler(proxies))
        self._opener.add_handler(HTTPHandler(debuglevel=0))
        if scheme == "https:":
            from ssl import create_default_context

            self._opener.add_handler(HTTPSHandler(debuglevel=0, context=create_default_context()))

    def send(self, path: str) -> _Response:
        """Return the response, after retries; raise UnavailableError if none comes."""
        attempt = 0
        while True:
            outcome, can_retry = self._try(path)
            headers = outcome.headers if isinstance(outcome, _Response) else {}
            seconds = _seconds_to_wait(headers, attempt)
            if not can_retry or attempt >= self.max_retries or seconds >= self.deadline.left:
                if isinstance(outcome, UnavailableError):
                    raise outcome
                return outcome
            error = self.error(outcome) if isinstance(outcome, _Response) else outcome
            self.report("note", f"{error.reason}; retrying in {round(seconds, 1):g} s")
            time.sleep(seconds)
            attempt += 1

    def check_time(self) -> None:
        """Raise UnavailableError if the deadline has passed."""
        if self.deadline.left <= 0:
            raise self._failure(TimeoutError())[0]

    def error(self, response: _Response, flaw: str = "", is_list: bool = False) -> ClaudeModelError:
        """Return what a status means: the error, and the advice. A `flaw` is that of a 200."""
        status = response.status
        request_id = response.request_id
        request = f" (request {request_id})" if request_id else ""
        head = f"{self.peer}: {status} {response.type or ''}".rstrip()
        reason = f"{head}: {response.message}{request}"
        advice = f"check {self.setting}" if self.setting else ""
        kind = UnavailableError if status < 300 or status in {407, 501} | _TRANSIENT else APIError

        is_gateway = response.type != "invalid_request_error"  # The type of the API for a 400.
        if status < 300:
            what = flaw if status == 200 else f"status {status}"
            reason = f"unexpected response from {self.peer}: {what}{request}"
        elif status < 400:
            reason = f"{head}: redirected to {response.location}, which is not followed{request}"
        elif status in (401, 403):
            is_key = self.setting and "x-api-key" in self.headers
            hint = "; gateways often read ANTHROPIC_AUTH_TOKEN instead" if is_key else ""
            return CredentialError(reason, f"check {self.credential}{hint}")
        elif status == 407:
            advice = "check the user and password of the proxy"
        elif status in _TRANSIENT:
            advice = "try again later"
        elif is_list and (status in (404, 405, 501) or (status == 400 and is_gateway)):
            reason += "; this server does not list models"
        return kind(reason, advice, status=status, type=response.type, request_id=request_id)

    def _try(self, path: str) -> tuple[Union[_Response, UnavailableError], bool]:
        """Send a request once; return the response or why none came, and whether to retry."""
        from http.client import HTTPException

        body = self.new_body() if self.new_body else None
        try:
            received = self.deadline.run(lambda: self._exchange(path, body))
        except (OSError, HTTPException, UnicodeError, OverflowError) as error:
            return self._failure(error)

        response = _Response(self.secrets, *received)
        if not self.shows_text:
            response.type, response.message, response.request_id = None, "(not shown)", None
        # A proxy that refuses is not asked again: a wrong password may lock the account.
        if response.status < 400 or response.status == 407:
            return response, False
        should_retry = response.headers.get("x-should-retry")
        if should_retry in ("true", "false"):
            return response, should_retry == "true"
        return response, response.status in _TRANSIENT

    def _exchange(self, path: str, body: Optional[bytes]) -> tuple[int, dict[str, str], bytes]:
        """Send a request and read the response: all I/O with servers happens here."""
        from urllib.request import Request

        headers = {"accept": "application/json", "user-agent": f"claude_model/{__version__}"}
        request = Request(self.url + path, body, {**headers, **self.headers})
        # One operation leaves time for a second address of the host, and for the retries.
        seconds = self.deadline.seconds / (self.max_retries + 1)
        content = bytearray()
        with self._opener.open(request, timeout=seconds) as response:
            piece = b" "
            while piece and len(content) <= _MAX_BODY_BYTES and self.deadline.left > 0:
                piece = response.read1(2**16)
                content += piece
            if not piece and response.length:
                raise OSError("the connection was closed before the end of the response")

        received = {name.lower(): value for name, value in response.headers.items()}
        return response.status, received, bytes(content)

    def _failure(self, error: Any) -> tuple[UnavailableError, bool]:
        """Return why no response came, and whether to retry."""
        from http.client import HTTPException, InvalidURL
        from urllib.error import URLError

        cause: Any = error.reason if isinstance(error, URLError) else error
        text = _clean(getattr(cause, "strerror", None) or cause, self.secrets)
        is_late = self.deadline.left <= 0
        advice = f"check {self.setting or 'the network'} and the proxy"
        if is_late or "timed out" in text:
            advice = "retry, or raise the timeout"
        reason, can_retry = "not a valid address", False  # The error's text may hold a password.
        if is_late:
            reason = f"timed out after {self.deadline.seconds:g} s"
        elif hasattr(cause, "verify_code"):
            reason = f"certificate verification failed ({_clean(cause.verify_message)})"
            if cause.verify_code in (2, 18, 19, 20, 21):  # OpenSSL: the authority is unknown.
                advice = "if you trust this server, set SSL_CERT_FILE to its CA bundle"
        elif isinstance(cause, OSError):
            reason = f"connection failed ({text})"
            can_retry = not text.startswith("Tunnel connection failed")  # The proxy refused.
        elif isinstance(cause, HTTPException) and not isinstance(cause, InvalidURL):
            reason, can_retry = f"invalid HTTP response ({type(cause).__name__})", True
        return UnavailableError(f"{self.peer}: {reason}", advice), can_retry


def _seconds_to_wait(headers: Mapping[str, str], attempt: int) -> float:
    """Return the seconds to wait after an attempt, counted from 0: what the server asks, or up to 8."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", headers.get(name, "")):
            return float(headers[name]) * unit

    from random import random  # Here, because the import takes milliseconds.

    return 0.5 * 2.0 ** min(attempt, 4) * (1 - 0.25 * random())


def _trim(text: Optional[str]) -> str:  # Used by entrypoint.py.
    """Return a setting without whitespace and byte order marks around it, "" if it is unset."""
    return (text or "").strip().strip("\ufeff").strip()


def _find_headers(client: Client) -> tuple[str, dict[str, str]]:
    """Return the first setting that has a credential, and the headers to send, with only that one.

    Raise MissingCredentialError for none, unless a gateway may read another custom header, and
    CredentialError, which does not show it, for one that no header can carry.
    """
    custom = _custom_headers()
    env = os.environ.get
    candidates = (
        ("api_key", "x-api-key", "", client.api_key),
        ("auth_token", "authorization", "Bearer ", client.auth_token),
        (_CUSTOM_HEADERS, "x-api-key", "", custom.pop("x-api-key", "")),
        (_CUSTOM_HEADERS, "authorization", "", custom.pop("authorization", "")),
        ("ANTHROPIC_API_KEY", "x-api-key", "", env("ANTHROPIC_API_KEY")),
        ("ANTHROPIC_AUTH_TOKEN", "authorization", "Bearer ", env("ANTHROPIC_AUTH_TOKEN")),
    )
    betas = {"anthropic-beta": ",".join(client.betas)} if client.betas else {}
    headers = {"anthropic-version": client.version, **betas, **custom}
    for setting, name, scheme, value in candidates:
        credential = _trim(value)
        if not credential:
            continue
        has_scheme = name == "authorization" and not scheme
        if not re.fullmatch(r"(\S+ )?[!-~]+" if has_scheme else "[!-~]+", credential):
            # http.client would reject it too, in an error that shows the value.
            problem = "contains whitespace or a non-ASCII character"
            raise CredentialError(f"{setting} {problem}; was it pasted with a line break?")
        return setting, {**headers, name: scheme + credential}

    if custom:
        return _CUSTOM_HEADERS, headers
    advice = "set ANTHROPIC_API_KEY, or use claude_model.resolve(name, offline=True)"
    raise MissingCredentialError("no API key found", advice)


def _custom_headers() -> dict[str, str]:
    """Return the custom headers by lower-case name; raise CredentialError without showing them."""
    headers = {}
    lines = _trim(os.environ.get(_CUSTOM_HEADERS)).split("\n")
    for number, line in enumerate(map(_trim, lines), start=1):
        found = re.fullmatch(r"([!#-'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([\t -~]*)", line)
        if line and not found:
            raise CredentialError(f"line {number} of {_CUSTOM_HEADERS} is not `Name: value`")
        if found and found[2]:
            headers[found[1].lower()] = found[2]
    return headers


def _find_base_url(base_url: Optional[str]) -> tuple[str, str]:  # Used by entrypoint.py.
    """Return the base URL without a final `/` or path of the API, and its setting ("" for none).

    Raise ValueError for another URL than http or https, and for one with a user, password, query or
    fragment; no part of it is shown, as it may be a secret.
    """
    setting = "base_url" if _trim(base_url) else "ANTHROPIC_BASE_URL"
    url = _trim(base_url) or _trim(os.environ.get("ANTHROPIC_BASE_URL"))
    if not url:
        return "https://api.anthropic.com", ""

    host = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?"
    found = re.fullmatch(rf"(?i:(https?)://)({host})((?:/[!\"$->A-~]*)?)", url)
    if not found or not 0 < int(found[3] or 80) < 2**16:
        expected = "an http:// or https:// URL without user, password, query and fragment"
        raise ValueError(f"{setting} must be {expected}")
    path = re.sub(r"/v1(/models|/messages)?$", "", found[4].rstrip("/"))
    return f"{found[1].lower()}://{found[2]}{path.rstrip('/')}", setting


def _find_proxies(scheme: str, host: str) -> dict[str, str]:
    """Return the proxy for a host by its scheme, as urllib has it, {} for none; or ValueError.

    A proxy that is not reached over plain http is refused: urllib would send the password to it.
    """
    from urllib import request

    proxy = _trim(request.getproxies().get(scheme))
    # Unlike in urllib, whitespace separates hosts too, as Claude Code documents it.
    excluded = ",".join(request.getproxies_environment().get("no", "").split())
    is_excluded: Any = vars(request)["proxy_bypass_environment"]  # Type checkers do not know it.
    if not proxy or request.proxy_bypass(host) or is_excluded(host, {"no": excluded}):
        return {}

    if not re.fullmatch(r"(http://)?[^/\s]+/?", proxy, re.IGNORECASE):
        raise ValueError(f"{scheme}_proxy: only http://[user:password@]host[:port] is supported")
    return {scheme: proxy.rstrip("/")}


_ADVICE: dict[type, str] = {
    MissingCredentialError: "set ANTHROPIC_API_KEY, or pass --offline",
    ModelRetiredError: "use {0.successor.id}, or pass --upgrade",
}


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Print the ID of each Claude model that a NAME means.

    The exit code is 0 for success, 1 for an unknown, retired or refused model, 2 for a bad
    argument, setting or credential, or output that cannot be written, 3 if no usable answer came
    from the API, and 130 after Ctrl-C.
    """
    try:
        return _run(sys.argv[1:] if argv is None else list(argv))
    except KeyboardInterrupt:
        return 130
    except (ClaudeModelError, ValueError) as error:
        _say("error", _explain(error, _ADVICE))
        return 3 if isinstance(error, APIError) else 2


def _run(argv: list[str]) -> int:
    """Do what a command line says, print the result and return the exit code."""
    end = argv.index("--") if "--" in argv else len(argv)  # What follows are names, also -x.
    parser = _make_parser()
    options = parser.parse_intermixed_args(argv[:end])
    arguments = [*options.names, *argv[end + 1 :]]
    names = [name for text in arguments for name in text.rstrip(", ").split(",")]
    if options.help:
        return _print(parser.format_help().splitlines())
    if options.version:
        return _print([f"claude-model {__version__}"])
    if options.list and (names or options.upgrade or options.fallback or options.min_days_left):
        raise ValueError("--list takes no model name, only --json, --offline and --timeout")
    if not options.list and not names:
        raise ValueError("no model name given; see --help")

    client = Client(timeout=options.timeout)
    deadline = _Deadline(client.timeout)

    def make_source() -> _Source:
        return _Catalogue(_say) if options.offline else _API(client, _say, deadline)

    resolver = _Resolver(make_source, _say, options.upgrade, options.min_days_left)
    if options.list:
        models = resolver.source.in_use.models
    else:
        answers, errors = resolver.resolve_all(names, options.fallback)
        for error in errors:
            _say("error", _explain(error, _ADVICE))
        if errors:
            return 1
        models = [model for _, model, _ in answers]

    if options.json:
        from json import dumps

        return _print(dumps(model.raw) for model in models)
    return _print(_table(models) if options.list else (model.id for model in models))


def _make_parser() -> Any:
    from argparse import ArgumentParser, HelpFormatter

    class Parser(ArgumentParser):
        def error(self, message: str) -> NoReturn:
            raise ValueError(f"{message}; see --help")

    parser: Any = Parser(description=main.__doc__, allow_abbrev=False, add_help=False)
    parser.usage = "claude-model [options] NAME [NAME ...]"
    parser.formatter_class = partial(HelpFormatter, width=80)
    option = parser.add_argument
    flag = partial(option, action="store_true")
    option("names", nargs="*", metavar="NAME", help="family, version, alias or ID; or several: a,b")
    flag("--offline", help="use the built-in catalogue: no network, no API key")
    option("--fallback", metavar="ID", help="print this ID, unchecked, if key or answer is missing")
    option("--min-days-left", metavar="N", type=int, help="refuse models that retire in fewer days")
    flag("--upgrade", help="replace a refused model with the newest of its family")
    flag("--json", help="print each model as the API sent it, one JSON object a line")
    flag("--list", help="print a table of the models in use")
    limit = "time limit for the whole run, in seconds (default: %(default)g)"
    option("--timeout", metavar="S", type=float, default=Client.timeout, help=limit)
    flag("--version", help="print the version")
    flag("--help", "-h", help="print this help")
    return parser


def _table(models: Sequence[Model]) -> list[str]:
    """Return the lines of a table of 80 columns, more if an ID needs them; "-" is unknown."""
    rows = [["ID", "line", "lifecycle", "released", "retires", "context"]]
    has_dates = len({model.created_at for model in models}) > 1  # Gateways send one for all.
    for model in models:
        released = _day(model.created_at) if has_dates else None
        tokens = model.max_input_tokens or 0
        context = f"{tokens // 10**6}M" if tokens >= 10**6 else f"{tokens // 1000}k"
        cells = (model.line, model.lifecycle, released, _day(model.retires_at), tokens and context)
        rows.append([model.id, *(str(cell or "-")[:10] for cell in cells)])

    widths = [max(map(len, column)) for column in zip(*rows)]
    widths[0] = min(widths[0], 80 - sum(2 + width for width in widths[1:]))
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _explain(error: Exception, advice: Mapping[type, str]) -> str:  # Used by entrypoint.py.
    """Return the message of an error, with the advice of an entry point if it has its own."""
    own = advice.get(type(error))
    if own is None or getattr(error, "successor", error) is None:
        return str(error)
    return f"{vars(error)['reason']}; {own.format(error)}"


def _say(level: str, message: str) -> None:
    _write(sys.stderr, f"{level}: {_one_line(message)}\n")


def _print(lines: Iterable[str]) -> int:
    """Print lines to standard output and return the exit code: 2 if they cannot be written."""
    if isinstance(sys.stdout, TextIOWrapper):  # For `$(...)` of a bash on Windows: no CR.
        sys.stdout.reconfigure(newline="\n", errors="backslashreplace")
    problem = _write(sys.stdout, "".join(f"{line}\n" for line in lines))
    if problem:
        _say("error", f"the output could not be written: {problem}")
    return 2 if problem else 0


def _write(stream: Optional[TextIO], text: str) -> str:
    """Write to a standard stream; return why that failed, "" for success or a closed pipe."""
    if stream is None:
        return "it is closed"
    try:
        stream.write(text)
        stream.flush()
        return ""
    except OSError as error:
        # Otherwise, the interpreter would try again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        # Windows reports a closed pipe as EINVAL (22).
        is_closed_pipe = isinstance(error, BrokenPipeError) or (os.name, error.errno) == ("nt", 22)
        return "" if is_closed_pipe else str(error.strerror)


if __name__ == "__main__":
    raise SystemExit(main())
