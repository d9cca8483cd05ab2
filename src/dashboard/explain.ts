import type { Tenant } from '../context.ts'
import { PROBLEMS, type Problem, type ProblemDetail } from '../lib/problem.ts'
import { PLANS, planOf } from '../organizations/plans.ts'

/** A refusal in words for somebody who filled in a form, and what is wrong with each field. */
export function explain(refusal: Problem, tenant?: Tenant): { message: string; errors: Record<string, string> } {
  const { details = [], param } = refusal.options
  if (refusal.code === 'VALIDATION_FAILED') {
    const errors = Object.fromEntries(details.toReversed().map((detail) => [fieldOf(detail.path), sentence(detail)]))
    if (details.length === 0 && param) errors[fieldOf(param)] = capital(refusal.message.replace(`${param}: `, ''))
    const count = Object.keys(errors).length
    return { message: count === 1 ? 'One field needs another look.' : `${count} fields need another look.`, errors }
  }
  if (refusal.code === 'PLAN_UPGRADE_REQUIRED' && tenant) return { message: planMessage(refusal, tenant), errors: {} }
  if (refusal.status >= 500) {
    const { requestId } = tenant ?? { requestId: '' }
    return { message: `We could not save. Nothing was lost. Try again. ${requestId}`.trim(), errors: {} }
  }
  if (refusal.options.message) return { message: refusal.message, errors: {} }
  return { message: `${refusal.message} ${PROBLEMS[refusal.code].action}`, errors: {} }
}

/** `behavior.greeting` and `include.0` belong to the fields `greeting` and `include`. */
function fieldOf(path: string): string {
  const names = path.split('.').filter((part) => !/^\d+$/.test(part))
  return names.at(-1) ?? path
}

function sentence({ message, code }: ProblemDetail): string {
  const bound = /([<>])=?(\d+)/.exec(message)
  if (code === 'too_small' && bound?.[2] === '1') return 'This is empty.'
  if (code === 'too_small' && bound) return `At least ${grouped(bound[2])}.`
  if (code === 'too_big' && bound) {
    const isText = message.includes('characters')
    return `At most ${grouped(bound[2])}${isText ? ' characters' : ''}.`
  }
  if (/url/i.test(message) && code === 'invalid_format') return 'This is no web address: it starts with https://.'
  if (code === 'invalid_type' || message === 'is empty') return 'This is empty.'
  return capital(message).replace(/[^.]$/, '$&.')
}

const grouped = (digits = '') => Number(digits).toLocaleString('en')
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const INCLUDED: Record<string, (plan: (typeof PLANS)[string] & object) => string> = {
  agents: (plan) => (plan.agents === 1 ? '1 agent' : `${plan.agents} agents`),
  documents: (plan) => `${plan.documents.toLocaleString('en')} documents an agent`,
}
const FEATURES: Record<string, string> = {
  byok: "the organization's own provider key",
  model_choice: 'a choice of model',
}

function planMessage({ options }: Problem, tenant: Tenant): string {
  const { feature, requiredPlan } = options.extra as { feature: string; requiredPlan: string | null }
  const plan = planOf(tenant.org)
  const next = requiredPlan ? PLANS[requiredPlan] : undefined
  const included = INCLUDED[feature]
  const has = included
    ? `The ${plan.name} plan includes ${included(plan)}.`
    : `The ${plan.name} plan does not include ${FEATURES[feature] ?? 'this'}.`
  if (!next) return `${has} Nothing was changed.`
  return `${has} ${next.name} includes ${included ? included(next) : 'it'}. Nothing was changed.`
}
