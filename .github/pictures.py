# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Draw the README's pictures from real output: `python3 .github/pictures.py [FOLDER]`.

terminal.svg shows commands and what they print, summary.svg the step summary of the action with its
warnings. A loopback API answers with the models of the built-in catalogue: no key and no network.
"""

from __future__ import annotations

import html
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "tests"):
    sys.path.insert(0, str(folder))

from helpers import API, KEY, serving  # noqa: E402

from claude_model import CATALOGUE  # noqa: E402

COMMANDS = ("sonnet", "opus-4.8 haiku", "'Opus 4.5'", "sonnet-4", "sonet", "--offline sonnet")
MODELS = "sonnet, Opus 4.5, claude-haiku-4-5"
CHARACTER = 8.4  # Pixels, of the 14-pixel monospace font.
COLUMNS = 92
COLORS = {"$": "#e6e6e6", "note": "#9a9a93", "warning": "#e5c07b", "error": "#f0a0a0"}


def terminal(env: dict[str, str]) -> str:
    lines: list[tuple[str, str]] = []
    for arguments in COMMANDS:
        lines.append((COLORS["$"], f"$ claude-model {arguments}"))
        command = [sys.executable, "-m", "claude_model", *shlex.split(arguments)]
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        for line in (done.stderr + done.stdout).splitlines():
            color = COLORS.get(line.split(":")[0], "#9fd49f")
            parts = re.findall(rf".{{1,{COLUMNS}}}(?:\s|$)", line)
            lines += [(color, part.rstrip()) for part in parts]

    width, height = round(COLUMNS * CHARACTER) + 40, 24 * len(lines) + 32
    drawn = [f'<rect width="{width}" height="{height}" rx="8" fill="#1e1e24"/>']
    for number, (color, text) in enumerate(lines):
        y = 24 * number + 32
        drawn.append(
            f'<text x="16" y="{y}" fill="{color}" xml:space="preserve">{html.escape(text)}</text>'
        )
    return svg(width, height, "monospace", drawn)


def summary(env: dict[str, str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        files = {name: str(Path(folder, name)) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        env = {**env, **files, "CLAUDE_MODEL_MODEL": MODELS}
        command = [sys.executable, str(ROOT / "entrypoint.py")]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        markdown = Path(files["GITHUB_STEP_SUMMARY"]).read_text("utf-8")

    rows = [
        line.strip("| ").split(" | ") for line in markdown.splitlines() if line.startswith("| ")
    ]
    rows = [[*row, *[""] * (7 - len(row))] for row in rows]
    widths = [
        max(len(cell.strip("`")) for cell in column) * CHARACTER + 20 for column in zip(*rows)
    ]
    warnings = re.findall(r"^::warning [^:]*::(.+)$", done.stdout, re.MULTILINE)
    warnings = [part for warning in warnings for part in re.findall(r".{1,110}(?:\s|$)", warning)]
    width = round(sum(widths)) + 32
    height = 30 * len(rows) + 76 + 26 * len(warnings)

    drawn = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    drawn.append(
        '<text x="16" y="36" font-size="20" font-weight="bold" fill="#1f2328">Claude model</text>'
    )
    for number, row in enumerate(rows):
        y, x = 30 * number + 56, 16.0
        for cell, cell_width in zip(row, widths):
            fill = "#f6f8fa" if number % 2 == 0 else "#ffffff"
            drawn.append(
                f'<rect x="{x:.0f}" y="{y}" width="{cell_width:.0f}" height="30" fill="{fill}" stroke="#d0d7de"/>'
            )
            style = 'font-weight="bold"' if number == 0 else ""
            style = 'font-family="monospace"' if cell.startswith("`") else style
            text = html.escape(cell.strip("`"))
            drawn.append(
                f'<text x="{x + 10:.0f}" y="{y + 20}" fill="#1f2328" {style}>{text}</text>'
            )
            x += cell_width
    for number, text in enumerate(warnings):
        y = 30 * len(rows) + 56 + 26 * (number + 1)
        mark = "\u26a0 " if number == 0 else ""
        drawn.append(
            f'<text x="16" y="{y}" fill="#7d4e00">{mark}{html.escape(text.strip())}</text>'
        )
    return svg(width, height, "sans-serif", drawn)


def svg(width: int, height: int, font: str, content: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="{font}" font-size="14">'
    return "\n".join([head, *content, "</svg>\n"])


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".github"
    api = API()
    rows = [
        {**model.raw, "display_name": model.display_name, "type": "model"} for model in CATALOGUE
    ]
    api.models = [row for row in rows if row["lifecycle"] != "retired"]
    api.retired = [row for row in rows if row["lifecycle"] == "retired"]
    api.aliases = {"claude-haiku-4-5": "claude-haiku-4-5-20251001"}
    with serving(api):
        env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        for name, draw in (("terminal.svg", terminal), ("summary.svg", summary)):
            (folder / name).write_bytes(draw(env).encode("utf-8"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
