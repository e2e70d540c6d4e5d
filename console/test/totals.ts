import type { Reporter, TestCase } from 'vitest/node';

/** Ends with the line of totals that ./test counts by. */
export default class Totals implements Reporter {
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state !== 'pending') ++this.#counts[state];
  }

  onTestRunEnd(): void {
    const { passed, failed, skipped } = this.#counts;
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
}
