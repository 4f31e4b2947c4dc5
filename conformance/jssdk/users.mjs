// Users by the SDK's readers; docs/protocol/methods-activities-calendar-users.md section 3.
import assert from 'node:assert/strict'
import { call } from './clients.mjs'
import { refused } from './report.mjs'

const count = 120

/** users adds people, reads them with a client of an administrator and with one of an ordinary user, and dismisses them. */
export async function users(report, name, client, user) {
  const family = `Listed${Date.now()}`
  const email = i => `${family}.${i}@people.example`.toLowerCase()
  let ids = []
  const read = async (c, filter) => {
    const rows = []
    for await (const chunk of c.actions.v2.fetchList.make({ method: 'user.get', params: { filter } })) rows.push(...chunk)
    return rows
  }
  await report.check(`${name}: ${count} users are added by chunks`, async () => {
    const calls = Array.from({ length: count }, (_, i) =>
      ['user.add', { EMAIL: email(i), NAME: `N${i}`, LAST_NAME: family, UF_DEPARTMENT: [1] }])
    const answer = await client.actions.v2.batchByChunk.make({ calls })
    assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
    ids = answer.getData().map(String)
    assert.equal(new Set(ids).size, count)
  })
  for (const [who, c] of [['an administrator', client], ['a user', user]]) {
    await report.check(`${name}: fetchList of user.get gives them all to ${who}, ids ascending`, async () => {
      const rows = await read(c, { LAST_NAME: family })
      assert.deepEqual(rows.map(row => row.ID), ids)
      assert.deepEqual([rows[7].EMAIL, rows[7].NAME, rows[7].UF_DEPARTMENT], [email(7), 'N7', [1]])
    })
  }
  await report.check(`${name}: callListMethod of user.get and user.search count them`, async () => {
    const found = await client.callListMethod('user.get', { LAST_NAME: family })
    assert.deepEqual(found.getData().map(row => row.ID), ids)
    const searched = await client.callListMethod('user.search', { LAST_NAME: family })
    assert.deepEqual(searched.getData().map(row => row.ID).toSorted((a, b) => a - b), ids)
  })
  await report.check(`${name}: a user who adds or changes another is refused, 400 ERROR_CORE access_denied`, async () => {
    for (const [method, params] of [['user.add', { EMAIL: email('x'), UF_DEPARTMENT: [1] }], ['user.update', { ID: ids[0], NAME: 'Mine' }]]) {
      const error = await refused(call(user, method, params))
      assert.deepEqual([error.status, error.code, error.message], [400, 'ERROR_CORE', 'access_denied'])
    }
  })
  await report.check(`${name}: an e-mail address that is none, or another's, is 400 ERROR_ARGUMENT`, async () => {
    for (const address of ['none', email(0)]) {
      const error = await refused(call(client, 'user.add', { EMAIL: address, UF_DEPARTMENT: [1] }))
      assert.deepEqual([error.status, error.code], [400, 'ERROR_ARGUMENT'])
    }
  })
  await report.check(`${name}: they are dismissed by chunks`, async () => {
    const calls = ids.map(ID => ['user.update', { ID, ACTIVE: 'N' }])
    assert.deepEqual((await client.actions.v2.batchByChunk.make({ calls })).getData(), ids.map(() => true))
    assert.deepEqual(await read(client, { LAST_NAME: family, ACTIVE: 'Y' }), [])
    assert.equal((await read(client, { LAST_NAME: family, ACTIVE: false })).length, count)
  })
}
