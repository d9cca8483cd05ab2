/** Runs a Worker in a process of its own that can be killed: `node workerd-child.ts <options as JSON>`. */
import { createServer } from 'node:http'
import { bodyOf, listen } from './local-http.ts'
import { type ObjectName, Workerd, type WorkerdOptions } from './workerd.ts'

const worker = await Workerd.start(JSON.parse(process.argv[2] ?? '') as WorkerdOptions)

type Call =
  | { binding: ObjectName; name: string; method: string; values: unknown[] }
  | { sql: string; values: unknown[] }

const control = createServer((req, res) => {
  bodyOf(req)
    .then((body) => {
      const call = JSON.parse(body) as Call
      if ('sql' in call) return worker.sql(call.sql, call.values)
      return worker.call(call.binding, call.name, call.method, ...call.values)
    })
    .then(
      (result) => res.end(JSON.stringify({ result })),
      (error: unknown) => res.writeHead(500).end(String(error)),
    )
})
console.log(JSON.stringify({ control: await listen(control), baseUrl: worker.baseUrl }))
