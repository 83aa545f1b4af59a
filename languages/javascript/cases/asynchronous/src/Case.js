exports.apply = async (input) => {
  await new Promise((resolve) => setTimeout(resolve, 10))
  if (input === 'boom') throw new Error(input)
  return `later ${input}`
}
