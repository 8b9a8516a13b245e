"""Asks the leaderboards of a million learners, on SQLite and on PostgreSQL.

The learners are written straight into the database: a board of many ties, at multiples of 10, and one
on which nearly all points differ. On PostgreSQL the counts lie in as many slots as eight writers at
once would have used.

Usage: python3 tests/bench/leaderboard.py [sqlite|postgres]...   (needs psql and a PostgreSQL server for the second)
"""

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

DATABASE = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/gopro_leaderboard")
PORT = int(os.environ.get("GOPRO_TEST_PORT", "28100"))
LEARNERS, TIMES, SLOTS, LEVELS = 1_000_000, 200, 8, 5
COURSE = "01940000-0000-7000-8000-000000000001"
TIED, DIFFERENT = "global", f"course:{COURSE}"
# The accounts of the demo, and behind how many learners they are.
PLACES = {"learner": 0, "instructor": LEARNERS // 2, "admin": LEARNERS - 1}


class Client:
    """One person on one connection."""

    def __init__(self, name):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT)
        self.headers = {"Content-Type": "application/json"}
        token = self.ask("POST", "/api/v1/auth/login", {"login": name, "password": PASSWORD})["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"

    def reconnect(self):
        """The server has ended a connection that was idle for long; the next request opens a new one."""
        self.connection.close()

    def ask(self, method, path, body=None):
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content)


def board_points():
    """The points of the learners on both boards, the best first."""
    chance = random.Random(1)
    tied = sorted((10 * (1 + int(2_000 * chance.random() ** 3)) for _ in range(LEARNERS)), reverse=True)
    # Multiples by a prime: all differ.
    different = [1 + (number * 48_271) % 9_999_991 for number in range(LEARNERS)]
    different.sort(reverse=True)
    return {TIED: tied, DIFFERENT: different}


def learner_id(number):
    """An id of version 7 that tells nothing of the points."""
    return f"01930000-0000-7000-{0x8000 + number * 7_919 % 0x4000:04x}-{number:012x}"


def rows(people, points):
    """The ids of all learners, and their scores; the people of the demo stand in their places."""
    ids = [learner_id(number) for number in range(LEARNERS)]
    for name, place in PLACES.items():
        ids[place] = people[name]
    return ids, [(scope, identity, amount) for scope in points for identity, amount in zip(ids, points[scope])]


LEARNER_COLUMNS = "id, display_name, time_zone, points, seconds, lessons, courses, exercises, perfects, streak_days, longest_streak, visible, locked, locked_sequence, erasing, erasing_sequence, user_sequence"
COUNTS = "INSERT INTO score_count SELECT scope, period, {level}, points >> {bits}, {slot}, COUNT(*) FROM score GROUP BY 1, 2, 4, 5;"


def fill_sqlite(folder, people, points):
    ids, scores = rows(people, points)
    blob = lambda identity: bytes.fromhex(identity.replace("-", ""))
    learners = ((blob(identity), f"Learner {number}") for number, identity in enumerate(ids))
    database = sqlite3.connect(os.path.join(folder, "data", "progress.db"))
    with database:
        database.execute("DELETE FROM score")
        database.execute("DELETE FROM score_count")
        values = "?, ?, 'UTC', 0, 0, 0, 0, 0, 0, 0, 0, TRUE, FALSE, 0, FALSE, 0, 0"
        database.executemany(f"INSERT OR IGNORE INTO learner ({LEARNER_COLUMNS}) VALUES ({values})", learners)
        scores = ((scope, blob(identity), amount) for scope, identity, amount in scores)
        database.executemany("INSERT INTO score (scope, period, learner_id, points, visible) VALUES (?, 'all', ?, ?, TRUE)", scores)
        for level in range(LEVELS):
            database.execute(COUNTS.format(level=level, bits=6 * level, slot="0"))
    database.close()


def psql(text, url=DATABASE):
    command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url]
    return subprocess.run(command, input=text, text=True, check=True, capture_output=True).stdout


def fill_postgres(people, points):
    ids, scores = rows(people, points)
    lines = ["SET search_path = progress; CREATE TEMP TABLE new (scope text, id uuid, points bigint);", "COPY new FROM STDIN;"]
    lines += [f"{scope}\t{identity}\t{amount}" for scope, identity, amount in scores]
    lines += ["\\.", "DELETE FROM score; DELETE FROM score_count;"]
    values = "id, 'Learner', 'UTC', 0, 0, 0, 0, 0, 0, 0, 0, TRUE, FALSE, 0, FALSE, 0, 0"
    lines.append(f"INSERT INTO learner ({LEARNER_COLUMNS}) SELECT {values} FROM new WHERE scope = '{TIED}' ON CONFLICT DO NOTHING;")
    lines.append("INSERT INTO score SELECT scope, 'all', id, points, TRUE FROM new;")
    slot = f"ABS(HASHTEXT(learner_id::text)) % {SLOTS}"
    lines += [COUNTS.format(level=level, bits=6 * level, slot=slot) for level in range(LEVELS)]
    lines.append("VACUUM ANALYZE;")
    psql("\n".join(lines))


def measure(server, database, board, title, client, path):
    client.reconnect()
    for _ in range(20):
        client.ask("GET", path)
    times = []
    before = cpu_seconds(server.process.pid)
    for _ in range(TIMES):
        begun = time.monotonic()
        client.ask("GET", path)
        times.append((time.monotonic() - begun) * 1000)
    cpu = (cpu_seconds(server.process.pid) - before) * 1e6 / TIMES
    times.sort()
    p50, p95 = times[TIMES // 2], times[TIMES * 95 // 100]
    print(f"| {database} | {board} | {title} | {p50:.1f} | {p95:.1f} | {cpu:,.0f} |", flush=True)


def deep_cursor(client, path):
    """Walks to the middle of the board in the largest steps."""
    cursor, seen = None, 0
    while seen < LEARNERS // 2:
        page = client.ask("GET", f"{path}?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        cursor, seen = page["page"]["next"], seen + len(page["items"])
    return cursor


def check(client, path, points, place):
    """That what is measured is right."""
    client.reconnect()
    answer = client.ask("GET", f"{path}?around=me&count=exact")
    mine = next(entry for entry in answer["items"] if entry["me"])
    rank = 1 + sum(1 for amount in points if amount > points[place])
    if (mine["rank"], answer["page"]["total"]) != (rank, LEARNERS):
        sys.exit(f"rank {mine['rank']} of {answer['page']['total']} where {rank} of {LEARNERS} is right")


def run(database):
    with tempfile.TemporaryDirectory() as folder:
        url = DATABASE if database == "PostgreSQL" else ""
        if url:
            name = DATABASE.rpartition("/")[2]
            psql(f"DROP DATABASE IF EXISTS {name}; ", f"{DATABASE.rpartition('/')[0]}/postgres")
            psql(f"CREATE DATABASE {name}", f"{DATABASE.rpartition('/')[0]}/postgres")
        with Server(folder, url, PORT):
            people = {name: Client(name).ask("GET", "/api/v1/users/me")["id"] for name in PLACES}
        points = board_points()
        fill_postgres(people, points) if url else fill_sqlite(folder, people, points)
        with Server(folder, url, PORT) as server:
            clients = {name: Client(name) for name in PLACES}
            for board, scope in (("many ties", TIED), ("all differ", DIFFERENT)):
                path = f"/api/v1/progress/leaderboards/{scope}"
                for name, place in PLACES.items():
                    check(clients[name], path, points[scope], place)
                anybody = clients["learner"]
                deep = deep_cursor(anybody, path)
                measure(server, database, board, "top", anybody, path)
                for title, name in (("start", "learner"), ("middle", "instructor"), ("end", "admin")):
                    measure(server, database, board, f"around me, at the {title}", clients[name], f"{path}?around=me")
                measure(server, database, board, "page at 500,000", anybody, f"{path}?cursor={deep}")
                measure(server, database, board, "top with an exact count", anybody, f"{path}?count=exact")


def main():
    wanted = sys.argv[1:] or ["sqlite", "postgres"]
    print("| database | board | request | p50 ms | p95 ms | CPU µs |")
    print("|---|---|---|---|---|---|")
    for name in wanted:
        run({"sqlite": "SQLite", "postgres": "PostgreSQL"}[name])


main()
