import { CopyButton } from './copy.tsx';

/** A command to run in a terminal. `{base}` in it stands for this server's address. */
export function Curl({ command, what }: { command: string; what: string }) {
  const text = command.replaceAll('{base}', window.location.origin);
  return (
    <div className="curl">
      <pre>{text}</pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
