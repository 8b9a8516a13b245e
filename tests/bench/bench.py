"""Drives the dist binary with wrk beside a bare actix-web handler that answers the same bytes.

Both are measured in turns within one run, because timings on a shared machine drift: the ratio is
the figure, the requests per second are only its parts.

Usage: make bench   (needs wrk; writes nothing but its report to standard output)
"""

import http.client
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from api import PASSWORD, Api
from server import ROOT, Server

BARE = os.path.join(ROOT, "target", "dist", "examples", "bare")
ARGON2 = os.path.join(ROOT, "target", "dist", "examples", "argon2")
PORT, BARE_PORT = 28080, 28090
URL = f"http://127.0.0.1:{PORT}"
API = Api(URL)
call, log_in = API.call, API.log_in
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 16
# In each round every learner can complete every lesson of that round's course once.
LEARNERS, LESSONS = 150, 60


def wrk(url, script=None, connections=CONNECTIONS, seconds=SECONDS):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", script]
    output = subprocess.run(command + [url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"not every request succeeded:\n{output}")
    count = int(re.search(r"(\d+) requests in", output).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output).groups()
    p99 = float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    return count, rate, p99


def write_script(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def with_token(folder, name, token):
    return write_script(folder, name, f'wrk.headers["Authorization"] = "Bearer {token}"\n')


def start_bare(folder, body):
    file = os.path.join(folder, "body.json")
    with open(file, "wb") as out:
        out.write(body)
    bare = subprocess.Popen([BARE, f"127.0.0.1:{BARE_PORT}", file])
    time.sleep(0.5)
    return bare


def report(title, pairs):
    """One line of the table, of pairs of the bare rate, our rate and our slowest percent."""
    base, ours, p99 = (statistics.median(column) for column in zip(*pairs))
    ratio = statistics.median(ours / base for base, ours, _ in pairs)
    print(f"| {title} | {base:,.0f} | {ours:,.0f} | {ratio:.3f} | {p99:.1f} |", flush=True)


def compare(folder, title, url, body, script=None):
    """Bare and ours in turns; the bytes of the answer are the same."""
    bare = start_bare(folder, body)
    try:
        pairs = []
        for _ in range(ROUNDS):
            _, base, _ = wrk(f"http://127.0.0.1:{BARE_PORT}/", script)
            _, ours, p99 = wrk(URL + url, script)
            pairs.append((base, ours, p99))
    finally:
        bare.terminate()
        bare.wait()
    report(title, pairs)


def make_learner(number):
    name = f"learner-{number}"
    call("POST", "/api/v1/auth/register", {"email": f"{name}@example.org", "username": name, "password": PASSWORD})
    return log_in(name)


def make_course(instructor, number):
    """A published course of many short lessons: its id, and those of its lessons."""
    course = call("POST", "/api/v1/courses", {"title": f"Many lessons {number}", "difficulty": "beginner"}, instructor)["id"]
    section = call("POST", f"/api/v1/courses/{course}/sections", {"title": "All of them"}, instructor)["id"]
    lessons = []
    for position in range(LESSONS):
        new = {"section_id": section, "title": f"Lesson {position}", "minutes": 5, "completion": "read"}
        lessons.append(call("POST", f"/api/v1/courses/{course}/lessons", new, instructor)["id"])
    call("POST", f"/api/v1/courses/{course}/publish", {}, instructor)
    return course, lessons


def completions(folder, tokens, lessons):
    """A script whose requests each complete another lesson of another learner, until all are done."""
    words = lambda items: ", ".join(f'"{item}"' for item in items)
    return write_script(folder, "complete.lua", f"""
local tokens = {{ {words(tokens)} }}
local lessons = {{ {words(lessons)} }}
local sent = 0
request = function()
    local token = tokens[sent % #tokens + 1]
    local lesson = lessons[math.floor(sent / #tokens) % #lessons + 1]
    sent = sent + 1
    return wrk.format("POST", "/api/v1/progress/lessons/" .. lesson .. "/complete", {{ ["Authorization"] = "Bearer " .. token }})
end
""")


def completed(tokens):
    return sum(call("GET", "/api/v1/progress", token=token)["totals"]["lessons"] for token in tokens)


def compare_completions(folder):
    """As `compare`; each of our requests completes a lesson that was not complete, which the progress proves."""
    instructor = log_in("instructor")
    courses = [make_course(instructor, number) for number in range(ROUNDS)]
    tokens = [make_learner(number) for number in range(LEARNERS)]
    for course, _ in courses:
        for token in tokens:
            call("POST", "/api/v1/progress/enrollments", {"course_id": course}, token)
    body = json.dumps(call("GET", "/api/v1/progress", token=tokens[0])).encode()
    bare = start_bare(folder, body)
    try:
        pairs = []
        for _, lessons in courses:
            script = completions(folder, tokens, lessons)
            _, base, _ = wrk(f"http://127.0.0.1:{BARE_PORT}/", script)
            before = completed(tokens)
            count, ours, p99 = wrk(URL, script)
            new = completed(tokens) - before
            # What is under way when wrk stops is completed and not counted.
            if not count <= new <= count + CONNECTIONS:
                sys.exit(f"{count} requests completed {new} lessons; raise LESSONS if {LEARNERS * LESSONS} are too few")
            pairs.append((base, ours, p99))
    finally:
        bare.terminate()
        bare.wait()
    report("completing a lesson", pairs)


def stored_hash(folder, login):
    """What the server keeps of a password: it names the parameters."""
    with sqlite3.connect(os.path.join(folder, "data", "user.db")) as database:
        return database.execute("SELECT password_hash FROM account WHERE username = ?", (login,)).fetchone()[0]


def compare_login(folder, people):
    """Beside one raw verification of a hash of the same parameters, by one connection and one person after another.
    The turns are short, because the speed of a shared processor changes from one second to the next."""
    script = write_script(folder, "login.lua", f"""
local sent = 0
request = function()
    sent = sent + 1
    local body = '{{"login":"learner-' .. sent % {people} .. '","password":"{PASSWORD}"}}'
    return wrk.format("POST", "/api/v1/auth/login", {{ ["Content-Type"] = "application/json" }}, body)
end
""")
    stored = stored_hash(folder, "learner-0")
    pairs = []
    for _ in range(15):
        raw = subprocess.run([ARGON2, PASSWORD, stored, "1"], capture_output=True, text=True, check=True)
        _, ours, _ = wrk(URL + "/api/v1/auth/login", script, 1, 1)
        pairs.append((float(raw.stdout), 1000 / ours))
    raw, ours = (statistics.median(column) for column in zip(*pairs))
    ratio = statistics.median(ours / raw for raw, ours in pairs)
    print(f"a login takes {ours:.1f} ms, one raw Argon2id verification of the same parameters {raw:.1f} ms: {ratio:.2f} times as long")


def even(title, path, known, unknown):
    """The median time of answers to somebody who has an account and to somebody who has none, in turns (S-21)."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    times = [], []
    for pair in zip(known, unknown):
        for mine, body in zip(times, pair):
            begun = time.monotonic()
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (202, 401):
                sys.exit(f"{path}: {answer.status}")
            mine.append((time.monotonic() - begun) * 1000)
    with_account, without = (statistics.median(mine) for mine in times)
    print(f"{title}: {with_account:.1f} ms with an account, {without:.1f} ms without one: {with_account / without:.3f} times as long")


def compare_strangers():
    logins = [[{"login": f"{name}-{number}", "password": "not the right one"} for number in range(LEARNERS)] for name in ("learner", "nobody")]
    even("a refused login", "/api/v1/auth/login", *logins)
    addresses = [[{"email": f"{name}-{number}@example.org"} for number in range(LEARNERS // 3)] for name in ("learner", "nobody")]
    even("a forgotten password", "/api/v1/auth/password/forgot", *addresses)


def login_storm(folder):
    """Reads by one person, alone and while 32 connections log in; both in turns."""
    # Another name each time, because the tries of one are soon refused without a hash.
    storm = write_script(folder, "storm.lua", f"""
local seed, sent = "", 0
init = function(arguments) seed = arguments[1] end
request = function()
    sent = sent + 1
    local body = '{{"login":"nobody-' .. seed .. "-" .. sent .. '","password":"{PASSWORD}"}}'
    return wrk.format("POST", "/api/v1/auth/login", {{ ["Content-Type"] = "application/json" }}, body)
end
""")
    token = {"Authorization": f"Bearer {log_in('learner')}"}
    calm, stormy, logins = [], [], 0
    for turn in range(ROUNDS):
        calm += paced_reads(token)
        wrk_storm = subprocess.Popen(
            ["wrk", "-t1", "-c32", f"-d{SECONDS + 2}s", "-s", storm, URL + "/api/v1/auth/login", "--", str(turn)],
            stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        stormy += paced_reads(token)
        logins += int(re.search(r"(\d+) requests in", wrk_storm.communicate()[0]).group(1))
    alone, beside = (sorted(times)[int(len(times) * 0.95)] for times in (calm, stormy))
    rate = len(stormy) / (ROUNDS * SECONDS)
    print(f"{rate:.0f} reads/s: p95 {alone:.1f} ms alone, {beside:.1f} ms beside a login storm of 32 connections that got {logins} answers")


def paced_reads(headers):
    """The milliseconds of reads that begin 500 times a second, however long each takes, by 8 threads."""
    times, refused, lock, threads = [], [], threading.Lock(), 8
    begun = time.monotonic()

    def read(number):
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        mine = []
        for turn in range(500 * SECONDS // threads):
            due = begun + (turn * threads + number) / 500
            time.sleep(max(0, due - time.monotonic()))
            connection.request("GET", "/api/v1/users/me", headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                refused.append(answer.status)
            mine.append((time.monotonic() - due) * 1000)
        with lock:
            times.extend(mine)

    workers = [threading.Thread(target=read, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if refused or len(times) != 500 * SECONDS // threads * threads:
        sys.exit(f"{len(refused)} reads of {len(times)} did not succeed: {set(refused)}")
    return times


def bytes_of(path, token=None):
    request = urllib.request.Request(URL + path)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def resident_megabytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        kilobytes = int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
        return kilobytes * 1024 / 1_000_000


def tour(learner):
    """What the tour of the README touches, for the size of the process after it."""
    for path in ("/api/v1/courses", "/api/v1/courses/go-from-zero/outline", "/api/v1/lessons/01940000-0000-7000-8000-000000000101", "/api/v1/progress", "/api/v1/notifications", "/api/v1/achievements"):
        call("GET", path, token=learner)
    call("POST", "/api/v1/progress/lessons/01940000-0000-7000-8000-000000000101/complete", token=learner)


def main():
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        with Server(folder, "", PORT) as server:
            ready = time.monotonic() - begun
            learner = log_in("learner")
            tour(learner)
            print(f"ready {ready:.2f} s after the start of the process, with an empty folder and the demo to load")
            time.sleep(2)  # the memory of the last hash is given back after a second of rest
            print(f"{resident_megabytes(server.process.pid):.0f} MB resident after the tour")
            print()
            print("| what | bare actix-web, req/s | GO-PRO, req/s | ratio | p99 ms |")
            print("|---|---|---|---|---|")
            compare(folder, "catalogue list", "/api/v1/courses", bytes_of("/api/v1/courses"))
            detail = "/api/v1/courses/go-from-zero"
            compare(folder, "course detail with a token", detail, bytes_of(detail, learner), with_token(folder, "detail.lua", learner))
            compare(folder, "who am I", "/api/v1/users/me", bytes_of("/api/v1/users/me", learner), with_token(folder, "me.lua", learner))
            compare_completions(folder)
            print()
            compare_login(folder, LEARNERS)
            compare_strangers()
            login_storm(folder)
            print()
            print(f"{resident_megabytes(server.process.pid):.0f} MB resident after all of it")


main()
