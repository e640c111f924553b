import json

from archwright.systems.claim import Claim


def test_plain_json_has_the_keys_that_programs_read():
    claim = Claim("score", 2.0, "5 of 5 seeds", ">= 2", met=True, note="seeds 0 to 4")
    assert json.loads(json.dumps(claim.as_plain())) == {
        "name": "score",
        "published": 2.0,
        "ours": "5 of 5 seeds",
        "target": ">= 2",
        "met": True,
        "note": "seeds 0 to 4",
    }
