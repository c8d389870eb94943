"""Models and lists as a server sends them: fields, IDs, pages."""

import copy
import json
import pickle

import pytest
from helpers import OPUS_5, OPUS_48, SONNET_4, fails, row

import claude_model
from claude_model import APIError, Client, Model, ModelNotFoundError, UnavailableError


def test_get_model_returns_what_the_api_sent(api):
    sent = {
        **OPUS_5,
        "capabilities": {"batch": {"supported": True}},
        "max_input_tokens": 1000000,
        "new": [1],
    }
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
    assert model == Model(
        id="claude-opus-5", display_name="claude-opus-5", raw={"id": "claude-opus-5"}
    )
    assert model.type == "model"
    assert (
        model.line
        is model.lifecycle
        is model.created_at
        is model.max_tokens
        is model.capabilities
        is None
    )


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


@pytest.mark.parametrize(
    "value", [LONG, "a\nb", "a\u202eb", "a\x1b[31m", "\ud800", "a\u00a0b"], ids=repr
)
def test_text_that_is_long_or_not_printable_counts_as_not_sent(api, value):
    names = [
        "display_name",
        "created_at",
        "type",
        "line",
        "lifecycle",
        "deprecated_at",
        "retires_at",
    ]
    sent = {"id": "claude-opus-5", **dict.fromkeys(names, value)}
    api.models = [sent]
    model = Client().get_model("claude-opus-5")
    assert model == Model(id="claude-opus-5", display_name="claude-opus-5", raw=sent)
    api.models = [{**sent, "display_name": "x" * 200}]
    assert Client().get_model("claude-opus-5").display_name == "x" * 200


@pytest.mark.parametrize(
    "model_id",
    ["a", "9", "a" * 200, "a._:/@+-[]Z9", "anthropic/claude-opus-5", "claude-opus-4-8[1m]"],
)
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
def test_value_without_a_valid_id_is_not_a_model(sent):
    assert claude_model._parse_model(sent) is None


def test_answer_without_a_valid_id_is_not_a_model(api):
    api.answer(200, {"id": "a b"})
    error = fails(UnavailableError)
    assert error.status == 200
    assert str(error) == (
        f'unexpected response from {api.url[7:]}: not a model: {{"id": "a b"}}; check ANTHROPIC_BASE_URL'
    )


def test_row_without_a_valid_id_is_skipped(api):
    api.answer(200, {"data": [*NO_MODELS, OPUS_5, *NO_MODELS]})
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
    assert (
        str(caught.value)
        == f"{model_id.strip()!r} is not a model ID: in a URL, it means another path"
    )
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
    with pytest.raises(
        ValueError, match="lifecycle must be a list of 'active', 'deprecated' and 'retired', not "
    ):
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
    with pytest.raises(APIError, match="over 100 pages"):
        Client().list_models()
    assert len(api.paths) == 100
    api.models.pop()
    assert len(Client().list_models()) == 100


@pytest.mark.parametrize("page", [[], {}, {"data": {}}, {"data": ""}, None, {"models": []}])
def test_page_of_another_shape_is_an_api_error(api, page):
    api.answer(200, json.dumps(page).encode())
    with pytest.raises(UnavailableError, match=": not a list of models: "):
        Client().list_models()


def test_null_is_an_empty_list(api):
    api.answer(200, {"data": None})
    with pytest.raises(
        UnavailableError, match=": the model list is empty; check ANTHROPIC_BASE_URL"
    ):
        Client().list_models()
