/** Takes away from files that author code left what they could do to those who mount them. */
import { runTool } from './tool.ts'

/** Read-only for everybody; drops setuid bits with it. */
export async function makeReadOnly(tree: string): Promise<void> {
  const executable = ['-type', 'f', '-perm', '/111', '-exec', 'chmod', '0555', '{}', '+']
  const plain = ['-type', 'f', '-exec', 'chmod', '0444', '{}', '+']
  const folders = ['-type', 'd', '-exec', 'chmod', '0755', '{}', '+']
  await runTool('find', [tree, ...folders, '-o', ...executable, '-o', ...plain])
}
