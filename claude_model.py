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

One file, standard library only: copy it into your repository as it is. Upstream, with tests and
a GitHub Action: https://github.com/OWNER/claude-model

In this order: errors and models; the public functions; names; the answer to a name; the Models
API; the server behind it; settings; the command line.
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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone

if sys.version_info < (3, 9):  # Python 3.7 and 3.8 can parse this file, but not run it.
    kind = SystemExit if __name__ == "__main__" else ImportError
    raise kind(f"error: claude_model requires Python 3.9 or newer, not {sys.version.split()[0]}")

TYPE_CHECKING = False  # Type checkers treat this name as true; importing typing takes milliseconds.
if TYPE_CHECKING:
    from typing import Any, TextIO
    from urllib.request import OpenerDirector

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
__version__ = "1.2.0"

_MAX_LENGTH = 200  # Characters of a name, an ID or another text field: matching stays fast.
_MAX_SECONDS = 86_400  # Of a time limit, a day: sockets and threads overflow far above it.
_MAX_BODY_BYTES = 2 * 2**20  # Of a response. It holds thousands of models.
_MAX_LIST_BYTES = 8 * 2**20  # Of all pages of a list together.
_MAX_MODELS = 5_000  # Of a list: it is searched in a fraction of a second.
_MAX_PAGES = 100  # Of a list: a server may never end one.
_MAX_DEPTH = 64  # Levels of nested JSON. The API uses fewer than ten.
_MAX_DIGITS = 4_300  # Of an integer. Python since 3.9.14 rejects more; before, they take minutes.
_MAX_SHOWN = 500  # Characters of a server's text in one message.
_MAX_HTML = 20_000  # Characters of a page in which its title is looked for.
_MAX_COMPARED = 300  # Models, of 40 characters each, whose spelling is compared with a name.
_MIN_LIKENESS = 0.7  # Of difflib's ratio from 0 to 1: "opsu" is like "opus", "gpt" is not.
_MIN_SECRET_LENGTH = 4  # Characters. A shorter credential is a dummy, and part of many words.
_MIN_ECHO_LENGTH = 16  # Characters of a credential that are in no ID or name by chance.
_STALE_DAYS = 90  # An older catalogue has probably missed a release.
_TRANSIENT = {408, 409, 429, *range(500, 1000)} - {501}  # HTTP statuses that a retry may change.
_ACTIVE = "active"
_DEPRECATED = "deprecated"
_RETIRED = "retired"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class ClaudeModelError(Exception):
    """The base of this module's errors. A bad argument or setting is a ValueError instead.

    `reason` is the message without the advice on what to do.
    """

    def __init__(self, reason: str, advice: str = "", **attributes: object) -> None:
        message = f"{reason}; {advice}" if advice else reason
        super().__init__(message)
        self.reason = reason
        vars(self).update(attributes)


class ModelNotFoundError(ClaudeModelError, LookupError):
    """No model, or more than one, matches `name`; `suggestions` are up to three names that do."""

    name: str = ""
    suggestions: tuple[str, ...] = ()


class ModelRetiredError(ClaudeModelError):
    """`model` is retired, or retires too soon; `successor` is its replacement, None without one."""

    model: Model | None = None
    successor: Model | None = None


class CredentialError(ClaudeModelError):
    """The API key or token is missing, malformed, or refused by the server (401 or 403)."""


class MissingCredentialError(CredentialError):
    """No API key or token is set."""


class APIError(ClaudeModelError):
    """The API could not be reached, or its response is an error or not usable.

    `status` is the HTTP status, None without a response; `type` and `request_id` are the API's.
    """

    status: int | None = None
    type: str | None = None
    request_id: str | None = None


class UnavailableError(APIError):
    """No usable answer came: try later, or use a fallback.

    There was no response, or one with the status 408, 409, 429 or 5xx, or one of another shape.
    """


@dataclass(frozen=True)
class Model:
    """A model, with the field names of the Models API; None means that the server sent no value.

    Timestamps are RFC 3339 strings, limits are in tokens, `line` is the family, and `raw` is the
    object as it was sent.
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


def _parse_model(sent: object) -> Model | None:
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


# A first letter or digit keeps an ID from being an option; no character means more to a shell.
_ID = r"[A-Za-z0-9][A-Za-z0-9._:/@+\[\]-]{0,199}"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(_ID, value) is not None


def _is_text(value: object) -> bool:
    """Return whether a value is text that is safe to print and short enough to search."""
    return isinstance(value, str) and 0 < len(value) <= _MAX_LENGTH and value.isprintable()


def _is_token(text: object) -> bool:  # Also used by entrypoint.py.
    """Return whether a header can carry a value as one word: printable ASCII without spaces."""
    return isinstance(text, str) and re.fullmatch(r"[\x21-\x7e]+", text) is not None


# The models known on this date, newest release first. None means unknown, never a guess. Scripts
# replace what stands between the two marks.
# begin of the catalogue
CATALOGUE_DATE = "2026-11-27"
_TEXTS = ("id", "display_name", "created_at", "line", "lifecycle", "deprecated_at", "retires_at")
_COLUMNS = {**dict.fromkeys(_TEXTS, str), "max_input_tokens": int, "max_tokens": int}
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
# end of the catalogue
_FIELDS: dict[str, type] = {**_COLUMNS, "type": str, "capabilities": dict}
CATALOGUE = tuple(filter(None, (_parse_model(dict(zip(_COLUMNS, row))) for row in _ROWS)))


def match(name: str, models: Iterable[Model]) -> Model:
    """Return the one of `models` that a name means, without I/O.

    That is the model with this exact ID; else one with the family, version, variant and date that
    the name has; else, for a family alone, its newest active model, its newest deprecated one if
    none is active, or its newest retired one. Raise ModelNotFoundError if no model, or more than
    one, matches, and ValueError for what no model can be called.
    """
    name = _check_name(name)
    listed = _ModelList(models)
    model = listed.find(name)
    if model is None:
        raise listed.not_found(name)
    return model


def resolve(
    name: str, *, upgrade: bool = False, min_days_left: int | None = None, offline: bool = False
) -> Model:
    """Return the model that a name means, as `Client().resolve` does, with the same errors.

    With `offline`, the built-in catalogue answers instead of the API, without network and key. A
    UserWarning tells if it is over 90 days old.
    """
    if not offline:
        return Client().resolve(name, upgrade=upgrade, min_days_left=min_days_left)

    name = _check_name(name)
    options = _Options(_EntryPoint(), upgrade, min_days_left)
    return _Resolver(_CatalogueSource(options.entry_point), options).resolve(name)


@dataclass(frozen=True)
class Client:
    """How to ask the Models API.

    The credential is the first that is set of `api_key` (sent as `x-api-key`), `auth_token` (sent
    as `Authorization: Bearer`), a header of ANTHROPIC_CUSTOM_HEADERS that carries one,
    ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN. `base_url` defaults to ANTHROPIC_BASE_URL, then to
    the API. The proxy is the one that urllib finds. The environment is read once per call.

    `timeout`, in seconds, bounds a whole method call, with the `max_retries` retries of each
    request. Every method raises CredentialError, APIError, and ValueError for a bad argument or
    setting, and warns (UserWarning) of a credential that is sent over plain http.
    """

    api_key: str | None = field(default=None, repr=False)
    auth_token: str | None = field(default=None, repr=False)
    base_url: str | None = None
    version: str = "2023-06-01"
    betas: Sequence[str] = ()
    timeout: float = 30.0
    max_retries: int = 2

    def __post_init__(self) -> None:
        _check_seconds("timeout", self.timeout)
        _check_count("max_retries", self.max_retries)
        if not isinstance(self.betas, (tuple, list)):
            raise ValueError(f"betas must be a tuple or list of strings, not {self.betas!r}")
        for value in (self.version, *self.betas):
            if not _is_token(value):
                raise ValueError(f"version and betas must be ASCII without spaces, not {value!r}")
        if self.base_url:
            _base_url(self.base_url, _EntryPoint())  # Raise before a repr shows a password in it.

    def get_model(self, model_id: str) -> Model:
        """Return the model with an ID or alias, from `GET /v1/models/{model_id}`.

        Raise ModelNotFoundError if the API answers 404, and the errors of the class.
        """
        model_id = _check_name(model_id)
        model = self._source().get(model_id)
        if model is None:
            raise ModelNotFoundError(f"unknown model {model_id!r}", name=model_id)
        return model

    def list_models(self, lifecycle: Iterable[str] = ()) -> list[Model]:
        """Return all models of `GET /v1/models`, in the API's order; by default, those in use.

        `lifecycle` may hold "active", "deprecated" and "retired". Raise the errors of the class.
        """
        stages = (lifecycle,) if isinstance(lifecycle, str) else tuple(lifecycle)
        if isinstance(lifecycle, str) or not {*stages} <= {_ACTIVE, _DEPRECATED, _RETIRED}:
            allowed = "a list of 'active', 'deprecated' and 'retired'"
            raise ValueError(f"lifecycle must be {allowed}, not {lifecycle!r}")
        return self._source().list_models(stages)

    def resolve(
        self, name: str, *, upgrade: bool = False, min_days_left: int | None = None
    ) -> Model:
        """Return the model that a name means: an ID or alias, a family with a version, or a family.

        A model that is retired, or retires in fewer than `min_days_left` days from today (UTC), is
        refused; with `upgrade`, the newest model of its family that is not refused replaces it.
        UserWarnings tell of that, of a deprecated model, and of what could not be checked. Raise
        ModelNotFoundError if no model, or more than one, matches, ModelRetiredError for a refused
        model without `upgrade` or without a replacement, and the errors of the class.
        """
        name = _check_name(name)
        options = _Options(_EntryPoint(), upgrade, min_days_left)
        return _Resolver(self._source(), options).resolve(name)

    def _source(self) -> _API:
        return _API(self, _EntryPoint(), _Deadline(self.timeout))


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
    if re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", name):
        raise ValueError(f"model name contains a control character: {name!r}")
    return name


class _EntryPoint:  # Also used by entrypoint.py.
    """How an entry point names its options and reports. This one is the library."""

    no_credential = "no credential"  # In a warning: why the fallback is used.

    def option(self, name: str) -> str:
        """Return what an option of the library is called here."""
        return name

    def enable(self, name: str) -> str:
        """Return how to set an option to true."""
        return f"pass {name}=True"

    def go_offline(self) -> str:
        return "use claude_model.resolve(name, offline=True)"

    def missing_credential(self) -> MissingCredentialError:
        advice = f"set ANTHROPIC_API_KEY, or {self.go_offline()}"
        return MissingCredentialError("no API key found", advice)

    def warn(self, message: str) -> None:
        level = 1
        frame = sys._getframe()
        while frame.f_back and frame.f_globals is globals():  # Up to the line that calls us.
            frame = frame.f_back
            level += 1
        warnings.warn(message, stacklevel=level)

    def note(self, message: str) -> None:
        """Tell what is no problem, which the library does not."""

    def progress(self, message: str) -> None:
        """Tell what is waited for."""
        self.note(message)


@dataclass(eq=False, repr=False)
class _Options:  # Also used by entrypoint.py.
    """What a call asks for besides names, and the entry point that it came through."""

    entry_point: _EntryPoint
    upgrade: bool = False
    min_days_left: int | None = None
    fallback: str | None = None

    def __post_init__(self) -> None:
        if self.min_days_left is not None:
            _check_count(self.entry_point.option("min_days_left"), self.min_days_left)
        if self.fallback is not None and not _is_id(self.fallback):
            option = self.entry_point.option("fallback")
            raise ValueError(f"{option} must be a model ID, not {self.fallback!r}")


@dataclass(frozen=True, repr=False)
class _Reading:
    """What the words of a name, a display name or an ID mean.

    | text                                      | family | version | date     | variant    |
    |-------------------------------------------|--------|---------|----------|------------|
    | Opus 4.8, claude-opus-4-8, 4.8 opus       | opus   | 4, 8    |          |            |
    | claude-3-7-sonnet-20250219                | sonnet | 3, 7    | 20250219 |            |
    | anthropic/claude-sonnet-4.0, Sonnet 4     | sonnet | 4       |          |            |
    | bedrock/us.anthropic.claude-opus-4-6-v1:0 | opus   | 4, 6    |          |            |
    | Claude Opus 4.6 (1M context)              | opus   | 4, 6    |          | 1m context |
    | sonnet, latest sonnet                     | sonnet |         |          |            |
    """

    family: str = ""
    version: tuple[int, ...] = ()
    date: str = ""
    variant: tuple[str, ...] = ()
    is_claude: bool = field(default=False, compare=False)  # The text begins with "claude".

    @property
    def spelling(self) -> str:
        """Return the words without the numbers, which alone make no names alike."""
        return " ".join([self.family, *filter(str.isalpha, self.variant)])[:40]

    def is_older(self, other: _Reading) -> bool:
        return self.family == other.family and self.version < other.version


# A number that touches letters behind it ("1m") is one word; "opus4" is two.
_WORD = r"[0-9]+[^\W\d_]+|[^\W\d_]+|[0-9]+"
_REVISION = r"(?<![^\W_])v[0-9]+(:[0-9]+)?(?![.\w])"  # Bedrock's `-v1:0`, which is no version.
_MAX_FAMILY_WORDS = 3  # Of a `line`. A longer one is not looked for: reading stays fast.


def _read(text: str, lines: Collection[str] = (), *, is_typed: bool = False) -> _Reading:
    """Read a name, a display name or an ID.

    The family is the first of `lines` in it, else the first word of letters. The version is one or
    two numbers of one or two digits next to the family, the date a number of eight digits, and the
    variant all other words. In what a person typed, "latest" is no variant.
    """
    text = text.lower()
    if _is_id(text):  # Without the provider, as in `bedrock/us.anthropic.claude-opus-4-6-v1`.
        text = text.rpartition("/")[2].rpartition("anthropic.")[2]
    words = re.findall(_WORD, re.sub(_REVISION, " ", text))
    is_claude = [word for word in words if word != "anthropic"][:1] == ["claude"]

    ignored = {"claude", "anthropic"} | ({"latest"} if is_typed else set())
    dates = [word for word in words if word.isdigit() and len(word) == 8][:1]
    words = [word for word in words if word not in ignored and word not in dates]

    start, end = _find_family(words, lines)
    before, after = words[:start], words[end:]
    version = _leading_numbers(before[::-1])[::-1]
    if version:
        before = before[: -len(version)]
    elif start < end:
        version = _leading_numbers(after)
        after = after[len(version) :]

    numbers = tuple(map(int, version))
    if numbers[1:] == (0,):  # 4.0 is 4.
        numbers = numbers[:1]
    variant = tuple(sorted(before + after))
    return _Reading(" ".join(words[start:end]), numbers, "".join(dates), variant, is_claude)


def _find_family(words: list[str], lines: Collection[str]) -> tuple[int, int]:
    """Return where the family begins and ends in the words, (0, 0) if there is none."""
    starts = range(len(words)) if lines else ()
    for start in starts:
        for end in range(min(start + _MAX_FAMILY_WORDS, len(words)), start, -1):
            if " ".join(words[start:end]) in lines:
                return start, end

    return next(((at, at + 1) for at, word in enumerate(words) if word.isalpha()), (0, 0))


def _leading_numbers(words: list[str]) -> list[str]:
    """Return the one or two numbers of one or two digits that the words begin with."""
    is_number = [word.isdigit() and len(word) <= 2 for word in words[:2]]
    return words[: [*is_number, False].index(False)]


def _words_of_line(line: str | None) -> str:
    """Return a `line` as readings have it: lower-case words, separated by spaces."""
    return " ".join(re.findall(_WORD, (line or "").lower()))


class _ListedModel:
    """A model with its readings: of a display name of its own, if it has one, and of its ID."""

    def __init__(self, model: Model, lines: Collection[str] = ()) -> None:
        self.model = model
        self.of_id = _read(model.id, lines)
        self.readings = [self.of_id]
        if model.display_name not in ("", model.id, model.id.rpartition("/")[2]):
            self.readings.insert(0, _read(model.display_name, lines))

        # Without lines, a local model that is only named after a Claude model has no family.
        families = [reading.family for reading in self.readings if reading.is_claude]
        self.family = _words_of_line(model.line) if lines else next(filter(None, families), "")
        self.version = next(filter(None, (reading.version for reading in self.readings)), ())
        reads_id = self.of_id.family == self.family
        self.variant = self.of_id.variant if reads_id else self.readings[0].variant


class _ModelList:
    """Models, with the rules of which one a name means.

    A family is the `line` field where any model has one. Only where none has (an older server, a
    gateway) is it read from the names, and then of models that begin with "claude".

    The newest model is the first of a list that has lines and proves that it is sorted, as the
    API's is. Elsewhere it is that of the highest version. The dates of gateways order nothing: real
    ones send one date for all models, or for some, or wrong years.
    """

    def __init__(self, models: Iterable[Model]) -> None:
        self.models: dict[str, Model] = {}
        for model in models:
            self.models.setdefault(model.id, model)

        self._lines = {_words_of_line(m.line): m.line for m in self.models.values() if m.line}
        self._listed = [_ListedModel(model, self._lines) for model in self.models.values()]
        self._families: dict[str, list[_ListedModel]] = {}
        self._undated: dict[_Reading, list[_ListedModel]] = {}
        for listed in self._listed:
            if listed.family:
                self._families.setdefault(listed.family, []).append(listed)
            for reading in {replace(reading, date="") for reading in listed.readings}:
                self._undated.setdefault(reading, []).append(listed)

        times = [_parse_time(model.created_at) for model in self.models.values()]
        dates = list(filter(None, times))
        is_sorted = len(set(dates)) > 1 and dates == sorted(dates, reverse=True)
        self._is_newest_first = bool(self._lines) and is_sorted
        self._places = {model_id: place for place, model_id in enumerate(self.models)}
        self._catalogued = set(_catalogue_rows(CATALOGUE))

    def find(self, name: str) -> Model | None:
        """Return the model that a name means, None if there is none.

        That is the one with this ID; else one with the family, version and variant of the name, and
        its date if it has one; else the newest of the family. Raise ModelNotFoundError for several,
        and for a name that is not of the Models API.
        """
        if name in self.models:
            return self.models[name]

        self._reject_other_names(name)
        asked = self._read(name)
        if asked.version or asked.variant or asked.date:
            found = self._undated.get(replace(asked, date=""), [])
            if asked.date:
                found = [m for m in found if asked.date in (r.date for r in m.readings)]
        else:
            found = self._families.get(asked.family, [])

        newest = self._newest(_preferred(found))
        if len(newest) > 1:
            ids = tuple(listed.model.id for listed in newest)
            advice = f"use {_shown(' or '.join(ids))}"
            reason = f"{name!r} is ambiguous"
            raise ModelNotFoundError(reason, advice, name=name, suggestions=ids[:3])
        return newest[0].model if newest else None

    def replacements(
        self, model: Model, accepts: Callable[[Model], bool], *, only_newer: bool = False
    ) -> list[Model]:
        """Return the newest other model of a model's family that is accepted, in a list.

        A variant replaces no model. The list has several if nothing tells them apart, such as the
        same model of two providers, and is empty if there is none.
        """
        replaced = _ListedModel(model, self._lines)
        family = self._families.get(replaced.family, [])
        others = [m for m in family if m.model.id != model.id and not m.variant]
        if only_newer:
            others = [other for other in others if self._is_newer(other, replaced)]
        candidates = [other for other in others if accepts(other.model)]
        return [listed.model for listed in self._newest(_preferred(candidates))]

    def not_found(self, name: str) -> ModelNotFoundError:
        """Return the error for a name that nothing matches, with up to three suggestions."""
        from difflib import get_close_matches  # Here, because most runs need no suggestion.

        asked = self._read(name)
        families = list(self._families)[:_MAX_COMPARED]
        near = [word for word in (asked.family, *asked.spelling.split()) if word in self._families]
        near = near or get_close_matches(asked.family[:40], families, 1, _MIN_LIKENESS)
        if near:
            suggestions = self._suggest_family(near[0], asked)
        else:
            alike = get_close_matches(asked.spelling, self._spellings, 3, _MIN_LIKENESS)
            models = [self._spellings[spelling] for spelling in alike]
            suggestions = tuple(m.model.id for m in models if not m.of_id.is_older(asked))

        advice = "no model in the list begins with claude"
        if suggestions:
            also = f" (also: {', '.join(suggestions[1:])})" if suggestions[1:] else ""
            advice = f"did you mean {suggestions[0]!r}?{also}"
        elif families:
            advice = f"the families are {_shown(', '.join(sorted(families)))}"
        reason = f"unknown model {name!r}"
        return ModelNotFoundError(reason, advice, name=name, suggestions=suggestions)

    def _read(self, name: str) -> _Reading:
        return _read(name, self._lines, is_typed=True)

    def _age(self, listed: _ListedModel) -> tuple[Any, ...]:
        """Return what orders models by release where the list does not, the newest last."""
        is_catalogued = listed.of_id in self._catalogued
        return listed.version, is_catalogued, listed.of_id.date, not listed.variant

    def _newest(self, candidates: list[_ListedModel]) -> list[_ListedModel]:
        """Return the newest candidate; several if nothing tells them apart, or none."""
        if self._is_newest_first or not candidates:
            return candidates[:1]
        newest = max(map(self._age, candidates))
        return [listed for listed in candidates if self._age(listed) == newest]

    def _sort(self, models: list[_ListedModel]) -> list[_ListedModel]:
        """Return the models, the newest first."""
        return models if self._is_newest_first else sorted(models, key=self._age, reverse=True)

    def _is_newer(self, listed: _ListedModel, other: _ListedModel) -> bool:
        if self._is_newest_first and other.model.id in self._places:
            return self._places[listed.model.id] < self._places[other.model.id]
        return listed.version > other.version

    def _suggest_family(self, family: str, asked: _Reading) -> tuple[str, ...]:
        """Return a family and its newest models, none of them older than the one asked for.

        None is retired, and one is deprecated only if no other is left.
        """
        stages = {m: _retirement_of(m.model).lifecycle for m in self._families[family]}
        usable = [m for m, stage in stages.items() if stage != _RETIRED]
        models = [m for m in usable if m.version >= asked.version] or usable
        models = [m for m in models if stages[m] != _DEPRECATED] or models
        models = [m for m in models if not m.variant] or models
        newest = self._sort(models)[:2]
        return (self._lines.get(family) or family, *(listed.model.id for listed in newest))

    @functools.cached_property
    def _spellings(self) -> dict[str, _ListedModel]:
        """The newest models by their spelling, prepared once a list."""
        newest = self._sort(self._listed)[:_MAX_COMPARED]
        return {m.of_id.spelling: m for m in reversed(newest) if m.of_id.spelling}

    def _reject_other_names(self, name: str) -> None:
        """Raise ModelNotFoundError for a name that is not of the Models API, and say what it is."""
        lower = name.lower()
        advice = "use a family, such as sonnet, or a model ID"
        suggestion = ""
        if "$" in name:
            kind = "an unexpanded variable or expression, not a model"
            advice = "check its spelling and the quotes around it"
        elif lower in ("default", "best", "inherit", "opusplan"):
            kind = "a setting of Claude Code, not a model"
        elif lower.endswith("[1m]"):
            suggestion = name[: -len("[1m]")]
            kind = "not a model ID: [1m] is a suffix of Claude Code"
            advice = f"ask for {suggestion!r}, and put [1m] behind the ID"
        elif "anthropic.claude-" in lower or lower.startswith("arn:"):
            kind = "an ID of Amazon Bedrock, not an ID of the Models API"
        elif re.search(r"@[0-9]{8}(?![0-9])", name):
            kind = "an ID of Vertex AI, not an ID of the Models API"
        else:
            return

        asked = self._read(name)
        if "Models API" in kind and asked.family in self._families:
            suggestion = "-".join(filter(None, [asked.family, ".".join(map(str, asked.version))]))
            advice = f"for the API's ID, write {suggestion!r}"
        suggestions = tuple(filter(None, [suggestion]))
        raise ModelNotFoundError(f"{name!r} is {kind}", advice, name=name, suggestions=suggestions)


def _preferred(models: list[_ListedModel]) -> list[_ListedModel]:
    """Return the active models, else the deprecated ones, else the retired ones, else all."""
    stages: dict[str, list[_ListedModel]] = {_ACTIVE: [], _DEPRECATED: [], _RETIRED: []}
    for listed in models:  # A server that sends no lifecycle lists what can be used.
        stages.setdefault(listed.model.lifecycle or _ACTIVE, []).append(listed)
    return next(filter(None, stages.values()), [])


@functools.lru_cache(maxsize=1)
def _catalogue_rows(catalogue: tuple[Model, ...]) -> dict[_Reading, Model]:
    """Return the rows of the catalogue by the readings of their IDs."""
    return {_read(model.id): model for model in catalogue}


_TIMESTAMP = r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?"


def _parse_time(timestamp: str | None) -> datetime | None:
    """Return an RFC 3339 timestamp in UTC, to the second; None if unreadable or an epoch value."""
    found = re.fullmatch(_TIMESTAMP, timestamp, re.ASCII) if timestamp else None
    if not found:
        return None

    zone = "+00:00" if found[3] in (None, "Z", "z") else found[3]
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00:00'}{zone}")
        moment = moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
    return moment if moment > _EPOCH else None


def _day(timestamp: str | None) -> date | None:
    moment = _parse_time(timestamp)
    return moment.date() if moment else None


def _days_left(day: date | None) -> int | None:
    """Return the days from today (UTC), negative if the day is past, None if it is unknown."""
    return (day - datetime.now(timezone.utc).date()).days if day else None


@dataclass(eq=False, repr=False)
class _Retirement:
    """What is known of a model's retirement: its lifecycle, the day, and who says so."""

    lifecycle: str | None = None
    day: date | None = None
    source: str = ""  # "" for the server itself.

    @property
    def when(self) -> str:
        """Return when the model retires: "retires on 2027-01-22, in 56 days"."""
        according = f" according to {self.source}" if self.source else ""
        day = self.day or "an unknown date"
        days = _days_left(self.day)
        unit = "day" if days in (1, -1) else "days"
        count = f"{abs(days or 0)} {unit}"
        if self.lifecycle == _RETIRED:
            return f"retired on {day}{according}"
        if days is None:
            return f"retires on {day}{according}"
        if days < 0:
            return f"was due to retire on {day}, {count} ago{according}"
        return f"retires on {day}, in {count}{according}"


def _retirement_of(model: Model) -> _Retirement:
    """Return what the server says of a model's retirement or, if it is silent, the catalogue.

    A gateway sends neither lifecycle nor date. The row of the catalogue with the same family and
    version, and date where both have one, then stands in for it.
    """
    day = _day(model.retires_at)
    if model.lifecycle or day:
        return _Retirement(model.lifecycle, day)

    listed = _ListedModel(model)
    for reading, row in _catalogue_rows(CATALOGUE).items():
        is_same = (reading.family, reading.version) == (listed.family, listed.version)
        dates = {reading.date, listed.of_id.date} - {""}
        if is_same and len(dates) < 2:
            row = _as_of_today(row)
            return _Retirement(row.lifecycle, _day(row.retires_at), _catalogue_name())
    return _Retirement()


def _as_of_today(row: Model) -> Model:
    """Return a row of the catalogue, retired from the day after its date: it knows no later news."""
    days = _days_left(_day(row.retires_at))
    return replace(row, lifecycle=_RETIRED) if days is not None and days < 0 else row


def _catalogue_name() -> str:
    return f"the built-in catalogue of {CATALOGUE_DATE}"


class _Resolver:
    """Resolve names with one source of models and the options of one call."""

    def __init__(self, source: _API | _CatalogueSource, options: _Options) -> None:
        self._source = source
        self._options = options
        self._entry_point = options.entry_point

    def resolve(self, name: str) -> Model:
        """Return the model that a name means or, with `upgrade`, its replacement if refused."""
        model = self._find_model(name)
        asked = name
        refusal = self._refusal(model)
        if refusal:
            model = self._replace(model, f"{_subject(asked, model)} {refusal}")
            asked = model.id

        self._warn_if_deprecated(asked, model)
        self._warn_if_unchecked(asked, model)
        return model

    def _find_model(self, name: str) -> Model:
        """Return the model that a name means: what looks like an ID is looked up by itself first.

        Only an answer with a lifecycle, the API's own, counts at once: a gateway may echo any name.
        """
        looked_up = self._source.look_up(name) if name.startswith("claude-") else None
        if looked_up and looked_up.lifecycle:
            return looked_up

        try:
            in_use = self._source.in_use
        except APIError as error:
            if looked_up and _lists_no_models(error.status, error.type):
                return looked_up
            raise

        if looked_up and looked_up.id in in_use.models:
            return in_use.models[looked_up.id]
        model = in_use.find(name) or self._source.retired.find(name)
        if model is None:
            raise in_use.not_found(name)
        return model

    def _refusal(self, model: Model) -> str:
        """Return why a model is refused, "" if it is not."""
        retirement = _retirement_of(model)
        is_retired = retirement.lifecycle == _RETIRED
        if is_retired and not retirement.source:
            return retirement.when

        # A gateway may keep a model that the catalogue calls retired, as Amazon Bedrock does.
        minimum = self._options.min_days_left
        if minimum is None:
            return retirement.when if is_retired and self._options.upgrade else ""
        days = _days_left(retirement.day)
        is_short = days is not None and days < minimum
        return f"{retirement.when} (minimum: {minimum})" if is_retired or is_short else ""

    def _replace(self, model: Model, refusal: str) -> Model:
        """Return the replacement of a refused model; raise ModelRetiredError without one."""
        found, advice = self._look_for_replacements(
            "replacement", model, lambda m: not self._refusal(m)
        )
        successor = (
            found[0] if len(found) == 1 else None
        )  # None is chosen of two providers' models.
        if successor and self._options.upgrade:
            self._entry_point.warn(f"{refusal}; upgraded to {successor.id}")
            return successor

        if successor:
            advice += f", or {self._entry_point.enable('upgrade')}"
        raise ModelRetiredError(refusal, advice, model=model, successor=successor)

    def _warn_if_deprecated(self, asked: str, model: Model) -> None:
        retirement = _retirement_of(model)
        if retirement.lifecycle not in (_DEPRECATED, _RETIRED):
            return

        def is_active(other: Model) -> bool:
            return _retirement_of(other).lifecycle in (_ACTIVE, None)

        _, advice = self._look_for_replacements(
            "newer active model", model, is_active, only_newer=True
        )
        status = "is deprecated and " if retirement.lifecycle == _DEPRECATED else ""
        self._entry_point.warn(f"{_subject(asked, model)} {status}{retirement.when}; {advice}")

    def _warn_if_unchecked(self, asked: str, model: Model) -> None:
        is_asked = self._options.min_days_left is not None
        if is_asked and not model.lifecycle and not _retirement_of(model).day:
            option = self._entry_point.option("min_days_left")
            name = model.id if asked == model.id else f"{asked!r} ({model.id})"
            reason = f"neither the server nor {_catalogue_name()} has a retirement date"
            self._entry_point.warn(f"{option} could not be checked for {name}: {reason}")

    def _look_for_replacements(
        self, wanted: str, model: Model, accepts: Callable[[Model], bool], only_newer: bool = False
    ) -> tuple[list[Model], str]:
        """Return the models that may replace a model, and the advice that names them."""
        try:
            found = self._source.in_use.replacements(model, accepts, only_newer=only_newer)
        except (APIError, CredentialError) as error:
            # The model itself was found; only the advice is missing.
            return [], f"its replacement could not be looked up ({error.reason})"
        if not found:
            return [], f"no {wanted} in its family; choose another model"
        return found, f"use {_shown(' or '.join(other.id for other in found))}"


def _subject(asked: str, model: Model) -> str:
    """Return the model as the subject of a sentence, with the name that was asked for."""
    return model.id if asked == model.id else f"{asked!r} is {model.id}, which"


@dataclass(eq=False, repr=False)
class _Answer:  # Also used by entrypoint.py.
    requested: str
    model: Model
    source: str  # "api", "catalogue" or "fallback".


def _resolve_all(  # Also used by entrypoint.py.
    names: Sequence[str], make_source: Callable[[], _API | _CatalogueSource], options: _Options
) -> tuple[list[_Answer], list[ClaudeModelError]]:
    """Return the answers to names, and the errors of the names that no model can be used for.

    Raise what ends the whole call: an error of the API or of the credential, and ValueError.
    """
    names = [_check_name(name) for name in names]
    fallback = options.fallback
    if fallback is not None and len(names) > 1:
        option = options.entry_point.option("fallback")
        raise ValueError(f"{option} works with one model only (got {len(names)})")

    answers: list[_Answer] = []
    errors: list[ClaudeModelError] = []
    try:
        source = make_source()
        for name in names:
            try:
                model = _Resolver(source, options).resolve(name)
                answers.append(_Answer(name, model, source.name))
            except (ModelNotFoundError, ModelRetiredError) as error:
                errors.append(error)
    except (UnavailableError, MissingCredentialError) as error:
        if fallback is None:
            raise
        is_missing = isinstance(error, MissingCredentialError)
        reason = options.entry_point.no_credential if is_missing else error.reason
        _warn_of_fallback(fallback, reason, options.entry_point)
        answers = [_Answer(names[0], Model(fallback, fallback, raw={"id": fallback}), "fallback")]
    return answers, errors


def _warn_of_fallback(fallback: str, reason: str, entry_point: _EntryPoint) -> None:
    families = {_Reading(row.line) for row in CATALOGUE if row.line}
    problem = "; it is a family, not a model ID" if _read(fallback) in families else ""
    entry_point.warn(f"{reason}: using the fallback {fallback}, unchecked{problem}")


class _CatalogueSource:  # Also used by entrypoint.py.
    """The built-in catalogue as a source of models. It never answers without saying so."""

    name = "catalogue"

    def __init__(self, entry_point: _EntryPoint) -> None:
        entry_point.note(f"using {_catalogue_name()} instead of the API")
        days = -(_days_left(_day(CATALOGUE_DATE)) or 0)
        if days > _STALE_DAYS:
            entry_point.warn(f"{_catalogue_name()} is {days} days old; update claude_model")

        rows = [_as_of_today(row) for row in CATALOGUE]
        self.in_use = _ModelList(row for row in rows if row.lifecycle != _RETIRED)
        self.retired = _ModelList(row for row in rows if row.lifecycle == _RETIRED)

    def look_up(self, model_id: str) -> Model | None:
        return None  # The lists have all that there is.


class _API:  # Also used by entrypoint.py.
    """The Models API as a source of models."""

    name = "api"

    def __init__(self, client: Client, entry_point: _EntryPoint, deadline: _Deadline) -> None:
        custom = _custom_headers()
        self.credential = _find_credential(client, custom, entry_point)
        url, setting = _base_url(client.base_url, entry_point)
        refused = self.credential.advice_if_refused(setting)
        self._entry_point = entry_point
        self._headers = {**_headers(client, custom), **self.credential.headers}
        self._server = _Server(url, setting, entry_point, deadline, client.max_retries, refused)
        self._lists: dict[tuple[str, ...], _ModelList | ClaudeModelError] = {}
        if not self._server.is_private:
            peer = self._server.peer
            entry_point.warn(f"plain http sends the credential unencrypted to {peer}")

    def get(self, model_id: str) -> Model | None:
        """Return the model with an ID or alias, None if the API answers 404."""
        from urllib.parse import quote

        if model_id in (".", ".."):
            raise ValueError(f"{model_id!r} is not a model ID: in a URL, it means another path")
        response = self._ask(f"/v1/models/{quote(model_id, safe='')}")
        if response.status == 404:
            return None

        model = _parse_model(self._server.value(response))
        if model is None:
            raise self._server.unusable(response, f"not a model: {response.text}")
        return model

    def look_up(self, model_id: str) -> Model | None:
        """Return the model with an ID or alias, None if this server does not tell.

        Raise the errors that the list would only repeat: no response, a refusal of the credential
        or by a proxy, and what may pass.
        """
        try:
            return self.get(model_id)
        except APIError as error:
            if error.status in _TRANSIENT | {None, 407}:
                raise
            return None

    @property
    def in_use(self) -> _ModelList:
        return self._list(())

    @property
    def retired(self) -> _ModelList:
        try:
            return self._list((_RETIRED,))
        except (APIError, CredentialError) as error:
            if isinstance(error, UnavailableError) and error.status != 501:
                raise
            return _ModelList(())  # A server that rejects the filter has none to tell of.

    def _list(self, lifecycle: tuple[str, ...]) -> _ModelList:
        """Return a list, or raise its error. Neither is asked for twice."""
        self._server.check_time()  # To search lists for many names takes time, too.
        if lifecycle not in self._lists:
            try:
                models = self.list_models(lifecycle)
                if lifecycle:  # A gateway may ignore the filter.
                    models = [model for model in models if model.lifecycle in lifecycle]
                self._lists[lifecycle] = _ModelList(models)
            except ClaudeModelError as error:
                self._lists[lifecycle] = error

        found = self._lists[lifecycle]
        if isinstance(found, ClaudeModelError):
            raise found
        return found

    def list_models(self, lifecycle: tuple[str, ...]) -> list[Model]:
        """Return the models of every page, without the rows that have no valid ID."""
        from urllib.parse import urlencode

        query = [("limit", "1000"), *(("lifecycle[]", stage) for stage in lifecycle)]
        models: list[Model] = []
        rows = size = 0
        cursors: list[str] = []
        while True:
            after = [("after_id", cursor) for cursor in cursors[-1:]]
            response = self._ask(f"/v1/models?{urlencode(query + after)}")
            page = self._page(response)
            models += filter(None, map(_parse_model, page["data"]))

            rows += len(page["data"])
            size += len(response.body)
            if rows > _MAX_MODELS or size > _MAX_LIST_BYTES:
                limit = f"{_MAX_MODELS} models or {_MAX_LIST_BYTES // 2**20} MiB"
                raise self._server.unusable(response, f"the model list has over {limit}")
            if page.get("has_more") is not True:
                break
            cursor = page.get("last_id")
            if not _is_text(cursor) or cursor in cursors:
                raise self._server.unusable(response, "has_more without a new last_id")
            cursors.append(str(cursor))
            if len(cursors) == _MAX_PAGES:
                raise self._server.unusable(response, f"over {_MAX_PAGES} pages")

        if not models and (rows or not lifecycle):
            problem = "no valid model ID" if rows else "the model list is empty"
            raise self._server.unusable(response, problem)
        return models

    def _page(self, response: _Response) -> dict[str, Any]:
        """Return a page of a list, with an array as `data`."""
        if _lists_no_models(response.status, response.error_type):
            advice = self._entry_point.go_offline()
            if self._server.setting:
                advice = f"check {self._server.setting}, or {advice}"
            reason = f"{self._server.describe(response)}; this server does not list models"
            kind = UnavailableError if response.status == 501 else APIError
            raise kind(reason, advice, **response.facts)

        page = self._server.value(response)
        if isinstance(page, dict) and "data" in page:
            page = {**page, "data": [] if page["data"] is None else page["data"]}
            if isinstance(page["data"], list):
                return page
        raise self._server.unusable(response, f"not a list of models: {response.text}")

    def _ask(self, path: str) -> _Response:
        secrets = tuple(self.credential.headers.values())
        request = _Request(self._server.url + path, self._headers, secrets)
        return self._server.send(lambda: request)


def _lists_no_models(status: int | None, error_type: str | None) -> bool:
    """Return whether an error of the list means that a gateway has none. The API has one."""
    is_gateway = error_type != "invalid_request_error"
    return status in (404, 405, 501) or (status == 400 and is_gateway)


class _Deadline:  # Also used by entrypoint.py.
    """A time limit, in seconds, that starts when it is made."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def run(self, function: Callable[[], Any]) -> Any:
        """Return what a function returns, raise what it raises, or TimeoutError at the end.

        The function runs in a thread of its own: nothing else bounds the look-up of a name, or a
        server that sends its headers a byte at a time. A thread that is late is abandoned. It ends
        when the server sends more or hangs up, at the latest with the process.
        """
        import threading

        results: list[Any] = []
        failures: list[BaseException] = []

        def work() -> None:
            try:
                results.append(function())
            except BaseException as error:  # Even a bug is raised where the caller can see it.
                if self.left > 0:  # Otherwise, the caller is gone.
                    failures.append(error)

        thread = threading.Thread(target=work, name="claude_model", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # No thread can be started.
            raise OSError(str(error)) from None
        while thread.is_alive() and self.left > 0:
            thread.join(min(0.1, max(0.0, self.left)))  # On Windows, Ctrl-C cannot end a join.

        if failures:
            raise failures.pop()  # Which ends the cycle of the list and the error's frames.
        if not results:
            raise TimeoutError
        return results[0]


@dataclass(eq=False, repr=False)
class _Request:  # Also used by entrypoint.py.
    """A request, with the secrets that no message about it may show."""

    url: str
    headers: Mapping[str, str]
    secrets: tuple[str, ...]
    body: bytes | None = None

    def cut(self, text: str) -> str:
        """Return a text of a server for a message, without the secrets."""
        text = _unescape(text)
        for secret in self._forms(_MIN_SECRET_LENGTH):
            text = text.replace(secret, "[credential]")
        return text

    def is_repeated_in(self, text: str) -> bool:
        """Return whether a text has a secret that is too long to be there by chance."""
        text = _unescape(text)
        return any(secret in text for secret in self._forms(_MIN_ECHO_LENGTH))

    def _forms(self, shortest: int) -> list[str]:
        """Return the secrets as a server may repeat them, the longest first."""
        parts = {part for secret in self.secrets for part in (secret, *secret.split()[-1:])}
        forms = parts | {json.dumps(part)[1:-1] for part in parts}
        return sorted((form for form in forms if len(form) >= shortest), key=len, reverse=True)


def _unescape(text: str) -> str:
    """Return JSON text with printable ASCII and slashes in place of their escapes."""
    if "\\" not in text:
        return text
    escape = r"\\(?:u00([2-7][0-9A-Fa-f])|/)"
    return re.sub(escape, lambda found: chr(int(found[1] or "2f", 16)), text)


@dataclass(eq=False, repr=False)
class _Response:
    """A response of a server. What it returns for messages is safe to show."""

    status: int
    headers: Mapping[str, str]  # By lower-case name.
    body: bytes
    request: _Request
    is_json: bool
    value: Any  # Of a JSON body.
    problem: str  # What messages show in place of a body that cannot be read, else "".

    @property
    def text(self) -> str:
        """Return the body on one line, of an HTML page only the title."""
        if self.problem:
            return self.problem
        text = self.request.cut(self.body.decode("utf-8", "replace"))[:_MAX_HTML]
        if not re.match(r"\s*<(!doctype|html|head)", text, re.IGNORECASE):
            return _shown(text) or "empty body"
        title = re.search(r"<title[^>]{0,99}>([^<]{1,500})", text, re.IGNORECASE)
        return f"HTML page {_shown(title[1])!r}" if title else "HTML page without a title"

    @property
    def error_type(self) -> str | None:
        return self._error_text("type") or None

    @property
    def message(self) -> str:
        """Return the server's own words: the message of an error in the API's shape, or all."""
        return self._error_text("message") or self.text

    @property
    def request_note(self) -> str:
        """Return the ID of the request, as messages show it."""
        request_id = self.facts["request_id"]
        return f" (request {request_id})" if request_id else ""

    @property
    def facts(self) -> dict[str, object]:
        """Return the attributes of an APIError."""
        # Of a success, not even this part of the body is shown: it may be the answer of a login.
        is_error = self.status >= 300 and isinstance(self.value, dict)
        sent = self.value.get("request_id") if is_error else None
        request_id = self.show(self.headers.get("request-id", sent)) or None
        return {"status": self.status, "type": self.error_type, "request_id": request_id}

    def show(self, text: object) -> str:
        return _shown(self.request.cut(str(text or "")))

    def _error_text(self, name: str) -> str:
        error = self.value.get("error") if isinstance(self.value, dict) else None
        return self.show(error.get(name)) if isinstance(error, dict) else ""


class _Server:  # Also used by entrypoint.py.
    """A server: send requests until a deadline, with retries, and say what went wrong.

    `setting` is where its URL is from, "" for the API's own. `refused` is the advice for a refusal
    of what is sent as the credential.
    """

    def __init__(
        self,
        url: str,
        setting: str,
        entry_point: _EntryPoint,
        deadline: _Deadline,
        max_retries: int,
        refused: str,
    ) -> None:
        self.url = url
        self.setting = setting
        self._entry_point = entry_point
        self._deadline = deadline
        self._max_retries = max_retries
        self._refused = refused

        self._scheme, _, host = url.split("/")[:3]
        self.peer = host  # What messages call the server.
        try:  # In a thread, because it may look up names.
            self._proxy: str = deadline.run(lambda: _find_proxy(self._scheme[:-1], host))
        except OSError as error:
            raise self._failure(error, _Request(url, {}, ()))[0] from None
        if self._proxy:
            self.peer += f" via proxy {self._proxy.rpartition('@')[2]}"
        # Encrypted, or never leaves this machine.
        self.is_private = self._scheme == "https:" or (not self._proxy and _is_loopback(host))

    def send(self, make_request: Callable[[], _Request]) -> _Response:
        """Return the response, after retries; raise UnavailableError if none comes.

        Each try makes a request of its own, because an identity token is good for one.
        """
        attempt = 0
        while True:
            outcome, can_retry = self._try(make_request())
            if not can_retry or attempt >= self._max_retries:
                break
            seconds = _seconds_to_wait(outcome, attempt)
            if seconds >= self._deadline.left:
                break
            what = self._head(outcome) if isinstance(outcome, _Response) else outcome.reason
            self._entry_point.progress(f"{what}; retrying in {round(seconds, 1):g} s")
            time.sleep(seconds)
            attempt += 1

        if isinstance(outcome, UnavailableError):
            raise outcome
        return outcome

    def check_time(self) -> None:
        """Raise UnavailableError if the deadline has passed."""
        if self._deadline.left <= 0:
            raise self._timed_out()

    def value(self, response: _Response) -> Any:
        """Return the JSON value of a response; raise the error of one without a value to use."""
        if response.status != 200:
            raise self.error(response)
        if not response.is_json:
            raise self.unusable(response, f"not JSON: {response.text}")
        if response.request.is_repeated_in(response.body.decode("utf-8", "replace")):
            raise self.unusable(response, "it repeats the credential")
        return response.value

    def describe(self, response: _Response) -> str:
        """Return who answered what, in the server's own words."""
        return f"{self._head(response)}: {response.message}{response.request_note}"

    def unusable(self, response: _Response, problem: str) -> UnavailableError:
        """Return the error for a response that says success, but is no answer."""
        reason = f"unexpected response from {self.peer}: {problem}{response.request_note}"
        advice = f"check {self.setting or 'the proxy settings'}"
        return UnavailableError(reason, advice, **response.facts)

    def error(self, response: _Response) -> ClaudeModelError:
        """Return the error for a response with any status but 200."""
        status = response.status
        facts = response.facts
        reason = self.describe(response)
        if status < 300:
            return self.unusable(response, f"status {status}, {response.text}")
        if status in (401, 403):
            sender = "" if response.error_type else f"{_NOT_THE_API}; "
            return CredentialError(reason, sender + self._refused)
        if status == 407:
            return UnavailableError(reason, "set the user and password of the proxy", **facts)
        if status in _TRANSIENT:
            return UnavailableError(reason, self._advice_to_retry(response), **facts)
        if status < 400:
            return APIError(reason, self._advice_on_redirect(response), **facts)

        checks = [f"check {self.setting}"] if self.setting else []
        if response.error_type != "invalid_request_error":  # The API's own is about the request.
            checks.insert(0, self._refused)
        kind = UnavailableError if status == 501 else APIError
        return kind(reason, "; ".join(checks), **facts)

    def _head(self, response: _Response) -> str:
        return f"{self.peer}: {response.status} {response.error_type or ''}".rstrip()

    def _advice_to_retry(self, response: _Response) -> str:
        if response.headers.get("x-should-retry") == "false":
            return "retrying does not help"
        return f"try again later, or check {self.setting}" if self.setting else "try again later"

    def _advice_on_redirect(self, response: _Response) -> str:
        from urllib.parse import urljoin, urlsplit

        target = "no valid address"
        location = response.headers.get("location")
        with suppress(ValueError):
            if location:
                parts = urlsplit(urljoin(self.url, location))
                host = parts.netloc.rpartition("@")[2]
                target = response.show(f"{parts.scheme}://{host}{parts.path}")
        check = self.setting or "the proxy settings"
        return f"it redirects to {target}, which is not followed; check {check}"

    def _try(self, request: _Request) -> tuple[_Response | UnavailableError, bool]:
        """Send a request once; return the response or why none came, and whether to retry."""
        from http.client import HTTPException

        request = replace(request, secrets=(*request.secrets, *_proxy_secrets(self._proxy)))
        try:
            response: _Response = self._deadline.run(lambda: self._exchange(request))
        except (OSError, HTTPException, UnicodeError) as error:
            return self._failure(error, request)

        can_retry = response.status in _TRANSIENT
        # Not for 407: to repeat a wrong proxy password may lock the account.
        should_retry = response.headers.get("x-should-retry")
        is_error = response.status >= 400 and response.status != 407
        if is_error and should_retry in ("true", "false"):
            can_retry = should_retry == "true"
        return response, can_retry

    def _exchange(self, request: _Request) -> _Response:
        """Send a request and read the response: all I/O with servers happens here."""
        from urllib.request import Request

        headers = {"accept": "application/json", "user-agent": f"claude_model/{__version__}"}
        sent = Request(request.url, request.body, {**headers, **request.headers})
        timeout = max(0.001, self._deadline.left)  # Of each read; the thread bounds all of them.
        body = bytearray()
        with self._opener().open(sent, timeout=timeout) as response:
            piece = b" "
            while piece and len(body) <= _MAX_BODY_BYTES:
                piece = response.read1(2**16)
                body += piece
                if self._deadline.left <= 0:
                    raise TimeoutError  # The call has ended without this thread.
            if not piece and response.length:
                raise OSError("the connection was closed before the end of the response")

        received = {name.lower(): value for name, value in response.headers.items()}
        encoding = request.cut(received.get("content-encoding", "identity"))
        return _Response(
            response.status, received, bytes(body), request, *_decode(bytes(body), encoding)
        )

    def _opener(self) -> OpenerDirector:
        """Return what opens URLs and follows no redirect: no secret goes to a second address."""
        from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

        opener = OpenerDirector()
        proxies = {self._scheme[:-1]: f"http://{self._proxy}"} if self._proxy else {}
        opener.add_handler(ProxyHandler(proxies))
        opener.add_handler(HTTPHandler(debuglevel=0))  # The default of http.client may print all.
        if self._scheme == "https:":
            import ssl

            context = ssl.create_default_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python 3.9 allows older ones.
            opener.add_handler(HTTPSHandler(debuglevel=0, context=context))
        return opener

    def _timed_out(self) -> UnavailableError:
        advice = f"retry, or raise {self._entry_point.option('timeout')}"
        reason = f"{self.peer}: timed out after {self._deadline.seconds:g} s"
        return UnavailableError(reason, advice)

    def _failure(self, error: Exception, request: _Request) -> tuple[UnavailableError, bool]:
        """Return why no response came, and whether to retry."""
        import socket
        from http.client import HTTPException, InvalidURL
        from urllib.error import URLError

        cause = error.reason if isinstance(error, URLError) else error
        text = _shown(request.cut(getattr(cause, "strerror", None) or str(cause)))
        setting = f", {self.setting}" if self.setting else ""
        advice = f"check the network{setting} and the proxy settings"
        can_retry = False
        # A timeout of the system has an errno, and may pass.
        if isinstance(cause, (TimeoutError, socket.timeout)) and cause.errno is None:
            return self._timed_out(), False

        if hasattr(cause, "verify_code"):
            reason, advice = _certificate_problem(cause, self.setting or "the base URL")
        elif text.startswith("Tunnel connection failed: "):
            # Not retried: to repeat a wrong proxy password may lock the account.
            reason = f"the proxy refused to connect ({text[26:]})"
            advice = "set its user and password" if " 407" in text else "ask its administrator"
        elif isinstance(cause, OSError):
            reason = f"connection failed ({text})"
            can_retry = True
        elif isinstance(cause, HTTPException) and not isinstance(cause, InvalidURL):
            reason = f"invalid or incomplete HTTP response ({type(cause).__name__})"
            can_retry = True
        else:
            reason = "not a valid address"  # The error's own text may hold a password.
        return UnavailableError(f"{self.peer}: {reason}", advice), can_retry


_NOT_THE_API = "a proxy, filter or gateway sent this, not the API"


def _seconds_to_wait(outcome: _Response | UnavailableError, attempt: int) -> float:
    """Return the seconds to wait before a retry, as the official SDK does."""
    headers = outcome.headers if isinstance(outcome, _Response) else {}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", headers.get(name, "")):
            return float(headers[name]) * unit

    from random import random  # Here, because the import takes milliseconds.

    return min(0.5 * 2.0 ** min(attempt, 4), 8.0) * (1 - 0.25 * random())


def _decode(body: bytes, encoding: str) -> tuple[bool, Any, str]:
    """Return whether a body is JSON, its value, and why it cannot be read, or ""."""
    if encoding != "identity":
        return False, None, f"compressed with {_shown(encoding)}, which was not requested"
    if len(body) > _MAX_BODY_BYTES:
        return False, None, f"larger than {_MAX_BODY_BYTES // 2**20} MiB"

    try:
        # Without a byte order mark. JSON has no NaN and no infinity.
        text = body.decode("utf-8-sig")
        value = json.loads(
            text, parse_int=_parse_int, parse_float=_parse_float, parse_constant=_parse_float
        )
    except (ValueError, RecursionError):
        return False, None, ""
    if _is_too_deep(value):
        return False, None, "nested too deeply"
    return True, value, ""


def _parse_int(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def _parse_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _is_too_deep(value: Any) -> bool:
    """Return whether writing a JSON value could exceed the recursion limit."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        containers = [item for item in level if isinstance(item, (dict, list))]
        level = []
        for container in containers:
            level += container.values() if isinstance(container, dict) else container
    return bool(level)


def _shown(text: str) -> str:
    """Return the beginning of a server's text as one line without control characters."""
    line = _one_line(text[: 4 * _MAX_SHOWN])  # Enough: folding whitespace shortens it.
    return line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 3] + "..."


def _one_line(text: str) -> str:  # Also used by entrypoint.py.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _certificate_problem(error: Any, base_url: str) -> tuple[str, str]:
    """Return the flaw of a certificate and its remedy. The codes are OpenSSL's X509_V_ERR_*."""
    advice = "ask whoever runs this server for a valid certificate"
    if error.verify_code in (9, 10):  # Not yet valid, or expired.
        advice = "check the clock of this machine"
    elif error.verify_code in (62, 64):  # Another host name or IP address.
        advice = f"check the host name in {base_url}"
    elif error.verify_code in (2, 18, 19, 20, 21):  # An unknown or incomplete authority.
        advice = _advice_on_authority()
    return f"certificate verification failed ({_shown(error.verify_message)})", advice


def _advice_on_authority() -> str:
    """Return what to do if the authority of a certificate is not known."""
    import ssl

    bundle = os.environ.get("SSL_CERT_FILE")
    if bundle:
        try:
            with open(bundle, "rb") as file:
                is_pem = b"-----BEGIN" in file.read(2**20)
        except OSError:
            return f"SSL_CERT_FILE is {_shown(repr(bundle))}, which is not a readable file"
        if not is_pem:
            return f"SSL_CERT_FILE is {_shown(repr(bundle))}, which has no PEM certificate"
    else:
        folder = ssl.get_default_verify_paths().capath
        count = ssl.create_default_context().cert_store_stats()["x509_ca"]
        if not count and not (folder and os.listdir(folder)):
            return "this Python has no CA certificates; set SSL_CERT_FILE to a CA bundle"
    return "if you trust this server, set SSL_CERT_FILE to its CA bundle"


def _trim(text: str | None) -> str:  # Also used by entrypoint.py.
    """Return a setting without whitespace and byte order marks around it, "" if it is unset."""
    return (text or "").strip().strip("\ufeff").strip()


def _setting(name: str) -> str:
    return _trim(os.environ.get(name))


@dataclass(eq=False, repr=False)
class _Credential:
    """The credential that is sent: the setting that it is from, and its headers."""

    setting: str
    headers: Mapping[str, str]
    counterpart: str  # The setting for a token, of a key, and for a key, of a token.
    unused: tuple[str, ...]  # Other settings that have one, which is not sent.

    def advice_if_refused(self, base_url_setting: str) -> str:
        unused = f" ({' and '.join(self.unused)} not used)" if self.unused else ""
        advice = f"check {self.setting}{unused}"
        key = self.headers.get("x-api-key", "")
        token = self.headers.get("authorization", "")
        if not self.counterpart:
            return advice
        if key.startswith("sk-ant-oat") or token.startswith("Bearer sk-ant-api"):
            kind = "an OAuth token" if key else "an API key"
            return f"{advice}: it has {kind}, which belongs in {self.counterpart}"
        if key and base_url_setting:
            return f"{advice}; many gateways read {self.counterpart} instead"
        return advice


def _find_credential(
    client: Client, custom: Mapping[str, str], entry_point: _EntryPoint
) -> _Credential:
    """Return the credential of the first setting that has one: no second one is sent."""

    def bearer(token: str) -> dict[str, str]:
        return {"authorization": f"Bearer {token}" if token else ""}

    key = entry_point.option("api_key")
    token = entry_point.option("auth_token")
    key_variable = "ANTHROPIC_API_KEY"
    token_variable = "ANTHROPIC_AUTH_TOKEN"
    secret = {name: value for name, value in custom.items() if _is_secret_header(name)}
    settings = [
        (key, {"x-api-key": _trim(client.api_key)}, token),
        (token, bearer(_trim(client.auth_token)), key),
        ("ANTHROPIC_CUSTOM_HEADERS", secret, ""),
        (key_variable, {"x-api-key": _setting(key_variable)}, token_variable),
        (token_variable, bearer(_setting(token_variable)), key_variable),
    ]
    found = [setting for setting in settings if any(setting[1].values())]
    if not found:
        raise entry_point.missing_credential()

    (name, headers, counterpart), *others = found
    for header, value in headers.items():
        _check_credential(name, header, value)
    return _Credential(name, headers, counterpart, tuple(other[0] for other in others))


def _check_credential(setting: str, header: str, value: str) -> None:
    """Raise CredentialError, which does not show it, for a credential that cannot be right."""
    if header == "authorization":
        value = value.partition(" ")[2] or value  # Without its scheme, such as "Bearer".

    if "${{" in value:
        raise CredentialError(f"{setting} contains an expression that was not expanded: ${{{{")
    if value[0] in "'\"" and value[-1] == value[0]:
        raise CredentialError(f"{setting} is wrapped in quotes; remove them")
    if header not in ("x-api-key", "authorization"):
        return  # A gateway's header may have a scheme or be a cookie.
    if value.startswith("Bearer "):
        raise CredentialError(f"{setting} begins with 'Bearer '; set it to the token alone")
    if not _is_token(value):
        # http.client would reject it too, in an error that shows the value.
        problem = "contains whitespace or a non-ASCII character"
        raise CredentialError(f"{setting} {problem}; was it pasted with a line break?")


def _is_secret_header(name: str) -> bool:  # Also used by entrypoint.py.
    """Return whether a custom header carries a credential, by its name."""
    name = name.lower().replace("portkey", "")  # A gateway's name, as in `x-portkey-provider`.
    words = ("auth", "key", "token", "secret", "cookie", "password")
    return any(word in name for word in words)


def _custom_headers() -> dict[str, str]:
    """Return the headers of ANTHROPIC_CUSTOM_HEADERS by lower-case name; an empty one is unset.

    Raise CredentialError for a malformed line, without its text: any value may be a secret.
    """
    pattern = r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([\t\x20-\x7e]*)"  # RFC 9110, section 5.
    headers = {}
    for number, line in enumerate(_setting("ANTHROPIC_CUSTOM_HEADERS").split("\n"), start=1):
        if not _trim(line):
            continue
        found = re.fullmatch(pattern, _trim(line))
        if found and found[2]:
            headers[found[1].lower()] = found[2]
        elif not found:
            place = f"line {number} of ANTHROPIC_CUSTOM_HEADERS"
            raise CredentialError(f"{place} is not `Name: value` in ASCII; fix or remove it")
    return headers


def _headers(client: Client, custom: Mapping[str, str]) -> dict[str, str]:
    """Return the headers without the credential: those of the user are sent as they are."""
    headers = {name: value for name, value in custom.items() if not _is_secret_header(name)}
    headers.setdefault("anthropic-version", client.version)
    betas = [*filter(None, [custom.get("anthropic-beta")]), *client.betas]
    return {**headers, "anthropic-beta": ",".join(betas)} if betas else headers


def _base_url(  # Also used by entrypoint.py.
    base_url: str | None, entry_point: _EntryPoint
) -> tuple[str, str]:
    """Return the base URL without a final `/` or path of the API, and the setting it is from.

    The setting is "" for the API's own URL. Raise ValueError for what is no http or https URL.
    """
    from urllib.parse import urlsplit

    setting = entry_point.option("base_url") if _trim(base_url) else "ANTHROPIC_BASE_URL"
    url = _trim(base_url) or _setting("ANTHROPIC_BASE_URL")
    if not url:
        return "https://api.anthropic.com", ""
    if any(mark in url for mark in "@?#"):  # It may be a password, so no message shows it.
        raise ValueError(f"{setting} must not contain a user, password, query or fragment (@ ? #)")

    with suppress(ValueError):
        parts = urlsplit(url)
        is_http = parts.scheme in ("http", "https") and _is_token(url)
        if is_http and parts.hostname and parts.port != 0:
            path = re.sub(r"/v1(/models|/messages)?$", "", parts.path.rstrip("/"))
            return f"{parts.scheme}://{parts.netloc}{path.rstrip('/')}", setting
    raise ValueError(f"{setting} must be an http:// or https:// URL, not {_shown(repr(url))}")


def _is_loopback(host: str) -> bool:
    """Return whether a host, with or without a port, is this machine."""
    loopback = r"(localhost|127(\.[0-9]+){3}|\[::1\])(:[0-9]+)?"
    return re.fullmatch(loopback, host, re.IGNORECASE) is not None


def _find_proxy(scheme: str, host: str) -> str:
    """Return the proxy for a host as `user:password@host:port`, "" for none.

    Raise ValueError, without the password, for a proxy that is reached in another way than plain
    http: urllib would send it the password unencrypted.
    """
    from urllib import request

    proxy = _trim(request.getproxies().get(scheme))
    if not proxy:
        return ""

    proxies = request.getproxies_environment()
    # Other than in urllib, whitespace separates hosts too, and `*.host` means `.host`: otherwise,
    # the credential would go to a proxy that was excluded.
    hosts = re.split(r"[\s,]+", _trim(proxies.get("no")))
    excluded = ",".join(host[1:] if host.startswith("*.") else host for host in hosts)
    bypass: Any = vars(request)["proxy_bypass_environment"]  # Type checkers do not know it.
    is_direct = bypass(host, {**proxies, "no": excluded}) if proxies else request.proxy_bypass(host)
    if is_direct:
        return ""

    pattern = r"(?:http://)?((?:[^/]*@)?(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?)/?"
    found = re.fullmatch(pattern, proxy, re.IGNORECASE)
    if not found or not 0 < int(found[2] or 80) < 2**16:
        raise ValueError(f"{scheme}_proxy: only http://[user:password@]host[:port] is supported")
    return found[1]


def _proxy_secrets(proxy: str) -> list[str]:
    """Return the password of a proxy in the forms in which the proxy may send it back."""
    user = proxy.rpartition("@")[0]
    if not user:
        return []

    from base64 import b64encode
    from urllib.parse import unquote

    password = user.partition(":")[2]
    basic = b64encode(unquote(user).encode("utf-8")).decode("ascii")
    return list(filter(None, [user, basic, password, unquote(password)]))


_HELP = """\
usage: {command} [options] NAME [NAME ...]
       {command} --list [--json] [--offline] [--timeout S]

Print the ID of each Claude model that a NAME means: a family (sonnet), a
version (opus-4.8), a model ID or an alias. Commas separate names, too.

Without the API, as in: $ {command} --offline sonnet
  --offline          use the built-in catalogue: no network, no API key
  --fallback ID      print this ID, unchecked, if no credential is set or no
                     usable answer comes
Retirement, as in: $ {command} --min-days-left 30 claude-opus-4-8
  --min-days-left N  refuse a model that retires in fewer than N days
  --upgrade          replace a refused model by the newest of its family
Output, as in: $ {command} --json --timeout 5 "Opus 4.8" haiku
  --json             print each model as the API sent it, one JSON object a line
  --list             print a table of the models in use
  --timeout S        time limit for the whole run, in seconds (default: 30)
  --version          print the version
  --help, -h         print this help

Environment: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL,
ANTHROPIC_CUSTOM_HEADERS, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SSL_CERT_FILE.
Exit codes: 0 success; 1 unknown, retired or refused model; 2 bad argument,
setting or credential; 3 no usable answer from the API; 130 Ctrl-C."""
_LONG_OPTIONS = "offline fallback= min-days-left= upgrade json list timeout= version help"


class _Command(_EntryPoint):
    """The command line."""

    def option(self, name: str) -> str:
        return f"--{name.replace('_', '-')}"

    def enable(self, name: str) -> str:
        return f"pass {self.option(name)}"

    def go_offline(self) -> str:
        return self.enable("offline")

    def warn(self, message: str) -> None:
        _say("warning", message)

    def note(self, message: str) -> None:
        _say("note", message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `--help` lists options and exit codes."""
    try:
        if argv is None:
            argv = sys.argv[1:]
        options, names = _parse(argv)
        return _execute(options, names)
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # Of the output: errors of the network are APIErrors.
        # Windows reports a closed pipe as EINVAL. It means a reader who has read enough.
        is_closed = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == 22)
        if not is_closed:
            _say("error", f"the output could not be written: {error.strerror or error}")
        if sys.stdout is not None:
            _discard(sys.stdout)
        return 0 if is_closed else 2
    except (ClaudeModelError, ValueError) as error:
        _say("error", str(error))
        return 3 if isinstance(error, APIError) else 2


def _parse(argv: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options and the names of a command line; raise ValueError for a bad one."""
    import getopt  # argparse would take a tenth of the time of a whole run.

    try:
        given, arguments = getopt.gnu_getopt(list(argv), "h", _LONG_OPTIONS.split())
    except getopt.GetoptError as error:
        raise ValueError(f"{error}; see --help") from None

    known = {f"--{option.rstrip('=')}" for option in _LONG_OPTIONS.split()}
    for argument in argv[: argv.index("--") if "--" in argv else None]:
        option = argument.partition("=")[0]
        if option.startswith("--") and option not in known:  # getopt takes --off for --offline.
            raise ValueError(f"option {option} not recognized; see --help")

    names = []
    for argument in arguments:
        parts = [part.strip() for part in argument.split(",")]
        names += list(filter(None, parts)) or [""]  # Which is rejected as a name.
    return dict(given), names


def _execute(options: Mapping[str, str], names: Sequence[str]) -> int:
    """Do what a command line says, print the result and return the exit code."""
    if "--help" in options or "-h" in options:
        return _write([_HELP.format(command=_command_name())])
    if "--version" in options:
        return _write([f"claude-model {__version__}"])

    is_list = "--list" in options
    if is_list and (names or not options.keys() <= {"--list", "--json", "--offline", "--timeout"}):
        raise ValueError("--list takes no model name, only --json, --offline and --timeout")
    if not names and not is_list:
        raise ValueError("no model name given; see --help")

    seconds = _parse_number(options.get("--timeout", "30"))
    _check_seconds("--timeout", seconds)
    days = _parse_number(options["--min-days-left"]) if "--min-days-left" in options else None
    call = _Options(_Command(), "--upgrade" in options, days, options.get("--fallback"))
    deadline = _Deadline(seconds)

    def make_source() -> _API | _CatalogueSource:
        if "--offline" in options:
            return _CatalogueSource(call.entry_point)
        return _API(Client(), call.entry_point, deadline)

    if is_list:
        models = list(make_source().in_use.models.values())
    else:
        answers, errors = _resolve_all(names, make_source, call)
        models = [answer.model for answer in answers]
        for error in errors:
            _say("error", str(error))
        if errors:
            return 1

    if "--json" in options:
        return _write(json.dumps(model.raw) for model in models)
    if is_list:
        return _write(_table(models))
    return _write(model.id for model in models)


def _parse_number(text: str) -> Any:  # Also used by entrypoint.py.
    """Return the number in a text, or the text itself, for a check to reject."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def _command_name() -> str:
    """Return the command as it was started."""
    name = os.path.basename(sys.argv[0])
    if name.startswith("claude-model"):
        return "claude-model"
    return "python -m claude_model" if __spec__ else f"python {name}"


def _table(models: Sequence[Model]) -> list[str]:
    """Return the lines of a table of 80 columns, more if an ID needs them; "-" is unknown."""
    rows = [["ID", "line", "lifecycle", "released", "retires", "context"]]
    dates = {model.created_at for model in models}
    has_dates = len(dates) > 1 or len(models) == 1  # Some gateways send one date for every model.
    for model in models:
        released = _day(model.created_at) if has_dates else None
        tokens = model.max_input_tokens or 0
        context = f"{tokens // 10**6}M" if tokens >= 10**6 else f"{tokens // 1000}k"
        cells = [model.line, model.lifecycle, released, _day(model.retires_at)]
        texts = [*cells, context if tokens else None]
        rows.append([model.id, *(str(text or "-")[:10] for text in texts)])

    widths = [max(map(len, column)) for column in zip(*rows)]
    widths[0] = min(widths[0], 80 - sum(2 + width for width in widths[1:]))
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _say(level: str, message: str) -> None:
    if sys.stderr is None:  # It was closed, and print would use stdout.
        return
    try:
        print(f"{level}: {_one_line(message)}", file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Discard what could not be written: the interpreter would try again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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
    import atexit
    import gc

    # The last garbage collections take a tenth of a run, and free what the end of it frees anyway.
    atexit.register(gc.freeze)
    raise SystemExit(main())
