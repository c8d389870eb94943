"""The command that refreshes the built-in catalogue, against a loopback API, on a copy of the file."""

import ast
import datetime
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers import KEY, ROOT

from claude_model import CATALOGUE, CATALOGUE_DATE

TODAY = str(datetime.datetime.now(datetime.timezone.utc).date())
DATE = f'CATALOGUE_DATE = "{CATALOGUE_DATE}"'
COUNT = len(CATALOGUE)


class Copy:
    def __init__(self, server, folder):
        (folder / ".github").mkdir()
        shutil.copy(ROOT / ".github" / "refresh_catalogue.py", folder / ".github")
        shutil.copy(ROOT / "claude_model.py", folder)
        self.server = server
        self.folder = folder
        self.file = folder / "claude_model.py"
        server.page = lambda query: {"data": self.sent, "has_more": False}
        self.sent = [dict(model.raw, type="model") for model in CATALOGUE]

    def refresh(self):
        env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": self.server.url}
        script = str(self.folder / ".github" / "refresh_catalogue.py")
        done = subprocess.run(
            [sys.executable, script], env=env, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def set_date(self, date):
        source = self.file.read_bytes().decode("utf-8").replace(DATE, f'CATALOGUE_DATE = "{date}"')
        self.file.write_bytes(source.encode("utf-8"))

    def difference(self):
        """Return the rows that differ from the file of the project: (gone, new)."""
        old, new = (
            [
                line
                for line in path.read_text("utf-8").splitlines()
                if line.startswith('    ("claude-')
            ]
            for path in (ROOT / "claude_model.py", self.file)
        )
        return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.fixture
def copy(server, tmp_path):
    return Copy(server, tmp_path)


def test_same_answer_leaves_a_fresh_file_alone(copy):
    copy.set_date(TODAY)
    before = copy.file.read_bytes()
    assert copy.refresh() == (0, f"{COUNT} models, 0 lines changed\n", "")
    assert copy.file.read_bytes() == before
    assert copy.server.paths[0].count("lifecycle%5B%5D=") == 3


def test_same_answer_renews_the_date_after_a_month(copy):
    copy.set_date("2026-01-01")
    assert copy.refresh()[0] == 0
    original = (ROOT / "claude_model.py").read_text("utf-8")
    assert copy.file.read_text("utf-8") == original.replace(DATE, f'CATALOGUE_DATE = "{TODAY}"')


def test_new_and_changed_models_are_lines_of_a_diff(copy):
    new = {
        "id": "claude-opus-99",
        "display_name": "Claude Opus 99",
        "line": "opus",
        "lifecycle": "active",
    }
    copy.sent = [{**new, "max_tokens": 256000, "created_at": "1970-01-01T00:00:00Z"}, *copy.sent]
    copy.sent[1] = {**copy.sent[1], "deprecated_at": "2099-12-01T00:00:00Z"}
    assert copy.refresh() == (0, f"{COUNT + 1} models, 3 lines changed\n", "")
    gone, new = copy.difference()
    assert [line.split('"')[1] for line in gone] == [CATALOGUE[0].id]
    assert new == [
        '    ("claude-opus-99", "Claude Opus 99", None, "opus", "active", None, None, None, 256_000),',
        re.sub(r'("(?:active|deprecated|retired)"), [^,]+', r'\1, "2099-12-01T00:00:00Z"', gone[0]),
    ]
    ast.parse(copy.file.read_text("utf-8"))
    done = subprocess.run(
        [sys.executable, str(copy.file), "--offline", "Opus 99"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "claude-opus-99\n"


def test_what_the_api_does_not_send_stays_known(copy):
    retired = [row["id"] for row in copy.sent if row["lifecycle"] == "retired"]
    copy.sent = [
        {"id": row["id"], "display_name": row["id"]}
        for row in copy.sent
        if row["id"] not in retired
    ]
    copy.set_date(TODAY)
    before = copy.file.read_bytes()
    code, out, err = copy.refresh()
    assert (code, err) == (0, "")
    assert out == f"{COUNT} models, 0 lines changed\nno longer listed: {', '.join(retired)}\n"
    assert copy.file.read_bytes() == before


def test_unlisted_first_model_stays_first_and_is_reported(copy):
    copy.sent = copy.sent[1:]
    copy.set_date(TODAY)
    assert copy.refresh() == (
        0,
        f"{COUNT} models, 0 lines changed\nno longer listed: {CATALOGUE[0].id}\n",
        "",
    )


def test_another_order_is_reported(copy):
    copy.sent[0], copy.sent[1] = copy.sent[1], copy.sent[0]
    moved = f"{CATALOGUE[1].id}, {CATALOGUE[0].id}"
    assert copy.refresh() == (
        0,
        f"{COUNT} models, 0 lines changed\nthe API lists these in another order: {moved}\n",
        "",
    )


@pytest.mark.parametrize("text", ['x", __import__("os"), "', "x\\", "x#", "x'"])
def test_text_that_a_source_file_must_not_have_is_refused(copy, text):
    before = copy.file.read_bytes()
    copy.sent[0] = {**copy.sent[0], "display_name": text}
    code, out, err = copy.refresh()
    assert (code, out) == (1, "")
    assert (
        err == f"error: the API sent {text!r} as display_name, which the catalogue cannot contain\n"
    )
    assert copy.file.read_bytes() == before


def test_failing_api_is_one_error_line_and_changes_nothing(copy):
    before = copy.file.read_bytes()
    copy.server.answers = [(401, b"", {})]
    code, out, err = copy.refresh()
    assert (code, out) == (1, "")
    assert err.startswith("error: 127.0.0.1:")
    assert err.count("\n") == 1
    assert copy.file.read_bytes() == before
