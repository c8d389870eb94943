"""The scripts of the release and of the catalogue's refresh, with stand-ins for gh and GitHub."""

import os
import re
import subprocess
import textwrap

import pytest
from helpers import ROOT, git, tool

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the scripts run on Linux")
RELEASE, CATALOGUE = (
    (ROOT / ".github" / "workflows" / name).read_text("utf-8")
    for name in ("release.yml", "catalogue.yml")
)


def script_with(workflow, text):
    """Return the script of a workflow that has a text in it."""
    scripts = re.findall(r"(?m)^ +(?:- )?run: \|\n((?: {10}.*\n|\n)+)", workflow + "\n")
    [script] = [script for script in scripts if text in script]
    return textwrap.dedent(script)


class Job:
    """Run scripts in a repository, as a runner does; `calls` are those of gh."""

    def __init__(self, folder):
        self.folder = folder
        self.checkout = folder / "checkout"
        self.checkout.mkdir()
        self.git("init", "-q", "-b", "main")

    @property
    def calls(self):
        path = self.folder / "calls"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.write_text("", "utf-8")
        return lines

    def git(self, *argv):
        return git(self.checkout, *argv)

    def run(self, script, gh="exit 0", **env):
        """Run a script with a stand-in for gh; return its exit code and what it prints."""
        env = {"GH_REPO": "t/r", "GITHUB_REPOSITORY": "t/r", "GITHUB_SHA": "a-commit", **env}
        env["GITHUB_OUTPUT"] = str(self.folder / "output")
        env["PATH"] = tool(self.folder, "gh", f'echo "$*" >> "{self.folder}/calls"\n{gh}')
        command = ["bash", "-e", "-c", script]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, cwd=self.checkout, env=env, check=False, **output)
        return done.returncode, done.stdout


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path)


def test_release_refuses_the_placeholder_and_survives_its_replacement(job):
    placeholder = "OWNE" + "R"  # So that "replace it everywhere" leaves this line alone.
    workflow = job.checkout / "release.yml"
    page = job.checkout / "page.md"
    workflow.write_text(RELEASE, "utf-8")
    page.write_text(f"https://github.com/{placeholder}/claude-model\n", "utf-8")
    job.git("add", "-A")
    code, text = job.run(script_with(RELEASE, "::error::Before the first"))
    assert (code, "page.md:1:" in text, "release.yml" in text) == (1, True, False)

    for path in (workflow, page):
        path.write_text(path.read_text("utf-8").replace(placeholder, "you"), "utf-8")
    script = script_with(workflow.read_text("utf-8"), "::error::Before the first")
    assert job.run(script) == (0, "")


@pytest.mark.parametrize(("tag", "others", "is_version", "is_latest", "is_latest_of_major"), [
    ("v1.10.0", ["v1.9.0", "v1.0.0rc1", "v1"], True, True, True),
    ("v1.9.1", ["v1.10.0", "v1"], True, False, False),
    ("v1.9.1", ["v2.0.0", "v2", "v1"], True, False, True),
    ("v1.3.0rc1", ["v1.2.0", "v1"], False, False, False),
    ("v0.1.0", [], True, True, True),
])  # fmt: skip
def test_release_is_latest_only_if_it_is(job, tag, others, is_version, is_latest, is_latest_of_major):  # fmt: skip
    refs = "".join(f"echo refs/tags/{name}\n" for name in [tag, *others])
    script = script_with(RELEASE, "matching-refs")
    code, text = job.run(script, refs, GITHUB_REF_NAME=tag)
    expected = (
        f"is_version={is_version}\nis_latest={is_latest}\nis_latest_of_major={is_latest_of_major}\n"
    )
    assert (code, text) == (0, expected.lower() + f"major={tag[:2]}\n")
    assert job.run(script, "exit 1", GITHUB_REF_NAME=tag)[0] != 0


@pytest.mark.parametrize("state", ["", "true", "false"])
def test_release_is_a_draft_with_its_files_before_it_is_published(job, state):
    gh = f'[ "$2" != view ] || {{ [ -n "{state}" ] && echo {state}; }}'
    env = {"GITHUB_REF_NAME": "v1.3.0rc1", "IS_VERSION": "false", "IS_LATEST": "false"}
    assert job.run(script_with(RELEASE, "release upload"), gh, **env)[0] == 0
    calls = [
        "release create v1.3.0rc1 --draft --verify-tag --title v1.3.0rc1 --notes-file release/notes.md --prerelease",
        "release upload v1.3.0rc1 --clobber release/claude_model.py release/claude_model.py.sha256",
        "release edit v1.3.0rc1 --draft=false --latest=false",
    ]
    assert job.calls[1:] == {"": calls, "true": calls[1:], "false": []}[state]


def test_major_tag_that_github_refuses_to_move_is_told_with_the_command(job):
    script = script_with(RELEASE, "--method PATCH")
    env = {"GITHUB_REF_NAME": "v1.3.0", "MAJOR": "v1"}
    refused = 'case "$*" in *--method*) exit 1 ;; *) echo old ;; esac'
    code, text = job.run(script, refused, **env)
    assert (code, "git push --force origin a-commit:refs/tags/v1" in text) == (1, True)
    assert len(job.calls) == 3
    assert job.run(script, "echo a-commit", **env) == (0, "")
    assert len(job.calls) == 1
    assert job.run(script, "echo old", **env)[0] == 0
    assert job.calls[1:] == ["api --silent --method PATCH repos/t/r/git/refs/tags/v1 -f sha=a-commit -F force=true"]  # fmt: skip


def test_artifacts_may_be_uploaded_again():
    for workflow in (RELEASE, CATALOGUE):
        assert workflow.count("actions/upload-artifact@") == workflow.count("overwrite: true")


def refresh(job, content, number=""):
    """Run the job that proposes a refreshed file, which an artifact brings without its mode."""
    path = job.checkout / "refreshed" / "claude_model.py"
    path.parent.mkdir()
    path.write_text(content, "utf-8")
    path.with_name("report.txt").write_text("new: claude-x\n", "utf-8")
    code, text = job.run(script_with(CATALOGUE, "gh pr create"), f'[ "$2" != list ] || echo {number}')  # fmt: skip
    assert code == 0, text
    job.git("switch", "-q", "main")
    return [call for call in job.calls if not re.match("auth|pr list", call)]


def test_refresh_proposes_a_new_catalogue_with_the_mode_of_the_file(job):
    script = job.checkout / "claude_model.py"
    script.write_text("old\n", "utf-8")
    script.chmod(0o755)
    job.git("add", "-A")
    job.git("commit", "-q", "-m", "x")
    job.git("init", "-q", "--bare", str(job.folder / "remote"))
    job.git("remote", "add", "origin", str(job.folder / "remote"))

    assert refresh(job, "old\n") == []
    assert refresh(job, "old\n", number="7")[0].startswith("pr close 7 --delete-branch")
    assert refresh(job, "new\n")[0].startswith("pr create --head catalogue")
    assert job.git("ls-tree", "catalogue", "claude_model.py").startswith("100755 ")
    assert job.git("diff", "--stat", "main", "catalogue").count("\n") == 2
    job.git("branch", "-D", "catalogue")
    assert refresh(job, "newer\n", number="7") == [
        "api --silent --method PATCH repos/t/r/pulls/7 -F body=@../body.md"
    ]
    assert "new: claude-x" in (job.folder / "body.md").read_text("utf-8")
