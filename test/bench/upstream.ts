// The model of the benchmark: `test/support/fake-openai.ts` as a process that ends with the one that started it.
import { startFakeOpenAI } from '../support/fake-openai.ts'

// Thousands of bodies would be kept for nobody.
const { url } = await startFakeOpenAI({ record: false })
console.log(JSON.stringify({ url }))
process.stdin.once('end', () => process.exit()).resume()
