# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Draw the README's pictures from real output: `python3 .github/pictures.py [FOLDER]`.

terminal.svg shows commands and what they print, summary.svg the step summary of the action. Both
use the built-in catalogue, so no key and no network are needed.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    ("sonnet",),
    ("opus-4.8", "Haiku 4.5"),
    ("claude-sonnet-4-20250514",),
    ("sonet",),
)
MODELS = "sonnet, Opus 4.8, claude-haiku-4-5"
CHARACTER = 8.4  # Pixels, of the 14-pixel monospace font.


def output(*argv: str) -> list[str]:
    command = [sys.executable, "-m", "claude_model", "--offline", *argv]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return [
        line
        for line in done.stdout.splitlines()
        if not line.startswith(("note:", "warning: the built-in"))
    ]


def terminal() -> str:
    lines: list[tuple[str, str]] = []
    for names in COMMANDS:
        quoted = " ".join(f'"{name}"' if " " in name else name for name in names)
        lines.append(("command", f"$ claude-model --offline {quoted}"))
        for line in output(*names):
            kind = "error" if line.startswith("error:") else "output"
            parts = re.findall(r".{1,84}(?:\s|$)", line)
            lines += [(kind, part.rstrip()) for part in parts]
    colors = {"command": "#e6e6e6", "output": "#9fd49f", "error": "#f0a0a0"}
    width, height = 760, 24 * len(lines) + 32
    drawn = [f'<rect width="{width}" height="{height}" rx="8" fill="#1e1e24"/>']
    for number, (kind, text) in enumerate(lines):
        y = 24 * number + 32
        drawn.append(
            f'<text x="16" y="{y}" fill="{colors[kind]}" xml:space="preserve">{html.escape(text)}</text>'
        )
    return svg(width, height, "monospace", "\n".join(drawn))


def summary() -> str:
    with tempfile.TemporaryDirectory() as folder:
        files = {name: str(Path(folder, name)) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        env = {**os.environ, **files, "CLAUDE_MODEL_MODEL": MODELS, "CLAUDE_MODEL_OFFLINE": "true"}
        subprocess.run(
            [sys.executable, str(ROOT / "entrypoint.py")], env=env, capture_output=True, check=True
        )
        markdown = Path(files["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    rows = [
        line.strip("| ").split(" | ") for line in markdown.splitlines() if line.startswith("| ")
    ]
    rows = [[*row, *[""] * (7 - len(row))] for row in rows]
    widths = [
        max(len(cell.strip("`")) for cell in column) * CHARACTER + 20 for column in zip(*rows)
    ]
    width, height = round(sum(widths)) + 32, 30 * len(rows) + 76
    drawn = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    drawn.append('<text x="16" y="36" font-size="20" font-weight="bold">Claude model</text>')
    for number, row in enumerate(rows):
        y, x = 30 * number + 56, 16.0
        for cell, cell_width in zip(row, widths):
            fill = "#f6f8fa" if number % 2 == 0 else "#ffffff"
            drawn.append(
                f'<rect x="{x:.0f}" y="{y}" width="{cell_width:.0f}" height="30" fill="{fill}" stroke="#d0d7de"/>'
            )
            style = (
                'font-family="monospace"'
                if cell.startswith("`")
                else 'font-weight="bold"'
                if number == 0
                else ""
            )
            drawn.append(
                f'<text x="{x + 10:.0f}" y="{y + 20}" {style}>{html.escape(cell.strip("`"))}</text>'
            )
            x += cell_width
    return svg(width, height, "sans-serif", "\n".join(drawn))


def svg(width: int, height: int, font: str, content: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="{font}" font-size="14">'
    return f"{head}\n{content}\n</svg>\n"


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".github"
    for name, draw in (("terminal.svg", terminal), ("summary.svg", summary)):
        (folder / name).write_bytes(draw().encode("utf-8"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
