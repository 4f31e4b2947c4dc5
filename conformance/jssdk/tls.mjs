// What only a portal with TLS and its management API shows: long batches and
// lists, limits, REST 3.0, refusals that the operator brings about.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { realpath } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { rootCertificates } from 'node:tls'
import { batches } from './batch.mjs'
import { accountOf, application, hook } from './clients.mjs'
import { helper, helperOfHook, rights, tools } from './helper.mjs'
import { unwatched } from './journal.mjs'
import { operating, rate } from './limits.mjs'
import { lists, ownLists, seeded, swept } from './lists.mjs'
import { Management } from './management.mjs'
import { ofCalls, ofPeople, ofTokens, stranger } from './refusals.mjs'
import { users } from './users.mjs'
import { v3 } from './v3.mjs'

const userID = 2 // the portal's ordinary user

/** overTLS runs all of it. */
export async function overTLS(report, creds) {
  const portal = creds.tls_portal_url
  const place = { creds, account: accountOf(creds, portal, creds.tls_oauth_url), management: new Management(creds, portal) }
  const { account, management } = place
  await trust(report, creds)
  const tokens = await management.tokens(creds.client_id, creds.user_id)
  const theirs = await management.tokens(creds.client_id, userID)
  const theirHook = `${portal}/rest/${userID}/${await management.webhook(userID, 'crm')}/`
  const open = {
    webhook: logger => hook(creds.tls_webhook_url, logger),
    tls: logger => application(creds, account, tokens, logger),
  }
  for (const [name, make] of Object.entries(open)) await rate(report, name, () => make(unwatched), management)

  const second = await stranger(creds, management)
  const late = await operating(report, 'tls', {
    ...place, other: open.tls(), open: () => application(second.creds, account, second.tokens, unwatched),
  })

  const seed = await seeded(open.tls(), creds, userID)
  for (const [name, make] of Object.entries(open)) {
    await batches(report, name, make(), creds)
    await lists(report, name, make(), creds, seed)
    await v3(report, name, make(), creds)
    await ofCalls(report, name, make(unwatched), creds, name === 'webhook')
    await tools(report, name, make(), hook(`${portal}/rest/1/wrongwrongwrong1/`, unwatched), portal)
  }
  await ownLists(report, 'webhook of a user', hook(theirHook), creds, seed)
  await ownLists(report, 'tls, a user', application(creds, account, theirs), creds, seed)
  await swept(open.tls(), seed)

  await rights(report, 'tls', open.tls(), true)
  await rights(report, 'tls, a user', application(creds, account, theirs), false)
  await helper(report, { client: open.tls(), user: application(creds, account, theirs), creds })
  await helperOfHook(report, open.webhook(), creds)
  await users(report, 'tls', open.tls(), application(creds, account, theirs))
  await ofTokens(report, place)
  await ofPeople(report, place)
  await late()
  await management.uninstall(second.creds.client_id)
  await settled(report, management)
}

/** trust is what makes the rest of the run one over TLS. */
async function trust(report, creds) {
  await report.check('tls: the portal\'s authority is trusted by NODE_EXTRA_CA_CERTS, and certificates are judged', async () => {
    assert.equal(await realpath(process.env.NODE_EXTRA_CA_CERTS), await realpath(creds.ca_file))
    assert.ok(process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0')
    const stranger = httpsRequest(creds.tls_portal_url, { ca: rootCertificates, agent: false })
    const [error] = await once(stranger.end(), 'error')
    assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  })
}

/** settled is what the events of all these calls must come to: the portal's echo handler takes each. */
async function settled(report, management) {
  await report.check('portal: all events of the run are delivered, none failed', async () => {
    const due = Date.now() + 15_000
    let stats = await management.stats()
    while (stats.waiting + stats.in_flight > 0 && Date.now() < due) {
      await new Promise(resolve => setTimeout(resolve, 20))
      stats = await management.stats()
    }
    const { waiting, in_flight: inFlight, failed } = stats
    assert.deepEqual({ waiting, inFlight, failed }, { waiting: 0, inFlight: 0, failed: 0 })
    assert.ok(stats.events > 1000, `${stats.events} events`)
  })
}
