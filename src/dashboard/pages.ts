// Every page and every form of the dashboard, for who has signed in.
import { agentActions, agentPages } from './pages/agents.tsx'
import { agentSettingsActions, agentSettingsPages } from './pages/agent-settings.tsx'
import { addSourceActions, addSourcePages } from './pages/add-source.tsx'
import { auditDownloads, auditPages } from './pages/audit.tsx'
import { behaviourActions, behaviourPages } from './pages/behaviour.tsx'
import { deployActions, deployPages } from './pages/deploy.tsx'
import { documentActions, documentPages } from './pages/document.tsx'
import { homePages } from './pages/home.tsx'
import { keyActions, keyPages } from './pages/keys.tsx'
import { knowledgePages } from './pages/knowledge.tsx'
import { overviewPages } from './pages/overview.tsx'
import { settingsActions, settingsPages } from './pages/settings.tsx'
import { sourceActions, sourcePages } from './pages/source.tsx'
import { startActions, startPages } from './pages/start.tsx'
import { teamActions, teamPages } from './pages/team.tsx'
import { testerActions, testerPages } from './pages/tester.tsx'
import { usagePages } from './pages/usage.tsx'
import type { Action, Download, Page } from './visit.ts'

/** A fixed path comes before one with a parameter in its place. */
export const pages: readonly Page[] = [
  ...homePages,
  ...startPages,
  ...agentPages,
  ...overviewPages,
  ...behaviourPages,
  ...addSourcePages,
  ...sourcePages,
  ...documentPages,
  ...knowledgePages,
  ...testerPages,
  ...deployPages,
  ...agentSettingsPages,
  ...keyPages,
  ...usagePages,
  ...teamPages,
  ...auditPages,
  ...settingsPages,
]

export const actions: readonly Action[] = [
  ...startActions,
  ...agentActions,
  ...behaviourActions,
  ...addSourceActions,
  ...sourceActions,
  ...documentActions,
  ...testerActions,
  ...deployActions,
  ...agentSettingsActions,
  ...keyActions,
  ...teamActions,
  ...settingsActions,
]

export const downloads: readonly Download[] = auditDownloads
