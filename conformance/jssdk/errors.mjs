// Refusals as the SDK's error classes tell them; docs/protocol/rest.md section 6
// and docs/protocol/oauth.md section 4.
import assert from 'node:assert/strict'
import { AjaxError, RefreshTokenError, SdkError } from '@bitrix24/b24jssdk'
import { application, call, hook, inAnHour } from './clients.mjs'
import { unwatched } from './journal.mjs'
import { refused } from './report.mjs'

const unknownToken = '00'.repeat(60)

function assertAjax(error, status, code) {
  assert.ok(error instanceof AjaxError, String(error))
  assert.deepEqual([error.status, error.code], [status, code], error.message)
}

/** ofHook are refusals of an incoming webhook. */
export async function ofHook(report, client, creds) {
  await report.check('webhook: a wrong code is AjaxError 401 INVALID_CREDENTIALS', async () => {
    const url = creds.tls_webhook_url.replace(/[^/]+\/?$/, 'wrongwrongwrong1')
    assertAjax(await refused(call(hook(url, unwatched), 'profile')), 401, 'INVALID_CREDENTIALS')
  })
  await report.check('webhook: event.bind is AjaxError 403 WRONG_AUTH_TYPE', async () => {
    const params = { event: 'ONCRMACTIVITYADD', handler: 'https://app.example/' }
    assertAjax(await refused(call(client, 'event.bind', params)), 403, 'WRONG_AUTH_TYPE')
  })
}

/** ofApplication are refusals of an application's calls. */
export async function ofApplication(report, name, client, creds) {
  await report.check(`${name}: a method outside the scope is AjaxError 403 insufficient_scope`, async () => {
    assertAjax(await refused(call(client, creds.no_scope_method)), 403, 'insufficient_scope')
  })
  await report.check(`${name}: an unknown method is AjaxError 404 ERROR_METHOD_NOT_FOUND`, async () => {
    assertAjax(await refused(call(client, 'no.such.method')), 404, 'ERROR_METHOD_NOT_FOUND')
  })
  await report.check(`${name}: event.bind without an event is AjaxError 400 ERROR_ARGUMENT`, async () => {
    assertAjax(await refused(call(client, 'event.bind', { handler: 'https://app.example/' })), 400, 'ERROR_ARGUMENT')
  })
  await report.check(`${name}: event.bind of an unknown event is AjaxError 400 ERROR_EVENT_NOT_FOUND`, async () => {
    const params = { event: 'ONNOTHING', handler: 'https://app.example/' }
    assertAjax(await refused(call(client, 'event.bind', params)), 400, 'ERROR_EVENT_NOT_FOUND')
  })
  await report.check(`${name}: a missing activity is AjaxError 400`, async () => {
    // The code is empty on the wire, and for an empty one the SDK puts its own.
    assertAjax(await refused(call(client, 'crm.activity.get', { id: 987654321 })), 400, 'ERR_BAD_REQUEST')
  })
}

/** ofRefresh are refusals of the authorisation server. */
export async function ofRefresh(report, name, creds, account, refreshToken) {
  const withTokens = (accessToken, refresh, secret = creds.client_secret) =>
    application({ ...creds, client_secret: secret }, account,
      { accessToken, refreshToken: refresh, expires: inAnHour() }, unwatched)
  await report.check(`${name}: unknown tokens are RefreshTokenError 400 invalid_grant`, async () => {
    const error = await refused(call(withTokens(unknownToken, unknownToken), 'profile'))
    assert.ok(error.originalError instanceof RefreshTokenError || error instanceof RefreshTokenError, String(error))
  })
  await report.check(`${name}: the refresh itself is refused with 400 invalid_grant`, async () => {
    const error = await refused(withTokens(unknownToken, unknownToken).auth.refreshAuth())
    assert.ok(error instanceof RefreshTokenError, String(error))
    assert.deepEqual([error.status, error.code], [400, 'invalid_grant'])
  })
  await report.check(`${name}: a wrong client_secret is RefreshTokenError 401 invalid_client`, async () => {
    const error = await refused(withTokens(unknownToken, refreshToken, 'wrong').auth.refreshAuth())
    assert.ok(error instanceof RefreshTokenError, String(error))
    assert.deepEqual([error.status, error.code], [401, 'invalid_client'])
  })
  await report.check(`${name}: an unknown client_id is answered 200 wrong_client`, async () => {
    const stranger = application({ ...creds, client_id: 'local.00000000000000.00000000' }, account,
      { accessToken: unknownToken, refreshToken, expires: inAnHour() }, unwatched)
    const error = await refused(stranger.auth.refreshAuth())
    assert.ok(error instanceof SdkError, String(error))
    assert.match(error.message, /wrong_client/)
  })
}
