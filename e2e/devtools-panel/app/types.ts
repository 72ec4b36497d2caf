export type { ManyLab } from './many.ts'
export type { Lab } from './page.ts'
