'use strict'
// Tells which dependencies the platform itself provides.

const PROVIDED = { algorithmia: [0, 3, 10] }

/**
 * Whether `name` is one of our packages and `range` an open range that holds our version. An exact version means the
 * original package.
 */
function isProvided(name, range) {
  const version = PROVIDED[name]
  if (version === undefined || typeof range !== 'string') return false
  return range
    .trim()
    .split(/\s*\|\|\s*/)
    .some((alternative) => holds(alternative, version))
}

function holds(range, version) {
  if (range === '' || range === '*' || range === 'latest') return true
  const match = /^(\^|~|>=)?\s*v?(\d+)(?:\.(\d+|x|\*))?(?:\.(\d+|x|\*))?$/i.exec(range)
  if (match === null) return false
  const [, operator = '', ...parts] = match
  const wanted = parts.filter((part) => /^\d+$/.test(part ?? '')).map(Number)
  if (operator === '') return wanted.length < 3 && startsWith(version, wanted)
  return compare(version, wanted) >= 0 && startsWith(version, wanted.slice(0, fixedParts(operator, wanted)))
}

/** How many leading numbers may not change: `^` keeps everything up to the first number that is not zero. */
function fixedParts(operator, wanted) {
  if (operator === '>=') return 0
  if (operator === '~') return Math.min(2, wanted.length)
  const firstNonZero = wanted.findIndex((part) => part !== 0)
  return firstNonZero === -1 ? wanted.length : firstNonZero + 1
}

function startsWith(version, wanted) {
  return wanted.every((part, index) => version[index] === part)
}

function compare(version, wanted) {
  for (const [index, part] of version.entries()) {
    const difference = part - (wanted[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

module.exports = { isProvided }
