"""Writes reports of 1,000,000 rows in each format, and downloads them, on SQLite.

The course has 1,000,000 learners for the roster, written straight into the database. Each report is requested, waited
for, and downloaded; the peak of the resident memory of the process is that of Linux (VmHWM), which is reset before each.
It fails where a report needs more than 20 MB above what the process had before, has not each learner once, or is not
there after ten minutes.

Usage: python3 tests/bench/reports.py [rows]
"""

import http.client
import json
import os
import sqlite3
import sys
import tempfile
import time
import zipfile

from api import PASSWORD
from server import Server, cpu_seconds

PORT = int(os.environ.get("GOPRO_TEST_PORT", "28120"))
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
MEMORY = 20
WAIT = 600
COURSE = "01930000-0000-7000-8000-0000000c0001"
LESSON = "01930000-0000-7000-8000-0000000d0001"


def fill(folder):
    lesson = {"id": LESSON, "title": "Lesson", "minutes": 10, "completion": "read", "exercises": []}
    section = {"id": LESSON, "title": "All", "lessons": [lesson]}
    outline = {"course_id": COURSE, "version": 1, "slug": "bench", "title": "Bench", "sections": [section]}
    day = "2026-01-02T03:04:05+00:00"
    plain = bytes.fromhex(COURSE.replace("-", ""))
    key = lambda kind, number: bytes.fromhex(f"019300000000700080{kind:02x}{number:012x}"[:32].ljust(32, "0"))
    database = sqlite3.connect(os.path.join(folder, "data", "progress.db"))
    with database:
        database.execute("INSERT INTO course (id, slug, slug_sequence, newest, archived, invite_only) VALUES (?, 'bench', 1, 1, 0, 0)", (plain,))
        database.execute("INSERT INTO course_outline (course_id, version, outline) VALUES (?, 1, ?)", (plain, json.dumps(outline)))
        database.executemany(
            "INSERT INTO learner (id, display_name, time_zone, points, seconds, lessons, courses, exercises, perfects, streak_days, longest_streak,"
            " visible, locked, locked_sequence, erasing, erasing_sequence, user_sequence) VALUES (?, ?, 'UTC', 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0)",
            ((key(1, number), f"Learner {number}") for number in range(ROWS)))
        database.executemany(
            "INSERT INTO enrollment (id, learner_id, course_id, version, title, status, progress, done, total, points, revision, enrolled_at, last_activity_at)"
            " VALUES (?, ?, ?, 1, 'Bench', 'active', 'not_started', 0, 1, 0, 1, ?, ?)",
            ((key(2, number), key(1, number), plain, day, day) for number in range(ROWS)))
    database.close()


def resident(process, field):
    with open(f"/proc/{process}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


class Client:
    def __init__(self):
        self.headers = {"Content-Type": "application/json"}
        self.headers["Authorization"] = f"Bearer {self.ask('POST', '/api/v1/auth/login', {'login': 'admin', 'password': PASSWORD})['access_token']}"

    def open(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = connection.getresponse()
        if answer.status not in (200, 202, 204):
            sys.exit(f"{method} {path}: {answer.status} {answer.read().decode()}")
        return answer

    def ask(self, method, path, body=None):
        return json.loads(self.open(method, path, body).read() or "null")


def count(path, form):
    if form == "xlsx":
        with zipfile.ZipFile(path) as archive, archive.open("xl/worksheets/sheet1.xml") as sheet:
            rows, tail = 0, b""
            while block := sheet.read(1 << 20):
                rows += (tail + block).count(b"<row ")
                tail = block[-4:]
        return rows - 1
    with open(path, "rb") as lines:
        # CSV has one line of headings, and JSON one for each bracket.
        return sum(1 for _ in lines) - (1 if form == "csv" else 2)


def measure(server, client, folder, form):
    process = server.process.pid
    with open(f"/proc/{process}/clear_refs", "w", encoding="ascii") as refs:
        refs.write("5")
    before, cpu, begun = resident(process, "VmRSS"), cpu_seconds(process), time.monotonic()
    report = client.ask("POST", "/api/v1/progress/reports", {"course_id": COURSE, "kind": "roster", "format": form})
    path = f"/api/v1/progress/reports/{report['id']}"
    while report["state"] in ("queued", "running") and time.monotonic() - begun < WAIT:
        time.sleep(0.2)
        report = client.ask("GET", path)
    if report["state"] != "ready":
        sys.exit(f"{form}: {report}")
    written, cpu = time.monotonic() - begun, cpu_seconds(process) - cpu
    begun, target = time.monotonic(), os.path.join(folder, form)
    with open(target, "wb") as file:
        answer = client.open("GET", f"{path}/content")
        while block := answer.read(1 << 20):
            file.write(block)
    downloaded, peak = time.monotonic() - begun, resident(process, "VmHWM")
    print(f"| {form} | {report['bytes'] / 1e6:.0f} | {written:.1f} | {cpu:.1f} | {downloaded:.1f} | {before:.0f} | {peak:.0f} |", flush=True)
    rows = count(target, form)
    client.open("DELETE", path).read()
    if rows != ROWS:
        sys.exit(f"{form}: {rows} rows where {ROWS} are right")
    return peak - before


def main():
    with tempfile.TemporaryDirectory() as folder:
        with Server(folder, "", PORT):
            pass
        fill(folder)
        with Server(folder, "", PORT) as server:
            client = Client()
            print("| format | MB | seconds to write | CPU seconds | seconds to download | MB before | peak MB |")
            print("|---|---|---|---|---|---|---|")
            most = max(measure(server, client, folder, form) for form in ("csv", "json", "xlsx"))
        if most > MEMORY:
            sys.exit(f"{most:.0f} MB more than before are more than {MEMORY} MB")


main()
