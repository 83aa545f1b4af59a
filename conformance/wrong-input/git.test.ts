/** Git over HTTP: who may not, what is no git, refused pushes, dangerous trees (runtime.md 1.4, rest-api.md X22, design.md 6). */
import { accessRows } from './git/access.ts'
import { garbageRows } from './git/garbage.ts'
import { pushRows } from './git/pushes.ts'
import { forge, open } from './git/scene.ts'
import { treeRows } from './git/tree-rows.ts'
import { testTheme } from './lib/rows.ts'

testTheme({ name: 'git', rows: [...accessRows, ...garbageRows, ...pushRows, ...treeRows(() => forge)], open })
