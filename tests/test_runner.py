"""The workflows of the documents on a real runner: nektos/act, on this machine, without containers."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers import KEY, ROOT, git, tool
from rows import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, in_days

ACT = shutil.which("act")
pytestmark = pytest.mark.skipif(
    not (ACT and shutil.which("jq")) or sys.platform != "linux", reason="needs act and jq on Linux"
)
README, RECIPES = ((ROOT / name).read_text("utf-8") for name in ("README.md", ".github/RECIPES.md"))
WORKFLOWS = {
    name: text for text, name in re.findall(r"(?ms)^```yaml\n(name: (\w+)\n.+?)^```", README + RECIPES)
}  # fmt: skip
[GATE] = re.findall(r"(?ms)^```yaml\n(      - .+?)^```", README)
OUTPUTS = """\
name: Vendored
on: workflow_dispatch
jobs:
  model:
    runs-on: ubuntu-latest
    outputs:
      all: ${{ toJSON(steps.model.outputs) }}
      unknown: ${{ steps.unknown.outcome }}${{ steps.unknown.outputs.id }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: ./a folder/claude-model
        id: model
        with:
          model: opus, Opus 4.8
          anthropic_api_key: ${{ secrets.ANTHROPIC_API_KEY }}
      - uses: ./a folder/claude-model
        id: unknown
        continue-on-error: true
        with:
          model: no-such-model
          anthropic_api_key: ${{ secrets.ANTHROPIC_API_KEY }}
  after:
    needs: model
    runs-on: ubuntu-latest
    steps:
      - run: echo "unknown=$UNKNOWN all=$ALL"
        env:
          UNKNOWN: ${{ needs.model.outputs.unknown }}
          ALL: ${{ needs.model.outputs.all }}
"""
# Stand-ins that fail where the real ones would.
CLAUDE_CODE = """\
inputs: {anthropic_api_key: {}, github_token: {}, claude_args: {}, prompt: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        KEY: ${{ inputs.anthropic_api_key }}
        TOKEN: ${{ inputs.github_token }}
        ARGS: ${{ inputs.claude_args }}
        PROMPT: ${{ inputs.prompt }}
      run: |
        if [ -z "$TOKEN$ACTIONS_ID_TOKEN_REQUEST_URL" ]; then echo "Could not fetch an OIDC token"; exit 1; fi
        if [ -z "$KEY" ] || [ -z "$PROMPT" ]; then echo "no key, or no prompt"; exit 1; fi
        test -e README.md
        echo "claude $ARGS"
"""
TOOLS = {
    "gh": r"""printf '%s\n' "$*" >> "$CALLS"
        [ -n "$GH_TOKEN" ] || exit 4
        case "$*" in
          "issue list --author app/github-actions --search "*) cat "$ISSUE" ;;
          "issue create"*" --body-file "*) [ -z "$(cat "$ISSUE")" ] && echo 7 > "$ISSUE" && cp body.md "$CALLS.md" ;;
          "api --method PATCH repos/"*"/issues/7 -F body=@body.md") cp body.md "$CALLS.md" ;;
          "issue close 7") : > "$ISSUE" ;;
          "pr list --head claude-model"*) cat "$ISSUE" ;;
          "pr create"*) echo 7 > "$ISSUE" ;;
          "api --method PATCH repos/"*"/pulls/7 -f title="* | "auth setup-git") ;;
          *) exit 9 ;;
        esac""",
    # An unpinned package, or one that gets the key while it is installed, is refused.
    "pipx": r"""[[ "$*" =~ ^install\ claude-model==[0-9.]+$ && -z "$ANTHROPIC_API_KEY" ]] && : > "$CALLS.installed" """,
    "claude-model": f"""[ -e "$CALLS.installed" ] && exec "{sys.executable}" "{ROOT}/claude_model.py" "$@" """,
}


class Runner:
    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.repository, self.calls = folder / "repository", folder / "calls"
        for name in (
            "repository/.github/workflows", "claude model", "claude-code-action", "home",
        ):  # fmt: skip
            (folder / name).mkdir(parents=True)
        for name in ("action.yml", "entrypoint.py", "claude_model.py"):
            shutil.copy(ROOT / name, folder / "claude model")  # A space: the step quotes its paths.
        (folder / "claude-code-action" / "action.yml").write_text(CLAUDE_CODE, "utf-8")
        for name, script in TOOLS.items():
            tool(folder, name, script)
        (folder / "issue").touch()
        self.write("README.md", "A repository.\n")
        git(self.repository, "init", "-q", "-b", "main")
        git(self.repository, "remote", "add", "origin", "https://github.com/t/r")

    def write(self, name, content):
        path = self.repository / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def run(self, workflow, event="workflow_dispatch", key=KEY, payload=None, options=(), **env):
        """Run a workflow; return whether it succeeded. `lines` has its log, without prefixes."""
        self.write(".github/workflows/test.yml", workflow)
        (self.folder / "event.json").write_text(json.dumps(payload or {}), "utf-8")
        git(self.repository, "add", "-A")
        git(self.repository, "commit", "-q", "-m", "x", "--allow-empty")
        env = {
            "ANTHROPIC_BASE_URL": self.server.url, "CALLS": str(self.calls),
            "ISSUE": str(self.folder / "issue"), **env,
        }  # fmt: skip
        command = [
            ACT, event, "-W", ".github/workflows/test.yml", "-P", "ubuntu-latest=-self-hosted", "--no-cache-server",
            "--local-repository", f"OWNER/claude-model@v1={self.folder / 'claude model'}",
            "--local-repository", f"anthropics/claude-code-action@v1={self.folder / 'claude-code-action'}",
            "-e", str(self.folder / "event.json"), "--defaultbranch", "main", "--actor", "t", "-s", "GITHUB_TOKEN=a-token",
            *options, *(["-s", f"ANTHROPIC_API_KEY={key}"] if key else []),
            *(part for name, value in env.items() for part in ("--env", f"{name}={value}")),
        ]  # fmt: skip
        folders = (str(self.folder / "tools"), os.path.dirname(sys.executable), os.environ["PATH"])
        path = os.pathsep.join(folders)
        done = subprocess.run(
            command, cwd=self.repository, env={"PATH": path, "HOME": str(self.folder / "home")},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        self.log = done.stdout
        self.lines = re.findall(r"(?m)^\[[^\]]+\]\s+\| (.*)$", self.log)
        return done.returncode == 0


@pytest.fixture
def runner(server, tmp_path):
    return Runner(server, tmp_path)


def test_quick_start_hands_the_model_to_claude_code(runner):
    assert runner.run(WORKFLOWS["Ask"]), runner.log
    assert {"sonnet -> claude-sonnet-5", "claude --model claude-sonnet-5"} <= {*runner.lines}
    assert KEY not in runner.log
    assert not runner.run(WORKFLOWS["Ask"].replace("model: sonnet", f"model: {SONNET_4['id']}"))
    assert "; use claude-sonnet-5, or set `upgrade: true`" in runner.log
    assert not any(line.startswith("claude ") for line in runner.lines)


@pytest.mark.parametrize("step", [None, GATE])
def test_gate_passes_and_fails(runner, server, step):
    workflow = WORKFLOWS["Retirement"]
    if step:
        workflow = workflow[: workflow.index("      - uses")] + step
    assert runner.run(workflow), runner.log
    server.models[2] = {**OPUS_48, "retires_at": in_days(3)}
    assert not runner.run(workflow)
    assert "use claude-opus-5, or set `upgrade: true`" in runner.log
    upgraded = workflow.replace('days_left: "30"', 'days_left: "30"\n          upgrade: "true"')
    assert runner.run(upgraded), runner.log


def test_gateway_gets_the_token(runner, server):
    workflow = WORKFLOWS["Gateway"].replace("${{ vars.ANTHROPIC_BASE_URL }}", server.url)
    assert runner.run(workflow, options=["-s", "GATEWAY_TOKEN=a-gateway-token"]), runner.log
    assert "Use claude-sonnet-5" in runner.lines
    assert server.requests[0][2]["authorization"] == "Bearer a-gateway-token"


def test_one_issue_is_opened_updated_and_closed(runner, server):
    def calls():
        assert runner.run(WORKFLOWS["Models"]), runner.log
        lines = runner.calls.read_text("utf-8").splitlines()
        runner.calls.unlink()
        return [line for line in lines if not line.startswith("issue list")]

    old = SONNET_4["id"]
    runner.write("a/settings", f"model: claude-opus-5\nold: {old}, anthropic/claude-opus-4.8\n")
    runner.write("code.py", f'A = "claude-3-opus-latest"\n\nB = "{old}."  # claude-opus-4-8.\n')
    runner.write("CHANGELOG.md", "claude-3-haiku-20240307")
    runner.write("picture2", b"\0 claude-3-haiku-20240307")
    runner.write(
        "others",
        "claude-cli-0.3 my-claude-opus-1 us.anthropic.claude-3-5-sonnet-20241022-v2:0 claude-3-5-sonnet-v2@20241022 "
        "claude-sonnet-9-* claude-opus-latest claude-code-action",
    )
    assert calls() == ["issue create --title Model IDs that retire soon --body-file body.md"]
    body = (runner.folder / "calls.md").read_text("utf-8").splitlines()
    lines = (
        "- .+'claude-3-opus-latest'.+", "    - `code.py:1`",
        f"- {old} .+ 2026-06-15; use claude-sonnet-5", "    - `a/settings:2`", "    - `code.py:3`",
    )  # fmt: skip
    assert re.fullmatch("\n".join(lines), "\n".join(body))
    server.models[0] = {**OPUS_5, "retires_at": in_days(80)}
    assert calls() == ["api --method PATCH repos/t/r/issues/7 -F body=@body.md"]
    body = (runner.folder / "calls.md").read_text("utf-8")
    assert "in 80 days" in body
    assert "`a/settings:1`" in body
    server.answer(200, server.page({}))  # For --list.
    server.answer(401)
    assert not runner.run(WORKFLOWS["Models"])
    assert not runner.calls.exists()
    for name in ("a/settings", "code.py", "others"):
        runner.write(name, "no ID\n")
    assert calls() == ["issue close 7"]
    assert calls() == []


def test_pull_request_is_made_for_a_newer_model(runner):
    remote = runner.folder / "remote"
    git(runner.repository, "init", "-q", "--bare", str(remote))
    config = f'[url "{remote}"]\n  insteadOf = https://github.com/t/r\n'
    (runner.folder / "gitconfig").write_text(config, "utf-8")
    env = {"GIT_CONFIG_GLOBAL": str(runner.folder / "gitconfig")}
    assert runner.run(WORKFLOWS["Follow"], **env), runner.log
    assert git(remote, "show", "claude-model:.claude-model") == "claude-sonnet-5\n"
    assert "pr create --head claude-model --title Use claude-sonnet-5" in runner.calls.read_text()
    runner.calls.unlink()
    newer = WORKFLOWS["Follow"].replace("model: sonnet", "model: haiku")
    assert runner.run(newer, **env), runner.log
    assert "repos/t/r/pulls/7 -f title=Use claude-haiku-4-5" in runner.calls.read_text()


def test_matrix_over_two_jobs(runner):
    assert runner.run(WORKFLOWS["Matrix"]), runner.log
    ids = ["claude-opus-5", "claude-sonnet-5", HAIKU_45["id"]]
    assert {f"Evaluate {model_id}" for model_id in ids} <= {*runner.lines}


def test_fork_gets_the_fallback(runner):
    repositories = {"head": {"repo": {"full_name": "a/r"}}, "base": {"repo": {"full_name": "b/r"}}}
    payload = {"pull_request": {**repositories, "number": 1}}
    assert runner.run(WORKFLOWS["Review"], "pull_request", key=None, payload=payload), runner.log
    assert "Review with claude-sonnet-5" in runner.lines
    assert "using the fallback claude-sonnet-5" in runner.log


def test_keyless(runner, server):
    server.answer(200, {"value": "header.identity.signature"})
    server.answer(200, {"access_token": "sk-ant-oat01-an-access-token", "token_type": "Bearer"})
    identity = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}/identity?a=b",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "a-request-token",
    }
    variables = [
        "--var", "ANTHROPIC_FEDERATION_RULE_ID=fdrl_1", "--var", "ANTHROPIC_ORGANIZATION_ID=0",
    ]  # fmt: skip
    assert runner.run(WORKFLOWS["Keyless"], key=None, options=variables, **identity), runner.log
    assert "Use claude-sonnet-5" in runner.lines
    assert server.requests[-1][2]["authorization"] == "Bearer sk-ant-oat01-an-access-token"
    shown = [line for line in runner.log.splitlines() if "::add-mask::" not in line]
    assert not re.search(r"sk-ant-oat01|identity\.signature", "\n".join(shown))


def test_vendored_copy_gives_every_output_to_a_later_job(runner):
    shutil.copytree(runner.folder / "claude model", runner.repository / "a folder" / "claude-model")
    for trap in ("json.py", "claude_model.py"):
        runner.write(trap, "raise SystemExit('hijacked')\n")
    assert runner.run(OUTPUTS), runner.log
    [line] = [line for line in runner.lines if line.startswith("unknown=")]
    unknown, _, outputs = line.partition(" all=")
    outputs, _ = json.JSONDecoder().raw_decode("\n".join([outputs, *runner.lines[runner.lines.index(line) + 1 :]]))  # fmt: skip
    assert (unknown, outputs["ids"]) == ("unknown=failure", '["claude-opus-5", "claude-opus-4-8"]')
    assert json.loads(outputs["json"]) == OPUS_5
    assert outputs["max_tokens"] == "128000"


def test_job_of_ci_checks_the_action(runner):
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    for path in (runner.folder / "claude model").iterdir():
        shutil.copy(path, runner.repository)
    options = ["-j", "action", "--matrix", "os:ubuntu-latest"]
    assert runner.run(text, "push", options=options), runner.log
    broken = text.replace("FIRST: ${{ steps.model.outputs.id }}", "FIRST: another")
    assert not runner.run(broken, "push", options=options)
