/** The entry of `names` that needs the fewest edits to become `text`; for "did you mean" messages. */
export function nearest(text: string, names: readonly string[]): string {
  const ranked = names.map((name) => ({ name, edits: editDistance(text, name) }))
  return ranked.sort((a, b) => a.edits - b.edits)[0]?.name ?? ''
}

/** Levenshtein distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (let column = 1; column <= to.length; column++) {
      const substitution = at(row, column - 1) + (letter === to[column - 1] ? 0 : 1)
      next.push(Math.min(substitution, at(row, column) + 1, at(next, column - 1) + 1))
    }
    row = next
  }
  return at(row, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0
}
