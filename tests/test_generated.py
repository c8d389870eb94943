"""Generated inputs, of fixed seeds: no credential shows, no name leaves /v1/models, no list breaks `match`."""

import json
import os
import random
import re
import string
import subprocess
import sys
import threading
import traceback
import warnings

import pytest
from helpers import OPUS_5, ROOT

import claude_model
import entrypoint
from claude_model import ClaudeModelError, Client, Model, ModelNotFoundError, main, match

SECRET = "sk-ant-SeCrEt-and-more"
AWKWARD = ["\n", "\r", "\t", " ", "\x00", "\x1b", "\x7f", "\x80", "\xa0", "\xe9", "\u2028", "\u201c", "\udcff", "\ufeff", ":",
           "%", "\\", '"', "'", "$", "`", "{", "%0A", "::", "##[", "\U0001f600"]  # fmt: skip


def awkward_credentials():
    for awkward in AWKWARD:
        for template in ("{}{}", "{1}{0}", "{0}{1}{0}", "{1}{0}{1}"):
            yield template.format(SECRET, awkward)


def everything_shown(call):
    """Return all that a failing or succeeding call shows: its result, its error with a traceback, its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            shown = repr(call())
        except (ClaudeModelError, ValueError) as error:
            shown = "".join(
                traceback.format_exception(type(error), error, error.__traceback__)
            ) + repr(vars(error))
    return shown + "".join(str(warning.message) for warning in caught)


@pytest.mark.parametrize(
    "place", ["api_key", "auth_token", "x-api-key: ", "Authorization: Bearer ", "Authorization: "]
)
def test_awkward_credential_shows_nowhere_in_the_library(server, monkeypatch, place):
    def echo(path):
        sent = server.requests[-1][2]
        credential = sent["x-api-key"] or sent["authorization"]
        return (
            400,
            json.dumps({"error": {"message": credential, "type": credential}}).encode("utf-8"),
            {},
        )

    server.respond = echo
    for credential in awkward_credentials():
        if place in ("api_key", "auth_token"):
            client = Client(base_url=server.url, **{place: credential})
        elif "\x00" in credential:
            continue  # No variable of the environment holds it.
        else:
            monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", place + credential)
            client = Client(base_url=server.url)
        assert SECRET not in everything_shown(
            lambda client=client: client.get_model("claude-opus-5")
        ) + repr(client)
    for _, _, headers in server.requests:
        assert all(value.isascii() and value.isprintable() for value in headers.values())


def test_awkward_credential_shows_nowhere_in_the_command_line_and_the_step(
    server, monkeypatch, capsys, tmp_path
):
    environ = {
        "CLAUDE_MODEL_MODEL": "opus",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    for name in ("output", "summary"):
        (tmp_path / name).write_text("", "utf-8")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    for credential in awkward_credentials():
        if "\x00" in credential:
            continue
        for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
            monkeypatch.setenv(name, credential)
            server.answer(200, {"data": [{**OPUS_5, "display_name": credential.strip()}]})
            main(["opus", "--json"])
            server.answers.clear()
            shown = "".join(capsys.readouterr())
            server.answer(200, {"data": [{**OPUS_5, "display_name": credential.strip()}]})
            entrypoint.main({**environ, f"CLAUDE_MODEL_{name}": credential})
            server.answers.clear()
            out, err = capsys.readouterr()
            lines = re.split(r"\r\n|\r|\n", out)  # As the runner does.
            shown += err + "\n".join(line for line in lines if not line.startswith("::add-mask::"))
            monkeypatch.delenv(name)
            assert SECRET not in shown
    assert SECRET not in (tmp_path / "output").read_text("utf-8") + (
        tmp_path / "summary"
    ).read_text("utf-8")


def generated_names(count):
    chance = random.Random(20261123)
    alphabet = [*string.ascii_letters, *string.digits, *"-._ /%?#&=+~:;,@!|\\'\"[]{}()<>*", "..", "%2e", "%2F", "\u202e",
                "\u200f", "\u0430", "\u212a", "\uff4f", "\u00e9", "\u0130", "\u00df", "\U0001f600", "\u0661", "\u00b2", "\t", "claude",
                "claude-", "opus", "sonnet", "latest", "5", "4.8", "/v1/messages", "../", "\ud800", "\x00", "\n"]  # fmt: skip
    for _ in range(count):
        prefix = chance.choice(["", "", "claude-", "claude-../", "../", "opus "])
        yield prefix + "".join(chance.choices(alphabet, k=chance.choice([0, 1, 2, 3, 5, 8, 30])))
    for length in (199, 200, 201):
        yield "claude-".ljust(length, "x")
        yield "\U0001f600" * length


def test_generated_name_gives_a_model_or_a_documented_error_and_stays_in_v1_models(api):
    known = {model["id"] for model in api.models}
    outcomes = set()
    client = Client()
    for name in generated_names(100):
        for call in (client.resolve, client.get_model):
            try:
                assert call(name).id in known
                outcomes.add("model")
            except (ModelNotFoundError, ValueError) as error:
                outcomes.add(type(error).__name__)
                assert "\n" not in str(error)
    assert outcomes == {"model", "ModelNotFoundError", "ValueError"}
    for path in set(api.paths):
        head, _, segment = path.partition("/v1/models")
        assert head == ""
        assert segment.startswith(("/", "?limit=1000"))
        assert segment.count("/") <= 1
        assert segment not in ("/", "/.", "/..")
        assert path.isascii()


def generated_lists(count):
    chance = random.Random(20261124)
    odd = [
        None,
        True,
        0,
        -1,
        1.5,
        "",
        " ",
        [],
        {},
        "x",
        "\ud800",
        "9" * 5000,
        "\u0661\u0662",
        "a" * 300,
        ["id"],
        {"a": [None]},
    ]
    usual = {
        "id": ["claude-opus-5", "opus", "claude-3-5-sonnet-20241022", "a", "5"],
        "display_name": ["Claude Opus 5", "Claude Opus 4.10", "Opus", "5", "Claude"],
        "created_at": ["2026-01-01T00:00:00Z", "2025-06-01T00:00:00+05:30", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59"],
        "line": ["opus", "sonnet", "opus fast", "Claude"],
        "lifecycle": ["active", "deprecated", "retired", "preview"],
        "retires_at": ["2026-12-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z"],
        "max_tokens": [1, 10**30],
        "capabilities": [{}],
    }  # fmt: skip
    for _ in range(count):
        yield [
            {
                key: chance.choice(values if chance.random() < 0.8 else odd)
                for key, values in usual.items()
                if chance.random() < 0.8
            }
            for _ in range(chance.randrange(8))
        ]


def test_match_is_total_over_generated_lists():
    outcomes = {"found": 0, "not found": 0}
    for sent in generated_lists(250):
        models = [model for model in map(claude_model._parse_model, sent) if model]
        families = set(claude_model._ModelList(models)._families)
        for model in models:
            assert isinstance(hash(model), int)
        for name in (
            "opus",
            "Opus 5",
            "claude-opus-5",
            "sonnet",
            "\u0661\u0662",
            "9" * 200,
            "x",
            "Claude",
        ):
            try:
                assert match(name, models) in models
                outcomes["found"] += 1
            except ModelNotFoundError as error:
                known = {m.id for m in models} | {m.line for m in models} | families
                assert set(error.suggestions) <= known
                assert str(error).isprintable()
                outcomes["not found"] += 1
    assert min(outcomes.values()) > 200


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_generated_list_is_answered_or_refused_by_the_command(server, monkeypatch, capsys):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    codes = set()
    for sent in generated_lists(30):
        server.models = sent
        server.page = lambda query, sent=sent: {"data": sent, "has_more": False}
        for argv in (
            ["opus"],
            ["--min-days-left", "30", "--upgrade", "Opus 5", "sonnet"],
            ["--list"],
            ["--json", "a"],
        ):
            codes.add(main(argv))
            out, err = capsys.readouterr()
            assert "Traceback" not in err
            assert all(line.isprintable() for line in (out + err).split("\n"))
    assert codes == {0, 1, 3}


def test_match_is_total_over_models_made_by_hand():
    for display_name in ("", "\ud800", "\x00", "x" * 100_000):
        with pytest.raises(ModelNotFoundError):
            match("opus", [Model("\n\ud800", display_name, created_at="\x00", line=display_name)])


def test_twenty_threads_share_a_client(api):
    client = Client()
    names = ["opus", "claude-opus-5", "sonnet", "Opus 4.8", "claude-haiku-4-5"] * 4
    expected = [
        "claude-opus-5",
        "claude-opus-5",
        "claude-sonnet-5",
        "claude-opus-4-8",
        "claude-haiku-4-5-20251001",
    ] * 4
    answers = [None] * 20

    def ask(index):
        answers[index] = client.resolve(names[index]).id

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == expected


def test_eight_processes_at_once_answer_right(api):
    command = [sys.executable, "-m", "claude_model", "opus", "claude-haiku-4-5"]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(8)
    ]
    for process in processes:
        out, err = process.communicate()
        assert (out.split(), err) == ([b"claude-opus-5", b"claude-haiku-4-5-20251001"], b"")
        assert process.returncode == 0
