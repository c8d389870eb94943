"""The command line: what it prints, where, and with which exit code."""

import datetime
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from helpers import (
    HAIKU_45,
    KEY,
    OPUS_5,
    OPUS_48,
    ROOT,
    SONNET_4,
    SONNET_5,
    SONNET_45,
    fresh_catalogue,
    in_days,
    row,
)

import claude_model
from claude_model import CATALOGUE, main

ALONE = "--list takes no model name, only --json, --offline and --timeout"
UNREACHABLE = "http://127.0.0.1:1"
SONNET = claude_model.match("sonnet", CATALOGUE).id


def note():
    """Return what --offline says first: the date of the catalogue, and that it is old if it is."""
    catalogue = f"built-in catalogue of {claude_model.CATALOGUE_DATE}"
    today = datetime.datetime.now(datetime.timezone.utc).date()
    age = (today - datetime.date.fromisoformat(claude_model.CATALOGUE_DATE)).days
    old = f"warning: the {catalogue} is {age} days old; update claude_model\n" if age > 90 else ""
    return f"note: using the {catalogue} instead of the API\n{old}"


@pytest.fixture
def catalogue(monkeypatch):
    """Give the module a catalogue of its own, dated today."""
    with fresh_catalogue(monkeypatch, OPUS_5, SONNET_5, OPUS_48, HAIKU_45, SONNET_4):
        yield


def run(capsys, *argv):
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def command(*argv, **options):
    """Return a finished process of the command line, as a user starts it."""
    options.setdefault("capture_output", True)
    return subprocess.run(
        [sys.executable, "-m", "claude_model", *argv], cwd=ROOT, check=False, **options
    )


def test_ids_are_printed_a_line_each_in_the_order_asked(api, capsys):
    assert run(capsys, "opus-4.8", "sonnet", "sonnet") == (
        0,
        "claude-opus-4-8\nclaude-sonnet-5\nclaude-sonnet-5\n",
        "",
    )
    assert api.paths == ["/v1/models?limit=1000"]


def test_options_may_stand_between_names(api, capsys):
    assert run(capsys, "opus", "--upgrade", "sonnet") == (0, "claude-opus-5\nclaude-sonnet-5\n", "")


def test_json_prints_what_the_api_sent(api, capsys):
    api.models = [{**OPUS_5, "new": {"a": [None, True, 1.5, "\ud800\x1b\u00e9"]}}]
    code, out, err = run(capsys, "--json", "opus", "claude-opus-5")
    assert (code, err) == (0, "")
    assert [json.loads(line) for line in out.splitlines()] == api.models * 2
    assert out.isascii()


def test_json_of_the_catalogue_prints_its_row(capsys, catalogue):
    code, out, err = run(capsys, "--json", "--offline", "sonnet")
    assert (code, json.loads(out), err) == (0, SONNET_5, note())


def test_json_of_a_fallback_prints_its_id(capsys):
    code, out, _ = run(capsys, "--json", "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, '{"id": "claude-x"}\n')


def test_one_bad_name_leaves_stdout_empty(api, capsys):
    code, out, err = run(capsys, "sonnet", "sonet", "opus")
    assert (code, out) == (1, "")
    assert re.fullmatch(
        r"error: unknown model 'sonet'; did you mean 'sonnet'\? \(also: .+\)\n", err
    )


def test_every_failing_name_is_reported(api, capsys):
    code, out, err = run(capsys, "sonet", "opus", SONNET_4["id"], "claude-x")
    assert (code, out) == (1, "")
    assert [line.split(";")[0] for line in err.splitlines()] == [
        "error: unknown model 'sonet'",
        "error: claude-sonnet-4-20250514 retired on 2026-06-15",
        "error: unknown model 'claude-x'",
    ]
    assert api.paths.count("/v1/models?limit=1000") == 1
    assert api.paths.count("/v1/models?limit=1000&lifecycle%5B%5D=retired") == 1


def test_name_that_is_like_no_other_is_told_the_families(api, capsys):
    assert run(capsys, "gpt") == (
        1,
        "",
        "error: unknown model 'gpt'; the families are haiku, opus, sonnet\n",
    )


def test_error_of_the_api_ends_the_run_at_once(api, capsys):
    api.answers = [(404, b"", {}), (400, b"", {})]
    code, out, err = run(capsys, "claude-x", "claude-y", "opus")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert len(api.paths) == 2


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb"])
def test_bad_name_among_good_ones_makes_no_request(api, capsys, name):
    code, out, err = run(capsys, "claude-opus-5", name)
    assert (code, out) == (2, "")
    assert err.startswith(
        ("error: a model name must have", "error: model name contains a control character")
    )
    assert err.count("\n") == 1
    assert api.paths == []


def test_deprecated_model_warns_with_its_date_and_its_replacement(api, capsys):
    code, out, err = run(capsys, "claude-sonnet-4-5-20250929")
    assert (code, out) == (0, "claude-sonnet-4-5-20250929\n")
    assert re.fullmatch(
        r"warning: claude-sonnet-4-5-20250929 is deprecated and retires on 2099-01-01, in \d+ days; "
        r"use claude-sonnet-5\n",
        err,
    )
    assert api.paths == ["/v1/models/claude-sonnet-4-5-20250929", "/v1/models?limit=1000"]


def test_upgrade_warns_of_what_it_replaced(api, capsys):
    assert run(capsys, "--upgrade", SONNET_4["id"]) == (
        0,
        "claude-sonnet-5\n",
        "warning: claude-sonnet-4-20250514 retired on 2026-06-15; upgraded to claude-sonnet-5\n",
    )


def test_retired_model_exits_with_1(api, capsys):
    assert run(capsys, SONNET_4["id"]) == (
        1,
        "",
        "error: claude-sonnet-4-20250514 retired on 2026-06-15; use claude-sonnet-5, or pass --upgrade\n",
    )


def test_min_days_left_is_passed_on(api, capsys):
    api.models[0] = {**OPUS_5, "retires_at": "2026-01-01T00:00:00Z"}
    code, out, err = run(capsys, "--min-days-left=30", "claude-opus-5")
    assert (code, out) == (1, "")
    assert re.fullmatch(
        r"error: claude-opus-5 was due to retire on 2026-01-01, \d+ days ago \(minimum: 30\); "
        r"use claude-opus-4-8, or pass --upgrade\n",
        err,
    )


def test_list_is_an_aligned_table(api, capsys):
    api.models = [
        OPUS_5,
        {**OPUS_48, "retires_at": "2099-01-01T00:00:00Z", "max_input_tokens": 1000000},
        {**HAIKU_45, "max_input_tokens": 200000},
        {
            "id": "x",
            "created_at": "1970-01-01T00:00:00Z",
            "retires_at": "soon",
            "max_input_tokens": 1048576,
        },
        {
            "id": "y",
            "line": "fast",
            "lifecycle": "a lifecycle that is long",
            "max_input_tokens": 10**30,
        },
    ]
    code, out, err = run(capsys, "--list")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "ID                         line   lifecycle   released    retires     context",
        "claude-opus-5              opus   active      2026-07-24  -           -",
        "claude-opus-4-8            opus   active      2026-05-28  2099-01-01  1M",
        "claude-haiku-4-5-20251001  haiku  active      2025-10-15  -           200k",
        "x                          -      -           -           -           1M",
        "y                          fast   a lifecycl  -           -           1000000000",
    ]


@pytest.mark.parametrize("offline", [True, False])
def test_list_fits_80_columns(api, capsys, monkeypatch, offline):
    rows = [dict(model.raw) for model in CATALOGUE] + [OPUS_5, SONNET_45]
    api.models = [
        {
            **row,
            "retires_at": "2099-01-01T00:00:00Z",
            "lifecycle": "deprecated",
            "max_input_tokens": 10**9 - 1,
        }
        for row in rows
    ]
    code, out, _ = run(capsys, "--list", *["--offline"] * offline)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


def test_list_shows_a_long_id_whole(api, capsys):
    long = "provider/" + "x" * 150
    api.models = [OPUS_5, {"id": long}]
    out = run(capsys, "--list")[1].splitlines()
    assert out[2].split() == [long, "-", "-", "-", "-", "-"]
    assert len(out[0]) <= 80
    assert len(out[1]) <= 80


def test_list_as_json_prints_what_the_api_sent(api, capsys):
    _, out, _ = run(capsys, "--list", "--json")
    assert [json.loads(line) for line in out.splitlines()] == api.models


def test_list_offline_has_the_models_in_use(capsys, catalogue):
    code, out, err = run(capsys, "--list", "--offline")
    assert (code, err) == (0, note())
    assert [line.split()[0] for line in out.splitlines()] == [
        "ID", "claude-opus-5", "claude-sonnet-5", "claude-opus-4-8", HAIKU_45["id"],
    ]  # fmt: skip


def test_list_goes_with_all_of_its_options_at_once(capsys, catalogue):
    code, out, err = run(capsys, "--list", "--json", "--offline", "--timeout", "5")
    assert (code, err) == (0, note())
    assert json.loads(out.splitlines()[0]) == OPUS_5


def test_offline_needs_no_key_and_makes_no_request(server, capsys, monkeypatch, catalogue):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    assert run(capsys, "--offline", "sonnet", "haiku 4.5") == (
        0,
        f"claude-sonnet-5\n{HAIKU_45['id']}\n",
        note(),
    )
    assert server.paths == []


def test_offline_knows_the_retired(capsys, catalogue):
    assert run(capsys, "--offline", SONNET_4["id"]) == (
        1,
        "",
        f"{note()}error: claude-sonnet-4-20250514 retired on 2026-06-15; use claude-sonnet-5, or pass --upgrade\n",
    )


@pytest.mark.parametrize(("days", "is_stale"), [(90, False), (91, True), (5000, True)])
def test_old_catalogue_is_warned_of_after_90_days(capsys, monkeypatch, days, is_stale):
    date = in_days(-days)[:10]
    warning = f"warning: the built-in catalogue of {date} is {days} days old; update claude_model\n"
    with fresh_catalogue(monkeypatch, SONNET_5, days=days):
        assert run(capsys, "--offline", "sonnet") == (
            0,
            "claude-sonnet-5\n",
            f"note: using the built-in catalogue of {date} instead of the API\n"
            + warning * is_stale,
        )


def test_fallback_answers_without_credentials(capsys):
    assert run(capsys, "--fallback", "claude-x", "sonnet") == (
        0,
        "claude-x\n",
        "warning: no credential: using the fallback claude-x, unchecked\n",
    )


@pytest.mark.parametrize("status", [408, 409, 429, 500, 529, 204, 206, 407])
def test_fallback_covers_a_transient_error_and_no_answer(api, capsys, status):
    api.answers = [(status, b"", {"retry-after-ms": "1"})] * 3
    assert run(capsys, "--fallback", "claude-x", "sonnet")[:2] == (0, "claude-x\n")
    assert len(api.paths) == (1 if status in (204, 206, 407) else 3)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"data": []}',
        b'{"data": [{}]}',
        b'{"data": 5}',
        b"[" * 990,
        b'{"data": [{"id": "a"}], "has_more": true, "last_id": "\\ud800"}',
    ],
    ids=repr,
)
def test_fallback_covers_an_unusable_answer(api, capsys, body):
    api.answer(200, body)
    assert run(capsys, "--fallback", "claude-x", "sonnet")[:2] == (0, "claude-x\n")


def test_fallback_answers_without_a_connection(capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", UNREACHABLE)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    code, out, err = run(capsys, "--timeout", "1", "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, "claude-x\n")
    assert re.search(
        r"^warning: 127.0.0.1:1: connection failed \(.+\): using the fallback claude-x, unchecked$",
        err,
        re.MULTILINE,
    )


def test_fallback_covers_a_timeout(api, capsys):
    api.respond = lambda path: time.sleep(2) or (200, b"{}", {})
    code, out, err = run(capsys, "--timeout", "0.3", "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, "claude-x\n")
    assert err == (
        f"warning: {api.url[7:]}: timed out after 0.3 s: using the fallback claude-x, unchecked\n"
    )


@pytest.mark.parametrize(
    ("status", "code"), [(300, 3), (302, 3), (400, 3), (401, 2), (402, 3), (403, 2), (404, 3)]
)
def test_fallback_does_not_answer_where_the_api_did(api, capsys, status, code):
    api.answer(status)
    assert run(capsys, "--fallback", "claude-x", "sonnet")[:2] == (code, "")


@pytest.mark.parametrize("name", ["claude-x", "sonnet-4", SONNET_4["id"]])
def test_fallback_does_not_answer_for_an_unknown_or_a_retired_model(api, capsys, name):
    assert run(capsys, "--fallback", "claude-opus-5", name)[:2] == (1, "")


def test_fallback_does_not_answer_for_a_malformed_credential(api, capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant a")
    assert run(capsys, "--fallback", "claude-x", "sonnet")[:2] == (2, "")


@pytest.mark.parametrize(
    ("fallback", "names", "message"),
    [
        ("claude-x", ["a", "b"], "--fallback works with one model only (got 2)"),
        ("", ["a"], "--fallback must be a model ID, not ''"),
        ("opus 5", ["a"], "--fallback must be a model ID, not 'opus 5'"),
        ("$a", ["a"], "--fallback must be a model ID, not '$a'"),
    ],
)
def test_fallback_is_one_id_for_one_name(api, capsys, fallback, names, message):
    assert run(capsys, "--fallback", fallback, *names) == (2, "", f"error: {message}\n")
    assert api.paths == []


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "no model name given; see --help"),
        (["--list", "sonnet"], ALONE),
        (["--list", "--upgrade"], ALONE),
        (["--list", "--fallback", "claude-x"], ALONE),
        (["--list", "--min-days-left=5"], ALONE),
        (["--what"], "option --what not recognized; see --help"),
        (["-x"], "option -x not recognized; see --help"),
        (["--json=yes", "sonnet"], "option --json must not have an argument; see --help"),
        (["--x\n\x1b[31m", "sonnet"], "option --x [31m not recognized; see --help"),
        (["--timeout", "0", "sonnet"], "--timeout must be above 0 and up to 86400 seconds, not 0"),
        (["--timeout=nan", "sonnet"], "--timeout must be above 0 and up to 86400 seconds, not nan"),
        (
            ["--timeout", "x", "sonnet"],
            "--timeout must be above 0 and up to 86400 seconds, not 'x'",
        ),
        (
            ["--timeout", "86401", "--list"],
            "--timeout must be above 0 and up to 86400 seconds, not 86401",
        ),
        (
            ["--min-days-left", "-1", "sonnet"],
            "--min-days-left must be a whole number, 0 or more, not -1",
        ),
        (
            ["--min-days-left", "2.5", "sonnet"],
            "--min-days-left must be a whole number, 0 or more, not 2.5",
        ),
        (
            ["--min-days-left", "", "sonnet"],
            "--min-days-left must be a whole number, 0 or more, not ''",
        ),
        (["sonnet", "--fallback"], "option --fallback requires argument; see --help"),
        (["sonnet", "--timeout"], "option --timeout requires argument; see --help"),
        (["sonnet", "--fallback", "--json"], "--fallback must be a model ID, not '--json'"),
    ],
)
def test_bad_call_is_one_error_line_and_2(api, capsys, argv, message):
    assert run(capsys, *argv) == (2, "", f"error: {message}\n")
    assert api.paths == []


def test_bad_base_url_is_one_error_line_and_2(capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "ftp://x")
    assert run(capsys, "sonnet") == (
        2,
        "",
        "error: ANTHROPIC_BASE_URL must be an http:// or https:// URL, not 'ftp://x'\n",
    )


def test_missing_credential_is_one_error_line_and_2(capsys):
    assert run(capsys, "sonnet") == (
        2,
        "",
        "error: no API key found; set ANTHROPIC_API_KEY, or pass --offline\n",
    )


@pytest.mark.parametrize(("status", "code"), [(400, 3), (401, 2), (403, 2), (404, 3), (500, 3)])
def test_exit_code_says_what_to_do(api, capsys, status, code):
    api.answers = [(status, b"", {"x-should-retry": "false"})]
    result = run(capsys, "sonnet")
    assert result[:2] == (code, "")
    assert re.fullmatch("error: .+\n", result[2])


def test_double_dash_ends_the_options(api, capsys):
    api.models = [row("claude-json", "--json")]
    assert run(capsys, "--", "--json") == (0, "claude-json\n", "")


def test_help_fits_80_columns_and_has_an_example_for_each_use(capsys):
    out = run(capsys, "--help")[1]
    assert max(map(len, out.splitlines())) <= 80
    assert len(re.findall(r"\$ python -m claude_model .+", out)) >= 3
    for code in ("0 ", "1 ", "2 ", "3 ", "130 "):
        assert re.search(rf"(^|[ ;]){code}", out[out.index("Exit codes:") :], re.MULTILINE)


def test_usage_names_the_command_as_it_was_started(tmp_path):
    script = tmp_path / "claude-model"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom claude_model import main\nsys.exit(main())\n"
    )
    for argv, name in (
        (["-m", "claude_model"], "python -m claude_model"),
        (["claude_model.py"], "python claude_model.py"),
        ([str(ROOT / "claude_model.py")], "python claude_model.py"),
        ([str(script)], "claude-model"),
    ):
        done = subprocess.run(
            [sys.executable, *argv, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.stdout.startswith(
            f"usage: {name} [options] NAME [NAME ...]\n       {name} --list "
        )
        assert f"$ {name} --offline sonnet\n" in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("flag", ["--version", "--help", "-h"])
def test_version_and_help_are_printed_without_a_request(capsys, flag):
    code, out, err = run(capsys, flag, "sonnet")
    assert (code, err) == (0, "")
    assert out.startswith(
        f"claude-model {claude_model.__version__}\n"
        if flag == "--version"
        else "usage: python -m claude_model "
    )


def test_plain_http_is_warned_of_once(server, capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway.test")
    monkeypatch.setenv("http_proxy", server.url)
    code, out, err = run(capsys, "claude-sonnet", "opus", SONNET_4["id"], "--upgrade")
    assert (code, out) == (0, "claude-sonnet-5\nclaude-opus-5\nclaude-sonnet-5\n")
    assert err.startswith(
        f"warning: plain http sends the credential unencrypted to gateway.test via proxy {server.url[7:]}\n"
        "warning: claude-sonnet-4-20250514 retired on 2026-06-15; upgraded to claude-sonnet-5\n"
    )
    assert err.count("unencrypted") == 1


def test_warnings_as_errors_leave_the_command_working(server):
    env = {
        **os.environ,
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": "http://h.test",
        "http_proxy": server.url,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "claude_model", "opus"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split(), done.stderr[:9]) == (
        0,
        [b"claude-opus-5"],
        b"warning: ",
    )


def test_timeout_bounds_the_whole_run(api, capsys):
    api.answers = [(529, b"", {"retry-after": "0.4"})] * 10
    start = time.monotonic()
    assert run(capsys, "--timeout", "0.5", "claude-opus-5", "claude-opus-4-8")[0] == 3
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize(
    "names", [("claude-opus-5", "claude-opus-4-8"), ("claude-opus",), ("claude-gone",)]
)
def test_timeout_is_shared_by_all_the_requests_of_a_run(api, capsys, names):
    respond = api.respond
    api.respond = lambda path: time.sleep(0.25) or respond(path)
    start = time.monotonic()
    code, out, err = run(capsys, "--timeout", "0.4", *names)
    assert time.monotonic() - start < 1.4
    assert (code, out) == (3, "")
    assert err.endswith(": timed out after 0.4 s; retry, or raise --timeout\n")


def test_output_that_the_encoding_lacks_is_escaped(api):
    api.models = [row("claude-opus-5", line="\u00e9")]
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = command("--list", env=env)
    assert (done.returncode, done.stdout.split()[7], done.stderr) == (0, b"\\xe9", b"")
    done = command("claude-\u4e2d\u4e2d", env=env)
    assert (done.returncode, done.stdout, done.stderr[:22]) == (1, b"", b"error: unknown model '")


def test_output_without_an_encoding_is_written(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(["--version"]) == 0
    assert sys.stdout.getvalue() == f"claude-model {claude_model.__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals and pipes")
class TestInterruptions:
    def test_closed_pipe_is_quiet(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = command(
            "--offline", "--list", stdout=writer, stderr=subprocess.PIPE, capture_output=False
        )
        os.close(writer)
        assert (done.returncode, done.stderr.decode()) == (0, note())

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_disk_is_one_error_line(self):
        with open("/dev/full", "w") as full:
            done = command(
                "--offline", "sonnet", stdout=full, stderr=subprocess.PIPE, capture_output=False
            )
        message = "error: the output could not be written: No space left on device\n"
        assert (done.returncode, done.stderr.decode()) == (2, note() + message)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_stderr_leaves_the_answer(self):
        with open("/dev/full", "w") as full:
            done = command(
                "--offline", "sonnet", stdout=subprocess.PIPE, stderr=full, capture_output=False
            )
        assert (done.returncode, done.stdout) == (0, SONNET.encode() + b"\n")

    @pytest.mark.parametrize("closed", ["1", "2"])
    def test_closed_stream_is_no_traceback(self, closed):
        shell = f'"{sys.executable}" -m claude_model --offline sonnet {closed}>&-'
        done = subprocess.run(
            shell, shell=True, cwd=ROOT, capture_output=True, text=True, check=False
        )
        error = "error: the output could not be written: standard output is closed\n"
        expected = {"1": (2, "", note() + error), "2": (0, f"{SONNET}\n", "")}
        assert (done.returncode, done.stdout, done.stderr) == expected[closed]

    @pytest.mark.parametrize(
        "phase", ["the wait before a retry", "the wait for an answer", "the wait for a page"]
    )
    def test_ctrl_c_exits_with_130_and_quietly(self, api, phase):
        respond, called = api.respond, threading.Event()

        def answer(path):
            if phase == "the wait before a retry":
                api.answers = [(529, b"", {"retry-after": "20"})]
            if phase == "the wait for an answer" or (
                phase == "the wait for a page" and "after_id" in path
            ):
                called.set()
                time.sleep(20)
            called.set()
            return respond(path)

        api.page_size = 2
        api.respond = answer
        # A caller such as nohup or a shell's "&" may ignore the signal, which children inherit.
        code = "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(claude_model.main(['haiku']))"
        process = subprocess.Popen(
            [sys.executable, "-c", f"import claude_model, signal, sys; {code}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert called.wait(20)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        lines = [line for line in err.splitlines() if not line.startswith(b"note: ")]
        assert (out, lines, process.returncode) == (b"", [], 130)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals and devices")
class TestInterruptionsInProcess:
    """The same, where coverage can see it."""

    def test_ctrl_c_is_130(self, api, capsys):
        api.answers = [(529, b"", {"retry-after": "20"})]
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        code, out, err = run(capsys, "opus")
        signal.signal(signal.SIGINT, before)
        assert (code, out) == (130, "")
        assert err.startswith("note: ")

    def test_closed_pipe_is_0(self, capsys, monkeypatch):
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "w") as stdout:
            monkeypatch.setattr(sys, "stdout", stdout)
            assert main(["--offline", "sonnet"]) == 0
        assert capsys.readouterr().err == note()

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_disk_is_2(self, capsys, monkeypatch):
        with open("/dev/full", "w") as stdout:
            monkeypatch.setattr(sys, "stdout", stdout)
            assert main(["--offline", "sonnet"]) == 2
        assert (
            capsys.readouterr().err
            == f"{note()}error: the output could not be written: No space left on device\n"
        )

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_stderr_is_0(self, capsys, monkeypatch):
        with open("/dev/full", "w") as stderr:
            monkeypatch.setattr(sys, "stderr", stderr)
            assert main(["--offline", "sonnet"]) == 0
        assert capsys.readouterr().out == f"{SONNET}\n"

    def test_closed_stdout_is_2(self, capsys, monkeypatch):
        monkeypatch.setattr(sys, "stdout", None)
        assert main(["--offline", "sonnet"]) == 2
        assert (
            capsys.readouterr().err
            == f"{note()}error: the output could not be written: standard output is closed\n"
        )

    def test_closed_stderr_is_0(self, capsys, monkeypatch):
        monkeypatch.setattr(sys, "stderr", None)
        assert main(["--offline", "sonnet"]) == 0
        assert capsys.readouterr().out == f"{SONNET}\n"


@pytest.mark.parametrize(("argv", "code"), [(["sonnet"], 0), (["gpt"], 1), ([], 2)])
def test_file_run_as_a_script_exits_with_the_code_of_main(argv, code):
    assert command("--offline", *argv).returncode == code


@pytest.mark.parametrize(
    "start", [["claude_model.py"], ["-m", "claude_model"], ["-I", "claude_model.py"]]
)
def test_file_and_module_behave_the_same(start):
    done = subprocess.run(
        [sys.executable, *start, "--offline", "sonnet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{SONNET}\n", note())


def test_names_may_be_separated_by_commas(api, capsys):
    assert run(capsys, "opus, Opus 4.8,sonnet", "haiku,") == (
        0,
        f"claude-opus-5\nclaude-opus-4-8\nclaude-sonnet-5\n{HAIKU_45['id']}\n",
        "",
    )
    assert run(capsys, ",")[0] == 2


@pytest.mark.parametrize("option", ["--off", "--up", "--js", "--min=5", "--time=5"])
def test_abbreviated_option_is_refused(api, capsys, option):
    name = option.partition("=")[0]
    assert run(capsys, option, "opus") == (
        2,
        "",
        f"error: option {name} not recognized; see --help\n",
    )


def test_fallback_that_is_only_a_family_is_warned_of(capsys):
    code, out, err = run(capsys, "--fallback", "sonnet", "opus")
    assert (code, out) == (0, "sonnet\n")
    assert err == (
        "warning: no credential: using the fallback sonnet, unchecked; it is a family, not a model ID\n"
    )


def test_one_date_for_every_model_is_no_release_date(api, capsys):
    api.models = [
        {"id": name, "created_at": "2023-02-28T18:56:42Z"} for name in ("claude-opus-5", "x")
    ]
    assert "2023" not in run(capsys, "--list")[1]
    api.models = api.models[:1]
    assert "2023-02-28" in run(capsys, "--list")[1]


@pytest.mark.parametrize("started", ["claude-model", "claude-model.exe"])
def test_help_of_the_installed_command_names_it(capsys, monkeypatch, started):
    monkeypatch.setattr(sys, "argv", [f"/usr/bin/{started}", "--help"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("usage: claude-model [options] NAME")
