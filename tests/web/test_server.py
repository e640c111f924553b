"""The dashboard through its ASGI interface, asked by httpx."""

import asyncio
import json
import re

import pytest

from archwright.core.errors import SpecError
from archwright.core.study import Study
from archwright.testing.functions import Sphere
from archwright.web.server import LOCAL, make_app, run_server

pytest.importorskip("starlette", reason="starlette is not installed")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

NAME = "a/b <i>"


class Client:
    """Asks an app one thing at a time."""

    def __init__(self, app, base_url="http://testserver"):
        self.app, self.base_url = app, base_url

    def request(self, method, url, **more):
        async def ask():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.base_url) as client:
                return await client.request(method, url, **more)

        return asyncio.run(ask())

    def get(self, url, **more):
        return self.request("GET", url, **more)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "s.db"
    Study.open(path, NAME, Sphere(2), "random", source="sphere").run(trials=32)
    return str(path)


@pytest.fixture
def client(path):
    return Client(make_app(path, lambda source: Sphere(2)))


def test_the_first_page_lists_the_studies(client, path):
    page = client.get("/")
    assert page.status_code == 200 and path in page.text
    assert "a/b &lt;i&gt;" in page.text and "<i>" not in page.text.replace("<i class", "")
    assert 'href="/study/a/b%20%3Ci%3E"' in page.text


def test_a_study_has_its_live_report(client):
    page = client.get("/study/a/b%20%3Ci%3E")
    assert page.status_code == 200
    assert "How the study converged" in page.text and 'href="/"' in page.text
    url = re.search(r'data-url="([^"]+)"', page.text)[1]
    assert client.get(url).json()["trials"] == 32 and 'data-trials="32"' in page.text


def test_json(client):
    assert [one["name"] for one in client.get("/api/studies").json()["studies"]] == [NAME]
    url = "/api/study/a/b%20%3Ci%3E"
    summary = client.get(url).json()
    best = client.get(f"{url}/best").json()["best"]
    assert summary["name"] == NAME and best["score"] == summary["score"]
    assert client.get(f"{url}/front").json()["front"][0]["number"] == best["number"]


def test_an_unknown_study_is_404_and_says_what_there_is(client):
    assert client.get("/api/study/none").status_code == 404
    assert NAME in client.get("/api/study/none").json()["error"]
    page = client.get("/study/none")
    assert page.status_code == 404 and "Not to be seen" in page.text
    assert client.get("/nowhere").status_code == 404


def test_a_store_that_went_away_is_503(tmp_path):
    client = Client(make_app(str(tmp_path / "gone.db"), lambda source: Sphere(2)))
    assert client.get("/").status_code == 503
    assert "no such store" in client.get("/api/studies").json()["error"]


def test_a_problem_that_went_away_is_one_line(path):
    def find(source):
        raise SpecError("problem", source, "a file that is still there")

    client = Client(make_app(path, find))
    page = client.get("/study/a/b%20%3Ci%3E")
    assert page.status_code == 503 and "a file that is still there" in page.text
    assert client.get("/api/studies").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client, method):
    for url in ("/", "/api/studies", "/api/study/a"):
        assert client.request(method, url).status_code == 405


def test_pages_load_nothing_from_elsewhere(client):
    headers = client.get("/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    for url in ("/", "/study/a/b%20%3Ci%3E"):
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", client.get(url).text)


def test_a_foreign_name_is_refused_where_only_this_machine_may_connect(path):
    app = make_app(path, lambda source: Sphere(2), LOCAL)
    client = Client(app, base_url="http://127.0.0.1:8080")
    assert client.get("/").status_code == 200
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_an_empty_store_says_how_to_begin(tmp_path):
    from archwright.core.store import Store

    Store.open(tmp_path / "e.db").close()
    client = Client(make_app(str(tmp_path / "e.db"), lambda source: Sphere(2)))
    assert "archwright run PROBLEM" in client.get("/").text
    assert json.loads(client.get("/api/studies").text) == {"studies": []}


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 8080), ("no-such-host.invalid", 8080)])
def test_an_address_that_is_not_ours_is_refused(host, port, path):
    with pytest.raises(SpecError, match="--host, --port"):
        run_server(path, lambda source: Sphere(2), host, port, on_ready=lambda: pytest.fail("it is not ready"))
