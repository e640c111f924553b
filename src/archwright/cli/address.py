"""STORE[:NAME]: which store, and which study in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archwright.core.errors import SpecError, check_name

if TYPE_CHECKING:
    from archwright.core.store import Store, StudySpec
    from archwright.core.study import Study
    from archwright.report.subject import Subject


class Address(NamedTuple):
    """A store and, where given, a study in it.

    Args:
        store: file path or URL.
        name: of the study, or None.
    """

    store: str
    name: str | None = None


def read_address(text: str) -> Address:
    """Split STORE[:NAME]; the colons of a URL's host, port and password are no separators.

    Raises:
        SpecError: no store is named.

    Example:
        >>> read_address("postgresql://me@host:5432/studies:tia")
        Address(store='postgresql://me@host:5432/studies', name='tia')
        >>> read_address("my.db")
        Address(store='my.db', name=None)
    """
    if text == ":memory:" or Path(text).is_file():
        return Address(text)
    start = text.find("://")
    start = text.find("/", start + 3) if start >= 0 else 0
    cut = text.find(":", start) if start >= 0 else -1
    store, name = (text, "") if cut < 0 else (text[:cut], text[cut + 1 :])
    if not store or (cut >= 0 and not name):
        raise SpecError("STORE[:NAME]", text, "a store such as my.db, or a study in it such as my.db:tia")
    return Address(store, name or None)


def open_store(store: str, *, read_only: bool = True) -> Store:
    """The store that exists at `store`; reading is safe while it is written.

    Raises:
        StoreError: there is none, or it cannot be opened.
    """
    from archwright.core.store import Store

    return Store.open(store, read_only=read_only, create=False)


def pick(store: Store, name: str | None) -> tuple[int, StudySpec]:
    """The study called `name`, or the only one.

    Raises:
        SpecError: no such study (the nearest name is offered), none at all, or several to pick from.
    """
    studies = store.studies()
    by_name = {spec.name: (study_id, spec) for study_id, spec in studies}
    if name is not None and by_name:
        return by_name[check_name("study", name, by_name)]
    if len(studies) == 1:
        return studies[0]
    listed = ", ".join(list(by_name)[:8]) + (", ..." if len(by_name) > 8 else "")
    allowed = f"STORE:NAME with one of {listed}" if studies else "a store with a study; this one is empty"
    raise SpecError("study", name or store.place.name, allowed)


def open_to_write(text: str) -> Study:
    """The study at STORE[:NAME] with its problem and optimizer, to be added to.

    Raises:
        SpecError: no such study, or its problem has changed since.
        StoreError: the store cannot be opened.
    """
    from archwright.cli.problems import stored_problem
    from archwright.core.study import Study

    address = read_address(text)
    store = open_store(address.store, read_only=False)
    _, spec = pick(store, address.name)
    return Study.open(
        store,
        spec.name,
        stored_problem(spec.problem),
        spec.optimizer,
        spec.goals,
        seed=spec.seed,
        batch=spec.batch,
        options=spec.options,
        source=spec.problem,
    )


def read_subject(text: str) -> Subject:
    """The study at STORE[:NAME] with its problem, for a report.

    Raises:
        SpecError: no such study, or its problem is not there any more.
        StoreError: the store cannot be read.
    """
    from archwright.cli.problems import stored_problem
    from archwright.report.subject import Subject

    address = read_address(text)
    with open_store(address.store) as store:
        study_id, spec = pick(store, address.name)
        return Subject(spec, stored_problem(spec.problem), store.trials(study_id))
