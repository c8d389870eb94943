"""What the project promises of itself: one file that runs alone, light to import, and documents that are true."""

import ast
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

import claude_model

FILE = ROOT / "claude_model.py"
SOURCE = FILE.read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def python(*argv, **options):
    return subprocess.run([sys.executable, *argv], capture_output=True, text=True, check=False, **options)


def test_file_runs_alone(tmp_path):
    shutil.copy(FILE, tmp_path / "claude_model.py")
    done = python("-I", "claude_model.py", "--offline", "sonnet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "claude-sonnet-5-5\n")
    code = "import claude_model; print(claude_model.match('opus', claude_model.CATALOGUE).id)"
    assert python("-c", code, cwd=tmp_path).stdout == "claude-opus-5-5\n"


def test_file_imports_the_standard_library_only():
    tree = ast.parse(SOURCE)
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    done = python("-I", "-S", "-c", "import sys, " + ", ".join(sorted(names)))
    assert (done.returncode, done.stderr) == (0, "")


def test_file_is_python_3_9():
    ast.parse(SOURCE, feature_version=(3, 9))


def test_import_is_light():
    heavy = "urllib.request http ssl socket argparse email difflib threading typing random ipaddress"
    code = f"import sys, claude_model; print([name for name in {heavy.split()} if name in sys.modules])"
    assert python("-S", "-c", code, cwd=ROOT).stdout == "[]\n"


def test_all_names_what_the_contract_names():
    assert sorted(claude_model.__all__) == sorted(
        ["APIError", "CATALOGUE", "CATALOGUE_DATE", "ClaudeModelError", "Client", "CredentialError", "Model",
         "ModelNotFoundError", "ModelRetiredError", "match", "resolve"]
    )  # fmt: skip
    for name in claude_model.__all__:
        assert getattr(claude_model, name).__doc__


def test_header_tells_licence_use_and_upstream():
    header = SOURCE[: SOURCE.index("from __future__")]
    for part in (
        "SPDX-License-Identifier: MIT",
        "claude_model.resolve(",
        "$ python -m claude_model",
        "https://",
    ):
        assert part in header


def test_changelog_has_the_version():
    assert f"## [{claude_model.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def commands(text):
    """Yield each `$ command` of an indented block of the README with the output under it."""
    for found in re.finditer(r"^    \$ (.+)\n((?:    (?!\$ ).+\n)*)", text, re.MULTILINE):
        yield found[1], re.sub(r"^    ", "", found[2], flags=re.MULTILINE)


OFFLINE = [(command, output) for command, output in commands(README) if "--offline" in command]


def test_readme_starts_with_a_command_and_its_output():
    first = next(commands("\n".join(README.splitlines()[:20]) + "\n"))
    assert first == ("python3 claude_model.py --offline sonnet", "claude-sonnet-5-5\n")


@pytest.mark.parametrize(("command", "output"), OFFLINE)
def test_readme_command_prints_what_the_readme_says(command, output):
    argv = shlex.split(command)
    assert argv[0] == "python3"
    done = python(*argv[1:], cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, output)


def test_readme_has_the_options_of_the_help_and_those_are_all(capsys):
    claude_model.main(["--help"])
    shown = re.findall(r"^  (--.+?)  +(.+)$", capsys.readouterr().out, re.MULTILINE)
    assert shown == re.findall(r"^\| `(--[^`]+)` \| (.+) \|$", README, re.MULTILINE)
    assert {option.split()[0].rstrip(",") for option, _ in shown} == {
        f"--{option.rstrip('=')}" for option in claude_model._OPTIONS
    }


def test_readme_exit_codes_are_the_programs():
    assert dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE)).keys() == {
        "0",
        "1",
        "2",
        "3",
        "130",
    }


def test_readme_names_every_environment_variable():
    for name in set(re.findall(r"ANTHROPIC_[A-Z_]+", SOURCE)):
        assert f"`{name}`" in README


def test_readme_library_example_runs(server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test")
    block = README[README.index("## Library") :]
    example = re.search(r"```python\n(.+?)```", block, re.DOTALL)[1]
    assert len(example.splitlines()) == 4
    exec(compile(example, "README.md", "exec"), {})
    assert server.paths


def test_readme_names_every_error():
    for name in claude_model.__all__:
        if name.endswith("Error"):
            assert f"`{name}`" in README


def test_ci_runs_the_test_command_of_the_readme():
    command = re.search(r"^    \$ (python3 -m venv .+)$", README, re.MULTILINE)[1]
    assert command in (ROOT / ".ci" / "run").read_text("utf-8")
