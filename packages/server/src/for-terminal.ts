/** Text that others wrote, without what could steer the terminal that shows it. Ends of lines and tabs stay. */
export function forTerminal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '')
}
