import { Field, Form } from '../parts/form.tsx'
import type { Visit } from '../visit.ts'

const ENVIRONMENTS = [
  ['live', 'Live'],
  ['test', 'Test: conversations stay apart'],
] as const

export const NewKeyForm = ({
  visit,
  agentId,
  back,
}: {
  visit: Visit
  agentId: string
  back: 'deploy' | 'keys' | 'start'
}) => {
  const form = `new-key-${agentId}`
  return (
    <Form visit={visit} name={form} action={`/agents/${agentId}/keys`}>
      <input type="hidden" name="back" value={back} />
      <Field
        visit={visit}
        form={form}
        name="name"
        label="Name"
        hint="Where it will be used."
        value=""
        placeholder="Website server"
        required
      />
      <Field visit={visit} form={form} name="environment" label="Environment" options={ENVIRONMENTS} value="live" />
      <div>
        <button class="btn p">Create key</button>
      </div>
    </Form>
  )
}
