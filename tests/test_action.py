"""The step of the action, run as the runner runs it: its script, its environment, its files."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest
from helpers import HAIKU_45, KEY, OPUS_5, OPUS_48, ROOT, SONNET_4, row

import entrypoint
from claude_model import CATALOGUE, CATALOGUE_DATE, match

ACTION = (ROOT / "action.yml").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def section(name):
    """Return the names and descriptions of a top-level mapping of action.yml."""
    text = re.search(rf"^{name}:\n((?:  .*\n|\n)+)", ACTION, re.MULTILINE)[1]
    return {
        key: value.strip('"')
        for key, value in re.findall(r"^  (\w+):\n    description: (.+)$", text, re.MULTILINE)
    }


INPUTS, OUTPUTS = section("inputs"), section("outputs")
DEFAULTS = dict(
    re.findall(r'^  (\w+):\n    description: .+\n    default: "(.*)"$', ACTION, re.MULTILINE)
)


def readme_tables(heading):
    """Return the cells of the README's tables with this heading, by the name in the first column."""
    rows = {}
    for table in re.findall(rf"^\| {heading} \|(?:.*\n)+?(?=\n)", README, re.MULTILINE):
        rows.update(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE))
    return {name: cells.split(" | ") for name, cells in rows.items()}


ENV = dict(
    re.findall(r"^        (CLAUDE_MODEL_\w+): \$\{\{ inputs\.(\w+) \}\}$", ACTION, re.MULTILINE)
)
SCRIPT = textwrap.dedent(ACTION[ACTION.index("      run: |\n") + len("      run: |\n") :])

HOSTILE_MODULE = "import os\nopen(os.environ['PROOF'], 'a').write(__name__ + '\\n')\nraise SystemExit('hijacked')\n"


class Step:
    """What a run of the step left behind, read as the runner reads it."""

    def __init__(self, code, log, folder):
        self.code = code
        self.log = log.replace("\r\n", "\n")
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


BASH = shutil.which("bash")


@pytest.fixture
def real_step(tmp_path, server):
    """Return a function that runs the step as the runner does, in a checkout that is full of traps."""
    if not BASH:
        pytest.skip("bash runs the step, and none was found")
    checkout = tmp_path / "checkout of a user"
    checkout.mkdir()
    for name in (
        "json.py",
        "claude_model.py",
        "sitecustomize.py",
        "usercustomize.py",
        "urllib.py",
        "re.py",
    ):
        (checkout / name).write_text(HOSTILE_MODULE, "utf-8")

    def run(environment=(), path=None, **inputs):
        for name in ("output", "summary"):
            (tmp_path / name).write_text("", "utf-8")
        (tmp_path / "script.sh").write_text(SCRIPT, "utf-8")
        env = {
            "PATH": path or os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"])),
            "HOME": str(checkout),
            "PYTHONPATH": str(checkout),
            "PYTHONSTARTUP": str(checkout / "json.py"),
            "PROOF": str(tmp_path / "proof"),
            **step_environment(tmp_path, server, environment, inputs),
        }
        if os.name == "nt":
            env["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", str(tmp_path / "script.sh")],
            cwd=checkout,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert not (tmp_path / "proof").exists(), "the step imported a module of the checkout"
        return Step(
            done.returncode, done.stdout.decode("utf-8") + done.stderr.decode("utf-8"), tmp_path
        )

    return run


def step_environment(folder, server, environment, inputs):
    """Return the variables that the runner and action.yml set for the step."""
    assert set(inputs) <= set(INPUTS)
    return {
        "ANTHROPIC_BASE_URL": server.url,
        **dict(environment),
        **{name: inputs.get(given, DEFAULTS.get(given, "")) for name, given in ENV.items()},
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        **{name: value for name, value in dict(environment).items() if name.startswith("GITHUB_")},
    }


@pytest.fixture
def step(tmp_path, server, monkeypatch, capsys):
    """Return a function that runs the entry script with inputs, in this process."""

    def run(environment=(), **inputs):
        for name in ("output", "summary"):
            (tmp_path / name).write_text("", "utf-8")
        with monkeypatch.context() as patch:
            env = step_environment(tmp_path, server, environment, inputs)
            for name, value in env.items():
                patch.setenv(name, value)
            code = entrypoint.main(os.environ)
        return Step(code, "".join(capsys.readouterr()), tmp_path)

    return run


def failure(step):
    """Return the text of the one error annotation of a failed step."""
    assert step.code == 1
    assert step.outputs == {}
    assert step.summary.startswith("## Claude model\n\nError: `") or not step.summary
    assert [name for name, _ in step.commands] == ["error"]
    assert "Traceback" not in step.log
    return step.commands[0][1]


def test_step_answers_with_outputs_a_log_line_and_a_summary(real_step, server):
    done = real_step(model="opus", anthropic_api_key=KEY)
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
        "## Claude model\n"
        "\n"
        "| Requested | ID | Name | Line | Lifecycle | Retires | Source |\n"
        "|---|---|---|---|---|---|---|\n"
        "| opus | `claude-opus-5` | Claude Opus 5 | opus | active |  | api |\n"
        "\n"
    )
    assert server.requests[0][2]["x-api-key"] == KEY


@pytest.mark.parametrize(
    "models",
    [
        "opus, Opus 4.8,claude-haiku-4-5",
        "opus\nOpus 4.8\r\n\nclaude-haiku-4-5\n",
        "opus\rOpus 4.8,\rclaude-haiku-4-5",
    ],
)
def test_several_models_make_a_matrix(step, models):
    done = step(model=models, anthropic_api_key=KEY)
    assert json.loads(done.outputs["ids"]) == ["claude-opus-5", "claude-opus-4-8", HAIKU_45["id"]]
    assert (done.outputs["id"], done.outputs["requested"]) == ("claude-opus-5", "opus")
    assert done.lines[1:4] == [
        "opus -> claude-opus-5",
        "Opus 4.8 -> claude-opus-4-8",
        "claude-haiku-4-5 -> claude-haiku-4-5-20251001",
    ]
    assert len(done.summary.splitlines()) == 8


def test_outputs_of_the_step_are_those_of_the_action_and_of_the_readme(step):
    assert set(step(model="opus", anthropic_api_key=KEY).outputs) == set(OUTPUTS)
    for name in OUTPUTS:
        assert f"value: ${{{{ steps.resolve.outputs.{name} }}}}" in ACTION
    assert readme_tables("Output") == {name: [text] for name, text in OUTPUTS.items()}


def test_inputs_of_the_action_are_read_and_documented():
    source = (ROOT / "entrypoint.py").read_text("utf-8")
    assert {f"CLAUDE_MODEL_{name.upper()}": name for name in INPUTS} == ENV
    for name in INPUTS:
        assert f'"{name}"' in source
    assert set(DEFAULTS) == set(INPUTS) - {"model"}
    documented = readme_tables("Input")
    assert set(documented) == set(INPUTS)
    for name, (default, description) in documented.items():
        given = DEFAULTS.get(name)
        if given or default in ("required", "none"):
            assert (default.strip("`"), description) == (given or default, INPUTS[name])
        else:
            assert INPUTS[name] == f"{description} Default: {default}."


def test_action_is_one_bash_step_with_no_expression_in_its_script():
    assert ACTION.count("shell: bash\n") == ACTION.count("run:") == 1
    assert (
        "  using: composite\n  steps:\n    - name: Find the model ID\n      id: resolve\n" in ACTION
    )
    assert "uses:" not in ACTION
    assert "${{" not in SCRIPT
    assert '-I -S -B -X utf8 "$GITHUB_ACTION_PATH/entrypoint.py"' in SCRIPT


def test_environment_serves_where_an_input_is_empty(step, server):
    assert step({"ANTHROPIC_AUTH_TOKEN": "env-token-1"}, model="opus").code == 0
    assert server.requests[-1][2]["authorization"] == "Bearer env-token-1"
    done = step(
        {"ANTHROPIC_API_KEY": "env-key-12"}, model="opus", anthropic_auth_token="token-input"
    )
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


def test_credentials_are_masked_before_anything_else(real_step):
    headers = "x-api-key: custom-key\nAuthorization: Basic custom-token\nx-portkey-provider: anthropic-provider\nanthropic-beta: public-beta"
    done = real_step(
        {
            "ANTHROPIC_API_KEY": "env-key-1",
            "ANTHROPIC_AUTH_TOKEN": "env-token\n",
            "ANTHROPIC_CUSTOM_HEADERS": headers,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
        },
        model="",
        anthropic_api_key="input%key\nwith\ra break",
        anthropic_auth_token="input-token",
    )
    masks = ["input%25key%0Awith%0Da break", "env-key-1", "input-token", "env-token", "request-token", "custom-key",
             "custom-key", "Basic custom-token", "custom-token"]  # fmt: skip
    assert done.masks == masks
    assert done.lines[: len(masks)] == [f"::add-mask::{mask}" for mask in masks]
    assert failure(done) == "model is empty; set it to a model, such as sonnet or opus-4.8"


def test_short_dummy_credential_is_not_masked(step):
    done = step(
        {"ANTHROPIC_CUSTOM_HEADERS": "x-a: opus"}, model="opus", anthropic_api_key="1234567"
    )
    assert (done.code, done.masks) == (0, [])
    assert step(model="opus", anthropic_api_key="12345678").masks == ["12345678"]


def test_credential_is_in_nothing_but_its_mask(step, server):
    body = json.dumps({"error": {"type": KEY, "message": f"bad {KEY}"}, "request_id": KEY}).encode()
    for status in (400, 401, 500):
        server.answers = [(status, body, {"x-should-retry": "false"})]
        done = step(model="opus", anthropic_api_key=KEY)
        assert KEY not in failure(done)
        assert done.log.count(KEY) == 1
    server.answers = [
        (200, json.dumps({"id": f"claude-{KEY}", "lifecycle": "active"}).encode(), {})
    ] * 2
    done = step(model="opus", anthropic_api_key=KEY)
    assert KEY not in failure(done) + done.summary
    assert "it repeats the credential" in done.log


@pytest.mark.parametrize("value", ["True", "yes", "1", "on", "FALSE"])
@pytest.mark.parametrize("name", ["offline", "upgrade"])
def test_true_and_false_are_the_only_booleans(step, server, name, value):
    done = step(model="opus", anthropic_api_key=KEY, **{name: value})
    assert failure(done) == f"{name} must be true or false, not '{value}'"
    assert server.paths == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"model": " ,\n,"}, "model is empty; set it to a model, such as sonnet or opus-4.8"),
        ({"timeout": "soon"}, "timeout must be above 0 and up to 86400 seconds, not 'soon'"),
        ({"timeout": "0"}, "timeout must be above 0 and up to 86400 seconds, not 0"),
        ({"min_days_left": "1.5"}, "min_days_left must be a whole number, 0 or more, not 1.5"),
        ({"min_days_left": "-1"}, "min_days_left must be a whole number, 0 or more, not -1"),
        ({"fallback": "opus 5"}, "fallback must be a model ID, not 'opus 5'"),
        ({"model": "a,b", "fallback": "c"}, "fallback works with one model only (got 2)"),
        (
            {"model": "x" * 201},
            f"a model name must have 1 to 200 characters, such as 'sonnet' or 'opus-4.8', not '{'x' * 201}'",
        ),
        (
            {"anthropic_base_url": "ftp://x"},
            "anthropic_base_url must be an http:// or https:// URL, not 'ftp://x'",
        ),
        (
            {"anthropic_base_url": "https://a:secret@h"},
            "anthropic_base_url must not contain a user, password, query or fragment (@ ? #)",
        ),
        (
            {"anthropic_api_key": "sk-ant- x"},
            "anthropic_api_key contains whitespace or a non-ASCII character; was it pasted with a line break?",
        ),
    ],
)
def test_wrong_input_is_one_error_that_names_it(step, server, inputs, message):
    assert failure(step(**{"model": "opus", "anthropic_api_key": KEY, **inputs})) == message
    assert server.paths == []


def test_refused_key_names_its_input(step, server):
    server.answer(401, {"error": {"type": "authentication_error", "message": "invalid x-api-key"}})
    assert failure(step(model="opus", anthropic_api_key=KEY)) == (
        f"{server.url[7:]}: 401 authentication_error: invalid x-api-key; check anthropic_api_key; "
        "many gateways read anthropic_auth_token instead"
    )


def test_missing_credential_says_which_input_to_set(step):
    assert failure(step(model="opus")) == (
        "anthropic_api_key is empty: does this repository define the secret? Forks and Dependabot get no secrets; "
        "to run without a credential, set `offline: true` or `fallback`"
    )


FORK = {
    "pull_request": {
        "head": {"repo": {"full_name": "me/r"}},
        "base": {"repo": {"full_name": "you/r"}},
    }
}


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
def test_pull_request_from_a_fork_is_told_that_it_has_no_secrets(
    step, tmp_path, event_name, event, is_explained
):
    path = tmp_path / "event.json"
    if event is not None:
        path.write_text(json.dumps(event), "utf-8")
    environment = {"GITHUB_EVENT_NAME": event_name, "GITHUB_EVENT_PATH": str(path)}
    message = failure(step(environment, model="opus"))
    explained = (
        "this pull request comes from a fork, and forks get no secrets and no identity; "
        "to run without a credential, set `offline: true` or `fallback`"
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
            f"{server.url[7:]}: 500: empty body: using the fallback claude-opus-4-8, unchecked",
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
            f"plain http sends the credential unencrypted to gateway.test via proxy {server.url[7:]}",
        )
    ]


def test_summary_tells_when_a_model_retires_and_holds_awkward_text_as_code(step, server):
    server.models = [{**OPUS_5, "display_name": "a`b|c", "retires_at": "2099-01-01T00:00:00Z"}]
    row = step(model="opus", anthropic_api_key=KEY).summary.splitlines()[4]
    assert row == "| opus | `claude-opus-5` | `a'b\u00a6c` | opus | active | `2099-01-01` | api |"


def test_offline_answers_with_a_notice_and_no_request(real_step, server):
    done = real_step(model="sonnet", offline="true")
    assert (done.outputs["id"], done.outputs["source"]) == (
        match("sonnet", CATALOGUE).id,
        "catalogue",
    )
    notice, *stale = done.commands
    assert notice == (
        "notice",
        f"using the built-in catalogue of {CATALOGUE_DATE} instead of the API",
    )
    assert all(level == "warning" and "days old" in text for level, text in stale)
    assert server.paths == []


def test_deprecated_model_and_upgrade_are_warnings(step):
    done = step(model=f"sonnet 4.5,{SONNET_4['id']}", anthropic_api_key=KEY, upgrade="true")
    assert done.code == 0
    (first, deprecated), (second, upgraded) = done.commands
    assert first == second == "warning"
    assert re.fullmatch(
        r"'sonnet 4.5' is claude-sonnet-4-5-20250929, which is deprecated and retires on 2099-01-01, in \d+ days; use claude-sonnet-5",
        deprecated,
    )
    assert upgraded == "claude-sonnet-4-20250514 retired on 2026-06-15; upgraded to claude-sonnet-5"


def test_retired_model_fails_and_names_its_replacement(real_step):
    done = real_step(model=SONNET_4["id"], anthropic_api_key=KEY)
    message = "claude-sonnet-4-20250514 retired on 2026-06-15; use claude-sonnet-5, or set `upgrade: true`"
    assert failure(done) == message
    assert done.summary == f"## Claude model\n\nError: `{message.replace('`', chr(39))}`\n\n"


def test_every_failing_name_is_in_the_one_error(step):
    assert failure(step(model=f"sonet, opus, {SONNET_4['id']}", anthropic_api_key=KEY)) == (
        "unknown model 'sonet'; did you mean 'sonnet'? (also: claude-sonnet-5)"
        " | claude-sonnet-4-20250514 retired on 2026-06-15; use claude-sonnet-5, or set `upgrade: true`"
    )


def test_min_days_left_and_timeout_are_passed_on(step, server):
    server.models = [OPUS_48, {**OPUS_5, "retires_at": "2026-01-01T00:00:00Z"}]
    message = failure(step(model="claude-opus-5", anthropic_api_key=KEY, min_days_left="30"))
    assert message.endswith(" days ago (minimum: 30); use claude-opus-4-8, or set `upgrade: true`")
    server.answers = [(529, b"", {"retry-after": "5"})]
    assert ": 529: empty body; try again later" in failure(
        step(model="opus", anthropic_api_key=KEY, timeout="2.5")
    )


HOSTILE_TEXT = "x\n::error::a\r::set-output name=id::b\r\n  ::warning::c\u2028##[error]d ###[add-mask]e | <img src=x> `y` [l](http://z) @me www.z.test %0A::notice::f\nid=evil\nEOF\x1b[31m\x00\ud800"


MARKDOWN = "##[error]d ###[add-mask]e ::error::x | <img src=x> `y` [l](http://z) @me www.z.test %0A::notice::f"


@pytest.mark.parametrize("text", [HOSTILE_TEXT, MARKDOWN], ids=["controls", "printable"])
def test_text_of_a_server_becomes_no_command_no_output_and_no_markdown(step, server, text):
    server.models = [
        {
            **OPUS_5,
            "display_name": text,
            "lifecycle": "deprecated",
            "created_at": text,
            "line": "opus",
        },
        row("claude-opus-4", "Opus 4", text, retires_at=text, deprecated_at=text),
    ]
    for name in ("claude-opus-5", "claude-opus-4"):
        done = step(model=name, anthropic_api_key=KEY)
        assert (done.code, done.outputs["id"]) == (0, name)
        assert set(done.outputs) == set(OUTPUTS)
        assert [command for command, _ in done.commands] == ["warning"] * (name == "claude-opus-5")
        assert json.loads(done.outputs["json"]) in server.models
        assert all(value.isprintable() for value in done.outputs.values())
        header, rule, *rows = done.summary.splitlines()[2:]
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
        done = step(model="opus", anthropic_api_key=KEY)
        message = failure(done)
        assert message.startswith(f"{server.url[7:]}: 400: x : :error: :a : :set-output name=id")
        assert "# #[error]d" in message
        error = done.summary.splitlines()[2]
        assert re.fullmatch("Error: `[^`|]+`", error)


@pytest.mark.parametrize(
    "model",
    [
        "::error::opus",
        "##[error]opus",
        "opus`|<b>",
        "$(touch proof)",
        "'; exit 0 #",
        "%0A::error::x",
    ],
)
def test_text_of_an_input_becomes_no_command(real_step, server, model):
    message = failure(real_step(model=model, anthropic_api_key=KEY, anthropic_base_url=server.url))
    assert message.startswith("unknown model ") or "is an unexpanded variable" in message


@pytest.mark.parametrize(
    "model_id",
    [
        "a b",
        "a\nb",
        "a\u00a0b",
        "",
        "a\x00",
        "::error::##[error]$(id)",
        '"--dangerously-skip-permissions"',
        "$a--mcp-config=x",
    ],
)
def test_id_that_a_shell_or_the_runner_reads_as_more_is_not_an_id(step, server, model_id):
    server.models = [{**OPUS_5, "id": model_id}]
    assert "no valid model ID; check ANTHROPIC_BASE_URL" in failure(
        step(model="opus", anthropic_api_key=KEY)
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_full_disk_is_one_error(real_step):
    done = real_step({"GITHUB_OUTPUT": "/dev/full"}, model="opus", anthropic_api_key=KEY)
    assert failure(done) == "the outputs could not be written: No space left on device"


def test_unwritable_output_is_one_error(step, tmp_path):
    done = step(
        {"GITHUB_OUTPUT": str(tmp_path / "none" / "output")}, model="opus", anthropic_api_key=KEY
    )
    assert failure(done) == "the outputs could not be written: No such file or directory"


def test_step_outside_of_a_workflow_says_so(step):
    done = step({"GITHUB_OUTPUT": ""}, model="opus", anthropic_api_key=KEY)
    assert failure(done) == ("GITHUB_OUTPUT is not set; outside of a workflow, run claude_model.py")


def test_runner_without_summaries_is_served(step):
    done = step({"GITHUB_STEP_SUMMARY": ""}, model="opus", anthropic_api_key=KEY)
    assert (done.code, done.outputs["id"], done.summary) == (0, "claude-opus-5", "")


def fake_python(folder, name, script):
    path = folder / name
    path.write_text(f"#!{shutil.which('bash')}\n{script}\n", "utf-8")
    path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="scripts for python")
class TestPythonOfTheRunner:
    def test_python_serves_where_python3_is_missing_or_a_stub(self, real_step, tmp_path):
        tools = tmp_path / "tools"
        tools.mkdir()
        fake_python(tools, "python", f'exec "{sys.executable}" "$@"')
        assert real_step(path=str(tools), model="opus", anthropic_api_key=KEY).code == 0
        fake_python(tools, "python3", "exit 49")
        assert real_step(path=str(tools), model="opus", anthropic_api_key=KEY).code == 0

    def test_newer_python_is_chosen_over_an_older_python3(self, real_step, tmp_path):
        tools = tmp_path / "tools"
        tools.mkdir()
        fake_python(tools, "python3", "exit 1")
        fake_python(tools, "python", f'exec "{sys.executable}" "$@"')
        assert real_step(path=str(tools), model="opus", anthropic_api_key=KEY).code == 0

    @pytest.mark.parametrize(("version", "code"), [((3, 8), 1), ((3, 9), 0), ((4, 0), 0)])
    def test_version_check_takes_3_9_and_refuses_3_8(self, version, code):
        check = re.search(r"-c '(import sys; .+?)'", SCRIPT)[1].replace(
            "sys.version_info", repr(version)
        )
        assert subprocess.run([sys.executable, "-c", check], check=False).returncode == code

    @pytest.mark.parametrize("script", [None, "exit 1", "echo 'Unknown option: -I' >&2; exit 2"])
    def test_no_python_or_an_old_one_is_one_error(self, real_step, tmp_path, script):
        tools = tmp_path / "tools"
        tools.mkdir()
        if script:
            fake_python(tools, "python3", script)
        done = real_step(path=str(tools), model="opus", anthropic_api_key=KEY)
        assert failure(done) == (
            "This runner has no Python 3.9 or newer; add actions/setup-python before this step"
        )
        assert len(done.lines) == 2


def test_entry_script_does_nothing_at_import_and_runs_in_process(
    server, tmp_path, monkeypatch, capsys
):
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


def test_isolation_from_a_virtual_environment_that_is_first_on_path(real_step, tmp_path):
    """-S: no sitecustomize.py and no .pth file of the environment runs."""
    venv = pytest.importorskip("venv")
    environment = tmp_path / "venv"
    venv.create(environment, symlinks=os.name != "nt")
    for packages in environment.glob("**/site-packages"):
        (packages / "sitecustomize.py").write_text(HOSTILE_MODULE, "utf-8")
        (packages / "hostile.pth").write_text(
            "import os; open(os.environ['PROOF'], 'a').write('pth')\n", "utf-8"
        )
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    path = os.pathsep.join((str(scripts), os.environ["PATH"]))
    assert real_step(path=path, model="opus", anthropic_api_key=KEY).code == 0


def test_step_leaves_no_bytecode_behind(real_step, tmp_path):
    action = tmp_path / "vendored action"
    action.mkdir()
    for name in ("entrypoint.py", "claude_model.py"):
        shutil.copy(ROOT / name, action)
    assert (
        real_step({"GITHUB_ACTION_PATH": str(action)}, model="opus", anthropic_api_key=KEY).code
        == 0
    )
    assert sorted(path.name for path in action.iterdir()) == ["claude_model.py", "entrypoint.py"]


def test_log_and_files_are_utf_8_and_end_lines_at_lf(real_step, server, tmp_path):
    server.models = [row("claude-opus-5", "Claude \u00d3pus 5", line="\u00f3pus")]
    done = real_step(
        {"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"}, model="\u00f3pus", anthropic_api_key=KEY
    )
    assert done.lines[1] == "\u00f3pus -> claude-opus-5"
    assert done.outputs["display_name"] == "Claude \u00d3pus 5"
    for name in ("output", "summary"):
        assert b"\r" not in (tmp_path / name).read_bytes()


def test_private_names_that_the_entry_script_uses_are_marked_in_the_module():
    module = (ROOT / "claude_model.py").read_text("utf-8")
    used = set(re.findall(r"claude_model\.(_\w+)", (ROOT / "entrypoint.py").read_text("utf-8")))
    marked = set(
        re.findall(r"^(?:class|def) (_\w+).*# Also used by entrypoint\.py\.$", module, re.MULTILINE)
    )
    assert used == marked


def test_wait_is_a_plain_line_of_the_log(step, server):
    server.answers = [(529, b'{"error": {"type": "overloaded_error"}}', {"retry-after-ms": "1"})]
    done = step(model="opus", anthropic_api_key=KEY)
    assert done.lines[1:3] == [
        f"{server.url[7:]}: 529 overloaded_error; retrying in 0 s",
        "opus -> claude-opus-5",
    ]


def test_annotation_of_many_failing_names_is_one_that_the_runner_does_not_cut(step, server):
    names = ", ".join(f"no-such-model-{number}-{'x' * 100}" for number in range(200))
    message = failure(step(model=names, anthropic_api_key=KEY))
    assert 3_900 < len(message) < 4_096
    assert message.endswith("...")


def test_fallback_without_a_credential_says_why(step):
    done = step(model="opus", fallback="claude-sonnet-5")
    assert done.commands == [
        (
            "warning",
            "no credential (forks and Dependabot get no secrets): using the fallback claude-sonnet-5, unchecked",
        )
    ]


def test_summary_that_cannot_be_written_is_one_error(step, tmp_path):
    done = step({"GITHUB_STEP_SUMMARY": str(tmp_path)}, model="opus", anthropic_api_key=KEY)
    assert done.code == 1
    assert [name for name, _ in done.commands] == ["error"]
    assert done.commands[0][1].startswith("the outputs could not be written: ")


def test_base_url_of_the_messages_api_is_that_of_the_models_api(step, server):
    assert (
        step(
            model="opus", anthropic_api_key=KEY, anthropic_base_url=f"{server.url}/v1/messages"
        ).code
        == 0
    )


def test_secret_custom_header_is_masked_and_another_is_not(step):
    headers = "x-portkey-provider: anthropic-provider\nx-litellm-api-key: Bearer custom-token"
    done = step({"ANTHROPIC_CUSTOM_HEADERS": headers}, model="opus")
    assert (done.code, done.masks) == (0, ["Bearer custom-token", "custom-token"])
