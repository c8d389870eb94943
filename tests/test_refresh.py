"""The command that refreshes the built-in catalogue, against a loopback API, on a copy of the file."""

import ast
import datetime
import os
import shutil
import subprocess
import sys

import pytest
from conftest import KEY, ROOT

from claude_model import CATALOGUE, CATALOGUE_DATE

TODAY = str(datetime.datetime.now(datetime.timezone.utc).date())
DATE = f'CATALOGUE_DATE = "{CATALOGUE_DATE}"'


class Copy:
    def __init__(self, server, folder):
        (folder / ".github").mkdir()
        shutil.copy(ROOT / ".github" / "refresh_catalogue.py", folder / ".github")
        shutil.copy(ROOT / "claude_model.py", folder)
        self.server = server
        self.folder = folder
        self.file = folder / "claude_model.py"
        server.page = lambda query: {"data": [*self.rows()], "has_more": False}
        self.sent = [dict(model.raw, type="model") for model in CATALOGUE]

    def rows(self):
        return self.sent

    def refresh(self):
        env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": self.server.url}
        script = str(self.folder / ".github" / "refresh_catalogue.py")
        done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def set_date(self, date):
        self.file.write_text(self.file.read_text("utf-8").replace(DATE, f'CATALOGUE_DATE = "{date}"'), "utf-8")

    def difference(self):
        """Return the lines that differ from the file of the project: (gone, come)."""
        old = (ROOT / "claude_model.py").read_text("utf-8").splitlines()
        new = self.file.read_text("utf-8").splitlines()
        return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.fixture
def copy(server, tmp_path):
    return Copy(server, tmp_path)


def test_same_answer_leaves_a_fresh_file_alone(copy):
    copy.set_date(TODAY)
    before = copy.file.read_bytes()
    assert copy.refresh() == (0, "25 models, 0 lines changed\n", "")
    assert copy.file.read_bytes() == before
    assert copy.server.paths[0].count("lifecycle%5B%5D=") == 3


def test_same_answer_renews_the_date_after_a_month(copy):
    copy.set_date("2026-01-01")
    assert copy.refresh()[0] == 0
    assert copy.file.read_text("utf-8") == (ROOT / "claude_model.py").read_text("utf-8").replace(
        DATE, f'CATALOGUE_DATE = "{TODAY}"'
    )


def test_new_and_changed_models_are_lines_of_a_diff(copy):
    new = {
        "id": "claude-opus-6",
        "display_name": "Claude Opus 6",
        "line": "opus",
        "lifecycle": "active",
        "max_tokens": 256000,
    }
    copy.sent = [{**new, "created_at": "1970-01-01T00:00:00Z"}, *copy.sent]
    copy.sent[1] = {**copy.sent[1], "created_at": "2026-12-01T00:00:00Z"}
    assert copy.refresh() == (0, "26 models, 3 lines changed\n", "")
    gone, come = copy.difference()
    assert [line for line in gone if "CATALOGUE_DATE" not in line] == [
        '    ("claude-fable-5-2", "Claude Fable 5.2", None, "fable", "active", None, None, 1_000_000, 128_000),'
    ]
    assert [line for line in come if "CATALOGUE_DATE" not in line] == [
        '    ("claude-opus-6", "Claude Opus 6", None, "opus", "active", None, None, None, 256_000),',
        '    ("claude-fable-5-2", "Claude Fable 5.2", "2026-12-01T00:00:00Z", "fable", "active", None, None, 1_000_000, 128_000),',
    ]
    ast.parse(copy.file.read_text("utf-8"))
    done = subprocess.run(
        [sys.executable, str(copy.file), "--offline", "opus"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "claude-opus-6\n"


def test_what_the_api_does_not_send_stays_known(copy):
    copy.sent = [{"id": row["id"], "display_name": row["id"]} for row in copy.sent if row["lifecycle"] != "retired"]
    copy.set_date(TODAY)
    before = copy.file.read_bytes()
    assert copy.refresh() == (0, "25 models, 0 lines changed\n", "")
    assert copy.file.read_bytes() == before


def test_unlisted_first_model_stays_first(copy):
    copy.sent = copy.sent[1:]
    copy.set_date(TODAY)
    assert copy.refresh() == (0, "25 models, 0 lines changed\n", "")


@pytest.mark.parametrize("text", ['x", __import__("os"), "', "x\ny", "x\\", "\u00e9", "x\x00"])
def test_text_that_has_no_place_in_a_source_file_is_refused(copy, text):
    before = copy.file.read_bytes()
    copy.sent[0] = {**copy.sent[0], "display_name": text}
    code, out, err = copy.refresh()
    assert (code, out) == (1, "")
    assert err == f"error: the API sent {text!r} as display_name, which the catalogue cannot hold\n"
    assert copy.file.read_bytes() == before


def test_failing_api_is_one_error_line_and_changes_nothing(copy):
    before = copy.file.read_bytes()
    copy.server.answers = [(401, b"", {})]
    code, out, err = copy.refresh()
    assert (code, out) == (1, "")
    assert err.startswith("error: 127.0.0.1:")
    assert err.count("\n") == 1
    assert copy.file.read_bytes() == before
