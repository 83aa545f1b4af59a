/** Callers who may not, and what is not there for them (rest-api.md 1.3, 3.2, 3.4, 4.2, 4.7). */
import { browserRows, keyRows } from './access/keys.ts'
import { managementRows } from './access/management.ts'
import { missingRows } from './access/missing.ts'
import { openScene } from './access/scene.ts'
import { leftAlone, valueRows } from './access/values.ts'
import { testTheme } from './lib/rows.ts'

testTheme({
  name: 'access',
  rows: [...keyRows, ...browserRows, ...missingRows, ...managementRows, ...valueRows, leftAlone],
  open: openScene,
})
