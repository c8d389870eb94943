"""The step with the workflow's own identity in place of a key: GitHub's endpoint, the exchange, the API."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import KEY

import entrypoint

REQUEST_TOKEN = "github-request-token"
ACCESS_TOKEN = "sk-ant-oat01-access-token"
ORGANIZATION = "00000000-0000-0000-0000-000000000000"
RETRY = {"retry-after-ms": "1"}


class Keyless:
    """A loopback GitHub and Anthropic in one: `github` and `exchange` hold answers that come before the usual one."""

    def __init__(self, server, folder, capsys, monkeypatch):
        self.server = server
        self.folder = folder
        self.capsys = capsys
        self.github = []
        self.exchange = []
        self.identities = 0
        self.used = []
        self.models = server.respond
        server.respond = self.respond
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)

    def respond(self, path):
        url = urlsplit(path)
        if url.path == "/identity":
            if self.github:
                return self.github.pop(0)
            self.identities += 1
            return 200, json.dumps({"value": f"header.identity-{self.identities}.signature"}).encode(), {}
        if url.path == "/v1/oauth/token":
            self.used.append(json.loads(self.server.bodies[-1])["assertion"])
            if self.exchange:
                return self.exchange.pop(0)
            body = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600}
            return 200, json.dumps(body).encode(), {}
        return self.models(path)

    def run(self, environ=(), **inputs):
        """Run the step in this process; return its exit code, its lines less the masks, its masks and its outputs."""
        output = self.folder / "output"
        output.write_text("", "utf-8")
        inputs = {
            "model": "opus",
            "anthropic_federation_rule_id": "fdrl_1",
            "anthropic_organization_id": ORGANIZATION,
            **inputs,
        }
        environ = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.server.url}/identity?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            **{f"CLAUDE_MODEL_{name.upper()}": value for name, value in inputs.items()},
            **dict(environ),
        }  # fmt: skip
        code = entrypoint.main(environ)
        out, err = self.capsys.readouterr()
        assert err == ""
        lines = out.splitlines()
        masks = [line[len("::add-mask::") :] for line in lines if line.startswith("::add-mask::")]
        lines = [line for line in lines if not line.startswith("::add-mask::")]
        summary = (self.folder / "summary").read_text("utf-8") if code == 0 else ""
        written = "\n".join(lines) + output.read_text("utf-8") + summary
        for secret in (REQUEST_TOKEN, ACCESS_TOKEN, "identity-"):
            assert secret not in written
        return code, lines, masks

    def error(self, environ=(), **inputs):
        code, lines, _ = self.run(environ, **inputs)
        assert code == 1
        assert len(lines) == 1
        prefix = "::error title=claude-model::"
        assert lines[0].startswith(prefix)
        return lines[0][len(prefix) :]


@pytest.fixture
def keyless(server, tmp_path, capsys, monkeypatch):
    return Keyless(server, tmp_path, capsys, monkeypatch)


def test_identity_is_exchanged_and_the_access_token_asks_the_api(keyless, server):
    assert keyless.run() == (
        0,
        ["opus -> claude-opus-5"],
        [REQUEST_TOKEN, "header.identity-1.signature", ACCESS_TOKEN],
    )
    (_, identity, _), (method, exchange, headers), (_, _, asked) = server.requests
    assert urlsplit(identity).path == "/identity"
    assert parse_qs(urlsplit(identity).query) == {
        "api-version": ["2.0"],
        "audience": ["https://api.anthropic.com"],
    }
    assert "audience=https%3A%2F%2Fapi.anthropic.com" in identity
    assert server.requests[0][2]["authorization"] == f"Bearer {REQUEST_TOKEN}"
    assert (method, exchange) == ("POST", "/v1/oauth/token")
    assert headers["content-type"] == "application/json"
    assert headers["anthropic-beta"] == "oauth-2025-04-20,oidc-federation-2026-04-01"
    assert headers["authorization"] is None
    assert headers["user-agent"].startswith("claude_model/")
    assert json.loads(server.bodies[1]) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "header.identity-1.signature",
        "federation_rule_id": "fdrl_1",
        "organization_id": ORGANIZATION,
    }
    assert asked["authorization"] == f"Bearer {ACCESS_TOKEN}"
    assert asked["anthropic-beta"] == "oauth-2025-04-20"
    assert asked["x-api-key"] is None


def test_service_account_workspace_and_audience_are_sent_where_given(keyless, server):
    code, _, _ = keyless.run(
        anthropic_service_account_id="svac_1",
        anthropic_workspace_id="default",
        anthropic_oidc_audience="https://a b",
    )
    assert code == 0
    assert "audience=https%3A%2F%2Fa%20b" in server.paths[0]
    body = json.loads(server.bodies[1])
    assert (body["service_account_id"], body["workspace_id"]) == ("svac_1", "default")


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_retry_of_the_exchange_takes_a_new_identity(keyless, status):
    keyless.exchange = [(status, b"", RETRY)] * 2
    assert keyless.run()[0] == 0
    assert keyless.used == [f"header.identity-{number}.signature" for number in (1, 2, 3)]


def test_retries_of_the_exchange_end(keyless):
    keyless.exchange = [(500, b"", RETRY)] * 3
    assert keyless.error() == f"{keyless.server.url[7:]} answered 500: an empty body; try again later"
    assert len(keyless.used) == len(set(keyless.used)) == 3


def test_identity_is_asked_for_again_where_github_is_in_trouble(keyless):
    keyless.github = [(503, b"", RETRY)] * 2
    assert keyless.run()[0] == 0


def test_refused_exchange_says_what_usually_causes_it(keyless):
    body = b'{"type": "error", "error": {"type": "authentication_error", "message": "Authentication failed"}}'
    keyless.exchange = [(401, body, {})]
    assert keyless.error() == (
        f"{keyless.server.url[7:]} answered 401 authentication_error: Authentication failed; check "
        "anthropic_federation_rule_id and anthropic_organization_id, and in the Console that the rule expects the "
        "audience, the subject (repository and branch, or environment) and the workspace of this run"
    )
    assert len(keyless.used) == 1


def test_refused_identity_points_to_the_permission(keyless):
    keyless.github = [(403, b"", {})]
    assert keyless.error() == (
        f"{keyless.server.url[7:]} answered 403: an empty body; check `permissions: id-token: write` of the job"
    )
    assert keyless.used == []


@pytest.mark.parametrize("missing", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
def test_missing_permission_is_named(keyless, missing):
    message = "this workflow has no identity to exchange; add `permissions: id-token: write` to the job"
    assert keyless.error({missing: ""}) == message
    assert keyless.server.paths == []


@pytest.mark.parametrize("url", ["file:///etc/hostname?x", "http://github.test/identity?x", "x"])
def test_identity_url_that_is_no_private_address_is_not_asked(keyless, url):
    assert keyless.error({"ACTIONS_ID_TOKEN_REQUEST_URL": url}).startswith("this workflow has no identity")


def test_fork_is_told_that_it_gets_no_identity(keyless, tmp_path):
    event = {"pull_request": {"head": {"repo": {"full_name": "a/r"}}, "base": {"repo": {"full_name": "b/r"}}}}
    (tmp_path / "event").write_text(json.dumps(event), "utf-8")
    environ = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event"),
        "ACTIONS_ID_TOKEN_REQUEST_URL": "",
    }
    message = "this pull request comes from a fork, and forks get no identity; set the input fallback to a model ID, or offline to true"
    assert keyless.error(environ) == message
    code, lines, _ = keyless.run(environ, fallback="claude-opus-5")
    assert (code, lines[1]) == (0, "opus -> claude-opus-5")
    assert lines[0] == f"::warning title=claude-model::{message}; answered by the fallback claude-opus-5, unverified"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("anthropic_federation_rule_id", "anthropic_organization_id"),
        ("anthropic_organization_id", "anthropic_federation_rule_id"),
    ],
)
def test_rule_without_organization_and_organization_without_rule_is_an_error(keyless, given, missing):
    assert keyless.error(**{missing: " "}) == f"the input {missing} is empty; {given} needs it beside itself"


@pytest.mark.parametrize("credential", ["anthropic_api_key", "anthropic_auth_token"])
def test_key_or_token_wins_with_a_warning(keyless, server, credential):
    code, lines, _ = keyless.run(**{credential: KEY})
    name = credential.replace("anthropic_", "")
    assert (code, lines) == (
        0,
        [
            f"::warning title=claude-model::the input {credential} is used; the federation rule is not, "
            "since a key or token wins over it",
            "opus -> claude-opus-5",
        ],
    )
    assert name
    assert len(server.paths) == 1


def test_key_of_the_environment_wins_too(keyless, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    _, lines, _ = keyless.run()
    assert lines[0].startswith("::warning title=claude-model::ANTHROPIC_API_KEY is used; ")


def test_malformed_key_is_an_error_and_not_a_reason_to_federate(keyless, server):
    assert "the input anthropic_api_key has white space" in keyless.error(anthropic_api_key="sk-ant- x")
    assert server.paths == []


def test_offline_exchanges_nothing(keyless, server):
    assert keyless.run(offline="true")[0] == 0
    assert server.paths == []


def test_fallback_answers_where_the_exchange_fails_for_now(keyless):
    keyless.exchange = [(500, b"", RETRY)] * 3
    code, lines, _ = keyless.run(fallback="claude-opus-4-8")
    assert (code, lines[-1]) == (0, "opus -> claude-opus-4-8")
    keyless.exchange = [(401, b"", {})]
    assert "answered 401" in keyless.error(fallback="claude-opus-4-8")


AWKWARD = {
    "not JSON": b"access_token=sk-ant-oat01-access-token&value=header.identity-9.signature",
    "broken JSON": b'{"access_token": "sk-ant-oat01-access-token", "value": "header.identity-9.signature"',
    "list": b'["sk-ant-oat01-access-token"]',
    "no token": b'{"token": "sk-ant-oat01-access-token"}',
    "null": b'{"access_token": null, "value": null}',
    "number": b'{"access_token": 5, "value": 5}',
    "empty": b'{"access_token": "", "value": ""}',
    "line break": b'{"access_token": "sk-ant-oat01-access-token\\nx: y", "value": "header.identity-9.signature\\nx"}',
    "not ASCII": b'{"access_token": "\\u201csk-ant-oat01-access-token", "value": "\\u201cidentity-9"}',
    "nothing": b"",
}


@pytest.mark.parametrize("body", AWKWARD.values(), ids=AWKWARD)
def test_awkward_answer_of_either_is_an_error_that_shows_nothing_of_it(keyless, body):
    host = keyless.server.url[7:]
    keyless.exchange = [(200, body, {})]
    assert keyless.error() == f"{host} answered without the access_token that was asked for; try again later"
    keyless.github = [(200, body, {})]
    assert keyless.error() == f"{host} answered without the value that was asked for; try again later"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_echoed_tokens_are_cut_out(keyless, status):
    def echo():
        sent = (keyless.server.bodies[-1] + keyless.server.requests[-1][2].as_bytes()).decode()
        return (
            status,
            json.dumps({"error": {"message": sent, "type": sent}, "request_id": sent}).encode(),
            {"x-should-retry": "false"},
        )

    for place in ("/identity", "/v1/oauth/token", "/v1/models?limit=1000"):
        usual = keyless.respond
        keyless.server.respond = lambda path, place=place, usual=usual: (
            echo() if path.startswith(place) else usual(path)
        )
        assert "[credential]" in keyless.error()
        keyless.server.respond = usual


def test_exchange_follows_no_redirect(keyless):
    keyless.exchange = [(307, b"", {"location": "https://evil.test/v1/oauth/token"})]
    assert "it redirects to evil.test, and redirects are not followed" in keyless.error()


def test_exchange_over_plain_http_to_another_machine_is_refused(keyless, server):
    assert keyless.error(anthropic_base_url="http://gateway.test") == (
        "the workflow's identity is exchanged over https alone; mend the input anthropic_base_url"
    )
    assert server.paths == []


def test_workflow_without_the_variables_is_told_of_the_permission(server, capsys):
    environ = {
        "MODEL": "opus",
        "ANTHROPIC_FEDERATION_RULE_ID": "fdrl_1",
        "ANTHROPIC_ORGANIZATION_ID": ORGANIZATION,
    }
    assert entrypoint.main({f"CLAUDE_MODEL_{name}": value for name, value in environ.items()}) == 1
    assert capsys.readouterr().out == (
        "::error title=claude-model::this workflow has no identity to exchange; "
        "add `permissions: id-token: write` to the job\n"
    )


def test_malformed_request_token_is_not_sent(keyless, server):
    assert keyless.error({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "two words"}).startswith(
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN has white space"
    )
    assert server.paths == []


def test_identity_is_asked_for_over_https(keyless):
    message = keyless.error({"ACTIONS_ID_TOKEN_REQUEST_URL": "https://127.0.0.1:1/identity?a=b"}, timeout="0.3")
    assert message.startswith("could not reach 127.0.0.1:1 (Connection refused); ")


def test_fallback_answers_for_an_answer_without_a_token(keyless):
    keyless.exchange = [(200, b"{}", {})]
    code, lines, _ = keyless.run(fallback="claude-opus-4-8")
    assert (code, lines[-1]) == (0, "opus -> claude-opus-4-8")


@pytest.mark.parametrize(
    ("hanging", "exchange"),
    [(2, []), (3, [(503, b"", RETRY)]), (3, [])],
    ids=["the exchange", "a new identity", "the API"],
)
def test_each_request_has_what_is_left_of_the_timeout(keyless, hanging, exchange):
    respond, requests = keyless.respond, keyless.server.requests
    keyless.server.respond = lambda path: time.sleep(0.8 if len(requests) < hanging else 5) or respond(path)
    keyless.exchange = exchange
    start = time.monotonic()
    assert "gave no full answer within 2 s" in keyless.error(timeout="2")
    assert time.monotonic() - start < 2.7


def test_timeout_bounds_identity_exchange_and_api_together(keyless):
    keyless.exchange = [(429, b"", {"retry-after": "0.7"})] * 3
    assert "answered 429" in keyless.error(timeout="1")
    assert len(keyless.used) == 2
