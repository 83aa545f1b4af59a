/** `algorist explain` */
import { explain } from '../call-log/explain.ts'
import type { Command } from './command.ts'

export const callCommands: readonly Command[] = [
  {
    name: 'explain',
    arguments: ['request'],
    options: {},
    summary:
      'say all that is known of a call and its session: who, what, where the time went, how it ended, what to do',
    isChange: false,
    run: async ({ services, given }) => {
      const explanation = await explain(services, given.request ?? '')
      const { sentences, advice } = explanation
      return { text: `${[...sentences, ...advice].join('\n')}\n`, data: explanation }
    },
  },
]
