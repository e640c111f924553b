"""The tables of a store, and their version.

Designs, hints and metrics are JSON text, so that every float reads back exactly, infinities included. `state`,
`violation` and `score` stand beside them for people who ask in SQL; they are never read back.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 1
"""Raised whenever a table changes; a store of another version is refused, never guessed at."""

metadata = MetaData()

schema = Table("archwright_schema", metadata, Column("version", Integer, nullable=False))

study = Table(
    "study",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("problem", Text, nullable=False),
    Column("problem_version", Text, nullable=False),
    Column("optimizer", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("goals", Text, nullable=False),
    Column("seed", Text, nullable=False),  # any size of whole number
    Column("batch", Integer, nullable=False),
    Column("units", Text, nullable=False),
    Column("provenance", Text, nullable=False),
)


def _study_id() -> Column[int]:
    return Column("study_id", Integer, ForeignKey("study.id"), primary_key=True, autoincrement=False)


trial = Table(
    "trial",
    metadata,
    _study_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("design", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("violation", Float, nullable=False),
    Column("score", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("hint", Text),
)

artifact = Table(
    "artifact",
    metadata,
    _study_id(),
    Column("name", Text, primary_key=True),
    Column("blob", LargeBinary, nullable=False),
)

curve = Table(
    "curve",
    metadata,
    _study_id(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("x", LargeBinary, nullable=False),  # little-endian float64
    Column("y", LargeBinary, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", Integer, ForeignKey("study.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("design", Text, nullable=False),
    Column("seed", Text, nullable=False),
    Column("timeout_s", Float),
    Column("memory_bytes", BigInteger),
    Column("worker", Text),
    Column("expires_at", Float),  # seconds since 1970; null while nobody holds it
    Column("claims", Integer, nullable=False),
    Column("outcome", Text),  # null until finished
    Column("seconds", Float),
    UniqueConstraint("study_id", "number"),
    Index("lease_open", "outcome", "expires_at"),
)
