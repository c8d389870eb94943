"""The command line: what it prints, where, and with which exit code."""

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
from helpers import KEY, LIST, RETIRED_LIST, ROOT, copy_with_catalogue
from rows import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, SONNET_5, SONNET_45, in_days, row

import claude_model
from claude_model import main

NOTE = re.compile(f"note: .+ catalogue of {in_days(0)[:10]}.*\n")
FAST = {"retry_after_ms": "1"}


def run(capsys, *argv):
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def error(capsys, *argv):
    """Return the exit code and the one error line of a call that prints nothing else."""
    code, out, err = run(capsys, *argv)
    assert (out, err[:7], err.count("\n")) == ("", "error: ", 1)
    return code, err[7:-1]


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a copy of the file alone, and a catalogue of its own."""
    copy_with_catalogue(tmp_path, OPUS_5, SONNET_5, HAIKU_45, SONNET_4)
    for name in ("entrypoint.py", "action.yml"):
        (tmp_path / name).unlink()
    return tmp_path


def command(folder, *argv, start=("claude_model.py",), **options):
    """Return a finished process of the command line, as a user starts it."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([sys.executable, *start, *argv], cwd=folder, check=False, **options)


def test_ids_are_printed_a_line_each_in_the_order_asked(api, capsys):
    names = ["opus-4.8", "--upgrade", "sonnet", "claude-opus-5", "sonnet"]
    printed = "claude-opus-4-8\nclaude-sonnet-5\nclaude-opus-5\nclaude-sonnet-5\n"
    assert run(capsys, *names) == (0, printed, "")
    assert api.paths == [LIST, "/v1/models/claude-opus-5"]


def test_names_may_be_separated_by_commas(api, capsys):
    printed = f"claude-opus-5\nclaude-opus-4-8\n{HAIKU_45['id']}\n"
    assert run(capsys, "opus, Opus 4.8", "haiku,") == (0, printed, "")


def test_double_dash_ends_the_options(api, capsys):
    assert run(capsys, "--json", "--", "opus")[0] == 0
    code, message = error(capsys, "--", "--offline", "opus")
    assert (code, "'--offline'" in message) == (1, True)


def test_json_prints_what_the_api_sent(api, capsys):
    api.models = [{**OPUS_5, "no": None, "new": {"a": [None, True, 1.5, "\ud800\x1b\u00e9"]}}]
    for argv in (["--json", "opus", "claude-opus-5"], ["--json", "--list"]):
        code, out, err = run(capsys, *argv)
        assert (code, err, out.isascii()) == (0, "", True)
        assert [json.loads(line) for line in out.splitlines()] == api.models * out.count("\n")


def test_json_of_the_catalogue_is_its_row_and_of_a_fallback_its_id(capsys, catalogue):
    code, out, err = run(capsys, "--json", "--offline", "sonnet")
    assert (code, json.loads(out)) == (0, SONNET_5)
    assert NOTE.fullmatch(err)
    code, out, _ = run(capsys, "--json", "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, '{"id": "claude-x"}\n')


def test_every_failing_name_is_reported_and_nothing_is_printed(api, capsys):
    code, out, err = run(capsys, "sonet", "opus", SONNET_4["id"], "claude-x")
    assert (code, out) == (1, "")
    errors = (
        "error: .+'sonet'.+",
        "error: claude-sonnet-4-20250514 .+",
        "error: .+'claude-x'.+",
        "",
    )
    assert re.fullmatch("\n".join(errors), err)
    assert (api.paths.count(LIST), api.paths.count(RETIRED_LIST)) == (1, 1)


def test_error_of_the_api_ends_the_run_at_once(api, capsys):
    api.answer(404)
    api.answer(400)
    assert error(capsys, "claude-x", "claude-y", "opus")[0] == 3
    assert len(api.paths) == 2


def test_retired_model_names_the_option(api, capsys):
    code, message = error(capsys, SONNET_4["id"])
    assert code == 1
    assert message.endswith("; use claude-sonnet-5, or pass --upgrade")
    api.models = [OPUS_5]
    assert error(capsys, SONNET_4["id"])[1].endswith("; choose another model")


def test_warnings_go_to_standard_error(api, capsys):
    for options, printed, warning in (
        (["--upgrade", SONNET_4["id"]], "claude-sonnet-5", "2026-06-15"),
        ([SONNET_45["id"]], SONNET_45["id"], "2099-01-01"),
        (["--min-days-left", "30", "--json", SONNET_45["id"]], SONNET_45["id"], "2099-01-01"),
    ):
        code, out, err = run(capsys, *options)
        assert (code, err[:9], err.count("\n")) == (0, "warning: ", 1)
        assert printed in out
        assert warning in err


def test_min_days_left_is_passed_on(api, capsys):
    api.models = [{**OPUS_5, "retires_at": in_days(9)}]
    assert error(capsys, "--min-days-left=10", "opus")[0] == 1
    assert run(capsys, "--min-days-left", "9", "opus")[0] == 0


def test_list_is_an_aligned_table_of_80_columns(api, capsys):
    long = "provider/" + "x" * 150
    api.models = [
        OPUS_5,
        {**OPUS_48, "retires_at": "2099-01-01T00:00:00Z", "max_input_tokens": 1000000},
        {**HAIKU_45, "max_input_tokens": 200000},
        {"id": "x", "created_at": "1970-01-01", "retires_at": "soon", "max_input_tokens": 1048576},
        {
            "id": "y",
            "line": "fast",
            "lifecycle": "a lifecycle too long",
            "max_input_tokens": 10**30,
        },
    ]
    assert run(capsys, "--list") == (0, (
        "ID                         line   lifecycle   released    retires     context\n"
        "claude-opus-5              opus   active      2026-07-24  -           -\n"
        "claude-opus-4-8            opus   active      2026-05-28  2099-01-01  1M\n"
        "claude-haiku-4-5-20251001  haiku  active      2025-10-15  -           200k\n"
        "x                          -      -           -           -           1M\n"
        "y                          fast   a lifecycl  -           -           1000000000\n"
    ), "")  # fmt: skip
    api.models = [{**SONNET_45, "max_input_tokens": 10**9}, {"id": long}]
    header, *lines = run(capsys, "--list")[1].splitlines()
    assert max(map(len, [header, lines[0]])) <= 80
    assert lines[1].split()[0] == long


def test_one_date_for_every_model_is_no_release_date(api, capsys):
    api.models = [{"id": name, "created_at": "2023-02-28T18:56:42Z"} for name in ("a", "b")]
    assert "2023" not in run(capsys, "--list")[1]


def test_list_offline_has_the_models_in_use(capsys, catalogue):
    code, out, err = run(capsys, "--list", "--offline", "--timeout", "5")
    assert (code, NOTE.fullmatch(err)[0]) == (0, err)
    ids = ["ID", "claude-opus-5", "claude-sonnet-5", "claude-opus-4-8", HAIKU_45["id"]]
    assert [line.split()[0] for line in out.splitlines()] == ids


def test_offline_needs_no_key_and_makes_no_request(server, capsys, monkeypatch, catalogue):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    printed = f"claude-sonnet-5\n{HAIKU_45['id']}\n"
    code, out, err = run(capsys, "--offline", "sonnet", "haiku 4.5")
    assert (code, out, NOTE.fullmatch(err)[0]) == (0, printed, err)
    code, out, err = run(capsys, "--offline", SONNET_4["id"])
    assert (code, out) == (1, "")
    assert re.fullmatch("error: claude-sonnet-4-20250514 .+\n", NOTE.sub("", err))
    assert server.paths == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(408, b""), (429, b""), (500, b""), (204, b""), (407, b""), (501, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"data": []}'),
     (200, b'{"data": [{}]}'), (200, b"[" * 990)],
)  # fmt: skip
def test_fallback_covers_what_is_no_usable_answer(api, capsys, status, body):
    api.answer(status, body, times=3, **FAST)
    code, out, err = run(capsys, "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, "claude-x\n")
    assert re.search("^warning: .+ claude-x", err, re.MULTILINE)


def test_fallback_covers_a_missing_credential_and_no_connection(capsys, monkeypatch):
    code, out, err = run(capsys, "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, "claude-x\n")
    assert re.fullmatch("warning: .+ key .+ claude-x.*\n", err)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    code, out, _ = run(capsys, "--timeout", "0.3", "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, "claude-x\n")


@pytest.mark.parametrize(("status", "code"), [(302, 3), (400, 3), (401, 2), (403, 2), (404, 3)])
def test_fallback_does_not_answer_where_the_api_did(api, capsys, monkeypatch, status, code):
    api.answer(status)
    assert error(capsys, "--fallback", "claude-x", "sonnet")[0] == code
    for name in ("claude-x", "sonnet-4", SONNET_4["id"]):
        assert error(capsys, "--fallback", "claude-x", name)[0] == 1
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant a")
    assert error(capsys, "--fallback", "claude-x", "sonnet")[0] == 2


@pytest.mark.parametrize(("fallback", "names"), [("claude-x", ["a", "b"]), ("", ["a"]), ("opus 5", ["a"]), ("$a", ["a"]), ("Sonnet", ["a"])])  # fmt: skip
def test_fallback_is_one_id_for_one_name_and_no_family(api, capsys, catalogue, fallback, names):
    message = f"fallback must be a model ID for one name only, not {fallback!r}"
    assert error(capsys, "--fallback", fallback, *names) == (2, message)
    assert api.paths == []


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        ([], "no model name given; see --help"),
        ([""], "a model name must have 1 to 200 characters"),
        ([","], "a model name must have 1 to 200 characters"),
        (["claude-opus-5", "x" * 201], "a model name must have 1 to 200 characters"),
        (["--list", "sonnet"], "--list takes no model name"),
        (["--list", "--upgrade"], "--list takes no model name"),
        (["--list", "--fallback", "claude-x"], "--list takes no model name"),
        (["--list", "--min-days-left=5"], "--list takes no model name"),
        (["--what"], "--what; see --help"),
        (["--off", "opus"], "--off; see --help"),
        (["-x"], "-x; see --help"),
        (["--json=yes", "sonnet"], "--json"),
        (["--x\n\x1b[31m", "sonnet"], "--x [31m; see --help"),
        (["sonnet", "--fallback"], "--fallback"),
        (["--timeout", "0", "sonnet"], "timeout must be above 0 and up to 86400, not 0"),
        (["--timeout=nan", "--list"], "timeout must be above 0 and up to 86400, not nan"),
        (["--timeout", "x", "sonnet"], "--timeout: invalid float value: 'x'"),
        (["--min-days-left", "-1", "sonnet"], "min_days_left must be a whole number, 0 or more, not -1"),
        (["--min-days-left", "2.5", "sonnet"], "--min-days-left: invalid int value: '2.5'"),
    ],
)  # fmt: skip
def test_bad_call_is_one_error_line_and_2_and_makes_no_request(api, capsys, argv, word):
    code, message = error(capsys, *argv)
    assert (code, word in message) == (2, True)
    assert message.isprintable()
    assert api.paths == []


def test_missing_credential_and_bad_setting_are_2(capsys, monkeypatch):
    message = "no API key found; set ANTHROPIC_API_KEY, or pass --offline"
    assert error(capsys, "sonnet") == (2, message)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "ftp://x")
    assert error(capsys, "sonnet")[0] == 2


def test_wait_is_a_note(api, capsys):
    api.answer(529, {"error": {"type": "overloaded_error", "message": KEY}}, retry_after="0.1")
    note = f"note: {api.host}: 529 overloaded_error: [credential]; retrying in 0.1 s\n"
    assert run(capsys, "opus") == (0, "claude-opus-5\n", note)


def test_plain_http_is_warned_of_once(server, capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway.test")
    monkeypatch.setenv("http_proxy", server.url)
    code, out, err = run(capsys, "claude-sonnet", "opus")
    assert (code, out) == (0, "claude-sonnet-5\nclaude-opus-5\n")
    assert err.count("plain http") == err.count("\n") == 1


def test_default_timeout_is_that_of_the_client(capsys):
    assert f"(default: {claude_model.Client.timeout:g})" in run(capsys, "--help")[1]
    entry = (ROOT / "entrypoint.py").read_text("utf-8")
    action = (ROOT / "action.yml").read_text("utf-8")
    assert "or str(Client.timeout)" in entry
    assert f"Default: {claude_model.Client.timeout:g}." in action


def test_help_and_version_fit_80_columns_and_make_no_request(api, capsys):
    for flag in ("--help", "-h"):
        code, out, err = run(capsys, flag, "sonnet")
        assert (code, err, out[:19]) == (0, "", "usage: claude-model")
        assert max(map(len, out.splitlines())) <= 80
    assert run(capsys, "--version") == (0, f"claude-model {claude_model.__version__}\n", "")
    assert api.paths == []


@pytest.mark.parametrize("start", [["claude_model.py"], ["-m", "claude_model"], ["-I", "claude_model.py"], ["-OO", "claude_model.py"]])  # fmt: skip
def test_copied_file_runs_alone_however_it_is_started(folder, start):
    done = command(folder, "--offline", "sonnet", start=start)
    assert (done.returncode, done.stdout.splitlines()) == (0, [b"claude-sonnet-5"])
    assert NOTE.fullmatch(done.stderr.decode().replace(os.linesep, "\n"))
    done = command(folder, "--help", start=start)
    assert (done.returncode, done.stderr, b"--offline" in done.stdout) == (0, b"", True)


def test_lines_end_in_lf_and_characters_that_the_encoding_lacks_are_escaped(api):
    api.models = [row("claude-opus-5", line="\u00e9")]
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = command(ROOT, "--list", env=env)
    assert (done.returncode, done.stdout.split()[7], b"\r" in done.stdout) == (0, b"\\xe9", False)
    done = command(ROOT, "claude-\u4e2d", env=env)
    assert (done.returncode, done.stdout, rb"'claude-\u4e2d'" in done.stderr) == (1, b"", True)


def test_lines_end_in_lf_where_the_stream_would_write_crlf(capsys, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii", newline="\r\n"))
    assert main(["--version"]) == 0
    assert written.getvalue() == f"claude-model {claude_model.__version__}\n".encode()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(["--version"]) == 0
    assert sys.stdout.getvalue() == f"claude-model {claude_model.__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals, pipes and devices")
class TestInterruptions:
    def test_closed_pipe_is_quiet(self, api):
        reader, writer = os.pipe()
        os.close(reader)
        done = command(ROOT, "--list", stdout=writer)
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    @pytest.mark.parametrize("argv", [["sonnet"], ["--help"]])
    def test_output_that_cannot_be_written_is_2_with_the_reason(self, api, argv):
        with open("/dev/full", "w") as full:
            done = command(ROOT, *argv, stdout=full)
        message = b"error: the output could not be written: No space left on device\n"
        assert (done.returncode, done.stderr.endswith(message)) == (2, True)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_standard_error_leaves_the_answer_and_the_exit_code(self, api):
        with open("/dev/full", "w") as full:
            done = command(ROOT, "sonnet-4.5", stderr=full)  # With a warning.
        assert (done.returncode, done.stdout.decode().strip()) == (0, SONNET_45["id"])

    @pytest.mark.parametrize(("closed", "code", "out"), [(1, 2, ""), (2, 0, SONNET_45["id"])])
    def test_closed_stream_is_no_traceback(self, api, closed, code, out):
        shell = f'"{sys.executable}" claude_model.py sonnet-4.5 {closed}>&-'
        done = subprocess.run(shell, shell=True, cwd=ROOT, capture_output=True, check=False)
        printed = done.stdout.decode().strip()
        assert (done.returncode, printed, b"Traceback" in done.stderr) == (code, out, False)

    @pytest.mark.parametrize("phase", ["retry", "answer"])
    def test_ctrl_c_is_130_and_quiet(self, api, phase):
        respond, called = api.respond, threading.Event()

        def answer(path):
            called.set()
            if phase == "answer":
                time.sleep(20)
            return respond(path)

        api.respond = answer
        api.answer(529, retry_after="20")
        # A caller such as nohup or a shell's "&" may ignore the signal, which children inherit.
        code = (
            "import claude_model, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "sys.exit(claude_model.main(['haiku']))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert called.wait(20)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        lines = [line for line in err.splitlines() if not line.startswith(b"note: ")]
        assert (out, lines, process.returncode) == (b"", [], 130)
