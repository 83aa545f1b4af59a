/** A reporter of node:test: prints each case as the line that lib/cases.ts reads. */
module.exports = async function* report(events) {
  let count = 0
  for await (const { type, data } of events) {
    if (type === 'test:pass' || type === 'test:fail') {
      count += 1
      yield type === 'test:pass' ? `ok ${data.name}\n` : `not ok ${data.name}: ${reasonOf(data.details.error)}\n`
    }
  }
  yield `cases ${count}\n`
}

function reasonOf(error) {
  return String(error.cause?.message ?? error.message).replace(/\s+/g, ' ')
}
