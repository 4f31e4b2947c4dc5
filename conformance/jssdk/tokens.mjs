// Tokens that the SDK refreshes by itself; docs/protocol/oauth.md section 3.
import assert from 'node:assert/strict'
import { application, call, inAnHour } from './clients.mjs'
import { refused } from './report.mjs'

/**
 * refresh drives a client from an expired access token and returns the newest
 * tokens: each refresh makes those before void, the last one after a minute.
 */
export async function refresh(report, name, creds, account, refreshToken) {
  let newest = { accessToken: creds.access_token, refreshToken, expires: inAnHour() }
  const started = { accessToken: creds.expired_access_token, refreshToken, expires: inAnHour() }
  await report.check(`${name}: on expired_token the SDK refreshes by itself and goes on`, async () => {
    const client = application(creds, account, started)
    let renewed
    client.setCallbackRefreshAuth(async ({ b24OAuthParams }) => { renewed = { ...b24OAuthParams } })
    assert.equal((await call(client, 'profile')).ID, String(creds.user_id))
    assert.ok(renewed, 'it went on without a refresh')
    newest = { accessToken: renewed.accessToken, refreshToken: renewed.refreshToken, expires: renewed.expires }
    assert.notEqual(newest.refreshToken, refreshToken)
    assert.ok(newest.expires > Date.now() / 1000, 'the answer lacks `expires`')
    assert.deepEqual([renewed.clientEndpoint, renewed.serverEndpoint, renewed.status],
      [account.clientEndpoint, account.serverEndpoint, 'L'])
  })
  await report.check(`${name}: a refresh token works again while its answer may have been lost`, async () => {
    const again = await application(creds, account, started).auth.refreshAuth()
    assert.notEqual(again.refresh_token, refreshToken)
  })
  await report.check(`${name}: a token that expired by the SDK's own clock is refreshed before the call`, async () => {
    const client = application(creds, account, { ...newest, expires: 1 })
    client.setCallbackRefreshAuth(async ({ b24OAuthParams }) => {
      newest = { accessToken: b24OAuthParams.accessToken, refreshToken: b24OAuthParams.refreshToken, expires: b24OAuthParams.expires }
    })
    assert.equal((await call(client, 'profile')).ID, String(creds.user_id))
    assert.ok(newest.expires > 1)
  })
  await report.check(`${name}: a refresh token two before the newest is void`, async () => {
    const error = await refused(application(creds, account, started).auth.refreshAuth())
    assert.equal(error.code, 'invalid_grant')
  })
  return newest
}
