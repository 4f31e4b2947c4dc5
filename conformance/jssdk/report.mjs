// Named checks, run one after the other; each ends passed or failed.
import assert from 'node:assert/strict'
import { forgotten } from './journal.mjs'

export class Report {
  checks = []

  async check(name, run) {
    const began = performance.now()
    const entry = { name, passed: true }
    this.checks.push(entry)
    try {
      await run()
    } catch (error) {
      entry.passed = false
      entry.reason = error?.stack ?? String(error)
    }
    entry.milliseconds = Math.round(performance.now() - began)
    return entry.passed
  }

  /** part runs checks; what ends it before its end is a failed check of its name. */
  async part(name, run) {
    try {
      return await run()
    } catch (error) {
      await this.check(`${name}: the checks run to their end`, () => { throw error })
    }
  }

  get failed() {
    return this.checks.filter(c => !c.passed).length
  }

  toJSON() {
    return { passed: this.checks.length - this.failed, failed: this.failed, checks: this.checks }
  }
}

/** refused expects a call to fail, of which the SDK may complain, and returns the SDK's error. */
export async function refused(call) {
  const answer = await forgotten(call.then(value => ({ value }), error => ({ error })))
  if (answer.error) return answer.error
  const soft = answer.value?.getErrors ? [...answer.value.getErrors()][0] : undefined
  assert.ok(soft, 'the call succeeded')
  return soft
}
