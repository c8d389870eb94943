# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Refresh the catalogue that is built into claude_model.py from the live API.

    python3 .github/refresh_catalogue.py

The rows are rewritten in place, one a line, in the API's order. A model that the API no longer
lists keeps its row, and a field that it does not send keeps its value: what was known stays known.
The file is left alone if no row changes and its date is less than a month old. The output says
what changed, for the pull request.
"""

from __future__ import annotations

import datetime
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import claude_model

ROOT = Path(__file__).resolve().parent.parent
FIELDS = tuple(claude_model.CATALOGUE[0].raw)
EVERY_MODEL = ("active", "deprecated", "retired")
FRESH_DAYS = 30  # Well below the 90 days after which --offline warns.


def main() -> int:
    path = ROOT / "claude_model.py"
    today = datetime.datetime.now(datetime.timezone.utc).date()
    known = {model.id: model.raw for model in claude_model.CATALOGUE}
    try:
        listed = claude_model.Client().list_models(EVERY_MODEL)
        rows = refreshed(known, listed)
        lines = [line(row) for row in rows]
    except (claude_model.ClaudeModelError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    source = path.read_text("utf-8")
    block = re.search(r"(?<=\n_ROWS: tuple\[tuple\[object, \.\.\.\], \.\.\.\] = \(\n).*?(?=\)  #)", source, re.DOTALL)
    assert block, "claude_model.py has no block of catalogue rows"
    age = (today - datetime.date.fromisoformat(claude_model.CATALOGUE_DATE)).days
    if block[0] != "".join(lines) or age >= FRESH_DAYS:
        source = source[: block.start()] + "".join(lines) + source[block.end() :]
        source = re.sub(r'(?<=\nCATALOGUE_DATE = )"[0-9-]+"', f'"{today}"', source)
        path.write_bytes(source.encode("utf-8"))
    changed = set(lines) ^ set(block[0].splitlines(True))
    print(f"{len(lines)} models, {len(changed)} lines changed")
    for report in reports(known, [model.id for model in listed]):
        print(report)
    return 0


def reports(known: dict[str, dict[str, object]], ids: list[str]) -> list[str]:
    """Return what a reviewer should know besides the changed lines."""
    unlisted = [model_id for model_id in known if model_id not in ids]
    before = [model_id for model_id in known if model_id in ids]
    after = [model_id for model_id in ids if model_id in known]
    found = [f"no longer listed: {', '.join(unlisted)}"] if unlisted else []
    if before != after:
        moved = [model_id for model_id, other in zip(after, before) if model_id != other]
        found.append(f"the API lists these in another order: {', '.join(moved)}")
    return found


def refreshed(known: dict[str, dict[str, object]], listed: list[claude_model.Model]) -> list[dict[str, object]]:
    """Return the rows to keep: the listed models in their order, each unlisted one after its neighbor."""
    rows = []
    for model in listed:
        sent = {field: getattr(model, field) for field in FIELDS}
        sent["display_name"] = None if model.display_name == model.id else model.display_name
        if claude_model._parse_time(model.created_at) is None:
            sent["created_at"] = None  # An epoch value means that the date is unknown.
        before = known.get(model.id, {})
        rows.append({field: before.get(field) if sent[field] is None else sent[field] for field in FIELDS})
    ids = [model.id for model in listed]
    neighbor = None
    for model_id, row in known.items():
        if model_id not in ids:
            at = ids.index(neighbor) + 1 if neighbor else 0
            ids.insert(at, model_id)
            rows.insert(at, row)
        neighbor = model_id
    return rows


def line(row: dict[str, object]) -> str:
    """Return a row as a line of Python; raise ValueError for text that a source file must not have."""
    cells = []
    for field in FIELDS:
        value = row[field]
        if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9 .:_/+()-]*", value):
            raise ValueError(f"the API sent {value!r} as {field}, which the catalogue cannot contain")
        cells.append(f'"{value}"' if isinstance(value, str) else f"{value:_}" if isinstance(value, int) else "None")
    return f"    ({', '.join(cells)}),\n"


if __name__ == "__main__":
    raise SystemExit(main())
