import math

import pytest
from sqlalchemy import create_engine, inspect, select

from archwright.core.store import Store
from archwright.core.store_schema import SCHEMA_VERSION, metadata, schema, trial
from archwright.core.trial import Trial

COLUMNS_THAT_SQL_USERS_READ = {"number", "state", "violation", "score", "metrics", "design", "reason"}


def test_the_tables_are_those_of_the_design():
    assert set(metadata.tables) == {"archwright_schema", "study", "trial", "artifact", "curve", "lease"}
    assert set(trial.c.keys()) >= COLUMNS_THAT_SQL_USERS_READ


def test_every_table_but_the_version_belongs_to_a_study():
    for table in metadata.sorted_tables:
        if table.name not in ("study", "archwright_schema"):
            assert [key.target_fullname for key in table.c.study_id.foreign_keys] == ["study.id"]


def test_a_new_store_has_the_tables_and_the_version(store_url, spec):
    with Store.open(store_url) as store:
        study_id = store.create_study(spec)
        store.add_trials(study_id, [Trial(3, {"x": 1.0}, "infeasible", {}, math.inf, (), -math.inf, 0.1, 1, "no")])
        place = store.place
    engine = create_engine(place.url if place.is_postgresql else f"sqlite:///{place.path}")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == set(metadata.tables)
        assert connection.scalar(select(schema.c.version)) == SCHEMA_VERSION
        row = connection.execute(select(trial.c.state, trial.c.violation, trial.c.score)).one()
    engine.dispose()
    assert tuple(row) == ("infeasible", math.inf, -math.inf)


@pytest.mark.parametrize("column", ["number", "study_id"])
def test_a_trial_has_one_row_only(column):
    assert trial.c[column].primary_key
