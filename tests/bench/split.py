"""Drives the split deployment: the gateway beside nginx in front of the same service, in turns, and what 200
learners do, a thousand requests a second for a minute.

Usage: python3 tests/bench/split.py   (needs wrk, nginx, and the servers of tests/split.sh)
  GOPRO_TEST_BINARY  the server (target/dist/gopro); the example load is beside it
  DATABASE_URL       the database (postgres://postgres@127.0.0.1:5432/gopro_bench), which is made anew
"""

import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from api import PASSWORD, Api
from server import BINARY, ROOT, waiting_events

PORT, NGINX_PORT = 28082, 28070
GATEWAY = f"http://127.0.0.1:{PORT}"
API = Api(GATEWAY)
LOAD = os.path.join(os.path.dirname(BINARY), "examples", "load")
COURSE = f"http://127.0.0.1:{PORT + 2}"
NGINX = f"http://127.0.0.1:{NGINX_PORT}"
DATABASE = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/gopro_bench")
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16
# Requests a second of each kind, 1,000 together; what each learner submits and completes is new each time.
MIX = [
    ("catalogue", 300),
    ("account", 150),
    ("course", 100),
    ("lesson", 150),
    ("progress", 100),
    ("inbox", 40),
    ("edit", 10),
    ("submit", 80),
    ("complete", 70),
]
LEARNERS, LESSONS, MIXED_SECONDS = 200, 30, 60
DRAINED_WITHIN = 5

NGINX_CONFIG = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    upstream course {{ server {upstream}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://course;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
        }}
    }}
}}
"""


def wrk(url):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"not every request succeeded:\n{output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def wait_for(url, process):
    for _ in range(300):
        try:
            return urllib.request.urlopen(url).read()
        except OSError:
            if process.poll() is not None:
                sys.exit("a process ended at its start; see target/split/*.log")
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


def start_split():
    environment = {
        **os.environ,
        "DATABASE_URL": DATABASE,
        "GOPRO_TEST_BINARY": BINARY,
        "GOPRO_TEST_PORT": str(PORT),
        "GOPRO__LIMITS__REQUESTS_PER_MINUTE": "100000000",
        "GOPRO__LIMITS__AUTH_REQUESTS_PER_MINUTE": "100000000",
        "GOPRO__AUTH__ACCESS_TOKEN_MINUTES": "60",
        "GOPRO__LOG__LEVEL": "error",
        **{f"GOPRO__DEMO__{role}_PASSWORD": PASSWORD for role in ("LEARNER", "INSTRUCTOR", "ADMIN")},
    }
    server, name = DATABASE.rsplit("/", 1)
    subprocess.run(["psql", "-q", f"{server}/postgres", "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"], check=True)
    script = os.path.join(ROOT, "tests", "split.sh")
    split = subprocess.Popen(["bash", script], env=environment, stdout=subprocess.DEVNULL, cwd=ROOT)
    for number in range(5):
        wait_for(f"http://127.0.0.1:{PORT + number}/readyz", split)
    return split


def compare_with_nginx():
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(NGINX_CONFIG.format(folder=folder, upstream=COURSE.removeprefix("http://"), port=NGINX_PORT))
        nginx = subprocess.Popen(["nginx", "-c", config, "-p", folder])
        try:
            path = "/api/v1/courses"
            wait_for(NGINX + path, nginx)
            pairs = [(wrk(NGINX + path), wrk(GATEWAY + path)) for _ in range(ROUNDS)]
        finally:
            nginx.terminate()
            nginx.wait()
    base, ours = (statistics.median(column) for column in zip(*pairs))
    ratio = statistics.median(ours / base for base, ours in pairs)
    print(f"gateway to service: {ours:,.0f} requests a second, nginx to the same service {base:,.0f}: {ratio:.2f} of it", flush=True)


def plan():
    """The requests of the mixed load, in an order that is the same each time."""
    instructor = API.log_in("instructor")
    course, lessons, exercises = API.make_course(instructor, LESSONS)
    tokens = [API.make_learner(number) for number in range(LEARNERS)]
    for token in tokens:
        API.enroll(course, token)
    options = [API.first_option(exercise, tokens[0]) for exercise in exercises]
    chance = random.Random(1)
    pairs = [(token, number) for number in range(LESSONS) for token in tokens]
    to_submit, to_complete = iter(pairs), iter(pairs)

    def request(kind):
        token = chance.choice(tokens)
        match kind:
            case "catalogue":
                return "GET", "/api/v1/courses", token, ""
            case "account":
                return "GET", "/api/v1/users/me", token, ""
            case "course":
                return "GET", f"/api/v1/courses/{course}", token, ""
            case "lesson":
                return "GET", f"/api/v1/lessons/{chance.choice(lessons)}", token, ""
            case "progress":
                return "GET", "/api/v1/progress", token, ""
            case "inbox":
                return "GET", "/api/v1/notifications", token, ""
            case "edit":
                return "PATCH", "/api/v1/users/me", token, json.dumps({"bio": "Learns Go."})
            case "submit":
                token, number = next(to_submit)
                answer = {"answer": {"kind": "single_choice", "choice": options[number]}}
                return "POST", f"/api/v1/exercises/{exercises[number]}/submissions", token, json.dumps(answer)
            case "complete":
                token, number = next(to_complete)
                return "POST", f"/api/v1/progress/lessons/{lessons[number]}/complete", token, ""

    kinds = [kind for kind, rate in MIX for _ in range(rate * MIXED_SECONDS)]
    chance.shuffle(kinds)
    return ["\t".join(request(kind)) for kind in kinds]


def waiting():
    """How many events the four services have still to send and to handle."""
    count = 0
    for number in range(1, 5):
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT + 10 + number}/metrics") as answer:
            count += waiting_events(answer.read().decode())
    return count


def drained_after():
    begun = time.monotonic()
    while waiting():
        if time.monotonic() - begun > 60:
            sys.exit("events still wait after a minute")
        time.sleep(0.05)
    return time.monotonic() - begun


def mixed_load():
    requests = plan()
    drained_after()
    rate = len(requests) // MIXED_SECONDS
    load = subprocess.run([LOAD, GATEWAY, str(rate), "200"], input="\n".join(requests), capture_output=True, text=True, check=True)
    drained = drained_after()
    report = json.loads(load.stdout)
    failed = {status: count for status, count in report["statuses"].items() if not status.startswith("2")}
    written = sum(rate for kind, rate in MIX if kind in ("submit", "complete")) / sum(rate for _, rate in MIX)
    print(f"mixed load of {LEARNERS} learners through the split deployment, {rate:,} requests a second for {MIXED_SECONDS} s, {written:.0%} of them submissions and completions: p50 {report['p50']:.1f} ms, p95 {report['p95']:.1f} ms, p99 {report['p99']:.1f} ms, {sum(failed.values())} of {len(requests):,} failed; all events had their effect {drained:.1f} s later, with a limit of {DRAINED_WITHIN} s", flush=True)
    if failed:
        print(f"  what failed: {failed}", flush=True)


def main():
    split = start_split()
    try:
        compare_with_nginx()
        mixed_load()
    finally:
        split.send_signal(signal.SIGTERM)
        split.wait()


main()
