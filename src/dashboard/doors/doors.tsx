import { Hono } from 'hono'
import type { AppEnv } from '../../http/receive.ts'
import { confirm } from './confirm.tsx'
import { forgotPassword } from './forgot-password.tsx'
import { invitation } from './invitation.tsx'
import { workspaces } from './new-workspace.tsx'
import { signIn } from './sign-in.tsx'
import { signUp } from './sign-up.tsx'

/** The pages of who has not signed in, or is a member of nothing. */
export const doors = new Hono<AppEnv>()
for (const door of [signIn, signUp, confirm, forgotPassword, invitation, workspaces]) doors.route('/', door)
