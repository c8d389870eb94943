# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Run the step of the action: inputs come in CLAUDE_MODEL_* variables, outputs go to the runner's files."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # `python -I` leaves it out.

import claude_model
from claude_model import ClaudeModelError, Client, CredentialError, Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIELDS = (
    "id", "display_name", "created_at", "line", "lifecycle", "deprecated_at", "retires_at", "max_input_tokens",
    "max_tokens",
)  # fmt: skip
_Answers = Sequence[tuple[str, Model, str]]  # Of claude_model._answer: what was asked, the model, the source.


def main(environ: Mapping[str, str]) -> int:
    """Resolve the models that the inputs name; return 0, or 1 after one error annotation."""

    def given(name: str) -> str:
        return environ.get(f"CLAUDE_MODEL_{name.upper()}", "").strip()

    try:
        for secret in _secrets(environ):
            _command("add-mask", secret)
        with claude_model._warnings_to(_annotate):
            answers = _answers(given)
        _append(environ, "GITHUB_OUTPUT", (f"{name}={value}" for name, value in _outputs(answers).items()))
        if environ.get("GITHUB_STEP_SUMMARY"):  # Older runners have none.
            _append(environ, "GITHUB_STEP_SUMMARY", _summary(answers))
        claude_model._write(_harmless(f"{requested} -> {model.id}") for requested, model, _ in answers)
    except OSError as error:
        _annotate("error", f"the outputs cannot be written: {error.strerror or error}")
        return 1
    except (ClaudeModelError, ValueError) as error:
        _annotate("error", _remedied(error, environ))
        return 1
    return 0


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield every credential that the step was given, to be masked in the log."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        yield from filter(None, (environ.get(prefix + name, "").strip() for prefix in ("CLAUDE_MODEL_", "")))
    lines = environ.get("ANTHROPIC_CUSTOM_HEADERS", "")
    for value in re.findall(r"(?im)^[ \t]*(?:x-api-key|authorization)[ \t]*:[ \t]*(\S.*?)\s*$", lines):
        yield value
        yield value.split()[-1]  # Without the scheme of an Authorization header.


def _answers(given: Callable[[str], str]) -> _Answers:
    """Make the call that the inputs describe; ValueError for an input that is wrong."""
    names = [name.strip() for name in re.split(r"[,\r\n]", given("model")) if name.strip()]
    if not names:
        raise ValueError("the input model is empty; name a model, such as sonnet or opus-4.8")
    client = Client(
        api_key=given("anthropic_api_key"),
        auth_token=given("anthropic_auth_token"),
        base_url=given("anthropic_base_url"),
        timeout=_number("timeout", given("timeout") or "30", float),
    )
    min_days_left = given("min_days_left")
    return claude_model._answer(
        names,
        client,
        _annotate,
        offline=_is_true("offline", given("offline")),
        fallback=given("fallback") or None,
        upgrade=_is_true("upgrade", given("upgrade")),
        min_days_left=_number("min_days_left", min_days_left, int) if min_days_left else None,
    )


def _number(name: str, text: str, kind: Callable[[str], float]) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"the input {name} must be a number, not {text!r}") from None


def _is_true(name: str, text: str) -> bool:
    # An expression hands over strings, and to the runner every one but the empty one is true.
    if text not in ("true", "false", ""):
        raise ValueError(f"the input {name} must be true or false, not {text!r}")
    return text == "true"


def _outputs(answers: _Answers) -> dict[str, str]:
    """Return the outputs, each of one line: the fields of the first model, and the IDs of all."""
    requested, model, source = answers[0]
    fields = {name: getattr(model, name) for name in _FIELDS}
    fields.update(requested=requested, source=source)
    outputs = {name: "" if value is None else claude_model._shown(str(value)) for name, value in fields.items()}
    return {**outputs, "json": json.dumps(model.raw), "ids": json.dumps([model.id for _, model, _ in answers])}


def _summary(answers: _Answers) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| Requested | ID | Name | Line | Lifecycle | Retires | Source |"
    yield "|---|---|---|---|---|---|---|"
    for requested, model, source in answers:
        retires = claude_model._day(model.retires_at)
        cells = (requested, model.id, model.display_name, model.line, model.lifecycle, retires, source)
        yield f"| {' | '.join(_cell(cell or '') for cell in cells)} |"
    yield ""


def _cell(text: str) -> str:
    """Return text as a table cell that is only that: what could mean more stands in a code span."""
    text = claude_model._shown(text)
    if re.fullmatch(r"[A-Za-z0-9 -]*(\.[0-9]+)*", text):
        return text
    return "`" + text.replace("`", "'").replace("|", "\u00a6") + "`"


def _append(environ: Mapping[str, str], variable: str, lines: Iterable[str]) -> None:
    path = environ.get(variable)
    if not path:
        raise ValueError(f"{variable} is not set: this runs as a step of a workflow; elsewhere, use claude_model.py")
    with open(path, "a", encoding="utf-8", newline="\n") as file:  # The runner ends a line at LF alone.
        file.writelines(f"{line}\n" for line in lines)


def _annotate(level: str, text: str) -> None:
    _command(f"{'error' if level == 'error' else 'warning'} title=claude-model", _harmless(text))


def _command(command: str, data: str) -> None:
    data = data.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    claude_model._write([f"::{command}::{data}"])


def _harmless(text: str) -> str:
    """Return text as one line in which the runner finds no command."""
    return claude_model._one_line(text).replace("##[", "# #[").replace("::", ": :")


def _remedied(error: Exception, environ: Mapping[str, str]) -> str:
    """Return the text of an error in the words of a workflow: inputs in place of arguments."""
    if isinstance(error, CredentialError) and error._missing and _is_from_a_fork(environ):
        return (
            "this pull request comes from a fork, and GitHub gives those no secrets, so there is no credential; "
            "set the input fallback to a model ID, or offline to true"
        )
    if isinstance(error, CredentialError) and error._missing:
        return (
            "there is no credential to ask the API with; set the input anthropic_api_key to a secret, "
            "such as ${{ secrets.ANTHROPIC_API_KEY }}, or offline to true"
        )
    return re.sub(r"\b(?=(api_key|auth_token)\b)", "the input anthropic_", str(error))


def _is_from_a_fork(environ: Mapping[str, str]) -> bool:
    if environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        return False  # That one has the secrets.
    try:
        with open(environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
            pull_request = json.load(file)["pull_request"]
        return bool(pull_request["head"]["repo"]["full_name"] != pull_request["base"]["repo"]["full_name"])
    except (KeyError, TypeError, OSError, ValueError):
        return False


if __name__ == "__main__":
    raise SystemExit(main(os.environ))
