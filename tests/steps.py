"""The step of the action, run as the runner runs it: its script in bash, its environment, its files."""

import os
import re
import shutil
import subprocess
import sys
import textwrap

from helpers import ROOT

ACTION = (ROOT / "action.yml").read_text("utf-8")
SCRIPT = textwrap.dedent(ACTION[ACTION.index("      run: |\n") + len("      run: |\n") :])
ENV = dict(
    re.findall(r"^        (CLAUDE_MODEL_\w+): \$\{\{ inputs\.(\w+) \}\}$", ACTION, re.MULTILINE)
)
DEFAULTS = dict(
    re.findall(r'^  (\w+):\n    description: .+\n    default: "(.*)"$', ACTION, re.MULTILINE)
)
BASH = shutil.which("bash")
TRAP = "import os\nopen(os.environ['PROOF'], 'a').write(__name__ + '\\n')\nraise SystemExit('hijacked')\n"
KEPT = ("SYSTEMROOT", "COVERAGE_FILE")
TRAPS = ["json.py", "claude_model.py", "sitecustomize.py", "usercustomize.py", "urllib.py", "re.py"]


class Step:
    """What a run of the step left behind, read as the runner reads it."""

    def __init__(self, code, log, folder):
        self.code = code
        self.lines = re.split(r"\r\n|\r|\n", log)
        self.log = log
        assert "##[" not in log
        assert "Traceback" not in log
        found = [re.match(r"\s*::([a-z-]+)[^:]*::(.*)", line) for line in self.lines]
        commands = [match.groups() for match in found if match]
        self.masks = [data for name, data in commands if name == "add-mask"]
        self.commands = [command for command in commands if command[0] != "add-mask"]
        self.outputs = {}
        for line in (folder / "output").read_text("utf-8").split("\n")[:-1]:
            name, equals, value = line.partition("=")
            assert equals, f"the runner would refuse {line!r}"
            assert "<<" not in name
            assert name not in self.outputs
            self.outputs[name] = value
        self.summary = (folder / "summary").read_text("utf-8")

    @property
    def error(self):
        """The text of the one error annotation of a failed step."""
        assert self.code == 1
        assert self.outputs == {}
        [(level, message)] = self.commands
        assert level == "error"
        return message


def python_of_the_runner(folder):
    """Make a folder for PATH with this Python as python3, which measures coverage if this process does."""
    tools = folder / "python of the runner"
    tools.mkdir()
    script = f"#!{BASH}\n"
    if "coverage" in sys.modules:
        run = f'"{sys.executable}" -I -B -X utf8 -m coverage run --rcfile="{ROOT / "pyproject.toml"}" -p'
        script += f'case "$*" in *entrypoint.py) cd "{ROOT}"; exec {run} "${{!#}}";; esac\n'
    script += f'exec "{sys.executable}" "$@"\n'
    (tools / "python3").write_text(script, "utf-8")
    (tools / "python3").chmod(0o755)
    return tools


class Runner:
    """Run the step in a checkout that is full of traps."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.checkout = folder / "checkout of a user"
        self.checkout.mkdir()
        for name in TRAPS:
            (self.checkout / name).write_text(TRAP, "utf-8")
        self.path = f"{python_of_the_runner(folder)}{os.pathsep}{os.environ['PATH']}"

    def run(self, environment=(), path=None, action=ROOT, **inputs):
        assert set(inputs) <= set(ENV.values())
        for name in ("output", "summary"):
            (self.folder / name).write_text("", "utf-8")
        (self.folder / "script.sh").write_text(SCRIPT, "utf-8")
        env = {
            "PATH": path or self.path,
            "HOME": str(self.checkout),
            "PYTHONPATH": str(self.checkout),
            "PROOF": str(self.folder / "proof"),
            "ANTHROPIC_BASE_URL": self.server.url,
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            **{name: inputs.get(given, DEFAULTS.get(given, "")) for name, given in ENV.items()},
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            **dict(environment),
        }
        script = str(self.folder / "script.sh")
        command = [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", script]
        options = {"cwd": self.checkout, "env": env, "stdin": subprocess.DEVNULL, "check": False}
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        assert not (self.folder / "proof").exists(), "the step imported a module of the checkout"
        return Step(done.returncode, done.stdout.decode("utf-8"), self.folder)
