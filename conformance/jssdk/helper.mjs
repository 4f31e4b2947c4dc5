// The SDK's tools and its helper manager, which read a portal by batches;
// docs/protocol/clients.md section 3 and docs/protocol/rest.md section 11.
import assert from 'node:assert/strict'
import { ApiVersion, B24HelperManager, LoadDataType, useB24Helper } from '@bitrix24/b24jssdk'
import { call } from './clients.mjs'
import { refused } from './report.mjs'

/** tools ask whether the portal is there. wrong is a client that no portal lets in. */
export async function tools(report, name, client, wrong, base) {
  await report.check(`${name}: healthCheck and ping of a client that is let in, and of one that is not`, async () => {
    assert.equal(await client.tools.healthCheck.make({ requestId: 'health' }), true)
    assert.equal(await wrong.tools.healthCheck.make(), false)
    assert.ok(await client.tools.ping.make({ requestId: 'ping' }) >= 0)
    assert.equal(await wrong.tools.ping.make(), -1)
  })
  await report.check(`${name}: the client names the portal's address`, async () => {
    assert.equal(client.getTargetOrigin(), base)
  })
}

/** rights are what initIsAdmin learns, by either protocol. */
export async function rights(report, name, client, isAdmin) {
  for (const version of [ApiVersion.v2, ApiVersion.v3]) {
    await report.check(`${name}: by ${version}, initIsAdmin says ${isAdmin}`, async () => {
      await client.auth.initIsAdmin(client.getHttpClient(version))
      assert.equal(client.auth.isAdmin, isAdmin)
    })
  }
  await report.check(`${name}: initIsAdmin of the client says ${isAdmin}`, async () => {
    await client.initIsAdmin()
    assert.equal(client.auth.isAdmin, isAdmin)
  })
}

async function loaded(client, ...types) {
  const helper = new B24HelperManager(client)
  helper.setLogger(client.getLogger())
  await helper.loadData(types)
  return helper
}

/**
 * helper is the helper manager of an application: client is the administrator's,
 * user an ordinary user's. Both must be new, since the helper narrows their limits
 * to those of the portal's plan.
 */
export async function helper(report, { client, user, creds }) {
  const { App, Profile, AppOptions, UserOptions } = LoadDataType
  await report.check('helper: loads application, user and options in one batch', async () => {
    const found = await loaded(client, App, Profile, AppOptions, UserOptions)
    const { data } = found.appInfo
    assert.deepEqual([data.code, data.status, data.isInstalled, found.appInfo.statusCode], [creds.client_id, 'L', true, 'Local'])
    assert.ok(data.id > 0 && data.version > 0)
    assert.deepEqual([found.profileInfo.data.id, found.profileInfo.data.isAdmin], [Number(creds.user_id), true])
    assert.deepEqual(found.paymentInfo.data, { isExpired: false, days: 0 })
    assert.deepEqual([found.appOptions.data.size, found.userOptions.data.size], [0, 0])
    assert.equal(client.getHttpClient(ApiVersion.v2).getStats().totalRequests, 1)
  })
  await report.check('helper: reads the plan, and takes the portal for a cloud account', async () => {
    const found = await loaded(client, App, Profile)
    const { license, licenseType, licenseFamily } = found.licenseInfo.data
    assert.deepEqual([license, licenseType, licenseFamily], ['en_pro', 'pro', 'pro'])
    assert.deepEqual([found.isSelfHosted, found.primaryKeyIncrementValue], [false, 2])
    assert.equal(found.forB24Form.app_code, creds.client_id)
    assert.equal(client.getHttpClient(ApiVersion.v2).getRestrictionManagerParams().rateLimit.burstLimit, 50)
  })
  await report.check('helper: useB24Helper gives one helper', async () => {
    const { initB24Helper, getB24Helper, isInitB24Helper, destroyB24Helper } = useB24Helper()
    await initB24Helper(client)
    assert.ok(isInitB24Helper())
    assert.equal(getB24Helper().profileInfo.data.id, Number(creds.user_id))
    destroyB24Helper()
  })
  await options(report, client, user)
  await unknown(report, client)
}

async function options(report, client, user) {
  const { AppOptions, UserOptions } = LoadDataType
  await report.check('helper: options are saved, and read back by their kinds', async () => {
    const before = await loaded(client, AppOptions, UserOptions)
    const values = {
      json: before.appOptions.encode({ a: [1, 2], 'ü': '&=+#' }), list: before.appOptions.encode([3, 4]),
      whole: 42, float: 1.5, yes: 'Y', no: 'N', text: 'a & b', date: '2030-05-06T10:00:00+02:00', empty: '',
    }
    const saved = await before.appOptions.save(values)
    assert.deepEqual([saved.isSuccess, saved.getData()], [true, [true]], saved.getErrorMessages().join('; '))
    const { appOptions } = await loaded(client, AppOptions)
    assert.deepEqual(appOptions.getJsonObject('json'), { a: [1, 2], 'ü': '&=+#' })
    assert.deepEqual(appOptions.getJsonArray('list'), [3, 4])
    assert.deepEqual([appOptions.getInteger('whole'), appOptions.getFloat('float')], [42, 1.5])
    assert.deepEqual([appOptions.getBoolYN('yes'), appOptions.getBoolYN('no'), appOptions.getBoolNY('none')], [true, false, false])
    assert.deepEqual([appOptions.getString('text'), appOptions.getString('empty', 'absent')], ['a & b', ''])
    assert.equal(appOptions.getDate('date').toMillis(), Date.parse('2030-05-06T08:00:00Z'))
  })
  await report.check('helper: saving some options leaves the others', async () => {
    const { appOptions } = await loaded(client, AppOptions)
    assert.ok((await appOptions.save({ whole: 43 })).isSuccess)
    const after = (await loaded(client, AppOptions)).appOptions
    assert.deepEqual([after.getInteger('whole'), after.getString('text')], [43, 'a & b'])
  })
  await report.check('helper: a user reads the application\'s options and has his own', async () => {
    const theirs = await loaded(user, AppOptions, UserOptions)
    assert.equal(theirs.appOptions.getInteger('whole'), 43)
    assert.ok((await theirs.userOptions.save({ colour: 'green' })).isSuccess)
    assert.equal((await loaded(user, UserOptions)).userOptions.getString('colour'), 'green')
    assert.equal((await loaded(client, UserOptions)).userOptions.getString('colour', 'none'), 'none')
  })
  await report.check('helper: a user who saves the application\'s options is told ACCESS_DENIED', async () => {
    const { appOptions } = await loaded(user, AppOptions)
    const saved = await appOptions.save({ whole: 44 })
    assert.deepEqual([...saved.getErrors()].map(e => e.code), ['ACCESS_DENIED'])
    const error = await refused(call(user, 'app.option.set', { options: { whole: 44 } }))
    assert.deepEqual([error.status, error.code, error.message],
      [403, 'ACCESS_DENIED', 'Access denied! Administrator authorization required'])
  })
  await report.check('helper: options that are parameters are kept without those that the SDK adds to each call', async () => {
    const before = [...(await loaded(user, UserOptions)).userOptions.data.keys()]
    assert.equal(await call(user, 'user.option.set', { direct: [1, { two: true }] }), true)
    const { data } = (await loaded(user, UserOptions)).userOptions
    assert.deepEqual([...data.keys()], [...before, 'direct'])
    assert.deepEqual(data.get('direct'), [1, { two: true }])
    assert.deepEqual(await call(user, 'user.option.get', { option: 'direct' }), [1, { two: true }])
    assert.equal(await call(user, 'user.option.get', { option: 'none' }), null)
  })
  await report.check('helper: saving nothing is 400 ERROR_ARGUMENT', async () => {
    const error = await refused(call(client, 'app.option.set', { options: {} }))
    assert.deepEqual([error.status, error.code], [400, 'ERROR_ARGUMENT'])
  })
}

/** unknown are the methods that the helper can ask for and a portal here lacks. */
async function unknown(report, client) {
  const { Profile, Currency, AppOptions } = LoadDataType
  await report.check('helper: without currencies, it loads what it asked for before them', async () => {
    const found = await loaded(client, Profile, Currency)
    assert.ok(found.profileInfo.data.id > 0)
    assert.throws(() => found.currency, /currency not initialized/)
  })
  await report.check('helper: options are saved also where there is no pull server to tell', async () => {
    const { appOptions } = await loaded(client, AppOptions)
    const saved = await appOptions.save({ pulled: 1 }, { command: 'changed', params: {}, moduleId: 'application' })
    assert.deepEqual([...saved.errors].map(([key, e]) => [key, e.code]), [['1', 'ERROR_METHOD_NOT_FOUND']])
    assert.equal((await loaded(client, AppOptions)).appOptions.getInteger('pulled'), 1)
  })
}

/** helperOfHook is the helper manager of a webhook, which has no application. */
export async function helperOfHook(report, client, creds) {
  const { App, Profile, AppOptions } = LoadDataType
  await report.check('helper of a webhook: loads the plan and the user', async () => {
    const found = await loaded(client, App, Profile)
    assert.deepEqual([found.licenseInfo.data.license, found.profileInfo.data.id], ['en_pro', Number(creds.user_id)])
  })
  await report.check('helper of a webhook: options need an application, 403 ACCESS_DENIED', async () => {
    const error = await refused(call(client, 'app.option.get'))
    assert.deepEqual([error.status, error.code, error.message], [403, 'ACCESS_DENIED', 'Access denied! Application context required'])
    const found = await loaded(client, Profile, AppOptions)
    assert.throws(() => found.appOptions, /appOptions not initialized/)
  })
}
