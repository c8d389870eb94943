"""What a name means: a pure function over models, no server needed."""

import datetime
import re

import pytest

import claude_model
from claude_model import CATALOGUE, Model, ModelNotFoundError, match


def models(*rows):
    """Return models of (id, display_name, line, lifecycle, created_at), shorter rows ending early."""
    fields = ("id", "display_name", "line", "lifecycle", "created_at")
    return [Model(**dict(zip(fields, row))) for row in rows]


CLAUDE = models(
    ("claude-opus-5", "Claude Opus 5", "opus", "active", "2026-07-24T00:00:00Z"),
    ("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "active", "2026-06-29T00:00:00Z"),
    ("claude-opus-4-8", "Claude Opus 4.8", "opus", "active", "2026-05-28T00:00:00Z"),
    ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "deprecated", "2025-09-29T00:00:00Z"),
    ("claude-sonnet-4-20250514", "Claude Sonnet 4", "sonnet", "retired", "2025-05-22T00:00:00Z"),
)


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("  claude-opus-4-8\n", "claude-opus-4-8"),
        ("sonnet", "claude-sonnet-5"),
        ("Sonnet", "claude-sonnet-5"),
        ("sonnet-latest", "claude-sonnet-5"),
        ("claude-sonnet", "claude-sonnet-5"),
        ("claude-sonnet-latest", "claude-sonnet-5"),
        ("opus-4.8", "claude-opus-4-8"),
        ("Opus 4.8", "claude-opus-4-8"),
        ("4.8 opus", "claude-opus-4-8"),
        ("4 opus 8", "claude-opus-4-8"),
        ("Claude Opus 4.8", "claude-opus-4-8"),
        ("opus4.8", "claude-opus-4-8"),
        ("4.8opus", "claude-opus-4-8"),
        ("CLAUDE_OPUS_4_8", "claude-opus-4-8"),
        ("sonnet-4", "claude-sonnet-4-20250514"),
        ("sonnet 4.5", "claude-sonnet-4-5-20250929"),
        ("opus\u00a04.8", "claude-opus-4-8"),
    ],
)
def test_name_means_id_words_or_line(name, model_id):
    assert match(name, CLAUDE).id == model_id


@pytest.mark.parametrize(
    "name",
    [
        "opus 8.4",
        "opus 4",
        "opus 4.8 fast",
        "sonnet opus",
        "opus 4.8 opus",
        "opus48",
        "claude",
        "latest",
        "claude latest",
        "!?",
        "4",
    ],
)
def test_name_with_other_words_means_nothing(name):
    with pytest.raises(ModelNotFoundError):
        match(name, CLAUDE)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "a model name must have 1 to 200 characters, such as 'sonnet' or 'opus-4.8', not ''"),
        (" \t\n", "a model name must have 1 to 200 characters, such as 'sonnet' or 'opus-4.8', not ' \\t\\n'"),
        (None, "a model name must have 1 to 200 characters, such as 'sonnet' or 'opus-4.8', not None"),
        (
            "x" * 201,
            f"a model name must have 1 to 200 characters, such as 'sonnet' or 'opus-4.8', not '{'x' * 201}'",
        ),
        ("opus\n5", "model name contains a control character: 'opus\\n5'"),
        ("opus\x00", "model name contains a control character: 'opus\\x00'"),
        ("opus\x9b5", "model name contains a control character: 'opus\\x9b5'"),
        ("opus\ud8005", "model name contains a control character: 'opus\\ud8005'"),
    ],
)
def test_name_that_no_model_can_have_is_a_value_error(name, message):
    with pytest.raises(ValueError) as caught:
        match(name, CLAUDE)
    assert str(caught.value) == message


def test_name_of_200_characters_is_allowed():
    with pytest.raises(ModelNotFoundError):
        match(" " + "x" * 200 + " ", CLAUDE)


def test_exact_id_beats_words():
    twins = models(("a", "opus 5"), ("opus-5", "Other"))
    assert match("opus-5", twins).id == "opus-5"


def test_words_beat_line():
    twins = models(("a", "Claude Opus 5", "opus"), ("b", "Claude Opus", "other"))
    assert match("opus", twins).id == "b"


def test_id_in_another_case_is_found_by_its_words():
    assert match("Claude-Opus-5", CLAUDE).id == "claude-opus-5"


@pytest.mark.parametrize("display_name", ["", "claude-haiku-4-5-20251001", "???"])
def test_id_without_its_date_is_used_if_there_is_no_display_name(display_name):
    assert match("haiku 4.5", models(("claude-haiku-4-5-20251001", display_name))).id == "claude-haiku-4-5-20251001"


def test_date_in_a_display_name_is_a_word():
    with pytest.raises(ModelNotFoundError):
        match("haiku 4.5", models(("a", "Haiku 4.5 20251001")))


def test_words_of_several_models_mean_the_active_one():
    same = models(
        ("a", "Opus 5", "opus", "retired", "2026-03-01T00:00:00Z"),
        ("b", "Opus 5", "opus", "deprecated", "2026-02-01T00:00:00Z"),
        ("c", "Opus 5", "opus", "active", "2026-01-01T00:00:00Z"),
    )
    assert match("opus 5", same).id == "c"
    assert match("opus 5", same[:2]).id == "b"
    assert match("opus 5", same[:1]).id == "a"


def test_line_is_not_guessed_where_any_model_has_one():
    some = models(("claude-opus-5", "Claude Opus 5", None), ("claude-haiku-5", "Claude Haiku 5", "haiku"))
    with pytest.raises(ModelNotFoundError):
        match("opus", some)


def test_line_is_a_word_of_the_name_where_no_model_has_one():
    assert match("opus", models(("x-1", "Claude Opus 5"), ("x-2", "Claude Haiku 5"))).id == "x-1"


@pytest.mark.parametrize("display_name", ["", "Claude 5"])
def test_line_is_a_word_of_the_id_where_the_display_name_has_none(display_name):
    assert match("opus", models(("claude-opus-5", display_name))).id == "claude-opus-5"


def test_line_in_a_display_name_hides_the_words_of_the_id():
    with pytest.raises(ModelNotFoundError):
        match("fast", models(("claude-fast-5", "Claude Opus 5")))


def test_word_with_a_digit_is_not_a_line():
    with pytest.raises(ModelNotFoundError):
        match("v2", models(("a", "Claude v2 5")))


def test_line_of_several_words_is_a_line():
    assert match("fast opus", models(("a", "Claude 5", "opus-fast"))).id == "a"


@pytest.mark.parametrize("lifecycle", ["active", None])
def test_line_means_an_active_model_before_a_deprecated_one(lifecycle):
    line = models(
        ("new", "Opus 5", "opus", "deprecated", "2026-02-01T00:00:00Z"),
        ("old", "Opus 4", "opus", lifecycle, "2026-01-01T00:00:00Z"),
    )
    assert match("opus", line).id == "old"


def test_line_means_a_deprecated_model_where_none_is_active():
    line = models(("a", "Opus 5", "opus", "retired"), ("b", "Opus 4", "opus", "deprecated"))
    assert match("opus", line).id == "b"


@pytest.mark.parametrize("lifecycle", ["retired", "announced"])
def test_line_without_a_model_in_use_means_nothing(lifecycle):
    with pytest.raises(ModelNotFoundError):
        match("opus", models(("a", "Opus 5", "opus", lifecycle)))


def released(*dates):
    return models(*((f"opus-{index}", f"Opus {index}", "opus", "active", date) for index, date in enumerate(dates)))


def test_order_decides_if_the_list_is_newest_first():
    known = models(
        ("b", "Haiku 2", "haiku", "active", "2026-02-01T00:00:00Z"),
        ("a", "Haiku 1", "haiku", "active", "2026-01-01T00:00:00Z"),
    )
    assert match("opus", [*released(None, None), *known]).id == "opus-0"


def test_order_decides_if_some_dates_are_equal_and_some_differ():
    known = released(None, "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert match("opus", known).id == "opus-0"


def test_equal_dates_do_not_prove_an_order():
    assert match("opus", released("2023-02-28T18:56:42Z", "2023-02-28T18:56:42Z", None)).id == "opus-1"


@pytest.mark.parametrize(
    ("dates", "model_id"),
    [
        (["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], "opus-1"),
        ([None, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], "opus-2"),
        ([None, "2026-01-01T00:00:00Z"], "opus-1"),
        (["1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z"], "opus-1"),
        (["1969-12-31T16:00:00-08:00", "2026-01-01T00:00:00Z"], "opus-1"),
        (["soon", "2026-01-01T00:00:00Z"], "opus-1"),
        (["2026-13-01T00:00:00Z", "2026-01-01T00:00:00Z"], "opus-1"),
        (["0001-01-01T00:00:00+23:59", "2026-01-01T00:00:00Z"], "opus-1"),
        (["9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00Z"], "opus-1"),
        (["2026-01-01T00:00:00Z", "2026-01-01t00:30:00.123456789z"], "opus-1"),
        (["2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z"], "opus-1"),
        (["2026-01-01", "2026-01-01T00:00:01Z"], "opus-1"),
        (["2026-01-01T00:00:00", "2026-01-01T00:00:01Z"], "opus-1"),
        (["2026-01-01 00:00:00Z", "2026-01-01 00:00:01Z"], "opus-1"),
        (["2026-01-01T00:30:00+00:30", "2026-01-01T00:00:01Z"], "opus-1"),
        ([None, None], "opus-1"),
        (["2026-01-01T00:00:00Z", None], "opus-0"),
    ],
)
def test_latest_known_date_decides_where_the_order_proves_nothing(dates, model_id):
    assert match("opus", released(*dates)).id == model_id


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Opus 7.9", "Opus 7.10"),
        ("Opus 4.8", "Opus 5"),
        ("Opus 4", "Opus 4.1"),
        ("Opus 009", "Opus 10"),
        ("Opus 5", "Opus " + "9" * 5000),
    ],
)
def test_highest_version_decides_where_no_date_is_known(older, newer):
    assert match("opus", models(("a", older, "opus"), ("b", newer, "opus"))).id == "b"
    assert match("opus", models(("b", newer, "opus"), ("a", older, "opus"))).id == "b"


@pytest.mark.parametrize("order", [1, -1])
def test_date_in_the_id_decides_between_equal_versions(order):
    unnamed = models(("claude-3-5-sonnet-20240620",), ("claude-3-5-sonnet-20241022",))[::order]
    assert match("sonnet", unnamed).id == match("Sonnet 3.5", unnamed).id == "claude-3-5-sonnet-20241022"


@pytest.mark.parametrize("name", ["opus", "Opus 5", "opus-latest"])
def test_candidates_that_nothing_tells_apart_are_ambiguous(name):
    twins = models(("anthropic/claude-opus-5",), ("bedrock/claude-opus-5",), ("anthropic/claude-opus-4-8",))
    with pytest.raises(ModelNotFoundError) as caught:
        match(name, twins)
    assert str(caught.value) == f"{name!r} is ambiguous; use anthropic/claude-opus-5 or bedrock/claude-opus-5"
    assert caught.value.suggestions == ("anthropic/claude-opus-5", "bedrock/claude-opus-5")
    assert match("anthropic/claude-opus-5", twins) is twins[0]


def test_many_ambiguous_candidates_make_a_short_message_with_three_suggestions():
    with pytest.raises(ModelNotFoundError) as caught:
        match("opus", models(*((f"provider-{number}/claude-opus-5",) for number in range(200))))
    assert len(str(caught.value)) < 600
    assert len(caught.value.suggestions) == 3


def test_same_model_listed_twice_is_not_ambiguous():
    assert match("opus", models(("claude-opus-5",), ("claude-opus-5",))).id == "claude-opus-5"


def test_two_providers_are_not_ambiguous_in_a_list_that_is_sorted():
    sorted_list = models(
        ("b/claude-opus-5", "", None, None, "2026-02-01T00:00:00Z"),
        ("a/claude-opus-5", "", None, None, "2026-01-01T00:00:00Z"),
    )
    assert match("opus", sorted_list).id == "b/claude-opus-5"


@pytest.mark.parametrize("display_name", ["", "{id}", "{bare}"])
@pytest.mark.parametrize("prefix", ["", "anthropic/", "a/b/"])
def test_provider_in_an_id_is_not_part_of_the_name(prefix, display_name):
    bare = "claude-haiku-4-5-20251001"
    listed = models((prefix + bare, display_name.format(id=prefix + bare, bare=bare)))
    assert match("Haiku 4.5", listed).id == prefix + bare


def test_revision_after_the_date_of_an_id_is_not_a_version():
    bedrock = models(("anthropic.claude-opus-4-20250514-v1:0",), ("anthropic.claude-opus-4-1-20250805-v1:0",))
    assert match("opus", bedrock).id == "anthropic.claude-opus-4-1-20250805-v1:0"
    mixed = models(("anthropic.claude-opus-4-20250514-v1:0",), ("claude-opus-4-1-20250805",))
    assert match("opus", mixed).id == "claude-opus-4-1-20250805"


def test_words_have_letters_of_any_alphabet():
    assert match("ÓPUS 5", models(("a", "Claude Ópus 5"))).id == "a"
    assert match("ópus", models(("a", "Claude Ópus 5"))).id == "a"
    with pytest.raises(ModelNotFoundError):
        match("opus 5", models(("a", "Claude Ópus 5")))


def test_version_of_an_id_is_without_its_date():
    unnamed = models(("claude-3-5-sonnet-20241022", "", "sonnet"), ("claude-4-sonnet-20250514", "", "sonnet"))
    assert match("sonnet", unnamed).id == "claude-4-sonnet-20250514"


def test_no_match_suggests_near_names():
    with pytest.raises(ModelNotFoundError) as caught:
        match("sonet", CLAUDE)
    error = caught.value
    assert str(error) == "unknown model 'sonet'; did you mean 'sonnet'? (also: claude-sonnet-5, claude-sonnet-4-5-20250929)"
    assert error.name == "sonet"
    assert error.suggestions == ("sonnet", "claude-sonnet-5", "claude-sonnet-4-5-20250929")
    assert isinstance(error, LookupError)


def test_single_near_name_is_a_question():
    with pytest.raises(ModelNotFoundError) as caught:
        match("opsu", models(("a", "Claude Opus", "opus"), ("b", "Haiku 5", "haiku")))
    assert str(caught.value) == "unknown model 'opsu'; did you mean 'opus'?"


def test_near_names_are_ids_for_versions():
    with pytest.raises(ModelNotFoundError) as caught:
        match("claude-opus-4.9", CLAUDE)
    assert caught.value.suggestions[0] == "claude-opus-4-8"


@pytest.mark.parametrize("order", [1, -1])
def test_newest_of_equally_near_names_comes_first(order):
    listed = models(*((f"opus-{number}", f"Opus {number}") for number in (3, 4, 5, 6)))[::order]
    with pytest.raises(ModelNotFoundError) as caught:
        match("opus 9", listed)
    assert caught.value.suggestions == ("opus-6", "opus-5", "opus-4")
    dated = released("2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z")
    with pytest.raises(ModelNotFoundError) as caught:
        match("opus 9", dated[::order])
    assert caught.value.suggestions == ("opus-0", "opus-1", "opus-2")


def test_no_match_far_from_all_names_suggests_nothing():
    with pytest.raises(ModelNotFoundError) as caught:
        match("gpt", CLAUDE)
    assert str(caught.value) == "unknown model 'gpt'"
    assert caught.value.suggestions == ()


def test_near_name_of_several_models_is_that_of_the_first():
    with pytest.raises(ModelNotFoundError) as caught:
        match("opus 55", models(("newer", "Opus 5"), ("older", "Opus 5")))
    assert caught.value.suggestions == ("newer",)


def test_near_line_of_several_words_is_named():
    with pytest.raises(ModelNotFoundError) as caught:
        match("opus fsat", models(("a", "b", "opus fast"), ("c", "d", "opus-fast")))
    assert caught.value.suggestions == ("opus-fast",)


def test_no_models_match_nothing():
    with pytest.raises(ModelNotFoundError):
        match("sonnet", iter(()))


def test_models_may_come_from_an_iterator():
    assert match("sonnet", iter(CLAUDE)).id == "claude-sonnet-5"


def test_catalogue_is_matched_by_the_same_rules():
    for model in CATALOGUE:
        assert match(model.id, CATALOGUE) is model
        assert match(model.display_name, CATALOGUE).display_name == model.display_name
    for line in {model.line for model in CATALOGUE if model.lifecycle == "active"}:
        active = [model for model in CATALOGUE if model.line == line and model.lifecycle == "active"]
        assert match(line, CATALOGUE) is active[0]


def test_catalogue_is_newest_first_and_its_rows_agree_with_themselves():
    dates = [model.created_at for model in CATALOGUE if model.created_at]
    assert dates == sorted(dates, reverse=True)
    assert len({model.id for model in CATALOGUE}) == len(CATALOGUE)
    datetime.date.fromisoformat(claude_model.CATALOGUE_DATE)
    for model in CATALOGUE:
        assert re.fullmatch(r"claude-[a-z0-9-]+", model.id)
        assert model.line in model.id.split("-")
        assert model.lifecycle in ("active", "deprecated", "retired")
        if model.display_name != model.id:
            assert re.fullmatch(r"Claude [A-Z][a-z]+ [0-9]+(\.[0-9]+)?", model.display_name)
            numbers = re.findall(r"[0-9]+", re.sub("-[0-9]{8}$", "", model.id))
            assert numbers == re.findall("[0-9]+", model.display_name)
            assert model.line == model.display_name.split()[1].lower()
        for timestamp in (model.created_at, model.deprecated_at, model.retires_at):
            assert timestamp is None or re.fullmatch(r"20[0-9-]{8}T[0-9:]{8}Z", timestamp)
        for tokens in (model.max_input_tokens, model.max_tokens):
            assert tokens is None or tokens > 0


def test_catalogue_keeps_its_row_as_raw():
    for model in CATALOGUE:
        assert list(model.raw) == [
            "id", "display_name", "created_at", "line", "lifecycle", "deprecated_at", "retires_at",
            "max_input_tokens", "max_tokens",
        ]  # fmt: skip
        values = {name: getattr(model, name) for name in model.raw}
        if model.raw["display_name"] is None:
            values["display_name"] = None
        assert model.raw == values
