"""What the project promises of itself: one file that runs alone, light to import, and documents that are true."""

import ast
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from helpers import ROOT

import claude_model
from claude_model import CATALOGUE

FILE = ROOT / "claude_model.py"
SOURCE = FILE.read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def python(*argv, **options):
    return subprocess.run(
        [sys.executable, *argv], capture_output=True, text=True, check=False, **options
    )


def test_file_runs_alone(tmp_path):
    shutil.copy(FILE, tmp_path / "claude_model.py")
    done = python("-I", "claude_model.py", "--offline", "sonnet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"{claude_model.match('sonnet', CATALOGUE).id}\n")
    code = "import claude_model; print(claude_model.match('opus', claude_model.CATALOGUE).id)"
    assert (
        python("-c", code, cwd=tmp_path).stdout == f"{claude_model.match('opus', CATALOGUE).id}\n"
    )
    assert python("-", "--offline", "opus", cwd=tmp_path, input=SOURCE).returncode == 0


@pytest.mark.parametrize("version", ["3.7", "3.8"])
def test_older_python_says_in_one_line_which_is_required(version):
    found = shutil.which(f"python{version}")
    if not found or subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip(f"needs Python {version}")
    done = subprocess.run([found, str(FILE), "sonnet"], capture_output=True, text=True, check=False)
    assert done.stderr.startswith(
        f"error: claude_model requires Python 3.9 or newer, not {version}."
    )
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    done = subprocess.run(
        [found, "-c", "import claude_model"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1].startswith(
        "ImportError: error: claude_model requires Python 3.9 or newer"
    )


def test_file_stays_within_its_size():
    lines = SOURCE.splitlines()
    assert len(lines) < 1_100
    assert [
        line for line in lines if len(line) > 100 and not line.startswith('    ("claude-')
    ] == []
    documentation = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if (
            isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node) is not None
        ):
            documentation |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    code = [
        number
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.strip().startswith("#") and number not in documentation
    ]
    assert len(code) < 800


def test_file_imports_the_standard_library_only():
    tree = ast.parse(SOURCE)
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    done = python("-I", "-S", "-c", "import sys, " + ", ".join(sorted(names)))
    assert (done.returncode, done.stderr) == (0, "")


def test_file_is_python_3_9():
    ast.parse(SOURCE, feature_version=(3, 9))


def test_import_is_light():
    heavy = (
        "urllib.request http ssl socket argparse email difflib threading typing random ipaddress"
    )
    code = f"import sys, claude_model; print([name for name in {heavy.split()} if name in sys.modules])"
    assert python("-S", "-c", code, cwd=ROOT).stdout == "[]\n"


def test_all_names_what_the_contract_names():
    assert sorted(claude_model.__all__) == sorted(
        ["APIError", "CATALOGUE", "CATALOGUE_DATE", "ClaudeModelError", "Client", "CredentialError", "Model",
         "ModelNotFoundError", "ModelRetiredError", "match", "resolve"]
    )  # fmt: skip
    for name in claude_model.__all__:
        assert getattr(claude_model, name).__doc__


def test_header_tells_license_use_and_upstream():
    header = SOURCE[: SOURCE.index("from __future__")]
    for part in (
        "SPDX-License-Identifier: MIT",
        "claude_model.resolve(",
        "$ python -m claude_model",
        "the LICENSE file",
        "https://",
    ):
        assert part in header


def test_package_needs_python_3_9_and_nothing_else_and_installs_the_command():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert '\nrequires-python = ">=3.9"\n' in project
    assert "\ndependencies = []\n" in project
    assert '\n[project.scripts]\nclaude-model = "claude_model:main"\n' in project
    for minor in range(9, 15):
        assert f'"Programming Language :: Python :: 3.{minor}"' in project


def test_changelog_has_the_version():
    assert f"## [{claude_model.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def commands(text):
    """Yield each `$ command` of the README's console blocks with the output under it."""
    for block in re.findall(r"^```console\n(.+?)^```", text, re.MULTILINE | re.DOTALL):
        for found in re.finditer(r"^\$ (.+)\n((?:(?!\$ ).+\n)*)", block, re.MULTILINE):
            yield found[1], found[2]


OFFLINE = [(command, output) for command, output in commands(README) if "--offline" in command]


def test_readme_has_its_first_command_and_output_within_20_lines():
    command, output = OFFLINE[0]
    head = "\n".join(README.splitlines()[:20])
    assert command in head
    assert output.strip() in head


@pytest.mark.parametrize(("command", "output"), OFFLINE)
def test_readme_command_prints_what_the_readme_says(command, output):
    done = run_readme(command)
    assert done.returncode == 0
    ids = done.stdout.split()
    assert ids
    # The catalogue moves on; the README's IDs do with its next edit. What must agree is the form.
    assert len(output.splitlines()) == len(done.stdout.splitlines())
    for shown, printed in zip(output.splitlines(), done.stdout.splitlines()):
        assert re.sub("[0-9-]+", "#", shown) == re.sub("[0-9-]+", "#", printed)


def run_readme(command):
    argv = shlex.split(command)
    if argv[0] == "claude-model":
        argv = ["python3", "-m", "claude_model", *argv[1:]]
    assert argv[0] == "python3"
    return python(*argv[1:], cwd=ROOT)


def test_readme_names_table_is_what_the_catalogue_answers():
    rows = re.findall(r"^\| (`[^|]+`) \| `(claude-[^`]+)` \|", README, re.MULTILINE)
    assert len(rows) >= 4
    for names, model_id in rows:
        for name in re.findall("`([^`]+)`", names):
            found = claude_model.match(name, CATALOGUE)
            if re.search("[0-9]", name):
                assert found.id == model_id
            else:
                assert found.line in model_id.split("-")


def test_readme_has_the_options_of_the_help_and_those_are_all(capsys):
    claude_model.main(["--help"])
    shown = re.findall(r"^  (--.+?)  +(.+)$", capsys.readouterr().out, re.MULTILINE)
    assert sorted(shown) == sorted(re.findall(r"^\| `(--[^`]+)` \| (.+) \|$", README, re.MULTILINE))
    for option, _ in shown:
        flag, *value = option.replace(", -h", "").split()
        assert claude_model.main([flag, *["5"] * len(value), "--version"]) == 0
    known = re.search(r'long_options = "(.+?)"', SOURCE)[1].split()
    assert sorted(f"--{name.rstrip('=')}" for name in known) == sorted(
        option.split()[0].rstrip(",") for option, _ in shown
    )


def test_readme_exit_codes_are_those_of_the_help(capsys):
    claude_model.main(["--help"])
    text = " ".join(capsys.readouterr().out.partition("Exit codes: ")[2].split()).rstrip(".")
    codes = dict(part.split(" ", 1) for part in text.split("; "))
    assert codes == dict(re.findall(r"^\| (\d+) \| (.+?) \|", README, re.MULTILINE))


def test_readme_names_every_environment_variable():
    for name in set(re.findall(r"ANTHROPIC_[A-Z_]+", SOURCE)) | {
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
    }:
        assert f"`{name}`" in README


def test_readme_library_examples_run(server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    examples = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})
    assert server.paths


def test_readme_names_every_error():
    for name in claude_model.__all__:
        if name.endswith("Error"):
            assert f"`{name}`" in README


def test_ci_runs_the_test_command_of_the_readme():
    command = next(command for command, _ in commands(README) if "pytest" in command)
    assert command in (ROOT / ".ci" / "run").read_text("utf-8")
    assert command in (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
