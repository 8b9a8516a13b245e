// A learner's day: finds a course, enrolls, reads a lesson, answers its exercises, completes it, and looks at
// the progress. `client` is generated from /openapi.json; docs/clients.md says how.
// Usage: npx tsx learner.ts URL LOGIN PASSWORD

import * as gopro from './client';
import { client } from './client/client.gen';

/** An answer of the kind that a task asks for; a person would know better. */
function guess(task: gopro.Task): gopro.Answer {
    const first = (items: gopro.TaskItem[]) => items[0]?.id ?? '';
    switch (task.kind) {
        case 'single_choice':
            return { kind: task.kind, choice: first(task.options) };
        case 'multiple_choice':
            return { kind: task.kind, choices: [first(task.options)] };
        case 'true_false':
            return { kind: task.kind, value: true };
        case 'numeric':
            return { kind: task.kind, value: 42 };
        case 'short_text':
            return { kind: task.kind, text: 'go run' };
        case 'ordering':
            return { kind: task.kind, order: task.items.map((item) => item.id) };
        case 'matching':
            return {
                kind: task.kind,
                matches: task.left.map((left, place) => ({ left: left.id, right: task.right[place]?.id ?? '' })),
            };
        case 'code_output':
            return { kind: task.kind, output: 'Hello' };
        case 'cloze':
            return { kind: task.kind, gaps: Array<string>(task.gaps).fill('go') };
        case 'essay':
            return { kind: task.kind, text: 'Go is small. '.repeat(task.min_words) + 'It is fun.' };
        case 'code':
            return { kind: task.kind, language: task.languages[0]?.language ?? '', code: 'package main' };
    }
}

async function main(url: string, login: string, password: string): Promise<void> {
    // A problem (RFC 9457) is thrown, so that no call needs to look for one.
    client.setConfig({ baseUrl: url, throwOnError: true });

    const tokens = (await gopro.logIn({ body: { login, password }, throwOnError: true })).data;
    if ('mfa_token' in tokens) {
        throw new Error('this account has a second factor; see POST /api/v1/auth/mfa/challenge');
    }
    client.setConfig({ auth: () => tokens.access_token });

    const courses = (await gopro.listCourses({ query: { q: 'go from zero' }, throwOnError: true })).data;
    const course = courses.items[0];
    if (!course) {
        throw new Error('there is no such course; start the server with --demo');
    }
    const enrolled = (await gopro.listMyEnrollments({ throwOnError: true })).data.items;
    if (!enrolled.some((enrollment) => enrollment.course_id === course.id)) {
        await gopro.enroll({ body: { course_id: course.id }, throwOnError: true });
    }

    const outline = (await gopro.getCourseOutline({ path: { course: course.id }, throwOnError: true })).data;
    const lesson = outline.sections[0]?.lessons[0];
    if (!lesson) {
        throw new Error('the course has no lesson');
    }
    const { content = '' } = (await gopro.getLesson({ path: { lesson: lesson.id }, throwOnError: true })).data;
    console.log(`${course.title}: ${lesson.title}, ${content.length} characters to read`);

    const exercises = (await gopro.listExercises({ path: { lesson: lesson.id }, throwOnError: true })).data.items;
    for (const exercise of exercises) {
        if (!('task' in exercise) || exercise.task === undefined) {
            continue; // Whoever may change the course sees the question instead.
        }
        const answer = guess(exercise.task);
        const graded = (await gopro.submitAnswer({ path: { exercise: exercise.id }, body: { answer }, throwOnError: true })).data;
        console.log(`${exercise.title}: ${graded.feedback}`);
    }

    const completed = await gopro.completeLesson({ path: { lesson: lesson.id } }).catch((problem: gopro.Problem) => problem);
    if ('code' in completed) {
        console.log(`not completed: ${completed.detail}`);
    }
    const progress = (await gopro.getMyCourseProgress({ path: { course: course.id }, throwOnError: true })).data;
    console.log(`progress: ${progress.enrollment.done} of ${progress.enrollment.total}, ${progress.enrollment.points} points`);
}

const [url, login, password] = process.argv.slice(2);
if (!url || !login || !password) {
    console.error('usage: npx tsx learner.ts URL LOGIN PASSWORD');
    process.exit(2);
}
main(url, login, password).catch((problem) => {
    console.error(problem.detail ?? problem);
    process.exit(1);
});
