// Buttons that copy a text, and say that they did.

export function setUpCopy(button, textOf) {
  const words = button.textContent;
  button.addEventListener('click', async () => {
    button.textContent = (await copy(textOf())) ? 'Copied' : 'Failed';
    setTimeout(() => {
      button.textContent = words;
    }, 1_500);
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard without TLS, other than on localhost.
    const area = document.body.appendChild(document.createElement('textarea'));
    const focused = document.activeElement;
    area.className = 'off-screen';
    area.value = text;
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return copied;
  }
}
