"""How a name is resolved against the API: which requests are made, what is refused, what succeeds it."""

import datetime
import time

import pytest
from conftest import HAIKU_45, OPUS_5, OPUS_48, SONNET_4, SONNET_5, row

import claude_model
from claude_model import APIError, Client, CredentialError, ModelNotFoundError, ModelRetiredError, resolve

LIST = "/v1/models?limit=1000"
RETIRED = "/v1/models?limit=1000&lifecycle%5B%5D=retired"


def in_days(days):
    day = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days)
    return f"{day}T00:00:00Z"


@pytest.mark.parametrize(
    ("name", "model_id", "paths"),
    [
        ("claude-opus-5", "claude-opus-5", ["/v1/models/claude-opus-5"]),
        (" claude-opus-5\n", "claude-opus-5", ["/v1/models/claude-opus-5"]),
        ("claude-haiku-4-5", HAIKU_45["id"], ["/v1/models/claude-haiku-4-5"]),
        ("sonnet", "claude-sonnet-5", [LIST]),
        ("Sonnet", "claude-sonnet-5", [LIST]),
        ("sonnet-latest", "claude-sonnet-5", [LIST]),
        ("claude-sonnet", "claude-sonnet-5", ["/v1/models/claude-sonnet", LIST]),
        ("claude-sonnet-latest", "claude-sonnet-5", ["/v1/models/claude-sonnet-latest", LIST]),
        ("opus-4.8", "claude-opus-4-8", [LIST]),
        ("Opus 4.8", "claude-opus-4-8", [LIST]),
        ("4.8 opus", "claude-opus-4-8", [LIST]),
        ("Claude Opus 4.8", "claude-opus-4-8", [LIST]),
    ],
)
def test_name_takes_the_requests_of_its_kind(api, name, model_id, paths):
    assert resolve(name).id == model_id
    assert api.paths == paths


@pytest.mark.parametrize("name", ["", "x" * 201, "opus\x005"])
def test_refused_name_makes_no_request(api, name):
    with pytest.raises(ValueError):
        resolve(name)
    assert api.paths == []


def test_answer_that_is_not_404_decides(api):
    api.answer(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}})
    with pytest.raises(APIError) as caught:
        resolve("claude-opus-5")
    assert caught.value.status == 400
    assert len(api.paths) == 1


def test_unknown_name_is_looked_for_among_the_retired_too(api):
    with pytest.raises(ModelNotFoundError) as caught:
        resolve("claude-sonet-5")
    assert api.paths == ["/v1/models/claude-sonet-5", LIST, RETIRED]
    assert caught.value.suggestions[0] == "claude-sonnet-5"


@pytest.mark.parametrize("name", ["claude-sonnet-4-20250514", "sonnet-4", "Claude Sonnet 4"])
def test_retired_model_is_refused_where_the_api_answers_404(api, name):
    with pytest.raises(ModelRetiredError) as caught:
        resolve(name)
    assert str(caught.value) == (
        "claude-sonnet-4-20250514 retired on 2026-06-15; "
        "use claude-sonnet-5, the newest of its line, or let `upgrade` choose it"
    )
    assert caught.value.model.id == SONNET_4["id"]
    assert caught.value.successor.id == "claude-sonnet-5"


def test_retired_model_is_refused_where_the_api_answers_200(api):
    api.serves_retired = True
    with pytest.raises(ModelRetiredError) as caught:
        resolve(SONNET_4["id"])
    assert caught.value.successor.id == "claude-sonnet-5"
    assert api.paths == [f"/v1/models/{SONNET_4['id']}", LIST]


def test_client_upgrades_only_where_it_is_asked_to(api):
    with pytest.raises(ModelRetiredError):
        Client().resolve(SONNET_4["id"])


def test_model_that_retires_today_is_not_overdue(api):
    api.models = [{**OPUS_48, "retires_at": in_days(0)}]
    with pytest.raises(
        ModelRetiredError,
        match=rf"retires on {in_days(0)[:10]} \(days left: 0\), and at least 1 are asked for",
    ):
        resolve("opus-4.8", min_days_left=1)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs tzset")
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_days_are_those_of_utc_wherever_the_machine_is(monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert claude_model._day("2026-10-07T13:00:00Z") == claude_model._day("2026-10-07T10:30:00Z") == "2026-10-07"
        assert [claude_model._days_left(in_days(days)) for days in (-1, 0, 1)] == [-1, 0, 1]
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


@pytest.mark.parametrize("serves_retired", [True, False])
def test_upgrade_answers_with_the_successor(api, serves_retired):
    api.serves_retired = serves_retired
    assert resolve(SONNET_4["id"], upgrade=True).id == "claude-sonnet-5"


def test_retirement_on_an_unknown_day_says_so(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", "retired")]
    with pytest.raises(ModelRetiredError, match="claude-sonnet-4 retired on a day that is not known; use"):
        resolve("sonnet 4")


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_server_that_refuses_the_filter_has_no_retired_models(api, status):
    api.answers = [(404, b"", {})]
    api.answers.append((200, b'{"data": [{"id": "claude-opus-5"}]}', {}))
    api.answers.append((status, b"", {}))
    with pytest.raises(ModelNotFoundError):
        resolve(SONNET_4["id"])


def test_server_that_ignores_the_filter_has_no_retired_models(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", None)]
    with pytest.raises(ModelNotFoundError):
        resolve("claude-sonnet-4")


def test_failing_list_of_the_retired_is_an_api_error(api):
    for _ in range(2):
        api.answers += [
            (200, b'{"data": [{"id": "claude-opus-5"}]}', {}),
            (500, b"", {"x-should-retry": "false"}),
        ]
        with pytest.raises(APIError):
            resolve("sonnet 4")


@pytest.mark.parametrize("status", [401, 503])
@pytest.mark.parametrize("upgrade", [True, False])
def test_failing_list_leaves_a_retired_model_retired(api, status, upgrade):
    import json

    api.answers = [(200, json.dumps(SONNET_4).encode(), {}), (status, b"", {"x-should-retry": "false"})]
    with pytest.raises(ModelRetiredError) as caught:
        resolve(SONNET_4["id"], upgrade=upgrade)
    assert caught.value.successor is None
    message = str(caught.value)
    assert message.startswith("claude-sonnet-4-20250514 retired on 2026-06-15; its successor is not known (127")
    assert f"answered {status}" in message


def test_retired_model_alone_in_its_line_has_no_successor(api):
    api.models = [OPUS_5]
    with pytest.raises(ModelRetiredError) as caught:
        resolve(SONNET_4["id"], upgrade=True)
    assert caught.value.successor is None
    assert str(caught.value).endswith("; no other model of its line will do: choose one of another line")


def test_retired_model_without_a_line_has_no_successor(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", None, "retired")]
    with pytest.raises(ModelRetiredError) as caught:
        resolve("claude-sonnet-4")
    assert caught.value.successor is None


def test_successor_is_of_the_line_in_the_names_where_no_model_carries_one(api):
    api.models = [
        row("claude-opus-5", "Claude Opus 5", None, None),
        row("claude-sonnet-5", "Claude Sonnet 5", None, None),
    ]
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", None, "retired")]
    assert resolve("claude-sonnet-4", upgrade=True).id == "claude-sonnet-5"


def test_successor_is_an_active_model_before_a_newer_deprecated_one(api):
    api.models = [
        {**SONNET_5, "lifecycle": "deprecated"},
        row("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet"),
    ]
    assert resolve(SONNET_4["id"], upgrade=True).id == "claude-sonnet-4-6"


def test_successor_is_deprecated_where_the_line_has_no_active_model(api):
    api.models = [{**SONNET_5, "lifecycle": "deprecated"}]
    assert resolve(SONNET_4["id"], upgrade=True).id == "claude-sonnet-5"


def test_deprecated_model_passes_with_one_request(api):
    assert resolve("claude-sonnet-4-5-20250929", upgrade=True).lifecycle == "deprecated"
    assert len(api.paths) == 1


@pytest.mark.parametrize("lifecycle", ["active", "deprecated", None])
def test_min_days_left_lets_the_very_day_pass(api, lifecycle):
    api.models = [row("claude-opus-4-8", "Claude Opus 4.8", "opus", lifecycle, retires_at=in_days(30))]
    assert resolve("opus-4.8", min_days_left=30).id == "claude-opus-4-8"
    with pytest.raises(ModelRetiredError):
        resolve("opus-4.8", min_days_left=31)


def test_min_days_left_refuses_and_names_the_successor(api):
    api.models = [OPUS_5, {**OPUS_48, "retires_at": in_days(29)}]
    with pytest.raises(ModelRetiredError) as caught:
        resolve("opus-4.8", min_days_left=30)
    assert str(caught.value) == (
        f"claude-opus-4-8 retires on {in_days(29)[:10]} (days left: 29), and at least 30 are asked for; "
        "use claude-opus-5, the newest of its line, or let `upgrade` choose it"
    )
    assert resolve("opus-4.8", min_days_left=30, upgrade=True).id == "claude-opus-5"


def test_min_days_left_refuses_a_retired_model(api):
    with pytest.raises(ModelRetiredError):
        resolve(SONNET_4["id"], min_days_left=0)


def test_min_days_left_of_0_refuses_an_overdue_model_which_else_passes(api):
    api.models = [row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", "deprecated", retires_at=in_days(-2))]
    assert resolve("claude-sonnet-4").id == "claude-sonnet-4"
    with pytest.raises(ModelRetiredError, match=r"was to retire on .* \(days left: -2\), and at least 0 are asked for"):
        resolve("claude-sonnet-4", min_days_left=0)


@pytest.mark.parametrize("retires_at", [None, "soon", "1970-01-01T00:00:00Z", 5])
def test_min_days_left_lets_an_unknown_day_pass(api, retires_at):
    api.models = [{**OPUS_48, "retires_at": retires_at}]
    assert resolve("opus-4.8", min_days_left=9999).id == "claude-opus-4-8"


def test_successor_has_the_days_left_too(api):
    sooner = {**OPUS_5, "retires_at": in_days(9)}
    later = row("claude-opus-4-9", "Claude Opus 4.9", "opus", retires_at=in_days(10))
    api.models = [sooner, later, {**OPUS_48, "retires_at": in_days(5)}]
    assert resolve("opus-4.8", min_days_left=10, upgrade=True).id == "claude-opus-4-9"


@pytest.mark.parametrize("days", [-1, 1.5, "30", True])
def test_min_days_left_is_a_whole_number(api, days):
    with pytest.raises(ValueError) as caught:
        resolve("opus", min_days_left=days)
    assert str(caught.value) == f"min_days_left must be a whole number, 0 or more, not {days!r}"
    assert api.paths == []


def test_list_of_several_pages_is_read_whole(api):
    api.page_size = 2
    assert resolve("sonnet 4.5").id == "claude-sonnet-4-5-20250929"
    assert api.paths == [LIST, f"{LIST}&after_id=claude-sonnet-5", f"{LIST}&after_id={HAIKU_45['id']}"]


def test_empty_list_is_an_api_error_and_not_an_unknown_model(api):
    api.models = []
    with pytest.raises(APIError) as caught:
        resolve("sonnet")
    assert str(caught.value) == (
        'the API answered without a model in its list: {"data": [], "has_more": false, "last_id": null}; '
        "check the base URL"
    )


def test_404_from_the_list_points_to_the_base_url(api):
    api.answers = [(404, b"<html>Not here</html>", {})] * 2
    with pytest.raises(APIError) as caught:
        resolve("claude-opus-5")
    assert str(caught.value).endswith("answered 404: <html>Not here</html>; check the base URL")


def test_alias_that_the_list_lacks_is_found_by_its_words(api):
    api.aliases = {}
    assert Client().resolve("claude-haiku-4-5").id == HAIKU_45["id"]


def test_missing_credential_is_an_error_that_names_the_ways_out(server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    with pytest.raises(CredentialError) as caught:
        resolve("sonnet")
    assert str(caught.value) == (
        "there is no credential to ask the API with; set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, "
        "or use --offline for the built-in catalogue"
    )
    assert server.paths == []
