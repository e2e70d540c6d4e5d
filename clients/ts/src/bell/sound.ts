// A short sound, made and not loaded; and whether it is wanted, which is kept in the browser.

const key = 'weir-bell.sound';

/** What was chosen here before, else `otherwise`. */
export function soundWanted(otherwise: boolean): boolean {
  try {
    const kept = localStorage.getItem(key);
    return kept === null ? otherwise : kept === 'on';
  } catch {
    return otherwise;
  }
}

export function chooseSound(on: boolean): void {
  try {
    localStorage.setItem(key, on ? 'on' : 'off');
  } catch {
    // It holds until the page is left.
  }
}

let audio: AudioContext | undefined;

/** Two soft tones. Browsers let a page make none before somebody has touched it. */
export function chime(): void {
  if (typeof AudioContext === 'undefined') return;
  audio ??= new AudioContext();
  if (audio.state === 'suspended') void audio.resume().catch(() => {});
  const begin = audio.currentTime;
  for (const [at, frequency] of [[0, 880], [0.11, 1175]] as const) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0, begin + at);
    loudness.gain.linearRampToValueAtTime(0.08, begin + at + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.0001, begin + at + 0.35);
    tone.connect(loudness).connect(audio.destination);
    tone.start(begin + at);
    tone.stop(begin + at + 0.4);
  }
}
