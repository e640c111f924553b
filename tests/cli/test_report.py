import pytest

from archwright.cli.report import file_name


@pytest.fixture
def climbed(archwright):
    archwright("run", "hill", "--with", "random", "--trials", "100", "--store", "s.db", "--name", "a/first run")
    return archwright


def test_the_report_is_one_file(climbed, here):
    done = climbed("report", "s.db")
    assert done.code == 0 and done.out.startswith("a-first-run.html: 100 trials, ")
    page = (here / "a-first-run.html").read_text()
    assert "hill" in page and "a walk" in page and "100" in page


def test_the_report_goes_where_it_is_told(climbed, here):
    climbed("report", "s.db:a/first run", "--out", "sub.html", "--metric", "shade", "--metric", "cost_w")
    assert "Shade against cost" in (here / "sub.html").read_text()
    assert sorted(path.name for path in here.glob("*.html")) == ["sub.html"]


def test_a_changed_problem_is_remarked(climbed, toys, here, monkeypatch):
    import archwright_toys

    monkeypatch.setattr(archwright_toys.Hill, "version", "2")
    done = climbed("report", "s.db")
    assert done.code == 0 and done.err == "hill has version 2 now; this study ran on version 1\n"


@pytest.mark.parametrize(
    ("name", "stem"), [("a/b c", "a-b-c"), ("../up", "-up"), ("...", "report"), ("x_1.2", "x_1.2")]
)
def test_names_become_file_names(name, stem):
    assert file_name(name) == stem
