"""The library: its arguments and the environment, what is sent, what a Model holds."""

import contextlib
import copy
import dataclasses
import json
import os
import pickle
import subprocess
import sys
import warnings

import pytest
from conftest import KEY, OPUS_5, OPUS_48, ROOT, SONNET_4, messages, row

import claude_model
from claude_model import APIError, Client, CredentialError, Model, ModelNotFoundError, ModelRetiredError


def sent_headers(api):
    return api.requests[-1][2]


def test_request_has_the_key_the_version_and_the_user_agent(api):
    Client().get_model("claude-opus-5")
    headers = sent_headers(api)
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-version"] == "2023-06-01"
    assert headers["user-agent"] == f"claude_model/{claude_model.__version__}"
    assert headers["accept"] == "application/json"
    assert headers["authorization"] is None
    assert headers["anthropic-beta"] is None


@pytest.mark.parametrize(
    ("arguments", "environment", "x_api_key", "authorization"),
    [
        ({}, {"API_KEY": "env-key"}, "env-key", None),
        ({}, {"AUTH_TOKEN": "env-token"}, None, "Bearer env-token"),
        ({}, {"API_KEY": "env-key", "AUTH_TOKEN": "env-token"}, "env-key", None),
        ({}, {"API_KEY": "", "AUTH_TOKEN": "env-token"}, None, "Bearer env-token"),
        ({}, {"API_KEY": " \n", "AUTH_TOKEN": " env-token\n"}, None, "Bearer env-token"),
        ({"api_key": "key"}, {"API_KEY": "env-key"}, "key", None),
        ({"api_key": " key\n"}, {}, "key", None),
        ({"api_key": ""}, {"API_KEY": "env-key"}, "env-key", None),
        ({"auth_token": "token"}, {"API_KEY": "env-key"}, None, "Bearer token"),
        ({"api_key": "key", "auth_token": "token"}, {}, "key", None),
        ({}, {"CUSTOM_HEADERS": "X-Api-Key: custom"}, "custom", None),
        ({}, {"CUSTOM_HEADERS": "authorization: Basic custom"}, None, "Basic custom"),
        ({}, {"CUSTOM_HEADERS": "authorization: Basic  custom"}, None, "Basic  custom"),
        ({}, {"CUSTOM_HEADERS": "authorization: custom"}, None, "custom"),
        ({}, {"CUSTOM_HEADERS": "x-api-key:", "API_KEY": "env-key"}, "env-key", None),
        ({}, {"CUSTOM_HEADERS": "x-api-key: custom", "API_KEY": "env-key"}, "custom", None),
        (
            {},
            {"CUSTOM_HEADERS": "x-api-key: custom", "API_KEY": "env-key", "AUTH_TOKEN": "t"},
            "custom",
            None,
        ),
        ({}, {"CUSTOM_HEADERS": "authorization: Bearer custom", "API_KEY": "k"}, "k", "Bearer custom"),
        ({"api_key": "key"}, {"CUSTOM_HEADERS": "x-api-key: custom"}, "key", None),
    ],
)
def test_argument_beats_environment_and_key_beats_token(
    server, monkeypatch, arguments, environment, x_api_key, authorization
):
    for name, value in environment.items():
        monkeypatch.setenv(f"ANTHROPIC_{name}", value)
    Client(base_url=server.url, **arguments).get_model("claude-opus-5")
    assert sent_headers(server)["x-api-key"] == x_api_key
    assert sent_headers(server)["authorization"] == authorization


def test_custom_headers_are_lines_split_at_the_first_colon(api, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-one: a:b c")
    Client().get_model("claude-opus-5")
    assert sent_headers(api)["x-one"] == "a:b c"
    monkeypatch.setenv(
        "ANTHROPIC_CUSTOM_HEADERS",
        "x-one: a:b c\r\n\n  X-Two :2  \nanthropic-version: 2026-10-21\nuser-agent: me\nx-one: last\n!#$%&'*+.^_`|~-9aZ: odd",
    )
    Client().get_model("claude-opus-5")
    headers = sent_headers(api)
    assert (headers.get_all("x-one"), headers["x-two"]) == (["last"], "2")
    assert headers["!#$%&'*+.^_`|~-9aZ"] == "odd"
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["user-agent"] == f"claude_model/{claude_model.__version__}"


@pytest.mark.parametrize("lines", ["secret", "x-a: b\nsec ret: c", "x-a: s\xe9cret", ": secret", "x-a: se\x07cret"])
def test_malformed_custom_header_is_refused_by_its_line_alone(api, monkeypatch, lines):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", lines)
    with pytest.raises(CredentialError) as caught:
        Client().get_model("claude-opus-5")
    number = len(lines.split("\n"))
    assert str(caught.value) == (
        f"line {number} of ANTHROPIC_CUSTOM_HEADERS is not `Name: value` in ASCII; fix or remove it"
    )
    assert api.paths == []


FLAWS = {
    "space": "sk-ant- secret",
    "line break": "sk-ant-\nsecret",
    "carriage return": "sk-ant-\rsecret",
    "tab": "sk-ant-\tsecret",
    "control": "sk-ant-\x1bsecret",
    "curly quote": "\u201csk-ant-secret\u201d",
    "lone surrogate": "sk-ant-\udcffsecret",
    "no-break space": "sk-ant-\xa0secret",
}


@pytest.mark.parametrize("name", ["api_key", "auth_token"])
@pytest.mark.parametrize("value", FLAWS.values(), ids=FLAWS)
def test_malformed_credential_is_refused_before_any_request(server, name, value):
    with pytest.raises(CredentialError) as caught:
        Client(base_url=server.url, **{name: value}).get_model("claude-opus-5")
    assert str(caught.value) == (
        f"{name} contains whitespace or a non-ASCII character; was it pasted with a line break?"
    )
    assert server.paths == []


@pytest.mark.parametrize("header", ["x-api-key: sk-ant- secret", "Authorization: Bearer sk-ant- secret"])
def test_malformed_credential_in_a_custom_header_is_refused(api, monkeypatch, header):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", header)
    with pytest.raises(CredentialError, match="line 1 of ANTHROPIC_CUSTOM_HEADERS contains whitespace") as caught:
        Client().get_model("claude-opus-5")
    assert "secret" not in str(caught.value)


def test_betas_are_sent_as_one_header(api):
    Client(betas=("one-2026-01-01", "two-2026-01-01"), version="2026-10-21").get_model("claude-opus-5")
    assert sent_headers(api)["anthropic-beta"] == "one-2026-01-01,two-2026-01-01"
    assert sent_headers(api)["anthropic-version"] == "2026-10-21"


def test_client_shows_no_credential():
    client = Client(api_key="sk-ant-secret", auth_token="token-secret", base_url="https://example.com")
    assert "secret" not in repr(client)
    assert "base_url='https://example.com'" in repr(client)


def test_client_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Client().timeout = 5


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 86_401, "30", True, None])
def test_timeout_out_of_range_is_a_value_error(timeout):
    with pytest.raises(ValueError) as caught:
        Client(timeout=timeout)
    assert str(caught.value) == f"timeout must be above 0 and up to 86400 seconds, not {timeout!r}"


@pytest.mark.parametrize("retries", [-1, 1.0, False])
def test_max_retries_out_of_range_is_a_value_error(retries):
    with pytest.raises(ValueError, match="max_retries must be a whole number, 0 or more"):
        Client(max_retries=retries)


@pytest.mark.parametrize("settings", [{"version": "2023\r\nx: y"}, {"betas": ("a b",)}, {"version": ""}])
def test_setting_that_no_header_can_carry_is_a_value_error(settings):
    with pytest.raises(ValueError, match="version and betas must be ASCII without spaces, not "):
        Client(**settings)


def test_bounds_of_the_settings_are_allowed():
    assert Client(timeout=86_400, max_retries=0).max_retries == 0


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "//"])
@pytest.mark.parametrize("path", ["", "/a/path"])
def test_base_url_may_end_in_a_slash_or_v1_or_have_a_path(server, path, suffix):
    server.answer(200, OPUS_5)
    Client(api_key=KEY, base_url=f" {server.url}{path}{suffix} ").get_model("claude-opus-5")
    assert server.paths == [f"{path}/v1/models/claude-opus-5"]


@pytest.mark.parametrize(
    "base_url",
    ["file:///etc/passwd", "ftp://host", "host", "http://", "https:///v1", "http://h:port", "http://h:99999", "http://h:0",
     "http://h/a b", "http://h\n/x", "http://[::1", "http://\xe9", "\\\\host"],
)  # fmt: skip
def test_base_url_that_is_not_an_http_url_is_a_value_error(monkeypatch, base_url):
    with pytest.raises(ValueError) as caught:
        Client(api_key=KEY, base_url=base_url)
    assert str(caught.value) == f"base_url must be an http:// or https:// URL, not {base_url!r}"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", base_url)
    with pytest.raises(ValueError, match="ANTHROPIC_BASE_URL must be an http:// or https:// URL, not "):
        Client(api_key=KEY).get_model("claude-opus-5")


@pytest.mark.parametrize("base_url", ["https://me:secret@h", "https://h/?key=secret", "https://h/#secret", "x@secret"])
def test_base_url_with_a_secret_is_refused_without_showing_it(base_url):
    with pytest.raises(ValueError) as caught:
        Client(base_url=base_url)
    assert str(caught.value) == "base_url must not contain a user, password, query or fragment (@ ? #)"


@pytest.mark.parametrize(
    ("base_url", "is_warned_of"),
    [
        ("http://gateway.test:1", True),
        ("http://127.evil.test:1", True),
        ("http://localhost.evil.test:1", True),
        ("http://10.0.0.1:1", True),
        ("http://127.0.0.1:1", True),
        ("http://127.1.2.3:1/path", True),
        ("http://LOCALHOST:1", True),
        ("http://[::1]:1", True),
        ("https://gateway.test:1", False),
    ],
)
def test_plain_http_through_a_proxy_is_warned_of(server, monkeypatch, base_url, is_warned_of):
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, server.url)
    with warnings.catch_warnings(record=True) as caught, contextlib.suppress(claude_model.ClaudeModelError):
        warnings.simplefilter("always")
        Client(api_key=KEY, base_url=base_url, max_retries=0).get_model("claude-opus-5")
    host = base_url.split("/")[2]
    warning = f"plain http sends the credential unencrypted to {host} via proxy {server.url[7:]}"
    assert messages(caught) == [warning] * is_warned_of


@pytest.mark.parametrize("host", ["gateway.test", "127.evil.test", "localhost.evil.test", "[::2]"])
def test_plain_http_to_another_machine_is_warned_of(server, monkeypatch, host):
    # The proxy keeps the test from asking another machine.
    monkeypatch.setenv("http_proxy", server.url)
    with pytest.warns(UserWarning, match="plain http sends the credential unencrypted to "):
        Client(api_key=KEY, base_url=f"http://{host}:1").get_model("claude-opus-5")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "LOCALHOST", "[::1]"])
def test_plain_http_on_this_machine_is_not_warned_of(host):
    env = {**os.environ, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": f"http://{host}:1"}
    done = subprocess.run(
        [sys.executable, "claude_model.py", "--timeout", "0.3", "opus"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith(f"error: {host}:1: ")


@pytest.mark.parametrize("call", ["get_model", "resolve", "list_models"])
def test_warning_points_at_the_line_that_calls(server, monkeypatch, call):
    monkeypatch.setenv("http_proxy", server.url)
    client = Client(api_key=KEY, base_url="http://gateway.test")
    with pytest.warns(UserWarning) as caught:
        getattr(client, call)(*[["claude-opus-5"], []][call == "list_models"])
    assert [warning.filename for warning in caught] == [__file__]


def test_get_model_returns_what_the_api_sent(api):
    sent = {**OPUS_5, "capabilities": {"batch": {"supported": True}}, "max_input_tokens": 1000000, "new": [1]}
    api.models = [sent]
    model = Client().get_model("claude-opus-5")
    assert model == Model(
        id="claude-opus-5",
        display_name="Claude Opus 5",
        created_at="2026-07-24T00:00:00Z",
        type="model",
        line="opus",
        lifecycle="active",
        max_input_tokens=1000000,
        max_tokens=128000,
        capabilities={"batch": {"supported": True}},
        raw=sent,
    )
    assert model.deprecated_at is model.retires_at is None
    assert hash(model) == hash(Client().get_model("claude-opus-5"))
    assert pickle.loads(pickle.dumps(model)) == copy.deepcopy(model) == model


def test_model_of_an_id_alone_has_the_rest_unknown(api):
    api.models = [{"id": "claude-opus-5"}]
    model = Client().get_model("claude-opus-5")
    assert model == Model(id="claude-opus-5", display_name="claude-opus-5", raw={"id": "claude-opus-5"})
    assert model.type == "model"
    assert model.line is model.lifecycle is model.created_at is model.max_tokens is model.capabilities is None


def test_field_of_a_wrong_type_counts_as_not_sent(api):
    names = ["display_name", "created_at", "type", "line", "lifecycle", "deprecated_at", "retires_at",
             "max_input_tokens", "max_tokens", "capabilities"]  # fmt: skip
    for value in (True, 1.5, [], ""):
        sent = {"id": "claude-opus-5", **dict.fromkeys(names, value)}
        api.models = [sent]
        model = Client().get_model("claude-opus-5")
        assert model == Model(id="claude-opus-5", display_name="claude-opus-5", raw=sent)
        assert model.raw["type"] == value


LONG = "x" * 201


@pytest.mark.parametrize("value", [LONG, "a\nb", "a\u202eb", "a\x1b[31m", "\ud800", "a\u00a0b"], ids=repr)
def test_text_that_is_long_or_not_printable_counts_as_not_sent(api, value):
    names = ["display_name", "created_at", "type", "line", "lifecycle", "deprecated_at", "retires_at"]
    sent = {"id": "claude-opus-5", **dict.fromkeys(names, value)}
    api.models = [sent]
    model = Client().get_model("claude-opus-5")
    assert model == Model(id="claude-opus-5", display_name="claude-opus-5", raw=sent)
    api.models = [{**sent, "display_name": "x" * 200}]
    assert Client().get_model("claude-opus-5").display_name == "x" * 200


@pytest.mark.parametrize("model_id", ["a", "9", "a" * 200, "a._:/@+-[]Z9", "anthropic/claude-opus-5", "claude-opus-4-8[1m]"])
def test_id_of_the_allowed_characters_is_a_model(api, model_id):
    api.answer(200, {"id": model_id})
    assert Client().get_model("claude-opus-5").id == model_id


NO_MODELS = [
    {}, [], None, "claude-opus-5", {"id": None}, {"id": 5}, {"id": ""}, {"id": "a b"}, {"id": "a\nb"}, {"id": "a\n"},
    {"id": "a\u202eb"}, {"id": "a\u00a0b"}, {"id": "\ud800"}, {"id": LONG}, {"id": "--model"}, {"id": "-a"}, {"id": ".a"},
    {"id": "/a"}, {"id": "[a]"}, {"id": "\u00e9"}, {"id": "a\u00e9"}, {"id": "\uff41"}, {"id": "anthropic/*"},
    *({"id": f"a{character}"} for character in "\"'$`\\!#%&()*,;<=>?^{|}~"),
    {"id": '"--dangerously-skip-permissions"'}, {"id": "$a--mcp-config=x"},
]  # fmt: skip


@pytest.mark.parametrize("sent", NO_MODELS, ids=repr)
def test_answer_without_a_valid_id_is_not_a_model(api, sent):
    api.answers = [(200, json.dumps(sent).encode(), {})]
    with pytest.raises(APIError) as caught:
        Client().get_model("claude-opus-5")
    assert caught.value.status == 200
    assert str(caught.value) == f"unexpected response from {api.url[7:]}: not a model; check ANTHROPIC_BASE_URL"


@pytest.mark.parametrize("sent", NO_MODELS, ids=repr)
def test_row_without_a_valid_id_is_skipped(api, sent):
    api.answer(200, {"data": [sent, OPUS_5, sent]})
    assert [model.id for model in Client().list_models()] == ["claude-opus-5"]


@pytest.mark.parametrize("lifecycle", [[], ["retired"]])
def test_list_of_which_nothing_is_left_is_not_usable(api, lifecycle):
    api.answer(200, {"data": [{"id": "a b"}]})
    with pytest.raises(APIError) as caught:
        Client().list_models(lifecycle)
    assert str(caught.value) == (
        f"unexpected response from {api.url[7:]}: no valid model ID; check ANTHROPIC_BASE_URL"
    )


def test_get_model_of_an_unknown_id_is_not_found(api):
    with pytest.raises(ModelNotFoundError) as caught:
        Client().get_model("claude-x")
    assert (str(caught.value), caught.value.name, caught.value.suggestions) == (
        "unknown model 'claude-x'",
        "claude-x",
        (),
    )


def test_get_model_returns_a_retired_one(api):
    api.serves_retired = True
    assert Client().get_model(SONNET_4["id"]).lifecycle == "retired"


@pytest.mark.parametrize(
    ("model_id", "path"),
    [
        ("a/b", "/v1/models/a%2Fb"),
        ("../messages", "/v1/models/..%2Fmessages"),
        ("a?b#c%2F", "/v1/models/a%3Fb%23c%252F"),
        ("a b", "/v1/models/a%20b"),
        ("...", "/v1/models/..."),
        ("\u00e9\u4e2d", "/v1/models/%C3%A9%E4%B8%AD"),
    ],
)
def test_id_is_one_percent_encoded_path_segment(api, model_id, path):
    with pytest.raises(ModelNotFoundError):
        Client().get_model(model_id)
    assert api.paths == [path]


@pytest.mark.parametrize("model_id", [".", "..", " .. "])
def test_dots_are_not_an_id(api, model_id):
    with pytest.raises(ValueError) as caught:
        Client().get_model(model_id)
    assert str(caught.value) == f"{model_id.strip()!r} is not a model ID: in a URL, it means another path"
    assert api.paths == []


def test_list_models_returns_a_list_of_every_page(api):
    api.page_size = 2
    listed = Client().list_models()
    assert [model.id for model in listed] == [model["id"] for model in api.models]
    assert isinstance(listed, list)
    assert len(api.paths) == 3


def test_list_models_asks_for_lifecycles(api):
    assert [model.id for model in Client().list_models(["retired"])] == [SONNET_4["id"]]
    Client().list_models(("active", "deprecated"))
    assert api.paths == [
        "/v1/models?limit=1000&lifecycle%5B%5D=retired",
        "/v1/models?limit=1000&lifecycle%5B%5D=active&lifecycle%5B%5D=deprecated",
    ]


@pytest.mark.parametrize("lifecycle", ["retired", ["gone"]])
def test_list_models_refuses_other_lifecycles_at_once(api, lifecycle):
    with pytest.raises(ValueError, match="lifecycle may hold active, deprecated and retired, not "):
        Client().list_models(lifecycle)


def test_list_models_with_a_filter_may_be_empty(api):
    api.retired = []
    assert list(Client().list_models(["retired"])) == []


def test_list_models_without_a_filter_is_never_empty(api):
    api.models = []
    with pytest.raises(APIError, match="the model list is empty"):
        Client().list_models()


def test_empty_first_page_is_no_end(api):
    api.answer(200, {"data": [], "has_more": True, "last_id": "x"})
    api.answer(200, {"data": [OPUS_5], "has_more": "yes", "last_id": "x"})
    assert [model.id for model in Client().list_models()] == ["claude-opus-5"]


@pytest.mark.parametrize("cursor", [None, 5, "", "claude-opus-5", "\ud800", "a\nb", "x" * 201])
def test_cursor_that_repeats_or_cannot_be_sent_is_an_error(api, cursor):
    api.answer(200, {"data": [OPUS_5], "has_more": True, "last_id": "claude-opus-5"})
    api.answer(200, {"data": [OPUS_48], "has_more": True, "last_id": cursor})
    with pytest.raises(APIError) as caught:
        Client().list_models()
    assert str(caught.value) == (
        f"unexpected response from {api.url[7:]}: has_more without a new last_id; check ANTHROPIC_BASE_URL"
    )
    assert len(api.paths) == 2


def test_hundred_and_first_page_is_an_error(api):
    api.models = [row(f"claude-{number}") for number in range(101)]
    api.page_size = 1
    with pytest.raises(APIError, match="over 5000 models or 100 pages"):
        Client().list_models()
    assert len(api.paths) == 100
    api.models.pop()
    assert len(Client().list_models()) == 100


@pytest.mark.parametrize("page", [[], {}, {"data": {}}, None, {"models": []}])
def test_page_of_another_shape_is_an_api_error(api, page):
    api.answer(200, json.dumps(page).encode())
    with pytest.raises(APIError) as caught:
        Client().list_models()
    assert str(caught.value) == f"unexpected response from {api.url[7:]}: not a list of models; check ANTHROPIC_BASE_URL"


@pytest.mark.parametrize(
    "error",
    [
        ModelNotFoundError("m", name="n", suggestions=("s",)),
        ModelRetiredError("m", model=Model("a"), successor=Model("b")),
        CredentialError("m"),
        APIError("m", status=500, type="api_error", request_id="req_1"),
        claude_model.UnavailableError("m", status=500, type="api_error", request_id="req_1"),
        claude_model.MissingCredentialError("m"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_can_be_pickled(error):
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
    assert isinstance(error, claude_model.ClaudeModelError)


def test_defaults_of_the_errors():
    assert ModelNotFoundError("m").suggestions == ()
    assert ModelRetiredError("m").successor is None
    assert APIError("m").status is None


def test_arguments_and_fields_stand_in_the_documented_order():
    client = Client("key", "token", "https://h", "v", ("b",), 5, 1)
    assert dataclasses.astuple(client) == ("key", "token", "https://h", "v", ("b",), 5, 1)
    assert [field.name for field in dataclasses.fields(Model)] == [
        "id", "display_name", "created_at", "type", "line", "lifecycle", "deprecated_at", "retires_at",
        "max_input_tokens", "max_tokens", "capabilities", "raw",
    ]  # fmt: skip


def test_default_settings():
    assert dataclasses.astuple(Client()) == (None, None, None, "2023-06-01", (), 30.0, 2)


def test_empty_base_url_is_an_unset_one(server, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.url.rpartition(':')[2]}")
    for base_url in ("", " "):
        monkeypatch.setenv("ANTHROPIC_BASE_URL", base_url)
        with pytest.raises(APIError, match=r"^api\.anthropic\.com via proxy 127\.0\.0\.1:\d+: the proxy refused"):
            Client(api_key=KEY, max_retries=0, base_url=base_url.strip()).get_model("claude-opus-5")


def test_environment_is_read_once_per_call(api, monkeypatch):
    respond = api.respond

    def change(path):
        monkeypatch.setenv("ANTHROPIC_API_KEY", "another-key")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
        return respond(path)

    api.respond = change
    assert Client().resolve("claude-sonnet").id == "claude-sonnet-5"
    assert [headers["x-api-key"] for _, _, headers in api.requests] == [KEY, KEY]


def test_unused_credential_is_named_if_the_used_one_is_refused(api, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "env-token")
    api.answer(401, {"error": {"type": "authentication_error", "message": "invalid"}})
    with pytest.raises(CredentialError) as caught:
        Client().get_model("claude-opus-5")
    assert str(caught.value).endswith("; check ANTHROPIC_API_KEY (ANTHROPIC_AUTH_TOKEN not used)")
