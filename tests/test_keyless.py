"""The step with the workflow's own identity in place of a key: GitHub's endpoint, the exchange, the API."""

import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from helpers import KEY

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
            return (
                200,
                json.dumps({"value": f"header.identity-{self.identities}.signature"}).encode(),
                {},
            )
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
        lines = [
            line
            for line in lines
            if not line.startswith("::add-mask::") and "; retrying in " not in line
        ]
        summary = (self.folder / "summary").read_text("utf-8")
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


@pytest.mark.parametrize(
    "name", ["anthropic_service_account_id", "anthropic_workspace_id", "anthropic_oidc_audience"]
)
def test_empty_optional_input_is_not_sent(keyless, server, name):
    assert keyless.run(**{name: " "})[0] == 0
    assert len(json.loads(server.bodies[1])) == 4
    assert server.paths[0].endswith("&audience=https%3A%2F%2Fapi.anthropic.com")


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_retry_of_the_exchange_takes_a_new_identity(keyless, status):
    keyless.exchange = [(status, b"", RETRY)] * 2
    assert keyless.run()[0] == 0
    assert keyless.used == [f"header.identity-{number}.signature" for number in (1, 2, 3)]


def test_retries_of_the_exchange_end(keyless):
    keyless.exchange = [(500, b"", RETRY)] * 3
    assert (
        keyless.error()
        == f"{keyless.server.url[7:]}: 500: empty body; try again later, or check ANTHROPIC_BASE_URL"
    )
    assert len(keyless.used) == len(set(keyless.used)) == 3


def test_identity_is_asked_for_again_where_github_is_in_trouble(keyless):
    keyless.github = [(503, b"", RETRY)] * 2
    assert keyless.run()[0] == 0


def test_refused_exchange_says_what_usually_causes_it(keyless):
    body = b'{"type": "error", "error": {"type": "authentication_error", "message": "Authentication failed"}}'
    keyless.exchange = [(401, body, {})]
    assert keyless.error() == (
        f"{keyless.server.url[7:]}: 401 authentication_error: Authentication failed; check "
        "anthropic_federation_rule_id and anthropic_organization_id, and in the Console that the rule allows the "
        "audience, subject (repository and branch, or environment) and workspace of this run"
    )
    assert len(keyless.used) == 1


def test_refused_identity_points_to_the_permission(keyless):
    keyless.github = [(403, b"", {})]
    assert keyless.error() == (
        f"{keyless.server.url[7:]}: 403: empty body; add `permissions: id-token: write` to the job"
    )
    assert keyless.used == []


@pytest.mark.parametrize(
    "missing", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
)
def test_missing_permission_is_named(keyless, missing):
    assert keyless.error({missing: ""}) == (
        "GitHub gives this job no identity; add `permissions: id-token: write` to the job; "
        "to run without a credential, set `offline: true` or `fallback`"
    )
    assert keyless.server.paths == []


@pytest.mark.parametrize("url", ["file:///etc/hostname?x", "x", "https://a b"])
def test_identity_url_that_is_not_a_url_is_not_asked(keyless, url):
    assert keyless.error({"ACTIONS_ID_TOKEN_REQUEST_URL": url}).startswith(
        "GitHub gives this job no identity; "
    )
    assert keyless.server.paths == []


def test_identity_url_of_plain_http_is_not_asked(keyless):
    assert keyless.error({"ACTIONS_ID_TOKEN_REQUEST_URL": "http://github.test/identity?x"}) == (
        "keyless login requires https; check the proxy settings"
    )
    assert keyless.server.paths == []


def test_fork_is_told_that_it_gets_no_identity(keyless, tmp_path):
    event = {
        "pull_request": {
            "head": {"repo": {"full_name": "a/r"}},
            "base": {"repo": {"full_name": "b/r"}},
        }
    }
    (tmp_path / "event").write_text(json.dumps(event), "utf-8")
    environ = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event"),
        "ACTIONS_ID_TOKEN_REQUEST_URL": "",
    }
    message = (
        "this pull request comes from a fork, and forks get no secrets and no identity; "
        "to run without a credential, set `offline: true` or `fallback`"
    )
    assert keyless.error(environ) == message
    code, lines, _ = keyless.run(environ, fallback="claude-opus-5")
    assert (code, lines[1]) == (0, "opus -> claude-opus-5")
    reason = "no credential (forks and Dependabot get no secrets)"
    assert lines[0].endswith(f"::{reason}: using the fallback claude-opus-5, unchecked")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("anthropic_federation_rule_id", "anthropic_organization_id"),
        ("anthropic_organization_id", "anthropic_federation_rule_id"),
    ],
)
def test_rule_without_organization_and_organization_without_rule_is_an_error(
    keyless, given, missing
):
    assert keyless.error(**{missing: " "}) == f"{missing} is empty; it is required with {given}"


@pytest.mark.parametrize("credential", ["anthropic_api_key", "anthropic_auth_token"])
def test_key_or_token_wins_with_a_warning(keyless, server, credential):
    code, lines, _ = keyless.run(**{credential: KEY})
    assert (code, lines) == (
        0,
        [
            f"::warning title=claude-model::{credential} takes precedence over the federation rule",
            "opus -> claude-opus-5",
        ],
    )
    assert len(server.paths) == 1


def test_key_of_the_environment_wins_too(keyless, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    _, lines, _ = keyless.run()
    assert lines[0].startswith("::warning title=claude-model::ANTHROPIC_API_KEY takes precedence ")


def test_malformed_key_is_an_error_and_not_a_reason_to_federate(keyless, server):
    assert "anthropic_api_key contains whitespace" in keyless.error(anthropic_api_key="sk-ant- x")
    assert server.paths == []


def test_offline_exchanges_nothing(keyless, server):
    assert keyless.run(offline="true")[0] == 0
    assert server.paths == []


def test_fallback_answers_where_the_exchange_fails_for_now(keyless):
    keyless.exchange = [(500, b"", RETRY)] * 3
    code, lines, _ = keyless.run(fallback="claude-opus-4-8")
    assert (code, lines[-1]) == (0, "opus -> claude-opus-4-8")
    keyless.exchange = [(401, b"", {})]
    assert ": 401: empty body" in keyless.error(fallback="claude-opus-4-8")


@pytest.mark.parametrize("place", ["github", "exchange"])
@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 299])
def test_fallback_covers_an_answer_without_a_token(keyless, place, status):
    setattr(keyless, place, [(status, b"{}", {})])
    code, lines, _ = keyless.run(fallback="claude-opus-4-8")
    assert (code, lines[-1]) == (0, "opus -> claude-opus-4-8")


AWKWARD = {
    "not JSON": b"access_token=sk-ant-oat01-access-token&value=header.identity-9.signature",
    "broken JSON": b'{"access_token": "sk-ant-oat01-access-token", "value": "header.identity-9.signature"',
    "list": b'["sk-ant-oat01-access-token"]',
    "no token": b'{"token": "sk-ant-oat01-access-token"}',
    "null": b'{"access_token": null, "value": null}',
    "request ID": b'{"request_id": "sk-ant-oat01-access-token header.identity-9.signature"}',
    "number": b'{"access_token": 5, "value": 5}',
    "empty": b'{"access_token": "", "value": ""}',
    "line break": b'{"access_token": "sk-ant-oat01-access-token\\nx: y", "value": "header.identity-9.signature\\nx"}',
    "not ASCII": b'{"access_token": "\\u201csk-ant-oat01-access-token", "value": "\\u201cidentity-9"}',
    "nothing": b"",
}


@pytest.mark.parametrize("body", AWKWARD.values(), ids=AWKWARD)
def test_awkward_answer_of_either_is_an_error_that_shows_nothing_of_it(keyless, body):
    unexpected = f"unexpected response from {keyless.server.url[7:]}: "
    for status in (200, 201, 202, 203, 206, 299):
        keyless.exchange = [(status, body, {})]
        assert keyless.error() == f"{unexpected}no access_token; check ANTHROPIC_BASE_URL"
        keyless.github = [(status, body, {})]
        assert (
            keyless.error() == f"{unexpected}no identity token; check ACTIONS_ID_TOKEN_REQUEST_URL"
        )


@pytest.mark.parametrize("status", [201, 202, 203, 206, 299])
def test_token_with_another_status_than_200_is_not_taken_and_not_shown(keyless, status):
    body = json.dumps(
        {
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "value": "header.identity-9.signature",
        }
    )
    keyless.exchange = [(status, body.encode(), {})]
    assert "no access_token" in keyless.error()
    keyless.github = [(status, body.encode(), {})]
    assert "no identity token" in keyless.error()


@pytest.mark.parametrize("token_type", ["mac", "N_A", "", None, 5, "Bearer x"])
def test_token_of_another_type_than_bearer_is_refused(keyless, token_type):
    keyless.exchange = [
        (200, json.dumps({"access_token": ACCESS_TOKEN, "token_type": token_type}).encode(), {})
    ]
    assert keyless.error().endswith(": token_type is not Bearer; check ANTHROPIC_BASE_URL")


def test_token_type_ignores_case(keyless):
    keyless.exchange = [
        (200, json.dumps({"access_token": ACCESS_TOKEN, "token_type": "bearer"}).encode(), {})
    ]
    assert keyless.run()[0] == 0


def test_error_of_the_identity_within_the_exchange_keeps_its_status(keyless):
    keyless.exchange = [(503, b"", RETRY)]
    usual = keyless.respond
    keyless.server.respond = lambda path: (
        (500, b"", {"x-should-retry": "false"})
        if keyless.used and path.startswith("/identity")
        else usual(path)
    )
    assert keyless.error() == f"{keyless.server.url[7:]}: 500: empty body; retrying does not help"


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
        error = keyless.error()
        assert "[credential]" in error or ": 403: " in error or ": 401: " in error
        keyless.server.respond = usual


def test_exchange_follows_no_redirect(keyless):
    keyless.exchange = [(307, b"", {"location": "https://evil.test/v1/oauth/token"})]
    assert (
        "it redirects to https://evil.test/v1/oauth/token, which is not followed" in keyless.error()
    )


def test_exchange_over_plain_http_to_another_machine_is_refused(keyless, server):
    assert keyless.error(anthropic_base_url="http://gateway.test") == (
        "keyless login requires https; check anthropic_base_url and the proxy settings"
    )
    assert server.paths == []


def test_exchange_over_plain_http_through_a_proxy_is_refused(keyless, server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    assert (
        keyless.error()
        == "keyless login requires https; check anthropic_base_url and the proxy settings"
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
        "::error title=claude-model::GitHub gives this job no identity; add `permissions: id-token: write` to the "
        "job; to run without a credential, set `offline: true` or `fallback`\n"
    )


def test_malformed_request_token_is_not_sent(keyless, server):
    assert keyless.error({"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "two words"}).startswith(
        "GitHub gives this job no identity"
    )
    assert server.paths == []


def test_identity_is_asked_for_over_https(keyless):
    message = keyless.error(
        {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://127.0.0.1:1/identity?a=b"}, timeout="0.3"
    )
    assert re.match(r"127\.0\.0\.1:1: (connection failed|timed out)", message)


@pytest.mark.parametrize(
    ("hanging", "exchange"),
    [(2, []), (3, [(503, b"", RETRY)]), (3, [])],
    ids=["the exchange", "a new identity", "the API"],
)
def test_each_request_has_what_is_left_of_the_timeout(keyless, hanging, exchange):
    respond, requests = keyless.respond, keyless.server.requests
    keyless.server.respond = lambda path: (
        time.sleep(0.15 if len(requests) < hanging else 5) or respond(path)
    )
    keyless.exchange = exchange
    start = time.monotonic()
    assert ": timed out after 0.6 s; retry, or raise timeout" in keyless.error(timeout="0.6")
    assert time.monotonic() - start < 1.6


def test_timeout_bounds_identity_exchange_and_api_together(keyless):
    keyless.exchange = [(429, b"", {"retry-after": "0.6"})] * 3
    assert ": 429: empty body" in keyless.error(timeout="1")
    assert len(keyless.used) == 2
