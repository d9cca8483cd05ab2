import type { Back } from '../back.ts'
import { Field, Form, HiddenFields } from '../parts/form.tsx'
import type { Visit } from '../visit.ts'

const ENVIRONMENTS = [
  ['live', 'Live'],
  ['test', 'Test: conversations stay apart'],
] as const

export const NewKeyForm = ({ visit, agentId, back }: { visit: Visit; agentId: string; back: Back }) => {
  const form = `new-key-${agentId}`
  return (
    <Form visit={visit} name={form} action={`/agents/${agentId}/keys`}>
      <HiddenFields of={back} />
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
