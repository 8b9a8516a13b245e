"""A server of its own for a benchmark, what it has used, and load for it."""

import os
import re
import subprocess
import sys
import time
import urllib.request

from api import PASSWORD, Api

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get("GOPRO_TEST_BINARY", os.path.join(ROOT, "target", "dist", "gopro")))
DATABASES = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
TICK = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 16


class Server:
    """A single process with the demo, on SQLite in `folder`, or on PostgreSQL at `database`."""

    def __init__(self, folder, database, port):
        self.url = f"http://127.0.0.1:{port}"
        self.api = Api(self.url)
        self.internal = f"http://127.0.0.1:{port + 1}"
        self.scrapes = 0
        settings = {
            "data.folder": os.path.join(folder, "data"),
            "database.url": database,
            "migrate.on_start": "always",
            "server.address": f"127.0.0.1:{port}",
            "server.internal_address": f"127.0.0.1:{port + 1}",
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
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while True:
            try:
                urllib.request.urlopen(self.url + "/readyz")
                break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("the server ended at its start")
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def make_learners(self, count, lessons):
        """A course, its lessons, its exercises, and the tokens of so many learners who take it."""
        course, lesson_ids, exercise_ids = self.api.make_course(self.api.log_in("instructor"), lessons)
        tokens = [self.api.make_learner(number) for number in range(count)]
        for token in tokens:
            self.api.enroll(course, token)
        return course, lesson_ids, exercise_ids, tokens

    def metrics(self):
        self.scrapes += 1
        with urllib.request.urlopen(self.internal + "/metrics") as answer:
            return answer.read().decode()

    def settle(self):
        """Waits until every event has had its effect."""
        quiet = 0
        while quiet < 3:
            quiet = quiet + 1 if waiting_events(self.metrics()) == 0 else 0
            time.sleep(0.05)

    def usage(self):
        """What the server has used so far: CPU seconds, statements, transactions, and scrapes."""
        counted = lambda name: total(rf"^{name}{{[^}}]*}} (\S+)$", self.metrics())
        statements, transactions = counted("gopro_database_statements_total"), counted("gopro_database_transactions_total")
        return [cpu_seconds(self.process.pid), statements, transactions, self.scrapes]

    def scrape_cost(self):
        """What one scrape of the metrics costs, because waiting for the events takes many of them."""
        self.settle()
        before = self.usage()
        for _ in range(100):
            self.metrics()
        used = [now - then for now, then in zip(self.usage(), before)]
        return [each / used[3] for each in used]

    def measure(self, script, seconds, scrape, limit=None):
        """The requests of one kind: rate, and CPU µs, statements and transactions of each, with all the
        events that follow; more than `limit` would do nothing."""
        self.settle()
        before = self.usage()
        count, rate = self.wrk(script, seconds)
        self.settle()
        if limit and count > limit:
            sys.exit(f"{count} requests, and only {limit} do something: raise LESSONS")
        used = [now - then for now, then in zip(self.usage(), before)]
        spent, statements, transactions, _ = (each - used[3] * one for each, one in zip(used, scrape))
        return rate, spent * 1e6 / count, statements / count, transactions / count

    def wrk(self, script, seconds):
        """Requests of `script` at full speed: how many, and how many a second."""
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, self.url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in output or "Socket errors" in output:
            sys.exit(f"not every request succeeded:\n{output}")
        return int(re.search(r"(\d+) requests in", output).group(1)), float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def total(pattern, metrics):
    return sum(float(value) for value in re.findall(pattern, metrics, re.M))


def waiting_events(metrics):
    """How many events are still to be sent and to be handled, as the metrics of a process have it."""
    return total(r"^gopro_event_backlog{[^}]*(?:outbox_pending|inbox_pending)[^}]*} (\S+)$", metrics)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def script(folder, name, tokens, items, request):
    """A script for wrk: each request is of another learner; each round of all learners takes the next item."""
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


SUBMIT = """local exercise, option = item:match("(%S+) (%S+)")
    return wrk.format("POST", "/api/v1/exercises/" .. exercise .. "/submissions", headers, '{"answer":{"kind":"single_choice","choice":"' .. option .. '"}}')"""
COMPLETE = 'return wrk.format("POST", "/api/v1/progress/lessons/" .. item .. "/complete", headers)'


class Database:
    """A PostgreSQL database for one run."""

    def __init__(self, name):
        self.name = f"gopro_{name}_{os.getpid()}"
        self.url = DATABASES.rpartition("/")[0] + "/" + self.name

    def __enter__(self):
        subprocess.run(["psql", "-q", DATABASES, "-c", f"CREATE DATABASE {self.name}"], check=True)
        return self.url

    def __exit__(self, *_):
        subprocess.run(["psql", "-q", DATABASES, "-c", f"DROP DATABASE {self.name} WITH (FORCE)"], check=True)
