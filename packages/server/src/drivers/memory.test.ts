import { createMemoryDriver } from './memory.ts'
import { testDriver } from './suite.ts'

testDriver('the memory driver', async () => ({ driver: createMemoryDriver() }))
