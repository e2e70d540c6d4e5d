// @ts-check
// What an application's server would publish: an alert, and how many there are now.

export const every = 2500;

const topic = 'examples/notifications/ada';

const alerts = [
  { title: 'New message', message: 'Grace: the tests are green' },
  { title: 'Task completed', message: 'Product card 17 is ready' },
  { title: 'Review', message: 'Edsger left five stars' },
  { title: 'Response to your task', message: 'Barbara can start on Monday' },
];

/** @param {{ server?: string }} [where] */
export async function* events({ server = '' } = {}) {
  for (let i = 0; ; ++i) {
    // The newest badge in the log is the number; an application has it in its database.
    const poll = await fetch(`${server}/v1/topics/${topic}?last=16`, { headers: { Accept: 'application/json' } });
    const known = (await poll.json()).events.findLast((/** @type {{ event: string }} */ { event }) => event === 'badge');
    const count = (known ? JSON.parse(known.data).count : 0) + 1;
    yield [
      { topic, event: 'alert', data: alerts[i % alerts.length] },
      { topic, event: 'badge', data: { count } },
    ];
  }
}
