// Batches as the SDK builds and reads them; docs/protocol/rest.md section 8.
import assert from 'node:assert/strict'
import { attempts, call } from './clients.mjs'
import { callFields } from './methods.mjs'

const length = 120 // three of the SDK's chunks: 50, 50 and 20

/** addition is a command that adds an activity. */
export function addition(creds, subject) {
  return ['crm.activity.add', { fields: callFields(creds, subject) }]
}

/** removed deletes activities and says how many answered true. */
export async function removed(client, ids) {
  const calls = ids.map(id => ['crm.activity.delete', { id }])
  const answer = await client.actions.v2.batchByChunk.make({ calls })
  return answer.getData().filter(result => result === true).length
}

/** idsOf finds activities by what their subject contains. */
export async function idsOf(client, subject) {
  const params = { filter: { '%SUBJECT': subject }, select: ['ID'] }
  const answer = await client.actions.v2.callList.make({ method: 'crm.activity.list', params })
  return answer.getData().map(row => row.ID)
}

/** codesOf are the SDK's errors of a batch: its key for the command, and the code. */
function codesOf(answer) {
  return [...answer.errors].map(([key, error]) => [key, error.code])
}

/** batches is a client's use of the method batch. */
export async function batches(report, name, client, creds) {
  await chunks(report, name, client, creds)
  await halts(report, name, client, creds)
  await rows(report, name, client, creds)
  await references(report, name, client, creds)
  await refusals(report, name, client, creds)
}

/** chunks adds and reads in turns, where each reading refers to the addition before it. */
async function chunks(report, name, client, creds) {
  const forms = {
    'tuples': command => command,
    'objects': ([method, params]) => ({ method, params }),
  }
  for (const [form, shape] of Object.entries(forms)) {
    const subject = `${name} ${form}`
    let results = []
    await report.check(`${name}: ${length} commands as ${form} answer in order, with references inside a chunk`, async () => {
      const calls = []
      for (let i = 0; i < length; i += 2) {
        calls.push(shape(addition(creds, `${subject} ${i}`)))
        calls.push(shape(['crm.activity.get', { id: `$result[${i % 50}]` }]))
      }
      const before = attempts(client)
      const answer = await client.actions.v2.batchByChunk.make({ calls })
      results = answer.getData()
      assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
      assert.equal(attempts(client) - before, 3)
      assert.equal(results.length, length)
      for (let i = 0; i < length; i += 2) {
        assert.deepEqual([results[i + 1].ID, results[i + 1].SUBJECT], [String(results[i]), `${subject} ${i}`])
      }
    })
    await report.check(`${name}: ${length / 2} deletions by chunks take away what was added as ${form}`, async () => {
      const ids = results.filter(Number.isInteger)
      assert.equal(await removed(client, ids), length / 2)
      assert.deepEqual(await idsOf(client, subject), [])
    })
  }
  await report.check(`${name}: callBatchByChunk, the older name, answers the same`, async () => {
    const calls = Array.from({ length }, (_, i) => ({ method: 'method.get', params: { name: i % 2 ? 'profile' : 'no.such.method' } }))
    const answer = await client.callBatchByChunk(calls, true)
    assert.deepEqual(answer.getData().map(result => result.isExisting), calls.map((_, i) => i % 2 === 1))
  })
}

/** halts has the 61st of 120 commands fail, which is the 11th of the second chunk. */
async function halts(report, name, client, creds) {
  const run = async (subject, isHaltOnError) => {
    const calls = Array.from({ length }, (_, i) => addition(creds, `${subject} ${i}`))
    calls[60] = ['no.such.method', {}]
    const answer = await client.actions.v2.batchByChunk.make({ calls, options: { isHaltOnError } })
    assert.equal(answer.isSuccess, false)
    assert.deepEqual(codesOf(answer), [['10', 'ERROR_METHOD_NOT_FOUND']])
    assert.deepEqual(answer.getErrorMessages(), ['Method not found!'])
    const kept = await idsOf(client, subject)
    assert.deepEqual(kept, answer.getData().map(String), 'the activities are not those that were answered')
    assert.equal(await removed(client, kept), kept.length)
    return kept.length
  }
  await report.check(`${name}: with halt, a failure ends its chunk alone: 50 + 10 + 20 commands run`, async () => {
    assert.equal(await run(`${name} with halt`, true), 80)
  })
  await report.check(`${name}: without halt, all commands run but the one that fails`, async () => {
    assert.equal(await run(`${name} without halt`, false), 119)
  })
  await report.check(`${name}: a batch of which every command fails is answered as one`, async () => {
    const calls = [['no.such.method'], ['no.such.method']]
    const answer = await client.actions.v2.batch.make({ calls, options: { isHaltOnError: false } })
    assert.deepEqual(codesOf(answer), [['0', 'ERROR_METHOD_NOT_FOUND'], ['1', 'ERROR_METHOD_NOT_FOUND']])
    assert.deepEqual(answer.getData(), [])
  })
}

/** rows are what the SDK makes of a command's answer when asked for AjaxResult. */
async function rows(report, name, client, creds) {
  await report.check(`${name}: returnAjaxResult gives a row a command, the failed one in its place`, async () => {
    const calls = [['profile'], ['no.such.method'], ['crm.activity.list', { filter: { ID: 0 } }], ['server.time']]
    const answer = await client.actions.v2.batch.make({ calls, options: { isHaltOnError: false, returnAjaxResult: true } })
    const found = answer.getData()
    assert.deepEqual(found.map(row => row.isSuccess), [true, false, true, true])
    assert.deepEqual(found.map(row => row.getStatus()), [200, 200, 200, 200])
    assert.deepEqual(found.map(row => row.getQuery().method), calls.map(([method]) => method))
    assert.equal([...found[1].getErrors()][0].code, 'ERROR_METHOD_NOT_FOUND')
    assert.deepEqual([found[2].getTotal(), found[2].getData().result], [0, []])
  })
  await report.check(`${name}: every command has its own time`, async () => {
    const answer = await client.actions.v2.batch.make({ calls: { a: ['profile'], b: ['scope'] }, options: { returnAjaxResult: true } })
    for (const row of Object.values(answer.getData())) {
      const { time } = row.getData()
      for (const key of ['start', 'finish', 'duration', 'processing', 'operating', 'operating_reset_at']) {
        assert.equal(typeof time[key], 'number', `${key} is ${time[key]}`)
      }
      assert.ok(Date.parse(time.date_start) <= Date.parse(time.date_finish))
    }
  })
  await report.check(`${name}: named commands answer under their names in their order, with the request id given`, async () => {
    const names = ['zulu', 'alpha', '9', '4', 'mike']
    const calls = Object.fromEntries(names.map(key => [key, { method: 'method.get', params: { name: 'batch' } }]))
    const options = { returnAjaxResult: true, requestId: `${name}-named` }
    const found = (await client.actions.v2.batch.make({ calls, options })).getData()
    assert.deepEqual(Object.keys(found), Object.keys(calls))
    for (const row of Object.values(found)) {
      assert.equal(row.getQuery().requestId, `${name}-named`)
      assert.equal(row.getData().result.isExisting, true)
    }
  })
  await report.check(`${name}: callBatch, the older name, takes lists and names`, async () => {
    assert.equal((await client.callBatch([['profile']])).getData()[0].ID, String(creds.user_id))
    assert.equal((await client.callBatch({ me: ['profile'] }, false, true)).getData().me.getData().result.ID, String(creds.user_id))
  })
}

async function references(report, name, client, creds) {
  const subject = `${name} reference`
  await report.check(`${name}: references reach values, totals and texts of earlier commands by name`, async () => {
    const calls = {
      me: ['profile'],
      id: addition(creds, `${subject} one`),
      more: addition(creds, `${subject} two`),
      list: ['crm.activity.list', { filter: { '%SUBJECT': subject }, order: { ID: 'DESC' }, select: ['ID', 'SUBJECT'] }],
      last: ['crm.activity.get', { id: '$result[list][0][ID]' }],
      rename: ['crm.activity.update', { id: '$result[id]', fields: { SUBJECT: `${subject} $total[list] of $result[me][ID] is $result[more] .` } }],
      renamed: ['crm.activity.get', { id: '$result[id]' }],
    }
    const answer = await client.actions.v2.batch.make({ calls })
    assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
    const found = answer.getData()
    assert.deepEqual(found.list.map(row => row.ID), [String(found.more), String(found.id)])
    assert.equal(found.last.SUBJECT, `${subject} two`)
    assert.equal(found.renamed.SUBJECT, `${subject} 2 of ${creds.user_id} is ${found.more} .`)
  })
  await report.check(`${name}: a reference to an error, and one to nothing`, async () => {
    const calls = {
      bad: ['no.such.method'],
      id: addition(creds, `${subject} $error[bad][error] and $result[nothing][at][all] .`),
      got: ['crm.activity.get', { id: '$result[id]' }],
    }
    const answer = await client.actions.v2.batch.make({ calls, options: { isHaltOnError: false } })
    // What leads to no text and no number stays as it stands.
    assert.equal(answer.getData().got.SUBJECT, `${subject} ERROR_METHOD_NOT_FOUND and $result[nothing][at][all] .`)
  })
  await report.check(`${name}: texts come through a batch as they come through a call`, async () => {
    const text = `${subject} 100% a&b=c+d #e?f [g] "ü" 日本 😀 \\ / ;`
    const calls = { id: addition(creds, text), got: ['crm.activity.get', { id: '$result[id]' }] }
    assert.equal((await client.actions.v2.batch.make({ calls })).getData().got.SUBJECT, text)
    const id = await call(client, 'crm.activity.add', { fields: callFields(creds, text) })
    assert.equal((await call(client, 'crm.activity.get', { id })).SUBJECT, text)
  })
  await report.check(`${name}: a batch deletes what the list of a call names`, async () => {
    const ids = await idsOf(client, subject)
    assert.equal(ids.length, 5)
    assert.equal(await removed(client, ids), 5)
  })
}

/** refusals of single commands, as far as the SDK tells them apart. */
async function refusals(report, name, client, creds) {
  const item = async (method, params) => {
    const options = { isHaltOnError: false, returnAjaxResult: true }
    const [row] = (await client.actions.v2.batch.make({ calls: [[method, params]], options })).getData()
    return row
  }
  const cases = [
    ['no.such.method', {}, 'ERROR_METHOD_NOT_FOUND', 'Method not found!'],
    ['batch', { cmd: ['profile'] }, 'ERROR_BATCH_METHOD_NOT_ALLOWED', 'Method is not allowed for batch usage'],
    // The description is empty on the wire, and for an empty one the SDK puts its own.
    [creds.no_scope_method, {}, 'insufficient_scope', `insufficient_scope (on ${creds.no_scope_method})`],
  ]
  for (const [method, params, code, text] of cases) {
    await report.check(`${name}: in a batch, ${method} is ${code}`, async () => {
      const [error] = (await item(method, params)).getErrors()
      assert.deepEqual([error.status, error.code, error.message], [200, code, text])
    })
  }
  await report.check(`${name}: in a batch, an error without a code is lost on the SDK: a success without a result`, async () => {
    const row = await item('crm.activity.get', { id: 987654321 })
    assert.deepEqual([row.isSuccess, row.getData().result], [true, undefined])
  })
  await report.check(`${name}: in a batch with halt, an error without a code ends it unseen by the SDK`, async () => {
    const calls = [['profile'], ['crm.activity.get', { id: 987654321 }], ['profile']]
    const answer = await client.actions.v2.batch.make({ calls })
    assert.deepEqual([answer.isSuccess, answer.getData().length, answer.getData()[1]], [true, 2, undefined])
  })
  await report.check(`${name}: the 51st command of a batch is ERROR_BATCH_LENGTH_EXCEEDED`, async () => {
    const cmd = Array.from({ length: 51 }, () => 'server.time?')
    const { result, result_error: errors } = await call(client, 'batch', { halt: 0, cmd })
    assert.equal(result.length, 50)
    assert.deepEqual(errors, { 50: { error: 'ERROR_BATCH_LENGTH_EXCEEDED', error_description: 'Max batch length exceeded' } })
  })
  await report.check(`${name}: a batch without commands has five empty lists`, async () => {
    const empty = { result: [], result_error: [], result_total: [], result_next: [], result_time: [] }
    assert.deepEqual(await call(client, 'batch', { halt: 0, cmd: {} }), empty)
  })
}
