"""The command that refreshes the built-in catalogue, against a loopback API, on a copy of the file."""

import ast
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers import KEY, ROOT, copy_with_catalogue
from rows import OPUS_5, OPUS_48, SONNET_4, SONNET_45, in_days

ROWS = [OPUS_5, OPUS_48, SONNET_45, SONNET_4]
COUNT = len(ROWS)


class Copy:
    def __init__(self, server, folder):
        copy_with_catalogue(folder, *ROWS)
        (folder / ".github").mkdir()
        shutil.copy(ROOT / ".github" / "refresh_catalogue.py", folder / ".github")
        self.file = folder / "claude_model.py"
        self.refresh_script = folder / ".github" / "refresh_catalogue.py"
        self.server = server
        self.sent = list(ROWS)
        server.page = lambda query: {"data": self.sent, "has_more": False}
        self.refresh()  # Into the form in which rows are written.

    def refresh(self):
        """Run the command; return its exit code, what it printed, and what is new in the file."""
        before = self.file.read_text("utf-8").splitlines()
        env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": self.server.url}
        command = [sys.executable, "-B", str(self.refresh_script)]  # Two edits in one second.
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        after = self.file.read_text("utf-8").splitlines()
        ast.parse("\n".join(after))
        new = [line for line in after if line not in before]
        return done.returncode, done.stdout + done.stderr, new

    def set_date(self, days):
        date = f'CATALOGUE_DATE = "{in_days(days)[:10]}"'
        source = re.sub('CATALOGUE_DATE = ".+"', date, self.file.read_text("utf-8"), count=1)
        self.file.write_bytes(source.encode())


@pytest.fixture
def copy(server, tmp_path):
    return Copy(server, tmp_path)


def test_same_answer_leaves_a_fresh_file_alone_and_asks_for_every_model(copy):
    assert copy.refresh() == (0, f"{COUNT} models, 0 lines changed\n", [])
    assert copy.server.paths[0].count("lifecycle%5B%5D=") == 3


def test_same_answer_renews_the_date_after_a_month_and_keeps_the_mode(copy):
    copy.file.chmod(0o755)
    mode = copy.file.stat().st_mode
    for days, new in ((-29, []), (-30, [f'CATALOGUE_DATE = "{in_days(0)[:10]}"'])):
        copy.set_date(days)
        assert copy.refresh()[2] == new
    assert copy.file.stat().st_mode == mode


def test_new_and_changed_models_are_lines_of_a_diff(copy):
    new = {"id": "claude-opus-99", "display_name": "Claude Opus 99", "line": "opus", "lifecycle": "active",
           "max_tokens": 256000, "created_at": "1970-01-01T00:00:00Z"}  # fmt: skip
    copy.sent = [new, {**OPUS_5, "deprecated_at": "2099-12-01T00:00:00Z"}, *copy.sent[1:]]
    assert copy.refresh() == (0, f"{COUNT + 1} models, 3 lines changed\n", [
        '    ("claude-opus-99", "Claude Opus 99", None, "opus", "active", None, None, None, 256_000),',
        '    ("claude-opus-5", "Claude Opus 5", "2026-07-24T00:00:00Z", "opus", "active", "2099-12-01T00:00:00Z", None, None, 128_000),',
    ])  # fmt: skip
    command = [sys.executable, str(copy.file), "--offline", "Opus 99"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "claude-opus-99\n"


def test_what_the_api_does_not_send_stays_known(copy):
    copy.sent = [{"id": row["id"], "display_name": row["id"]} for row in ROWS[:-1]]
    report = f"{COUNT} models, 0 lines changed\nno longer listed: {SONNET_4['id']}\n"
    assert copy.refresh() == (0, report, [])
    copy.sent = list(ROWS[1:])
    assert copy.refresh()[1].endswith("no longer listed: claude-opus-5\n")


def test_restricted_models_are_left_out_and_another_order_is_reported(copy):
    copy.sent = [OPUS_48, OPUS_5, {"id": "claude-mythos-5", "line": "mythos"}, *ROWS[2:]]
    code, out, new = copy.refresh()
    assert (code, new) == (0, [])
    assert "the API lists these in another order: claude-opus-4-8, claude-opus-5\n" in out
    assert out.endswith("left out, because the family is restricted: claude-mythos-5\n")


def test_text_that_a_source_file_must_not_have_is_refused(copy):
    for text in ('x", __import__("os"), "', "x\\", "x#", "x'"):
        copy.sent[0] = {**OPUS_5, "display_name": text}
        error = (
            f"error: the API sent {text!r} as display_name, which the catalogue cannot contain\n"
        )
        assert copy.refresh() == (1, error, [])


def test_failing_api_is_one_error_line_and_changes_nothing(copy):
    copy.server.answer(401)
    code, out, new = copy.refresh()
    assert (code, out[:17], out.count("\n"), new) == (1, "error: 127.0.0.1:", 1, [])
