"""A running server's API, for the benchmarks."""

import json
import sys
import urllib.error
import urllib.request

PASSWORD = "correct horse battery staple"


class Api:
    """The API at `url`; a request that fails ends the benchmark."""

    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, token=None):
        request = urllib.request.Request(self.url + path, method=method)
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

    def log_in(self, name):
        return self.call("POST", "/api/v1/auth/login", {"login": name, "password": PASSWORD})["access_token"]

    def make_learner(self, number):
        """A new account; its access token."""
        name = f"learner-{number}"
        self.call("POST", "/api/v1/auth/register", {"email": f"{name}@example.org", "username": name, "password": PASSWORD})
        return self.log_in(name)

    def make_course(self, instructor, lessons):
        """A published course with an exercise in each of so many lessons: its id, and theirs."""
        course = self.call("POST", "/api/v1/courses", {"title": "A working day", "difficulty": "beginner"}, instructor)["id"]
        section = self.call("POST", f"/api/v1/courses/{course}/sections", {"title": "All of them"}, instructor)["id"]
        lesson_ids, exercise_ids = [], []
        for position in range(lessons):
            new = {"section_id": section, "title": f"Lesson {position}", "minutes": 5, "completion": "read", "content": "A paragraph of text.\n\n" * 40}
            lesson_ids.append(self.call("POST", f"/api/v1/courses/{course}/lessons", new, instructor)["id"])
            question = {"kind": "single_choice", "options": [{"text": "yes", "correct": True}, {"text": "no", "correct": False}]}
            new = {"title": f"Exercise {position}", "prompt": "Is it so?", "points": 10, "question": question}
            exercise_ids.append(self.call("POST", f"/api/v1/lessons/{lesson_ids[-1]}/exercises", new, instructor)["id"])
        self.call("POST", f"/api/v1/courses/{course}/publish", {}, instructor)
        return course, lesson_ids, exercise_ids

    def enroll(self, course, token):
        self.call("POST", "/api/v1/progress/enrollments", {"course_id": course}, token)

    def first_option(self, exercise, token):
        """The id of an option of the exercise, which are others for each exercise."""
        return self.call("GET", f"/api/v1/exercises/{exercise}", token=token)["task"]["options"][0]["id"]
