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
from conftest import HAIKU_45, KEY, OPUS_5, OPUS_48, ROOT, SONNET_4, row

import claude_model
from claude_model import CATALOGUE, main

NOTE = "note: the built-in catalogue of 2026-11-23 answers, not the API\n"
ALONE = "--list takes no name, and goes with --json, --offline and --timeout alone; see --help"
UNREACHABLE = "http://127.0.0.1:1"


def run(capsys, *argv):
    code = main(argv)
    out, err = capsys.readouterr()
    return code, out, err


def command(*argv, **options):
    """Return a finished process of the command line, as a user starts it."""
    options.setdefault("capture_output", True)
    return subprocess.run([sys.executable, "-m", "claude_model", *argv], cwd=ROOT, check=False, **options)


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


def test_json_of_the_catalogue_prints_its_row(capsys):
    code, out, err = run(capsys, "--json", "--offline", "sonnet")
    assert (code, json.loads(out), err) == (0, claude_model.match("sonnet", CATALOGUE).raw, NOTE)


def test_json_of_a_fallback_prints_its_id(capsys):
    code, out, _ = run(capsys, "--json", "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, '{"id": "claude-x"}\n')


def test_one_bad_name_leaves_stdout_empty(api, capsys):
    code, out, err = run(capsys, "sonnet", "sonet", "opus")
    assert (code, out) == (1, "")
    assert re.fullmatch(r"error: no model is called 'sonet'; near it: sonnet, .+\n", err)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb"])
def test_bad_name_among_good_ones_makes_no_request(api, capsys, name):
    code, out, err = run(capsys, "claude-opus-5", name)
    assert (code, out) == (2, "")
    assert err.startswith("error: a model name ")
    assert err.count("\n") == 1
    assert api.paths == []


def test_deprecated_model_warns_with_its_day_and_the_newest_of_its_line(api, capsys):
    days = (claude_model._moment("2099-01-01T00:00:00Z") - claude_model._moment("2026-01-01T00:00:00Z")).days
    code, out, err = run(capsys, "claude-sonnet-4-5-20250929")
    assert (code, out) == (0, "claude-sonnet-4-5-20250929\n")
    warning = re.fullmatch(
        r"warning: claude-sonnet-4-5-20250929 is deprecated and retires on 2099-01-01 \(days left: (\d+)\); "
        r"the newest of its line is claude-sonnet-5\n",
        err,
    )
    assert 0 < int(warning[1]) < days
    assert api.paths == ["/v1/models/claude-sonnet-4-5-20250929", "/v1/models?limit=1000"]


def test_deprecated_model_alone_in_its_line_warns_without_a_newer_one(api, capsys):
    api.models = [row("claude-opus-4", "Claude Opus 4", "opus", "deprecated")]
    assert run(capsys, "opus") == (
        0,
        "claude-opus-4\n",
        "warning: claude-opus-4 is deprecated and retires on a day that is not known\n",
    )


def test_deprecated_model_is_answered_though_the_list_fails(api, capsys):
    deprecated = row("claude-opus-4", "Claude Opus 4", "opus", "deprecated", retires_at="2026-01-01T00:00:00Z")
    api.answers = [(200, json.dumps(deprecated).encode(), {}), (400, b"", {})]
    code, out, err = run(capsys, "claude-opus-4")
    assert (code, out) == (0, "claude-opus-4\n")
    assert re.fullmatch(
        r"warning: claude-opus-4 is deprecated and was to retire on 2026-01-01 \(days left: -\d+\)\n", err
    )


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
        "error: claude-sonnet-4-20250514 retired on 2026-06-15; "
        "use claude-sonnet-5, the newest of its line, or let `upgrade` choose it\n",
    )


def test_min_days_left_is_passed_on(api, capsys):
    api.models[0] = {**OPUS_5, "retires_at": "2026-01-01T00:00:00Z"}
    code, out, err = run(capsys, "--min-days-left=30", "claude-opus-5")
    assert (code, out) == (1, "")
    assert "and at least 30 are asked for; use claude-opus-4-8" in err


def test_list_is_an_aligned_table(api, capsys):
    api.models = [
        OPUS_5,
        {
            **OPUS_48,
            "display_name": "Opus\x1b[31m\n4.8",
            "retires_at": "2099-01-01T00:00:00Z",
            "max_tokens": 64000,
            "max_input_tokens": 1000000,
        },
        {"id": "x"},
    ]
    code, out, err = run(capsys, "--list")
    assert (code, err) == (0, "")
    assert out == (
        "ID               name           line  lifecycle  released    retires     tokens in  tokens out\n"
        "claude-opus-5    Claude Opus 5  opus  active     2026-07-24  -           -          128000\n"
        "claude-opus-4-8  Opus [31m 4.8  opus  active     2026-05-28  2099-01-01  1000000    64000\n"
        "x                x              -     -          -           -           -          -\n"
    )


def test_list_as_json_prints_what_the_api_sent(api, capsys):
    _, out, _ = run(capsys, "--list", "--json")
    assert [json.loads(line) for line in out.splitlines()] == api.models


def test_list_offline_holds_the_models_in_use(capsys):
    code, out, err = run(capsys, "--list", "--offline")
    ids = [line.split()[0] for line in out.splitlines()[1:]]
    assert (code, err) == (0, NOTE)
    assert ids == [model.id for model in CATALOGUE if model.lifecycle != "retired"]


def test_list_goes_with_all_of_its_options_at_once(capsys):
    code, out, err = run(capsys, "--list", "--json", "--offline", "--timeout", "5")
    assert (code, err) == (0, NOTE)
    assert json.loads(out.splitlines()[0]) == CATALOGUE[0].raw


def test_offline_needs_no_key_and_makes_no_request(server, capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    assert run(capsys, "--offline", "sonnet", "claude-haiku-4-5") == (
        0,
        f"claude-sonnet-5-5\n{HAIKU_45['id']}\n",
        NOTE,
    )
    assert server.paths == []


def test_offline_knows_the_retired(capsys):
    code, out, err = run(capsys, "--offline", "claude-sonnet-4-20250514")
    assert (code, out) == (1, "")
    assert err.startswith(f"{NOTE}error: claude-sonnet-4-20250514 retired on 2026-06-15; use claude-sonnet-5-5")


@pytest.mark.parametrize(("days", "is_warned_of"), [(90, False), (91, True)])
def test_old_catalogue_is_warned_of_after_90_days(capsys, monkeypatch, days, is_warned_of):
    import datetime

    day = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days)
    monkeypatch.setattr(claude_model, "CATALOGUE_DATE", str(day))
    warning = f"warning: the built-in catalogue is {days} days old; update claude_model, or ask the API\n"
    _, _, err = run(capsys, "--offline", "sonnet")
    assert err == NOTE.replace("2026-11-23", str(day)) + (warning if is_warned_of else "")


def test_fallback_answers_without_credentials(capsys):
    assert run(capsys, "--fallback", "claude-x", "sonnet") == (
        0,
        "claude-x\n",
        "warning: there is no credential to ask the API with; set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, "
        "or use --offline for the built-in catalogue; answered by the fallback claude-x, unverified\n",
    )


@pytest.mark.parametrize("status", [408, 409, 429, 500, 529, 204, 206])
def test_fallback_answers_for_a_passing_trouble_or_no_answer(api, capsys, status):
    api.answers = [(status, b"", {"retry-after-ms": "1"})] * 3
    assert run(capsys, "--fallback", "claude-x", "sonnet")[:2] == (0, "claude-x\n")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"data": []}', b'{"data": [{}]}', b'{"data": 5}'])
def test_fallback_answers_for_an_answer_that_is_none(api, capsys, body):
    api.answer(200, body)
    assert run(capsys, "--fallback", "claude-x", "sonnet")[:2] == (0, "claude-x\n")


def test_fallback_answers_without_a_connection(capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", UNREACHABLE)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    code, out, err = run(capsys, "--timeout", "1", "--fallback", "claude-x", "sonnet")
    assert (code, out) == (0, "claude-x\n")
    assert err.startswith("warning: could not reach 127.0.0.1:1 (Connection refused); ")


@pytest.mark.parametrize(
    ("status", "code"), [(300, 3), (302, 3), (400, 3), (401, 2), (402, 3), (403, 2), (404, 3), (407, 3)]
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
        ("claude-x", ["a", "b"], "a fallback answers for one name, not for 2; ask for each by itself"),
        ("", ["a"], "a fallback is one model ID, not ''"),
        ("opus 5", ["a"], "a fallback is one model ID, not 'opus 5'"),
    ],
)
def test_fallback_is_one_id_for_one_name(api, capsys, fallback, names, message):
    assert run(capsys, "--fallback", fallback, *names) == (2, "", f"error: {message}\n")
    assert api.paths == []


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "name one model or more, or use --list; see --help"),
        (["--list", "sonnet"], ALONE),
        (["--list", "--upgrade"], ALONE),
        (["--list", "--fallback", "claude-x"], ALONE),
        (["--list", "--min-days-left=5"], ALONE),
        (["--what"], "option --what not recognized; see --help"),
        (["-x"], "option -x not recognized; see --help"),
        (["--json=yes", "sonnet"], "option --json must not have an argument; see --help"),
        (["--x\n\x1b[31m", "sonnet"], "option --x [31m not recognized; see --help"),
        (["--timeout", "0", "sonnet"], "timeout must be a number above 0 and up to 86400 seconds, not 0.0"),
        (["--timeout=nan", "sonnet"], "timeout must be a number above 0 and up to 86400 seconds, not nan"),
        (["--timeout", "x", "sonnet"], "--timeout must be a number, not 'x'"),
        (["--min-days-left", "-1", "sonnet"], "min_days_left must be a whole number, 0 or more, not -1"),
        (["--min-days-left", "1.5", "sonnet"], "--min-days-left must be a number, not '1.5'"),
        (["sonnet", "--fallback"], "option --fallback requires argument; see --help"),
        (["sonnet", "--timeout"], "option --timeout requires argument; see --help"),
        (["sonnet", "--fallback", "--json"], "a fallback is one model ID, not '--json'"),
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
        "error: the base URL must be an http or https address, not 'ftp://x'\n",
    )


def test_missing_credential_is_one_error_line_and_2(capsys):
    code, out, err = run(capsys, "sonnet")
    assert (code, out) == (2, "")
    assert err.startswith("error: there is no credential to ask the API with; set ANTHROPIC_API_KEY ")
    assert "--offline" in err


@pytest.mark.parametrize(("status", "code"), [(400, 3), (401, 2), (403, 2), (404, 3), (500, 3)])
def test_exit_code_says_what_to_do(api, capsys, status, code):
    api.answers = [(status, b"", {"x-should-retry": "false"})]
    result = run(capsys, "sonnet")
    assert result[:2] == (code, "")
    assert re.fullmatch("error: .+\n", result[2])


def test_double_dash_ends_the_options(api, capsys):
    api.models = [row("claude-json", "--json")]
    assert run(capsys, "--", "--json") == (0, "claude-json\n", "")


@pytest.mark.parametrize("flag", ["--version", "--help", "-h"])
def test_version_and_help_are_printed_without_a_request(capsys, flag):
    code, out, err = run(capsys, flag, "sonnet")
    assert (code, err) == (0, "")
    assert out.startswith(
        f"claude_model {claude_model.__version__}\n" if flag == "--version" else "usage: python -m claude_model "
    )


def test_plain_http_is_warned_of_once(server, capsys, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://gateway.test")
    monkeypatch.setenv("http_proxy", server.url)
    code, out, err = run(capsys, "claude-sonnet", "opus", SONNET_4["id"], "--upgrade")
    assert (code, out) == (0, "claude-sonnet-5\nclaude-opus-5\nclaude-sonnet-5\n")
    assert err.startswith(
        "warning: http://gateway.test is plain http: the credential travels unencrypted\nwarning: claude-s"
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
    assert (done.returncode, done.stdout.split(), done.stderr[:9]) == (0, [b"claude-opus-5"], b"warning: ")


def test_timeout_bounds_the_whole_run(api, capsys):
    api.answers = [(529, b"", {"retry-after": "0.4"})] * 10
    start = time.monotonic()
    assert run(capsys, "--timeout", "0.5", "claude-opus-5", "claude-opus-4-8")[0] == 3
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize("names", [("claude-opus-5", "claude-opus-4-8"), ("claude-opus",), ("claude-gone",)])
def test_timeout_is_shared_by_all_the_requests_of_a_run(api, capsys, names):
    respond = api.respond
    api.respond = lambda path: time.sleep(0.7) or respond(path)
    start = time.monotonic()
    code, out, err = run(capsys, "--timeout", "1", *names)
    assert time.monotonic() - start < 1.4
    assert (code, out) == (3, "")
    assert err.endswith(" gave no full answer within 1 s; try again, or allow more\n")


def test_output_that_the_encoding_lacks_is_escaped(api):
    api.models = [row("claude-\u00e9", "\u4e2d")]
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = command("claude-\u00e9", env=env)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [b"claude-\\xe9"], b"")
    done = command("claude-\u4e2d\u4e2d", env=env)
    assert (done.returncode, done.stdout, done.stderr[:12]) == (1, b"", b"error: no mo")


def test_output_without_an_encoding_is_written(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(["--offline", "sonnet"]) == 0
    assert sys.stdout.getvalue() == "claude-sonnet-5-5\n"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals and pipes")
class TestInterruptions:
    def test_closed_pipe_is_quiet(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = command("--offline", "--list", stdout=writer, stderr=subprocess.PIPE, capture_output=False)
        os.close(writer)
        assert (done.returncode, done.stderr.decode()) == (0, NOTE)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_disk_is_one_error_line(self):
        with open("/dev/full", "w") as full:
            done = command("--offline", "sonnet", stdout=full, stderr=subprocess.PIPE, capture_output=False)
        message = "error: the answer cannot be written: No space left on device\n"
        assert (done.returncode, done.stderr.decode()) == (2, NOTE + message)

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_stderr_leaves_the_answer(self):
        with open("/dev/full", "w") as full:
            done = command("--offline", "sonnet", stdout=subprocess.PIPE, stderr=full, capture_output=False)
        assert (done.returncode, done.stdout) == (0, b"claude-sonnet-5-5\n")

    @pytest.mark.parametrize("closed", ["1", "2"])
    def test_closed_stream_is_no_traceback(self, closed):
        shell = f'"{sys.executable}" -m claude_model --offline sonnet {closed}>&-'
        done = subprocess.run(shell, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
        error = "error: the answer cannot be written: standard output is closed\n"
        expected = {"1": (2, "", NOTE + error), "2": (0, "claude-sonnet-5-5\n", "")}
        assert (done.returncode, done.stdout, done.stderr) == expected[closed]

    @pytest.mark.parametrize("phase", ["the wait before a retry", "the wait for an answer", "the wait for a page"])
    def test_ctrl_c_exits_with_130_and_quietly(self, api, phase):
        respond, called = api.respond, threading.Event()

        def answer(path):
            if phase == "the wait before a retry":
                api.answers = [(529, b"", {"retry-after": "20"})]
            if phase == "the wait for an answer" or (phase == "the wait for a page" and "after_id" in path):
                called.set()
                time.sleep(20)
            called.set()
            return respond(path)

        api.page_size = 2
        api.respond = answer
        process = subprocess.Popen(
            [sys.executable, "-m", "claude_model", "haiku"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert called.wait(20)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert (process.communicate(), process.returncode) == ((b"", b""), 130)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals and devices")
class TestInterruptionsInProcess:
    """The same, where coverage can see it."""

    def test_ctrl_c_is_130(self, api, capsys):
        api.answers = [(529, b"", {"retry-after": "20"})]
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert run(capsys, "opus") == (130, "", "")

    def test_closed_pipe_is_0(self, capsys, monkeypatch):
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "w") as stdout:
            monkeypatch.setattr(sys, "stdout", stdout)
            assert main(["--offline", "sonnet"]) == 0
        assert capsys.readouterr().err == NOTE

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_full_disk_is_2(self, capsys, monkeypatch):
        with open("/dev/full", "w") as stdout:
            monkeypatch.setattr(sys, "stdout", stdout)
            assert main(["--offline", "sonnet"]) == 2
        assert capsys.readouterr().err == f"{NOTE}error: the answer cannot be written: No space left on device\n"

    def test_closed_stdout_is_2(self, capsys, monkeypatch):
        monkeypatch.setattr(sys, "stdout", None)
        assert main(["--offline", "sonnet"]) == 2
        assert capsys.readouterr().err == f"{NOTE}error: the answer cannot be written: standard output is closed\n"

    def test_closed_stderr_is_0(self, capsys, monkeypatch):
        monkeypatch.setattr(sys, "stderr", None)
        assert main(["--offline", "sonnet"]) == 0
        assert capsys.readouterr().out == "claude-sonnet-5-5\n"


@pytest.mark.parametrize(("argv", "code"), [(["sonnet"], 0), (["gpt"], 1), ([], 2)])
def test_file_run_as_a_script_exits_with_the_code_of_main(argv, code):
    assert command("--offline", *argv).returncode == code


@pytest.mark.parametrize("start", [["claude_model.py"], ["-m", "claude_model"], ["-I", "claude_model.py"]])
def test_file_and_module_behave_the_same(start):
    done = subprocess.run(
        [sys.executable, *start, "--offline", "sonnet"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "claude-sonnet-5-5\n", NOTE)
