"""The step with the workflow's own identity in place of a key: GitHub's endpoint, the exchange, the API."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from helpers import KEY
from sockets import OK

REQUEST_TOKEN = "github-request-token"
ACCESS_TOKEN = "sk-ant-oat01-access-token"
ORGANIZATION = "00000000-0000-0000-0000-000000000000"
FAST = {"retry-after-ms": "1"}


class Keyless:
    """A loopback GitHub and Anthropic in one: `github` and `exchange` hold answers that come before the usual one."""

    def __init__(self, server, step):
        self.server = server
        self.step = step
        self.github = []
        self.exchange = []
        self.used = []
        self.models = server.respond
        server.respond = self.respond

    def respond(self, path):
        url = urlsplit(path)
        if url.path == "/identity":
            identity = f"header.identity-{len(self.server.paths)}.signature"
            usual = (200, json.dumps({"value": identity}).encode(), {})
            return self.github.pop(0) if self.github else usual
        if url.path == "/v1/oauth/token":
            self.used.append(json.loads(self.server.bodies[-1])["assertion"])
            body = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600}
            usual = (200, json.dumps(body).encode(), {})
            return self.exchange.pop(0) if self.exchange else usual
        return self.models(path)

    def run(self, environment=(), **inputs):
        """Run the step; no token is shown but in a mask."""
        environment = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.server.url}/identity?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
            **dict(environment),
        }
        inputs = {
            "model": "opus", "anthropic_federation_rule_id": "fdrl_1",
            "anthropic_organization_id": ORGANIZATION, **inputs,
        }  # fmt: skip
        done = self.step(environment, **inputs)
        lines = [line for line in done.lines if not line.startswith("::add-mask::")]
        for secret in (REQUEST_TOKEN, ACCESS_TOKEN, "identity-"):
            assert secret not in "\n".join(lines) + json.dumps(done.outputs) + done.summary
        return done

    def error(self, environment=(), **inputs):
        done = self.run(environment, **inputs)
        assert (done.code, done.outputs) == (1, {})
        *waits, (level, message) = done.commands
        assert level == "error"
        assert all(level == "notice" and "; retrying in " in text for level, text in waits)
        return message


@pytest.fixture
def keyless(server, step):
    return Keyless(server, step)


def test_identity_is_exchanged_and_the_access_token_asks_the_api(keyless, server):
    done = keyless.run()
    assert done.outputs["id"] == "claude-opus-5"
    assert done.masks == [REQUEST_TOKEN, "header.identity-1.signature", ACCESS_TOKEN]
    (_, identity, asked), (method, path, exchanged), (_, _, headers) = server.requests
    query = parse_qs(urlsplit(identity).query)
    assert query == {"api-version": ["2.0"], "audience": ["https://api.anthropic.com"]}
    assert asked["authorization"] == f"Bearer {REQUEST_TOKEN}"
    assert (method, path) == ("POST", "/v1/oauth/token")
    assert exchanged["content-type"] == "application/json"
    assert exchanged["anthropic-beta"] == "oauth-2025-04-20,oidc-federation-2026-04-01"
    assert exchanged["authorization"] is None
    assert json.loads(server.bodies[1]) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "header.identity-1.signature",
        "federation_rule_id": "fdrl_1",
        "organization_id": ORGANIZATION,
    }
    assert (headers["authorization"], headers["x-api-key"]) == (f"Bearer {ACCESS_TOKEN}", None)
    assert headers["anthropic-beta"] == "oauth-2025-04-20"


def test_service_account_workspace_and_audience_are_sent_where_given(keyless, server):
    keyless.run(
        anthropic_service_account_id="svac_1", anthropic_workspace_id="default", anthropic_oidc_audience="https://a b",
    )  # fmt: skip
    assert server.paths[0].endswith("&audience=https%3A%2F%2Fa%20b")
    body = json.loads(server.bodies[1])
    assert (body["service_account_id"], body["workspace_id"]) == ("svac_1", "default")


def test_retry_of_the_exchange_takes_a_new_identity(keyless):
    keyless.github = [(503, b"", FAST)]
    keyless.exchange = [(500, b"", FAST)] * 2
    assert keyless.run().code == 0
    assert len(keyless.used) == len(set(keyless.used)) == 3
    keyless.exchange = [(500, b"", FAST)] * 3
    assert ": 500" in keyless.error()


def test_refused_exchange_names_the_rule_and_shows_no_identity(keyless, server):
    def echo(path):
        if path == "/v1/oauth/token":
            identity = json.loads(server.bodies[-1])["assertion"]
            body = {"error": {"type": "authentication_error", "message": f"no {identity}"}}
            return 401, json.dumps(body).encode(), {}
        return keyless.respond(path)

    server.respond = echo
    error = keyless.error(fallback="claude-x")
    assert "401: (not shown); check anthropic_federation_rule_id" in error
    assert "in the Console" in error


def test_refused_access_token_names_the_rule_too(keyless, server):
    keyless.models = lambda path: (403, b"", {})
    assert "403: empty body; check anthropic_federation_rule_id" in keyless.error()


def test_refused_and_missing_identity_name_the_permission(keyless, server):
    keyless.github = [(403, b"", {})]
    assert "; check that the job has `permissions: id-token: write`" in keyless.error()
    server.requests.clear()
    for missing in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        error = keyless.error({missing: ""})
        assert error.startswith("GitHub gives this job no identity (add `permissions: id-token:")
        assert "forks and Dependabot get no secrets and no identity" in error
    assert keyless.error({"ACTIONS_ID_TOKEN_REQUEST_URL": "file:///etc/x"})[:6] == "GitHub"
    assert server.paths == []
    done = keyless.run({"ACTIONS_ID_TOKEN_REQUEST_URL": ""}, fallback="claude-x")
    assert done.outputs["id"] == "claude-x"


def test_plain_http_to_another_machine_is_refused_before_any_request(keyless, server):
    environment = {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://a.test/b?x", "http_proxy": server.url}
    assert keyless.error(environment).startswith("keyless login requires https, but a.test")
    environment = {"http_proxy": server.url}
    message = keyless.error(environment, anthropic_base_url="http://gateway.test")
    assert message.startswith("keyless login requires https, but gateway.test")
    assert server.paths == []


def test_redirect_of_the_exchange_is_not_followed(keyless, server):
    keyless.exchange = [(307, b"", {"location": f"{server.url}/elsewhere"})]
    assert "/elsewhere, which is not followed" in keyless.error()
    assert len(server.paths) == 2


@pytest.mark.parametrize("given", ["anthropic_api_key", "anthropic_auth_token"])
def test_key_or_token_wins(keyless, server, given):
    assert keyless.run(**{given: KEY}).code == 0
    assert len(server.paths) == 1
    assert "contains whitespace" in keyless.error(**{given: "sk-ant- x"})
    assert len(server.paths) == 1


def test_fallback_covers_a_login_that_fails_for_now_and_no_refused_one(keyless):
    keyless.exchange = [(500, b"", FAST)] * 3
    assert keyless.run(fallback="claude-x").outputs["id"] == "claude-x"
    keyless.exchange = [(200, b"{}", {})]
    assert keyless.run(fallback="claude-x").outputs["id"] == "claude-x"
    keyless.exchange = [(401, b"", {})]
    assert ": 401: " in keyless.error(fallback="claude-x")


TOKEN = '"access_token": "sk-ant-oat01-access-token", "value": "header.identity-9.signature"'
AWKWARD = {
    "not JSON": f"{{{TOKEN}".encode(),
    "another name": b'{"token": "sk-ant-oat01-access-token"}',
    "request ID": b'{"request_id": "sk-ant-oat01-access-token header.identity-9.signature"}',
    "message": b'{"error": {"message": "sk-ant-oat01-access-token header.identity-9.signature"}}',
    "line break": f"{{{TOKEN}}}".replace('",', '\\nx: y",').replace('"}', '\\nx"}').encode(),
    "nothing": b"",
}


@pytest.mark.parametrize("body", AWKWARD.values(), ids=AWKWARD)
def test_awkward_answer_of_either_is_an_error_that_shows_nothing_of_it(keyless, body):
    keyless.exchange = [(200, body, {})]
    assert keyless.error().endswith(": no access_token")
    keyless.github = [(200, body, {})]
    assert keyless.error().endswith(": no value")
    keyless.github, keyless.exchange = [(503, body, FAST)], [(500, body, FAST), (400, body, {})]
    assert ": 400: (not shown)" in keyless.error()


def test_token_of_another_status_or_type_is_not_taken_and_not_shown(keyless):
    body = f'{{{TOKEN}, "token_type": "%s"}}'
    for status in (201, 206):
        keyless.exchange = [(status, (body % "Bearer").encode(), {})]
        assert keyless.error().endswith(": no access_token")
    keyless.exchange = [(200, (body % "DPoP").encode(), {})]
    assert keyless.error().endswith(": not a Bearer token")
    keyless.exchange = [(200, (body % "bearer").encode(), {})]
    assert keyless.run().code == 0


def test_one_time_limit_bounds_login_and_answer(keyless, listen):
    def drip(connection):
        yield OK
        while True:
            yield b"x: y\r\n"
            time.sleep(0.1)

    url = f"http://127.0.0.1:{listen(drip).port}/identity?x"
    error = keyless.error({"ACTIONS_ID_TOKEN_REQUEST_URL": url}, timeout="0.5")
    assert " 0.5 s" in error


def test_offline_exchanges_nothing(keyless, server):
    assert keyless.run(offline="true").code == 0
    assert server.paths == []
