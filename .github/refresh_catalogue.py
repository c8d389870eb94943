# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Refresh the catalogue that is built into claude_model.py from the live API.

    python3 .github/refresh_catalogue.py

The rows are rewritten in place, one a line, in the API's order. A model that the API no longer
lists keeps its row, and a field that it does not send keeps its value: what was known stays known.
A model of a restricted family is left out, because an ordinary key cannot use it. The file is left
alone if no row changes and its date is less than a month old. The output says what changed, for
the pull request.
"""

from __future__ import annotations

import datetime
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import claude_model

ROOT = Path(__file__).resolve().parent.parent
EVERY_MODEL = ("active", "deprecated", "retired")
RESTRICTED = ("mythos",)
FRESH_DAYS = 30  # Well below the 90 days after which --offline warns.
DATE = re.compile(r'(?m)^CATALOGUE_DATE = ".+"$')
ROWS = re.compile(r"(?ms)(?<=^_ROWS: tuple\[tuple\[object, \.\.\.\], \.\.\.\] = \(\n).*?(?=^\)$)")

Row = dict[str, object]


def main() -> int:
    path = ROOT / "claude_model.py"
    today = datetime.datetime.now(datetime.timezone.utc).date()
    known = {model.id: model.raw for model in claude_model.CATALOGUE}
    try:
        sent = claude_model.Client().list_models(EVERY_MODEL)
        listed = [model for model in sent if not is_restricted(model)]
        lines = [line(row) for row in refreshed(known, listed)]
    except (claude_model.ClaudeModelError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1

    source = path.read_text("utf-8")
    old = ROWS.findall(source)[0].splitlines(keepends=True)
    age = (today - datetime.date.fromisoformat(claude_model.CATALOGUE_DATE)).days
    if old != lines or age >= FRESH_DAYS:
        source = ROWS.sub(lambda _: "".join(lines), source, count=1)
        source = DATE.sub(f'CATALOGUE_DATE = "{today}"', source, count=1)
        path.write_bytes(source.encode())  # Into the file that is there: it keeps its mode.

    print(f"{len(lines)} models, {len(set(lines) ^ set(old))} lines changed")
    for report in reports(known, [model.id for model in listed]):
        print(report)
    left_out = [model.id for model in sent if is_restricted(model)]
    if left_out:
        print(f"left out, because the family is restricted: {', '.join(left_out)}")
    return 0


def is_restricted(model: claude_model.Model) -> bool:
    words = re.findall("[a-z]+", f"{model.line} {model.id} {model.display_name}".lower())
    return any(family in words for family in RESTRICTED)


def reports(known: dict[str, Row], ids: list[str]) -> list[str]:
    """Return what a reviewer should know besides the changed lines."""
    unlisted = [model_id for model_id in known if model_id not in ids]
    before = [model_id for model_id in known if model_id in ids]
    after = [model_id for model_id in ids if model_id in known]
    found = [f"no longer listed: {', '.join(unlisted)}"] if unlisted else []
    if before != after:
        moved = [model_id for model_id, other in zip(after, before) if model_id != other]
        found.append(f"the API lists these in another order: {', '.join(moved)}")
    return found


def refreshed(known: dict[str, Row], listed: list[claude_model.Model]) -> list[Row]:
    """Return the rows to keep: the listed models in their order, each unlisted one after its neighbor."""
    rows = []
    for model in listed:
        sent = {field: getattr(model, field) for field in claude_model._COLUMNS}
        sent["display_name"] = None if model.display_name == model.id else model.display_name
        if claude_model._day(model.created_at) is None:
            sent["created_at"] = None  # An epoch value means that the date is unknown.
        before = known.get(model.id, {})
        rows.append(
            {name: before.get(name) if value is None else value for name, value in sent.items()}
        )

    ids = [model.id for model in listed]
    neighbor = None
    for model_id, row in known.items():
        if model_id not in ids:
            at = ids.index(neighbor) + 1 if neighbor else 0
            ids.insert(at, model_id)
            rows.insert(at, row)
        neighbor = model_id
    return rows


def line(row: Row) -> str:
    """Return a row as a line of Python; raise ValueError for text that a source file must not have."""
    cells = []
    for field, value in row.items():
        if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9 .:_/+()-]*", value):
            message = f"the API sent {value!r} as {field}, which the catalogue cannot contain"
            raise ValueError(message)
        text = f"{value:_}" if isinstance(value, int) else "None"
        cells.append(f'"{value}"' if isinstance(value, str) else text)
    return f"    ({', '.join(cells)}),\n"


if __name__ == "__main__":
    raise SystemExit(main())
