/** Requests that are wrong before anything is run (rest-api.md 1.2, 1.5, 4.1, 4.4, 4.7). */
import { testTheme } from './lib/rows.ts'
import { bodyRows } from './requests/bodies.ts'
import { httpRows } from './requests/http.ts'
import { managementRows } from './requests/member-rows.ts'
import { pathRows } from './requests/path-rows.ts'
import { ground, openScene } from './requests/scene.ts'
import { sizeRows } from './requests/sizes.ts'
import { smugglingRows } from './requests/smuggling.ts'

testTheme({
  name: 'requests',
  rows: [
    ...bodyRows,
    ...httpRows,
    ...sizeRows,
    ...smugglingRows,
    ...pathRows(() => ground),
    ...managementRows(() => ground),
  ],
  open: openScene,
})
