/** Runs a Worker in a process of its own that can be killed: `node workerd-child.ts <options as JSON>`. */
import { createServer } from 'node:http'
import { bodyOf, listen } from './local-http.ts'
import { type ObjectName, Workerd, type WorkerdOptions } from './workerd.ts'

const worker = await Workerd.start(JSON.parse(process.argv[2] ?? '') as WorkerdOptions)

type Call = { binding: ObjectName; name: string; method: string; values: unknown[] }

const control = createServer((req, res) => {
  bodyOf(req)
    .then((body) => {
      const { binding, name, method, values } = JSON.parse(body) as Call
      return worker.call(binding, name, method, ...values)
    })
    .then(
      (result) => res.end(JSON.stringify({ result })),
      (error: unknown) => res.writeHead(500).end(String(error)),
    )
})
console.log(JSON.stringify({ control: await listen(control), baseUrl: worker.baseUrl }))
