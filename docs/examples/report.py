"""A teacher's report: for each exercise of a course, how many learners answered it, and how many passed.

`go_pro_client` is generated from /openapi.json; docs/clients.md says how.
Usage: python report.py URL LOGIN PASSWORD COURSE
"""

import sys
from collections.abc import Iterator
from typing import TypeVar
from uuid import UUID

from go_pro_client import AuthenticatedClient, Client
from go_pro_client.api.auth import log_in
from go_pro_client.api.courses import get_course_outline
from go_pro_client.api.submissions import list_exercise_submissions
from go_pro_client.models import CourseOutline, LogInRequest, Problem, SubmissionPage, SubmissionSummary, TokenPair
from go_pro_client.types import UNSET, Unset

T = TypeVar("T")


def succeeded(answer: T | Problem | None) -> T:
    """An answer, unless it is a problem (RFC 9457), whose detail says what to do."""
    if answer is None or isinstance(answer, Problem):
        sys.exit(answer.detail if answer else "the server answered in a way that its document does not describe")
    return answer


def submissions(client: AuthenticatedClient, exercise: UUID) -> Iterator[SubmissionSummary]:
    """All answers to an exercise, page by page."""
    cursor: str | Unset = UNSET
    while True:
        page: SubmissionPage = succeeded(list_exercise_submissions.sync(exercise, client=client, limit=200, cursor=cursor))
        yield from page.items
        if not page.page.next_:
            return
        cursor = page.page.next_


def main() -> None:
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    url, login, password, course = sys.argv[1:]
    tokens = succeeded(log_in.sync(client=Client(url), body=LogInRequest(login=login, password=password)))
    if not isinstance(tokens, TokenPair):
        sys.exit("this account has a second factor; see POST /api/v1/auth/mfa/challenge")
    client = AuthenticatedClient(url, tokens.access_token)
    outline: CourseOutline = succeeded(get_course_outline.sync(course, client=client))
    print(outline.title)
    for section in outline.sections:
        for lesson in section.lessons:
            for exercise in lesson.exercises:
                answers = list(submissions(client, exercise.id))
                learners = {answer.learner_id for answer in answers}
                passed = {answer.learner_id for answer in answers if answer.passed}
                print(f"{len(passed):>5} of {len(learners):>5} passed  {lesson.title}: {exercise.title}")


main()
