import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { admits } from './admission.ts'

const host = 'localhost:5173'
const answered: [string, IncomingHttpHeaders][] = [
  ['its own page', { host, 'sec-fetch-site': 'same-origin' }],
  ['its own page, sending', { host, 'sec-fetch-site': 'same-origin', origin: `http://${host}` }],
  ['a typed address', { host, 'sec-fetch-site': 'none' }],
  ['no browser', { host }],
  ['an old browser, sending', { host, origin: `http://${host}` }],
  ['an address of the network', { host: '192.168.1.7:5173', origin: 'http://192.168.1.7:5173' }],
  ['IPv6', { host: '[::1]:5173', origin: 'http://[::1]:5173' }],
  ['HTTP/2', { ':authority': 'localhost:5173', 'sec-fetch-site': 'same-origin' }],
  ['letters of any case', { host: 'LocalHost:5173', origin: 'http://localhost:5173' }],
  ['a port that goes without saying', { host: 'localhost', origin: 'http://localhost' }],
  ['a sub-domain of localhost', { host: 'app.localhost:5173', 'sec-fetch-site': 'same-origin' }],
]
const refused: [string, IncomingHttpHeaders][] = [
  ['another port', { host, 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }],
  ['another port, without Origin', { host, 'sec-fetch-site': 'same-site' }],
  ['another site', { host, 'sec-fetch-site': 'cross-site' }],
  ['an old browser on another port', { host, origin: 'http://localhost:3000' }],
  ['another scheme on its own port', { host: 'localhost', origin: 'http://localhost:8080' }],
  ['a sandboxed frame', { host, origin: 'null' }],
  ['an empty Origin', { host, origin: '' }],
  ['an Origin that is none', { host, origin: host }],
  ['a site nobody has heard of', { host, 'sec-fetch-site': 'friendly' }],
  ['two answers in one', { host, 'sec-fetch-site': 'same-origin, cross-site' }],
  ['an empty site', { host, 'sec-fetch-site': '' }],
  ['the Origin of a longer host', { host, origin: 'http://localhost:51730' }],
  ['a host in the user name', { host, origin: 'http://localhost:5173@evil.example' }],
  ['a name rebound to this address', { host: 'evil.example:5173', 'sec-fetch-site': 'same-origin' }],
  ['a name that ends alike', { host: 'evillocalhost:5173', 'sec-fetch-site': 'same-origin' }],
  ['a host with a path', { host: 'localhost/evil.example' }],
  ['no host', { 'sec-fetch-site': 'same-origin' }],
]

describe('a request may have an answer', () => {
  test.each(answered)('from %s', (_, headers) => {
    expect(admits(headers, [])).toBe(true)
  })
})
describe('a request is refused', () => {
  test.each(refused)('from %s', (_, headers) => {
    expect(admits(headers, [])).toBe(false)
  })
})

test.each([
  ['dev.example', ['dev.example'], true],
  ['a.dev.example', ['dev.example'], false],
  ['a.dev.example', ['.dev.example'], true],
  ['dev.example', ['.dev.example'], true],
  ['evildev.example', ['.dev.example'], false],
  ['any.example', true, true],
] as const)('the host %s, of those allowed %j: %s', (host, hosts, expected) => {
  expect(admits({ host, 'sec-fetch-site': 'same-origin' }, hosts)).toBe(expected)
})
