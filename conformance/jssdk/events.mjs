// Events: bound and raised by the SDK, received and compared byte by byte.
import assert from 'node:assert/strict'
import { expected } from './body.mjs'
import { call, fromEvent } from './clients.mjs'
import { callFields, entryFields } from './methods.mjs'
import { refused } from './report.mjs'

const activityKey = 'data[FIELDS][ID]'
const entryKey = 'data[id]'

/** settled waits until no delivery waits or is in flight. */
async function settled(creds, account) {
  const due = Date.now() + 15_000
  for (;;) {
    const answer = await fetch(`${account.portalURL}/admin/v1/stats`, { headers: { authorization: `Bearer ${creds.admin_token}` } })
    assert.equal(answer.status, 200)
    const stats = await answer.json()
    if (stats.waiting + stats.in_flight === 0) return
    assert.ok(Date.now() < due, `deliveries do not settle: ${JSON.stringify(stats)}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

function assertRequest(request, event, id, { idKey, refresh, account }) {
  assert.equal(request.method, 'POST')
  assert.equal(request.fields.get(idKey), String(id))
  assert.equal(request.raw, expected(request.raw, event, { idKey, refresh, account }))
  assert.match(request.fields.get('event_handler_id'), /^[1-9][0-9]*$/)
  assert.match(request.fields.get('auth[access_token]'), /^[0-9a-f]{1,200}$/)
  if (refresh) assert.match(request.fields.get('auth[refresh_token]'), /^[0-9a-f]{1,200}$/)
  assertHeaders(request)
}

function assertHeaders({ headers, fields }) {
  const ts = Number(fields.get('ts'))
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded')
  assert.ok(headers['webhook-id'], 'webhook-id is missing')
  assert.equal(headers['webhook-timestamp'], String(ts))
  assert.match(headers['onevent-event-time'], /^[0-9]+$/)
  assert.ok(Number(headers['onevent-event-time']) <= ts, 'the event is later than its attempt')
  assert.ok(Math.abs(ts - Date.now() / 1000) < 60, 'ts is not the time of the attempt')
}

/** events is one application at one base of the portal, from bind to unbind. */
export async function events(report, name, client, creds, account, receiver) {
  const path = event => `/${name}/${event}`
  const url = p => receiver.origin + p
  const bound = ['onCrmActivityAdd', 'oncrmactivityupdate', 'ONCRMACTIVITYDELETE',
    'OnCalendarEntryAdd', 'onCalendarEntryUpdate', 'ONCALENDARENTRYDELETE']

  await report.check(`${name}: event.bind in any letter case`, async () => {
    for (const event of bound) {
      assert.equal(await call(client, 'event.bind', { event, handler: url(path(event.toUpperCase())) }), true)
    }
  })
  await report.check(`${name}: the same handler in another letter case is ERROR_CORE`, async () => {
    for (const event of bound) {
      const params = { event: event.toLowerCase(), handler: url(path(event.toUpperCase())) }
      const error = await refused(call(client, 'event.bind', params))
      assert.deepEqual([error.status, error.code], [400, 'ERROR_CORE'])
      assert.match(error.message, /Handler already binded/)
    }
  })
  await report.check(`${name}: event.get lists what was bound`, async () => {
    const rows = await call(client, 'event.get')
    for (const event of bound.map(e => e.toUpperCase())) {
      const own = rows.filter(r => r.handler === url(path(event)))
      assert.deepEqual(own, [{ event, handler: url(path(event)), auth_type: '0', offline: 0 }])
    }
  })

  await changes(report, name, {
    client, receiver, path, account, idKey: activityKey, refresh: false, noun: 'an activity',
    codes: ['ONCRMACTIVITYADD', 'ONCRMACTIVITYUPDATE', 'ONCRMACTIVITYDELETE'],
    add: () => call(client, 'crm.activity.add', { fields: callFields(creds, `${name} event`) }),
    update: id => call(client, 'crm.activity.update', { id, fields: { SUBJECT: `${name} event, renamed` } }),
    remove: id => call(client, 'crm.activity.delete', { id }),
  })
  await changes(report, name, {
    client, receiver, path, account, idKey: entryKey, refresh: true, noun: 'a calendar entry',
    codes: ['ONCALENDARENTRYADD', 'ONCALENDARENTRYUPDATE', 'ONCALENDARENTRYDELETE'],
    add: () => call(client, 'calendar.event.add', entryFields(creds, `${name} event`)),
    update: id => call(client, 'calendar.event.update', { ...entryFields(creds, `${name} event, renamed`), id }),
    remove: id => call(client, 'calendar.event.delete', { id }),
  })

  await report.check(`${name}: the refresh token of an event refreshes`, async () => {
    const [request] = receiver.at(path('ONCALENDARENTRYADD'))
    const renewed = await fromEvent(creds, request.fields).auth.refreshAuth()
    assert.notEqual(renewed.access_token, request.fields.get('auth[access_token]'))
  })

  await inside(report, name, { client, creds, account, receiver })

  await report.check(`${name}: a handler bound in any letter case got each event once`, async () => {
    await settled(creds, account)
    for (const event of bound.map(e => e.toUpperCase())) {
      const expectedCount = event === 'ONCRMACTIVITYADD' || event === 'ONCRMACTIVITYDELETE' ? 2 : 1
      const ids = receiver.at(path(event)).map(r => r.headers['webhook-id'])
      assert.equal(ids.length, expectedCount, event)
      assert.equal(new Set(ids).size, expectedCount, `${event}: deliveries share a webhook-id`)
    }
  })

  await report.check(`${name}: event.unbind counts what it removed, and no event comes after it`, async () => {
    const before = receiver.at(path('ONCRMACTIVITYADD')).length
    for (const event of bound) {
      const params = { event, handler: url(path(event.toUpperCase())) }
      assert.deepEqual(await call(client, 'event.unbind', params), { count: 1 })
      assert.deepEqual(await call(client, 'event.unbind', params), { count: 0 })
    }
    const id = await call(client, 'crm.activity.add', { fields: callFields(creds, `${name} unbound`) })
    await call(client, 'crm.activity.delete', { id })
    await settled(creds, account)
    assert.equal(receiver.at(path('ONCRMACTIVITYADD')).length, before)
  })
}

/** changes adds, updates and deletes one object and compares what arrived. */
async function changes(report, name, { receiver, path, account, idKey, refresh, noun, codes, add, update, remove }) {
  let id
  const compare = async code => {
    const [request] = await receiver.arrived(path(code), 1)
    assertRequest(request, code, id, { idKey, refresh, account })
  }
  const verbs = ['adding', 'changing', 'deleting']
  const steps = [async () => { id = await add() }, () => update(id), () => remove(id)]
  for (const [i, step] of steps.entries()) {
    await report.check(`${name}: ${verbs[i]} ${noun} sends ${codes[i]} in the protocol's bytes`, async () => {
      await step()
      await compare(codes[i])
    })
  }
}

/** inside does what applications do in a handler, with the authorisation sent. */
async function inside(report, name, { client, creds, account, receiver }) {
  const handler = receiver.origin + `/${name}/inside`
  const later = receiver.origin + `/${name}/bound-inside`
  receiver.react(`/${name}/inside`, async ({ fields }) => {
    const own = fromEvent(creds, fields)
    await call(own, 'event.bind', { event: 'OnCrmActivityDelete', handler: later })
    return call(own, 'crm.activity.get', { id: fields.get(activityKey) })
  })
  await report.check(`${name}: a handler binds another event and reads the object with the authorisation it was sent`, async () => {
    await call(client, 'event.bind', { event: 'ONCRMACTIVITYADD', handler })
    const id = await call(client, 'crm.activity.add', { fields: callFields(creds, `${name} inside`) })
    const [request] = await receiver.arrived(`/${name}/inside`, 1)
    if (request.reaction.error) throw request.reaction.error
    assert.deepEqual([request.reaction.value.ID, request.reaction.value.SUBJECT], [String(id), `${name} inside`])
    await call(client, 'crm.activity.delete', { id })
    const [deleted] = await receiver.arrived(`/${name}/bound-inside`, 1)
    assertRequest(deleted, 'ONCRMACTIVITYDELETE', id, { idKey: activityKey, refresh: false, account })
  })
  await report.check(`${name}: what was bound inside the handler is unbound`, async () => {
    assert.deepEqual(await call(client, 'event.unbind', { event: 'ONCRMACTIVITYADD', handler }), { count: 1 })
    assert.deepEqual(await call(client, 'event.unbind', { event: 'ONCRMACTIVITYDELETE', handler: later }), { count: 1 })
  })
}
