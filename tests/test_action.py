"""The step of the action: inputs, outputs, annotations, the summary, the Python that it runs."""

import json
import os
import re
import sys

import pytest
from helpers import KEY, ROOT, copy_with_catalogue
from rows import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, in_days, row
from steps import ACTION, BASH, DEFAULTS, ENV, SCRIPT, TRAP

FAST = {"retry_after_ms": "1"}
NAMES = {
    "inputs": set(ENV.values()),
    "outputs": set(re.findall(r"steps\.resolve\.outputs\.(\w+)", ACTION)),
}


def test_step_answers_with_outputs_a_log_line_and_a_summary(step, server):
    done = step(model="opus", anthropic_api_key=KEY)
    assert (done.code, done.commands) == (0, [])
    assert done.lines == [f"::add-mask::{KEY}", "opus -> claude-opus-5", ""]
    assert done.outputs == {
        "id": "claude-opus-5", "ids": '["claude-opus-5"]', "requested": "opus", "source": "api",
        "display_name": "Claude Opus 5", "created_at": "2026-07-24T00:00:00Z", "line": "opus",
        "lifecycle": "active", "deprecated_at": "", "retires_at": "", "max_input_tokens": "",
        "max_tokens": "128000", "json": json.dumps(OPUS_5),
    }  # fmt: skip
    assert set(done.outputs) == NAMES["outputs"]
    assert done.summary == (
        "## Claude model\n\n"
        "| Requested | ID | Name | Line | Lifecycle | Retires | Source |\n"
        "|---|---|---|---|---|---|---|\n"
        "| `opus` | `claude-opus-5` | `Claude Opus 5` | `opus` | `active` |  | api |\n\n"
    )
    assert server.requests[0][2]["x-api-key"] == KEY


def test_several_models_are_separated_by_commas_or_newlines(step, server):
    server.models[0] = {**OPUS_5, "retires_at": "2099-01-01T00:00:00Z"}
    done = step(model="opus, Opus 4.8,\n\r\nclaude-haiku-4-5\r,", anthropic_api_key=KEY)
    ids = ["claude-opus-5", "claude-opus-4-8", HAIKU_45["id"]]
    assert (json.loads(done.outputs["ids"]), done.outputs["id"]) == (ids, "claude-opus-5")
    assert done.lines[2:4] == [f"Opus 4.8 -> {ids[1]}", f"claude-haiku-4-5 -> {ids[2]}"]
    assert done.summary.count("\n| `") == 3
    assert "| `2099-01-01` | api |" in done.summary


def test_action_is_one_bash_step_whose_script_has_no_expression():
    assert ACTION.count("shell: bash\n") == ACTION.count("run:") == 1
    assert "  using: composite\n  steps:\n    - name: " in ACTION
    assert "uses:" not in ACTION
    assert "${{" not in SCRIPT
    assert '-I -S -B -X utf8 "$GITHUB_ACTION_PATH/entrypoint.py"' in SCRIPT
    assert set(DEFAULTS) == NAMES["inputs"] - {"model"}
    assert {name: f"CLAUDE_MODEL_{name.upper()}" for name in NAMES["inputs"]} == {
        name: variable for variable, name in ENV.items()
    }


# How a run shows that an input was read: what the input is set to, and a part of the log.
READ = {
    "model": ("no-such-model", "'no-such-model'"),
    "anthropic_api_key": ("sk-ant- x", "anthropic_api_key contains whitespace"),
    "anthropic_auth_token": ("t t", "anthropic_auth_token contains whitespace"),
    "anthropic_base_url": ("ftp://x", "anthropic_base_url must be"),
    "offline": ("yes", "offline must be true or false, not 'yes'"),
    "fallback": ("opus 5", "fallback must be a model ID"),
    "upgrade": ("True", "upgrade must be true or false, not 'True'"),
    "min_days_left": ("1.5", "min_days_left must be a whole number, 0 or more, not '1.5'"),
    "timeout": ("soon", "timeout must be above 0 and up to 86400, not 'soon'"),
    "anthropic_federation_rule_id": ("fdrl_1", "anthropic_organization_id is empty"),
    "anthropic_organization_id": ("o", "anthropic_federation_rule_id is empty"),
}


@pytest.mark.parametrize("name", sorted(NAMES["inputs"]))
def test_every_input_is_read_and_a_wrong_one_is_named_in_one_error(step, name):
    if name not in READ:
        assert name in (ROOT / "tests" / "test_keyless.py").read_text("utf-8")
        return
    value, message = READ[name]
    credential = {} if name == "anthropic_auth_token" else {"anthropic_api_key": KEY}
    assert message in step(**{"model": "opus", **credential, name: value}).error


def test_empty_model_is_an_error(step, server):
    assert step(model=" ,\n,", anthropic_api_key=KEY).error.startswith("model is empty; set it to")
    assert server.paths == []


def test_environment_serves_where_an_input_is_empty_and_an_input_beats_it(step, server):
    step({"ANTHROPIC_AUTH_TOKEN": "environment-token"}, model="opus")
    assert server.requests[-1][2]["authorization"] == "Bearer environment-token"
    environment = {"ANTHROPIC_API_KEY": "environment-key-1", "ANTHROPIC_BASE_URL": "http://h:1"}
    inputs = {
        "anthropic_auth_token": "token-of-the-input",
        "anthropic_base_url": f"{server.url}/v1",
    }
    done = step(environment, model="opus", **inputs)
    headers = server.requests[-1][2]
    assert (headers["authorization"], headers["x-api-key"]) == ("Bearer token-of-the-input", None)
    assert done.masks == ["environment-key-1", "token-of-the-input"][::-1]


def test_secrets_are_masked_before_anything_else(step):
    environment = {
        "ANTHROPIC_API_KEY": "environment-key-1",
        "ANTHROPIC_AUTH_TOKEN": "15-letter-token",
        "ANTHROPIC_CUSTOM_HEADERS": "x-a: Basic custom-token-16-letters\nmalformed\nx-b:fifteen-letters",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token-of-github",
    }
    done = step(environment, model="", anthropic_api_key="input%key\nwith\ra-break-in-it")
    assert set(done.masks) == {
        "input%25key%0Awith%0Da-break-in-it", "environment-key-1", "Basic custom-token-16-letters",
        "custom-token-16-letters", "request-token-of-github",
    }  # fmt: skip
    assert [line[:12] for line in done.lines[: len(done.masks)]] == ["::add-mask::"] * 5
    assert done.error.startswith("model is empty")


def test_credential_is_in_nothing_but_its_mask(step, server):
    body = {"error": {"type": KEY, "message": f"bad {KEY}"}, "request_id": KEY}
    server.answer(400, body)
    done = step(model="opus", anthropic_api_key=KEY)
    assert KEY not in done.error + done.summary
    assert done.log.count(KEY) == 1


def test_refused_and_missing_credentials_are_named_as_inputs(step, server):
    server.answer(401, {"error": {"type": "authentication_error", "message": "invalid"}})
    error = step(model="opus", anthropic_api_key=KEY).error
    assert "401 authentication_error: invalid; check anthropic_api_key" in error
    error = step(model="opus").error
    assert error.startswith("anthropic_api_key is empty (does this repository define the secret?)")
    assert "forks and Dependabot get no secrets" in error
    assert error.endswith("set `offline: true` or `fallback`")


def test_fallback_is_a_warning(step, server):
    server.answer(500, times=3, **FAST)
    done = step(model="opus", anthropic_api_key=KEY, fallback="claude-opus-4-8")
    outputs = [done.outputs[name] for name in ("id", "source", "lifecycle")]
    assert outputs == ["claude-opus-4-8", "fallback", ""]
    assert done.outputs["json"] == '{"id": "claude-opus-4-8"}'
    assert [level for level, _ in done.commands] == ["notice", "notice", "warning"]
    assert "; retrying in 0 s" in done.commands[0][1]
    assert done.commands[2][1].endswith(": using the fallback claude-opus-4-8, unchecked")
    assert step(model="opus", fallback="claude-x").outputs["id"] == "claude-x"


def test_offline_is_a_notice_and_makes_no_request(step, server, tmp_path):
    action = tmp_path / "action"
    action.mkdir()
    copy_with_catalogue(action, OPUS_5)
    done = step(action=action, model="opus", offline="true")
    assert (done.outputs["id"], done.outputs["source"]) == ("claude-opus-5", "catalogue")
    [(level, notice)] = done.commands
    assert (level, f"catalogue of {in_days(0)[:10]}" in notice) == ("notice", True)
    assert server.paths == []
    assert len(list(action.iterdir())) == 3  # No bytecode.


def test_deprecated_model_and_upgrade_are_warnings(step):
    done = step(model=f"sonnet 4.5,{SONNET_4['id']}", anthropic_api_key=KEY, upgrade="true")
    assert (done.code, [level for level, _ in done.commands]) == (0, ["warning", "warning"])
    assert "2099-01-01" in done.commands[0][1]
    assert done.commands[1][1].endswith(" claude-sonnet-5")


def test_every_failing_name_is_in_the_one_error_with_the_remedy(step):
    done = step(model=f"sonet, opus, {SONNET_4['id']}", anthropic_api_key=KEY)
    unknown, retired = done.error.split(" | ")
    assert re.search("'sonet'.+'sonnet'", unknown)
    assert retired.endswith("2026-06-15; use claude-sonnet-5, or set `upgrade: true`")
    assert re.match("## Claude model\n\nError: `.+'sonet'", done.summary)


def test_min_days_left_and_timeout_are_passed_on(step, server):
    server.models = [OPUS_48, {**OPUS_5, "retires_at": in_days(9)}]
    done = step(model="claude-opus-5", anthropic_api_key=KEY, min_days_left="10")
    assert "10); use" in done.error
    server.answer(529, retry_after="5")
    done = step(model="opus", anthropic_api_key=KEY, timeout="2.5")
    assert ": 529" in done.error


HOSTILE = "x\n::error::a\r::set-output name=id::b\r\n  ::warning::c\u2028##[error]d | <img src=x> `y` [l](http://z) %0A::notice::f\nid=evil\x1b[31m\x00"
PRINTABLE = (
    "##[error]d ###[add-mask]e ::error::x | <img src=x> `y` [l](http://z) @me %0A::notice::f"
)


@pytest.mark.parametrize("text", [HOSTILE, PRINTABLE], ids=["controls", "printable"])
def test_text_of_a_server_becomes_no_command_no_output_and_no_markdown(step, server, text):
    fields = dict.fromkeys(("display_name", "created_at", "retires_at"), text)
    deprecated = {**OPUS_5, **fields, "lifecycle": "deprecated"}
    server.models = [deprecated, row("claude-opus-4", "Opus 4", text)]
    done = step(model="claude-opus-5, claude-opus-4", anthropic_api_key=KEY)
    assert (done.code, done.outputs["id"]) == (0, "claude-opus-5")
    assert set(done.outputs) == NAMES["outputs"]
    assert [level for level, _ in done.commands] == ["warning"]
    assert json.loads(done.outputs["json"]) == server.models[0]
    assert all(value.isprintable() for value in done.outputs.values())
    rows = done.summary.splitlines()[4:6]
    for cell in "".join(rows).split("|"):
        assert re.fullmatch(r"|  | api | `[^`]*` ", cell)
    assert [line.count("|") for line in rows] == [8, 8]


def test_text_of_an_error_becomes_no_command_and_no_markdown(step, server):
    server.answer(400, {"error": {"message": HOSTILE}})
    done = step(model="opus", anthropic_api_key=KEY)
    assert "400: x : :error: :a : :set-output name=id" in done.error
    assert re.fullmatch("Error: `[^`|]+`", done.summary.splitlines()[2])


@pytest.mark.parametrize("model", ["::error::opus", "##[error]opus", "opus`|<b>", "$(touch proof)", "'; exit 0 #"])  # fmt: skip
def test_text_of_an_input_becomes_no_command(step, model):
    shown = model.split("#")[0][:2].replace("::", ": :")
    assert shown in step(model=model, anthropic_api_key=KEY).error
    done = step(model=model, fallback="claude-x")
    assert [level for level, _ in done.commands] == ["warning"]
    assert shown in done.lines[-2]
    assert (done.outputs["id"], done.outputs["requested"]) == ("claude-x", model)


def test_annotation_of_many_failing_names_is_one_that_the_runner_does_not_cut(step):
    names = ", ".join(f"no-such-model-{number}-{'x' * 100}" for number in range(100))
    error = step(model=names, anthropic_api_key=KEY).error
    assert 3_900 < len(error) < 4_096
    assert error.endswith("...")


@pytest.mark.parametrize("variable", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_file_of_the_runner_that_cannot_be_written_is_named_with_the_reason(
    step, tmp_path, variable
):
    path = tmp_path / "none" / "file"
    done = step({variable: str(path)}, model="opus", anthropic_api_key=KEY)
    message = f"{variable} ({path}) could not be written: No such file or directory"
    assert (done.code, done.commands) == (1, [("error", message)])


def test_runner_without_outputs_is_named_and_one_without_summaries_is_served(step):
    done = step({"GITHUB_OUTPUT": ""}, model="opus", anthropic_api_key=KEY)
    assert done.error == "GITHUB_OUTPUT is not set: update the runner"
    done = step({"GITHUB_STEP_SUMMARY": ""}, model="opus", anthropic_api_key=KEY)
    assert (done.code, done.outputs["id"], done.summary) == (0, "claude-opus-5", "")


def test_log_and_files_are_utf_8_and_end_lines_at_lf(step, server, tmp_path):
    server.models = [row("claude-opus-5", "Claude \u00d3pus 5", "\u00f3pus")]
    environment = {"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"}
    done = step(environment, model="\u00f3pus", anthropic_api_key=KEY)
    assert done.lines[1] == "\u00f3pus -> claude-opus-5"
    assert done.outputs["display_name"] == "Claude \u00d3pus 5"
    for name in ("output", "summary"):
        assert b"\r" not in (tmp_path / name).read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="scripts for python")
class TestPythonOfTheRunner:
    @pytest.fixture
    def tools(self, tmp_path):
        """Return a function that puts Pythons into a folder: a script for each name."""
        folder = tmp_path / "tools"
        folder.mkdir()

        def put(**scripts):
            for name, script in scripts.items():
                path = folder / name.replace("_", ".")
                path.write_text(f"#!{BASH}\n{script}\n", "utf-8")
                path.chmod(0o755)
            return str(folder)

        return put

    OLD = 'if [ "$1" = --version ]; then echo Python 3.8.18; else exit 1; fi'

    @pytest.mark.parametrize("name", ["python3", "python", "python3_15", "python3_11", "python3_9"])
    def test_first_that_is_3_9_or_newer_is_taken(self, step, tools, name):
        others = {"python3": self.OLD, "python": "exit 49"}
        path = tools(**{**others, name: f'exec "{sys.executable}" "$@"'})
        assert step(path=path, model="opus", anthropic_api_key=KEY).code == 0

    def test_none_is_an_error_that_says_which_were_found(self, step, tools):
        assert "(found none)" in step(path=tools(python="exit 49"), model="opus").error
        found = step(path=tools(python3=self.OLD), model="opus").error
        assert "No Python 3.9 or newer on this runner (found python3 is Python 3.8.18)" in found

    @pytest.mark.parametrize(("version", "code"), [((3, 8), 1), ((3, 9), 0), ((4, 0), 0)])
    def test_version_check_takes_3_9_and_refuses_3_8(self, version, code):
        check = re.search(r"-c '(import sys; .+?)'", SCRIPT)[1]
        with pytest.raises(SystemExit) as caught:
            exec(check.replace("sys.version_info", repr(version)), {})
        assert int(caught.value.code) == code

    def test_virtual_environment_that_is_first_on_path_runs_no_code(self, step, tmp_path):
        venv = pytest.importorskip("venv")
        venv.create(tmp_path / "venv", symlinks=True)
        for packages in (tmp_path / "venv").glob("**/site-packages"):
            (packages / "sitecustomize.py").write_text(TRAP, "utf-8")
            (packages / "trap.pth").write_text(TRAP.replace("\n", "; ", 1), "utf-8")
        path = f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        assert step(path=path, model="opus", anthropic_api_key=KEY).code == 0


def test_private_names_that_the_entry_script_uses_are_marked_in_the_module():
    module = (ROOT / "claude_model.py").read_text("utf-8")
    used = set(re.findall(r"claude_model\.(_\w+)", (ROOT / "entrypoint.py").read_text("utf-8")))
    marked = re.findall(r"^(?:class|def) (_\w+).*# Used by entrypoint\.py\.$", module, re.MULTILINE)
    assert used == set(marked)
    assert len(marked) <= 10
