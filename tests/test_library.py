"""The library: clients, their arguments, and errors."""

import dataclasses
import pickle

import pytest
from helpers import KEY

import claude_model
from claude_model import (
    APIError,
    Client,
    CredentialError,
    Model,
    ModelNotFoundError,
    ModelRetiredError,
)


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


def test_betas_are_sent_as_one_header(api):
    Client(betas=("one-2026-01-01", "two-2026-01-01"), version="2026-10-21").get_model(
        "claude-opus-5"
    )
    assert sent_headers(api)["anthropic-beta"] == "one-2026-01-01,two-2026-01-01"
    assert sent_headers(api)["anthropic-version"] == "2026-10-21"


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


@pytest.mark.parametrize(
    "settings", [{"version": "2023\r\nx: y"}, {"betas": ("a b",)}, {"version": ""}]
)
def test_setting_that_no_header_can_carry_is_a_value_error(settings):
    with pytest.raises(ValueError, match="version and betas must be ASCII without spaces, not "):
        Client(**settings)


def test_bounds_of_the_settings_are_allowed():
    assert Client(timeout=86_400, max_retries=0).max_retries == 0


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


@pytest.mark.parametrize("betas", ["abc", {"a"}, None])
def test_betas_are_a_tuple_or_a_list(betas):
    with pytest.raises(ValueError, match="betas must be a tuple or list of strings, not "):
        Client(betas=betas)
    assert Client(betas=["a"]).betas == ["a"]


def test_reason_of_an_error_is_its_message_without_the_advice():
    error = claude_model.UnavailableError("it failed", "try later", status=503)
    assert (str(error), error.reason, error.status) == ("it failed; try later", "it failed", 503)
    assert str(claude_model.ClaudeModelError("it failed")) == "it failed"


def test_no_traceback_shows_a_private_class(api):
    import traceback

    api.answers = [(200, b"<html>", {}), (200, b"<html>", {})]
    try:
        claude_model.resolve("claude-opus-5")
    except claude_model.ClaudeModelError as error:
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert "claude_model.UnavailableError: " in shown
    assert "claude_model._" not in shown
