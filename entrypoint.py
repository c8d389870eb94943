# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Run the step of the action: inputs come in CLAUDE_MODEL_* variables, outputs go to the runner's files."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # `python -I` leaves it out.

import claude_model
from claude_model import APIError, ClaudeModelError, Client, CredentialError, Model

_FIELDS = (
    "id", "display_name", "created_at", "line", "lifecycle", "deprecated_at", "retires_at", "max_input_tokens",
    "max_tokens",
)  # fmt: skip
_FEDERATION = ("anthropic_federation_rule_id", "anthropic_organization_id")
_AUDIENCE = "https://api.anthropic.com"
_REFUSED_EXCHANGE = (
    "anthropic_federation_rule_id and anthropic_organization_id, and in the Console that the rule expects the audience, "
    "the subject (repository and branch, or environment) and the workspace of this run"
)
_Answers = Sequence[tuple[str, Model, str]]  # Of claude_model._answer: what was asked, the model, the source.


def main(environ: Mapping[str, str]) -> int:
    """Resolve the models that the inputs name; return 0, or 1 after one error annotation."""
    try:
        for secret in _secrets(environ):
            _command("add-mask", secret)
        with claude_model._warnings_to(_annotate):
            answers = _answers(environ)
        _append(environ, "GITHUB_OUTPUT", (f"{name}={value}" for name, value in _outputs(answers).items()))
        if environ.get("GITHUB_STEP_SUMMARY"):  # Older runners have none.
            _append(environ, "GITHUB_STEP_SUMMARY", _summary(answers))
        claude_model._write(_harmless(f"{requested} -> {model.id}") for requested, model, _ in answers)
    except OSError as error:
        _annotate("error", f"the outputs cannot be written: {error.strerror or error}")
        return 1
    except (ClaudeModelError, ValueError) as error:
        _annotate("error", str(error))
        return 1
    return 0


def _given(environ: Mapping[str, str], name: str) -> str:
    """Return an input, trimmed; every input is a string, and '' where it is not given."""
    return environ.get(f"CLAUDE_MODEL_{name.upper()}", "").strip()


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield every credential that the step was given, to be masked in the log."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        yield from filter(None, (environ.get(prefix + name, "").strip() for prefix in ("CLAUDE_MODEL_", "")))
    lines = environ.get("ANTHROPIC_CUSTOM_HEADERS", "")
    for value in re.findall(r"(?im)^[ \t]*(?:x-api-key|authorization)[ \t]*:[ \t]*(\S.*?)\s*$", lines):
        yield value
        yield value.split()[-1]  # Without the scheme of an Authorization header.


def _answers(environ: Mapping[str, str]) -> _Answers:
    """Make the call that the inputs describe; ValueError for an input that is wrong."""
    names = [name.strip() for name in re.split(r"[,\r\n]", _given(environ, "model")) if name.strip()]
    if not names:
        raise ValueError("the input model is empty; name a model, such as sonnet or opus-4.8")
    for name, other in (_FEDERATION, _FEDERATION[::-1]):
        if _given(environ, other) and not _given(environ, name):
            raise ValueError(f"the input {name} is empty; {other} needs it beside itself")
    client = Client(
        api_key=_given(environ, "anthropic_api_key"),
        auth_token=_given(environ, "anthropic_auth_token"),
        base_url=_given(environ, "anthropic_base_url"),
        timeout=claude_model._number("the input timeout", _given(environ, "timeout") or "30", float),
    )
    min_days_left = _given(environ, "min_days_left")
    return claude_model._answer(
        names,
        client,
        _annotate,
        offline=_is_true("offline", _given(environ, "offline")),
        fallback=_given(environ, "fallback") or None,
        upgrade=_is_true("upgrade", _given(environ, "upgrade")),
        min_days_left=claude_model._number("the input min_days_left", min_days_left, int) if min_days_left else None,
        log_in=lambda client, deadline: _log_in(client, deadline, environ),
    )


def _log_in(client: Client, deadline: float, environ: Mapping[str, str]) -> Client:
    """Return a client with a credential: the client as it is or, without one, with the workflow's identity."""
    is_federated = bool(_given(environ, _FEDERATION[0]))
    try:
        _, credential = claude_model._headers(client)
    except CredentialError as error:
        if not error._missing:
            raise
    else:
        if is_federated:
            _annotate(
                "warning",
                f"{credential} is used; the federation rule is not, since a key or token wins over it",
            )
        return client
    if not is_federated:
        remedy = (
            "set the input anthropic_api_key to a secret, such as ${{ secrets.ANTHROPIC_API_KEY }}, or offline to true"
        )
        lack = f"there is no credential to ask the API with; {remedy}"
        raise _missing(environ, lack, "GitHub gives those no secrets, so there is no credential")
    return _exchanged(client, deadline, environ)


def _exchanged(client: Client, deadline: float, environ: Mapping[str, str]) -> Client:
    """Return a client with the access token that Anthropic gives for the identity of this workflow."""
    url = claude_model._base_url(client) + "/v1/oauth/token"
    if not claude_model._is_private(url):
        raise ValueError("the workflow's identity is exchanged over https alone; mend the input anthropic_base_url")
    fields = {
        "federation_rule_id": _given(environ, "anthropic_federation_rule_id"),
        "organization_id": _given(environ, "anthropic_organization_id"),
        "service_account_id": _given(environ, "anthropic_service_account_id"),
        "workspace_id": _given(environ, "anthropic_workspace_id"),
    }
    headers = {
        "anthropic-beta": "oauth-2025-04-20,oidc-federation-2026-04-01",
        "content-type": "application/json",
        **claude_model._OWN_HEADERS,
    }

    def request() -> claude_model._Request:
        # An identity is good for one exchange, so each try takes a new one.
        identity = _identity(client, deadline, environ)
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": identity}
        grant.update((name, value) for name, value in fields.items() if value)
        data = json.dumps(grant).encode("ascii")
        return claude_model._Request(url, headers, (identity,), _REFUSED_EXCHANGE, client, data)

    token = _token("access_token", deadline, request(), renew=request)
    return dataclasses.replace(client, auth_token=token, betas=("oauth-2025-04-20",))


def _identity(client: Client, deadline: float, environ: Mapping[str, str]) -> str:
    """Return a new identity token (a JWT) of this workflow from GitHub."""
    url, token = (environ.get(f"ACTIONS_ID_TOKEN_REQUEST_{name}", "").strip() for name in ("URL", "TOKEN"))
    if not token or not url.startswith(("https://", "http://")) or not claude_model._is_private(url):
        lack = "this workflow has no identity to exchange; add `permissions: id-token: write` to the job"
        raise _missing(environ, lack, "forks get no identity")
    from urllib.parse import quote

    claude_model._check_credential("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token)
    headers = {"authorization": f"Bearer {token}", **claude_model._OWN_HEADERS}
    audience = _given(environ, "anthropic_oidc_audience") or _AUDIENCE
    url = f"{url}&audience={quote(audience, safe='')}"
    check = "`permissions: id-token: write` of the job"
    return _token("value", deadline, claude_model._Request(url, headers, (token,), check, client))


def _token(
    name: str,
    deadline: float,
    request: claude_model._Request,
    renew: Callable[[], claude_model._Request] | None = None,
) -> str:
    """Return the token that answers the request, masked; APIError where none does."""
    try:
        sent = claude_model._send(request, deadline, renew)
    except APIError as error:
        if error.status != 200:
            raise
        sent = None  # It is not JSON, but may hold the token: none of it is shown.
    token = sent.get(name) if isinstance(sent, dict) else None
    if not isinstance(token, str) or not claude_model._is_ascii_token(token):
        host = request.url.split("/")[2]
        raise APIError(f"{host} answered without the {name} that was asked for; try again later", status=200)
    _command("add-mask", token)
    return token


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
    return {
        **outputs,
        "json": json.dumps(model.raw),
        "ids": json.dumps([model.id for _, model, _ in answers]),
    }


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
    # The library speaks of its arguments; here they are inputs.
    text = re.sub(r"\b(?=(api_key|auth_token)\b)", "the input anthropic_", text)
    _command(f"{'error' if level == 'error' else 'warning'} title=claude-model", _harmless(text))


def _command(command: str, data: str) -> None:
    data = data.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    claude_model._write([f"::{command}::{data}"])


def _harmless(text: str) -> str:
    """Return text as one line in which the runner finds no command."""
    return claude_model._one_line(text).replace("##[", "# #[").replace("::", ": :")


def _missing(environ: Mapping[str, str], lack: str, lack_of_a_fork: str) -> CredentialError:
    """Return the error of a missing credential, which in a pull request from a fork has a cause of its own."""
    if _is_from_a_fork(environ):
        remedy = "set the input fallback to a model ID, or offline to true"
        lack = f"this pull request comes from a fork, and {lack_of_a_fork}; {remedy}"
    return CredentialError(lack, _missing=True)


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
