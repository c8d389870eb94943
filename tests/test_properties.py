"""What holds for any name and any list, tried with random ones of a fixed seed."""

import itertools
import random
import string
from urllib.parse import urlsplit

import pytest
from rows import models

import claude_model
from claude_model import Client, ModelNotFoundError, main, match

PUNCTUATION = (" ", "-", ".", "_", " - ")


def likely_lists(count):
    """Yield lists as servers send them, each model with its meaning: (row, (family, version, variant))."""
    chance = random.Random(20261127)
    for _ in range(count):
        has_lines = chance.random() < 0.5
        provider = chance.choice(["", "anthropic/", "bedrock/us.anthropic."])
        rows = {}
        for _ in range(chance.randint(1, 12)):
            family = chance.choice(["opus", "sonnet", "haiku", "opus mini"][: 3 + has_lines])
            version = chance.choice([(4,), (5,), (4, 1), (4, 10), (5, 5)])
            date = chance.choice(["", "", "-20250514", "-20250929"])
            variant = chance.choice(["", "", "", "-fast", "-thinking"])
            number = chance.choice(["", "", "v"]) + "-".join(map(str, version))
            words = [family.replace(" ", "-"), number]
            chance.shuffle(words)
            model_id = f"{provider}claude-{'-'.join(words)}{date}{variant}"
            number = ".".join(map(str, version))
            name = f"Claude {family.title()} {number}{variant.replace('-', ' ')}"
            row = (model_id, chance.choice([name, ""]), family if has_lines else None)
            rows[model_id] = (row, (family, version, variant))
        yield list(rows.values())


def test_any_model_of_a_list_is_found_by_its_id_its_name_and_its_family_and_version():
    found = 0
    for rows in likely_lists(100):
        listed = models(*(row for row, _ in rows))
        meanings = [meaning for _, meaning in rows]
        for model, (family, version, variant) in zip(listed, meanings):
            assert match(model.id, listed) is model
            if meanings.count((family, version, variant)) > 1:
                continue
            if model.display_name:
                assert match(model.display_name, listed) is model
            if variant:
                continue
            found += 1
            mark, other = random.Random(found).choice([*itertools.product(PUNCTUATION, repeat=2)])
            number = other.join(map(str, version))
            for words in ((family, number), (number, family.upper()), (family, f"v{number}")):
                assert match(mark.join(words), listed) is model
    assert found > 150


ODD = [
    None, True, 0, 1.5, "", " ", [], {}, "x", "\ud800", "9" * 5000, "\u0661\u0662", "a" * 300,
    ["id"], {"a": [None]},
]  # fmt: skip
USUAL = {
    "id": ["claude-opus-5", "opus", "claude-3-5-sonnet-20241022", "a", "5", "claude-v4-opus:0"],
    "display_name": ["Claude Opus 5", "Claude Opus 4.10", "Opus", "5", "Claude", "\u2460 v1 v2"],
    "created_at": ["2026-01-01T00:00:00Z", "2025-06-01T00:00:00+05:30", "1970-01-01", "0001-01-01T00:00:00+23:59"],
    "line": ["opus", "sonnet", "opus fast", "Claude", "!?"],
    "lifecycle": ["active", "deprecated", "retired", "preview"],
    "retires_at": ["2026-12-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z"],
    "max_input_tokens": [1, 10**30],
    "capabilities": [{}],
}  # fmt: skip


def unlikely_lists(count):
    """Yield the data of lists in which any field may be missing or odd."""
    chance = random.Random(20261124)
    for _ in range(count):
        yield [
            {
                key: chance.choice(values if chance.random() < 0.8 else ODD)
                for key, values in USUAL.items()
                if chance.random() < 0.8
            }
            for _ in range(chance.randrange(8))
        ]


def test_match_finds_a_model_or_raises_its_error_for_any_list():
    outcomes = {"found": 0, "not found": 0}
    names = ["opus", "Opus 5", "claude-opus-5", "sonnet", "\u0661\u0662", "9" * 200, "v1", "| 5 |"]
    for rows in unlikely_lists(250):
        listed = [model for model in map(claude_model._parse_model, rows) if model]
        for name in names:
            try:
                assert match(name, listed) in listed
                outcomes["found"] += 1
            except ModelNotFoundError as error:
                assert len(error.suggestions) <= 3
                assert str(error).isprintable()
                outcomes["not found"] += 1
    assert min(outcomes.values()) > 200


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_command_answers_or_refuses_any_list_in_clean_lines(api, capsys):
    codes = set()
    for rows in unlikely_lists(25):
        api.page = lambda query, rows=rows: {"data": rows, "has_more": False}
        for argv in (
            ["opus"], ["--min-days-left", "30", "--upgrade", "Opus 5", "sonnet"], ["--list"],
            ["--json", "a"],
        ):  # fmt: skip
            codes.add(main(argv))
            out, err = capsys.readouterr()
            assert all(line.isprintable() for line in (out + err).split("\n"))
    assert codes == {0, 1, 3}


def names_of_all_kinds(count):
    chance = random.Random(20261123)
    alphabet = [*string.ascii_letters, *string.digits, *"-._ /%?#&=+~:;,@!|\\'\"[]{}()<>*", "..", "%2e", "%2F", "\u202e",
                "\u200f", "\u0430", "\u212a", "\uff4f", "\u00e9", "\u0130", "\u00df", "\U0001f600", "\u0661", "\u00b2", "\t", "claude",
                "claude-", "opus", "sonnet", "latest", "5", "4.8", "/v1/messages", "../", "\ud800", "\x00", "\n"]  # fmt: skip
    for _ in range(count):
        prefix = chance.choice(["", "", "claude-", "claude-../", "../", "opus "])
        yield prefix + "".join(chance.choices(alphabet, k=chance.choice([0, 1, 2, 3, 5, 8, 30])))


def test_any_name_gives_a_model_or_a_documented_error_and_one_path_segment(api):
    known = {model["id"] for model in api.models}
    outcomes = set()
    client = Client()
    for name in names_of_all_kinds(100):
        for call in (client.resolve, client.get_model):
            try:
                assert call(name).id in known
                outcomes.add("model")
            except (ModelNotFoundError, ValueError) as error:
                outcomes.add(type(error).__name__)
                assert "\n" not in str(error)
    assert outcomes == {"model", "ModelNotFoundError", "ValueError"}
    for path in set(api.paths):
        _, v1, name, *segments = urlsplit(path).path.split("/")
        assert (v1, name, len(segments) <= 1, segments in ([""], ["."], [".."])) == (
            "v1", "models", True, False,
        )  # fmt: skip
