// Methods as the SDK calls them, for any kind of client.
import assert from 'node:assert/strict'
import { call } from './clients.mjs'

/** general is what a client asks about itself and the server. */
export async function general(report, name, client, creds, isApplication) {
  await report.check(`${name}: profile names the administrator`, async () => {
    const profile = await call(client, 'profile')
    assert.equal(profile.ID, String(creds.user_id))
    assert.equal(profile.ADMIN, true)
  })
  await report.check(`${name}: server.time is a time`, async () => {
    assert.ok(Math.abs(Date.parse(await call(client, 'server.time')) - Date.now()) < 60_000)
  })
  await report.check(`${name}: scope lists crm and calendar`, async () => {
    const scope = await call(client, 'scope')
    assert.ok(scope.includes('crm') && scope.includes('calendar'), String(scope))
  })
  await report.check(`${name}: methods lists what the scope allows`, async () => {
    const methods = await call(client, 'methods')
    for (const method of ['profile', 'event.bind', 'crm.activity.add', 'calendar.event.add']) {
      assert.ok(methods.includes(method), `${method} is missing`)
    }
  })
  await report.check(`${name}: app.info`, async () => {
    const info = await call(client, 'app.info')
    assert.equal(typeof info.LICENSE, 'string')
    if (isApplication) {
      assert.deepEqual([info.CODE, info.STATUS, info.INSTALLED], [creds.client_id, 'L', true])
    }
  })
  await report.check(`${name}: the SDK's health check and ping`, async () => {
    assert.equal(await client.tools.healthCheck.make(), true)
    assert.ok(await client.tools.ping.make() >= 0)
  })
  await report.check(`${name}: the SDK learns that the user is an administrator`, async () => {
    if (!isApplication) return
    await client.initIsAdmin()
    assert.equal(client.auth.isAdmin, true)
  })
}

/** callFields describes a call on the portal's own deal. */
export function callFields(creds, subject) {
  return {
    OWNER_TYPE_ID: creds.owner_type_id,
    OWNER_ID: creds.owner_id,
    TYPE_ID: 2,
    SUBJECT: subject,
    COMMUNICATIONS: [{ VALUE: '+4930123456', ENTITY_ID: creds.owner_id, ENTITY_TYPE_ID: creds.owner_type_id }],
  }
}

/** activities walks through the life of an activity. */
export async function activities(report, name, client, creds) {
  let id
  const found = async () => {
    const answer = await client.actions.v2.callList.make({
      method: 'crm.activity.list',
      params: { filter: { SUBJECT: `${name} renamed` }, select: ['ID', 'SUBJECT'] },
    })
    assert.ok(answer.isSuccess, answer.getErrorMessages().join('; '))
    return answer.getData().map(row => row.ID)
  }
  await report.check(`${name}: crm.activity.add answers the id`, async () => {
    id = await call(client, 'crm.activity.add', { fields: callFields(creds, name) })
    assert.ok(Number.isInteger(id) && id > 0, String(id))
  })
  await report.check(`${name}: crm.activity.get gives strings`, async () => {
    const row = await call(client, 'crm.activity.get', { id })
    assert.deepEqual([row.ID, row.SUBJECT, row.TYPE_ID, row.RESPONSIBLE_ID], [String(id), name, '2', String(creds.user_id)])
  })
  await report.check(`${name}: crm.activity.update`, async () => {
    assert.equal(await call(client, 'crm.activity.update', { id, fields: { SUBJECT: `${name} renamed` } }), true)
    assert.equal((await call(client, 'crm.activity.get', { id })).SUBJECT, `${name} renamed`)
  })
  await report.check(`${name}: crm.activity.list by the SDK's list reader`, async () => {
    assert.deepEqual(await found(), [String(id)])
  })
  await report.check(`${name}: crm.activity.delete`, async () => {
    assert.equal(await call(client, 'crm.activity.delete', { id }), true)
    assert.deepEqual(await found(), [])
  })
}

/** entryFields describes a calendar entry of the user. */
export function entryFields(creds, name) {
  return {
    type: 'user',
    ownerId: creds.user_id,
    section: creds.calendar_section,
    name,
    from: '2030-05-06T10:00:00+02:00',
    to: '2030-05-06T11:00:00+02:00',
  }
}

/** entries walks through the life of a calendar entry. */
export async function entries(report, name, client, creds) {
  let id
  await report.check(`${name}: calendar.event.add answers the id`, async () => {
    id = await call(client, 'calendar.event.add', entryFields(creds, name))
    assert.ok(Number.isInteger(id) && id > 0, String(id))
  })
  await report.check(`${name}: calendar.event.update`, async () => {
    const params = { ...entryFields(creds, `${name} renamed`), id }
    assert.equal(await call(client, 'calendar.event.update', params), id)
  })
  await report.check(`${name}: calendar.event.getbyid`, async () => {
    const row = await call(client, 'calendar.event.getbyid', { id })
    assert.deepEqual([row.ID, row.NAME], [String(id), `${name} renamed`])
  })
  await report.check(`${name}: calendar.event.delete`, async () => {
    assert.equal(await call(client, 'calendar.event.delete', { id }), true)
  })
}
