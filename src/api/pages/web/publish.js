// The box that publishes: a plain POST, as curl would do it.

/** @param {(cursor: string, topic: string) => void} onPublished */
export function setUpPublish(onPublished) {
  const form = document.getElementById('publish');
  const topic = document.getElementById('publish-topic');
  const data = document.getElementById('publish-data');
  const button = document.getElementById('publish-send');
  const answer = document.getElementById('publish-answer');

  const tell = (kind, text) => {
    answer.dataset.kind = kind;
    answer.textContent = text;
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.ariaDisabled === 'true') return;
    // Not `disabled`: that would take the keyboard's focus away.
    button.ariaDisabled = 'true';
    const started = performance.now();
    try {
      const response = await fetch(topicUrl(topic.value), {method: 'POST', body: data.value});
      const body = await response.json();
      if (response.ok) {
        const took = performance.now() - started;
        tell('good', `Acknowledged as ${body.cursor} in ${took.toFixed(1)} ms`);
        if (body.sequence !== null) onPublished(body.cursor, topic.value);
      } else {
        tell('bad', [body.title ?? `Status ${response.status}`, body.detail].filter(Boolean).join(': '));
      }
    } catch {
      tell('bad', 'The server did not answer; nothing is known about this event.');
    }
    button.ariaDisabled = 'false';
  });
}

/** Slashes make a topic's hierarchy and stay; everything else is escaped. */
export function topicUrl(topic) {
  return `v1/topics/${topic.split('/').map(encodeURIComponent).join('/')}`;
}
