/**
 * The work that every JavaScript server here does, and the algorithm that Algorist is given: which one, the input says.
 * The prediction is that of the Python servers' model, as a dot product.
 */
const COEFFICIENTS = [
  [-0.4202, 0.9669, -2.5189, -1.0846],
  [0.5319, -0.3153, -0.2041, -0.9428],
  [-0.1116, -0.6517, 2.723, 2.0274],
]
const INTERCEPTS = [9.8417, 2.2245, -12.0662]

export const apply = (input) => {
  if (input.name !== undefined) return `Hello ${input.name}`
  if (input.data !== undefined) return input.data
  return input.x.map(classOf)
}

function classOf(row) {
  const scores = COEFFICIENTS.map((weights, index) =>
    weights.reduce((sum, weight, column) => sum + weight * row[column], INTERCEPTS[index]),
  )
  return scores.indexOf(Math.max(...scores))
}
