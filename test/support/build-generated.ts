import { buildPdfSandbox } from '../../src/cli/build-pdf-sandbox.ts'

/** What wrangler's [build] command makes, for tests that bundle the sources without wrangler. */
export default async function setup(): Promise<void> {
  await buildPdfSandbox()
}
