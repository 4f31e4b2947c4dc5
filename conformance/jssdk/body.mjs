// The bytes of an event, docs/protocol/events.md sections 2.1 and 3.1, written
// from the protocol and not from what the server sends: what varies is taken
// from the received body, everything else from the portal's credentials.

/** encode escapes as PHP's http_build_query does (RFC 1738). */
export function encode(text) {
  return encodeURIComponent(text)
    .replace(/[!'()*~]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase())
    .replace(/%20/g, '+')
}

/** form joins pairs in their order; brackets are escaped in keys too. */
export function form(pairs) {
  return pairs.map(([key, value]) => `${encode(key)}=${encode(String(value))}`).join('&')
}

/** parse reads a body into a map of `auth[user_id]`-like keys. */
export function parse(raw) {
  const fields = new Map()
  for (const pair of raw.split('&')) {
    const [key, value = ''] = pair.split('=').map(part => decodeURIComponent(part.replaceAll('+', ' ')))
    fields.set(key, value)
  }
  return fields
}

/**
 * expected builds the whole body that the protocol demands of an event with a
 * user. Only handler id, object id, ts and tokens come from the received one.
 */
export function expected(raw, event, { idKey, refresh, account }) {
  const got = parse(raw)
  const ts = Number(got.get('ts'))
  return form([
    ['event', event],
    ['event_handler_id', got.get('event_handler_id')],
    [idKey, got.get(idKey)],
    ['ts', ts],
    ['auth[access_token]', got.get('auth[access_token]')],
    ['auth[expires]', ts + 3600],
    ['auth[expires_in]', 3600],
    ['auth[scope]', account.scope],
    ['auth[domain]', account.domain],
    ['auth[server_endpoint]', account.serverEndpoint],
    ['auth[status]', 'L'],
    ['auth[client_endpoint]', account.clientEndpoint],
    ['auth[member_id]', account.memberId],
    ['auth[user_id]', account.userId],
    ...(refresh ? [['auth[refresh_token]', got.get('auth[refresh_token]')]] : []),
    ['auth[application_token]', account.applicationToken],
  ])
}
