"""What a name means: how it is read, and which model of a list it finds. Pure functions, no server."""

import itertools
import random

import pytest
from helpers import models

import claude_model
from claude_model import CATALOGUE, ModelNotFoundError, match


def missing(name, listed):
    with pytest.raises(ModelNotFoundError) as caught:
        match(name, listed)
    return caught.value


CLAUDE = models(
    ("claude-opus-5", "Claude Opus 5", "opus", "active", "2026-07-24T00:00:00Z"),
    ("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "active", "2026-06-29T00:00:00Z"),
    ("claude-opus-4-8", "Claude Opus 4.8", "opus", "active", "2026-05-28T00:00:00Z"),
    (
        "claude-sonnet-4-5-20250929",
        "Claude Sonnet 4.5",
        "sonnet",
        "deprecated",
        "2025-09-29T00:00:00Z",
    ),
    ("claude-sonnet-4-20250514", "Claude Sonnet 4", "sonnet", "retired", "2025-05-22T00:00:00Z"),
)


@pytest.mark.parametrize(
    ("text", "family", "version", "date", "variant"),
    [
        ("opus", "opus", (), "", ()),
        ("Opus 4.8", "opus", (4, 8), "", ()),
        ("4.8 opus", "opus", (4, 8), "", ()),
        ("opus4.8", "opus", (4, 8), "", ()),
        ("claude opus 4 8", "opus", (4, 8), "", ()),
        ("sonnet-4.0", "sonnet", (4,), "", ()),
        ("sonnet-4-10", "sonnet", (4, 10), "", ()),
        ("claude-3-7-sonnet-20250219", "sonnet", (3, 7), "20250219", ()),
        ("claude-opus-4-20250514", "opus", (4,), "20250514", ()),
        ("openrouter/anthropic/claude-opus-4.8", "opus", (4, 8), "", ()),
        ("bedrock/us.anthropic.claude-opus-4-6-v1:0", "opus", (4, 6), "", ()),
        ("us.anthropic.claude-opus-4-6-v1[1m]", "opus", (4, 6), "", ("1m",)),
        ("claude-3-5-sonnet-v2@20241022", "sonnet", (3, 5), "20241022", ()),
        ("claude-opus-4-1-thinking:64000", "opus", (4, 1), "", ("64000", "thinking")),
        ("Claude Opus 4.6 (1M context)", "opus", (4, 6), "", ("1m", "context")),
        ("Claude Sonnet 4 (May 2025)", "sonnet", (4,), "", ("2025", "may")),
        ("claude-opus-41", "opus", (41,), "", ()),
        ("claude-sonnet-64000", "sonnet", (), "", ("64000",)),
        ("128-opus-5", "opus", (5,), "", ("128",)),
        ("qwen3.5-27b-claude-4.6-opus", "qwen", (3, 5), "", ("27b", "4", "6", "opus")),
        ("claude-sonnet-latest", "sonnet", (), "", ("latest",)),
        ("claude-2.1", "", (), "", ("1", "2")),
        ("claude", "", (), "", ()),
        ("!?", "", (), "", ()),
    ],
)
def test_text_is_read_into_family_version_date_and_variant(text, family, version, date, variant):
    assert claude_model._read(text) == claude_model._Reading(family, version, date, variant)


def test_latest_is_no_variant_in_what_a_person_types():
    assert claude_model._read("latest-sonnet-latest", is_typed=True) == claude_model._Reading(
        "sonnet"
    )


def test_line_of_the_server_is_the_family_wherever_it_stands():
    assert claude_model._read("fast opus 5", {"opus"}).family == "opus"
    assert claude_model._read("opus mini 5", {"opus": "", "opus mini": ""}).family == "opus mini"


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("  claude-opus-4-8\n", "claude-opus-4-8"),
        ("sonnet", "claude-sonnet-5"),
        ("Sonnet", "claude-sonnet-5"),
        ("sonnet-latest", "claude-sonnet-5"),
        ("latest sonnet", "claude-sonnet-5"),
        ("claude-sonnet", "claude-sonnet-5"),
        ("claude sonnet", "claude-sonnet-5"),
        ("claude-sonnet-latest", "claude-sonnet-5"),
        ("opus-4.8", "claude-opus-4-8"),
        ("Claude Opus 4.8", "claude-opus-4-8"),
        ("CLAUDE_OPUS_4_8", "claude-opus-4-8"),
        ("anthropic/claude-opus-4.8", "claude-opus-4-8"),
        ("Claude-Opus-5", "claude-opus-5"),
        ("opus 5.0", "claude-opus-5"),
        ("sonnet-4", "claude-sonnet-4-20250514"),
        ("claude-sonnet-4-0", "claude-sonnet-4-20250514"),
        ("claude-4-sonnet-20250514", "claude-sonnet-4-20250514"),
        ("sonnet 4.5", "claude-sonnet-4-5-20250929"),
        ("opus\u00a04.8", "claude-opus-4-8"),
    ],
)
def test_name_means_an_id_a_version_or_a_family(name, model_id):
    assert match(name, CLAUDE).id == model_id


@pytest.mark.parametrize(
    "name",
    ["opus 8.4", "opus 4", "opus 4.8 fast", "sonnet opus", "opus48", "claude", "latest", "claude latest", "!?", "4",
     "sonnet-4-20250929", "claude-sonnet-4-5-20250514", "sonnet 4.5.1"],
)  # fmt: skip
def test_name_with_another_version_date_or_variant_means_nothing(name):
    missing(name, CLAUDE)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "''"), (" \t\n", "' \\t\\n'"), (None, "None"), ("x" * 201, f"'{'x' * 201}'")],
)
def test_name_that_is_empty_or_too_long_is_a_value_error(name, shown):
    with pytest.raises(ValueError) as caught:
        match(name, CLAUDE)
    expected = "1 to 200 characters, such as 'sonnet' or 'opus-4.8'"
    assert str(caught.value) == f"a model name must have {expected}, not {shown}"


@pytest.mark.parametrize("character", ["\n", "\x00", "\x7f", "\x9b", "\ud800"])
def test_name_with_a_control_character_is_a_value_error(character):
    with pytest.raises(ValueError, match="model name contains a control character: 'opus"):
        match(f"opus{character}5", CLAUDE)


def test_name_of_200_characters_is_allowed():
    missing(" " + "x" * 200 + " ", CLAUDE)


def test_exact_id_beats_a_reading():
    assert match("opus-5", models(("a", "Opus 5"), ("opus-5", "Other"))).id == "opus-5"


def test_display_name_beats_the_id_for_the_version():
    listed = models(("claude-opus-41", "Claude Opus 4.1"), ("claude-opus-4.6", "Claude Opus 4.6"))
    assert match("opus", listed).id == "claude-opus-4.6"
    assert match("opus 4.1", listed).id == "claude-opus-41"


def test_version_of_the_id_stands_in_for_a_display_name_without_one():
    listed = models(
        ("claude-sonnet-4-20250514", "Claude Sonnet"), ("claude-haiku-4-5", "Claude Haiku")
    )
    assert match("sonnet-4", listed).id == "claude-sonnet-4-20250514"
    assert match("haiku 4.5", listed).id == "claude-haiku-4-5"


def test_words_that_a_gateway_adds_to_a_display_name_hide_no_model():
    listed = models(
        ("claude-sonnet-5", "claude-sonnet-5 (codex)"),
        ("claude-sonnet-4", "Claude Sonnet 4 (May 2025)"),
    )
    assert match("sonnet-5", listed).id == "claude-sonnet-5"
    assert match("sonnet-4", listed).id == "claude-sonnet-4"


@pytest.mark.parametrize("display_name", ["", "{id}", "{bare}"])
@pytest.mark.parametrize("prefix", ["", "anthropic/", "a/b/", "us.anthropic."])
def test_provider_in_an_id_is_not_part_of_the_name(prefix, display_name):
    bare = "claude-haiku-4-5-20251001"
    listed = models((prefix + bare, display_name.format(id=prefix + bare, bare=bare)))
    assert match("Haiku 4.5", listed).id == prefix + bare


def test_variant_is_found_by_its_words_and_hides_no_plain_model():
    listed = models(("claude-opus-4.6-fast",), ("claude-opus-4.6",), ("claude-opus-4.6-1m",))
    assert match("opus", listed).id == "claude-opus-4.6"
    assert match("opus 4.6", listed).id == "claude-opus-4.6"
    assert match("opus 4.6 fast", listed).id == "claude-opus-4.6-fast"
    assert match("1m opus 4.6", listed).id == "claude-opus-4.6-1m"


def test_budget_of_a_variant_is_not_a_version():
    listed = models(
        ("claude-sonnet-4-thinking:64000",),
        ("claude-sonnet-4-5-20250929",),
        ("claude-sonnet-4-20250514",),
    )
    assert match("sonnet", listed).id == "claude-sonnet-4-5-20250929"
    assert match("sonnet-4", listed).id == "claude-sonnet-4-20250514"


def test_model_that_is_only_named_after_a_family_is_not_of_it():
    local = models(("qwen3.5-27b-claude-4.6-opus-distilled",), ("my-opus-5",))
    assert "did you mean" not in str(missing("opus", local[:1]))
    missing("opus", local)
    assert match("my opus 5", local).id == "my-opus-5"


def test_name_that_is_no_claude_model_is_found_by_its_display_name():
    assert (
        match("GPT-5", models(("1468c314-2acd-496e-a836-161eeb552c40", "GPT-5"))).display_name
        == "GPT-5"
    )


def test_models_of_one_name_mean_the_active_one_then_the_deprecated_one():
    same = models(
        ("a", "Opus 5", "opus", "retired"),
        ("b", "Opus 5", "opus", "deprecated"),
        ("c", "Opus 5", "opus"),
    )
    assert match("opus 5", same).id == "c"
    assert match("opus 5", same[:2]).id == "b"
    assert match("opus 5", same[:1]).id == "a"


@pytest.mark.parametrize("lifecycle", ["active", None])
def test_family_means_an_active_model_before_a_newer_deprecated_one(lifecycle):
    family = models(("new", "Opus 5", "opus", "deprecated"), ("old", "Opus 4", "opus", lifecycle))
    assert match("opus", family).id == "old"


def test_family_of_which_every_model_is_retired_means_the_newest():
    family = models(("a", "Opus 4", "opus", "retired"), ("b", "Opus 4.1", "opus", "retired"))
    assert match("opus", family).id == "b"


def test_family_is_the_line_where_any_model_has_one():
    some = models(
        ("claude-opus-5", "Claude Opus 5", None), ("claude-haiku-5", "Claude Haiku 5", "haiku")
    )
    missing("opus", some)
    assert match("opus 5", some).id == "claude-opus-5"


def test_line_of_two_words_is_a_family():
    listed = models(("a", "Claude Opus Mini 5", "opus-mini"), ("b", "Claude Opus 5", "opus"))
    assert match("Opus mini", listed).id == "a"
    assert match("opus-mini-5", listed).id == "a"
    assert match("opus", listed).id == "b"


def test_family_is_in_letters_of_any_alphabet():
    listed = models(("a", "Claude \u00d3pus 5"))
    assert match("\u00f3PUS", listed).id == "a"
    missing("opus 5", listed)


def released(*dates, line="opus"):
    rows = enumerate(dates, start=1)
    return models(*((f"claude-opus-{version}", "", line, "active", date) for version, date in rows))


def test_order_of_a_list_with_lines_decides_if_its_dates_prove_it():
    proved = released(None, "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert match("opus", proved).id == "claude-opus-1"


@pytest.mark.parametrize(
    "dates",
    [
        (None, None, None),
        ("2026-01-01T00:00:00Z", None, None),
        ("2023-02-28T18:56:42Z", "2023-02-28T18:56:42Z", "2023-02-28T18:56:42Z"),
        ("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z"),
        ("2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("2026-13-01T00:00:00Z", "soon", "2026-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00Z"),
    ],
)
def test_version_decides_where_the_dates_prove_no_order(dates):
    assert match("opus", released(*dates)).id == "claude-opus-3"


def test_dates_of_a_server_without_lines_order_nothing():
    sorted_dates = ("2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert match("opus", released(*sorted_dates, line=None)).id == "claude-opus-3"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("claude-opus-4-9", "claude-opus-4-10"),
        ("claude-opus-4-8", "claude-opus-5"),
        ("claude-opus-4", "claude-opus-4-1"),
        ("claude-opus-latest", "claude-opus-3"),
        ("claude-sonnet-9-20250101", "claude-sonnet-9-20250601"),
        ("anthropic/claude-opus-4-6-20260205", "anthropic/claude-opus-4-6"),
        ("claude-opus-5-5-fast", "claude-opus-5-5"),
        ("claude-opus-9-9-fast", "claude-opus-9-9"),
        ("anthropic.claude-opus-4-20250514-v1:0", "anthropic.claude-opus-4-1-20250805-v1:0"),
    ],
)
def test_newest_has_the_highest_version_is_catalogued_has_the_latest_date_or_no_variant(
    older, newer, order
):
    family = claude_model._read(older).family
    assert match(family, models((older,), (newer,))[::order]).id == newer


@pytest.mark.parametrize("name", ["opus", "Opus 5", "claude-opus-5"])
def test_same_model_of_two_providers_is_ambiguous(name):
    twins = models(
        ("anthropic/claude-opus-5",),
        ("bedrock/claude-opus-5-v1:0",),
        ("anthropic/claude-opus-4-8",),
    )
    error = missing(name, twins)
    assert (
        str(error)
        == f"{name!r} is ambiguous; use anthropic/claude-opus-5 or bedrock/claude-opus-5-v1:0"
    )
    assert error.suggestions == ("anthropic/claude-opus-5", "bedrock/claude-opus-5-v1:0")
    assert match("anthropic/claude-opus-5", twins) is twins[0]


def test_many_ambiguous_candidates_make_a_short_message_with_three_suggestions():
    error = missing(
        "opus", models(*((f"provider-{number}/claude-opus-5",) for number in range(200)))
    )
    assert len(str(error)) < 600
    assert len(error.suggestions) == 3


def test_model_that_is_listed_twice_is_the_first_one_and_not_ambiguous():
    twice = models(("claude-opus-5", "Claude Opus 5"), ("claude-opus-5", "Another name"))
    for name in ("opus", "opus 5", "claude-opus-5"):
        assert match(name, twice) is twice[0]


@pytest.mark.parametrize(
    ("name", "suggestions"),
    [
        ("sonet", ("sonnet", "claude-sonnet-5")),
        ("claude-sonet-9", ("sonnet", "claude-sonnet-5")),
        ("opus 6", ("opus", "claude-opus-5", "claude-opus-4-8")),
        ("opus-4.7", ("opus", "claude-opus-5", "claude-opus-4-8")),
        ("opus-4.9", ("opus", "claude-opus-5")),
        ("opsu", ("opus", "claude-opus-5", "claude-opus-4-8")),
        ("opus48", ("opus", "claude-opus-5", "claude-opus-4-8")),
        ("sonnet-4-20250929", ("sonnet", "claude-sonnet-5")),
        ("5.5", ()),
        ("claude", ()),
        ("gpt-5", ()),
    ],
)
def test_suggestions_are_the_family_and_its_newest_models_and_none_is_older(name, suggestions):
    error = missing(name, CLAUDE)
    assert error.suggestions == suggestions
    assert error.name == name


def test_message_asks_did_you_mean_and_names_the_rest():
    error = missing("sonet", CLAUDE)
    assert str(error) == "unknown model 'sonet'; did you mean 'sonnet'? (also: claude-sonnet-5)"
    assert isinstance(error, LookupError)


def test_message_without_a_suggestion_names_the_families():
    assert (
        str(missing("gpt-5.5", CLAUDE)) == "unknown model 'gpt-5.5'; the families are opus, sonnet"
    )
    assert (
        str(missing("gpt", models(("llama",))))
        == "unknown model 'gpt'; no model in the list begins with claude"
    )


def test_suggestions_are_deprecated_models_only_if_no_other_is_left_and_never_retired_ones():
    old = models(
        ("claude-opus-4-5", "", "opus", "deprecated"), ("claude-opus-4", "", "opus", "retired")
    )
    assert missing("opus 6", old).suggestions == ("opus", "claude-opus-4-5")
    gateway = models(
        ("claude-sonnet-4-20250514",), ("claude-sonnet-5",)
    )  # The first is retired, says the catalogue.
    assert missing("sonnet 9", gateway).suggestions == ("sonnet", "claude-sonnet-5")


def test_suggestions_are_plain_models_before_variants():
    listed = models(("claude-opus-5-fast",), ("claude-opus-4-8",))
    assert missing("opus 4.7", listed).suggestions == ("opus", "claude-opus-4-8")


def test_names_of_other_models_are_suggested_if_they_are_spelled_alike():
    listed = models(("my-coder",), ("gpt-5",), ("gpt-4",))
    assert missing("my-codr", listed).suggestions == ("my-coder",)
    assert missing("gpt 4.5", listed).suggestions == ("gpt-5",)
    assert missing("gpt 6", listed).suggestions == ()  # Both are older.
    assert missing("claude 2", models(("claude-2.1",))).suggestions == ()


@pytest.mark.parametrize(
    ("name", "message", "suggestions"),
    [
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "an ID of Amazon Bedrock, not an ID of the Models API; for the API's ID, write 'sonnet-4.5'",
            ("sonnet-4.5",),
        ),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-opus-5",
            "an ID of Amazon Bedrock, not an ID of the Models API; for the API's ID, write 'opus-5'",
            ("opus-5",),
        ),
        (
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/x1",
            "an ID of Amazon Bedrock, not an ID of the Models API; use a family, such as sonnet, or a model ID",
            (),
        ),
        (
            "claude-opus-4-1@20250805",
            "an ID of Vertex AI, not an ID of the Models API; for the API's ID, write 'opus-4.1'",
            ("opus-4.1",),
        ),
        (
            "opus[1m]",
            "not a model ID: [1m] is a suffix of Claude Code; ask for 'opus', and put [1m] behind the ID",
            ("opus",),
        ),
        (
            "$MODEL",
            "an unexpanded variable or expression, not a model; check its spelling and the quotes around it",
            (),
        ),
        *(
            (
                name,
                "a setting of Claude Code, not a model; use a family, such as sonnet, or a model ID",
                (),
            )
            for name in ("default", "best", "inherit", "opusplan", "OpusPlan")
        ),
    ],
)
def test_name_that_is_not_of_the_models_api_says_what_it_is(name, message, suggestions):
    error = missing(name, CLAUDE)
    assert str(error) == f"{name!r} is {message}"
    assert error.suggestions == suggestions


@pytest.mark.parametrize("name", ["${{ vars.MODEL }}", "claude-$VERSION", "$(cat model)"])
def test_unexpanded_expression_is_named_as_that(name):
    assert "is an unexpanded variable or expression" in str(missing(name, CLAUDE))


@pytest.mark.parametrize(
    "name",
    [
        "us.anthropic.claude-sonnet-4-6",
        "claude-opus-4-1@20250805",
        "claude-opus-4-8[1m]",
        "best",
        "default",
    ],
)
def test_name_that_the_list_has_as_an_id_is_that_model(name):
    assert match(name, models((name,), ("claude-opus-5",))).id == name


def test_no_models_match_nothing():
    missing("sonnet", iter(()))


def test_models_may_come_from_an_iterator():
    assert match("sonnet", iter(CLAUDE)).id == "claude-sonnet-5"


PUNCTUATION = (" ", "-", ".", "_", " - ")


def generated_lists(count):
    """Yield lists as servers may send them: with and without lines, display names, dates and providers."""
    chance = random.Random(20261127)
    for _ in range(count):
        has_lines = chance.random() < 0.5
        provider = chance.choice(["", "anthropic/", "bedrock/us.anthropic."])
        rows = {}
        for _ in range(chance.randint(1, 12)):
            family = chance.choice(["opus", "sonnet", "haiku", "fable"])
            version = chance.choice([(4,), (5,), (4, 1), (4, 10), (5, 5)])
            date = chance.choice(["", "", "-20250514", "-20250929"])
            variant = chance.choice(["", "", "", "-fast", "-thinking"])
            numbers = "-".join(map(str, version))
            bare = chance.choice(
                [
                    f"claude-{family}-{numbers}{date}{variant}",
                    f"claude-{numbers}-{family}{date}{variant}",
                ]
            )
            name = (
                f"Claude {family.title()} {'.'.join(map(str, version))}{variant.replace('-', ' ')}"
            )
            row = (provider + bare, chance.choice([name, ""]), family if has_lines else None)
            rows[row[0]] = (row, (family, version, variant))
        yield rows


def test_any_model_of_a_list_is_found_by_its_id_its_name_and_its_family_and_version():
    found = 0
    for rows in generated_lists(80):
        listed = claude_model._ModelList(models(*(row for row, _ in rows.values())))
        meanings = [meaning for _, meaning in rows.values()]
        for model, meaning in zip(listed.models.values(), meanings):
            family, version, variant = meaning
            assert listed.find(model.id) is model
            if meanings.count(meaning) > 1:
                continue
            if model.display_name:
                assert listed.find(model.display_name) is model
            if variant:
                continue
            found += 1
            for mark, other in itertools.product(PUNCTUATION, PUNCTUATION):
                number = other.join(map(str, version))
                assert listed.find(f"{family}{mark}{number}") is model
                assert listed.find(f"{number}{mark}{family.upper()}") is model
    assert found > 100


def test_no_suggestion_is_older_than_the_model_that_was_asked_for_if_a_newer_one_is_listed(
    monkeypatch,
):
    monkeypatch.setattr(claude_model, "CATALOGUE", ())
    count = 0
    for rows in generated_lists(60):
        listed = claude_model._ModelList(models(*(row for row, _ in rows.values())))
        meanings = {
            model_id: (family, version) for model_id, (_, (family, version, _)) in rows.items()
        }
        for family, asked in itertools.product(["opus", "sonnet"], [(4, 5), (4,), (5, 1), (7,)]):
            error = listed.not_found(f"{family} {'.'.join(map(str, asked))} no-such")
            if any(other == family and version >= asked for other, version in meanings.values()):
                suggested = [meanings[model_id] for model_id in error.suggestions[1:]]
                count += len(suggested)
                assert all(other == family and version >= asked for other, version in suggested)
    assert count > 100


def test_catalogue_is_matched_by_the_same_rules():
    for model in CATALOGUE:
        assert match(model.id, CATALOGUE) is model
    for line in {model.line for model in CATALOGUE if model.lifecycle == "active" and model.line}:
        assert match(line, CATALOGUE).line == line
        assert match(line, CATALOGUE).lifecycle == "active"
