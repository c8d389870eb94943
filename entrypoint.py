# SPDX-FileCopyrightText: 2026 The claude_model authors
# SPDX-License-Identifier: MIT
"""Run the step of the action: inputs come in CLAUDE_MODEL_* variables, outputs go to files."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # `python -I` leaves it out.

import claude_model
from claude_model import ClaudeModelError, Client, CredentialError, MissingCredentialError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OUTPUT_FIELDS = (
    "id",
    "display_name",
    "created_at",
    "line",
    "lifecycle",
    "deprecated_at",
    "retires_at",
    "max_input_tokens",
    "max_tokens",
)
_MIN_MASK_LENGTH = 8  # Characters: masking a short dummy would turn the log into asterisks.
_MAX_ANNOTATION = 4_000  # Characters. The runner cuts an annotation at 4,096.
_FEDERATION = ("anthropic_federation_rule_id", "anthropic_organization_id")
_AUDIENCE = "https://api.anthropic.com"
_CHECK_RULE = (
    "check anthropic_federation_rule_id and anthropic_organization_id, and in the Console that the "
    "rule allows the audience, subject (repository and branch, or environment) and workspace of "
    "this run"
)
_PERMISSION = "add `permissions: id-token: write` to the job"
_HEADING = "## Claude model\n"


class _Step(claude_model._EntryPoint):
    """The step of a workflow: its options are inputs, and its warnings are annotations."""

    no_credential = "no credential (forks and Dependabot get no secrets)"

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def option(self, name: str) -> str:
        is_prefixed = name in ("api_key", "auth_token", "base_url")
        return f"anthropic_{name}" if is_prefixed else name

    def enable(self, name: str) -> str:
        return f"set `{name}: true`"

    def go_offline(self) -> str:
        return self.enable("offline")

    def missing_credential(self) -> MissingCredentialError:
        return self.missing(
            "anthropic_api_key is empty: does this repository define the secret? "
            "Forks and Dependabot get no secrets"
        )

    def missing(self, reason: str) -> MissingCredentialError:
        """Return the error of a missing credential, which a fork explains."""
        if _is_from_a_fork(self._environ):
            reason = "this pull request comes from a fork, and forks get no secrets and no identity"
        advice = "to run without a credential, set `offline: true` or `fallback`"
        return MissingCredentialError(reason, advice)

    def warn(self, message: str) -> None:
        _annotate("warning", message)

    def note(self, message: str) -> None:
        _annotate("notice", message)

    def progress(self, message: str) -> None:
        print(_harmless(message), flush=True)


class _KeylessStep(_Step):
    """The step after keyless login, whose token no input holds."""

    def option(self, name: str) -> str:
        return "the federation rule" if name == "auth_token" else super().option(name)


def main(environ: Mapping[str, str]) -> int:
    """Resolve the models that the inputs name; return 0, or 1 after one error annotation."""
    try:
        for secret in _secrets(environ):
            _mask(secret)
        answers, errors = _resolve_inputs(environ)
        if errors:
            return _fail(environ, " | ".join(str(error) for error in errors))

        outputs = _outputs(answers)
        _append(environ, "GITHUB_OUTPUT", (f"{name}={value}" for name, value in outputs.items()))
        _append(environ, "GITHUB_STEP_SUMMARY", _summary(answers))
        for answer in answers:
            print(_harmless(f"{answer.requested} -> {answer.model.id}"), flush=True)
        return 0
    except OSError as error:
        return _fail(environ, f"the outputs could not be written: {error.strerror or error}")
    except (ClaudeModelError, ValueError) as error:
        return _fail(environ, str(error))


def _fail(environ: Mapping[str, str], message: str) -> int:
    _annotate("error", message)
    with contextlib.suppress(OSError):  # The annotation has said it.
        _append(environ, "GITHUB_STEP_SUMMARY", [_HEADING, f"Error: {_code(message)}", ""])
    return 1


def _input(environ: Mapping[str, str], name: str) -> str:
    """Return an input without surrounding whitespace, "" if it is not set."""
    return claude_model._trim(environ.get(f"CLAUDE_MODEL_{name.upper()}"))


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield every credential that the step has, to be masked in the log."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        for prefix in ("CLAUDE_MODEL_", ""):
            yield claude_model._trim(environ.get(prefix + name))

    # Not by the parser of headers, which rejects a malformed line: its secret is masked too.
    for line in environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n"):
        name, _, value = line.partition(":")
        if claude_model._is_secret_header(name) and value.strip():
            yield value.strip()
            yield value.split()[-1]  # A token without its scheme, "Bearer".


def _resolve_inputs(
    environ: Mapping[str, str],
) -> tuple[list[claude_model._Answer], list[ClaudeModelError]]:
    """Resolve the models of the inputs; raise ValueError for an invalid input."""
    names = re.split(r"[,\r\n]", _input(environ, "model"))
    names = [name.strip() for name in names if name.strip()]
    if not names:
        raise ValueError("model is empty; set it to a model, such as sonnet or opus-4.8")
    for name, other in (_FEDERATION, _FEDERATION[::-1]):
        if _input(environ, other) and not _input(environ, name):
            raise ValueError(f"{name} is empty; it is required with {other}")

    days = _input(environ, "min_days_left")
    minimum = claude_model._parse_number(days) if days else None
    options = claude_model._Options(
        _Step(environ),
        upgrade=_is_true(environ, "upgrade"),
        min_days_left=minimum,
        fallback=_input(environ, "fallback") or None,
    )
    is_offline = _is_true(environ, "offline")
    client = _configured_client(environ)
    deadline = claude_model._Deadline(client.timeout)

    def make_source() -> claude_model._API | claude_model._CatalogueSource:
        if is_offline:
            return claude_model._CatalogueSource(options.entry_point)
        return _online_source(client, deadline, environ)

    return claude_model._resolve_all(names, make_source, options)


def _configured_client(environ: Mapping[str, str]) -> Client:
    client = Client(timeout=claude_model._parse_number(_input(environ, "timeout") or "30"))
    try:
        return dataclasses.replace(
            client,
            api_key=_input(environ, "anthropic_api_key"),
            auth_token=_input(environ, "anthropic_auth_token"),
            base_url=_input(environ, "anthropic_base_url"),
        )
    except ValueError as error:  # It begins with the library's name, base_url.
        raise ValueError(f"anthropic_{error}") from None


def _is_true(environ: Mapping[str, str], name: str) -> bool:
    # An expression hands over strings, and to the runner every one but the empty one is true.
    text = _input(environ, name)
    if text not in ("true", "false", ""):
        raise ValueError(f"{name} must be true or false, not {text!r}")
    return text == "true"


def _online_source(
    client: Client, deadline: claude_model._Deadline, environ: Mapping[str, str]
) -> claude_model._API:
    """Return the API as a source: with the key or token or, without one, by keyless login."""
    is_federated = bool(_input(environ, _FEDERATION[0]))
    try:
        api = claude_model._API(client, _Step(environ), deadline)
    except MissingCredentialError:
        if not is_federated:
            raise
        token = _access_token(client, deadline, environ)
        client = dataclasses.replace(client, auth_token=token, betas=("oauth-2025-04-20",))
        return claude_model._API(client, _KeylessStep(environ), deadline)

    if is_federated:
        _annotate("warning", f"{api.credential.setting} takes precedence over the federation rule")
    return api


def _access_token(
    client: Client, deadline: claude_model._Deadline, environ: Mapping[str, str]
) -> str:
    """Return the access token that Anthropic gives for the identity of this workflow."""
    step = _Step(environ)
    url, setting = claude_model._base_url(client.base_url, step)
    server = claude_model._Server(url, setting, step, deadline, client.max_retries, _CHECK_RULE)
    if not server.is_private:
        message = "keyless login requires https; check anthropic_base_url and the proxy settings"
        raise ValueError(message)

    new_identity = _identities(client, deadline, environ)
    fields = {
        "federation_rule_id": _input(environ, "anthropic_federation_rule_id"),
        "organization_id": _input(environ, "anthropic_organization_id"),
        "service_account_id": _input(environ, "anthropic_service_account_id"),
        "workspace_id": _input(environ, "anthropic_workspace_id"),
    }
    headers = {
        "anthropic-beta": "oauth-2025-04-20,oidc-federation-2026-04-01",
        "content-type": "application/json",
    }

    def make_request() -> claude_model._Request:
        # An identity is good for one exchange, so each try takes a new one.
        identity = new_identity()
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": identity}
        grant.update((name, value) for name, value in fields.items() if value)
        body = json.dumps(grant).encode("ascii")
        return claude_model._Request(f"{server.url}/v1/oauth/token", headers, (identity,), body)

    response = server.send(make_request)
    token = _token(server, response, "access_token", "no access_token")
    if str(response.value.get("token_type")).lower() != "bearer":  # RFC 6749, section 7.1.
        raise server.unusable(response, "token_type is not Bearer")
    return token


def _identities(
    client: Client, deadline: claude_model._Deadline, environ: Mapping[str, str]
) -> Callable[[], str]:
    """Return a function that returns a new identity token (a JWT) of this workflow from GitHub."""
    from urllib.parse import quote

    step = _Step(environ)
    setting = "ACTIONS_ID_TOKEN_REQUEST_URL"
    url = environ.get(setting, "").strip()
    token = environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "").strip()
    is_url = url.startswith(("https://", "http://")) and claude_model._is_token(url)
    if not is_url or not claude_model._is_token(token):
        raise step.missing(f"GitHub gives this job no identity; {_PERMISSION}")

    github = claude_model._Server(url, setting, step, deadline, client.max_retries, _PERMISSION)
    if not github.is_private:
        raise ValueError("keyless login requires https; check the proxy settings")
    audience = quote(_input(environ, "anthropic_oidc_audience") or _AUDIENCE, safe="")
    headers = {"authorization": f"Bearer {token}"}
    request = claude_model._Request(f"{url}&audience={audience}", headers, (token,))

    def new_identity() -> str:
        response = github.send(lambda: request)
        if response.status in (401, 403):
            raise CredentialError(github.describe(response), _PERMISSION)
        return _token(github, response, "value", "no identity token")

    return new_identity


def _token(server: claude_model._Server, response: Any, name: str, problem: str) -> str:
    """Return the token that a response of `server.send` has under a name, masked.

    A response below 300 may hold the token, whatever else is wrong with it: no error shows it.
    """
    if response.status >= 300:
        raise server.error(response)
    token = response.value.get(name) if isinstance(response.value, dict) else None
    if response.status != 200 or not claude_model._is_token(token):
        raise server.unusable(response, problem)
    _mask(str(token))
    return str(token)


def _is_from_a_fork(environ: Mapping[str, str]) -> bool:
    if environ.get("GITHUB_EVENT_NAME") == "pull_request_target":
        return False  # That one has the secrets.
    try:
        with open(environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
            pull_request = json.load(file)["pull_request"]
        head, base = (pull_request[side]["repo"]["full_name"] for side in ("head", "base"))
        return bool(head != base)
    except (KeyError, TypeError, OSError, ValueError):
        return False


def _outputs(answers: Sequence[claude_model._Answer]) -> dict[str, str]:
    """Return the outputs, each of one line: the fields of the first model, and the IDs of all."""
    first = answers[0]
    fields = {name: getattr(first.model, name) for name in _OUTPUT_FIELDS}
    outputs = {name: "" if value is None else str(value) for name, value in fields.items()}
    return {
        **outputs,
        "requested": claude_model._one_line(first.requested),
        "source": first.source,
        "json": json.dumps(first.model.raw),
        "ids": json.dumps([answer.model.id for answer in answers]),
    }


def _summary(answers: Sequence[claude_model._Answer]) -> Iterator[str]:
    """Yield the lines of a heading and a Markdown table."""
    yield _HEADING
    yield "| Requested | ID | Name | Line | Lifecycle | Retires | Source |"
    yield "|---|---|---|---|---|---|---|"
    for answer in answers:
        model = answer.model
        retires = _code(model.retires_at[:10]) if model.retires_at else ""
        texts = [_cell(text or "") for text in (model.display_name, model.line, model.lifecycle)]
        cells = (_cell(answer.requested), _code(model.id), *texts, retires, answer.source)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _cell(text: str) -> str:
    """Return text as a table cell that is only that: what could mean more is a code span."""
    return text if re.fullmatch(r"[A-Za-z0-9 -]*(\.[0-9]+)*", text) else _code(text)


def _code(text: str) -> str:
    text = claude_model._one_line(text).replace("`", "'").replace("|", "\u00a6")
    return f"`{text}`"


def _append(environ: Mapping[str, str], variable: str, lines: Iterable[str]) -> None:
    path = environ.get(variable)
    if not path and variable == "GITHUB_STEP_SUMMARY":
        return  # Older runners have none.
    if not path:
        raise ValueError(f"{variable} is not set; outside of a workflow, run claude_model.py")
    with open(path, "a", encoding="utf-8", newline="\n") as file:  # The runner ends lines at LF.
        file.writelines(f"{line}\n" for line in lines)


def _annotate(level: str, message: str) -> None:
    message = _harmless(message)
    if len(message) > _MAX_ANNOTATION:
        message = message[: _MAX_ANNOTATION - 3] + "..."
    _workflow_command(f"{level} title=claude-model", message)


def _mask(secret: str) -> None:
    if len(secret) >= _MIN_MASK_LENGTH:
        _workflow_command("add-mask", secret)


def _workflow_command(command: str, data: str) -> None:
    data = data.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    print(f"::{command}::{data}", flush=True)


def _harmless(text: str) -> str:
    """Return text as one line in which the runner finds no command."""
    return claude_model._one_line(text).replace("##[", "# #[").replace("::", ": :")


if __name__ == "__main__":
    raise SystemExit(main(os.environ))
