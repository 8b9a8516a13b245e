"""Drives the split deployment: the gateway beside nginx in front of the same service, in turns, and a
mixed load of a thousand requests a second for a minute.

Usage: python3 tests/bench/split.py   (needs wrk, hey, nginx, and the servers of tests/split.sh)
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

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PORT, NGINX_PORT = 28082, 28070
GATEWAY = f"http://127.0.0.1:{PORT}"
COURSE = f"http://127.0.0.1:{PORT + 2}"
NGINX = f"http://127.0.0.1:{NGINX_PORT}"
PASSWORD = "correct horse battery staple"
DATABASE = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/gopro_bench")
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16
# Requests a second of each kind, 1,000 together, and how many connections share them.
MIX = [
    ("GET", "/api/v1/courses", None, 400, 20),
    ("GET", "/api/v1/users/me", None, 250, 25),
    ("GET", "/api/v1/courses/go-from-zero", None, 200, 20),
    ("GET", "/api/v1/progress", None, 100, 10),
    ("GET", "/api/v1/notifications", None, 40, 10),
    ("PATCH", "/api/v1/users/me", '{"bio":"Learns Go."}', 10, 5),
]
MIXED_SECONDS = 60

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
        "GOPRO_TEST_PORT": str(PORT),
        "GOPRO__LIMITS__REQUESTS_PER_MINUTE": "100000000",
        "GOPRO__LIMITS__AUTH_REQUESTS_PER_MINUTE": "100000000",
        "GOPRO__AUTH__ACCESS_TOKEN_MINUTES": "60",
        "GOPRO__LOG__LEVEL": "error",
        **{f"GOPRO__DEMO__{role}_PASSWORD": PASSWORD for role in ("LEARNER", "INSTRUCTOR", "ADMIN")},
    }
    script = os.path.join(ROOT, "tests", "split.sh")
    split = subprocess.Popen(["bash", script], env=environment, stdout=subprocess.DEVNULL, cwd=ROOT)
    for number in range(5):
        wait_for(f"http://127.0.0.1:{PORT + number}/readyz", split)
    return split


def log_in():
    body = json.dumps({"login": "learner", "password": PASSWORD}).encode()
    request = urllib.request.Request(GATEWAY + "/api/v1/auth/login", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))["access_token"]


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


def mixed_load(token):
    running = []
    for method, path, body, rate, connections in MIX:
        command = ["hey", "-z", f"{MIXED_SECONDS}s", "-c", str(connections), "-q", str(rate / connections), "-m", method, "-o", "csv"]
        command += ["-H", f"Authorization: Bearer {token}", "-H", "If-Match: *"]
        if body:
            command += ["-T", "application/json", "-d", body]
        running.append(subprocess.Popen(command + [GATEWAY + path], stdout=subprocess.PIPE, text=True))
    times, failed = [], 0
    for process in running:
        lines = process.communicate()[0].splitlines()[1:]
        for line in lines:
            fields = line.split(",")
            times.append(float(fields[0]) * 1000)
            failed += not fields[6].startswith("2")
    times.sort()
    rate = len(times) / MIXED_SECONDS
    p95, p99 = (times[int(len(times) * part)] for part in (0.95, 0.99))
    print(f"mixed load through the split deployment for {MIXED_SECONDS} s: {rate:,.0f} requests a second, p95 {p95:.1f} ms, p99 {p99:.1f} ms, {failed} of {len(times):,} failed", flush=True)


def main():
    split = start_split()
    try:
        compare_with_nginx()
        mixed_load(log_in())
    finally:
        split.send_signal(signal.SIGTERM)
        split.wait()


main()
