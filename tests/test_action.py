"""The step of the action, run as the runner runs it: its script, its environment, its files."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest
from conftest import HAIKU_45, KEY, OPUS_5, OPUS_48, ROOT, SONNET_4, row

import entrypoint

ACTION = (ROOT / "action.yml").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def section(name):
    """Return the names and descriptions of a top-level mapping of action.yml."""
    text = re.search(rf"^{name}:\n((?:  .*\n|\n)+)", ACTION, re.MULTILINE)[1]
    return dict(re.findall(r"^  (\w+):\n    description: (.+)$", text, re.MULTILINE))


INPUTS, OUTPUTS = section("inputs"), section("outputs")
DEFAULTS = dict(re.findall(r'^  (\w+):\n    description: .+\n    default: "(.*)"$', ACTION, re.MULTILINE))


def readme_table(first_heading):
    """Return the rows of the README's table with this heading."""
    table = README[README.index(f"| {first_heading} | meaning |") :].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)


ENV = dict(re.findall(r"^        (CLAUDE_MODEL_\w+): \$\{\{ inputs\.(\w+) \}\}$", ACTION, re.MULTILINE))
SCRIPT = textwrap.dedent(ACTION[ACTION.index("      run: |\n") + len("      run: |\n") :])

HOSTILE_MODULE = "import os\nopen(os.environ['PROOF'], 'a').write(__name__ + '\\n')\nraise SystemExit('hijacked')\n"


class Step:
    """What a run of the step left behind, read as the runner reads it."""

    def __init__(self, done, folder):
        self.code = done.returncode
        self.log = done.stdout + done.stderr
        self.lines = re.split(r"\r\n|\r|\n", self.log)
        self.outputs = {}
        lines = iter((folder / "output").read_text("utf-8").split("\n"))
        for line in lines:
            if line:
                name, equals, value = line.partition("=")
                assert equals, f"the runner would refuse {line!r}"
                assert "<<" not in name
                assert name not in self.outputs
                self.outputs[name] = value
        self.summary = (folder / "summary").read_text("utf-8")

    @property
    def commands(self):
        """The workflow commands that the runner finds: (name, data), less the masks."""
        found = [re.match(r"\s*::([a-z-]+)[^:]*::(.*)", line) for line in self.lines]
        found = [match.groups() for match in found if match]
        assert "##[" not in self.log
        return [(name, data) for name, data in found if name != "add-mask"]

    @property
    def masks(self):
        return re.findall(r"^::add-mask::(.*)$", self.log, re.MULTILINE)


@pytest.fixture
def step(tmp_path, server):
    """Return a function that runs the step with inputs, in a checkout that is full of traps."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("json.py", "claude_model.py", "sitecustomize.py", "usercustomize.py", "urllib.py", "re.py"):
        (checkout / name).write_text(HOSTILE_MODULE, "utf-8")

    def run(environment=(), path=None, **inputs):
        for name in ("output", "summary"):
            (tmp_path / name).write_text("", "utf-8")
        (tmp_path / "script.sh").write_text(SCRIPT, "utf-8")
        assert set(inputs) <= set(INPUTS)
        env = {
            "PATH": path or os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"])),
            "HOME": str(checkout),
            "PYTHONPATH": str(checkout),
            "PYTHONSTARTUP": str(checkout / "json.py"),
            "PROOF": str(tmp_path / "proof"),
            "ANTHROPIC_BASE_URL": server.url,
            **dict(environment),
            **{name: inputs.get(given, DEFAULTS.get(given, "")) for name, given in ENV.items()},
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            **{name: value for name, value in dict(environment).items() if name.startswith("GITHUB_")},
        }
        done = subprocess.run(
            [
                shutil.which("bash"),
                "--noprofile",
                "--norc",
                "-e",
                "-o",
                "pipefail",
                str(tmp_path / "script.sh"),
            ],
            cwd=checkout,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        assert not (tmp_path / "proof").exists(), "the step imported a module of the checkout"
        return Step(done, tmp_path)

    return run


def failure(step):
    """Return the text of the one error annotation of a failed step."""
    assert step.code == 1
    assert step.outputs == {}
    assert step.summary == ""
    assert [name for name, _ in step.commands] == ["error"]
    assert "Traceback" not in step.log
    return step.commands[0][1]


def test_step_answers_with_outputs_a_log_line_and_a_summary(step, server):
    done = step(model="opus", anthropic_api_key=KEY)
    assert (done.code, done.commands) == (0, [])
    assert done.lines == [f"::add-mask::{KEY}", "opus -> claude-opus-5", ""]
    assert done.outputs == {
        "id": "claude-opus-5",
        "ids": '["claude-opus-5"]',
        "requested": "opus",
        "source": "api",
        "display_name": "Claude Opus 5",
        "created_at": "2026-07-24T00:00:00Z",
        "line": "opus",
        "lifecycle": "active",
        "deprecated_at": "",
        "retires_at": "",
        "max_input_tokens": "",
        "max_tokens": "128000",
        "json": json.dumps(OPUS_5),
    }
    assert done.summary == (
        "| Requested | ID | Name | Line | Lifecycle | Retires | Source |\n"
        "|---|---|---|---|---|---|---|\n"
        "| opus | claude-opus-5 | Claude Opus 5 | opus | active |  | api |\n"
        "\n"
    )
    assert server.requests[0][2]["x-api-key"] == KEY


@pytest.mark.parametrize("models", ["opus, Opus 4.8,claude-haiku-4-5", "opus\nOpus 4.8\r\n\nclaude-haiku-4-5\n"])
def test_several_models_make_a_matrix(step, models):
    done = step(model=models, anthropic_api_key=KEY)
    assert json.loads(done.outputs["ids"]) == ["claude-opus-5", "claude-opus-4-8", HAIKU_45["id"]]
    assert (done.outputs["id"], done.outputs["requested"]) == ("claude-opus-5", "opus")
    assert done.lines[1:4] == [
        "opus -> claude-opus-5",
        "Opus 4.8 -> claude-opus-4-8",
        "claude-haiku-4-5 -> claude-haiku-4-5-20251001",
    ]
    assert len(done.summary.splitlines()) == 6


def test_outputs_of_the_step_are_those_of_the_action_and_of_the_readme(step):
    assert set(step(model="opus", anthropic_api_key=KEY).outputs) == set(OUTPUTS)
    for name in OUTPUTS:
        assert f"value: ${{{{ steps.resolve.outputs.{name} }}}}" in ACTION
    assert readme_table("output") == list(OUTPUTS.items())


def test_inputs_of_the_action_are_read_and_documented():
    source = (ROOT / "entrypoint.py").read_text("utf-8")
    assert {f"CLAUDE_MODEL_{name.upper()}": name for name in INPUTS} == ENV
    for name in INPUTS:
        assert f'"{name}"' in source
    assert set(DEFAULTS) == set(INPUTS) - {"model"}
    assert readme_table("input") == list(INPUTS.items())


def test_action_is_one_bash_step_with_no_expression_in_its_script():
    assert ACTION.count("shell:") == ACTION.count("run:") == 1
    assert "uses:" not in ACTION
    assert "${{" not in SCRIPT


def test_environment_serves_where_an_input_is_empty(step, server):
    assert step({"ANTHROPIC_AUTH_TOKEN": "env-token-1"}, model="opus").code == 0
    assert server.requests[-1][2]["authorization"] == "Bearer env-token-1"
    done = step({"ANTHROPIC_API_KEY": "env-key-12"}, model="opus", anthropic_auth_token="token-input")
    assert server.requests[-1][2]["authorization"] == "Bearer token-input"
    assert server.requests[-1][2]["x-api-key"] is None
    assert done.masks == ["env-key-12", "token-input"]


def test_base_url_of_the_input_beats_the_environment(step, server):
    done = step(
        {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"},
        model="opus",
        anthropic_api_key=KEY,
        anthropic_base_url=server.url,
    )
    assert done.code == 0


def test_credentials_are_masked_before_anything_else(step):
    headers = "x-api-key: custom-key\nAuthorization: Basic custom-token"
    done = step(
        {
            "ANTHROPIC_API_KEY": "env-key",
            "ANTHROPIC_AUTH_TOKEN": "env-token\n",
            "ANTHROPIC_CUSTOM_HEADERS": headers,
        },
        model="",
        anthropic_api_key="input%key\nwith\ra break",
        anthropic_auth_token="input-token",
    )
    masks = [
        "input%25key%0Awith%0Da break",
        "env-key",
        "input-token",
        "env-token",
        "custom-key",
        "custom-key",
    ]
    masks += ["Basic custom-token", "custom-token"]
    assert done.masks == masks
    assert done.lines[: len(masks)] == [f"::add-mask::{mask}" for mask in masks]
    assert failure(done) == "the input model is empty; name a model, such as sonnet or opus-4.8"


def test_credential_is_in_nothing_but_its_mask(step, server):
    body = json.dumps({"error": {"type": KEY, "message": f"bad {KEY}"}, "request_id": KEY}).encode()
    for status in (400, 401, 500):
        server.answers = [(status, body, {"x-should-retry": "false"})]
        done = step(model="opus", anthropic_api_key=KEY)
        assert KEY not in failure(done)
        assert done.log.count(KEY) == 1
    server.answers = [(200, json.dumps({"id": f"claude-{KEY}", "line": KEY}).encode(), {})]
    done = step(model="claude-opus-5", anthropic_api_key=KEY)
    assert done.outputs["id"] == "claude-[credential]"
    assert KEY not in json.dumps(done.outputs) + done.summary


@pytest.mark.parametrize("value", ["True", "yes", "1", "on", "FALSE"])
@pytest.mark.parametrize("name", ["offline", "upgrade"])
def test_true_and_false_are_the_only_booleans(step, server, name, value):
    done = step(model="opus", anthropic_api_key=KEY, **{name: value})
    assert failure(done) == f"the input {name} must be true or false, not '{value}'"
    assert server.paths == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"model": " ,\n,"}, "the input model is empty; name a model, such as sonnet or opus-4.8"),
        ({"timeout": "soon"}, "the input timeout must be a number, not 'soon'"),
        ({"timeout": "0"}, "timeout must be a number above 0 and up to 86400 seconds, not 0.0"),
        ({"min_days_left": "1.5"}, "the input min_days_left must be a number, not '1.5'"),
        ({"min_days_left": "-1"}, "min_days_left must be a whole number, 0 or more, not -1"),
        ({"fallback": "opus 5"}, "a fallback is one model ID, not 'opus 5'"),
        ({"model": "a,b", "fallback": "c"}, "a fallback answers for one name, not for 2; ask for each by itself"),
        ({"model": "x" * 201}, "a model name has at most 200 characters, not 201"),
        ({"anthropic_base_url": "ftp://x"}, "the base URL must be an http or https address, not 'ftp: ://x'"),
        (
            {"anthropic_api_key": "sk-ant- x"},
            "the input anthropic_api_key has white space, a control character or one that is not ASCII inside, "
            "as after a bad paste; set it again",
        ),
    ],
)
def test_wrong_input_is_one_error_that_names_it(step, server, inputs, message):
    assert failure(step(**{"model": "opus", "anthropic_api_key": KEY, **inputs})) == message.replace("p: :", "p:")
    assert server.paths == []


def test_refused_key_names_its_input(step, server):
    server.answer(401, {"error": {"type": "authentication_error", "message": "invalid x-api-key"}})
    assert failure(step(model="opus", anthropic_api_key=KEY)) == (
        f"{server.url[7:]} answered 401 authentication_error: invalid x-api-key; check the input anthropic_api_key"
    )


def test_missing_credential_says_which_input_to_set(step):
    assert failure(step(model="opus")) == (
        "there is no credential to ask the API with; set the input anthropic_api_key to a secret, "
        "such as ${{ secrets.ANTHROPIC_API_KEY }}, or offline to true"
    )


FORK = {"pull_request": {"head": {"repo": {"full_name": "me/r"}}, "base": {"repo": {"full_name": "you/r"}}}}


@pytest.mark.parametrize(
    ("event_name", "event", "is_explained"),
    [
        ("pull_request", FORK, True),
        ("pull_request_target", FORK, False),
        (
            "pull_request",
            {"pull_request": {"head": FORK["pull_request"]["base"], **FORK["pull_request"]}},
            True,
        ),
        (
            "pull_request",
            {"pull_request": {"head": {"repo": None}, "base": {"repo": {"full_name": "you/r"}}}},
            False,
        ),
        ("push", {}, False),
        ("push", None, False),
    ],
)
def test_pull_request_from_a_fork_is_told_that_it_has_no_secrets(step, tmp_path, event_name, event, is_explained):
    path = tmp_path / "event.json"
    if event is not None:
        path.write_text(json.dumps(event), "utf-8")
    environment = {"GITHUB_EVENT_NAME": event_name, "GITHUB_EVENT_PATH": str(path)}
    message = failure(step(environment, model="opus"))
    explained = (
        "this pull request comes from a fork, and GitHub gives those no secrets, so there is no credential; "
        "set the input fallback to a model ID, or offline to true"
    )
    assert (message == explained) == is_explained
    done = step(environment, model="opus", fallback="claude-opus-5")
    assert (done.code, done.outputs["id"]) == (0, "claude-opus-5")
    assert [name for name, _ in done.commands] == ["warning"]


def test_fallback_answers_with_a_warning(step, server):
    server.answers = [(500, b"", {"x-should-retry": "false"})]
    done = step(model="opus", anthropic_api_key=KEY, fallback="claude-opus-4-8")
    assert (done.outputs["id"], done.outputs["source"]) == ("claude-opus-4-8", "fallback")
    assert (done.outputs["json"], done.outputs["lifecycle"]) == ('{"id": "claude-opus-4-8"}', "")
    assert done.commands == [
        (
            "warning",
            f"{server.url[7:]} answered 500: an empty body; try again later; "
            "answered by the fallback claude-opus-4-8, unverified",
        )
    ]


def test_plain_http_to_another_machine_is_a_warning(step, server):
    done = step(
        {"http_proxy": server.url},
        model="opus",
        anthropic_api_key=KEY,
        anthropic_base_url="http://gateway.test",
    )
    assert done.code == 0
    assert done.commands == [
        (
            "warning",
            "http://gateway.test is plain http: the credential travels unencrypted",
        )
    ]


def test_summary_tells_when_a_model_retires_and_holds_awkward_text_as_code(step, server):
    server.models = [{**OPUS_5, "display_name": "a`b|c", "retires_at": "2099-01-01T00:00:00Z"}]
    row = step(model="opus", anthropic_api_key=KEY).summary.splitlines()[2]
    assert row == "| opus | claude-opus-5 | `a'b\u00a6c` | opus | active | 2099-01-01 | api |"


def test_offline_answers_with_a_warning_and_no_request(step, server):
    done = step(model="sonnet", offline="true")
    assert (done.outputs["id"], done.outputs["source"]) == ("claude-sonnet-5-5", "catalogue")
    assert done.commands == [("warning", "the built-in catalogue of 2026-11-23 answers, not the API")]
    assert server.paths == []


def test_deprecated_model_and_upgrade_are_warnings(step):
    done = step(model=f"sonnet 4.5,{SONNET_4['id']}", anthropic_api_key=KEY, upgrade="true")
    assert done.code == 0
    (first, deprecated), (second, upgraded) = done.commands
    assert first == second == "warning"
    assert re.fullmatch(
        r"claude-sonnet-4-5-20250929 is deprecated and retires on 2099-01-01 \(days left: \d+\); "
        r"the newest of its line is claude-sonnet-5",
        deprecated,
    )
    assert upgraded == "claude-sonnet-4-20250514 retired on 2026-06-15; upgraded to claude-sonnet-5"


def test_retired_model_fails_and_names_its_successor(step):
    assert failure(step(model=SONNET_4["id"], anthropic_api_key=KEY)) == (
        "claude-sonnet-4-20250514 retired on 2026-06-15; "
        "use claude-sonnet-5, the newest of its line, or let `upgrade` choose it"
    )


def test_min_days_left_and_timeout_are_passed_on(step, server):
    server.models = [OPUS_48, {**OPUS_5, "retires_at": "2026-01-01T00:00:00Z"}]
    message = failure(step(model="claude-opus-5", anthropic_api_key=KEY, min_days_left="30"))
    assert "and at least 30 are asked for; use claude-opus-4-8" in message
    server.answers = [(529, b"", {"retry-after": "5"})]
    assert "answered 529" in failure(step(model="opus", anthropic_api_key=KEY, timeout="2.5"))


HOSTILE_TEXT = "x\n::error::a\r::set-output name=id::b\r\n  ::warning::c\u2028##[error]d ###[add-mask]e | <img src=x> `y` [l](http://z) @me www.z.test %0A::notice::f\nid=evil\nEOF\x1b[31m\x00\ud800"


def test_text_of_a_server_becomes_no_command_no_output_and_no_markdown(step, server):
    server.models = [
        {
            **OPUS_5,
            "display_name": HOSTILE_TEXT,
            "lifecycle": "deprecated",
            "created_at": HOSTILE_TEXT,
            "line": "opus",
        },
        row("claude-opus-4", "Opus 4", HOSTILE_TEXT, retires_at=HOSTILE_TEXT, deprecated_at=HOSTILE_TEXT),
    ]
    for name in ("claude-opus-5", "claude-opus-4"):
        done = step(model=name, anthropic_api_key=KEY)
        assert (done.code, done.outputs["id"]) == (0, name)
        assert set(done.outputs) == set(OUTPUTS)
        assert [command for command, _ in done.commands] == ["warning"] * (name == "claude-opus-5")
        assert json.loads(done.outputs["json"]) in server.models
        assert all(value.isprintable() for value in done.outputs.values())
        header, rule, *rows = done.summary.splitlines()
        assert header.count("|") == rule.count("|") == 8
        assert len(rows) == 2
        assert rows[0].count("|") == 8
        for cell in rows[0].split("|")[1:-1]:
            assert re.fullmatch(r" (?:[A-Za-z0-9 .-]*|`[^`]*`) ", cell)
            assert "www." not in cell.replace("`", "") or cell.strip().startswith("`")


def test_text_of_an_error_becomes_no_command(step, server):
    for body in (
        HOSTILE_TEXT.encode("utf-8", "replace"),
        json.dumps({"error": {"message": HOSTILE_TEXT}}).encode(),
    ):
        server.answer(400, body)
        message = failure(step(model="opus", anthropic_api_key=KEY))
        assert message.startswith(f"{server.url[7:]} answered 400: x : :error: :a : :set-output name=id")
        assert "# #[error]d" in message


@pytest.mark.parametrize(
    "model", ["::error::opus", "##[error]opus", "opus`|<b>", "$(touch proof)", "'; exit 0 #", "%0A::error::x"]
)
def test_text_of_an_input_becomes_no_command(step, server, model):
    message = failure(step(model=model, anthropic_api_key=KEY, anthropic_base_url=server.url))
    assert message.startswith("no model is called ")
    server.models = [row("claude-opus-5", model.replace("error", ""))]
    done = step(model=model.replace("error", ""), anthropic_api_key=KEY)
    assert done.commands == []


@pytest.mark.parametrize("model_id", ["a b", "a\nb", "a\u00a0b", "", "a\x00"])
def test_id_that_is_no_token_is_no_id(step, server, model_id):
    server.models = [{**OPUS_5, "id": model_id}]
    assert "answered without a model in its list" in failure(step(model="opus", anthropic_api_key=KEY))


def test_id_like_a_command_stays_a_value(step, server):
    server.models = [row("::error::##[error]$(id)", "Opus 5", "opus")]
    done = step(model="opus", anthropic_api_key=KEY)
    assert done.outputs["id"] == "::error::##[error]$(id)"
    assert done.commands == []
    assert done.lines[1] == "opus -> : :error: :# #[error]$(id)"
    assert "| `::error::##[error]$(id)` |" in done.summary


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_full_disk_is_one_error(step):
    done = step({"GITHUB_OUTPUT": "/dev/full"}, model="opus", anthropic_api_key=KEY)
    assert failure(done) == "the outputs cannot be written: No space left on device"


def test_unwritable_output_is_one_error(step, tmp_path):
    done = step({"GITHUB_OUTPUT": str(tmp_path / "none" / "output")}, model="opus", anthropic_api_key=KEY)
    assert failure(done) == "the outputs cannot be written: No such file or directory"


def test_step_outside_of_a_workflow_says_so(step):
    done = step({"GITHUB_OUTPUT": ""}, model="opus", anthropic_api_key=KEY)
    assert failure(done) == (
        "GITHUB_OUTPUT is not set: this runs as a step of a workflow; elsewhere, use claude_model.py"
    )


def test_runner_without_summaries_is_served(step):
    done = step({"GITHUB_STEP_SUMMARY": ""}, model="opus", anthropic_api_key=KEY)
    assert (done.code, done.outputs["id"], done.summary) == (0, "claude-opus-5", "")


def fake_python(folder, name, script):
    path = folder / name
    path.write_text(f"#!{shutil.which('bash')}\n{script}\n", "utf-8")
    path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="scripts for python")
class TestPythonOfTheRunner:
    def test_python_serves_where_python3_is_missing_or_a_stub(self, step, tmp_path):
        tools = tmp_path / "tools"
        tools.mkdir()
        fake_python(tools, "python", f'exec "{sys.executable}" "$@"')
        assert step(path=str(tools), model="opus", anthropic_api_key=KEY).code == 0
        fake_python(tools, "python3", "exit 49")
        assert step(path=str(tools), model="opus", anthropic_api_key=KEY).code == 0

    @pytest.mark.parametrize("script", [None, "exit 1", "echo 'Unknown option: -I' >&2; exit 2"])
    def test_no_python_or_an_old_one_is_one_error(self, step, tmp_path, script):
        tools = tmp_path / "tools"
        tools.mkdir()
        if script:
            fake_python(tools, "python3", script)
        done = step(path=str(tools), model="opus", anthropic_api_key=KEY)
        assert failure(done) == (
            "This runner has no Python 3.9 or newer; add a step with actions/setup-python before this one"
        )
        assert len(done.lines) == 2


def test_entry_script_does_nothing_at_import_and_runs_in_process(server, tmp_path, monkeypatch, capsys):
    environ = {
        "CLAUDE_MODEL_MODEL": "opus",
        "CLAUDE_MODEL_ANTHROPIC_API_KEY": KEY,
        "CLAUDE_MODEL_ANTHROPIC_BASE_URL": server.url,
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    assert entrypoint.main(environ) == 0
    assert "id=claude-opus-5\n" in (tmp_path / "output").read_bytes().decode()
    assert capsys.readouterr().out == f"::add-mask::{KEY}\nopus -> claude-opus-5\n"
    assert entrypoint.main({**environ, "CLAUDE_MODEL_MODEL": "opu"}) == 1
