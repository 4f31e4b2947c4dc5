// The portal's limits, and how the SDK bears them; docs/protocol/rest.md section 9.
import assert from 'node:assert/strict'
import { addition, removed } from './batch.mjs'
import { attempts, call, unlimited } from './clients.mjs'
import { refused } from './report.mjs'

/** errorsOf are the texts of what a client was refused. */
const errorsOf = client => client.getHttpClient('v2').getStats().lastErrors.map(e => e.error)

/**
 * rate lets three calls through at once and two a second, and has the SDK, whose
 * own limits are wide, send more. open makes a new client. Nothing else may call
 * the portal meanwhile.
 */
export async function rate(report, name, open, management) {
  const limited = async run => {
    await management.settings({ 'rest.rate_burst': 3, 'rest.rate_per_second': 2 })
    try {
      await run()
    } finally {
      await management.settings({ 'rest.rate_burst': 0 })
    }
  }
  await report.check(`${name}: above the portal's rate the SDK is told QUERY_LIMIT_EXCEEDED, repeats and succeeds`, () => limited(async () => {
    const client = open()
    await client.setRestrictionManagerParams(unlimited())
    // With the bucket full at first, tries at 0, 1 and 2.5 s let five through.
    const names = Array.from({ length: 5 }, (_, i) => `method.${i}`)
    const answers = await Promise.all(names.map(name => call(client, 'method.get', { name })))
    assert.deepEqual(answers, names.map(() => ({ isExisting: false, isAvailable: false })))
    const stats = client.getHttpClient('v2').getStats()
    assert.equal(stats.successfulRequests, names.length)
    assert.ok(stats.retries >= 1, 'it repeated nothing')
    assert.equal(stats.retries, stats.failedRequests)
    assert.ok(stats.limitHits >= stats.retries, `${stats.limitHits} of ${stats.retries} limits hit`)
    assert.deepEqual(new Set(errorsOf(client)), new Set(['Too many requests']))
  }))
  for (const version of ['v2', 'v3']) {
    await report.check(`${name}: by ${version}, a client that does not repeat gets AjaxError 503 QUERY_LIMIT_EXCEEDED`, () => limited(async () => {
      const client = open()
      await client.setRestrictionManagerParams({ ...unlimited(), maxRetries: 1 })
      const calls = Array.from({ length: 6 }, () => refusedOrNot(client.actions[version].call.make({ method: 'profile' })))
      const errors = (await Promise.all(calls)).filter(Boolean)
      assert.ok(errors.length >= 2, `${errors.length} of 6 calls were refused`)
      for (const error of errors) {
        assert.deepEqual([error.status, error.code, error.message], [503, 'QUERY_LIMIT_EXCEEDED', 'Too many requests'])
      }
    }))
  }
  await report.check(`${name}: a batch is one call of the portal's rate`, () => limited(async () => {
    const client = open()
    const calls = Array.from({ length: 50 }, () => ['server.time'])
    assert.equal((await client.actions.v2.batch.make({ calls })).getData().length, 50)
    assert.equal(attempts(client), client.getHttpClient('v2').getStats().retries + 1)
  }))
  await report.check(`${name}: without the limit the portal refuses none`, async () => {
    const client = open()
    await Promise.all(Array.from({ length: 40 }, () => call(client, 'profile')))
    assert.equal(attempts(client), 40)
  })
}

function refusedOrNot(call) {
  return call.then(() => undefined, error => error)
}

const method = 'crm.activity.list'

/** timed gives the run time in ten minutes that an answer tells, in seconds. */
function timed(answer) {
  const { operating, operating_reset_at: reset } = answer.getData().time
  assert.ok(Math.abs(reset - Date.now() / 1000 - 600) < 90, `reset at ${reset}`)
  return operating
}

/** slow is a query that keeps the portal busy: many patterns on long texts. */
const slow = {
  filter: Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`%${spelling('DESCRIPTION', i)}`, 'end'])),
  select: ['ID'],
  start: -1,
}

/** spelling writes a name in one of many letter cases, which are keys of their own. */
function spelling(name, i) {
  return [...name].map((c, bit) => (i >> bit & 1 ? c.toLowerCase() : c)).join('')
}

/**
 * operating spends the run time that the portal allows of one method, and leaves
 * a call behind that waits out the SDK's ten seconds: what it returns checks how
 * that call ends. open makes a client of one application, other is another's.
 */
export async function operating(report, name, { open, other, creds, management }) {
  const filler = open()
  const [, params] = addition(creds, `${name} slow`)
  params.fields.DESCRIPTION = 'slow '.repeat(12_000) + 'end'
  const added = (await filler.actions.v2.batchByChunk.make({ calls: Array.from({ length: 40 }, () => ['crm.activity.add', params]) })).getData()

  const impatient = open()
  await impatient.setRestrictionManagerParams({ ...unlimited(), maxRetries: 1 })
  await report.check(`${name}: each answer tells how long a method has run for the caller, by itself and in batches`, async () => {
    const spent = []
    while (spent.length < 20 && !(spent.at(-1) > 1)) {
      spent.push(timed(await impatient.actions.v2.call.make({ method, params: slow })))
      const options = { returnAjaxResult: true }
      spent.push(timed((await impatient.actions.v2.batch.make({ calls: [[method, slow]], options })).getData()[0]))
    }
    assert.ok(spent.at(-1) > 1, `20 runs took ${spent.at(-1)} s`)
    assert.ok(spent.every((s, i) => s > (spent[i - 1] ?? 0.1)), `a run did not count: ${spent}`)
    const { operatingStats } = impatient.getHttpClient('v2').getStats()
    assert.deepEqual([operatingStats[method], operatingStats[`batch::${method}`]], spent.slice(-2).map(s => Number(s.toFixed(2))))
  })
  await management.settings({ 'rest.operating_limit': 1 })
  await report.check(`${name}: above the portal's operating time a call is AjaxError 429 OPERATION_TIME_LIMIT`, async () => {
    const error = await refused(impatient.actions.v2.call.make({ method, params: { start: -1 } }))
    assert.deepEqual([error.status, error.code, error.message],
      [429, 'OPERATION_TIME_LIMIT', 'Method is blocked due to operation time limit.'])
  })
  await report.check(`${name}: other methods and other callers go on, and a batch tells it of the command`, async () => {
    assert.equal((await call(impatient, 'profile')).ID, String(creds.user_id))
    assert.ok(Array.isArray(await call(other, method, { start: -1 })))
    const answer = await impatient.actions.v2.batch.make({ calls: [['profile'], [method, { start: -1 }]], options: { isHaltOnError: false } })
    assert.deepEqual([...answer.errors].map(([key, error]) => [key, error.code]), [['1', 'OPERATION_TIME_LIMIT']])
    assert.equal(answer.getData().length, 1)
  })
  const patient = open()
  const waiting = call(patient, method, { start: -1 }).catch(error => error)
  while (attempts(patient) === 0) await new Promise(resolve => setTimeout(resolve, 10))
  await management.settings({ 'rest.operating_limit': 0 })
  return async () => {
    await report.check(`${name}: the SDK waits for ten seconds, repeats and succeeds`, async () => {
      assert.ok(Array.isArray(await waiting), String(await waiting))
      const stats = patient.getHttpClient('v2').getStats()
      assert.deepEqual([stats.retries, stats.successfulRequests], [1, 1])
      assert.deepEqual(errorsOf(patient), ['Method is blocked due to operation time limit.'])
    })
    assert.equal(await removed(filler, added), added.length)
  }
}
