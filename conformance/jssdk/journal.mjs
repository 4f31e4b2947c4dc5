// What the SDK logs, and what anything prints beside the report.
import { Logger, LogLevel, MemoryHandler } from '@bitrix24/b24jssdk'

const handler = new MemoryHandler(LogLevel.WARNING, { limit: 10_000 })

/** watched is the logger of clients that are to have nothing to complain of. */
export const watched = Logger.create('conformance').pushHandler(handler)

/**
 * unwatched is the logger of clients that are refused on purpose. It is not the
 * SDK's null logger, in whose place the SDK writes to the console.
 */
export const unwatched = Logger.create('refused')

/** complaints are the records of the watched clients from a level upwards. */
export function complaints(level) {
  return handler.getRecords().filter(r => r.level >= level)
}

/** forgotten waits for what the SDK complains of rightly. Nothing else may run meanwhile. */
export async function forgotten(run) {
  const before = handler.getRecords()
  const value = await run
  await new Promise(setImmediate) // the SDK does not wait for its logger
  handler.clear()
  for (const record of before) await handler.handle(record)
  return value
}

/** deprecated says that the SDK only names a newer name of the same thing. */
export function deprecated(record) {
  return record.level === LogLevel.WARNING && record.context.code === 'JSSDK_CORE_DEPRECATED_METHOD'
}

/** overhear keeps a copy of all that is written to standard error from then on. */
export function overhear() {
  const heard = []
  const write = process.stderr.write.bind(process.stderr)
  process.stderr.write = (text, ...rest) => { heard.push(String(text)); return write(text, ...rest) }
  for (const name of ['log', 'info', 'debug', 'warn', 'error']) {
    const print = console.error.bind(console)
    console[name] = (...args) => print(...args)
  }
  return heard
}
