"""Fills courses up to their bound, each in another shape, and measures what the requests that are
about a whole course cost the server: processor time of its request threads, and memory at its peak.
Prints them and fails when one costs more than 50 ms or 20 MB.

Usage: tests/fullest.py [--slow FACTOR]
  GOPRO_TEST_BINARY  the server (target/release/gopro)
  --slow             how much longer than a release build this binary may take
"""

import argparse
import json
import sys
import tempfile
import time

import widest

WIDE = "\U0001d504"
TRUE = {"kind": "true_false", "correct": True}


class Author:
    def __init__(self, server):
        self.server = server
        token = server.log_in("instructor")
        self.headers = [
            ("Authorization", f"Bearer {token}"),
            ("Content-Type", "application/json"),
            ("If-Match", "*"),
        ]

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        status, answer = self.server.call(method, "/api/v1" + path, self.headers, data)
        return status, json.loads(answer) if answer else None

    def add(self, path, body):
        status, answer = self.ask("POST", path, body)
        if status == 422 and answer["code"] == "course.size_limit_exceeded":
            return None
        if status != 201:
            sys.exit(f"POST {path}: {status} {answer}")
        return answer["id"]

    def lesson(self, course, section, title, content):
        lesson = {"section_id": section, "title": title, "minutes": 1, "completion": "read"}
        return self.add(f"/courses/{course}/lessons", {**lesson, "content": content})

    def exercise(self, lesson, title, text):
        exercise = {"title": title, "points": 1, "prompt": text, "explanation": text}
        return self.add(f"/lessons/{lesson}/exercises", {**exercise, "question": TRUE})


def long_lessons(author, course, sections):
    for number in range(45):
        author.lesson(course, sections[number % 2], "L", "word " * 20_000)


def many_parts(author, course, sections):
    title = WIDE * 199
    for number in range(500):
        lesson = author.lesson(course, sections[number % 100], title, "a")
        for part in range(3):
            author.exercise(lesson, f"{title}{part}", "a" * 100)


def long_exercises(author, course, sections):
    lesson = author.lesson(course, sections[0], "L", "a")
    for number in range(100):
        author.exercise(lesson, f"E{number}", "word " * 4000)


SHAPES = {
    "long lessons": (long_lessons, 2),
    "many parts": (many_parts, 100),
    "long exercises": (long_exercises, 1),
}


def requests(author, course, sections):
    """What is measured, by name."""
    at = f"/courses/{course}"
    _, outline = author.ask("GET", f"{at}/outline?draft=true")
    parts = [(part["id"], [one["id"] for one in part["lessons"]]) for part in outline["sections"]]
    lessons = [lesson for _, inner in parts for lesson in inner]
    moved = {"section_id": parts[-1][0], "lessons": lessons}
    others = [{"section_id": section, "lessons": []} for section, _ in parts[:-1]]
    lesson = {"section_id": sections[0], "title": "new", "minutes": 1, "completion": "read"}
    yield "read the draft's outline", "GET", f"{at}/outline?draft=true", None
    yield "list lessons of the draft", "GET", f"{at}/lessons?draft=true&limit=100", None
    yield "publish", "POST", f"{at}/publish", {}
    yield "publish the same", "POST", f"{at}/publish", {}
    yield "put in another order", "PUT", f"{at}/lessons/order", {"sections": [*others, moved]}
    yield "publish another order", "POST", f"{at}/publish", {}
    yield "read the outline", "GET", f"{at}/outline", None
    yield "read a version", "GET", f"{at}/versions/1", None
    yield "list versions", "GET", f"{at}/versions?limit=100", None
    yield "list lessons", "GET", f"{at}/lessons?limit=100", None
    yield "read a lesson", "GET", f"/lessons/{lessons[0]}", None
    yield "list exercises", "GET", f"/lessons/{lessons[0]}/exercises?limit=100", None
    yield "list exercises of the draft", "GET", f"/lessons/{lessons[0]}/exercises?draft=true&limit=100", None
    yield "change the course", "PATCH", at, {"summary": "b"}
    yield "add a lesson", "POST", f"{at}/lessons", lesson


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", type=float, default=1.0)
    slow = parser.parse_args().slow
    dear = 0
    with tempfile.TemporaryDirectory() as folder:
        server = widest.Server(folder)
        try:
            for name, (fill, count) in SHAPES.items():
                author = Author(server)
                course = author.add("/courses", {"title": name, "difficulty": "beginner"})
                sections = [
                    author.add(f"/courses/{course}/sections", {"title": f"{WIDE * 190}{number}"})
                    for number in range(count)
                ]
                fill(author, course, sections)
                for what, method, path, body in requests(author, course, sections):
                    data = None if body is None else json.dumps(body).encode()
                    # What listeners do after the request before is not this one's.
                    time.sleep(0.5)
                    status, took, memory = server.measure(
                        method, "/api/v1" + path, author.headers, data
                    )
                    over = took > widest.MAX_MS * slow or memory > widest.MAX_MB
                    dear += over
                    mark = " <<<" if over else ""
                    print(f"{name:16} {what:28} {status} {took:8.1f} ms {memory:6.1f} MB{mark}")
        finally:
            server.stop()
    if dear:
        sys.exit(f"{dear} requests cost more than {widest.MAX_MS:.0f} ms or {widest.MAX_MB:.0f} MB")


if __name__ == "__main__":
    main()
