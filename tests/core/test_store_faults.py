import sqlite3

import pytest
from sqlalchemy import create_engine, exc, text

from archwright.core.errors import StoreError
from archwright.core.store_faults import explain, plain_faults


def sqlite_error(code):
    error = sqlite3.OperationalError("raw words of the driver")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full; everything stored before is safe"),
        (sqlite3.SQLITE_IOERR_WRITE, "refuses to read or write"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "read-only"),
        (sqlite3.SQLITE_CANTOPEN, "does its folder exist"),
        (sqlite3.SQLITE_NOTADB, "not a database"),
        (sqlite3.SQLITE_CORRUPT, "damaged"),
        (sqlite3.SQLITE_BUSY, "another process has been writing for over 60 s"),
        (sqlite3.SQLITE_ERROR, "raw words of the driver"),
    ],
)
def test_sqlite_codes_and_their_extensions_are_said_in_words(code, words):
    assert words in explain(sqlite_error(code))


class OperationalError(Exception):
    """As psycopg calls it."""

    def __init__(self, sqlstate=None):
        super().__init__("first line\nsecond line")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("53100", "the server's disk is full"),
        ("25006", "read-only"),
        ("42501", "you may not"),
        ("3D000", "no such database"),
        ("28P01", "user and password"),
        (None, "the server cannot be reached (first line)"),
        ("57P01", "the server cannot be reached (first line)"),
        ("08006", "the server cannot be reached (first line)"),
        ("42P01", "first line"),
    ],
)
def test_postgresql_states_are_said_in_words(state, words):
    assert explain(OperationalError(state)).startswith(words) or words in explain(OperationalError(state))
    assert "second line" not in explain(OperationalError(state))


def test_an_error_without_words_is_named():
    assert explain(TimeoutError()) == "TimeoutError"


def test_driver_errors_become_one_line_that_begins_with_the_store():
    engine = create_engine("sqlite://")
    with pytest.raises(StoreError) as caught, plain_faults("my.db"), engine.connect() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
    engine.dispose()
    assert str(caught.value) == "my.db: no such table: nowhere"


def test_errors_of_the_pool_of_connections_are_caught_too():
    with pytest.raises(StoreError, match=r"my\.db: QueuePool limit"), plain_faults("my.db"):
        raise exc.TimeoutError("QueuePool limit reached")


def test_other_errors_pass():
    with pytest.raises(ZeroDivisionError), plain_faults("my.db"):
        raise ZeroDivisionError
