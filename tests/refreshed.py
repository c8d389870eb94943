"""Refresh the catalogue of this folder from a loopback API that sends all that the real one may send.

The tests must pass on the result: `python tests/refreshed.py && python -m pytest`. It changes claude_model.py: there
is a new model of each kind, one of each family is retired, and the catalogue is 120 days old.
"""

import os
import re
import subprocess
import sys

from helpers import API, KEY, ROOT, serving
from rows import in_days

from claude_model import CATALOGUE

NEW = [
    {"id": "claude-opus-6", "display_name": "Claude Opus 6", "line": "opus"},
    {"id": "claude-sonnet-99", "display_name": "Claude Sonnet 99", "line": "sonnet"},
    {"id": "claude-zeta-1", "display_name": "Claude Zeta 1", "line": "zeta"},
    {"id": "claude-opus-mini-9", "display_name": "Claude Opus Mini 9", "line": "opus mini"},
    {"id": "claude-haiku-98", "display_name": "Claude Haiku 98", "line": "zeta"},
    {"id": "claude-nameless-2", "display_name": "Claude Nameless 2"},
    {"id": "claude-mythos-5", "display_name": "Claude Mythos 5", "line": "mythos"},
]
RETIRED = (
    "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5-20251001",
    "claude-fable-5",
)  # fmt: skip


def models():
    """Return the rows of the catalogue with new ones before them, in another order, with odd dates and limits."""
    rows = [{"type": "model", "lifecycle": "active", **row} for row in NEW]
    rows += [dict(model.raw, type="model") for model in CATALOGUE]
    rows[-1], rows[-2] = rows[-2], rows[-1]
    for row in rows:
        if row["id"] in RETIRED:
            row.update(lifecycle="retired", retires_at="2026-10-07T18:00:00.123+02:00")
    rows[8].update(lifecycle="deprecated", retires_at="2027-06-01T00:00:00+09:00", max_tokens=0)
    return rows


def main():
    api = API()
    api.page = lambda query: {"data": models(), "has_more": False}
    with serving(api):
        env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        script = str(ROOT / ".github" / "refresh_catalogue.py")
        code = subprocess.run([sys.executable, script], env=env, check=False).returncode
    path = ROOT / "claude_model.py"
    old = f'CATALOGUE_DATE = "{in_days(-120)[:10]}"'
    path.write_bytes(
        re.sub('CATALOGUE_DATE = ".+"', old, path.read_text("utf-8"), count=1).encode()
    )
    return code


if __name__ == "__main__":
    raise SystemExit(main())
