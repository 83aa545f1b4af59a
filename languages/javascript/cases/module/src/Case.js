import client from 'algorithmia'

export const apply = async (input) => `${input} ${typeof client.client}`
