// Refusals that need more than one's own credentials to provoke, and what the SDK
// does of its own accord about them; docs/protocol/rest.md section 6.
import assert from 'node:assert/strict'
import { AjaxError, RefreshTokenError } from '@bitrix24/b24jssdk'
import { application, attempts, call, hook, inAnHour } from './clients.mjs'
import { unwatched } from './journal.mjs'
import { callFields } from './methods.mjs'
import { refused } from './report.mjs'

const unknownToken = '00'.repeat(60)

/** assertOnce expects one request, and that it was refused in these words. */
async function assertOnce(client, run, [status, code, text], version = 'v2') {
  const before = attempts(client, version)
  const error = await refused(run(client))
  assert.ok(error instanceof AjaxError, String(error))
  assert.deepEqual([error.status, error.code, error.message], [status, code, text])
  assert.equal(attempts(client, version) - before, 1, 'the SDK repeated a call that can not succeed')
}

/** ofCalls are refusals of any client of the administrator's. */
export async function ofCalls(report, name, client, creds, webhook) {
  const token = webhook ? 'webhook token' : 'access token'
  const cases = [
    ['no.such.method', {}, [404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!']],
    ['crm/../profile', {}, [404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!']],
    [creds.no_scope_method, {}, [403, 'insufficient_scope', `The request requires higher privileges than provided by the ${token}`]],
    // The code is empty on the wire; for an empty one the SDK drops the text too.
    ['crm.activity.get', { id: 987654321 }, [400, 'ERR_BAD_REQUEST', 'Request failed with status code 400']],
    ['crm.activity.add', { fields: {} }, [400, 'ERR_BAD_REQUEST', 'Request failed with status code 400']],
    ['crm.activity.todo.add', {}, [400, '100', 'Could not find value for parameter {ownerTypeId}']],
    ['crm.activity.todo.update', { ...ownerOf(creds), id: 987654321, deadline: '2030-05-06' }, [400, 'NOT_FOUND', 'Not found.']],
    ['feature.get', {}, [400, 'CODE_EMPTY', "CODE can't be empty"]],
    ['crm.activity.list', { filter: deep(80) }, [400, 'ERROR_ARGUMENT', 'the parameters exceed the limit of 64 depth']],
  ]
  for (const [method, params, expected] of cases) {
    await report.check(`${name}: ${method} is refused once, ${expected[0]} ${expected[1]}`, () =>
      assertOnce(client, c => call(c, method, params), expected))
  }
  await report.check(`${name}: a body above 16 MiB is refused once, 413 ERROR_ARGUMENT`, async () => {
    const fields = { ...callFields(creds, 'large'), DESCRIPTION: 'x'.repeat(16 << 20) }
    await assertOnce(client, c => call(c, 'crm.activity.add', { fields }), [413, 'ERROR_ARGUMENT', 'the parameters exceed the limit of 16777216 bytes'])
  })
}

const ownerOf = creds => ({ ownerTypeId: creds.owner_type_id, ownerId: creds.owner_id })

/** deep is a value with so many levels. */
export function deep(levels) {
  return levels === 0 ? 1 : { ID: deep(levels - 1) }
}

/** ofPeople are refusals that depend on the user. */
export async function ofPeople(report, { creds, account, management }) {
  const { creds: own, tokens } = await stranger(creds, management)
  const open = t => application(own, account, t, unwatched)
  const userID = await management.user('Dismissed')
  const theirs = await management.tokens(own.client_id, userID)
  const url = `${creds.tls_portal_url}/rest/${userID}/${await management.webhook(userID, 'crm')}/`

  await report.check('user: event.bind of an offline event is AjaxError 403 ACCESS_DENIED', () =>
    assertOnce(open(theirs), c => call(c, 'event.bind', { event: 'ONCRMACTIVITYADD', event_type: 'offline' }),
      [403, 'ACCESS_DENIED', 'Access denied! Offline events binding requires administrator access rights']))
  await report.check('user: of another\'s activity he is told nothing', async () => {
    const id = await call(open(tokens), 'crm.activity.add', { fields: callFields(creds, 'not his') })
    await assertOnce(hook(url, unwatched), c => call(c, 'crm.activity.get', { id }), [400, 'ERR_BAD_REQUEST', 'Request failed with status code 400'])
    assert.equal(await call(open(tokens), 'crm.activity.delete', { id }), true)
  })
  await management.dismiss(userID)
  await report.check('dismissed user: his webhook is AjaxError 401 authorization_error', () =>
    assertOnce(hook(url, unwatched), c => call(c, 'profile'), [401, 'authorization_error', 'Unable to authorize user']))
  await report.check('dismissed user: his token is AjaxError 401 authorization_error', () =>
    assertOnce(open(theirs), c => call(c, 'profile'), [401, 'authorization_error', 'Unable to authorize user']))
  await report.check('dismissed user: his refresh token is RefreshTokenError', async () => {
    const error = await refused(open(theirs).auth.refreshAuth())
    assert.ok(error instanceof RefreshTokenError, String(error))
    assert.deepEqual([error.status, error.code], [400, 'invalid_grant'])
  })
  await management.uninstall(own.client_id)
  await report.check('uninstalled application: its token is AjaxError 401 NOT_INSTALLED', () =>
    assertOnce(open(tokens), c => call(c, 'profile'), [401, 'NOT_INSTALLED', 'Application not installed']))
  await report.check('uninstalled application: its refresh token is RefreshTokenError', async () => {
    const error = await refused(open(tokens).auth.refreshAuth())
    assert.ok(error instanceof RefreshTokenError, String(error))
    assert.deepEqual([error.status, error.code], [401, 'NOT_INSTALLED'])
  })
}

/** stranger is a second application, with a scope of its own. */
export async function stranger(creds, management, scope = 'crm,user') {
  const app = await management.application('Second', scope)
  return { creds: { ...creds, client_id: app.client_id, client_secret: app.client_secret }, tokens: app.tokens }
}

/** ofTokens are refusals of access tokens, which the SDK answers with a refresh where that may help. */
export async function ofTokens(report, { creds, account, management }) {
  const fresh = () => management.tokens(creds.client_id, creds.user_id)
  const open = tokens => application(creds, account, { expires: inAnHour(), ...tokens }, unwatched)

  await report.check('tls: a call without a token is AjaxError 401 NO_AUTH_FOUND, and no refresh', async () => {
    const client = open({ accessToken: '', refreshToken: (await fresh()).refreshToken })
    client.setCallbackRefreshAuth(() => assert.fail('it refreshed'))
    await assertOnce(client, c => call(c, 'profile'), [401, 'NO_AUTH_FOUND', 'Wrong authorization data'])
  })
  for (const version of ['v2', 'v3']) {
    for (const [what, accessToken] of [['expired_token', creds.expired_access_token], ['invalid_token', unknownToken]]) {
      await report.check(`tls: by ${version}, on ${what} the SDK refreshes and goes on`, async () => {
        const client = open({ accessToken, refreshToken: (await fresh()).refreshToken })
        let renewed = 0
        client.setCallbackRefreshAuth(async () => { renewed++ })
        assert.ok((await client.actions[version].call.make({ method: 'profile' })).isSuccess)
        assert.deepEqual([renewed, attempts(client, version)], [1, 1])
      })
      await report.check(`tls: by ${version}, on ${what} with a refresh token that is void the SDK gives up at once`, async () => {
        const client = open({ accessToken, refreshToken: unknownToken })
        const error = await refused(client.actions[version].call.make({ method: 'profile' }))
        assert.ok(error.originalError instanceof RefreshTokenError, String(error))
        assert.deepEqual([error.originalError.status, error.originalError.code], [400, 'invalid_grant'])
        assert.equal(attempts(client, version), 1)
      })
    }
  }
  await report.check('tls: twenty calls at once with an expired token all succeed', async () => {
    const client = open({ accessToken: creds.expired_access_token, refreshToken: (await fresh()).refreshToken })
    let renewed = 0
    client.setCallbackRefreshAuth(async () => { renewed++ })
    const found = await Promise.all(Array.from({ length: 20 }, () => call(client, 'profile')))
    assert.ok(found.every(profile => profile.ID === String(creds.user_id)))
    // A refusal that comes after a refresh has ended makes the SDK refresh again.
    assert.ok(renewed >= 1 && renewed < 20, `${renewed} refreshes`)
  })
  await report.check('tls: a batch with an expired token refreshes and answers', async () => {
    const client = open({ accessToken: creds.expired_access_token, refreshToken: (await fresh()).refreshToken })
    const answer = await client.actions.v2.batch.make({ calls: { me: ['profile'] } })
    assert.equal(answer.getData().me.ID, String(creds.user_id))
  })
}
