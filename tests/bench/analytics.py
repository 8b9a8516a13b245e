"""Asks for the roster, the analytics, and the gradebook of a course with 10,000 learners, on SQLite and on PostgreSQL.

The course has 30 lessons and 100 exercises; half of the learners have come through it, the others to somewhere. They are
written straight into the database. On PostgreSQL the counts lie in as many slots as eight writers at once would have used.

Usage: python3 tests/bench/analytics.py [sqlite|postgres]...   (needs psql and a PostgreSQL server for the second)
"""

import collections
import http.client
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

from api import PASSWORD
from server import Server, cpu_seconds

DATABASE = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/gopro_analytics")
PORT = int(os.environ.get("GOPRO_TEST_PORT", "28110"))
LEARNERS, TIMES, LESSONS, EXERCISES = 10_000, 200, 30, 100
# On SQLite, which has one writer, counts are in one slot.
SLOTS = 8
TARGET = 50
COURSE = "01930000-0000-7000-8000-0000000c0001"
PATH = f"/api/v1/progress/courses/{COURSE}"
REQUESTS = {
    "learners by name": f"{PATH}/learners",
    "learners by last activity": f"{PATH}/learners?sort=last_activity",
    "learners at high risk": f"{PATH}/learners?risk=high&sort=-progress",
    "learners called 77": f"{PATH}/learners?name=77",
    "analytics": f"{PATH}/analytics",
    "gradebook": f"{PATH}/gradebook",
}


def identity(kind, number):
    return f"01930000-0000-7000-{0x8000 + number * 7_919 % 0x4000:04x}-{kind:02x}{number:010x}"


def time_bucket(seconds):
    """As the module does it."""
    if seconds < 4:
        return seconds
    doublings = seconds.bit_length() - 3
    return doublings * 4 + (seconds >> doublings)


def outline():
    lessons = []
    for lesson in range(LESSONS):
        own = [number for number in range(EXERCISES) if number % LESSONS == lesson]
        exercises = [{"id": identity(4, number), "title": f"Exercise {number}", "points": 10} for number in own]
        lessons.append({"id": identity(3, lesson), "title": f"Lesson {lesson}", "minutes": 10, "completion": "read", "exercises": exercises})
    section = {"id": identity(5, 0), "title": "All", "lessons": lessons}
    return {"course_id": COURSE, "version": 1, "slug": "bench", "title": "Bench", "sections": [section]}


def content(slots):
    """The rows of all tables, in columns of plain values."""
    chance = random.Random(1)
    rows = collections.defaultdict(list)
    counts = collections.Counter()
    rows["course"].append((COURSE, "bench", 1, 1, False, False))
    rows["course_outline"].append((COURSE, 1, json.dumps(outline())))
    day = lambda number: time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - 86400 * number))
    for number in range(LEARNERS):
        enrollment, learner, slot = identity(2, number), identity(1, number), number % slots
        done = LESSONS if number % 2 else chance.randrange(LESSONS)
        begun, last = chance.randrange(30, 200), chance.randrange(30)
        complete = done == LESSONS
        rows["learner"].append((learner, f"Learner {number}", "UTC", *[0] * 8, True, False, 0, False, 0, 0))
        answered = range(done * EXERCISES // LESSONS)
        firsts = [chance.randrange(11) for _ in answered]
        level = min(9, sum(firsts) // len(firsts)) if firsts else 0
        score = 10 * sum(firsts) // len(firsts) if firsts else None
        furthest = identity(3, done - 1) if done else None
        risk = (None, None) if complete else (day(last - 5), day(last - 10))
        status = "completed" if complete else "in_progress" if done else "not_started"
        rows["enrollment"].append((enrollment, learner, COURSE, 1, "Bench", "active", status, done, LESSONS, 10 * done, done + 1, day(begun),
            day(begun) if done else None, day(last) if complete else None, day(last), score, begun - last if complete else None, furthest, *risk))
        for lesson in range(done):
            seconds = chance.randrange(60, 4000)
            rows["lesson_progress"].append((enrollment, identity(3, lesson), 100, seconds, day(begun), day(last), day(last)))
            counts[identity(3, lesson), 1, 0, slot] += 1
            counts[identity(3, lesson), 2, time_bucket(seconds), slot] += 1
        for exercise, first in zip(answered, firsts):
            rows["exercise_progress"].append((enrollment, identity(4, exercise), first, 10, first, first >= 5, first == 10, 1, 1, first, 10, first >= 5))
            counts[identity(4, exercise), 3 if first >= 5 else 4, level, slot] += 1
            counts[identity(4, exercise), 5, 0, slot] += 100 * first
            counts[identity(4, exercise), 6, 0, slot] += 1
    rows["analytics_count"] = [(COURSE, 1, *key, count) for key, count in counts.items()]
    return rows


COLUMNS = {
    "course": "id, slug, slug_sequence, newest, archived, invite_only",
    "course_outline": "course_id, version, outline",
    "learner": "id, display_name, time_zone, points, seconds, lessons, courses, exercises, perfects, streak_days, longest_streak, visible, locked, locked_sequence, erasing, erasing_sequence, user_sequence",
    "enrollment": "id, learner_id, course_id, version, title, status, progress, done, total, points, revision, enrolled_at, started_at, completed_at, last_activity_at, score_percent, days_to_complete, furthest_lesson, risk_low_at, risk_high_at",
    "lesson_progress": "enrollment_id, lesson_id, percent, seconds, started_at, reported_at, completed_at",
    "exercise_progress": "enrollment_id, exercise_id, best_score, max_score, credit, passed, perfect, attempts, first_attempt, first_score, first_max, first_passed",
    "analytics_count": "course_id, version, item_id, measure, bucket, slot, count",
}


def is_id(value):
    return isinstance(value, str) and value.startswith("01930000-") and len(value) == 36


def fill_sqlite(folder, rows):
    database = sqlite3.connect(os.path.join(folder, "data", "progress.db"))
    plain = lambda value: bytes.fromhex(value.replace("-", "")) if is_id(value) else value
    with database:
        for table, columns in COLUMNS.items():
            values = ", ".join("?" * len(columns.split(",")))
            lines = ([plain(value) for value in row] for row in rows[table])
            database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", lines)
    database.close()


def psql(text, url=DATABASE):
    command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url]
    return subprocess.run(command, input=text, text=True, check=True, capture_output=True).stdout


def fill_postgres(rows):
    lines = ["SET search_path = progress;"]
    plain = lambda value: "\\N" if value is None else str(value)
    for table, columns in COLUMNS.items():
        lines.append(f"COPY {table} ({columns}) FROM STDIN;")
        lines += ["\t".join(map(plain, row)) for row in rows[table]]
        lines.append("\\.")
    lines.append("VACUUM ANALYZE;")
    psql("\n".join(lines))


class Client:
    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT)
        self.headers = {"Content-Type": "application/json"}
        token = self.ask("POST", "/api/v1/auth/login", {"login": "admin", "password": PASSWORD})["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None):
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)


def check(client, rows):
    """That what is measured is right."""
    seen = client.ask("GET", f"{PATH}/analytics")
    completed = sum(1 for row in rows["enrollment"] if row[6] == "completed")
    right = (LEARNERS, completed, LESSONS, EXERCISES)
    found = (seen["learners"]["enrolled"], seen["learners"]["completed"], len(seen["lessons"]), len(seen["exercises"]))
    answers = sum(exercise["answers"] for exercise in seen["exercises"])
    if found != right or answers != len(rows["exercise_progress"]) or "discrimination" not in seen["exercises"][0]:
        sys.exit(f"{found} and {answers} answers where {right} and {len(rows['exercise_progress'])} are right")


def measure(server, database, client, title, path):
    for _ in range(10):
        client.ask("GET", path)
    times, before = [], cpu_seconds(server.process.pid)
    for _ in range(TIMES):
        begun = time.monotonic()
        client.ask("GET", path)
        times.append((time.monotonic() - begun) * 1000)
    cpu = (cpu_seconds(server.process.pid) - before) * 1e6 / TIMES
    times.sort()
    p50, p95 = times[TIMES // 2], times[TIMES * 95 // 100]
    print(f"| {database} | {title} | {p50:.1f} | {p95:.1f} | {cpu:,.0f} |", flush=True)
    return p95


def run(database):
    rows = content(SLOTS if database == "PostgreSQL" else 1)
    with tempfile.TemporaryDirectory() as folder:
        url = DATABASE if database == "PostgreSQL" else ""
        if url:
            name, any_database = DATABASE.rpartition("/")[2], f"{DATABASE.rpartition('/')[0]}/postgres"
            psql(f"DROP DATABASE IF EXISTS {name};", any_database)
            psql(f"CREATE DATABASE {name}", any_database)
        with Server(folder, url, PORT):
            pass
        fill_postgres(rows) if url else fill_sqlite(folder, rows)
        with Server(folder, url, PORT) as server:
            client = Client()
            check(client, rows)
            slowest = max(measure(server, database, client, title, path) for title, path in REQUESTS.items())
        if slowest > TARGET:
            sys.exit(f"a p95 of {slowest:.1f} ms is more than {TARGET} ms")


def main():
    print("| database | request | p50 ms | p95 ms | CPU µs |")
    print("|---|---|---|---|---|")
    for name in sys.argv[1:] or ["sqlite", "postgres"]:
        run({"sqlite": "SQLite", "postgres": "PostgreSQL"}[name])


main()
