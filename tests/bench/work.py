"""What a learner does all day, and what it costs: CPU, statements and transactions of each request, of
100 learners in turns, on SQLite and PostgreSQL.

Usage: python3 tests/bench/work.py [--quick] [--profile] [sqlite] [postgres]
  --profile          also say where the CPU goes; needs perf, and a server with symbols and frame pointers
  GOPRO_TEST_BINARY  the server (target/dist/gopro)
  DATABASE_URL       the PostgreSQL server (postgres://postgres@127.0.0.1:5432/postgres)

It needs wrk, and for PostgreSQL psql; it writes nothing but its report to standard output. The CPU is
that of the server's process alone, with all the events that follow from a request handled. On SQLite, the
anchor is what the same statements cost by themselves (tests/bench/anchor.rs, built beside the server), and
the ratio is its share of the request's CPU.
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

import profile_server as profile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get("GOPRO_TEST_BINARY", os.path.join(ROOT, "target", "dist", "gopro")))
SERVER = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NAME = f"gopro_work_{os.getpid()}"
PORT = 28180
URL = f"http://127.0.0.1:{PORT}"
METRICS = f"http://127.0.0.1:{PORT + 1}/metrics"
PASSWORD = "correct horse battery staple"
QUICK = "--quick" in sys.argv
PROFILE = "--profile" in sys.argv
LEARNERS, LESSONS = (20, 20) if QUICK else (100, 60)
SECONDS = 2 if QUICK else 5
CONNECTIONS = 16
TICK = os.sysconf("SC_CLK_TCK")
scrapes = 0


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


def start_server(folder, database):
    settings = {
        "data.folder": os.path.join(folder, "data"),
        "database.url": database,
        "migrate.on_start": "always",
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
        if value:
            command += ["--set", f"{key}={value}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while True:
        try:
            urllib.request.urlopen(URL + "/readyz")
            return server
        except OSError:
            if server.poll() is not None:
                sys.exit("the server ended at its start")
            time.sleep(0.01)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def metrics():
    global scrapes
    scrapes += 1
    with urllib.request.urlopen(METRICS) as answer:
        return answer.read().decode()


def counted(name):
    return sum(float(value) for value in re.findall(rf"^{name}{{[^}}]*}} (\S+)$", metrics(), re.M))


def settle():
    """Waits until every event has had its effect."""
    pattern = r'^gopro_event_backlog{[^}]*(?:outbox_pending|inbox_pending)[^}]*} (\S+)$'
    quiet = 0
    while quiet < 3:
        waiting = sum(float(value) for value in re.findall(pattern, metrics(), re.M))
        quiet = quiet + 1 if waiting == 0 else 0
        time.sleep(0.05)


def wrk(script, seconds=SECONDS):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, URL]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"not every request succeeded:\n{output}")
    return int(re.search(r"(\d+) requests in", output).group(1)), float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def script(folder, name, tokens, items, request):
    """Each request is of another learner; each round of all learners takes the next item."""
    path = os.path.join(folder, f"{name}.lua")
    words = lambda values: ", ".join(f'"{value}"' for value in values)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""
local tokens = {{ {words(tokens)} }}
local items = {{ {words(items)} }}
local sent = 0
request = function()
    local headers = {{ ["Authorization"] = "Bearer " .. tokens[sent % #tokens + 1], ["Content-Type"] = "application/json" }}
    local item = items[math.floor(sent / #tokens) % #items + 1]
    sent = sent + 1
    {request}
end
""")
    return path


def read(path):
    return f'return wrk.format("GET", "{path}", headers)'.replace("ITEM", '" .. item .. "')


def make_learner(number):
    name = f"learner-{number}"
    call("POST", "/api/v1/auth/register", {"email": f"{name}@example.org", "username": name, "password": PASSWORD})
    return log_in(name)


def make_course(instructor, number):
    course = call("POST", "/api/v1/courses", {"title": f"A working day {number}", "difficulty": "beginner"}, instructor)["id"]
    section = call("POST", f"/api/v1/courses/{course}/sections", {"title": "All of them"}, instructor)["id"]
    lessons, exercises = [], []
    for position in range(LESSONS):
        new = {"section_id": section, "title": f"Lesson {position}", "minutes": 5, "completion": "read", "content": "A paragraph of text.\n\n" * 40}
        lessons.append(call("POST", f"/api/v1/courses/{course}/lessons", new, instructor)["id"])
        question = {"kind": "single_choice", "options": [{"text": "yes", "correct": True}, {"text": "no", "correct": False}]}
        new = {"title": f"Exercise {position}", "prompt": "Is it so?", "points": 10, "question": question}
        exercises.append(call("POST", f"/api/v1/lessons/{lessons[-1]}/exercises", new, instructor)["id"])
    call("POST", f"/api/v1/courses/{course}/publish", {}, instructor)
    return course, lessons, exercises


def usage(server):
    """What the server has used so far: CPU seconds, statements, transactions, and scrapes of its metrics."""
    statements, transactions = counted("gopro_database_statements_total"), counted("gopro_database_transactions_total")
    return [cpu_seconds(server.pid), statements, transactions, scrapes]


def scrape_cost(server):
    """What one scrape of the metrics costs, because waiting for the events takes many of them."""
    settle()
    before = usage(server)
    for _ in range(100):
        metrics()
    used = [now - then for now, then in zip(usage(server), before)]
    return [each / used[3] for each in used]


def measure(server, path, scrape, limit=None):
    """The requests of one kind: rate, and CPU µs, statements and transactions of each."""
    settle()
    before = usage(server)
    count, rate = wrk(path)
    settle()
    if limit and count > limit:
        sys.exit(f"{count} requests, and only {limit} do something: raise LESSONS")
    used = [now - then for now, then in zip(usage(server), before)]
    spent, statements, transactions, _ = (each - used[3] * one for each, one in zip(used, scrape))
    return rate, spent * 1e6 / count, statements / count, transactions / count


def anchors(folder):
    """What the statements of each request cost by themselves, and how many times a second they run."""
    program = os.path.join(os.path.dirname(BINARY), "examples", "anchor")
    output = subprocess.run([program, os.path.join(folder, "data")], capture_output=True, text=True, check=True).stdout
    rows = (line.split("\t") for line in output.splitlines())
    return {name: (float(spent), float(rate)) for name, spent, rate in rows}


def run(title, database):
    with tempfile.TemporaryDirectory() as folder:
        server = start_server(folder, database)
        rows, profiles = [], []
        try:
            instructor = log_in("instructor")
            course, lessons, exercises = make_course(instructor, 1)
            tokens = [make_learner(number) for number in range(LEARNERS)]
            for token in tokens:
                call("POST", "/api/v1/progress/enrollments", {"course_id": course}, token)
            call("POST", f"/api/v1/progress/lessons/{lessons[0]}/complete", token=tokens[0])
            answers = [right_answer(exercise, tokens[0]) for exercise in exercises]
            kinds = [
                ("catalogue", "catalogue list", ["-"], read("/api/v1/courses"), None),
                ("lesson", "lesson", lessons, read("/api/v1/lessons/ITEM"), None),
                ("exercises", "exercises of a lesson", lessons, read("/api/v1/lessons/ITEM/exercises"), None),
                ("progress", "progress in a course", [course], read("/api/v1/progress/courses/ITEM"), None),
                ("overview", "overview of all progress", ["-"], read("/api/v1/progress"), None),
                ("inbox", "inbox", ["-"], read("/api/v1/notifications"), None),
                ("submit", "submitting an answer", answers, SUBMIT, None),
                ("complete", "completing a lesson", lessons, COMPLETE, LEARNERS * LESSONS),
            ]
            scrape = scrape_cost(server)
            for kind, name, items, request, limit in kinds:
                path = script(folder, kind, tokens, items, request)
                if PROFILE:
                    file, sampling = profile.start(server.pid, folder, kind)
                    profiles.append((name, file))
                rows.append((name, *measure(server, path, scrape, limit)))
                if PROFILE:
                    sampling.terminate()
                    sampling.wait()
            together = beside(folder, tokens, answers)
        finally:
            server.terminate()
            server.wait()
        report(title, rows, {} if database else anchors(folder))
        if PROFILE:
            profile.report(profiles)
        print(together, flush=True)


def report(title, rows, raw):
    print(f"\n### {title}\n")
    print("| request | req/s | CPU µs | statements | transactions | anchor, CPU µs | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name, rate, spent, statements, transactions in rows:
        anchor, _ = raw.get(name, (None, None))
        beside_it = f"{anchor:,.0f} | {anchor / spent:.2f}" if anchor else "– | –"
        print(f"| {name} | {rate:,.0f} | {spent:,.0f} | {statements:.1f} | {transactions:.1f} | {beside_it} |")
    if raw:
        print(f"\nOne connection alone committed {raw['a commit'][1]:,.0f} single rows a second, each with its flush.")


def right_answer(exercise, token):
    """The exercise and the id of an option of it, which are other ones for each exercise."""
    return exercise + " " + call("GET", f"/api/v1/exercises/{exercise}", token=token)["task"]["options"][0]["id"]


SUBMIT = """local exercise, option = item:match("(%S+) (%S+)")
    return wrk.format("POST", "/api/v1/exercises/" .. exercise .. "/submissions", headers, '{"answer":{"kind":"single_choice","choice":"' .. option .. '"}}')"""
COMPLETE = 'return wrk.format("POST", "/api/v1/progress/lessons/" .. item .. "/complete", headers)'


def beside(folder, tokens, answers):
    """The catalogue alone and beside submissions, in turns."""
    catalogue = script(folder, "list", tokens, ["-"], read("/api/v1/courses"))
    submit = script(folder, "beside", tokens, answers, SUBMIT)
    pairs, submitted = [], []
    for _ in range(1 if QUICK else 3):
        _, alone = wrk(catalogue)
        other = subprocess.Popen(["wrk", "-t1", "-c2", f"-d{SECONDS + 1}s", "-s", submit, URL], stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        _, together = wrk(catalogue)
        submitted.append(float(re.search(r"Requests/sec:\s+([\d.]+)", other.communicate()[0]).group(1)))
        pairs.append((alone, together))
        settle()
    alone, together = (statistics.median(column) for column in zip(*pairs))
    return f"\nThe catalogue list: {alone:,.0f} requests a second alone, {together:,.0f} beside {statistics.median(submitted):,.0f} submissions a second, {together / alone:.2f} of it."


def main():
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")] or ["sqlite", "postgres"]
    if "sqlite" in wanted:
        run("SQLite", "")
    if "postgres" in wanted:
        subprocess.run(["psql", "-q", SERVER, "-c", f"CREATE DATABASE {NAME}"], check=True)
        try:
            run("PostgreSQL", SERVER.rpartition("/")[0] + "/" + NAME)
        finally:
            subprocess.run(["psql", "-q", SERVER, "-c", f"DROP DATABASE {NAME} WITH (FORCE)"], check=True)


main()
