// The SDK's clients as an application makes them, for one base of the portal.
import { ApiVersion, B24Hook, B24OAuth, EnumAppStatus, ParamsFactory } from '@bitrix24/b24jssdk'
import { watched } from './journal.mjs'

/**
 * unlimited are the SDK's limits for a portal without any, as that of `onevent dev`;
 * its three tries stay.
 */
export function unlimited() {
  return {
    ...ParamsFactory.getDefault(),
    rateLimit: { burstLimit: 10_000, drainRate: 1_000, adaptiveEnabled: false },
    retryDelay: 100,
  }
}

function logging(client, logger = watched) {
  client.setLogger(logger)
  return client
}

/** call returns `result` of a method. */
export async function call(client, method, params = {}) {
  const answer = await client.actions.v2.call.make({ method, params })
  if (!answer.isSuccess) throw new Error(answer.getErrorMessages().join('; '))
  return answer.getData().result
}

/** account is what every event of the portal says about it, seen from a base. */
export function accountOf(creds, portalURL, oauthURL) {
  return {
    portalURL,
    clientEndpoint: `${portalURL}/rest/`,
    serverEndpoint: `${oauthURL}/rest/`,
    domain: creds.domain,
    memberId: creds.member_id,
    scope: creds.scope,
    userId: Number(creds.user_id),
    applicationToken: creds.application_token,
  }
}

/** hook is a client of an incoming webhook; the SDK takes https alone. */
export function hook(url, logger) {
  return logging(B24Hook.fromWebhookUrl(url, { restrictionParams: unlimited() }), logger)
}

/** application is a client with tokens: { accessToken, refreshToken, expires }. */
export function application(creds, account, tokens, logger) {
  const params = {
    applicationToken: account.applicationToken,
    userId: account.userId,
    memberId: account.memberId,
    accessToken: tokens.accessToken,
    refreshToken: tokens.refreshToken,
    expires: tokens.expires,
    expiresIn: 3600,
    scope: account.scope,
    domain: account.domain,
    clientEndpoint: account.clientEndpoint,
    serverEndpoint: account.serverEndpoint,
    status: EnumAppStatus.Local,
  }
  const secret = { clientId: creds.client_id, clientSecret: creds.client_secret }
  return logging(new B24OAuth(params, secret, { restrictionParams: unlimited() }), logger)
}

/** fromEvent is a client made of the authorisation that an event brought. */
export function fromEvent(creds, fields) {
  const auth = key => fields.get(`auth[${key}]`)
  const account = {
    clientEndpoint: auth('client_endpoint'),
    serverEndpoint: auth('server_endpoint'),
    domain: auth('domain'),
    memberId: auth('member_id'),
    scope: auth('scope'),
    userId: Number(auth('user_id')),
    applicationToken: auth('application_token'),
  }
  return application(creds, account, {
    accessToken: auth('access_token'),
    refreshToken: auth('refresh_token') ?? '',
    expires: Number(auth('expires')),
  })
}

/** attempts counts the requests of a client so far, the SDK's own repeats too. */
export function attempts(client, version = ApiVersion.v2) {
  return client.getHttpClient(version).getStats().totalRequests
}

/** inAnHour is an expiry that makes the SDK leave the judgement to the server. */
export function inAnHour() {
  return Math.floor(Date.now() / 1000) + 3600
}
