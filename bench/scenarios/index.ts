import type { Scenario } from '../scenario.ts'
import { seen } from './devtools.ts'
import { files } from './files.ts'
import { fsm } from './fsm.ts'
import { machines } from './machines.ts'
import { models } from './models.ts'
import { rows } from './rows.ts'
import { workers } from './workers.ts'

export const scenarios: readonly Scenario[] = [...models, ...rows, ...files, ...machines, ...seen, ...fsm, ...workers]
