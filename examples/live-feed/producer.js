// @ts-check
// Posts, as an application would publish them when somebody has written one.

export const every = 1500;

const authors = ['ada', 'grace', 'edsger', 'barbara', 'donald'];
const texts = ['A stream is a log that has not ended yet.', 'Shipped.', 'Who took the good chair?', 'Every event once, in order.', 'Lunch at one?'];

export async function* events() {
  for (let i = 0; ; ++i) {
    yield [{ topic: 'examples/feed', data: { author: authors[i % 5], text: texts[(i * 3) % 5] } }];
  }
}
