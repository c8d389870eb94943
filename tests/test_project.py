"""What the project promises of itself: a file that runs alone, and documents that are true."""

import ast
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from helpers import KEY, ROOT, copy_with_catalogue, tool
from rows import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, SONNET_5, in_days, row
from steps import ACTION

import claude_model
from claude_model import ClaudeModelError, Model


def read(name):
    return (ROOT / name).read_text("utf-8")


FILE = read("claude_model.py")
README = read("README.md")
RECIPES = read(".github/RECIPES.md")
POSIX = pytest.mark.skipif(os.name == "nt" or not shutil.which("jq"), reason="needs bash and jq")
# The models of the README's examples, whatever the catalogue of the file becomes.
ROWS = (
    row("claude-haiku-5-5", "Claude Haiku 5.5", "haiku"),
    row("claude-sonnet-5-5", "Claude Sonnet 5.5", "sonnet"),
    row("claude-opus-5-5", "Claude Opus 5.5", "opus"),
    *(OPUS_5, SONNET_5, OPUS_48, HAIKU_45),
)


@pytest.fixture
def folder(tmp_path, server):
    """Return a folder with a copy of the file, where the catalogue and the API have these models."""
    copy_with_catalogue(tmp_path, *ROWS, SONNET_4)
    server.models = list(ROWS)
    return tmp_path


def run(argv, folder, **env):
    """Run a command; return its exit code and what a terminal shows."""
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    env = {**os.environ, **env}
    done = subprocess.run(argv, cwd=folder, env=env, text=True, check=False, **output)
    return done.returncode, done.stdout


def commands(document):
    """Yield each `$ command` of the console blocks with the output under it."""
    for block in re.findall(r"(?ms)^```console\n(.+?)^```", document):
        yield from re.findall(r"(?m)^\$ (.+)\n((?:(?!\$ ).+\n)*)", block)


def table(document, heading):
    """Return the rows of the tables under a header row: the first cell without code marks, and the others."""
    rows = []
    for body in re.findall(rf"(?m)^\| {heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", document):
        rows += [re.split(r" \| ", line.strip("| ")) for line in body.splitlines()]
    return {first.strip("`"): rest for first, *rest in rows}


def test_file_needs_python_3_9_and_the_standard_library_only():
    nodes = list(ast.walk(ast.parse(FILE, feature_version=(3, 9))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert run([sys.executable, "-I", "-S", "-c", f"import {', '.join(names)}"], ROOT) == (0, "")
    project = read("pyproject.toml")
    assert 'requires-python = ">=3.9"\ndependencies = []\n' in project
    assert '[project.scripts]\nclaude-model = "claude_model:main"\n' in project


def test_import_is_light():
    heavy = "urllib.request, http, ssl, socket, argparse, email, difflib, threading, json"
    code = f"import sys, claude_model; print({{*sys.modules}} & {{*'{heavy}'.split(', ')}})"
    assert run([sys.executable, "-S", "-c", code], ROOT) == (0, "set()\n")


def test_public_names_are_those_of_the_contract_and_have_docstrings():
    names = """APIError CATALOGUE CATALOGUE_DATE ClaudeModelError Client CredentialError MissingCredentialError Model
        ModelNotFoundError ModelRetiredError UnavailableError match resolve"""
    assert set(claude_model.__all__) == set(names.split())
    assert all(getattr(claude_model, name).__doc__ for name in claude_model.__all__)


def test_file_says_its_license_and_where_it_is_from():
    header = FILE[: FILE.index("from __future__")]
    for part in (
        "SPDX-License-Identifier: MIT", "https://", "claude_model.resolve(", "$ python -m",
    ):  # fmt: skip
        assert part in header


def test_version_is_that_of_the_changelog_and_the_pins():
    version = claude_model.__version__
    changelog = read("CHANGELOG.md")
    assert re.findall(r"(?m)^## \[(.+?)\]", changelog)[:2] == ["Unreleased", version]
    assert f"/compare/v{version}...HEAD\n" in changelog
    assert f"claude-model@<commit> # v{version}`" in README
    assert set(re.findall(r"claude-model==([\d.]+)", RECIPES)) == {version}


def test_console_blocks_of_the_readme_show_what_is_printed(server, folder):
    env = {"ANTHROPIC_BASE_URL": server.url}
    checked = 0
    for command, output in commands(README):
        if command.startswith("export "):
            env["ANTHROPIC_API_KEY"] = KEY
        elif command.startswith("python3 -m claude_model"):
            argv = [sys.executable, *command.split()[1:]]
            shown = re.sub(r"catalogue of [\d-]+", f"catalogue of {in_days(0)[:10]}", output)
            assert run(argv, folder, **env) == (0, shown)
            checked += 1
    assert checked == 2


def test_names_of_the_readme_mean_what_it_says(server, folder):
    names = table(README, "You write")
    assert len(names) == 6
    server.retired = [SONNET_4]
    env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEY}
    for texts, (answer, why) in names.items():
        asked = texts.split("`, `")
        code, printed = run([sys.executable, "claude_model.py", *asked], folder, **env)
        if answer != "error":
            assert (code, printed) == (0, f"{answer.strip('`')}\n" * len(asked))
            continue
        assert (code, printed.count("error: ")) == (1, len(asked))
        for part in re.findall("claude-[a-z0-9-]+|retired on [0-9-]+|unknown|did you mean", why):
            assert printed.count(part) >= len(asked)


def test_options_and_exit_codes_of_the_readme_are_those_of_the_help(capsys):
    assert claude_model.main(["--help"]) == 0
    text = capsys.readouterr().out
    options = dict(re.findall(r"(?m)^  (--.+?)  +(.+)$", text))
    assert options == {option: rest[0] for option, rest in table(README, "Option").items()}
    sentence = " ".join(text.split())
    codes = table(README, "Exit code")
    assert list(codes) == ["0", "1", "2", "3", "130"]
    for code, [meaning] in codes.items():
        assert re.search(rf"\b{code} (for|for an?|if|after) {meaning}\b", sentence)


@pytest.mark.parametrize("kind", ["input", "output"])
def test_inputs_and_outputs_of_the_documents_are_those_of_the_action(kind):
    section = re.search(rf"(?ms)^{kind}s:\n(.+?)^\S", ACTION)[1]
    found = re.findall(r'(?m)^  (\w+):\n    description: "?(.+?)"?\n', section)
    described = {name: text.partition(" Default:")[0] for name, text in found}
    documents = {**table(README, kind.title()), **table(RECIPES, kind.title())}
    assert {name: rest[-1] for name, rest in documents.items()} == described
    defaults = dict(re.findall(r'(?m)^  (\w+):\n    description: "?.+ Default: (.+)\."\n', section))
    defaults.update(re.findall(r'(?m)^  (\w+):\n    description: .+\n    default: "(.+)"', section))
    for name, rest in documents.items():
        if kind == "input" and rest[0] not in ("required", "none"):
            assert rest[0].strip("`") == defaults[name]


def test_recipes_name_the_variables_that_are_read():
    variables = set(re.findall(r"ANTHROPIC_[A-Z_]+[A-Z]", FILE)) | {"SSL_CERT_FILE", "NO_PROXY"}
    shown = " ".join(table(RECIPES, "Environment variable"))
    assert all(variable in shown for variable in variables)


PYTHON = {
    "found": ({}, "claude-sonnet-5-5 2099-01-01T00:00:00Z 64000\n"),
    "retiring": ({"retires_at": in_days(3)}, "use another model: claude-sonnet-5\n"),
    "no key": (None, "claude-sonnet-5-5\n"),
    "down": ({"status": 501}, "try again later: 127.0.0.1"),
}


@pytest.mark.parametrize(("change", "printed"), PYTHON.values(), ids=PYTHON)
def test_python_example_runs(server, folder, change, printed):
    sonnet = {**ROWS[1], "retires_at": "2099-01-01T00:00:00Z", "max_tokens": 64000}
    server.models[1] = {**sonnet, **(change or {})}
    if change and "status" in change:
        server.answer(501, times=2)
    [example] = re.findall(r"(?s)```python\n(.+?)```", README)
    key = "" if change is None else KEY
    code, text = run([sys.executable, "-c", example], folder, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY=key)  # fmt: skip
    assert (code, text[: len(printed)]) == (0, printed)


def test_readme_names_every_field_and_error():
    names = [field.name for field in dataclasses.fields(Model)]
    names += [name for name in claude_model.__all__ if name.endswith("Error")]
    section = README[README.index("## Python") : README.index("## Questions")]
    assert [name for name in names if not re.search(rf"\b{name}\b", section)] == []
    assert issubclass(claude_model.UnavailableError, ClaudeModelError)


def test_test_command_of_the_readme_is_what_ci_runs():
    [command] = [command for command, _ in commands(README) if "pytest" in command]
    assert f"| `{command}` |" in read(".github/CONTRIBUTING.md")
    lines = [line.strip() for line in read(".ci/run").splitlines()]
    start = lines.index(command.split(" && ")[0])
    assert lines[start : start + 3] == command.split(" && ")


@pytest.mark.skipif(os.name == "nt", reason="a bash script")
def test_ci_stops_where_a_package_cannot_be_installed(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    python = f'#!{shutil.which("bash")}\necho "$@" >> "{tmp_path}/calls"\n'
    python += 'case "$*" in *"-m pip install"*) echo "No matching distribution"; exit 1 ;; esac\n'
    python += 'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    (tmp_path / "python3").write_text(python, "utf-8")
    (tmp_path / "python3").chmod(0o755)
    for part in ("test", "coverage", "package", "lint"):
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        code, text = run(["bash", ".ci/run", part], tmp_path, PATH=path)
        assert (code, text) == (1, "No matching distribution\n")
    assert "pytest" not in (tmp_path / "calls").read_text("utf-8")


DOCUMENTS = ["README.md", "CHANGELOG.md", *sorted(f".github/{path.name}" for path in ROOT.glob(".github/*.md"))]  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_to_files_and_headings_of_the_project_work(document):
    text = read(document)
    for path, anchor in re.findall(r"OWNER/claude-model/blob/main/([\w./-]+)(?:#([\w-]+))?", text):
        headings = re.findall(r"(?m)^#+ (.+)$", read(path))
        anchors = [re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings]
        assert not anchor or anchor in anchors
    prose = re.sub(r"(?ms)^```.+?^```", "", text)
    used = re.findall(r"(?m)(?:\]|^## )\[([\w.-]+)\]", prose)
    assert set(used) == set(re.findall(r"(?m)^\[([\w.-]+)\]: ", prose))


def test_actions_are_pinned_in_the_documents_as_in_the_workflows():
    def pins(text):
        return set(re.findall(r"uses: (actions/.+@.+)", text))

    workflows = "".join(path.read_text("utf-8") for path in ROOT.glob(".github/workflows/*.yml"))
    assert pins(README + RECIPES)
    assert pins(README + RECIPES) <= pins(workflows)


def snippets():
    return {re.search("curl|cp", text)[0]: text for text in re.findall(r"(?s)```sh\n(.+?)```", RECIPES)}  # fmt: skip


@POSIX
@pytest.mark.parametrize("key", [KEY, ""])
def test_curl_recipe_asks_with_the_model_or_not_at_all(server, folder, key):
    tool(folder, "claude-model", f'exec "{sys.executable}" "{folder}/claude_model.py" "$@"')
    path = tool(folder, "curl", 'printf "%s " "$@" > asked; cat > body')
    env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": key, "PATH": path}
    code, _ = run(["bash", "-c", snippets()["curl"]], folder, **env)
    assert (code == 0) == (folder / "asked").exists() == bool(key)
    if key:
        assert f"{server.url}/v1/messages" in (folder / "asked").read_text("utf-8")
        body = json.loads((folder / "body").read_text("utf-8"))
        assert body["model"] == "claude-sonnet-5-5"


@POSIX
@pytest.mark.parametrize("is_genuine", [True, False])
def test_vendored_file_is_replaced_only_after_its_verification(tmp_path, is_genuine):
    gh = """case "$1 $2 $3" in
      "release view --repo") echo v9.9.9 ;;
      "release download v9.9.9") [ "$8" != . ] && echo new > "$9/claude_model.py" ;;
      "release verify-asset v9.9.9") grep -qx new "$4" && exit "$CODE" ;;
      *) exit 9 ;;
    esac"""
    path = tool(tmp_path, "gh", gh)
    (tmp_path / "claude_model.py").write_text("old\n", "utf-8")
    code, _ = run(["bash", "-c", snippets()["cp"]], tmp_path, PATH=path, CODE=str(int(not is_genuine)))  # fmt: skip
    assert (code == 0) == is_genuine
    assert (tmp_path / "claude_model.py").read_text("utf-8") == ("new\n" if is_genuine else "old\n")
