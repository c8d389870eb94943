"""Models and lists as a server sends them, the client that asks for them, and the errors."""

import copy
import dataclasses
import pickle
import typing

import pytest
from helpers import KEY, LIST, RETIRED_LIST
from rows import OPUS_5, OPUS_48, SONNET_4, row

import claude_model
from claude_model import (
    APIError,
    Client,
    CredentialError,
    MissingCredentialError,
    Model,
    ModelNotFoundError,
    ModelRetiredError,
    UnavailableError,
)  # fmt: skip

TEXTS = ["display_name", "created_at", "type", "line", "lifecycle", "deprecated_at", "retires_at"]
BARE = Model(id="claude-opus-5", display_name="claude-opus-5")


def test_get_model_returns_what_the_api_sent(api):
    sent = {
        **OPUS_5, "capabilities": {"batch": {"supported": True}}, "max_input_tokens": 1000000,
        "new": [1.5, "\ud800"],
    }  # fmt: skip
    api.models = [sent]
    model = Client().get_model("claude-opus-5")
    assert model == Model(
        id="claude-opus-5", display_name="Claude Opus 5", created_at="2026-07-24T00:00:00Z",
        type="model", line="opus", lifecycle="active", max_input_tokens=1000000, max_tokens=128000,
        capabilities={"batch": {"supported": True}}, raw=sent,
    )  # fmt: skip
    assert hash(model) == hash(Client().get_model("claude-opus-5"))
    assert pickle.loads(pickle.dumps(model)) == copy.deepcopy(model) == model


@pytest.mark.parametrize("value", [True, 1.5, [], "", "x" * 201, "a\nb", "a\u202eb", "a\x1b[31m", "\ud800"], ids=repr)  # fmt: skip
def test_field_of_a_wrong_type_or_a_text_that_cannot_be_shown_counts_as_not_sent(api, value):
    names = [*TEXTS, "max_input_tokens", "max_tokens", "capabilities"]
    sent = {"id": "claude-opus-5", **dict.fromkeys(names, value)}
    api.answer(200, sent)
    assert Client().get_model("claude-opus-5") == dataclasses.replace(BARE, raw=sent)


def test_id_alone_and_a_text_of_200_characters_are_a_model(api):
    api.answer(200, {"id": "claude-opus-5"})
    model = Client().get_model("claude-opus-5")
    assert model == dataclasses.replace(BARE, raw={"id": "claude-opus-5"})
    assert (model.type, model.display_name) == ("model", "claude-opus-5")
    api.answer(200, {"id": "a", "line": "x" * 200})
    assert Client().get_model("claude-opus-5").line == "x" * 200


NO_IDS = [
    None, 5, "", "a b", "a\n", "a\u00a0b", "\ud800", "x" * 201, "--model", ".a", "/a", "[a]",
    "a\u00e9", "anthropic/*", *(f"a{character}" for character in "\"'$`\\!#%&(;<=>?^{|~"),
]  # fmt: skip


def test_row_without_a_valid_id_is_skipped(api):
    ids = ["a", "9", "a" * 200, "a._:/@+-[]Z9"]
    rows = [{}, [], None, "x", *({"id": model_id} for model_id in [*NO_IDS, *ids])]
    api.answer(200, {"data": rows})
    assert [model.id for model in Client().list_models()] == ids


@pytest.mark.parametrize("lifecycle", [[], ["retired"]])
def test_list_of_which_nothing_is_left_is_not_usable(api, lifecycle):
    api.answer(200, {"data": [{"id": "a b"}]})
    with pytest.raises(UnavailableError, match="the model list is empty"):
        Client().list_models(lifecycle)


@pytest.mark.parametrize("body", [{"id": "a b"}, [], {"data": []}, b"hello"])
def test_answer_that_is_not_a_model_shows_the_servers_words(api, body):
    api.answer(200, body, request_id="req_1")
    words = (
        r"unexpected response from .*: not a model: .* \(request req_1\); check ANTHROPIC_BASE_URL"
    )
    with pytest.raises(UnavailableError, match=words) as caught:
        Client().get_model("claude-opus-5")
    assert (caught.value.status, caught.value.request_id) == (200, "req_1")


def test_get_model_of_an_unknown_id_is_not_found_and_of_a_retired_one_is_found(api):
    with pytest.raises(ModelNotFoundError) as caught:
        Client().get_model("claude-x")
    assert (caught.value.name, caught.value.suggestions) == ("claude-x", ())
    assert isinstance(caught.value, LookupError)
    api.serves_retired = True
    assert Client().get_model(SONNET_4["id"]).lifecycle == "retired"


@pytest.mark.parametrize(
    ("model_id", "path"),
    [
        ("a/b", "/v1/models/a%2Fb"),
        ("../messages", "/v1/models/..%2Fmessages"),
        ("a?b#c%2F", "/v1/models/a%3Fb%23c%252F"),
        ("a b", "/v1/models/a%20b"),
        ("\u00e9\u4e2d", "/v1/models/%C3%A9%E4%B8%AD"),
    ],
)
def test_id_is_one_percent_encoded_path_segment(api, model_id, path):
    with pytest.raises(ModelNotFoundError):
        Client().get_model(model_id)
    assert api.paths == [path]


@pytest.mark.parametrize("model_id", [".", " .. "])
def test_dots_are_not_an_id(api, model_id):
    with pytest.raises(ValueError, match=r"'\.+' is not a model ID"):
        Client().get_model(model_id)
    assert api.paths == []


def test_list_models_returns_the_models_of_every_page_in_the_api_order(api):
    api.page_size = 2
    found = Client().list_models()
    assert [model.id for model in found] == [model["id"] for model in api.models]
    assert len(api.paths) == 3


def test_list_models_asks_for_lifecycles(api):
    assert [model.id for model in Client().list_models(["retired"])] == [SONNET_4["id"]]
    Client().list_models(("active", "deprecated"))
    assert api.paths == [RETIRED_LIST, f"{LIST}&lifecycle%5B%5D=active&lifecycle%5B%5D=deprecated"]


@pytest.mark.parametrize("data", [[], None])
def test_list_with_a_filter_may_be_empty_and_that_of_the_models_in_use_may_not(api, data):
    api.answer(200, {"data": data}, times=2)
    assert Client().list_models(["retired"]) == []
    with pytest.raises(UnavailableError, match="the model list is empty"):
        Client().list_models()


@pytest.mark.parametrize("page", [[], {}, {"data": {}}, {"data": ""}, "x", 5])
def test_page_of_another_shape_is_not_usable(api, page):
    api.answer(200, page)
    with pytest.raises(UnavailableError, match=": not a list of models: "):
        Client().list_models()


def test_empty_page_is_no_end_and_only_true_means_more(api):
    api.answer(200, {"data": [], "has_more": True, "last_id": "x"})
    api.answer(200, {"data": [OPUS_5], "has_more": "yes", "last_id": "x"})
    assert [model.id for model in Client().list_models()] == ["claude-opus-5"]


@pytest.mark.parametrize("cursor", [None, 5, "", "claude-opus-5", "\ud800", "x" * 201])
def test_cursor_that_repeats_or_cannot_be_sent_is_an_error(api, cursor):
    api.answer(200, {"data": [OPUS_5], "has_more": True, "last_id": "claude-opus-5"})
    api.answer(200, {"data": [OPUS_48], "has_more": True, "last_id": cursor})
    with pytest.raises(UnavailableError, match="has_more without a new last_id"):
        Client().list_models()
    assert len(api.paths) == 2


def test_list_has_at_most_100_pages_and_5000_models(api):
    api.page_size = 1
    api.models = [row(f"claude-{number}") for number in range(100)]
    assert len(Client().list_models()) == 100
    api.models.append(row("claude-100"))
    with pytest.raises(UnavailableError, match=r"over 5000 models, 100 pages or 4 MiB"):
        Client().list_models()
    assert len(api.paths) == 200
    api.page_size = 5001
    api.models = [{"id": f"claude-{number}"} for number in range(5000)]
    assert len(Client().list_models()) == 5000
    api.models.append({"id": "claude-5000"})
    with pytest.raises(UnavailableError, match=r"over 5000 models, 100 pages or 4 MiB"):
        Client().list_models()


def test_pages_have_at_most_4_mib_together(api):
    rows = [{"id": "claude-opus-5", "padding": "x" * (2**21 - 200)}]
    for number in range(6):
        api.answer(200, {"data": rows, "has_more": True, "last_id": f"c{number}"})
    with pytest.raises(UnavailableError, match=r"over 5000 models, 100 pages or 4 MiB"):
        Client().list_models()
    assert len(api.paths) == 3


def test_client_and_model_have_the_documented_fields_defaults_and_types():
    assert dataclasses.astuple(Client()) == (None, None, None, "2023-06-01", (), 30.0, 2)
    client = Client("key", "token", "https://h", "v", ("b",), 5, 1)
    assert dataclasses.astuple(client) == ("key", "token", "https://h", "v", ("b",), 5, 1)
    assert [field.name for field in dataclasses.fields(Model)] == [
        "id", "display_name", "created_at", "type", "line", "lifecycle", "deprecated_at", "retires_at",
        "max_input_tokens", "max_tokens", "capabilities", "raw",
    ]  # fmt: skip
    assert typing.get_type_hints(Model)["max_tokens"] == typing.Optional[int]
    for function in (claude_model.match, claude_model.resolve, Client.resolve, Client.list_models):
        assert typing.get_type_hints(function)["return"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        client.timeout = 5


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), 86_401, "30", True, None])
def test_timeout_out_of_range_is_a_value_error(timeout):
    with pytest.raises(ValueError, match="timeout must be above 0 and up to 86400, not "):
        Client(timeout=timeout)
    assert Client(timeout=86_400, max_retries=0).max_retries == 0


@pytest.mark.parametrize("retries", [-1, 1.0, False])
def test_max_retries_out_of_range_is_a_value_error(retries):
    with pytest.raises(ValueError, match="max_retries must be a whole number, 0 or more"):
        Client(max_retries=retries)


def test_header_that_cannot_be_sent_is_a_value_error(api):
    for settings in ({"version": "2023\r\nx: y"}, {"betas": ("a\nb",)}):
        with pytest.raises(ValueError, match="Invalid header value"):
            Client(**settings).get_model("claude-opus-5")
    assert api.paths == []


def test_client_shows_no_credential():
    client = Client(api_key=KEY, auth_token="token-secret", base_url="https://example.com")
    assert KEY not in repr(client)
    assert "secret" not in repr(client)
    assert "base_url='https://example.com'" in repr(client)


@pytest.mark.parametrize(
    "error",
    [
        ModelNotFoundError("m", name="n", suggestions=("s",)),
        ModelRetiredError("m", model=Model("a"), successor=Model("b")),
        CredentialError("m"),
        MissingCredentialError("m"),
        APIError("m", status=500, type="api_error", request_id="req_1"),
        UnavailableError("m", "advice", status=500),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_pickling_and_have_one_base(error):
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
    assert isinstance(error, claude_model.ClaudeModelError)
    assert (error.reason, str(error)[:1]) == ("m", "m")


def test_defaults_and_bases_of_the_errors():
    assert ModelNotFoundError("m").suggestions == ()
    assert ModelRetiredError("m").successor is APIError("m").status is None
    assert issubclass(MissingCredentialError, CredentialError)
    assert issubclass(UnavailableError, APIError)
