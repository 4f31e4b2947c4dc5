// Long lists by each of the SDK's readers; docs/protocol/rest.md section 7.
import assert from 'node:assert/strict'
import { addition, removed } from './batch.mjs'

export const rowCount = 500 // ten full pages, so that the readers come to an empty one
const page = 50
const method = 'crm.activity.list'

/**
 * seeded adds activities by batches, of which every fifth belongs to a user:
 * two full pages. It returns what their subjects have in common, and their ids.
 */
export async function seeded(client, creds, userID) {
  const subject = 'long list'
  const calls = Array.from({ length: rowCount }, (_, i) => {
    const [name, params] = addition(creds, `${subject} ${i}`)
    if (i % 5 === 0) params.fields.RESPONSIBLE_ID = userID
    if (i % 7 === 0) params.fields.PRIORITY = 3
    return [name, params]
  })
  const answer = await client.actions.v2.batchByChunk.make({ calls })
  assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
  const ids = answer.getData().map(String)
  return {
    subject,
    ids,
    owned: ids.filter((_, i) => i % 5 === 0),
    urgent: ids.filter((_, i) => i % 7 === 0),
  }
}

/** swept removes what seeded made. */
export async function swept(client, seed) {
  assert.equal(await removed(client, seed.ids), seed.ids.length)
}

const readers = {
  'callList': async (client, params) => {
    const answer = await client.actions.v2.callList.make({ method, params })
    assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
    return answer.getData()
  },
  'fetchList': async (client, params) => {
    const rows = []
    for await (const chunk of client.actions.v2.fetchList.make({ method, params })) {
      assert.ok(chunk.length <= page, `a page has ${chunk.length} rows`)
      rows.push(...chunk)
    }
    return rows
  },
  'fetchListMethod, the older name,': async (client, params) => {
    const rows = []
    for await (const chunk of client.fetchListMethod(method, params, 'ID')) rows.push(...chunk)
    return rows
  },
  'callListMethod, which counts,': async (client, params) => {
    const seen = []
    const answer = await client.callListMethod(method, { ...params, order: { ID: 'ASC' } }, percent => seen.push(percent))
    assert.deepEqual([seen[0], seen.at(-1)], [0, 100])
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b))
    return answer.getData()
  },
  'getNext from page to page': async (client, params) => {
    const rows = []
    let answer = await client.actions.v2.call.make({ method, params: { ...params, order: { ID: 'ASC' } } })
    const total = answer.getTotal()
    while (answer) {
      assert.equal(answer.getTotal(), total)
      rows.push(...answer.getData().result)
      answer = await answer.getNext(client.getHttpClient('v2'))
    }
    assert.equal(total, rows.length)
    return rows
  },
  'a batch whose pages refer to the last id before them': async (client, params) => {
    const calls = {}
    for (let i = 0; i <= rowCount / page; i++) {
      const after = i === 0 ? 0 : `$result[p${i - 1}][${page - 1}][ID]`
      calls[`p${i}`] = [method, { ...params, order: { ID: 'ASC' }, filter: { ...params.filter, '>ID': after }, start: -1 }]
    }
    const answer = await client.actions.v2.batch.make({ calls })
    assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
    return Object.values(answer.getData()).flat()
  },
}

/** lists reads all of a seed, and parts of it. */
export async function lists(report, name, client, creds, seed) {
  const filter = { '%SUBJECT': seed.subject }
  for (const [reader, read] of Object.entries(readers)) {
    await report.check(`${name}: ${reader} gives ${rowCount} activities, ids ascending, none twice, none missing`, async () => {
      const rows = await read(client, { filter, select: ['ID'] })
      assert.deepEqual(rows.map(row => row.ID), seed.ids)
      assert.deepEqual(Object.keys(rows[0]), ['ID'])
    })
  }
  for (const reader of ['callList', 'fetchList', 'callListMethod, which counts,']) {
    await report.check(`${name}: ${reader} with a filter gives what fits it alone`, async () => {
      const rows = await readers[reader](client, { filter: { ...filter, PRIORITY: 3 } })
      assert.deepEqual(rows.map(row => row.ID), seed.urgent)
      assert.ok(rows.every(row => row.PRIORITY === '3' && row.SUBJECT.startsWith(seed.subject)))
    })
  }
  await report.check(`${name}: pages by offset have every row once, also in an order that does not tell rows apart`, async () => {
    const answer = await client.callListMethod(method, { filter, order: { PRIORITY: 'DESC' }, select: ['ID', 'PRIORITY'] })
    const rows = answer.getData()
    assert.deepEqual(rows.map(row => row.ID).toSorted((a, b) => a - b), seed.ids)
    assert.deepEqual(rows.slice(0, seed.urgent.length).map(row => row.PRIORITY), seed.urgent.map(() => '3'))
  })
  await report.check(`${name}: start=-1 counts nothing and names no next page`, async () => {
    const answer = await client.actions.v2.call.make({ method, params: { filter, start: -1 } })
    assert.deepEqual([answer.getTotal(), answer.isMore(), answer.getData().result.length], [0, false, page])
  })
  await report.check(`${name}: a list in a batch tells total and next, and its next page is read`, async () => {
    const calls = { list: [method, { filter, order: { ID: 'ASC' }, select: ['ID'] }] }
    const { list } = (await client.actions.v2.batch.make({ calls, options: { returnAjaxResult: true } })).getData()
    assert.deepEqual([list.getTotal(), list.isMore()], [rowCount, true])
    const second = await list.fetchNext(client.getHttpClient('v2'))
    assert.deepEqual(second.getData().result.map(row => row.ID), seed.ids.slice(page, 2 * page))
  })
  await report.check(`${name}: callMethod, the older name, takes an offset`, async () => {
    const answer = await client.callMethod(method, { filter, order: { ID: 'DESC' } }, rowCount - page)
    assert.deepEqual([answer.getTotal(), answer.hasMore()], [rowCount, false])
    assert.deepEqual(answer.getData().result.map(row => row.ID), seed.ids.slice(0, page).reverse())
  })
}

/** ownLists is what a user sees who is no administrator. */
export async function ownLists(report, name, client, creds, seed) {
  const filter = { '%SUBJECT': seed.subject }
  for (const reader of Object.keys(readers)) {
    if (reader.startsWith('a batch')) continue // its pages would be empty, and refer to nothing
    await report.check(`${name}: ${reader} gives the user's own ${seed.owned.length} of ${rowCount} activities`, async () => {
      assert.deepEqual((await readers[reader](client, { filter })).map(row => row.ID), seed.owned)
    })
  }
  await report.check(`${name}: a batch reads the user's own rows and no other's`, async () => {
    const other = seed.ids[1]
    const calls = [[method, { filter: { ID: [seed.owned[0], other] } }], ['crm.activity.get', { id: seed.owned[0] }]]
    const [rows, row] = (await client.actions.v2.batch.make({ calls })).getData()
    assert.deepEqual([rows.map(r => r.ID), row.ID], [[seed.owned[0]], seed.owned[0]])
  })
}
