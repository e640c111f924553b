from pathlib import Path

import pytest

from archwright.cli.address import Address, open_store, open_to_write, pick, read_address, read_subject
from archwright.core.errors import SpecError, StoreError


@pytest.mark.parametrize(
    ("text", "store", "name"),
    [
        ("my.db", "my.db", None),
        ("my.db:tia", "my.db", "tia"),
        ("runs/my.db:a/b:c", "runs/my.db", "a/b:c"),
        ("sqlite:///runs/my.db:tia", "sqlite:///runs/my.db", "tia"),
        ("sqlite:////abs/my.db", "sqlite:////abs/my.db", None),
        ("postgresql://host/studies", "postgresql://host/studies", None),
        ("postgresql://me:secret@host:5432/studies:tia", "postgresql://me:secret@host:5432/studies", "tia"),
        ("postgresql://me@host:5432", "postgresql://me@host:5432", None),
        ("postgresql:///studies?host=/run/pg:tia", "postgresql:///studies?host=/run/pg", "tia"),
        (":memory:", ":memory:", None),
    ],
)
def test_addresses(text, store, name):
    assert read_address(text) == Address(store, name)


def test_a_file_with_a_colon_in_its_name_is_a_file(here):
    Path("a:b.db").touch()
    assert read_address("a:b.db") == Address("a:b.db", None)


@pytest.mark.parametrize("text", ["", ":name", "my.db:"])
def test_half_an_address_is_refused(text):
    with pytest.raises(SpecError, match=r"my\.db"):
        read_address(text)


@pytest.fixture
def two(archwright):
    for name in ("first", "second"):
        archwright("run", "hill", "--with", "random", "--trials", "3", "--store", "two.db", "--name", name)


def test_a_study_is_picked_by_name(two):
    with open_store("two.db") as store:
        assert pick(store, "second")[1].name == "second"
        with pytest.raises(SpecError, match="did you mean 'first'"):
            pick(store, "frist")
        with pytest.raises(SpecError, match="STORE:NAME with one of first, second"):
            pick(store, None)


def test_the_only_study_needs_no_name(archwright):
    archwright("run", "hill", "--with", "random", "--trials", "3", "--store", "one.db", "--name", "only")
    with open_store("one.db") as store:
        assert pick(store, None)[1].name == "only"


def test_an_empty_store_says_so(here):
    from archwright.core.store import Store

    Store.open("empty.db").close()
    with open_store("empty.db") as store, pytest.raises(SpecError, match="this one is empty"):
        pick(store, None)
    with open_store("empty.db") as store, pytest.raises(SpecError, match="this one is empty"):
        pick(store, "first")


def test_reading_cannot_write(two):
    with open_store("two.db") as store, pytest.raises(StoreError, match="read-only"):
        store.save_artifact(1, "a", b"b")


def test_a_study_is_opened_again_with_all_that_defines_it(archwright):
    archwright(
        "run", "hill", "--with", "differential_evolution", "--trials", "8", "--seed", "4", "--batch", "4",
        "--option", "population=6", "--set", "height=2.0", "--goal", "max height_m", "--store", "s.db",
    )  # fmt: skip
    study = open_to_write("s.db")
    assert study.problem.height == 2.0 and study.spec.options == {"population": 6}
    assert (study.spec.seed, study.spec.batch, study.spec.goals) == (4, 4, ("max height_m",))
    subject = read_subject("s.db")
    assert subject.spec == study.spec and len(subject.trials) == 8 and subject.problem.height == 2.0
