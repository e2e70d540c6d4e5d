// The state of a view and the rules by which it changes. No I/O: the rest of a view is built around it.

/** What a snapshot has beside the state itself. */
export interface Revisioned {
  /** Counts the changes of the resource, without holes. */
  readonly rev?: number | undefined;
  /** Where the snapshot is true. */
  readonly cursor?: string | undefined;
}

/** A change has absolute values ("unread: 7"), so that a snapshot that holds it already does no harm. */
export interface Change extends Revisioned {
  readonly [member: string]: unknown;
}

export type Apply<State> = (state: State, change: Change, type: string) => State;

/** Makes of a state that was loaded, and the one that is known, what is shown. */
export type Accept<State> = (loaded: State, known: State) => State;

/** `missing`: changes lie between; a snapshot is needed. */
export type Outcome = 'applied' | 'dropped' | 'missing';

/** Changes that wait for a snapshot; beyond this they are left to a second one. */
const waitingMax = 1_000;

export class Model<State extends object> {
  state: State | undefined;
  rev = -1;
  readonly #apply: Apply<State>;
  readonly #member: string;
  readonly #accept: Accept<State>;
  readonly #joint: boolean;
  #waiting: { change: Change; type: string }[] = [];

  /** `member`: what holds the revision, in states and changes; `joint`: several changes may make one revision. */
  constructor(apply: Apply<State> = (state, change) => ({ ...state, ...change }), member = 'rev', accept: Accept<State> = (loaded) => loaded, joint = false) {
    this.#apply = apply;
    this.#member = member;
    this.#accept = accept;
    this.#joint = joint;
  }

  /** Whether there is a state and nothing is missing from it. */
  get whole(): boolean {
    return this.state !== undefined && this.#waiting.length === 0;
  }

  /** Takes a state unless a newer one is known: an answer that took its time rewinds nothing. */
  snapshot(state: State & Revisioned): Outcome {
    const rev = this.#revOf(state) ?? this.rev;
    if (rev < this.rev) return 'dropped';
    // Of another log nothing that is known is of use.
    const known = this.rev < 0 ? undefined : this.state;
    this.state = known === undefined ? state : this.#accept(state, known);
    this.rev = rev;
    const waiting = this.#waiting;
    this.#waiting = [];
    const missing = waiting.some(({ change, type }) => this.change(change, type, false) === 'missing');
    // What a change has taken out and another brought back is what is known of it all the same.
    if (known !== undefined) this.state = this.#accept(this.state, known);
    return missing ? 'missing' : 'applied';
  }

  /** `passing`: an ephemeral event, which belongs to the revision that it names and makes none. */
  change(change: Change, type: string, passing: boolean): Outcome {
    const rev = this.#revOf(change);
    if (this.state === undefined || (rev !== undefined && rev > this.rev + 1)) {
      if (!passing && this.#waiting.length < waitingMax) this.#waiting.push({ change, type });
      return 'missing';
    }
    if (rev !== undefined && (passing || this.#joint ? rev < this.rev : rev <= this.rev)) return 'dropped';
    this.state = this.#apply(this.state, change, type);
    if (rev !== undefined && !passing) this.rev = rev;
    return 'applied';
  }

  #revOf(of: object): number | undefined {
    const rev = (of as Record<string, unknown>)[this.#member];
    return typeof rev === 'number' ? rev : undefined;
  }

  /** The resource begins anew (another log): any snapshot is newer than what is known. */
  restart(): void {
    this.rev = -1;
    this.#waiting = [];
  }
}
