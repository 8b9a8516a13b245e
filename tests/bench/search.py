"""Searches a catalogue of 10,000 courses of 20 lessons, each query once, and imports courses of 1,000 lessons.

The courses are written straight into the database: their words follow Zipf's law, as those of texts do, and
stand in titles, summaries, titles of lessons, and texts in about the numbers that courses have.

Usage: python3 tests/bench/search.py [sqlite|postgres]...   (needs psql and a PostgreSQL server for the second)
"""

import http.client
import itertools
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

from server import Server, cpu_seconds

DATABASE = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/gopro_search")
PORT = int(os.environ.get("GOPRO_TEST_PORT", "28120"))
COURSES, WORDS, QUERIES = 10_000, 600, 400
SYLLABLES = ["ka", "lo", "mi", "ne", "ru", "sto", "ver", "pra", "den", "ti", "sol", "gra", "bu", "fen", "cor", "al"]
# How many words of a course stand where, and what they are worth there.
PLACES = [(100, 6), (30, 14), (10, 80), (3, WORDS - 100)]


def vocabulary():
    """30,000 words that can be spoken, the most common ones first."""
    chance = random.Random(1)
    words = {}
    while len(words) < 30_000:
        words["".join(chance.choices(SYLLABLES, k=chance.choice([1, 2, 2, 3, 3, 4])))] = None
        if len(words) < 30_000 and chance.random() < 0.5:
            words["".join(chance.choices(SYLLABLES, k=4)) + chance.choice("snrt")] = None
    return list(words)


def rows():
    """The catalogue, and the words of each course."""
    chance = random.Random(2)
    words = vocabulary()
    weights = list(itertools.accumulate(1 / (place + 1) for place in range(len(words))))
    for number in range(COURSES):
        course = uuid.UUID(int=(2 << 100) + number)
        found = {}
        for points, count in PLACES:
            for word in chance.choices(words, cum_weights=weights, k=count):
                found.setdefault(word, points)
        title = " ".join(word for word, points in found.items() if points == 100)
        yield course, f"course-{number}", title, found


COLUMNS = "course_id, number, slug, title, title_key, summary, difficulty, category, category_key, tags, visibility, published_at"


def fill_sqlite(folder):
    with sqlite3.connect(os.path.join(folder, "data", "course.db")) as db:
        for course, slug, title, found in rows():
            line = (course.bytes, 1, slug, title, title.encode().hex(), "", "beginner", None, None, "[]", "public", "2026-01-01 00:00:00+00:00")
            db.execute(f"INSERT INTO catalogue ({COLUMNS}) VALUES ({','.join('?' * 12)})", line)
            words = [(course.bytes, word, points) for word, points in found.items()]
            db.executemany("INSERT INTO search_word (course_id, word, points) VALUES (?, ?, ?)", words)
        db.execute("ANALYZE")


def fill_postgres(_):
    copy = subprocess.Popen(["psql", "-q", "-v", "ON_ERROR_STOP=1", DATABASE], stdin=subprocess.PIPE, text=True)
    send = copy.stdin.write
    send(f"SET search_path TO courses;\nCOPY catalogue ({COLUMNS}) FROM STDIN;\n")
    for course, slug, title, _ in rows():
        send("\t".join([str(course), "1", slug, title, title.encode().hex(), "", "beginner", "\\N", "\\N", "[]", "public", "2026-01-01"]) + "\n")
    send("\\.\nCOPY search_word (course_id, word, points) FROM STDIN;\n")
    for course, _, _, found in rows():
        for word, points in found.items():
            send(f"{course}\t{word}\t{points}\n")
    send("\\.\nANALYZE;\n")
    copy.stdin.close()
    if copy.wait() != 0:
        sys.exit("filling the database failed")


def queries():
    """What people type: one to three words, common and rare, whole, half, and with a typo; none of them twice."""
    chance = random.Random(3)
    words = vocabulary()
    weights = list(itertools.accumulate(1 / (place + 1) ** 0.7 for place in range(len(words))))
    seen = set()
    while len(seen) < QUERIES:
        chosen = chance.choices(words, cum_weights=weights, k=chance.choice([1, 1, 2, 2, 3]))
        kind = chance.random()
        if kind < 0.3:
            chosen[-1] = chosen[-1][: max(3, len(chosen[-1]) - 2)]
        elif kind < 0.45 and len(chosen[-1]) > 5:
            chosen[-1] = chosen[-1][:2] + chosen[-1][3:]
        seen.add(" ".join(chosen))
    return sorted(seen)


def search():
    """The milliseconds of each query."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    times = []
    for query in queries():
        begun = time.perf_counter()
        connection.request("GET", "/api/v1/courses?q=" + urllib.parse.quote(query))
        answer = connection.getresponse()
        content = answer.read()
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status != 200:
            sys.exit(f"{query}: {answer.status} {content.decode()}")
    return sorted(times)


def course(number, lessons):
    """A course that is sent as one piece of JSON."""
    text = "A slice has a length and a capacity; append may give it another array. " * 8
    exercise = {"key": "e", "title": "E", "prompt": "Is it so?", "points": 5, "question": {"kind": "true_false", "correct": True}}
    lesson = lambda place: {
        "title": f"Lesson {place}", "minutes": 5, "completion": "exercises",
        "content": f"# Lesson {place}\n\n{text}", "exercises": [exercise],
    }
    parts = [lesson(place) for place in range(lessons)]
    sections = [{"title": f"Part {place}", "lessons": parts[place : place + 50]} for place in range(0, lessons, 50)]
    head = {"format": 1, "slug": f"imported-{number}", "title": f"Imported {number}", "difficulty": "beginner"}
    return {"course": head, "sections": sections}


def imported(server):
    """The seconds in which 1,000 lessons are imported and published: a course has 500 at most."""
    token = server.api.log_in("instructor")
    begun = time.perf_counter()
    for number in range(2):
        server.api.call("POST", "/api/v1/courses/import?publish=true", course(number, 500), token)
    return time.perf_counter() - begun


def measure(name):
    with tempfile.TemporaryDirectory() as folder:
        database = ""
        if name == "postgres":
            database = DATABASE
            admin, base = DATABASE.rsplit("/", 1)
            for statement in [f"DROP DATABASE IF EXISTS {base}", f"CREATE DATABASE {base}"]:
                subprocess.run(["psql", "-q", f"{admin}/postgres", "-c", statement], check=True)
        with Server(folder, database, PORT) as server:
            server.settle()
            seconds = imported(server)
        (fill_postgres if database else fill_sqlite)(folder)
        with Server(folder, database, PORT) as server:
            search()
        with Server(folder, database, PORT) as server:
            used = cpu_seconds(server.process.pid)
            times = search()
            cpu = (cpu_seconds(server.process.pid) - used) / len(times) * 1000
        place = lambda share: times[int(len(times) * share)]
        print(f"| {name} | {place(0.5):.1f} | {place(0.95):.1f} | {times[-1]:.1f} | {cpu:.1f} | {seconds:.1f} |")


if __name__ == "__main__":
    print("| database | search p50 ms | p95 | longest | CPU ms per search | import of 1,000 lessons s |")
    print("|---|---|---|---|---|---|")
    for chosen in sys.argv[1:] or ["sqlite", "postgres"]:
        measure(chosen)
