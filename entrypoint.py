# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Run the step of the action: inputs come in CLAUDE_MODEL_* variables, outputs go to files."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Union

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # `python -I` leaves it out.

import claude_model
from claude_model import Client, MissingCredentialError, Model, UnavailableError

Environ = Mapping[str, str]
Answers = Sequence[tuple[str, Model, str]]  # What was requested, the model, and its source.

_TEXTS = ("id", "display_name", "created_at", "line", "lifecycle", "deprecated_at", "retires_at")
_MAX_ANNOTATION = 4_000  # Characters. The runner cuts an annotation at 4,096.
_HEADING = "## Claude model\n"
_RULE = "anthropic_federation_rule_id"
_ORGANIZATION = "anthropic_organization_id"
_RULE_ADVICE = (  # Behind "check", if a login or its token is refused.
    f"{_RULE} and {_ORGANIZATION}, and in the Console that the rule allows the audience, subject "
    "(repository and branch, or environment) and workspace of this run"
)
_NO_KEY = "anthropic_api_key is empty (does this repository define the secret?)"
_NO_IDENTITY = "GitHub gives this job no identity (add `permissions: id-token: write` to the job)"
_ADVICE: dict[type, str] = {
    MissingCredentialError: "forks and Dependabot get no secrets and no identity; to run without "
    "a credential, set `offline: true` or `fallback`",
    claude_model.ModelRetiredError: "use {0.successor.id}, or set `upgrade: true`",
}


def main(environ: Environ) -> int:
    """Resolve the models that the inputs name; return 0, or 1 after one error annotation."""
    try:
        _mask(_secrets(environ))
        answers, errors = _resolve(environ)
        if errors:
            return _fail(environ, " | ".join(map(_message, errors)))

        _append(environ, "GITHUB_OUTPUT", _outputs(answers))
        _append(environ, "GITHUB_STEP_SUMMARY", _summary(answers))
        for requested, model, _ in answers:
            print(_harmless(f"{requested} -> {model.id}"), flush=True)
        return 0
    except (claude_model.ClaudeModelError, ValueError) as error:
        return _fail(environ, _message(error))


def _fail(environ: Environ, message: str) -> int:
    _annotate("error", message)
    try:
        _append(environ, "GITHUB_STEP_SUMMARY", [_HEADING, f"Error: {_code(message)}", ""])
    except ValueError as error:
        print(_harmless(str(error)), flush=True)
    return 1


def _message(error: Exception) -> str:
    """Return the message of an error, in which arguments of the library are inputs."""
    text = claude_model._explain(error, _ADVICE)
    return re.sub(r"\b(api_key|auth_token|base_url)\b", r"anthropic_\1", text)


def _input(environ: Environ, name: str) -> str:
    """Return an input without surrounding whitespace, "" if it is not set."""
    return claude_model._trim(environ.get(f"CLAUDE_MODEL_{name.upper()}"))


def _is_true(environ: Environ, name: str) -> bool:
    # An expression hands over strings, and to the runner every one but the empty one is true.
    text = _input(environ, name)
    if text not in ("true", "false", ""):
        raise ValueError(f"{name} must be true or false, not {text!r}")
    return text == "true"


def _number(text: str, kind: type) -> Any:
    """Return the number in a text, or the text itself, for the library to reject."""
    try:
        return kind(text)
    except ValueError:
        return text


def _secrets(environ: Environ) -> Iterator[str]:
    """Yield every credential that the step has, to be masked in the log."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        yield _input(environ, name)
        yield claude_model._trim(environ.get(name))
    # Not by the parser of headers, which rejects a malformed line: its value is masked too.
    for line in environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n"):
        yield claude_model._trim(line.partition(":")[2])


def _resolve(environ: Environ) -> tuple[Answers, list[claude_model.ClaudeModelError]]:
    """Resolve the models of the inputs; raise ValueError for an invalid input."""
    names = re.split("[,\n]", _input(environ, "model"))
    names = [name for name in names if name.strip()]
    if not names:
        raise ValueError("model is empty; set it to a model, such as sonnet or opus-4.8")
    for name, other in ((_RULE, _ORGANIZATION), (_ORGANIZATION, _RULE)):
        if _input(environ, other) and not _input(environ, name):
            raise ValueError(f"{name} is empty; it is required with {other}")

    is_offline = _is_true(environ, "offline")
    client = Client(
        api_key=_input(environ, "anthropic_api_key"),
        auth_token=_input(environ, "anthropic_auth_token"),
        base_url=_input(environ, "anthropic_base_url"),
        timeout=_number(_input(environ, "timeout") or str(Client.timeout), float),
    )
    deadline = claude_model._Deadline(client.timeout)

    def make_source() -> Union[claude_model._API, claude_model._Catalogue]:
        if is_offline:
            return claude_model._Catalogue(_report)
        return _make_api(environ, client, deadline)

    days = _input(environ, "min_days_left")
    min_days_left = _number(days, int) if days else None
    upgrade = _is_true(environ, "upgrade")
    resolver = claude_model._Resolver(make_source, _report, upgrade, min_days_left)
    return resolver.resolve_all(names, _input(environ, "fallback") or None)


def _make_api(
    environ: Environ, client: Client, deadline: claude_model._Deadline
) -> claude_model._API:
    """Return the API as a source: with the key or token or, without one, by keyless login."""
    try:
        return claude_model._API(client, _report, deadline)
    except MissingCredentialError:
        if not _input(environ, _RULE):
            raise MissingCredentialError(_NO_KEY) from None
    token = _log_in(environ, client, deadline)
    client = replace(client, auth_token=token, betas=("oauth-2025-04-20",))
    api = claude_model._API(client, _report, deadline)
    api.server.credential = _RULE_ADVICE
    return api


def _log_in(environ: Environ, client: Client, deadline: claude_model._Deadline) -> str:
    """Return the access token that Anthropic gives for the identity of this workflow."""
    github = _identity_server(environ, client, deadline)
    audience = _quote(_input(environ, "anthropic_oidc_audience") or "https://api.anthropic.com")
    fields = (_RULE, _ORGANIZATION, "anthropic_service_account_id", "anthropic_workspace_id")
    grant = {field[len("anthropic_") :]: _input(environ, field) for field in fields}
    grant["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    def new_body() -> bytes:
        # An identity is good for one exchange, so each try takes a new one.
        identity = _token(github, github.send(f"&audience={audience}"), "value")
        server.secrets.append(identity)
        sent = {name: value for name, value in {**grant, "assertion": identity}.items() if value}
        return json.dumps(sent).encode("ascii")

    url, setting = claude_model._find_base_url(client.base_url)
    headers = {
        "anthropic-beta": "oauth-2025-04-20,oidc-federation-2026-04-01",
        "content-type": "application/json",
    }
    server = claude_model._Server(
        url, setting, headers, _RULE_ADVICE, _report, deadline, client.max_retries, new_body
    )
    _prepare_login(server)
    response = server.send("/v1/oauth/token")
    token = _token(server, response, "access_token")
    if str(response.value.get("token_type")).lower() != "bearer":  # RFC 6749, section 7.1.
        raise UnavailableError(f"unexpected response from {server.peer}: not a Bearer token")
    return token


def _identity_server(
    environ: Environ, client: Client, deadline: claude_model._Deadline
) -> claude_model._Server:
    """Return the server that gives this job its identity; raise MissingCredentialError for none."""
    setting = "ACTIONS_ID_TOKEN_REQUEST_URL"
    url = environ.get(setting, "").strip()
    token = environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "").strip()
    if not re.fullmatch("https?://[!-~]+", url) or not re.fullmatch("[!-~]+", token):
        raise MissingCredentialError(_NO_IDENTITY)

    headers = {"authorization": f"Bearer {token}"}
    permission = "that the job has `permissions: id-token: write`"
    server = claude_model._Server(
        url, setting, headers, permission, _report, deadline, client.max_retries
    )
    _prepare_login(server)
    return server


def _prepare_login(server: claude_model._Server) -> None:
    if not server.is_private:
        raise ValueError(f"keyless login requires https, but {server.peer} is asked over http")
    server.shows_text = False  # It may be a token.


def _token(server: claude_model._Server, response: Any, name: str) -> str:
    """Return the token that a response has under a name, masked.

    A success may hold it, whatever else is wrong with it: no error shows it.
    """
    if response.status >= 300:
        raise server.error(response)
    token = response.value.get(name) if isinstance(response.value, dict) else None
    if not isinstance(token, str) or not re.fullmatch("[!-~]+", token):
        raise UnavailableError(f"unexpected response from {server.peer}: no {name}")
    _mask([token])
    return token


def _quote(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _outputs(answers: Answers) -> Iterator[str]:
    """Yield the outputs, each on one line: the fields of the first model, and the IDs of all."""
    requested, model, source = answers[0]
    for name in (*_TEXTS, "max_input_tokens", "max_tokens"):
        value = getattr(model, name)
        yield f"{name}={'' if value is None else value}"
    yield f"requested={requested}"
    yield f"source={source}"
    yield f"json={json.dumps(model.raw)}"
    yield f"ids={json.dumps([model.id for _, model, _ in answers])}"


def _summary(answers: Answers) -> Iterator[str]:
    """Yield the lines of a heading and a Markdown table."""
    yield _HEADING
    yield "| Requested | ID | Name | Line | Lifecycle | Retires | Source |"
    yield "|---|---|---|---|---|---|---|"
    for requested, model, source in answers:
        retires = (model.retires_at or "")[:10]
        texts = (requested, model.id, model.display_name, model.line, model.lifecycle, retires)
        yield f"| {' | '.join(_code(text) if text else '' for text in texts)} | {source} |"
    yield ""


def _code(text: str) -> str:
    """Return text as a code span, in which Markdown and the table have no other meaning."""
    text = claude_model._one_line(text).replace("`", "'").replace("|", "\u00a6")
    return f"`{text}`"


def _append(environ: Environ, variable: str, lines: Iterable[str]) -> None:
    """Append lines to a file of the runner; raise ValueError, which names it, if that fails."""
    path = environ.get(variable)
    if not path and variable == "GITHUB_STEP_SUMMARY":
        return  # Older runners have none.
    if not path:
        raise ValueError(f"{variable} is not set: update the runner")
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as file:  # It ends lines at LF.
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise ValueError(f"{variable} ({path}) could not be written: {error.strerror}") from None


def _report(level: str, message: str) -> None:
    _annotate({"note": "notice"}.get(level, level), message)


def _annotate(level: str, message: str) -> None:
    message = _harmless(message)
    if len(message) > _MAX_ANNOTATION:
        message = message[: _MAX_ANNOTATION - 3] + "..."
    _workflow_command(f"{level} title=claude-model", message)


def _mask(secrets: Iterable[str]) -> None:
    for secret in claude_model._parts_of_secrets(secrets):
        _workflow_command("add-mask", secret)


def _workflow_command(command: str, data: str) -> None:
    data = data.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{command}::{data}", flush=True)


def _harmless(text: str) -> str:
    """Return text as one line in which the runner finds no command."""
    return claude_model._one_line(text).replace("##[", "# #[").replace("::", ": :")


if __name__ == "__main__":
    raise SystemExit(main(os.environ))
