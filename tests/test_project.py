"""What the project promises of itself: one file that runs alone, light to import, and documents that are true."""

import ast
import datetime
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from helpers import KEY, ROOT

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
    names = """APIError CATALOGUE CATALOGUE_DATE ClaudeModelError Client CredentialError MissingCredentialError Model
        ModelNotFoundError ModelRetiredError UnavailableError match resolve"""
    assert set(claude_model.__all__) == set(names.split())
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
    for minor in range(9, 16):
        assert f'"Programming Language :: Python :: 3.{minor}"' in project


def test_changelog_has_the_version():
    assert f"## [{claude_model.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def commands(text):
    """Yield each `$ command` of the README's console blocks with the output under it."""
    for block in re.findall(r"^```console\n(.+?)^```", text, re.MULTILINE | re.DOTALL):
        for found in re.finditer(r"^\$ (.+)\n((?:(?!\$ ).+\n)*)", block, re.MULTILINE):
            yield found[1], found[2]


EXAMPLES = [
    (command, output) for command, output in commands(README) if command.startswith("claude-model")
]


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_readme_command_prints_what_the_readme_says(server, command, output):
    rows = [dict(model.raw, type="model") for model in CATALOGUE]
    server.models = [row for row in rows if row["lifecycle"] != "retired"]
    env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url}
    argv = [str(FILE), *shlex.split(command)[1:]]
    done = python(*argv, env=env)
    assert done.returncode == 0
    # The catalogue moves on; the README's IDs do with its next edit. What must agree is the form.
    assert output
    assert [re.sub("[0-9-]+", "#", line) for line in output.splitlines()] == [
        re.sub("[0-9-]+", "#", line) for line in done.stdout.splitlines()
    ]


def test_readme_names_table_is_what_the_catalogue_answers():
    rows = re.findall(r"^\| (`[^|]+`) \| (`claude-[^`]+`|error) \| (.+) \|$", README, re.MULTILINE)
    assert len(rows) == 6
    for names, answer, why in rows:
        for name in re.findall("`([^`]+)`", names):
            if answer != "error":
                found = claude_model.match(name, CATALOGUE)
                is_version = re.search("[0-9]", name)
                assert found.id == answer.strip("`") if is_version else found.line in answer
            elif "retired" in why:
                with pytest.raises(claude_model.ModelRetiredError) as caught:
                    claude_model.resolve(name, offline=True)
                assert re.search("`(.+)`, which (.+)", why)[1] == caught.value.model.id
                assert re.search("`(.+)`, which (.+)", why)[2] in str(caught.value)
            else:
                with pytest.raises(claude_model.ModelNotFoundError) as caught:
                    claude_model.match(name, CATALOGUE)
                assert caught.value.suggestions[0] == re.search("did you mean `(.+)`", why)[1]


def help_options(capsys):
    """Return the options that --help prints, with their descriptions on one line."""
    claude_model.main(["--help"])
    text = re.sub(r"\n {10,}", " ", capsys.readouterr().out)
    return dict(re.findall(r"^  (--.+?)  +(.+)$", text, re.MULTILINE))


def test_readme_has_the_options_of_the_help_and_those_are_all(capsys):
    shown = help_options(capsys)
    assert shown == dict(re.findall(r"^\| `(--[^`]+)` \| (.+) \|$", README, re.MULTILINE))
    for option in shown:
        flag, *value = option.replace(", -h", "").split()
        assert claude_model.main([flag, *["5"] * len(value), "--version"]) == 0
    known = {f"--{name.rstrip('=')}" for name in claude_model._LONG_OPTIONS.split()}
    assert known == {option.split()[0].rstrip(",") for option in shown}


def test_readme_exit_codes_are_those_of_the_help(capsys):
    claude_model.main(["--help"])
    text = " ".join(capsys.readouterr().out.partition("Exit codes: ")[2].split()).rstrip(".")
    codes = dict(part.split(" ", 1) for part in text.split("; "))
    assert codes == dict(re.findall(r"^\| (\d+) \| (.+?) \|", README, re.MULTILINE))


def test_help_names_every_environment_variable_and_so_does_the_readme(capsys):
    claude_model.main(["--help"])
    text = capsys.readouterr().out
    names = set(re.findall(r"ANTHROPIC_[A-Z_]+", SOURCE)) | {
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
    }
    for name in names:
        assert f"`{name}`" in README
        assert name in text


def test_help_is_printed_without_docstrings_too():
    done = python("-OO", "-m", "claude_model", "--help", cwd=ROOT)
    assert done.stdout.startswith("usage: python -m claude_model ")
    assert "--offline" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="a shebang")
def test_file_can_be_run_by_itself(tmp_path):
    copy = tmp_path / "claude_model.py"
    shutil.copy(FILE, copy)
    copy.chmod(0o755)
    done = subprocess.run([str(copy), "--version"], capture_output=True, text=True, check=False)
    assert done.stdout == f"claude-model {claude_model.__version__}\n"


def test_rows_of_the_catalogue_have_a_value_of_the_right_type_in_every_column():
    for row in claude_model._ROWS:
        assert len(row) == len(claude_model._COLUMNS)
        for value, (name, kind) in zip(row, claude_model._COLUMNS.items()):
            assert value is None or type(value) is kind, name
    assert len(CATALOGUE) == len(claude_model._ROWS) == len({model.id for model in CATALOGUE})
    for model, row in zip(CATALOGUE, claude_model._ROWS):
        assert model.lifecycle in ("active", "deprecated", "retired")
        assert tuple(model.raw.values()) == row
        for name, value in model.raw.items():
            assert value is None or getattr(model, name) == value, (
                f"the value of {name} is not valid"
            )
        for timestamp in (model.created_at, model.deprecated_at, model.retires_at):
            assert timestamp is None or claude_model._parse_time(timestamp)
    datetime.date.fromisoformat(claude_model.CATALOGUE_DATE)


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


DOCUMENTS = [
    "README.md",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_to_headings_and_files_of_the_project_exist(document):
    text = (ROOT / document).read_text("utf-8")
    links = re.findall(
        r"https://github\.com/OWNER/claude-model/blob/main/([\w./-]+)(?:#([\w-]+))?", text
    )
    links += [(document, anchor) for anchor in re.findall(r"\]\(#([\w-]+)\)", text)]
    for path, anchor in links:
        target = (ROOT / path).read_text("utf-8")
        headings = re.findall(r"^#+ (.+)$", target, re.MULTILINE)
        anchors = {
            re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings
        }
        assert not anchor or anchor in anchors, f"{path}#{anchor}"


def test_readme_uses_every_link_that_it_defines_and_defines_those_that_it_uses():
    defined = set(re.findall(r"^\[([\w-]+)\]: ", README, re.MULTILINE))
    assert set(re.findall(r"\]\[([\w-]+)\]", README)) == defined


def test_shell_snippets_of_the_recipes_run(server, tmp_path, monkeypatch):
    if not shutil.which("bash") or not shutil.which("jq") or os.name == "nt":
        pytest.skip("needs bash and jq")
    snippets = re.findall(
        r"^```sh\n(.+?)^```",
        (ROOT / ".github" / "RECIPES.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    check = next(snippet for snippet in snippets if "xargs" in snippet)
    curl = next(snippet for snippet in snippets if "curl" in snippet)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, script in (
        ("claude-model", f'exec "{sys.executable}" "{FILE}" "$@"'),
        ("curl", 'printf "%s " "$@" > asked; cat > body'),
    ):
        (tools / name).write_text(f"#!/bin/bash\n{script}\n", "utf-8")
        (tools / name).chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "ANTHROPIC_BASE_URL": server.url,
        "ANTHROPIC_API_KEY": KEY,
    }

    def bash(script):
        return subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    assert bash("git init -q . && echo 'model: claude-opus-5' > a && git add a").returncode == 0
    assert bash(check).returncode == 0
    assert bash("echo 'model: claude-opus-77' > a").returncode == 0
    assert bash(check).returncode == 123
    assert bash(curl).returncode == 0
    assert f"{server.url}/v1/messages" in (tmp_path / "asked").read_text("utf-8")
    assert json.loads((tmp_path / "body").read_text("utf-8"))["model"] == "claude-sonnet-5"
    (tmp_path / "asked").unlink()
    monkeypatch.setitem(env, "ANTHROPIC_API_KEY", "")
    assert bash(curl).returncode != 0
    assert not (tmp_path / "asked").exists(), "curl was called without a model"
