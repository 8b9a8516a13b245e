"""Drives the split deployment: the gateway beside nginx in front of the same service, in turns, and what 200
learners do, a thousand requests a second for a minute.

Usage: python3 tests/bench/split.py   (needs wrk, nginx, and the servers of tests/split.sh)
  GOPRO_TEST_BINARY  the server (target/dist/gopro); the example load is beside it
  DATABASE_URL       the database (postgres://postgres@127.0.0.1:5432/gopro_bench), which is made anew
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from api import PASSWORD, Api
from mix import LEARNERS, RATE, WRITTEN, plan
from server import BINARY, ROOT, waiting_events

PORT, NGINX_PORT = 28082, 28070
GATEWAY = f"http://127.0.0.1:{PORT}"
API = Api(GATEWAY)
LOAD = os.path.join(os.path.dirname(BINARY), "examples", "load")
COURSE = f"http://127.0.0.1:{PORT + 2}"
NGINX = f"http://127.0.0.1:{NGINX_PORT}"
DATABASE = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/gopro_bench")
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16
MIXED_SECONDS = 60
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
    requests = plan(API, MIXED_SECONDS)
    drained_after()
    load = subprocess.run([LOAD, GATEWAY, str(RATE), str(LEARNERS)], input="\n".join(requests), capture_output=True, text=True, check=True)
    drained = drained_after()
    report = json.loads(load.stdout)
    failed = {status: count for status, count in report["statuses"].items() if not status.startswith("2")}
    print(f"mixed load of {LEARNERS} learners through the split deployment, {RATE:,} requests a second for {MIXED_SECONDS} s, {WRITTEN:.0%} of them submissions and completions: p50 {report['p50']:.1f} ms, p95 {report['p95']:.1f} ms, p99 {report['p99']:.1f} ms, {sum(failed.values())} of {len(requests):,} failed; all events had their effect {drained:.1f} s later, with a limit of {DRAINED_WITHIN} s", flush=True)
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
