import json
import re
import socket
import time
import urllib.request


def test_workers_answer_the_trials_of_a_run_with_options(start, archwright):
    archwright("run", "hill", "--with", "random", "--trials", "8", "--store", "s.db", "--name", "other")
    workers = [start("worker", "s.db", "--poll-s", "0.05") for _ in range(2)]
    command = ["run", "slow-hill", "--set", "height=3", "--with", "random", "--trials", "24", "--batch", "8"]
    run = start(*command, "--store", "s.db", "--pool", "workers")
    assert run.wait(timeout=60) == 0
    for one in workers:
        one.send_signal(2)
    answered = [int(re.match(r"(\d+) trials answered", one.communicate(timeout=20)[0])[1]) for one in workers]
    assert sum(answered) == 24 and all(one.returncode == 0 for one in workers)
    alone = archwright(*command, "--store", "s.db", "--name", "alone", "--pool", "inline").out.splitlines()[1]
    assert run.communicate()[0].splitlines()[1] == alone
    best = json.loads(archwright("best", "s.db:alone", "--json").out)
    assert best["metrics"]["height_m"] > 1.0


def test_a_worker_told_to_go_when_nothing_is_left(archwright):
    archwright("run", "hill", "--with", "random", "--trials", "8", "--store", "s.db")
    assert archwright("worker", "s.db", "--once").out == "0 trials answered\n"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_serve_shows_a_store_until_ctrl_c(start, archwright):
    archwright("run", "hill", "--with", "random", "--trials", "20", "--store", "s.db", "--name", "a")
    port = free_port()
    process = start("serve", "s.db", "--port", str(port))
    assert process.stdout.readline() == f"http://127.0.0.1:{port}/  (Ctrl-C ends it)\n"
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/studies", timeout=10) as answer:
                found = json.load(answer)
            break
        except OSError:
            time.sleep(0.1)
    assert [one["name"] for one in found["studies"]] == ["a"] and found["studies"][0]["trials"] == 20
    process.send_signal(2)
    assert process.wait(timeout=20) in (0, 130)
    assert "Traceback" not in process.stderr.read()


def test_a_port_in_use_is_one_line(start, archwright):
    archwright("run", "hill", "--with", "random", "--trials", "8", "--store", "s.db")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start("serve", "s.db", "--port", str(taken.getsockname()[1]))
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2 and "--port" in err and err.count("\n") == 1
