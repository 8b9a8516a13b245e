"""Drives the release binary with wrk beside a bare actix-web handler that answers the same bytes.

Both are measured in turns within one run, because timings on a shared machine drift: the ratio is
the figure, the requests per second are only its parts.

Usage: make bench   (needs wrk; writes nothing but its report to standard output)
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.join(ROOT, "target", "release", "gopro")
BARE = os.path.join(ROOT, "target", "release", "examples", "bare")
PORT, BARE_PORT = 28080, 28090
URL = f"http://127.0.0.1:{PORT}"
PASSWORD = "correct horse battery staple"
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16


def call(method, path, body=None, token=None):
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("If-Match", "*")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, data) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")
    return json.loads(text) if text else None


def log_in(name):
    return call("POST", "/api/v1/auth/login", {"login": name, "password": PASSWORD})["access_token"]


def start_server(folder):
    settings = {
        "data.folder": folder,
        "server.address": f"127.0.0.1:{PORT}",
        "server.internal_address": f"127.0.0.1:{PORT + 1}",
        "auth.access_token_minutes": "60",
        "limits.requests_per_minute": "100000000",
        "limits.auth_requests_per_minute": "100000000",
        "log.level": "error",
        **{f"demo.{role}_password": PASSWORD for role in ("learner", "instructor", "admin")},
    }
    command = [BINARY, "serve", "--demo"]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    begun = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while True:
        try:
            urllib.request.urlopen(URL + "/readyz")
            return server, time.monotonic() - begun
        except OSError:
            if server.poll() is not None:
                sys.exit("the server ended at its start")
            time.sleep(0.005)


def wrk(url, script=None, connections=CONNECTIONS, seconds=SECONDS):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", script]
    output = subprocess.run(command + [url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"not every request succeeded:\n{output}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output).groups()
    p99 = float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return rate, p99


def write_script(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def with_token(folder, name, token):
    return write_script(folder, name, f'wrk.headers["Authorization"] = "Bearer {token}"\n')


def compare(folder, title, url, body, script=None, connections=CONNECTIONS):
    """Bare and ours in turns; the bytes of the answer are the same."""
    file = os.path.join(folder, "body.json")
    with open(file, "wb") as out:
        out.write(body)
    bare = subprocess.Popen([BARE, f"127.0.0.1:{BARE_PORT}", file])
    time.sleep(0.5)
    try:
        pairs = []
        for _ in range(ROUNDS):
            base, _ = wrk(f"http://127.0.0.1:{BARE_PORT}/", script, connections)
            ours, p99 = wrk(URL + url, script, connections)
            pairs.append((base, ours, p99))
    finally:
        bare.terminate()
        bare.wait()
    ratio = statistics.median(ours / base for base, ours, _ in pairs)
    base = statistics.median(base for base, _, _ in pairs)
    ours = statistics.median(ours for _, ours, _ in pairs)
    p99 = statistics.median(p99 for _, _, p99 in pairs)
    print(f"| {title} | {base:,.0f} | {ours:,.0f} | {ratio:.3f} | {p99:.1f} |", flush=True)


def bytes_of(path, token=None):
    request = urllib.request.Request(URL + path)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def resident_megabytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def tour(learner):
    """What the tour of the README touches, for the size of the process after it."""
    for path in ("/api/v1/courses", "/api/v1/courses/go-from-zero/outline", "/api/v1/lessons/01940000-0000-7000-8000-000000000101", "/api/v1/progress", "/api/v1/notifications", "/api/v1/achievements"):
        call("GET", path, token=learner)
    call("POST", "/api/v1/progress/lessons/01940000-0000-7000-8000-000000000101/complete", token=learner)


def main():
    with tempfile.TemporaryDirectory() as folder:
        server, ready = start_server(os.path.join(folder, "data"))
        try:
            learner = log_in("learner")
            tour(learner)
            print(f"ready {ready:.2f} s after the start of the process, with an empty folder and the demo to load")
            print(f"{resident_megabytes(server.pid):.0f} MB resident after the tour")
            print()
            print("| what | bare actix-web, req/s | GO-PRO, req/s | ratio | p99 ms |")
            print("|---|---|---|---|---|")
            compare(folder, "catalogue list", "/api/v1/courses", bytes_of("/api/v1/courses"))
            detail = "/api/v1/courses/go-from-zero"
            compare(folder, "course detail with a token", detail, bytes_of(detail, learner), with_token(folder, "detail.lua", learner))
            login = write_script(folder, "login.lua", 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                                 + f"wrk.body = '{json.dumps({'login': 'learner', 'password': PASSWORD})}'\n")
            compare(folder, "login", "/api/v1/auth/login", b"{}" * 400, login, 1)
            print()
            print(f"{resident_megabytes(server.pid):.0f} MB resident after all of it")
        finally:
            server.terminate()
            server.wait()


main()
