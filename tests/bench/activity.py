"""Whether a long log of activity makes completing and reading dearer: the same requests to a server whose log
holds a thousand rows and to one whose log holds ten million, in turns.

Usage: python3 tests/bench/activity.py [--rows N] [sqlite] [postgres]   (needs wrk, and for PostgreSQL psql)
  GOPRO_TEST_BINARY  the server (target/dist/gopro)
  DATABASE_URL       the PostgreSQL server (postgres://postgres@127.0.0.1:5432/postgres)
"""

import argparse
import contextlib
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time

from server import COMPLETE, Database, Server, read, script

PORT = 28280
LEARNERS, LESSONS, ROUNDS, SECONDS = 50, 200, 3, 3
FEW = 1_000
LIMIT = 1.15
COLUMNS = "id, stream, version, learner_id, course_id, kind, schema_version, payload, source, occurred_at, recorded_at, day, actor"
# Rows of learners who do not take part, a hundred each, over a year.
POSTGRES = """INSERT INTO progress.activity ({columns})
SELECT gen_random_uuid(), md5('stream' || number / 100)::uuid, number % 100 + 1, md5('learner' || number / 100)::uuid,
    md5('course' || number % 1000)::uuid, 'lesson_completed', 1, '{{}}', 'request:' || number,
    moment, moment, moment::date, NULL
FROM generate_series(1, {rows}) AS number, LATERAL (SELECT timestamptz '2025-01-01' + number % 31536000 * interval '1 s' AS moment) AS at;
ANALYZE progress.activity"""


def fill_sqlite(folder, rows):
    database = sqlite3.connect(os.path.join(folder, "data", "progress.db"))
    database.execute("PRAGMA synchronous = OFF")

    def made():
        for number in range(rows):
            who = number // 100
            day = f"2025-{who % 12 + 1:02}-{number % 28 + 1:02}"
            moment = f"{day} 12:00:00.000000 +00:00"
            owner = (b"learner%d" % who).rjust(16, b"\0")
            yield os.urandom(16), (b"stream%d" % who).rjust(16, b"\0"), number % 100 + 1, owner, b"course".rjust(16, b"\0"), "lesson_completed", 1, "{}", f"request:{number}", moment, moment, day, None

    marks = ", ".join("?" * 13)
    database.executemany(f"INSERT INTO activity ({COLUMNS}) VALUES ({marks})", made())
    database.commit()
    database.execute("ANALYZE activity")
    database.commit()
    database.close()


def fill_postgres(url, rows):
    subprocess.run(["psql", "-q", url, "-c", POSTGRES.format(columns=COLUMNS, rows=rows)], check=True)


def prepare(stack, backend, rows, port):
    """A server whose log holds so many rows, and its requests by name."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    url = stack.enter_context(Database(f"activity_{rows}")) if backend == "postgres" else ""
    # The server makes the tables, and starts again beside a log that is full.
    with Server(folder, url, port):
        pass
    begun = time.monotonic()
    if backend == "postgres":
        fill_postgres(url, rows)
    else:
        fill_sqlite(folder, rows)
    print(f"  {rows:,} rows took {time.monotonic() - begun:.0f} s", flush=True)
    server = stack.enter_context(Server(folder, url, port))
    course, lessons, _, tokens = server.make_learners(LEARNERS, LESSONS)
    part = LESSONS // ROUNDS
    requests = {
        "completing a lesson": [script(folder, f"complete-{number}", tokens, lessons[number * part : (number + 1) * part], COMPLETE) for number in range(ROUNDS)],
        "progress in a course": [script(folder, "progress", tokens, [course], read("/api/v1/progress/courses/ITEM"))] * ROUNDS,
        "overview of all progress": [script(folder, "overview", tokens, ["-"], read("/api/v1/progress"))] * ROUNDS,
        "activity of 30 days": [script(folder, "activity", tokens, ["-"], read("/api/v1/progress/activity"))] * ROUNDS,
    }
    return server, requests, server.scrape_cost()


def compare(backend, many):
    print(f"{backend}:", flush=True)
    with contextlib.ExitStack() as stack:
        sides = [prepare(stack, backend, rows, PORT + 10 * number) for number, rows in enumerate((FEW, many))]
        rows = []
        for name in sides[0][1]:
            # A first round of each warms both up.
            spent = [[server.measure(requests[name][number], SECONDS, scrape)[1] for server, requests, scrape in sides] for number in range(ROUNDS)]
            few, more = (statistics.median(column) for column in zip(*spent))
            rows.append((name, few, more, statistics.median(more / few for few, more in spent)))
        print(f"\n| {backend} | CPU µs at {FEW:,} rows | CPU µs at {many:,} rows | ratio, at most {LIMIT} |")
        print("|---|---|---|---|")
        for name, few, more, ratio in rows:
            print(f"| {name} | {few:,.0f} | {more:,.0f} | {ratio:.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("backends", nargs="*", default=["sqlite", "postgres"])
    wanted = parser.parse_args()
    for backend in wanted.backends:
        compare(backend, wanted.rows)


main()
