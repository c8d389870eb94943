# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Refresh the catalogue that is built into claude_model.py from the live API: `python3 .github/refresh_catalogue.py`.

The rows are rewritten in place, one a line, in the API's order. A model that the API no longer lists keeps its row, and a
field that it does not send keeps its value: what was known stays known. The file is left alone where no row
changes and its date is less than a month old.
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
FRESH_DAYS = 30


def main() -> int:
    path = ROOT / "claude_model.py"
    today = datetime.datetime.now(datetime.timezone.utc).date()
    try:
        listed = list(claude_model.Client().list_models(EVERY_MODEL))
        rows = refreshed({model.id: model.raw for model in claude_model.CATALOGUE}, listed)
        lines = [line(row) for row in rows]
    except (claude_model.ClaudeModelError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    source = path.read_text("utf-8")
    block = re.search(
        r"(?<=\n_CATALOGUE_ROWS: tuple\[tuple\[object, \.\.\.\], \.\.\.\] = \(\n).*?(?=\)\n)",
        source,
        re.DOTALL,
    )
    assert block, "claude_model.py has no block of catalogue rows"
    changed = set(lines) ^ set(block[0].splitlines(True))
    age = (today - datetime.date.fromisoformat(claude_model.CATALOGUE_DATE)).days
    if block[0] != "".join(lines) or age >= FRESH_DAYS:
        source = source[: block.start()] + "".join(lines) + source[block.end() :]
        source = re.sub(r'(?<=\nCATALOGUE_DATE = )"[0-9-]+"', f'"{today}"', source)
        path.write_bytes(source.encode("utf-8"))
    print(f"{len(lines)} models, {len(changed)} lines changed")
    return 0


def refreshed(known: dict[str, dict[str, object]], listed: list[claude_model.Model]) -> list[dict[str, object]]:
    """Return the rows to keep: the listed models in their order, each unlisted one behind its neighbour."""
    rows = []
    for model in listed:
        sent = {field: getattr(model, field) for field in FIELDS}
        sent["display_name"] = None if model.display_name == model.id else model.display_name
        if claude_model._moment(model.created_at) is None:
            sent["created_at"] = None  # An epoch value says that the date is unknown.
        before = known.get(model.id, {})
        rows.append({field: before.get(field) if sent[field] is None else sent[field] for field in FIELDS})
    ids = [model.id for model in listed]
    neighbour = None
    for model_id, row in known.items():
        if model_id not in ids:
            at = ids.index(neighbour) + 1 if neighbour else 0
            ids.insert(at, model_id)
            rows.insert(at, row)
        neighbour = model_id
    return rows


def line(row: dict[str, object]) -> str:
    """Return a row as a line of Python; ValueError for text that has no place in a source file."""
    cells = []
    for field in FIELDS:
        value = row[field]
        if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9 .:_/+()-]*", value):
            raise ValueError(f"the API sent {value!r} as {field}, which the catalogue cannot hold")
        cells.append(f'"{value}"' if isinstance(value, str) else f"{value:_}" if isinstance(value, int) else "None")
    return f"    ({', '.join(cells)}),\n"


if __name__ == "__main__":
    raise SystemExit(main())
