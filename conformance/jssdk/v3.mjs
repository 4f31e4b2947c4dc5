// REST 3.0 as the SDK calls it; docs/protocol/rest.md sections 1, 5 and 8.
import assert from 'node:assert/strict'
import { ApiVersion, BatchRefV3 } from '@bitrix24/b24jssdk'
import { attempts } from './clients.mjs'
import { forgotten } from './journal.mjs'
import { deep } from './refusals.mjs'

const prefix = 'BITRIX_REST_V3_EXCEPTION_'

/** v3 is a client's use of REST 3.0. */
export async function v3(report, name, client, creds) {
  const { call, batch, batchByChunk } = client.actions.v3
  const ownID = Number(creds.user_id)

  await report.check(`${name}: REST 3.0, profile`, async () => {
    const answer = await call.make({ method: 'profile', requestId: `${name}-profile` })
    const { profile } = answer.getData().result
    assert.deepEqual([profile.id, profile.admin], [ownID, true])
    assert.deepEqual([answer.getStatus(), answer.getQuery().requestId], [200, `${name}-profile`])
    assert.equal(typeof answer.getData().time.start, 'number')
  })
  await report.check(`${name}: REST 3.0, batch as a list answers in order`, async () => {
    const answer = await batch.make({ calls: [['profile'], { method: 'profile' }], options: { returnAjaxResult: true } })
    assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
    assert.deepEqual(answer.getData().map(row => row.getData().result.profile.id), [ownID, ownID])
  })
  await report.check(`${name}: REST 3.0, batch by names with ref and refArray`, async () => {
    const calls = {
      me: ['profile'],
      one: { method: 'profile', params: { id: BatchRefV3.ref('me.profile.id'), whole: BatchRefV3.ref('me') } },
      many: { method: 'profile', params: { filter: [['id', 'in', BatchRefV3.refArray('me.profile.id')]] }, parallel: true },
    }
    const answer = await batch.make({ calls })
    assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
    assert.deepEqual(Object.keys(answer.getData()), Object.keys(calls))
    assert.deepEqual(Object.values(answer.getData()).map(result => result.profile.id), [ownID, ownID, ownID])
  })
  await report.check(`${name}: REST 3.0, 120 commands by chunks`, async () => {
    const before = attempts(client, ApiVersion.v3)
    const answer = await batchByChunk.make({ calls: Array.from({ length: 120 }, () => ['profile']) })
    assert.deepEqual(answer.getData().map(result => result.profile.id), Array(120).fill(ownID))
    assert.equal(attempts(client, ApiVersion.v3) - before, 3)
  })
  await refusals(report, name, client, creds)
}

/** refusals come back as results with an error where the SDK knows the code as soft, thrown otherwise. */
async function refusals(report, name, client, creds) {
  const { call, batch } = client.actions.v3
  const once = async (run, isThrown) => {
    const before = attempts(client, ApiVersion.v3)
    const answer = await forgotten(run().catch(error => error))
    const error = answer instanceof Error ? answer : [...answer.getErrors()][0]
    assert.equal(attempts(client, ApiVersion.v3) - before, 1)
    assert.equal(answer instanceof Error, isThrown)
    return [error.status, error.code]
  }
  const unknown = [404, `${prefix}METHODNOTFOUNDEXCEPTION`]
  for (const method of ['no.such.method', 'crm.activity.list']) {
    await report.check(`${name}: REST 3.0, ${method} is no method: 404 METHODNOTFOUNDEXCEPTION, not thrown`, async () => {
      assert.deepEqual(await once(() => call.make({ method }), false), unknown)
    })
  }
  const readers = {
    callList: { method: 'main.eventlog.list', customKeyForResult: 'items' },
    callTail: { method: 'main.eventlog.tail', customKeyForResult: 'items' },
    aggregate: { method: 'main.eventlog.aggregate', select: { count: ['id'] } },
  }
  for (const [reader, options] of Object.entries(readers)) {
    await report.check(`${name}: REST 3.0, ${reader} of a method that the portal lacks ends with its error`, async () => {
      assert.deepEqual(await once(() => client.actions.v3[reader].make(options), false), unknown)
    })
  }
  await report.check(`${name}: REST 3.0, a method outside the scope is AjaxError 403 insufficient_scope`, async () => {
    assert.deepEqual(await once(() => call.make({ method: creds.no_scope_method }), true), [403, 'insufficient_scope'])
  })
  await report.check(`${name}: REST 3.0, parameters beyond a limit are 400 REQUESTVALIDATIONEXCEPTION, not thrown`, async () => {
    const params = { filter: deep(80) }
    assert.deepEqual(await once(() => call.make({ method: 'profile', params }), false),
      [400, `${prefix}VALIDATION_REQUESTVALIDATIONEXCEPTION`])
  })
  await report.check(`${name}: REST 3.0, a batch in a batch is AjaxError 405 ERROR_BATCH_METHOD_NOT_ALLOWED`, async () => {
    assert.deepEqual(await once(() => batch.make({ calls: [['profile'], ['batch']] }), true), [405, 'ERROR_BATCH_METHOD_NOT_ALLOWED'])
  })
  await report.check(`${name}: REST 3.0, the first failure fails the batch`, async () => {
    const answer = await forgotten(batch.make({ calls: [['profile'], ['no.such.method'], ['profile']] }))
    assert.deepEqual([answer.isSuccess, answer.getData()], [false, []])
    assert.deepEqual([...answer.getErrors()].map(e => [e.status, e.code]), [unknown])
  })
  await report.check(`${name}: REST 3.0, a ref that leads to nothing is 400 INVALIDSELECTEXCEPTION`, async () => {
    const calls = { me: ['profile'], other: { method: 'profile', params: { id: BatchRefV3.ref('me.no.such') } } }
    assert.deepEqual(await once(() => batch.make({ calls }), false), [400, `${prefix}INVALIDSELECTEXCEPTION`])
  })
}
