"""How a name is resolved against the API: which requests are made, what is refused, what succeeds it."""

import json
import re
import time
import warnings

import pytest
from helpers import (
    HAIKU_45,
    OPUS_5,
    OPUS_48,
    SONNET_4,
    SONNET_5,
    fresh_catalogue,
    in_days,
    messages,
    row,
)

import claude_model
from claude_model import (
    APIError,
    Client,
    CredentialError,
    ModelNotFoundError,
    ModelRetiredError,
    UnavailableError,
    main,
    resolve,
)

LIST = "/v1/models?limit=1000"
RETIRED = "/v1/models?limit=1000&lifecycle%5B%5D=retired"


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


@pytest.mark.parametrize("status", [401, 403, 407, 408, 409, 429, 500, 502, 503, 529])
def test_answer_that_the_list_would_repeat_decides(api, status):
    api.answer(status, b"", x_should_retry="false")
    with pytest.raises((APIError, CredentialError)):
        resolve("claude-opus-5")
    assert len(api.paths) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, b""), (402, b""), (404, b""), (405, b""), (501, b""), (302, b""), (200, b"<html>"), (200, b"{}"), (204, b""),
     (200, b'{"data": []}'), (200, b'{"id": "a b"}')],
)  # fmt: skip
def test_any_other_answer_goes_on_to_the_list(api, status, body):
    api.answer(status, body)
    assert resolve("claude-opus-5").id == "claude-opus-5"
    assert api.paths == ["/v1/models/claude-opus-5", LIST]


def test_model_without_a_lifecycle_counts_only_if_the_list_has_it(api):
    api.models = [{"id": "claude-opus-5"}, {"id": "claude-sonnet-5"}]
    api.retired = []
    api.answer(200, {"id": "claude-opus-5", "object": "model"})
    assert resolve("claude-opus-5").raw == {"id": "claude-opus-5"}
    api.answer(200, {"id": "claude-opus-9"})
    with pytest.raises(ModelNotFoundError):
        resolve("claude-opus-9")
    api.answer(200, {"id": "claude-sonnet"})  # A relay that echoes any name.
    assert resolve("claude-sonnet").id == "claude-sonnet-5"


@pytest.mark.parametrize("status", [404, 405, 501, 400])
def test_model_without_a_lifecycle_counts_if_the_server_has_no_list(api, status):
    api.answers = [(200, b'{"id": "claude-opus-5"}', {}), (status, b"", {})]
    assert resolve("claude-opus-5").id == "claude-opus-5"
    api.answers = [(200, b'{"id": "claude-opus-5"}', {}), (503, b"", {"x-should-retry": "false"})]
    with pytest.raises(UnavailableError):
        resolve("claude-opus-5")


def test_unknown_name_is_looked_for_among_the_retired_too(api):
    with pytest.raises(ModelNotFoundError) as caught:
        resolve("claude-sonet-5")
    assert api.paths == ["/v1/models/claude-sonet-5", LIST, RETIRED]
    assert caught.value.suggestions == ("sonnet", "claude-sonnet-5")


@pytest.mark.parametrize("name", ["claude-sonnet-4-20250514", "sonnet-4", "Claude Sonnet 4"])
def test_retired_model_is_refused_where_the_api_answers_404(api, name):
    with pytest.raises(ModelRetiredError) as caught:
        resolve(name)
    which = "" if name == SONNET_4["id"] else f"{name!r} is "
    retired = f"{SONNET_4['id']}{', which' if which else ''} retired on 2026-06-15"
    assert str(caught.value) == f"{which}{retired}; use claude-sonnet-5, or pass upgrade=True"
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
        match=rf"retires on {in_days(0)[:10]}, in 0 days \(minimum: 1\)",
    ):
        resolve("opus-4.8", min_days_left=1)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs tzset")
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_days_are_those_of_utc_in_every_time_zone(api, monkeypatch, zone):
    api.models = [{**OPUS_48, "retires_at": f"{in_days(2)[:10]}T13:00:00Z"}]
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert resolve("opus-4.8", min_days_left=2).id == "claude-opus-4-8"
        with pytest.raises(
            ModelRetiredError, match=rf"retires on {in_days(2)[:10]}, in 2 days \(minimum: 3\)"
        ):
            resolve("opus-4.8", min_days_left=3)
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


@pytest.mark.parametrize("serves_retired", [True, False])
def test_upgrade_answers_with_the_replacement_and_warns(api, serves_retired):
    api.serves_retired = serves_retired
    with pytest.warns(UserWarning) as caught:
        assert resolve(SONNET_4["id"], upgrade=True).id == "claude-sonnet-5"
    assert messages(caught) == [
        "claude-sonnet-4-20250514 retired on 2026-06-15; upgraded to claude-sonnet-5"
    ]


def test_retirement_on_an_unknown_day_says_so(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", "retired")]
    with pytest.raises(
        ModelRetiredError, match="claude-sonnet-4, which retired on an unknown date; use"
    ):
        resolve("sonnet 4")


@pytest.mark.parametrize("status", [400, 403, 404, 422, 501])
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
    api.answers = [
        (200, json.dumps(SONNET_4).encode(), {}),
        (status, b"", {"x-should-retry": "false"}),
    ]
    with pytest.raises(ModelRetiredError) as caught:
        resolve(SONNET_4["id"], upgrade=upgrade)
    assert caught.value.successor is None
    message = str(caught.value)
    assert message.startswith(
        "claude-sonnet-4-20250514 retired on 2026-06-15; its replacement could not be looked up (127"
    )
    assert f": {status}: empty body" in message


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": []}'])
def test_list_that_is_no_answer_leaves_a_retired_model_retired(api, body):
    api.answers = [(200, json.dumps(SONNET_4).encode(), {}), (200, body, {})]
    with pytest.raises(
        ModelRetiredError, match=r"its replacement could not be looked up \(unexpected response"
    ):
        resolve(SONNET_4["id"], upgrade=True)


def test_retired_model_alone_in_its_line_has_no_replacement(api):
    api.models = [OPUS_5]
    with pytest.raises(ModelRetiredError) as caught:
        resolve(SONNET_4["id"], upgrade=True)
    assert caught.value.successor is None
    assert str(caught.value).endswith("; no replacement in its family; choose another model")


def test_retired_model_without_a_line_has_no_replacement(api):
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", None, "retired")]
    with pytest.raises(ModelRetiredError) as caught:
        resolve("claude-sonnet-4")
    assert caught.value.successor is None


def test_replacement_is_of_the_line_in_the_names_where_no_model_has_one(api):
    api.models = [
        row("claude-opus-5", "Claude Opus 5", None, None),
        row("claude-sonnet-5", "Claude Sonnet 5", None, None),
    ]
    api.retired = [row("claude-sonnet-4", "Claude Sonnet 4", None, "retired")]
    with pytest.warns(UserWarning, match="upgraded to"):
        assert resolve("claude-sonnet-4", upgrade=True).id == "claude-sonnet-5"


def test_replacement_is_an_active_model_before_a_newer_deprecated_one(api):
    api.models = [
        {**SONNET_5, "lifecycle": "deprecated"},
        row("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet"),
    ]
    with pytest.warns(UserWarning, match="upgraded to"):
        assert resolve(SONNET_4["id"], upgrade=True).id == "claude-sonnet-4-6"


def test_replacement_may_be_deprecated_and_is_then_warned_of(api):
    api.models = [{**SONNET_5, "lifecycle": "deprecated"}]
    with pytest.warns(UserWarning) as caught:
        assert resolve(SONNET_4["id"], upgrade=True).id == "claude-sonnet-5"
    assert messages(caught) == [
        "claude-sonnet-4-20250514 retired on 2026-06-15; upgraded to claude-sonnet-5",
        "claude-sonnet-5 is deprecated and retires on an unknown date; "
        "no newer active model in its family; choose another model",
    ]


def test_replacement_from_two_providers_is_not_chosen(api):
    api.models = [{"id": "a/claude-sonnet-5"}, {"id": "b/claude-sonnet-5"}]
    api.serves_retired = True
    with pytest.raises(ModelRetiredError) as caught:
        resolve(SONNET_4["id"], upgrade=True)
    assert str(caught.value) == (
        "claude-sonnet-4-20250514 retired on 2026-06-15; use a/claude-sonnet-5 or b/claude-sonnet-5"
    )
    assert caught.value.successor is None


@pytest.mark.parametrize("upgrade", [True, False])
def test_deprecated_model_is_answered_with_a_warning_and_one_request_more(api, upgrade):
    with pytest.warns(UserWarning) as caught:
        assert resolve("claude-sonnet-4-5-20250929", upgrade=upgrade).lifecycle == "deprecated"
    assert re.fullmatch(
        r"claude-sonnet-4-5-20250929 is deprecated and retires on 2099-01-01, in \d+ days; use claude-sonnet-5",
        *messages(caught),
    )
    assert api.paths == ["/v1/models/claude-sonnet-4-5-20250929", LIST]


@pytest.mark.parametrize("days", [-2, -1, 0, 1, 2])
def test_warning_says_how_many_days_are_left(api, days):
    api.models = [
        row("claude-opus-4", "Claude Opus 4", "opus", "deprecated", retires_at=in_days(days))
    ]
    date = in_days(days)[:10]
    when = {
        -2: f"was due to retire on {date}, 2 days ago",
        -1: f"was due to retire on {date}, 1 day ago",
        0: f"retires on {date}, in 0 days",
        1: f"retires on {date}, in 1 day",
        2: f"retires on {date}, in 2 days",
    }
    with pytest.warns(UserWarning) as caught:
        resolve("opus")
    assert messages(caught) == [
        f"'opus' is claude-opus-4, which is deprecated and {when[days]}; no newer active model in its family; choose another model"
    ]


def test_deprecated_model_is_recommended_no_deprecated_and_no_older_model(api):
    older = row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", created_at="2025-01-01T00:00:00Z")
    newer = row(
        "claude-sonnet-4-6",
        "Claude Sonnet 4.6",
        "sonnet",
        "deprecated",
        created_at="2026-02-01T00:00:00Z",
    )
    api.models = [OPUS_5, newer, api.models[-1], older]
    with pytest.warns(
        UserWarning, match="; no newer active model in its family; choose another model"
    ):
        assert resolve("sonnet 4.5").id == "claude-sonnet-4-5-20250929"


def test_deprecated_model_is_answered_even_if_the_list_fails(api):
    api.answers = [(200, json.dumps(api.models[-1]).encode(), {}), (400, b"", {})]
    with pytest.warns(
        UserWarning,
        match=r"; its replacement could not be looked up \(127.+: 400: empty body",
    ):
        assert resolve("claude-sonnet-4-5-20250929").lifecycle == "deprecated"


def test_warning_points_at_the_line_that_calls(api):
    for call in (resolve, Client().resolve):
        with pytest.warns(UserWarning) as caught:
            call("claude-sonnet-4-5-20250929")
        assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("lifecycle", ["active", "deprecated", None])
def test_min_days_left_lets_the_very_day_pass(api, lifecycle):
    api.models = [
        row("claude-opus-4-8", "Claude Opus 4.8", "opus", lifecycle, retires_at=in_days(30))
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert resolve("opus-4.8", min_days_left=30).id == "claude-opus-4-8"
    with pytest.raises(ModelRetiredError):
        resolve("opus-4.8", min_days_left=31)


def test_min_days_left_refuses_and_names_the_replacement(api):
    api.models = [OPUS_5, {**OPUS_48, "retires_at": in_days(29)}]
    with pytest.raises(ModelRetiredError) as caught:
        resolve("claude-opus-4-8", min_days_left=30)
    assert str(caught.value) == (
        f"claude-opus-4-8 retires on {in_days(29)[:10]}, in 29 days (minimum: 30); "
        "use claude-opus-5, or pass upgrade=True"
    )
    with pytest.warns(UserWarning, match=r"in 29 days \(minimum: 30\); upgraded to claude-opus-5"):
        assert resolve("opus-4.8", min_days_left=30, upgrade=True).id == "claude-opus-5"


def test_min_days_left_refuses_a_retired_model(api):
    with pytest.raises(ModelRetiredError):
        resolve(SONNET_4["id"], min_days_left=0)


def test_min_days_left_of_0_refuses_an_overdue_model_which_otherwise_passes(api):
    api.models = [
        row("claude-sonnet-4", "Claude Sonnet 4", "sonnet", "deprecated", retires_at=in_days(-2))
    ]
    with pytest.warns(UserWarning, match="is deprecated and was due to retire on"):
        assert resolve("claude-sonnet-4").id == "claude-sonnet-4"
    with pytest.raises(
        ModelRetiredError, match=r"was due to retire on .*, 2 days ago \(minimum: 0\)"
    ):
        resolve("claude-sonnet-4", min_days_left=0)


@pytest.mark.parametrize("retires_at", [None, "soon", "1970-01-01T00:00:00Z", 5])
def test_min_days_left_lets_an_unknown_day_pass(api, retires_at):
    api.models = [{**OPUS_48, "retires_at": retires_at}]
    assert resolve("opus-4.8", min_days_left=9999).id == "claude-opus-4-8"


def test_replacement_has_the_days_left_too(api):
    sooner = {**OPUS_5, "retires_at": in_days(9)}
    later = row("claude-opus-4-9", "Claude Opus 4.9", "opus", retires_at=in_days(10))
    api.models = [sooner, later, {**OPUS_48, "retires_at": in_days(5)}]
    with pytest.warns(UserWarning, match="upgraded to claude-opus-4-9"):
        assert resolve("opus-4.8", min_days_left=10, upgrade=True).id == "claude-opus-4-9"


@pytest.mark.parametrize("days", [-1, 1.5, "30", True])
def test_min_days_left_is_a_whole_number(api, days):
    with pytest.raises(ValueError) as caught:
        resolve("opus", min_days_left=days)
    assert str(caught.value) == f"min_days_left must be a whole number, 0 or more, not {days!r}"
    assert api.paths == []


def test_list_of_several_pages_is_read_whole(api):
    api.page_size = 2
    assert resolve("haiku 4.5").id == HAIKU_45["id"]
    assert api.paths == [
        LIST,
        f"{LIST}&after_id=claude-sonnet-5",
        f"{LIST}&after_id={HAIKU_45['id']}",
    ]


def test_offline_answers_from_the_catalogue_without_key_and_network(server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    with fresh_catalogue(monkeypatch, row("claude-opus-5", "Claude Opus 5", "opus")):
        assert resolve("Opus 5", offline=True) is claude_model.CATALOGUE[0]
    assert server.paths == []


@pytest.mark.parametrize("name", ["claude-sonnet-4-20250514", "sonnet 4"])
def test_offline_refuses_and_upgrades_retired_models(monkeypatch, name):
    with fresh_catalogue(monkeypatch, SONNET_5, SONNET_4):
        with pytest.raises(ModelRetiredError) as caught:
            resolve(name, offline=True)
        assert caught.value.successor.id == "claude-sonnet-5"
        with pytest.warns(UserWarning, match="upgraded to claude-sonnet-5"):
            assert resolve(name, offline=True, upgrade=True).id == "claude-sonnet-5"


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_offline_refuses_the_same_names(name):
    with pytest.raises(ValueError, match="a model name must have"):
        resolve(name, offline=True)


@pytest.mark.parametrize(("days", "is_stale"), [(90, False), (91, True)])
def test_offline_warns_of_a_catalogue_of_more_than_90_days(monkeypatch, days, is_stale):
    with (
        fresh_catalogue(monkeypatch, OPUS_5, days=days),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        assert resolve("opus", offline=True).id == "claude-opus-5"
    warning = (
        f"the built-in catalogue of {in_days(-days)[:10]} is {days} days old; update claude_model"
    )
    assert messages(caught) == [warning] * is_stale


def test_options_of_resolve_are_keyword_only(api):
    for function in (resolve, Client().resolve):
        with pytest.raises(TypeError):
            function("opus", True)


def test_family_of_which_every_model_is_retired_says_so(api):
    api.models = [OPUS_5]
    with pytest.raises(ModelRetiredError) as caught:
        resolve("sonnet")
    assert str(caught.value) == (
        "'sonnet' is claude-sonnet-4-20250514, which retired on 2026-06-15; no replacement in its family; choose another model"
    )


def test_list_is_fetched_once_and_so_is_its_error(api, capsys):
    assert main(["sonnet-4", "sonnet-4.5", "sonnet-9", "opus"]) == 1
    assert (api.paths.count(LIST), api.paths.count(RETIRED)) == (1, 1)
    api.requests.clear()
    deprecated = json.dumps(api.models[-1]).encode()
    fails = (400, b'{"error": {"type": "invalid_request_error", "message": "no"}}', {})
    api.answers = [(200, deprecated, {}), fails, (200, deprecated, {}), (200, deprecated, {})]
    assert main(["claude-sonnet-4-5-20250929"] * 3) == 0
    assert api.paths.count(LIST) == 1
    assert capsys.readouterr().err.count("its replacement could not be looked up") == 3


def test_min_days_left_lets_a_deprecated_model_without_a_date_pass_with_its_warning(api):
    api.models = [row("claude-opus-4", "Claude Opus 4", "opus", "deprecated")]
    with pytest.warns(UserWarning, match="is deprecated and retires on an unknown date"):
        assert resolve("claude-opus-4", min_days_left=0).id == "claude-opus-4"


def test_variant_is_no_replacement(api):
    api.models = [row("claude-sonnet-9-fast", "Claude Sonnet 9 fast", "sonnet"), SONNET_5]
    with pytest.warns(UserWarning, match="upgraded to claude-sonnet-5"):
        assert resolve(SONNET_4["id"], upgrade=True).id == "claude-sonnet-5"


@pytest.mark.parametrize(
    "name",
    ["sonnet", "Sonnet 5", "opus-4.8", "4.8 opus", "latest opus", "claude-opus-5", "anthropic/claude-opus-5", "claude-haiku-4-5",
     "Haiku 4.5", "sonnet-4", "claude-4-sonnet-20250514", "claude-sonnet-4-0", "opus 6", "sonet", "gpt-5", "opus[1m]", "best",
     "us.anthropic.claude-opus-5", "claude-opus-5@20260101", "$MODEL"],
)  # fmt: skip
def test_name_is_answered_alike_offline_and_by_the_api(api, monkeypatch, name):
    with fresh_catalogue(monkeypatch, *api.models, *api.retired):
        outcomes = []
        for offline in (False, True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    outcomes.append(resolve(name, offline=offline).id)
                except (ModelNotFoundError, ModelRetiredError) as error:
                    outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]


def test_offline_row_whose_date_has_passed_is_retired_from_the_day_after(monkeypatch):
    old = row("claude-opus-4-8", "Claude Opus 4.8", "opus", "deprecated")
    with (
        fresh_catalogue(monkeypatch, OPUS_5, {**old, "retires_at": in_days(0)}),
        pytest.warns(UserWarning, match="in 0 days"),
    ):
        assert resolve("opus-4.8", offline=True).id == "claude-opus-4-8"
    with fresh_catalogue(monkeypatch, OPUS_5, {**old, "retires_at": in_days(-1)}):
        with pytest.raises(
            ModelRetiredError, match=f"which retired on {in_days(-1)[:10]}; use claude-opus-5"
        ):
            resolve("opus-4.8", offline=True)
        with pytest.warns(UserWarning, match="upgraded to claude-opus-5"):
            assert resolve("opus-4.8", offline=True, upgrade=True).id == "claude-opus-5"
