// @ts-check
// Somebody to talk to.

export const every = 3000;

const lines = ['Is anybody here?', 'I sent this by POST.', 'Open a second tab: it sees the same.', 'Reload: the last fifty are still there.'];

export async function* events() {
  for (let i = 0; ; ++i) {
    yield [{ topic: 'examples/chat/room/123', data: { name: 'echo', text: lines[i % lines.length], at: Date.now() } }];
  }
}
